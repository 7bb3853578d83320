"""Making a worktree ready to work or test in: for engineers' and for gate worktrees (rules/readiness.py says when)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.rules import readiness
from batty_hooks.rules.look import Look
from batty_hooks.state import events, githooks, setup, verdicts
from batty_hooks.state.setup import FAILED, READY, Job, Made, Memory
from batty_hooks.state.trunk import Candidate
from batty_hooks.system import process
from batty_hooks.system.git.worktrees import Worktree
from batty_hooks.vocabulary import happened, ids

_NOT_STARTED = 127  # for a gate run: nobody is charged


def for_member(look: Look, name: str, home: Worktree, log: Path) -> Made:
    """Make a member's worktree ready where it stands; call it under the worktree's lock.

    Raises FatalError when a setup command ended in a way that proves nothing: the disk is full, say.
    """
    githooks.exclude(look.project, look.setup.brought)
    job = Job(look.project, name, home.path, home.head, look.setup, log, look.team.gate.timeout,
              ending=lambda memory: _tell(look, name, memory))  # fmt: skip
    made = setup.make(job)
    if made.outcome and made.outcome.spoilt:
        raise FatalError(
            f"the setup for {name}: {made.outcome.spoilt}",
            f"batty-hooks ready {name}  (once that is mended)",
            TRY_AGAIN,
        )
    return made


def _tell(look: Look, name: str, known: Memory) -> None:
    """The event comes before the memory: killed in between, it is made ready, and told of, once more."""
    event = happened.READY if known.result == READY else happened.SETUP_FAILED
    events.append(
        look.project, ids.of_member(name, event.replace(" ", "."), known.inputs[:12]), event, member=name,
        log=known.log, text="; ".join(known.says),
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
    project, spec = look.project, look.setup
    if not spec:
        return None
    githooks.exclude(project, spec.brought)
    limit = look.team.gate.timeout
    made = setup.make(Job(project, place.name, place, candidate.tree, spec, log, limit, True, started, cancelled))
    if made.outcome is None or made.memory.result != FAILED:
        return made.outcome
    return judged(look, candidate, log, made.memory.says[-1], made.outcome)


def judged(look: Look, candidate: Candidate, log: Path, how: str, outcome: process.Outcome) -> process.Outcome:
    """The outcome of a test run whose setup has failed (``how``, in words): the reason is the last line of the log."""
    changed = setup.changed(look.project, candidate.base, candidate.tree, look.setup.setup)
    why = f"it depends on {', '.join(changed)}, changed here" if changed else "nothing here changes what it depends on"
    with open(log, "ab") as file:
        file.write(f"\nFAILED {readiness.SETUP_FAILED}, {how}: {why}\n".encode("utf-8", "replace"))
    return outcome if changed else process.Outcome(_NOT_STARTED, outcome.seconds)


def new_log(look: Look, name: str) -> Path:
    """Where the output of a member's next setup goes."""
    return verdicts.log_path(look.project, name, "setup")
