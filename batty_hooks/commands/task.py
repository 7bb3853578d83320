"""batty-hooks task: cards by command; the same can be done by editing kanban.md."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.effects import update_board
from batty_hooks.people import identity
from batty_hooks.rules import circling, dispatching, routing
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks, planners, queue, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.blocks import Block
from batty_hooks.state.board import checks, fields, lanes
from batty_hooks.state.board.text import DONE, PROGRESS, TODO, Board, Card
from batty_hooks.state.team import rights
from batty_hooks.state.team.rights import Act
from batty_hooks.system import screen
from batty_hooks.system.records import replace


def with_ids(arguments: list[str]) -> list[str]:
    """Words typed after any command, but an id on the board that begins with a dash as `^-x`: no option."""
    with suppress(FatalError):
        known = {card.id for card in Look(project_map.here()).cards}
        return [f"^{word}" if word in known and word.startswith("-") else word for word in arguments]
    return arguments


@click.group()
def command() -> None:
    """Add, show, claim, release, move, hold and block cards."""


@command.command()
@click.argument("title", nargs=-1, required=True)
@click.option("--body", default="", help='More about it: the specification the engineer gets ("-": from stdin).')
@click.option("--body-file", type=click.Path(exists=True, dir_okay=False), help="The same, from a file.")
@click.option(
    "--depends", "--after", "depends", multiple=True, metavar="CARD", help="Start it only when CARD has landed."
)
@click.option(
    "--owner", default="", metavar="NAME|ROLE", help="An engineer, or the role or manager whose engineers get it."
)
@click.option("--lane", default="todo", show_default=True, help="The lane it goes to.")
@click.option("--plan", default="", metavar="NAME", help="The plan it belongs to.")
@click.option("--hold", default="", metavar="WHY", help="Let nobody have it until `task unhold`.")
def add(
    title: tuple[str, ...], body: str, body_file: str | None, depends: tuple[str, ...], owner: str, lane: str,
    plan: str, hold: str,
) -> None:  # fmt: skip
    """Add a card at the end of TODO."""
    text = Path(body_file).read_text("utf-8", "replace") if body_file else sys.stdin.read() if body == "-" else body
    look = Look(project_map.here())
    who, marks = identity.sender(look, Path.cwd()), {fields.PLAN: plan, fields.HOLD: hold}
    name, key = routing.meant(look.team, look.names, owner)
    marks |= {key: name} if key else {}

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        if owner and not key:
            identity.require(look, Path.cwd(), rights.ASSIGN, name, "a new card")
        known = tuple(board.find(word).id for word in depends)
        if not all(known):
            raise FatalError(
                "a card without an id cannot be waited for",
                "${EDITOR:-vi} kanban.md  (add `^t1`, or another id that is free, to the end of its line)",
            )
        card = board.add(" ".join(title), lane, text, {fields.DEPENDS: ", ".join(known), **marks})
        card = board.set_owner(board.identify(card, new_id), name) if name and not key else board.identify(card, new_id)
        if own := routing.own_engineers(look.team, who, card):
            card = board.mark(card, fields.FOR, own)
        planners.note(look.project, who, [card.id], {card.id for card in board.cards})
        return card

    card = _edit(rights.PLAN, "", change)
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
    facts = [("lane", found.lane), ("owner", found.owner), ("blocked", found.blocked), ("held back", found.hold)]
    facts.append(("waits for", ", ".join(dispatching.waits_for(look, found)) if found.lane == "todo" else ""))
    mine = look.in_hand(found.owner) if found.lane == "in progress" and found.owner and not found.blocked else found
    facts.append(("waits", f"until {found.owner} is done with {mine.id}" if mine and mine != found else ""))
    facts.append(("landed as", look.landed.get(found.id, "")[:10]))
    for attempt in queue.attempts(project, found.id) if found.id else []:
        facts.append((f"attempt {attempt.number}", f"{attempt.word} at {attempt.commit[:10]}"))
    from batty_hooks.people import overview

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
        typing, found = identity.sender(look, Path.cwd()), board.find(card)
        member = identity.known(look, who) if who else typing
        if member != typing:
            identity.require(look, Path.cwd(), rights.ASSIGN, member, found.id or found.title)
        if found.owner not in ("", member):
            raise FatalError(
                f"{found.id or found.title} is {found.owner}'s",
                f"batty-hooks task release {quote(found.id or found.title)}  (or take another)",
            )
        if found.lane == "done":
            raise FatalError(f"{found.id or found.title} is done", "batty-hooks board  (take another)")
        look.board = board
        if found.hold:
            mend = f"take another, or let it go: `batty-hooks task unhold {found.id or found.title}`"
            raise FatalError(f"{found.id or found.title} is held back: {found.hold}", mend)
        if found.lane == "todo" and (before := dispatching.waits_for(look, found)):
            raise FatalError(
                f"{found.id or found.title} waits for {', '.join(before)}", "batty-hooks board  (take another for now)"
            )
        return board.claim(found, member, new_id)

    found = _edit(None, card, change)
    click.echo(f"{found.id} ({found.title}) is {found.owner}'s")


@command.command()
@click.argument("card")
def release(card: str) -> None:
    """Put a card back to TODO; its branch stays."""

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        look, before = Look(project_map.here()), board.find(card)
        why, free = _goes_nowhere(look, before, identity.sender(look, Path.cwd())), board.release(before)
        return board.block(free, why) if why else free

    found = _edit(rights.RELEASE, card, change)
    why = f", blocked: {found.blocked}, and nobody else may take it" if found.blocked else ""
    click.echo(f"{found.id or found.title} is in TODO again{why}")


def _goes_nowhere(look: Look, card: Card, by: str) -> str:
    """Why a card that is given back would only come to who has it again, and so on without end; "" where it does not.
    (What the human takes back is his affair.)"""
    owner, is_own = card.owner, card.owner == by
    may = routing.of(look.team, replace(card, owner="")).members
    others = [name for name in may if name != owner and not dispatching.has_had_it(look, name, card)]
    if card.lane != PROGRESS or not owner or by == look.team.human or others or not may:
        return ""
    if is_own:
        return f"{by} gave it back"
    had_it = dispatching.has_had_it(look, owner, card, more=1)
    return f"it was taken back from all who may take it, last from {owner}" if had_it else ""


@command.command()
@click.argument("card")
@click.argument("lane")
def move(card: str, lane: str) -> None:
    """Move a card to another lane (to DONE: that reports it)."""
    act = {DONE: rights.REPORT, TODO: rights.RELEASE}.get(lanes.canonical(lane), rights.MOVE)
    found = _edit(act, card, lambda board, new_id: board.move(board.find(card), lane))
    click.echo(f"{found.id or found.title} is in {found.lane.upper()}")


@command.command()
@click.argument("card")
@click.argument("on", nargs=-1, required=True)
def depend(card: str, on: tuple[str, ...]) -> None:
    """Let CARD wait until the cards ON have landed."""

    def change(board: Board, new_id: Callable[[], str]) -> Card:
        ids = [board.identify(board.find(word), new_id).id for word in on]
        waiting = board.depend(board.identify(board.find(card), new_id), ids)
        if board.depends_in_circle(waiting):
            way = next((said for said in board.problems() if f"^{waiting.id} waits for itself" in said), "")
            what = f"{waiting.id} would wait for itself: {way.rpartition(': ')[2]}"
            raise FatalError(what, "${EDITOR:-vi} kanban.md  (take one of these dependencies away first)")
        return waiting

    found = _edit(rights.PLAN, card, change)
    click.echo(f"{found.id or found.title} waits for {', '.join(found.depends)}")


@command.command()
@click.argument("card")
@click.argument("why", nargs=-1, required=True)
def block(card: str, why: tuple[str, ...]) -> None:
    """Block a card, saying WHY."""
    found = _edit(rights.BLOCK, card, lambda board, new_id: board.block(board.find(card), " ".join(why)))
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
    identity.require(look, Path.cwd(), rights.UNBLOCK, before.owner, before.id or before.title)
    if before.id and before.owner and before.blocked:
        sender = identity.sender(look, Path.cwd())
        if sender != look.team.human and circling.goes_round(look, before):
            what = f"{before.id} was let go on twice already, and nothing was done; {look.team.human} decides now"
            raise FatalError(what, f"batty-hooks send {look.team.human} 'what it is about'")
        blocks.note(project, Block(before.owner, before.id, before.blocked, time.time(), " ".join(words), sender))
    elif words:
        mend = f"`batty-hooks send {before.owner or 'WHO'} …` writes to a member"
        raise FatalError(f"{before.id or before.title} is not blocked in anybody's hand", mend)
    found = _edit(rights.UNBLOCK, card, lambda board, new_id: board.unblock(board.find(card)))
    click.echo(f"{found.id or found.title} can go on")


@command.command()
@click.argument("words", nargs=-1, metavar="[CARD]... [WHY]...")
@click.option("--plan", default="", metavar="NAME", help="All cards of a plan that nobody has yet.")
def hold(words: tuple[str, ...], plan: str) -> None:
    """Hold cards back: nobody is given them until `task unhold`.

    The words after the cards say WHY.
    """
    _hold(words, plan, lambda board, card, why: board.mark(card, fields.HOLD, why or "until it is let go"))


@command.command()
@click.argument("words", nargs=-1, metavar="[CARD]...")
@click.option("--plan", default="", metavar="NAME", help="All cards of a plan.")
def unhold(words: tuple[str, ...], plan: str) -> None:
    """Let cards go that were held back, all in one change."""

    def let_go(board: Board, card: Card, more: str) -> Card:
        return board.mark(board.find(more) if more else card, fields.HOLD, "")

    _hold(words, plan, let_go)


def _hold(words: tuple[str, ...], plan: str, change: Callable[[Board, Card, str], Card]) -> None:
    held: list[Card] = []

    def each(board: Board, new_id: Callable[[], str]) -> Card:
        cards, why = checks.named(board.cards, words, plan)
        held.extend(change(board, card, " ".join(why)) for card in cards)
        return held[0]

    _edit(rights.PLAN, "", each)
    for card in held:
        now = f"is held back: {card.hold}" if card.hold else "is held back no more"
        click.echo(f"{card.id or card.title} {now}")


def _edit(act: Act | None, word: str, change: Callable[[Board, Callable[[], str]], Card]) -> Card:
    """Change a card, if who is typing may do that to the card called ``word`` ("": to the plan as a whole)."""
    project = project_map.here()
    look = Look(project)
    cards: list[Card] = []

    def checked(board: Board, new_id: Callable[[], str]) -> None:
        found = board.find(word) if word else None
        if act:
            about = (found.id or found.title) if found else "a new card"
            identity.require(look, Path.cwd(), act, found.owner if found else "", about)
        cards.append(change(board, new_id))

    update_board(project, checked, look)
    watcher.wake(project)
    return cards[0]
