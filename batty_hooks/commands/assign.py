"""batty-hooks assign: say who gets a card."""

from __future__ import annotations

from collections.abc import Callable

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import people, runner
from batty_hooks.moves.base import Look, update_board
from batty_hooks.state import project as project_map
from batty_hooks.state.board.text import Board


@click.command()
@click.argument("who")
@click.argument("card")
def command(who: str, card: str) -> None:
    """Give CARD to WHO.

    It is dispatched to nobody else, and as soon as WHO is free.
    """
    project = project_map.here()
    look = Look(project)
    member = people.known(look, who)
    assigned = []

    def assign(board: Board, new_id: Callable[[], str]) -> None:
        found = board.find(card)
        if found.lane != "todo":
            raise FatalError(f"{found.id or found.title} is {found.lane}", "release it first: batty-hooks task release")
        assigned.append(board.set_owner(board.identify(found, new_id), member))

    update_board(project, assign)
    click.echo(f"{assigned[0].id} ({assigned[0].title}) is for {member}")
    runner.wake(project)
