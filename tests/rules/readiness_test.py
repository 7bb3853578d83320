"""When a worktree is ready, due, ahead, or failed: by what it was made from and what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.facts import Facts

from batty_hooks.rules import limits, readiness
from batty_hooks.state import inbox, members, setup
from batty_hooks.state.inbox import Message
from batty_hooks.state.setup import memory
from batty_hooks.state.setup.memory import Memory
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import ids, kinds

NAME = "engineer-1"


@pytest.fixture
def place(look: Facts) -> Path:
    """An engineer's worktree, on the trunk's tip, that is to be given a copy of `.env`."""
    (look.project.root / ".env").write_text("KEY=1\n")
    found = look.project.worktrees / NAME
    found.mkdir(parents=True)
    (found / ".git").write_text("gitdir: elsewhere\n")
    look.homes = {NAME: Worktree(found, look.tip, None)}
    look.setup = setup.Spec(copy=(".env",))
    return found


def remember(look: Facts, place: Path, result: str = setup.READY, **more: object) -> None:
    inputs = setup.fingerprint(look.project, None, look.tip, look.setup)
    facts = {"brought": (".env",), **more}
    memory.put(look.project, NAME, Memory(result, inputs, setup.identity(place), 1.0, **facts))


def test_without_anything_to_be_given_or_made_by_somebody_himself_it_is_ready(look: Facts, place: Path) -> None:
    assert readiness.of(look, NAME) == readiness.DUE
    look.setup = setup.Spec()
    assert readiness.of(look, NAME) == setup.READY
    look.setup = setup.Spec(copy=(".env",))
    look.homes = {NAME: Worktree(Path("/elsewhere/engineer-1"), look.tip, None)}
    assert readiness.of(look, NAME) == readiness.of(look, "nobody") == setup.READY


def test_it_is_ready_while_what_was_brought_is_there_and_what_it_was_made_from_is_the_same(
    look: Facts, place: Path
) -> None:
    remember(look, place)
    assert readiness.of(look, NAME) == readiness.DUE, "somebody's `git clean -fdx`"
    (place / ".env").write_text("KEY=1\n")
    assert readiness.of(look, NAME) == setup.READY
    (look.project.root / ".env").write_text("KEY=22\n")
    assert readiness.of(look, NAME) == readiness.DUE


def test_one_that_failed_is_not_tried_again_before_something_changes(look: Facts, place: Path) -> None:
    remember(look, place, setup.FAILED, says=("npm ci: exit 1",), log="the log")
    assert readiness.of(look, NAME) == setup.FAILED
    [(what, since, mend)] = readiness.not_ready(look)
    assert what == "engineer-1's worktree is not ready: npm ci: exit 1 (log: the log)"
    assert (since, mend) == (1.0, "batty-hooks ready engineer-1  (once that is mended)")
    (look.project.root / ".env").write_text("KEY=22\n")
    assert readiness.of(look, NAME) == readiness.DUE and not list(readiness.not_ready(look))


def test_another_worktree_of_that_name_is_not_the_one_that_is_remembered(look: Facts, place: Path) -> None:
    (place / ".env").write_text("KEY=1\n")
    remember(look, place)
    assert readiness.remembered(look, NAME)
    (place / ".git").unlink()
    (place / ".git").write_text("gitdir: a new one\n")
    (place / ".git").touch()
    assert readiness.remembered(look, NAME) is None and readiness.of(look, NAME) == readiness.DUE


def test_what_holds_for_one_branch_holds_for_no_other(look: Facts, place: Path) -> None:
    (place / ".env").write_text("KEY=1\n")
    remember(look, place, tied="engineer-1/t1-a")
    assert readiness.of(look, NAME) == readiness.DUE
    look.homes = {NAME: Worktree(place, look.tip, "engineer-1/t1-a")}
    assert readiness.of(look, NAME) == setup.READY


def test_a_limit_without_an_end_is_tried_more_seldom_the_more_often_it_was(look: Facts) -> None:
    state, waits = members.State(members.LIMIT, 1000.0, "no end known"), []
    for number in range(6):
        waits.append(limits.tried_again_at(look.project, NAME, state) - state.since)
        id = ids.again(NAME, f"{number}")
        inbox.send(look.project, Message(id, "batty-hooks", NAME, "Go on", "Go on.", kinds.NUDGE))
    assert waits == [600.0, 1200.0, 2400.0, 4800.0, 7200.0, 7200.0]
