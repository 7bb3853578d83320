"""reconcile: takes in what a person did to the board: a stale save, a drag to DONE, a card taken back.

DONE only ever holds landed work: who drags a card with a branch to DONE has reported it, and the card goes back
to IN PROGRESS until it has landed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import uprooted
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, members, worktrees
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.project import Project
from batty_hooks.system.git import refs
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "reconcile"
ORDER = 10
WATCHES = ("board_file", "board_history")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Foreign saves to merge, notices to deliver, reports made by dragging, briefs of cards taken back."""
    if not look.has_board:
        return
    if store.unseen(look.project, look.owners):
        yield Item("board", "a save of the board to take in")
    for key, _ in store.pending_notices(look.project):
        yield Item(keys.join("notice", key), "a notice about the board to deliver")
    for card in look.board.cards:
        if _reported_by_hand(look, card):
            yield Item(keys.join("report", card.id), f"{card.id} was dragged to DONE: a report", card.id, card.owner)
    for member, brief, card_id in _void_briefs(look):
        yield Item(keys.join("void", member, brief), f"{card_id} was taken from {member}", card_id, member)


def take(project: Project, item: Item) -> None:
    """Do what ``ripe`` found."""
    kind, *words = keys.split(item.key)
    if kind == "board":
        store.absorb(project, Look(project).owners)
    elif kind == "notice":
        _deliver_notice(project, *words)
    elif kind == "report":
        _report(project, *words)
    else:
        _withdraw(project, item.member, words[1], item.card)


def _reported_by_hand(look: Look, card: Card) -> bool:
    if card.lane != "done" or not card.id or not card.owner or card.id in look.landed:
        return False
    has_branch = worktrees.branch_of(look.project, card.owner, card.id) is not None
    return has_branch or uprooted.is_of(look, card.owner, card.id)


def _report(project: Project, card_id: str) -> None:
    """The report first, the card back to IN PROGRESS last."""
    look = Look(project)
    card = look.card(card_id)
    if not card or card.lane != "done":
        return
    branch = worktrees.branch_of(project, card.owner, card_id)
    commit = refs.branch_tip(project.root, branch) if branch else None
    if uprooted.is_of(look, card.owner, card_id):  # (it is answered with that)
        branch, commit = look.homes[card.owner].branch, look.homes[card.owner].head
    if branch and commit:
        members.report(project, members.Report(card.owner, card_id, branch, commit, "board", time.time()))

    def back(board: Board, new_id: Callable[[], str]) -> None:
        now = board.card(card_id)
        if now and now.lane == "done":
            board.move(now, "in progress")

    update_board(project, back)


def _void_briefs(look: Look) -> Iterator[tuple[str, str, str]]:
    """Briefs that stand for a card which is no longer that member's: (member, message id, card)."""
    for member in sorted(look.names):
        for key, flags in inbox.keys(look.project, member).items():
            card_id = ids.card_of_brief(key)
            if not card_id or "T" in flags or card_id in look.landed:
                continue
            card = look.card(card_id)
            if not card or card.lane == "todo" or (card.owner and card.owner != member):
                yield member, key, card_id


def _withdraw(project: Project, member: str, brief: str, card_id: str) -> None:
    """Tell the member, then mark the brief as withdrawn (the last write); it does not count as read, if it was not."""
    text = f"{card_id} is no longer yours. Leave its branch as it is and wait for your next brief.\n"
    id = ids.void(brief)
    inbox.send(project, inbox.Message(id, "batty-hooks", member, f"{card_id} was taken back", text,
                                      kinds.VOID, card_id, reply_to=brief))  # fmt: skip
    events.append(project, ids.about_message(member, id), happened.RELEASED, card=card_id, member=member)
    inbox.confirm(project, member, brief, "T")


def _deliver_notice(project: Project, key: str) -> None:
    look = Look(project)
    for pending, notice in store.pending_notices(project):
        if pending == key:
            for member in dict.fromkeys((*[look.team.human] * notice.human, *notice.members)):
                inbox.send(
                    project,
                    inbox.Message(ids.board_notice(key), "batty-hooks", member, notice.text, notice.text, kinds.NOTICE),
                )
            events.append(project, ids.of_command("board", key), happened.NOTICE, text=notice.text)
            store.drop_notice(project, key)
