"""What a scripted agent of a whole team thinks of a message: the message on stdin, its orders (see tui.py) on stdout.

    mind.py ROLE_TYPE

An architect makes of "Build 3 cards for backend, frontend" a plan of three cards, hands it in whole, and reports to the
human when it is told what became of it. A manager answers what it is asked, lets blocked cards go on and takes a card
from who is idle with it. An engineer writes the file its card names; a title may say what happens on the way: "(red)"
is wrong at first, "(asks)" asks first, "(stuck)" is reported as blocked once, "(shares)" writes a second file that
others write as well. Who is named in TUI_MUTE never says a word; who is in TUI_LIMITED is at a usage limit once.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

GOAL = re.compile(r"Build (\d+) cards(?: for ([\w, -]+))?")
CARD = re.compile(r"^([a-z]+\d+): .*?\bnumber (\d+)(.*)$", re.MULTILINE)
FILE = re.compile(r"numbers/n(\d+)")
ASKED = re.compile(r"batty-hooks send (\S+) --re (\S+)")
TELL = re.compile(r"^\s+batty-hooks send human '", re.MULTILINE)
UNBLOCK = re.compile(r"batty-hooks task unblock (\S+?)[`.,]*(?:\s|$)")
BUILT = "batty-hooks send human \"Built: $(git log --format=%s -5 main | tr '\\n' ';')\""
ASSIGN = re.compile(r"^\s+batty-hooks assign (\S+) (\S+)$", re.MULTILINE)
IDLE = re.compile(r"(\S+) is idle with (\S+) and does not report it")
CONFLICT = re.compile(r"cannot be merged with")
BOTH = "git merge -q main || { sed -i '/^[<=>][<=>]*/d' notes; git add -A; git commit -q --no-edit; }"
LIMIT_SECONDS = float(os.environ.get("TUI_LIMIT_SECONDS", "10"))
MOODS = ("red", "asks", "stuck", "shares")
QUESTION = "May number {} be a big one?"


def main(role: str, said: str) -> None:
    """Print the orders."""
    name, been = os.environ.get("BATTY_MEMBER", ""), Path(os.environ.get("TUI_ROOM", "."), "limited")
    if name in os.environ.get("TUI_MUTE", "").split():
        return
    if name in os.environ.get("TUI_LIMITED", "").split() and not been.exists():
        been.touch()
        print(f"LIMIT {time.time() + LIMIT_SECONDS}")
        return
    print("\n".join(f"RUN: {line}" for line in THOUGHTS[role](said)))


def architect(said: str) -> list[str]:
    """A plan for a goal; a word to the human about what was built; an answer to a question."""
    goal = GOAL.search(said)
    if goal:
        words = [word.strip() for word in (goal[2] or "").split(",") if word.strip()]
        write(plan(int(goal[1]), words).partition("\n\n")[2])
        return []
    return lead(said)


def write(cards: str) -> None:
    """One save of the board, with all cards in it."""
    board, new = Path("kanban.md"), Path("kanban.md.new")
    head, lane, rest = board.read_text().partition("## TODO\n")
    new.write_text(f"{head}{lane}{cards}{rest}")
    new.rename(board)


def plan(count: int, words: list[str]) -> str:
    """Cards in the board's own format: each a file of its own, every third one after the one before it."""
    lines = ["# Numbers", ""]
    for number in range(1, count + 1):
        mood = {1: " (red)", 3: " (asks)"}.get(number % 5, {4: " (stuck)", 5: " (shares)"}.get(number % 10, ""))
        role = f" [role:: {words[number % len(words)]}]" if words else ""
        after = f" [depends:: n{number - 1}]" if number % 3 == 0 else ""
        lines += [f"- [ ] Write number {number}{mood} [files:: numbers/n{number}]{role}{after} ^n{number}",
                  f"\tDone when numbers/n{number} holds {1000 + number}."]  # fmt: skip
    return "\n".join(lines) + "\n"


def lead(said: str) -> list[str]:
    """What it is asked is answered, every blocked card set free; and who is to report to the human does."""
    return answers(said) + ([BUILT] if TELL.search(said) else [])


def answers(said: str) -> list[str]:
    found = [f"batty-hooks send {who} --re {id} 'Yes: go on.'" for who, id in dict.fromkeys(ASKED.findall(said))]
    found += [f"batty-hooks assign {who} {card}" for who, card in dict.fromkeys(ASSIGN.findall(said))]
    found += [f"batty-hooks task release {card}" for _, card in dict.fromkeys(IDLE.findall(said))]
    return found + [f"batty-hooks task unblock {card} 'Go on.'" for card in dict.fromkeys(UNBLOCK.findall(said))]


def engineer(said: str) -> list[str]:
    """The work of a card, by what it was told last."""
    card = CARD.search(said)
    number = card[2] if card else (FILE.search(said) or ["", ""])[1]
    if CONFLICT.search(said):
        return [BOTH, "batty-hooks done"]
    if not number:
        return ["batty-hooks done"] if "go on" in said.lower() else []
    first = card is not None and not re.search(r"came back|can go on|Go on|has said of it", said)
    mood = next((word for word in MOODS if card and f"({word})" in card[3]), "") if first else ""
    value = "wrong" if mood == "red" else f"{1000 + int(number)}"
    more = f"echo {number} >> notes; git add notes; " if mood == "shares" else ""
    work = f"echo {value} > numbers/n{number}; {more}git add numbers; git commit -qm 'Number {number}: {value}'"
    end = {"asks": f"batty-hooks ask '{QUESTION.format(number)}'", "stuck": "batty-hooks blocked 'no idea'"}
    return [work, end.get(mood, "batty-hooks done")]


THOUGHTS = {"architect": architect, "manager": lead, "engineer": engineer}

if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read())
