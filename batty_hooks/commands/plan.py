"""batty-hooks plan: a whole plan onto the board, in one change."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves.base.effects import update_board
from batty_hooks.people import identity
from batty_hooks.rules import routing
from batty_hooks.rules.look import Look
from batty_hooks.state import planners, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.board import fields, plan
from batty_hooks.state.board.lanes import DONE
from batty_hooks.state.board.plan import Entry, Plan
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.team import rights


@click.command()
@click.argument("file")
@click.option("--name", default="", help="What the plan is called; without it, its first heading or its file's name.")
@click.option("--hold", default="", metavar="WHY", help="Hold its cards back until `task unhold --plan NAME`.")
def command(file: str, name: str, hold: str) -> None:
    """Put the cards of FILE ("-": stdin) on the board at once.

    \b
    # Users
    - [ ] Create POST /api/users ^api
      What is to be done, and when it is done.
    - [ ] Sign-up form #frontend [depends:: api]

    `^api` is a name within the plan and becomes a real id. A mistake is named with its line, and nothing is written.
    """
    project = project_map.here()
    look = Look(project)
    identity.require(look, Path.cwd(), rights.PLAN, "", "new cards")
    who = identity.sender(look, Path.cwd())
    read = plan.read(_text(file), look.owners, {card.id for card in look.cards} | {*look.landed})
    _require_no_mistake(file, sorted([*read.faults, *_not_for(look, who, read)]))
    called = " ".join((name or read.name or ("plan" if file == "-" else Path(file).stem)).split())
    _require_new(look, read, called)
    marks = {entry.line: _marks(look, who, entry, called, hold) for entry in read.entries}
    written: list[Card] = []

    def change(board: Board, new_id: Callable[[], str]) -> None:
        written.extend(plan.put(board, new_id, read, marks))
        planners.note(project, who, [card.id for card in written], {card.id for card in board.cards})

    update_board(project, change, look)
    for card in written:
        click.echo(f"{card.id}: {card.title}")
    watcher.wake(project)


def _marks(look: Look, who: str, entry: Entry, name: str, hold: str) -> dict[str, str]:
    """The fields that a card of the plan gets besides its own."""
    return {
        fields.PLAN: "" if entry.card.mark(fields.PLAN) else name,
        fields.HOLD: "" if entry.card.hold else hold,
        fields.FOR: routing.own_engineers(look.team, who, entry.card),
    }


def _text(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        mend = 'name a text file, or "-" for stdin'
        raise FatalError(f"{file} cannot be read: {error.strerror}", mend, USAGE) from None


def _not_for(look: Look, who: str, read: Plan) -> Iterator[tuple[int, str]]:
    """Cards that nobody may take, or that are for somebody whom ``who`` gives nothing."""
    for entry in read.entries:
        owner, route = entry.card.owner, routing.of(look.team, entry.card)
        if route.trouble:
            yield entry.line, f"nobody can take it: {route.trouble}; {route.mend}"
        elif owner and not rights.may(look.team, who, rights.ASSIGN, owner):
            others = " or ".join(rights.who_may(look.team, rights.ASSIGN, owner))
            yield entry.line, f"{who} gives no cards to {owner}: {others} may"


def _require_no_mistake(file: str, faults: list[tuple[int, str]]) -> None:
    """Raises FatalError with the last one, after all others have been said."""
    for line, what in faults[:-1]:
        click.echo(f"{file}:{line}: {what}", err=True)
    for line, what in faults[-1:]:
        raise FatalError(
            f"{file}:{line}: {what}",
            f"${{EDITOR:-vi}} +{line} {quote(file)}  (nothing was written: mend it and type that again)",
        )


def _require_new(look: Look, read: Plan, name: str) -> None:
    """Whoever is not sure that it was written types it again: its cards would be there twice."""
    there = [card for card in look.cards if card.mark(fields.PLAN) == name and card.lane != DONE]
    if name and {entry.card.title for entry in read.entries} <= {card.title for card in there}:
        ids = ", ".join(card.id for card in there)
        raise FatalError(
            f"the plan “{name}” is on the board already: {ids}",
            "batty-hooks board  (give it another --name if you mean it)",
        )
