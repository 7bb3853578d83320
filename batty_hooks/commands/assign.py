"""batty-hooks assign: say who gets a card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.effects import update_board
from batty_hooks.people import identity
from batty_hooks.rules import dispatching, routing
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import watcher
from batty_hooks.state.board.text import PROGRESS, Board, Card
from batty_hooks.state.team import rights


@click.command()
@click.argument("who")
@click.argument("card")
def command(who: str, card: str) -> None:
    """Give CARD to WHO.

    It is dispatched to nobody else, and as soon as WHO is free. One that another has been given and has not begun is
    taken back from it.
    """
    project = project_map.here()
    look = Look(project)
    if who not in look.names and card in look.names:
        who, card = card, who  # (it is said either way round)
    member = identity.known(look, who)
    assigned, before = [], []

    def assign(board: Board, new_id: Callable[[], str]) -> None:
        found = board.find(card)
        identity.require(look, Path.cwd(), rights.ASSIGN, member, found.id or found.title)
        if found.owner not in ("", member):
            identity.require(look, Path.cwd(), rights.RELEASE, found.owner, found.id or found.title)
        _require_taker(look, member)
        if found.owner != member and found.lane == PROGRESS and found.owner:
            before.append(found.owner)
            found = _taken_back(look, board, found)
        elif found.lane not in (*dispatching.lanes_of(look), PROGRESS):
            label = found.id or found.title
            raise FatalError(f"{label} is in {found.lane.upper()}, from which nothing is begun",
                             f"batty-hooks task move {found.id or quote(card)} todo  (first)")  # fmt: skip
        assigned.append(board.set_owner(board.identify(found, new_id), member))

    update_board(project, assign)
    told = f"; {before[0]}, who had not begun it, is told" if before else ""
    click.echo(f"{assigned[0].id} ({assigned[0].title}) is for {member}{told}")
    watcher.wake(project)


def _require_taker(look: Look, member: str) -> None:
    """Raises FatalError for somebody who takes no cards; the human may keep one for himself."""
    found = routing.taker(look.team, member)
    if found.trouble and member != look.team.human:
        raise FatalError(found.trouble, found.mend)


def _taken_back(look: Look, board: Board, card: Card) -> Card:
    """The card in TODO again. Raises FatalError when its owner has begun it."""
    if begun := dispatching.begun(look, card):
        mend = f"batty-hooks task release {card.id}  (or let it be done)"
        raise FatalError(f"{card.owner} has begun {card.id}: {begun}", mend)
    return board.release(card)
