"""Whether a worktree is ready to work or test in, and making it so: for engineers' and for gate worktrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base.look import Look
from batty_hooks.state import events, githooks, outfit, verdicts, worktrees
from batty_hooks.state.outfit import FAILED, LITTER, READY, Job, Made, Memory
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system import process
from batty_hooks.system.git.worktrees import Worktree

DUE = "due"  # to be made ready, where it stands now
AHEAD = "ahead"  # not worth it where it stands: the next card takes it to the trunk's tip, which needs something else
GOING = outfit.GOING  # somebody is at it
SETUP_FAILED = "the setup of the worktree failed"
_NOT_STARTED = 127  # for a gate run: nobody is charged


def readiness(look: Look, name: str, holding: bool = False) -> str:
    """How a member's worktree stands: ready, due, ahead, going, failed or litter.

    A worktree that somebody made himself is his own business, and always ready. ``holding``: the caller is the one
    that is at it.
    """
    home, wishes = look.homes.get(name), look.wishes
    if not wishes or home is None or not worktrees.is_managed(look.project, home.path):
        return READY
    if not holding and outfit.is_going(look.project, name):
        return GOING
    known = remembered(look, name)
    wanted = home.head if has_begun(look, name) else look.tip
    token = _token(look, known, wanted)
    if known and known.inputs == token and known.tied in ("", home.branch or "-"):
        if known.result in (FAILED, LITTER):
            return known.result
        if known.result == READY and outfit.is_whole(home.path, known):
            return READY
    return DUE if wanted == home.head or token == _token(look, known, home.head) else AHEAD


def remembered(look: Look, name: str) -> Memory | None:
    """What is remembered of a member's worktree, if it is still the same worktree."""
    known, home = outfit.get(look.project, name), look.homes.get(name)
    return known if known and home and known.worktree == outfit.birthmark(home.path) else None


def has_begun(look: Look, name: str) -> bool:
    """Whether a member's worktree is on the branch of a card he has in hand."""
    home = look.homes.get(name)
    if not home or not home.branch or not look.project.board_file.exists():
        return False
    mine = [card for card in look.board.cards if card.lane == "in progress" and card.owner == name]
    branches = [f"{name}/{card.id}" for card in mine if card.id and not card.blocked]
    return any(home.branch == branch or home.branch.startswith(f"{branch}-") for branch in branches)


def _token(look: Look, known: Memory | None, tree: str) -> str:
    return outfit.token(look.project, known, tree, look.wishes)


def for_member(look: Look, name: str, home: Worktree, log: Path) -> Made:
    """Make a member's worktree ready where it stands; call it under the worktree's lock.

    Raises FatalError when a setup command ended in a way that proves nothing: the disk is full, say.
    """
    githooks.exclude(look.project, look.wishes.brought)
    job = Job(look.project, name, home.path, home.head, look.wishes, log, look.team.gate.timeout,
              ending=lambda memory: _tell(look, name, memory))  # fmt: skip
    made = outfit.make(job)
    if made.outcome and made.outcome.spoilt:
        raise FatalError(f"the setup for {name}: {made.outcome.spoilt}", "mend that, then try again", TRY_AGAIN)
    return made


def _tell(look: Look, name: str, known: Memory) -> None:
    """The event comes before the memory: killed in between, it is made ready, and told of, once more."""
    event = "ready" if known.result == READY else "setup failed"
    events.append(
        look.project, f"{name}.{event.replace(' ', '.')}.{known.inputs[:12]}", event, member=name, log=known.log,
        text="; ".join(known.says),
    )  # fmt: skip


def for_gate(
    look: Look,
    candidate: Candidate,
    place: Path,
    log: Path,
    started: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> process.Outcome | None:
    """Make a gate worktree ready for the candidate it holds; None when it is, else the outcome of the test run.

    A setup that fails has failed the test when the candidate changes what it depends on; else nobody is charged, as
    with a test command that cannot be started. The reason is the last line of the log.
    """
    project, wishes = look.project, look.wishes
    if not wishes:
        return None
    githooks.exclude(project, wishes.brought)
    limit = look.team.gate.timeout
    made = outfit.make(Job(project, place.name, place, candidate.tree, wishes, log, limit, True, started, cancelled))
    if made.outcome is None or made.memory.result != FAILED:
        return made.outcome
    changed = outfit.changed(project, candidate.base, candidate.tree, wishes.setup)
    why = f"it depends on {', '.join(changed)}, changed here" if changed else "nothing here changes what it depends on"
    with open(log, "ab") as file:
        file.write(f"\nFAILED {SETUP_FAILED}, {made.memory.says[-1]}: {why}\n".encode("utf-8", "replace"))
    return made.outcome if changed else process.Outcome(_NOT_STARTED, made.outcome.seconds)


def why_broken(look: Look, verdict: Verdict | None) -> str:
    """Why a test could not be made at all, in one line: the setup of the worktree, or the command itself."""
    setup = verdict.first.removeprefix("FAILED ") if verdict and SETUP_FAILED in verdict.first else ""
    return setup or f"the test command could not be started: {look.team.gate.command}"


def not_ready(look: Look) -> Iterator[tuple[str, float, str]]:
    """The engineers whose setup has failed: what, since when (seconds since the epoch) and the command to try again."""
    for member in look.team.engineers if look.wishes else ():
        known = remembered(look, member.name)
        if known and readiness(look, member.name) in (FAILED, LITTER):
            what = f"{member.name}'s worktree is not ready: {known.says[-1]} (log: {known.log})"
            yield what, known.at, f"mend it, then: batty-hooks ready {member.name}"


def environment(look: Look, name: str) -> dict[str, str]:
    """The variables that tell whoever works or tests in a worktree which ports are its own."""
    return outfit.environment(look.project, name, look.wishes.ports)


def new_log(look: Look, name: str) -> Path:
    """Where the output of a member's next setup goes."""
    return verdicts.log_path(look.project, name, "setup")
