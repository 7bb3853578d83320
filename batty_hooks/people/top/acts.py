"""What a key does in which row: always a command that could be typed as well, and that says itself who may what.

A need names the command that meets it; what is run is that one, after a question. What is no command of ours (git, an
`rm`, words) is shown, for a person to type.
"""

from __future__ import annotations

import shlex
from typing import NamedTuple

from batty_hooks.people.overview import MemberRow
from batty_hooks.people.top.glance import Glance
from batty_hooks.people.top.rows import Row, Slot

# How it is done: run, and what it says is shown; at the terminal, which is left to it meanwhile; only shown.
RUN, VISIT, TELL = "run", "visit", "tell"
GO, DO, READ, BACK = "go", "do", "read", "back"
_EDITOR = "${EDITOR:-vi} "
_RUN_AFTER_A_QUESTION = ("assign", "board", "gate", "install", "resume", "start", "step", "task")
_SHORT = 10  # letters of a commit, as elsewhere
_ONLY_SHOW = ("doctor", "inbox", "log", "show", "status", "validate")


class Act(NamedTuple):
    """``label``: what the footer calls it; ``words``: the command line of ours, or for the editor a line for sh, or the
    text that is shown; ``question`` is asked first ("": it is done at once), ``prompt`` asks for words that are put
    behind the command; ``may_be_empty``: without any it is done too."""

    label: str
    how: str
    words: tuple[str, ...]
    question: str = ""
    prompt: str = ""
    may_be_empty: bool = False

    @property
    def typed(self) -> str:
        """The command as it would be typed."""
        return (
            f"batty-hooks {shlex.join(self.words)}" if self.how == RUN or self.words[0] == "attach" else self.words[0]
        )


def of(glance: Glance, row: Row | None, key: str) -> Act | None:
    """What a key (GO, DO, READ, BACK) does in a row; None: nothing."""
    if row is None or (isinstance(row, Slot) and row.met):
        return None
    if key == BACK:
        return _sent_back(glance, row)
    return _of_need(glance, row, key) if isinstance(row, Slot) else _of_member(glance, row, key)


def _sent_back(glance: Glance, row: Row) -> Act | None:
    """The no to what can be approved in that row."""
    yes = of(glance, row, DO)
    if yes is None or yes.words[0] != "merge":
        return None
    words = [word for word in yes.words[1:] if word not in ("--no-wait", "--approve")]
    return Act("send it back", RUN, ("reject", *words), prompt=f"what is to be changed in {words[-1]}")


def _of_member(glance: Glance, member: MemberRow, key: str) -> Act | None:
    name = member.name
    show = Act("its card", RUN, ("task", "show", member.card)) if member.card else None
    if key == GO:
        return Act("its pane", VISIT, ("attach", name)) if name in glance.panes else show
    if key == READ:
        return show or Act("its messages", RUN, ("inbox", name))
    for need in glance.needs:
        act = _of_need(glance, Slot(0, need), DO) if name in _about(glance, _argv(need.command)) else None
        if act and act.how != TELL:
            return act
    return Act("write to it", RUN, ("send", name), prompt=f"your words to {name}")


def _argv(command: str) -> list[str]:
    """The words of a need's command of ours; [] for any other."""
    line = command.partition("  (")[0]
    try:
        words = shlex.split(line)
    except ValueError:
        return []
    return words[1:] if words[:1] == ["batty-hooks"] and not {"&&", "||", ";", "|"} & set(words) else []


def _about(glance: Glance, argv: list[str]) -> set[str]:
    """Whom a command is about: a member it names, and who has a card that it names."""
    named = set(argv[1:])
    owners = {row.name for row in glance.members if row.card and row.card in named}
    return named | owners | {row.member for row in glance.queue if {row.card, row.branch} & named}


def _of_need(glance: Glance, slot: Slot, key: str) -> Act | None:
    command = slot.need.command.partition("  (")[0]
    if command.startswith(_EDITOR):
        return Act("edit it", VISIT, (command,)) if key != READ else None
    match _argv(slot.need.command):
        case ["attach", name]:
            return _asked_in_pane(glance, name, key)
        case ["send", name, "--re", id, *_]:
            return _question(glance, name, id, key)
        case ["send", name, *_]:
            return _of_idle(glance, name, key)
        case ["merge", *rest] if rest:
            return _approval(glance, rest, key)
        case ["read", *rest]:
            return Act("read", RUN, ("read", *rest))
        case ["task", "unblock", card]:
            if key == DO:
                return Act("let it go on", RUN, ("task", "unblock", card), prompt=f"your words about {card}, if any",
                           may_be_empty=True)  # fmt: skip
            return Act("its card", RUN, ("task", "show", card))
        case [verb, *rest] if verb in _ONLY_SHOW:
            return Act("look", RUN, (verb, *rest)) if key != READ else None
        case [verb, *rest] if verb in _RUN_AFTER_A_QUESTION and key == DO:
            return Act("do that", RUN, (verb, *rest), question=slot.need.what)
    return Act("how", TELL, (slot.need.command,)) if key != READ else None


def _asked_in_pane(glance: Glance, name: str, key: str) -> Act | None:
    if key != READ:
        return Act("its pane" if key == GO else "answer there", VISIT, ("attach", name))
    member = next((row for row in glance.members if row.name == name), None)
    return _of_member(glance, member, READ) if member else None


def _question(glance: Glance, name: str, id: str, key: str) -> Act:
    is_own, text = glance.questions.get(id, (False, ""))
    if key == DO:
        return Act("answer", RUN, ("send", name, "--re", id), prompt=f"your answer to {name}")
    if is_own or not text:
        return Act("read it", RUN, ("read", "--keep", id))
    return Act("read it", TELL, (text,))


def _of_idle(glance: Glance, name: str, key: str) -> Act | None:
    if key == DO:
        return Act("write to it", RUN, ("send", name), prompt=f"your words to {name}")
    return _asked_in_pane(glance, name, key) if name in glance.panes else None


def _approval(glance: Glance, words: list[str], key: str) -> Act:
    """Of the commit that waits now, and no other: it may be exchanged while somebody reads the question."""
    label, flags = words[-1], words[:-1]
    if key != DO:
        return Act("what would land", RUN, ("show", label))
    commit = glance.commits.get(label, "")
    if commit and "--commit" not in flags:
        flags = [*flags, "--commit", commit[:_SHORT]]
    said = "approve it, with what it changes of protected paths" if "--approve" in flags else "approve it"
    return Act("approve", RUN, ("merge", "--no-wait", *flags, label), question=f"{label}: {said}?")
