"""batty-hooks board: the cards, as they stand."""

from __future__ import annotations

import json
from pathlib import Path

import click

from batty_hooks.people import identity, past
from batty_hooks.rules import collisions, planning
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Card
from batty_hooks.state.clashes import Clash
from batty_hooks.state.team import rights
from batty_hooks.system import screen
from batty_hooks.system.records import asdict

_LAST_DONE = 8  # on a terminal: what is to be done scrolls away otherwise


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: every card with all its fields.")
@click.option("--all", "whole", is_flag=True, help="All that is done; else, on a terminal, the last of it.")
@click.option("--accept", is_flag=True, help="Act on kanban.md as it is, although it looks half-written.")
@click.option("--restore", is_flag=True, help="Put back the last version of kanban.md that was whole.")
@click.option("--at", "when", default="", metavar="TIME", help=past.OPTION)
def command(as_json: bool, whole: bool, accept: bool, restore: bool, when: str) -> None:
    """Show the board: lanes, owners, what waits for what."""
    project = project_map.here()
    if accept or restore:
        look = Look(project)
        identity.require(look, Path.cwd(), rights.PLAN, "", "what stands in kanban.md")
        if accept:
            store.accept(project, look.owners)
        if restore:
            store.restore(project)
    with past.looked(project, when) as look:
        _show(look, as_json, whole)


def _show(look: Look, as_json: bool, whole: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(card) for card in look.board.cards], indent=1, ensure_ascii=False))
        return
    clashing = collisions.standing(look)
    waiting = {offer.key for offer in look.offers}
    lanes = list(dict.fromkeys(["todo", "in progress", "done", *(card.lane for card in look.board.cards)]))
    for lane in lanes:
        cards = [card for card in look.board.cards if card.lane == lane]
        screen.heading(f"{lane.upper()} ({len(cards)})")
        before = 0 if whole or lane != "done" or not screen.is_terminal() else len(cards) - _LAST_DONE
        if before > 1:
            screen.line(f"… {before} before these: `batty-hooks board --all`", "dim")
            cards = cards[before:]
        notes = [_note(look, card, waiting, clashing) for card in cards]
        screen.table(("id", "owner", "card"), [(card.id, card.owner, card.title) for card in cards], notes=notes)
    if look.board.doubt:
        screen.line(f"\nkanban.md is not acted on: {look.board.doubt}", "yellow")


def _note(look: Look, card: Card, waiting: set[str], clashing: list[Clash]) -> str:
    """What is to be said of a card besides its title."""
    note = ""
    if card.blocked:
        note = f"blocked: {card.blocked}"
    elif card.id in waiting:
        note = "in the queue"
    else:
        note = planning.why_waiting(look, card)
    meeting = [collisions.words(one, card.id) for one in clashing if card.id in (one.card, one.other)]
    return "; ".join(filter(None, [note, *meeting]))
