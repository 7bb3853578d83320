"""land: the one way onto the trunk. A tree that passed becomes a merge commit; one landing at a time.

Several that passed together land at once: a side line with a merge commit for each, merged as a whole, so that every
commit of the first-parent line is a tree that was tested.

Under the landing lock: recover, look again, merge commit, compare-and-swap. Then, repeatable: the landed ref, the
board, the messages, and the queue entry last. Where the trunk lives on a server, the move push does the first half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from batty_hooks.moves.base import landing
from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import charging, merged
from batty_hooks.rules.advice import how_to_report
from batty_hooks.rules.batch import Batch, plan
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import LANDED, standing
from batty_hooks.state import events, inbox, queue, trunk, worktrees
from batty_hooks.state.board.text import Board
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.system import lock
from batty_hooks.system.git import objects
from batty_hooks.vocabulary import happened, kinds, offer_ids

NAME = "land"
ORDER = 70
WATCHES = ("queue", "verdicts", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Landings to finish; then what passed and has nothing in its way, several together."""
    for offer in look.offers:
        if standing(look, offer).row == LANDED:
            yield Item(offer.key, f"{offer.label} has landed: the board is to say so", offer.card, offer.member)
    batch = None if look.paused or look.team.remote else plan(look).land
    if batch:
        first = batch.offers[0]
        card, member = (first.card, first.member) if len(batch.offers) == 1 else ("", "")
        yield Item(first.key, f"{batch.label} passed: to be landed", card, member)


def take(project: Project, item: Item) -> None:
    """Land what passed together with an offer, or finish a landing that was cut short."""
    offer, look = queue.get(project, item.key), Look(project)
    if not offer:
        return
    if look.team.remote:  # (it landed there, by the move push or by somebody else: that is to be entered)
        landed = tuple(offer for offer in look.offers if standing(look, offer).row == LANDED)
        if landed:
            _finish(project, landed)
        return
    limit = look.team.lock_timeout
    with lock.held(project.lock("landing"), limit):
        look = Look(project)
        trunk.recover(project, look.trunk)
        batch = plan(look).land
        if standing(look, offer).row == LANDED:
            landed = (offer,)
        elif batch and offer in batch.offers and _merge(look, batch):
            landed = batch.offers
        else:
            landed = ()
    if landed:
        _finish(project, landed)


def _merge(look: Look, batch: Batch) -> bool:
    """Move the trunk; False when it turned out not to be possible now. Call it under the landing lock."""
    made = landing.prepare(look, batch)
    if made is None:
        return False
    refused = trunk.publish(look.project, look.trunk, look.tip, made.commit)
    if refused is None:
        guard.let_pass(look.project, made.commit)
        landing.tell_of_signature(look, made)
        return True
    landing.tell_refused(look, batch, refused)
    return False


def _finish(project: Project, offers: Sequence[Offer]) -> None:
    """Enter a landing everywhere it counts; each line may be the last one that is reached."""
    look = Look(project)
    brought = trunk.landings_of(project, look.tip, [offer.commit for offer in offers])
    landings = {offer: brought.get(offer.commit) or merged.landed_as(look, offer.key) or look.tip for offer in offers}
    cards = {offer.card: commit for offer, commit in landings.items() if offer.card}
    trunk.record_landed(project, cards)
    for offer, commit in landings.items():
        events.append(project, offer_ids.landed(offer.key, commit), happened.LANDED, card=offer.card,
                      member=offer.member, label=offer.label, branch=offer.branch, commit=commit, title=offer.title,
                      tree=objects.tree_of(project.root, commit))  # fmt: skip

    def done(board: Board, new_id: Callable[[], str]) -> None:
        for id in cards:
            if (card := board.card(id)) and (card.blocked or card.lane != "done"):
                board.move(board.unblock(card), "done")

    if cards:  # without a board for the moment it is tried again: the card would look reopened
        update_board(project, done)
    for offer, commit in landings.items():
        if offer.member in look.names and offer.branch != look.trunk:
            _tell(look, offer, commit)
    worktrees.drop_branches(project, [offer.branch for offer in offers if offer.card], look.tip)
    queue.remember(project, True, *offers, flaky=[offer for offer in offers if charging.was_flaky(look, offer)])
    queue.remove(project, *offers)


def _tell(look: Look, offer: Offer, commit: str) -> None:
    """That it has landed needs nothing of its engineer; what its branch has beyond that does."""
    text = f"{offer.label} ({offer.title}) has landed on {look.trunk} as {commit[:10]}.\n"
    newer = worktrees.moved_on(look.project, offer.branch, offer.commit, how_to_report(look, offer))
    id, to, gist = offer_ids.landed(offer.key, commit), offer.member, f"{offer.label} has landed"
    if newer:
        gist += ", and its branch has gone on"
        told = inbox.Message(id, "batty-hooks", to, gist, text + newer, kinds.NOTICE, offer.card)
    else:
        told = inbox.Message(id, "batty-hooks", to, gist, text, kinds.LANDED, offer.card)
    inbox.send(look.project, told)
