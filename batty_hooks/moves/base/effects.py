"""What several moves do to more than one place, each safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from batty_hooks.rules import questions
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, worktrees
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids, kinds

if TYPE_CHECKING:
    from batty_hooks.state.board.text import Board, Card


def update_board(
    project: Project, change: Callable[[Board, Callable[[], str]], None], look: Look | None = None
) -> None:
    """Change the board with the names and ids this project uses; ids that ever landed, or that a branch, an attempt
    or what was kept is named after (of a board that was deleted, say), are never given again.

    ``look`` is a look of this very moment, for a ``change`` that needs one as well.
    """
    from batty_hooks.state.board import store

    look = look or Look(project)
    store.edit(project, look.owners, change, used_ids=(*look.landed, *worktrees.ids_in_refs(project)))


def escalate(look: Look, card: Card, reason: str) -> None:
    """Block a card and ask the one above its owner, or the human (see rules/circling.py); made twice, it is there once.
    A boss whose agent runs in a pane is told with its next digest (see moves/digest.py), the human and any other boss
    by a message of its own."""

    def block(board: Board, new_id: Callable[[], str]) -> None:
        now = board.card(card.id)
        if now and not now.blocked:
            board.block(now, reason)

    from batty_hooks.rules import circling, escalation

    boss, id = circling.asked(look, card), escalation.block_id(look, card.owner, card.id, reason)
    text = (
        f"{card.id} ({card.title}) of {card.owner} is blocked: {reason}{circling.words(look, card)}.\n\n"
        f"Look at it with `batty-hooks task show {card.id}`; when it can go on: `batty-hooks task unblock {card.id}`.\n"
    )
    gist = f"{card.id} is blocked: {reason}"
    if all(pane.member != boss for pane in look.panes):
        inbox.send(look.project, inbox.Message(id, "batty-hooks", boss, gist, text, kinds.BLOCKED, card.id))
    events.append(look.project, id, happened.BLOCKED, card=card.id, member=card.owner, text=reason)
    update_board(look.project, block)


def answered_by_hand(look: Look, member: str, at: float) -> None:
    """A person has typed in a member's pane: that answers what it had asked before."""
    for one in questions.of(look, member):
        if questions.asked_at(one) < at:
            id = ids.answered(one.id)
            events.append(look.project, id, happened.ANSWERED, member=member, card=one.card, text=one.subject)
            inbox.confirm(look.project, one.to, one.id, f"S{questions.BY_HAND}")
