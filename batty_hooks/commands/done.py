"""batty-hooks done: report the card in hand."""

from __future__ import annotations

import time
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import offer
from batty_hooks.moves.base import offering
from batty_hooks.people import identity
from batty_hooks.rules import branch_owner, uprooted
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import unapproved
from batty_hooks.state import members, trunk, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.board import history


@click.command()
@click.argument("card", required=False)
def command(card: str | None) -> int:
    """Report CARD as done: tested, and landed if that passes.

    It is the card of the branch you are on; CARD says it where the branch does not.
    """
    project = project_map.here()
    look = Look(project)
    if look.no_board and history.versions(project):  # what is reported now might be a card's
        raise look.no_board
    member = identity.sender(look, Path.cwd())
    home = branch_owner.standing_at(look, member, Path.cwd())
    if home is None:
        raise FatalError(
            f"{member} has no worktree to report from",
            "go to the worktree the work is in (`git worktree list`), or use `batty-hooks merge BRANCH`",
        )
    branch, commit = home.branch, home.head if home.head.strip("0") else ""
    if not branch and uprooted.is_waiting(look, member):
        raise FatalError(uprooted.words(look, member), uprooted.mend(look, member))
    if not branch:
        raise FatalError(f"HEAD is detached in {home.path}", "finish the rebase, or `git switch -c BRANCH`")
    here = look.board.find(card) if card else look.in_hand(member)
    if here and not here.id:  # just typed: its work is reported as that card's all the same
        from batty_hooks.moves import dispatch  # (with all that decides who gets a card)

        dispatch.identified(project, member, here.title)
        look = Look(project)
    mine = look.board.find(card).id if card else branch_owner.reported_from(look, member, branch)
    report = members.Report(member, mine, branch, commit, "card" if card else "done", time.time())
    lacking = offer.missing(look, report)
    if lacking:
        return _say_landed(look, report, lacking)
    waiting = offering.make_offer(look, report)
    gate = look.team.gate.command
    click.echo(f"{waiting.label} is offered at {commit[:10]} (attempt {waiting.attempt})")
    click.echo(f"it is tested with `{gate}`; the outcome comes to your inbox" if gate else "no test command is set yet")
    asks = unapproved(look, waiting, look.candidate(commit))
    if asks:
        why = f" (it changes {', '.join(asks[1][:3])}, which is protected)" if asks[1] else ""
        who = identity.approvers(look, member, protected=bool(asks[1]))
        click.echo(f"then {' or '.join(who)} looks at it before it lands{why}")
    watcher.wake(project)
    return 0


def _say_landed(look: Look, report: members.Report, lacking: str) -> int:
    """Who reports what has landed has what he wants. Raises FatalError for a report that lacks anything."""
    own = (id for id in look.landed if f"{report.branch}-".startswith(f"{report.member}/{id}-"))
    card = report.card or next(own, "")
    if card not in look.landed:
        raise FatalError(lacking, offer.mend(look, report))
    said = f"{card} has landed already, as {look.landed[card][:10]} on {look.trunk}"
    if not trunk.contains(look.project, look.tip, report.commit):
        mend = "what is newer needs a card of its own: batty-hooks task add 'what it is'"
        raise FatalError(f"{said}, and {report.commit[:10]} is not in it", mend)
    click.echo(said)
    return 0
