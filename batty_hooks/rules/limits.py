"""Limits whose end nobody knows: a usage limit without a time, a login that has expired. They are tried again."""

from __future__ import annotations

import time

from batty_hooks.state import inbox
from batty_hooks.state.members import State
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import ids

_FIRST_SECONDS, _LONGEST_SECONDS, _LATELY_SECONDS = 600.0, 7200.0, 86400.0


def tried_again_at(project: Project, member: str, state: State) -> float:
    """When (seconds since the epoch) a member that ``state`` says is at such a limit is given its next message all the
    same. The more often it was set going of late, the longer that takes: a try is a turn that may come to nothing."""
    keys = [key for key in inbox.keys(project, member) if ids.AGAIN in key]
    lately = sum(time.time() - inbox.moved_at(project, member, key) < _LATELY_SECONDS for key in keys)
    return state.since + min(_FIRST_SECONDS * 2.0**lately, _LONGEST_SECONDS)
