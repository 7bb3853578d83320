"""What of the board and its cards needs a person: (what, since when, the command to type)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batty_hooks.moves.base.look import Look
from batty_hooks.state import events
from batty_hooks.state.board.saves import missing
from batty_hooks.state.board.text import Card


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """A board that is not acted on, cards that are blocked or belong to nobody."""
    if not look.project.board_file.exists():
        gone = missing(look.project)
        yield (gone.what, 0.0, gone.mend)
        return
    if look.board.doubt:
        yield (f"kanban.md is not acted on: {look.board.doubt}", 0.0, "batty-hooks board --restore (or --accept)")
    for problem in look.board.problems():
        yield (f"kanban.md: {problem}", 0.0, "edit kanban.md")
    since = _blocked_since(look)
    for card in look.board.cards:
        if card.blocked and card.lane != "done":
            command = f"batty-hooks task show {card.id}" if card.id else "edit kanban.md"
            yield (f"{card.id or card.title} is blocked: {card.blocked}", since.get(card.id, 0.0), command)
        elif card.lane == "in progress" and card.id and not card.owner and (former := _former(look, card)):
            yield (
                f"{card.id} belongs to {former}, who is not in the team",
                0.0,
                f"batty-hooks task release {card.id}",
            )


def _former(look: Look, card: Card) -> str:
    """Whom a card names that was a member once; "" when nobody."""
    named = re.search(r"\(([\w.-]+)\)$", card.title)
    return named[1] if named and (look.project.inboxes / named[1]).is_dir() else ""


def _blocked_since(look: Look) -> dict[str, float]:
    return {
        str(event.get("card")): events.seconds(str(event["ts"]))
        for event in events.recent(look.project)
        if event["event"] == "blocked"
    }
