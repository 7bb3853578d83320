"""What a forge says of a pull request (GitLab calls it a merge request), whichever program asks: plain facts. Pure."""

from __future__ import annotations

from batty_hooks.system.records import dataclass

MISSING = "missing"  # an outcome: there is no such program
OPEN, MERGED, CLOSED = "open", "merged", "closed"
RUNNING, PASSED, RED, WAITS = "running", "passed", "red", "waits"  # the last one: for a person's word, at the forge
_LONGEST = 300  # characters of what is said


@dataclass(frozen=True)
class Check:
    """One of the server's checks: its ``name``, its state (passed, red, running, or waits), and where it is shown."""

    name: str
    state: str
    link: str = ""


@dataclass(frozen=True)
class Pull:
    """A pull request: ``state`` is open, merged or closed; ``head`` is the commit that it offers, ``merge`` the one by
    which it was merged ("": not yet), ``base`` the branch it is for ("": not known), ``decision`` what its reviewers
    say, ``queued``: the server is to merge it by itself, or has it in its queue (None: not known). ``updated`` changes
    with everything that is said of it; ``foreign``: of another repository."""

    number: int
    url: str
    state: str
    branch: str
    head: str
    merge: str = ""
    checks: tuple[Check, ...] = ()
    decision: str = ""
    queued: bool | None = None
    updated: str = ""
    foreign: bool = False
    base: str = ""


@dataclass(frozen=True)
class Remark:
    """What somebody who may write there has said of a pull request: ``id`` is its own, ``about`` a file and line."""

    id: str
    by: str
    text: str
    about: str = ""


def short(said: str) -> str:
    """What is said, on one line and not without end."""
    return " ".join(said.split())[:_LONGEST]
