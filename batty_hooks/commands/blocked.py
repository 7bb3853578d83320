"""batty-hooks blocked: say that you cannot go on."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import people, runner
from batty_hooks.moves.base import Look, escalate
from batty_hooks.state import project as project_map


@click.command()
@click.argument("why", nargs=-1, required=True)
def command(why: tuple[str, ...]) -> None:
    """Block the card you have in hand, saying WHY.

    Whoever is above you is asked.
    """
    project = project_map.here()
    look = Look(project)
    member = people.sender(look, Path.cwd())
    card = people.card_in_hand(look, member)
    if card is None or not card.id:
        raise FatalError(f"{member} has no card in hand", "`batty-hooks board` shows who has which card")
    escalate(look, card, " ".join(why))
    click.echo(f"{card.id} is blocked; {look.team.boss(member)} is asked")
    runner.wake(project)
