"""Whether an agent is there: its process against what it counts as."""

from __future__ import annotations

import os
import time

import pytest

from batty_hooks.rules import presence
from batty_hooks.rules.presence import BACK, ENDED, FOUND
from batty_hooks.state.members import GONE, READY, STARTING, WORKING
from batty_hooks.state.panes import Pane
from batty_hooks.system import process
from batty_hooks.system.records import replace

LIVES = Pane("me", "%1", "tui", os.getpid(), process.birth(os.getpid()))
DEAD = Pane("me", "%1", "tui", os.getpid(), "another birth")
BEING_STARTED = Pane("me", "%1", "tui", starts=(time.time() + 3600,))  # its time is not over, however slow this is
NOT_WRITTEN_DOWN = Pane("me", "%1", "tui", starts=(1.0,))


def never_asked() -> int:
    raise AssertionError("what tmux has does not matter here, and asking costs a process")


@pytest.mark.parametrize("word", ["", STARTING, READY, WORKING])
def test_who_lives_and_does_not_count_as_gone_is_no_news(word: str) -> None:
    assert presence.news(word, LIVES, never_asked) == presence.news(word, BEING_STARTED, never_asked) == ""


@pytest.mark.parametrize("word", ["", STARTING, READY, WORKING])
def test_whose_process_has_ended_is_to_count_as_gone(word: str) -> None:
    assert presence.news(word, DEAD, lambda: 0) == ENDED
    assert presence.news(word, NOT_WRITTEN_DOWN, lambda: 0) == ENDED


@pytest.mark.parametrize("word", ["", STARTING, READY, WORKING])
def test_whom_somebody_has_started_again_in_his_pane_is_found(word: str) -> None:
    """A person's `respawn-pane`: the agent lives in another process than before."""
    assert presence.news(word, DEAD, os.getpid) == FOUND


def test_who_counts_as_gone_and_is_dead_is_no_news() -> None:
    assert presence.news(GONE, DEAD, never_asked) == presence.news(GONE, NOT_WRITTEN_DOWN, lambda: 0) == ""


def test_who_counts_as_gone_and_lives_is_back() -> None:
    assert presence.news(GONE, LIVES, never_asked) == BACK
    assert presence.news(GONE, BEING_STARTED, never_asked) == "", "which process it will be is not known yet"


@pytest.mark.parametrize("word", ["", STARTING, READY, GONE])
def test_of_who_cannot_be_seen_from_here_nothing_is_known(word: str) -> None:
    """From within an agent's sandbox: who counts as gone may well be."""
    assert presence.news(word, replace(DEAD, space="another"), never_asked) == ""


@pytest.mark.parametrize("word", ["", STARTING, READY, GONE])
def test_who_lives_in_his_pane_unknown_is_found_whatever_he_counts_as(word: str) -> None:
    assert presence.news(word, NOT_WRITTEN_DOWN, os.getpid) == FOUND
