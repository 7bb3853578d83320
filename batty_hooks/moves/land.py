"""land: the one way onto the trunk. A tree that passed becomes a merge commit; one landing at a time.

Several that passed together land at once: a side line with a merge commit for each, merged as a whole, so that every
commit of the first-parent line is a tree that was tested.

Under the landing lock: recover, look again, merge commit, compare-and-swap. Then, repeatable: the landed ref, the
board, the messages, and the queue entry last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from batty_hooks.moves.base import Batch, Item, Look, hash_of, plan, standing, update_board
from batty_hooks.moves.base.standing import LANDED
from batty_hooks.state import events, inbox, queue, trunk, worktrees
from batty_hooks.state.board.text import Board
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.system import lock
from batty_hooks.system.git import objects

NAME = "land"
ORDER = 70
WATCHES = ("queue", "verdicts", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Landings to finish; then what passed and has nothing in its way, several together."""
    for offer in look.offers:
        if standing(look, offer).row == LANDED:
            yield Item(offer.key, f"{offer.label} has landed: to be entered", offer.card, offer.member)
    batch = None if look.paused else plan(look).land
    if batch:
        first = batch.offers[0]
        card, member = (first.card, first.member) if len(batch.offers) == 1 else ("", "")
        yield Item(first.key, f"{batch.label} passed: to be landed", card, member)


def take(project: Project, item: Item) -> None:
    """Land what passed together with an offer, or finish a landing that was cut short."""
    offer = queue.get(project, item.key)
    if not offer:
        return
    limit = Look(project).team.lock_timeout
    with lock.held(project.lock("landing"), limit):
        look = Look(project)
        trunk.recover(project, look.trunk)
        batch = plan(look).land
        if standing(look, offer).row == LANDED:
            landed: tuple[Offer, ...] = (offer,)
        elif batch and offer in batch.offers and _merge(look, batch):
            landed = batch.offers
        else:
            landed = ()
    for one in landed:
        _finish(project, one)


def _merge(look: Look, batch: Batch) -> bool:
    """Move the trunk; False when it turned out not to be possible now. Call it under the landing lock."""
    identity = objects.identity(look.project.root)
    for offers in (_in_board_order(look, batch.offers), batch.offers):
        parts = [(offer.commit, message(look, offer)) for offer in offers]
        commit, tree = trunk.landing_commit(look.project, look.tip, parts, _subject(offers), identity)
        if tree == batch.candidate.tree:  # what lands is what was tested, in whatever order it is written down
            break
    else:
        return False
    refused = trunk.publish(look.project, look.trunk, look.tip, commit)
    if refused is None:
        guard.let_pass(look.project, commit)
        return True
    for offer in batch.offers:
        id = f"{offer.key}.land.{tree[:12]}.{hash_of(refused)}"  # the same refusal again is not said again
        events.append(look.project, id, "landing waits", card=offer.card, label=offer.label, member=offer.member,
                      text=refused.strip())  # fmt: skip
    return False


def _in_board_order(look: Look, offers: Sequence[Offer]) -> list[Offer]:
    """Cards in the order of the board, then branches in the order of the queue."""
    cards = look.board.cards if len(offers) > 1 and look.project.board_file.exists() else []
    places = {card.id: place for place, card in enumerate(cards)}
    return sorted(offers, key=lambda offer: places.get(offer.card, len(places)))


def _subject(offers: Sequence[Offer]) -> str:
    """The message of the one merge by which several land."""
    labels = [offer.label for offer in offers]
    listed = "".join(f"* {offer.label}{f': {offer.title}' if offer.card else ''}\n" for offer in offers)
    return f"Land {len(labels)} together: {', '.join(labels)}\n\n{listed}"


def message(look: Look, offer: Offer) -> str:
    """The merge commit's message: one line for people, trailers for programs."""
    who = f" ({offer.member})" if offer.member else ""
    subject = f"Land {offer.card}: {offer.title}{who}" if offer.card else f"Land {offer.branch}"
    trailers = [
        ("Card", offer.card),
        ("Member", offer.member),
        ("Branch", offer.branch),
        ("Attempt", str(offer.attempt)),
        ("Gate", look.team.gate.command or ""),
    ]
    return f"{subject}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers if value)


def _finish(project: Project, offer: Offer) -> None:
    """Enter a landing everywhere it counts; each line may be the last one that is reached."""
    look = Look(project)
    commit = trunk.landing_of(project, look.tip, offer.commit) or look.tip
    if offer.card:
        trunk.record_landed(project, offer.card, commit)
    events.append(project, f"{offer.key}.landed.{commit[:12]}", "landed", card=offer.card, member=offer.member,
                  label=offer.label, branch=offer.branch, commit=commit, title=offer.title,
                  tree=objects.tree_of(project.root, commit))  # fmt: skip

    def done(board: Board, new_id: Callable[[], str]) -> None:
        card = board.card(offer.card)
        if card and card.lane != "done":
            board.move(card, "done")

    if offer.card and project.board_file.exists():
        update_board(project, done)
    if offer.member in look.names:
        text = f"{offer.label} ({offer.title}) has landed on {look.trunk} as {commit[:10]}.\n"
        text += worktrees.moved_on(project, offer.branch, offer.commit)
        inbox.send(project, inbox.Message(f"{offer.key}.landed.{commit[:12]}", "batty-hooks", offer.member,
                                          f"{offer.label} has landed", text, "landed", offer.card))  # fmt: skip
    if offer.card:
        worktrees.drop_branch(project, offer.branch, look.tip)
    queue.remove(project, offer)
