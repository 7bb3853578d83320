"""batty-hooks task: cards by command; the same can be done by editing kanban.md."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves import dispatch, overview, people, runner
from batty_hooks.moves.base import Look, update_board
from batty_hooks.state import blocks, queue
from batty_hooks.state import project as project_map
from batty_hooks.state.blocks import Block
from batty_hooks.state.board.text import Board, Card
from batty_hooks.system import screen


@click.group()
def command() -> None:
    """Add, show, claim, release, move, block and unblock cards."""


@command.command()
@click.argument("title", nargs=-1, required=True)
@click.option("--body", default="", help='More about it: the specification the engineer gets ("-": from stdin).')
@click.option("--after", "depends", multiple=True, metavar="CARD", help="Start it only when CARD has landed.")
@click.option("--lane", default="todo", show_default=True, help="The lane it goes to.")
def add(title: tuple[str, ...], body: str, depends: tuple[str, ...], lane: str) -> None:
    """Add a card at the end of TODO."""
    text = sys.stdin.read() if body == "-" else body

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        known = tuple(board.find(word).id for word in depends)
        if not all(known):
            raise FatalError("a card without an id cannot be waited for", "claim it or add `^t1` to its line first")
        return board.identify(board.add(" ".join(title), lane, text, known), new_id)

    card = _edit(change)
    click.echo(f"{card.id}: {card.title}")


@command.command()
@click.argument("card")
def show(card: str) -> None:
    """Show a card's text, attempts and last test.

    What of its branch would land, with the diff: `batty-hooks show`.
    """
    project = project_map.here()
    look = Look(project)
    found = look.board.find(card)
    screen.line(f"{found.id or '(no id yet)'}: {found.title}", "bold")
    facts = [("lane", found.lane), ("owner", found.owner), ("blocked", found.blocked)]
    facts.append(("waits for", ", ".join(dispatch.waits_for(look, found)) if found.lane == "todo" else ""))
    facts.append(("landed as", look.landed.get(found.id, "")[:10]))
    for attempt in queue.attempts(project, found.id) if found.id else []:
        facts.append((f"attempt {attempt.number}", f"{attempt.kind} at {attempt.commit[:10]}"))
    test = overview.last_test(look, found.id) if found.id else None
    if test:
        facts += [("last test", test["result"]), ("its log", os.path.relpath(test["log"]))]
    screen.table(("", ""), [(name, value) for name, value in facts if value])
    if found.body.strip():
        click.echo(f"\n{found.body.rstrip()}")


@command.command()
@click.argument("card")
@click.option("--as", "who", help="Claim it for this member.")
def claim(card: str, who: str | None) -> None:
    """Take a card: to IN PROGRESS, with you as its owner."""

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        look = Look(project_map.here())
        member = people.known(look, who) if who else people.sender(look, Path.cwd())
        found = board.find(card)
        if found.owner not in ("", member):
            raise FatalError(f"{found.id or found.title} is {found.owner}'s", "take another, or release it first")
        if found.lane == "done":
            raise FatalError(f"{found.id or found.title} is done", "take another: `batty-hooks board`")
        look.board = board
        if found.lane == "todo" and (before := dispatch.waits_for(look, found)):
            raise FatalError(f"{found.id or found.title} waits for {', '.join(before)}", "take another for now")
        return board.claim(found, member, new_id)

    found = _edit(change)
    click.echo(f"{found.id} ({found.title}) is {found.owner}'s")


@command.command()
@click.argument("card")
def release(card: str) -> None:
    """Put a card back to TODO; its branch stays."""
    found = _edit(lambda board, new_id: board.release(board.find(card)))
    click.echo(f"{found.id or found.title} is in TODO again")


@command.command()
@click.argument("card")
@click.argument("lane")
def move(card: str, lane: str) -> None:
    """Move a card to another lane (to DONE: that reports it)."""
    found = _edit(lambda board, new_id: board.move(board.find(card), lane))
    click.echo(f"{found.id or found.title} is in {found.lane}")


@command.command()
@click.argument("card")
@click.argument("on", nargs=-1, required=True)
def depend(card: str, on: tuple[str, ...]) -> None:
    """Let CARD wait until the cards ON have landed."""

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        ids = [board.identify(board.find(word), new_id).id for word in on]
        return board.depend(board.find(card), ids)

    found = _edit(change)
    click.echo(f"{found.id or found.title} waits for {', '.join(found.depends)}")


@command.command()
@click.argument("card")
@click.argument("why", nargs=-1, required=True)
def block(card: str, why: tuple[str, ...]) -> None:
    """Block a card, saying WHY."""
    found = _edit(lambda board, new_id: board.block(board.find(card), " ".join(why)))
    click.echo(f"{found.id or found.title} is blocked: {found.blocked}")


@command.command()
@click.argument("card")
@click.argument("words", nargs=-1)
def unblock(card: str, words: tuple[str, ...]) -> None:
    """Let a blocked card go on, with as many retries again.

    Its owner is told so, with your WORDS.
    """
    project = project_map.here()
    look = Look(project)
    before = look.board.find(card)
    if words and before.id and before.owner and before.blocked:
        sender = people.sender(look, Path.cwd())
        blocks.note(project, Block(before.owner, before.id, before.blocked, time.time(), " ".join(words), sender))
    elif words:
        mend = f"`batty-hooks send {before.owner or 'WHO'} …` writes to a member"
        raise FatalError(f"{before.id or before.title} is not blocked in anybody's hand", mend)
    found = _edit(lambda board, new_id: board.unblock(board.find(card)))
    click.echo(f"{found.id or found.title} can go on")


def _edit(change: Callable[[Board, Callable[[], str]], Card]) -> Card:
    project = project_map.here()
    cards: list[Card] = []
    update_board(project, lambda board, new_id: cards.append(change(board, new_id)))
    runner.wake(project)
    return cards[0]
