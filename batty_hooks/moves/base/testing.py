"""One test run of a candidate, from its checkout to what the verdict on it says: here, or on another machine.

A run whose worktree is taken away proves nothing, for anybody may have done that; where the next one loses its worktree
too, it is the test that takes it away, and it has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from batty_hooks.moves.base import away, setting_up
from batty_hooks.rules import readiness
from batty_hooks.rules.batch import Batch
from batty_hooks.rules.look import Look
from batty_hooks.state import events, slots, trunk, verdicts
from batty_hooks.state.slots import Slot
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system import process
from batty_hooks.system.git import diff, objects
from batty_hooks.system.records import replace

_NOT_FOR_TESTS = ("BATTY_MEMBER", "BATTY_NO_WAKE", "BATTY_PROJECT")


def test(look: Look, slot: Slot, batch: Batch, needed: Callable[[], bool] | None, wanted: str = "") -> Verdict | None:
    """Test a candidate in a slot, for the class of machines that is ``wanted`` ("": that of this one); None when it was
    no longer ``needed``. Raises machines.Lost where a run on another machine came to nothing, FatalError where one here
    did."""
    project, gate, candidate = look.project, look.team.gate, batch.candidate
    commit = trunk.for_test(project, candidate, batch.label)
    log = verdicts.log_path(project, batch.label, candidate.tree)
    if slot.host:
        outcome = away.run(look, slot, batch, commit, log, needed, wanted)
    else:
        run = partial(_here, look, slot, batch, commit, log, needed)
        outcome = run()
        if outcome.lost_home:
            outcome = _took_it_away(again, log) if (again := run()).lost_home else again
    if outcome.cancelled:
        log.unlink(missing_ok=True)
        return None
    result = verdicts.result_of(outcome)
    verdict = Verdict(
        batch.key, candidate.tree, gate.command or "", result, outcome.exit, outcome.seconds, str(log), candidate.base,
        candidate.commit, events.now(), commits=batch.commits,
    )  # fmt: skip
    if result == verdicts.PASSED:
        return verdict
    return replace(verdict, first=verdicts.first_failure(log), named=_named(look, batch, verdicts.spoken_of(log)))


def _named(look: Look, batch: Batch, spoken: dict[str, set[str]]) -> tuple[str, ...]:
    """The offered commits of which the output of the test names a path that they change, against the trunk."""
    root, trees = look.project.root, {commit: look.candidate(commit).tree for commit in batch.commits if spoken}
    diff.look_up_changes(root, look.tip, trees.values())
    return tuple(
        commit for commit, tree in trees.items()
        if verdicts.among(spoken, objects.changed_paths(root, look.tip, tree))
    )  # fmt: skip


def _took_it_away(outcome: process.Outcome, log: Path) -> process.Outcome:
    """A test that has taken away the directory it ran in, for the second time, as one that has failed."""
    with open(log, "ab") as file:
        file.write(b"\nFAILED the test takes away the directory it runs in\n")
    return replace(outcome, exit=outcome.exit or 1, spoilt="")


def _here(
    look: Look, slot: Slot, batch: Batch, commit: str, log: Path, needed: Callable[[], bool] | None
) -> process.Outcome:
    """The setup of the worktree, if one is due, and the test; how the test ended, or the setup that kept it back."""
    slots.prepare(slot, commit)
    lacking = slots.prepare_submodules(slot)
    if lacking:
        log.write_text(f"FAILED the submodules of this commit are not all in the primary checkout:\n{lacking}")
        return process.Outcome(1, 0.0)
    gate = look.team.gate
    started = partial(slots.announce_group, slot, batch.key, batch.label, batch.commits)
    cancelled = (lambda: not needed()) if needed else None
    held_up = setting_up.for_gate(look, batch.candidate, slot.path, log, started, cancelled)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "BATTY_GATE": "1", **readiness.environment(look, slot.path.name)}
    environment = process.clean_environment(own, drop=_NOT_FOR_TESTS)
    command = gate.command or "false"
    return held_up or process.run_user(command, slot.path, log, environment, gate.timeout, started, cancelled)
