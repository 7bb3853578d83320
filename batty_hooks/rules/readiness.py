"""Whether a worktree is ready to work or test in, and making it so: for engineers' and for gate worktrees."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules import branch_owner
from batty_hooks.rules.look import Look
from batty_hooks.state import setup, worktrees
from batty_hooks.state.setup import FAILED, LITTER, READY, Memory
from batty_hooks.state.verdicts import Verdict

DUE = "due"  # to be made ready, where it stands now
AHEAD = "ahead"  # not worth it where it stands: the next card takes it to the trunk's tip, which needs something else
GOING = setup.GOING  # somebody is at it
SETUP_FAILED = "the setup of the worktree failed"


def of(look: Look, name: str, holding: bool = False) -> str:
    """How a member's worktree stands: ready, due, ahead, going, failed or litter.

    A worktree that somebody made himself is his own business, and always ready. ``holding``: the caller is the one
    that is at it.
    """
    home, spec = look.homes.get(name), look.setup
    if not spec or home is None or not worktrees.is_managed(look.project, home.path):
        return READY
    if not holding and setup.is_going(look.project, name):
        return GOING
    known = remembered(look, name)
    wanted = home.head if has_begun(look, name) else look.tip
    fingerprint = _fingerprint(look, known, wanted)
    if known and known.inputs == fingerprint and known.tied in ("", home.branch or "-"):
        if known.result in (FAILED, LITTER):
            return known.result
        if known.result == READY and setup.is_whole(home.path, known):
            return READY
    return DUE if wanted == home.head or fingerprint == _fingerprint(look, known, home.head) else AHEAD


def remembered(look: Look, name: str) -> Memory | None:
    """What is remembered of a member's worktree, if it is still the same worktree."""
    known, home = setup.get(look.project, name), look.homes.get(name)
    return known if known and home and known.worktree == setup.identity(home.path) else None


def has_begun(look: Look, name: str) -> bool:
    """Whether a member's worktree is on the branch of the card he has in hand."""
    home = look.homes.get(name)
    card = look.in_hand(name)
    if not home or not home.branch or not card or card.blocked:
        return False
    return branch_owner.card_of(look, home.branch) == card.id


def _fingerprint(look: Look, known: Memory | None, tree: str) -> str:
    return setup.fingerprint(look.project, known, tree, look.setup)


def why_broken(look: Look, verdict: Verdict | None) -> str:
    """Why a test could not be made at all, in one line: the setup of the worktree, or the command itself."""
    setup = verdict.first.removeprefix("FAILED ") if verdict and SETUP_FAILED in verdict.first else ""
    return setup or f"the test command could not be started: {look.team.gate.command}"


def not_ready(look: Look) -> Iterator[tuple[str, float, str]]:
    """The engineers whose setup has failed: what, since when (seconds since the epoch) and the command to try again."""
    for member in look.team.engineers if look.setup else ():
        known = remembered(look, member.name)
        if known and of(look, member.name) in (FAILED, LITTER):
            what = f"{member.name}'s worktree is not ready: {known.says[-1]} (log: {known.log})"
            yield what, known.at, f"batty-hooks ready {member.name}  (once that is mended)"


def environment(look: Look, name: str) -> dict[str, str]:
    """The variables that tell whoever works or tests in a worktree which ports are its own."""
    return setup.environment(look.project, name, look.setup.ports)
