"""What an engineer is given to read: the card, what became of it, where and how."""

from __future__ import annotations

from pathlib import Path

from rules.facts import Facts

from batty_hooks.moves import nudge
from batty_hooks.rules import instructions, reasons
from batty_hooks.state import inbox
from batty_hooks.state.board.text import Card
from batty_hooks.state.inbox import Message
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

LINES = "- [x] Add rate limits (engineer-1) ^t1\n\tTen a minute.\n- [x] Other [blocked:: why] (engineer-1) ^t2"
BRANCH = "engineer-1/t1-add-rate-limits"


def at_work(look: Facts, **team: object) -> Card:
    look.write_board(progress=LINES)
    look.homes = {"engineer-1": Worktree(Path("/w/engineer-1"), "a" * 40, BRANCH)}
    look.team = replace(look.team, **team)
    return look.board.cards[0]


def send(look: Facts, id: str, kind: str, body: str, card: str = "t1", sender: str = "human") -> None:
    inbox.send(look.project, Message(id, sender, "engineer-1", body, body, kind, card))


def test_a_brief_says_what_where_and_how_it_is_tested(look: Facts) -> None:
    said = instructions.brief(look, at_work(look), BRANCH)
    assert said.startswith("t1: Add rate limits\n\nTen a minute.\n")
    for words in (
        f"Work in your worktree /w/engineer-1 on branch {BRANCH}.", "merged with the trunk (main)", "    check\n",
        "Exit 0: it lands.", "at most 2 times", "t2 (Other) is blocked and waits with its branch",
    ):  # fmt: skip
        assert words in said
    assert "come back" not in said and "looks at it" not in said and "Ports" not in said


def test_it_says_that_files_are_lacking(look: Facts, tmp_path: Path) -> None:
    """An agent has typed `git sparse-checkout set` for the card before, or the primary checkout is sparse."""
    card, home, own = at_work(look), tmp_path / "engineer-1", tmp_path / "worktrees/engineer-1"
    for directory in (home, own):
        directory.mkdir(parents=True)
    (home / ".git").write_text(f"gitdir: {own}\n")
    (own / "gitdir").write_text(f"{home}/.git\n")
    look.homes = {"engineer-1": Worktree(home, "a" * 40, BRANCH)}
    assert "sparse" not in instructions.brief(look, card, BRANCH)
    (own / "config.worktree").write_text("[core]\n\tsparseCheckout = true\n")
    assert "`git sparse-checkout disable` brings the rest" in instructions.brief(look, card, BRANCH)
    (own / "config.worktree").write_text("[core]\n\tsparseCheckout = false\n")
    assert "sparse" not in instructions.brief(look, card, BRANCH)


def test_it_follows_the_settings(look: Facts) -> None:
    look.gate(command=None, protect=("tests/", "Makefile"), retries=5)
    said = instructions.brief(look, at_work(look, merge_mode="review"), BRANCH)
    assert "(no test command is set yet)" in said and "at most 5 times" in said
    assert "What changes tests/, Makefile waits until human allows it." in said
    assert "Exit 0: human looks at it, then it lands." in said


def test_what_came_back_is_counted_and_what_was_said_since_is_quoted(look: Facts) -> None:
    card = at_work(look)
    look.back["t1"] = [Attempt(1, "failed", "c1"), Attempt(2, "failed", "c2")]
    send(look, "m0.1", kinds.NOTE, "Before any brief")
    send(look, ids.brief("t1", 1), kinds.BRIEF, "the brief")
    send(look, "t1.gate.1", kinds.FAILED, "red once")
    send(look, "t1.gate.2", kinds.CONFLICT, "in conflict")
    send(look, "m1.1", kinds.NOTE, "Use a bucket.\n\nA leaky one.")
    send(look, "m2.1", kinds.NOTE, "About another card", card="t2")
    said = instructions.brief(look, card, BRANCH)
    assert "This card has come back 2 times before" in said
    assert "human has said of it (m1.1):\n\n> Use a bucket.\n>\n> A leaky one.\n" in said
    assert "> in conflict" in said and "red once" not in said, "how it came back last"
    assert "Before any brief" not in said and "About another card" not in said
    assert "> in conflict" not in instructions.brief(look, card, BRANCH, without="t1.gate.2")


def test_a_prompt_is_the_message_and_then_the_card(look: Facts) -> None:
    card = at_work(look)
    message = Message("t1.unblocked.1", "batty-hooks", "engineer-1", "t1 can go on", "Go on.", kinds.UNBLOCKED, "t1")
    said = instructions.prompt(look, card, BRANCH, message)
    assert said.startswith("t1 can go on\n\nGo on.\n\nt1: Add rate limits\n")
    assert instructions.is_told_along(message)
    assert not instructions.is_told_along(replace(message, kind=kinds.FAILED))


def test_the_words_of_a_card_are_its_title_and_body_alone(look: Facts) -> None:
    look.write_board(
        todo="- [ ] Add it ^t1\n\t- [ ] one\n- [x] Add  it #tag 📅 2026-01-01 (engineer-1) ^t2\n\t- [x] one\n"
        "- [ ] Add it ^t3\n\t- [ ] two"
    )
    one, same, other = map(instructions.words_of, look.board.cards)
    assert one == same != other


def test_who_types_no_commands_is_told_of_none(look: Facts) -> None:
    card = at_work(look)
    role = replace(look.team.roles[0], agent="aider")
    look.team = replace(look.team, roles=(role,), members=tuple(replace(one, role=role) for one in look.team.members))
    offer = Offer("t1", "t1", BRANCH, "c1", "engineer-1", card.title, "2026-01-01", 1)
    conflict = Candidate("a" * 40, "c1", "", ("numbers/one",))
    texts = [
        instructions.brief(look, card, BRANCH),
        nudge._still(look, card),
        nudge._again(look, "Started anew.", card),
        reasons._mend(look, offer),
        reasons._resolve(look, offer, conflict),
    ]
    for text in texts:
        assert "batty-hooks" not in text and "git " not in text
        assert "end your turn: what you changed is committed for you, and that reports it." in text
