"""What several moves do to more than one place, each safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from batty_hooks.moves.base.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.state.project import Project

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Board, Card


def hash_of(text: str) -> str:
    """A short name for a text, for ids that repeat with it."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def update_board(
    project: Project, change: Callable[[Board, Callable[[], str]], None], look: Look | None = None
) -> None:
    """Change the board with the names and ids this project uses; ids that ever landed are never given again.

    ``look`` is a look of this very moment, for a ``change`` that needs one as well.
    """
    from batty_hooks.state.board import store

    look = look or Look(project)
    store.edit(project, look.names, change, used_ids=tuple(look.landed))


def escalate(look: Look, card: Card, reason: str) -> None:
    """Block a card and ask the one above its owner (a manager, else the human); made twice, it is there once."""

    def block(board: Board, new_id: Callable[[], str]) -> None:
        now = board.card(card.id)
        if now and not now.blocked:
            board.block(now, reason)

    boss = look.team.boss(card.owner)
    text = (
        f"{card.id} ({card.title}) of {card.owner} is blocked: {reason}.\n\n"
        f"Look at it with `batty-hooks task show {card.id}`; when it can go on: `batty-hooks task unblock {card.id}`.\n"
    )
    id = f"{card.id}.blocked.{hash_of(reason)}"
    inbox.send(look.project, inbox.Message(id, "batty-hooks", boss, f"{card.id} is blocked: {reason}", text, "blocked",
                                           card.id))  # fmt: skip
    events.append(look.project, id, "blocked", card=card.id, member=card.owner, text=reason)
    update_board(look.project, block)
