"""batty-hooks blocked: say that you cannot go on."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import block
from batty_hooks.moves.base.interface import Item
from batty_hooks.people import identity
from batty_hooks.rules import branch_owner, circling
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.vocabulary import keys


@click.command()
@click.argument("why", nargs=-1, required=True)
def command(why: tuple[str, ...]) -> None:
    """Block the card you have in hand, saying WHY.

    Whoever is above you is asked.
    """
    project = project_map.here()
    look = Look(project)
    member = identity.sender(look, Path.cwd())
    card = branch_owner.card_here(look, member, Path.cwd())
    if card is None or not card.id:
        raise FatalError(f"{member} has no card in hand", "`batty-hooks board` shows who has which card")
    blocks.say_stuck(project, member, card.id, " ".join(why))
    if store.may_write(project):
        block.take(project, Item(keys.join(member, card.id), "", card.id, member))
    click.echo(f"{card.id} is blocked; {circling.asked(look, card)} is asked")
    watcher.wake(project)
