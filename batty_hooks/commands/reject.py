"""batty-hooks reject: send work back to its engineer, with a reason."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves import change, people, review, runner
from batty_hooks.moves.base import Look
from batty_hooks.moves.base.standing import REJECTED
from batty_hooks.moves.change import Change
from batty_hooks.state import project as project_map
from batty_hooks.state import queue
from batty_hooks.state.project import Project
from batty_hooks.system import screen


@click.command()
@click.argument("what", metavar="CARD|BRANCH")
@click.argument("why", nargs=-1, required=True)
@click.option("--commit", metavar="COMMIT", help="Only if this is the commit that waits: the one you looked at.")
def command(what: str, why: tuple[str, ...], commit: str | None) -> None:
    """Send CARD or BRANCH back to its engineer, saying WHY.

    It may wait for its test, for review or for its landing; the engineer gets the reason and goes on with it. Whoever
    is above the engineer may, and the human. WHY is read from standard input when it is "-".
    """
    project = project_map.here()
    look = Look(project)
    found = change.named(look, what)
    who = people.approver(look, Path.cwd(), found.member)
    if who is None:
        mend = f"they send it back with `batty-hooks reject {found.label} 'why'`"
        raise people.refusal(look, Path.cwd(), found.member, f"send {found.label} back", mend)
    if commit:
        change.require(found, commit)
    reason = (sys.stdin.read() if why == ("-",) else " ".join(why)).strip()
    if not reason:
        raise FatalError("there is no reason", "say why, or give `-` and the reason on standard input", USAGE)
    offer = queue.get(project, found.key)
    if offer is None:
        _nothing_waits(look, found)
        return
    review.reject(project, offer, reason, who)
    _finish(project, found)


def _nothing_waits(look: Look, found: Change) -> None:
    """What was sent back a moment ago (this very command was killed, say) is no mistake; anything else is."""
    if found.landed:
        mend = f"`git revert -m 1 {found.landed[:10]}` on a branch, and merge that"
        raise FatalError(f"{found.label} has landed already", mend)
    back = queue.attempts(look.project, found.key)
    if not back or back[-1].kind != REJECTED:
        raise FatalError(f"{found.label} does not wait for anything", "`batty-hooks status` shows the queue")
    screen.line(f"{found.label} was sent back already, as attempt {back[-1].number}")


def _finish(project: Project, found: Change) -> None:
    """Make the move at once: the engineer should not have to wait for a watcher."""
    troubles: list[FatalError] = []
    runner.Runner(project, [review.NAME], lambda item, error: troubles.append(error)).sweep()
    if troubles:
        raise troubles[0]
    back = queue.attempts(project, found.key)
    number = f" as attempt {back[-1].number}" if back else ""
    whose = f"; it is {found.member}'s again" if found.member in Look(project).names else ""
    screen.line(f"{found.label} is sent back{number}{whose}")
    runner.wake(project)
