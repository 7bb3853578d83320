"""land: the one way onto the trunk. A tree that passed becomes a merge commit; one landing at a time.

Several that passed together land at once: a side line with a merge commit for each, merged as a whole, so that every
commit of the first-parent line is a tree that was tested.

Under the landing lock: recover, look again, merge commit, compare-and-swap. Then, repeatable: the landed ref, the
board, the messages, and the queue entry last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import charging
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
from batty_hooks.vocabulary import happened, ids, kinds, offer_ids

NAME = "land"
ORDER = 70
WATCHES = ("queue", "verdicts", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Landings to finish; then what passed and has nothing in its way, several together."""
    for offer in look.offers:
        if standing(look, offer).row == LANDED:
            yield Item(offer.key, f"{offer.label} has landed: the board is to say so", offer.card, offer.member)
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
    if landed:
        _finish(project, landed)


def _merge(look: Look, batch: Batch) -> bool:
    """Move the trunk; False when it turned out not to be possible now. Call it under the landing lock."""
    for offers in (_in_board_order(look, batch.offers), batch.offers):
        commits = tuple(offer.commit for offer in offers)
        steps = [look.together(commits[:length]) for length in range(1, len(commits) + 1)]
        if not steps[-1].conflicts and steps[-1].tree == batch.candidate.tree:
            break  # what lands is what was tested, in whatever order it is written down
    else:
        return False
    parts = [(offer.commit, message(look, offer), step.tree) for offer, step in zip(offers, steps, strict=True)]
    commit, unsigned = trunk.landing_commit(look.project, look.tip, parts, _subject(offers))
    refused = trunk.publish(look.project, look.trunk, look.tip, commit)
    if refused is None:
        guard.let_pass(look.project, commit)
        if unsigned:
            _tell_of_signature(look, commit, unsigned)
        return True
    _tell_refused(look, batch, refused)
    return False


def _tell_refused(look: Look, batch: Batch, refused: str) -> None:
    """The event, then a note beside the offer: the same refusal again is not said again."""
    said = " ".join(refused.split())
    for offer in batch.offers:
        if queue.told(look.project, offer).refused != said:
            id = offer_ids.refused(offer.key, batch.candidate.tree, refused)
            events.append(look.project, id, happened.LANDING_WAITS, card=offer.card, label=offer.label,
                          member=offer.member, text=refused.strip())  # fmt: skip
            queue.tell(look.project, offer, refused=said)


def _tell_of_signature(look: Look, commit: str, why: str) -> None:
    """To the human, once for each cause."""
    text = f"""{commit[:10]}, which landed on {look.trunk}, is not signed, though commit.gpgSign is set: {why}.

`git commit-tree -S HEAD^{{tree}} -m Try` tries it. When it works, landings are signed again by themselves; without
signatures: `git config commit.gpgSign false`.
"""
    id = ids.unsigned(why)
    gist = f"landings are not signed: {why}"
    inbox.send(look.project, inbox.Message(id, "batty-hooks", look.team.human, gist, text, kinds.NOTICE))


def _in_board_order(look: Look, offers: Sequence[Offer]) -> list[Offer]:
    """Cards in the order of the board, then branches in the order of the queue."""
    cards = look.cards if len(offers) > 1 else []
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


def _finish(project: Project, offers: Sequence[Offer]) -> None:
    """Enter a landing everywhere it counts; each line may be the last one that is reached."""
    look = Look(project)
    brought = trunk.landings_of(project, look.tip, [offer.commit for offer in offers])
    landings = {offer: brought.get(offer.commit, look.tip) for offer in offers}
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
        if offer.member in look.names:
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
