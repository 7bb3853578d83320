"""batty-hooks gate: test what would land, now and here."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves import gate
from batty_hooks.moves.base import telling_guard
from batty_hooks.people import change
from batty_hooks.rules import advice, reasons
from batty_hooks.rules.batch import Batch, one
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import trunk, verdicts
from batty_hooks.system import screen
from batty_hooks.system.git import objects, refs

_PAUSE_SECONDS = 0.2


@click.command()
@click.argument("commit", default="HEAD")
@click.option("--again", is_flag=True, help="Test it again, even if the verdict is known.")
@click.option("--merging", is_flag=True, hidden=True, help="From pre-merge-commit: the tree of the merge going on.")
def command(commit: str, again: bool, merging: bool) -> int:
    """Test COMMIT merged with the trunk, now and here.

    COMMIT is a commit, a branch or a card; HEAD when not said. The exit code is 0 when it passed.
    """
    look = _look()
    if merging:
        return _merging(look)
    if not look.team.gate.command:
        raise FatalError("no test command is set", advice.no_test(look))
    offer = next((one for one in look.offers if commit.removeprefix("^") == one.card), None)
    oid = offer.commit if offer else refs.resolve(Path.cwd(), commit)
    if oid is None:
        found = change.named(look, commit)  # a card that is not reported yet, a branch whose offer has outlived it
        offer, oid = found.offer, found.commit
    candidate = look.candidate(oid)
    if trunk.is_cut_off(look.project, candidate):
        raise FatalError(f"this clone is shallow, and where {commit} left {look.trunk} is not in it", reasons.DEEPEN)
    if candidate.conflicts:
        raise FatalError(
            f"conflict with {look.trunk} in {', '.join(map(screen.path, candidate.conflicts))}",
            f"git merge {advice.trunk_to_merge(look)}",
        )
    known = look.verdict(candidate)
    anew = known.at if known and (again or known.result == verdicts.BROKEN) else ""
    verdict = _judge(look, one(look, candidate, offer.label if offer else commit, (oid,), anew))
    click.echo(f"{verdict.result} in {verdict.seconds:.1f} s: {verdict.command}\nlog: {verdict.log}")
    if not verdict.passed:
        click.echo("\n".join(["", *verdicts.tail(verdict)]))
    return 0 if verdict.passed else 1


def _merging(look: Look) -> int:
    """Whether the merge that somebody makes by hand may become a commit; 1 refuses it."""
    place = Path.cwd()
    if not look.team.gate.command or refs.current_branch(place) != look.trunk:
        return 0
    tree = objects.index_tree(place, os.environ.get("GIT_INDEX_FILE", ""))
    other = refs.resolve(place, "MERGE_HEAD") or look.tip
    verdict = _judge(look, one(look, trunk.Candidate(look.tip, other, tree, ()), "a merge by hand"))
    if verdict.result in (verdicts.PASSED, verdicts.BROKEN):
        return 0
    click.echo("\n".join([*verdicts.tail(verdict), ""]))
    raise FatalError(
        f"the merge fails its test ({verdicts.why(verdict)}); log: {verdict.log}",
        f"`git merge --abort` takes it back{_all_the_same(look, place)}",
    )


def _all_the_same(look: Look, place: Path) -> str:
    """How a person makes a red merge all the same; "" for whom the guard of the trunk would refuse then."""
    if look.team.guard != "off" and (
        look.team.guard == "everyone" or os.environ.get("BATTY_MEMBER") or place != look.project.root
    ):
        return ""
    return "; `git merge --no-verify` makes it all the same"


def _look() -> Look:
    project = project_map.here()
    return Look(project)


def _judge(look: Look, batch: Batch) -> verdicts.Verdict:
    limit = time.monotonic() + look.team.gate.timeout
    with screen.working(f"testing {batch.label}: {look.team.gate.command}") as say:
        while time.monotonic() < limit:
            verdict = gate.judge(look, batch)
            if verdict:
                telling_guard.remember(look, verdict)
                return verdict
            say(f"{batch.label} waits: every gate worktree is busy")
            time.sleep(_PAUSE_SECONDS)
    raise FatalError(
        "every gate worktree is busy",
        "batty-hooks status  (what is tested; `gate: {slots: 2}` makes room for more)",
        TRY_AGAIN,
    )
