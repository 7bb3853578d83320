"""batty-hooks board: the cards, as they stand."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from batty_hooks.moves import dispatch
from batty_hooks.moves.base import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import queue
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Card
from batty_hooks.system import screen


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: every card with all its fields.")
@click.option("--accept", is_flag=True, help="Act on kanban.md as it is, although it looks half-written.")
@click.option("--restore", is_flag=True, help="Put back the last version of kanban.md that was whole.")
def command(as_json: bool, accept: bool, restore: bool) -> None:
    """Show the board: lanes, owners, what waits for what."""
    project = project_map.here()
    look = Look(project)
    if accept:
        store.accept(project, look.names)
    if restore:
        store.restore(project)
    if as_json:
        click.echo(json.dumps([asdict(card) for card in look.board.cards], indent=1, ensure_ascii=False))
        return
    waiting = {offer.key for offer in queue.offers(project)}
    lanes = list(dict.fromkeys(["todo", "in progress", "done", *(card.lane for card in look.board.cards)]))
    for lane in lanes:
        cards = [card for card in look.board.cards if card.lane == lane]
        screen.heading(f"{lane.upper()} ({len(cards)})")
        screen.table(("id", "owner", "card", ""), [_row(look, card, waiting) for card in cards])
    if look.board.doubt:
        screen.line(f"\nkanban.md is not acted on: {look.board.doubt}", "yellow")


def _row(look: Look, card: Card, waiting: set[str]) -> tuple[str, str, str, str]:
    note = ""
    if card.blocked:
        note = f"blocked: {card.blocked}"
    elif card.id in waiting:
        note = "in the queue"
    elif card.lane == "todo" and (before := dispatch.waits_for(look, card)):
        note = f"waits for {', '.join(before)}"
    return card.id, card.owner, card.title, note
