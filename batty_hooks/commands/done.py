"""batty-hooks done: report the card in hand."""

from __future__ import annotations

import time
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import offer, people, runner
from batty_hooks.moves.base import Look
from batty_hooks.moves.base.standing import unapproved
from batty_hooks.state import members
from batty_hooks.state import project as project_map
from batty_hooks.system.git import refs


@click.command()
@click.argument("card", required=False)
def command(card: str | None) -> None:
    """Report CARD as done: it is tested and, if that passes, landed.

    CARD is the one you have in hand, when not said.
    """
    project = project_map.here()
    look = Look(project)
    member = people.sender(look, Path.cwd())
    home = look.homes.get(member)
    if home is None:
        raise FatalError(
            f"{member} has no worktree to report from",
            "go to the worktree the work is in (`git worktree list`), or use `batty-hooks merge BRANCH`",
        )
    branch = refs.current_branch(home.path)
    if not branch:
        raise FatalError(f"HEAD is detached in {home.path}", "finish the rebase, or `git switch -c BRANCH`")
    mine = look.board.find(card) if card else people.card_in_hand(look, member)
    commit = refs.resolve(home.path, "HEAD") or ""
    report = members.Report(member, mine.id if mine else "", branch, commit, "done", time.time())
    lacking = offer.missing(look, report)
    if lacking:
        raise FatalError(lacking, "then run `batty-hooks done` again")
    waiting = offer.make_offer(look, report)
    gate = look.team.gate.command
    click.echo(f"{waiting.label} is offered at {commit[:10]} (attempt {waiting.attempt})")
    click.echo(f"it is tested with `{gate}`; the outcome comes to your inbox" if gate else "no test command is set yet")
    asks = unapproved(look, waiting, look.candidate(commit))
    if asks:
        why = f" (it changes {', '.join(asks[1][:3])}, which is protected)" if asks[1] else ""
        click.echo(f"then {' or '.join(people.approvers(look, member))} looks at it before it lands{why}")
    runner.wake(project)
