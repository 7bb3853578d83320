"""The commit that lands what passed together, and what is told of it: the same wherever the trunk lives."""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.rules.batch import Batch
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, queue, trunk
from batty_hooks.state.queue import Offer
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import happened, ids, kinds, offer_ids


@dataclass(frozen=True)
class Landing:
    """The ``commit`` that lands a batch; why it is not ``unsigned`` as it should be ("": it is as it should be)."""

    commit: str
    unsigned: str = ""


def prepare(look: Look, batch: Batch) -> Landing | None:
    """Make the commit that lands a batch on the trunk as it stands; None when what was tested is not what would land.
    Call it under the landing lock."""
    for offers in (_in_board_order(look, batch.offers), batch.offers):
        commits = tuple(offer.commit for offer in offers)
        steps = [look.together(commits[:length]) for length in range(1, len(commits) + 1)]
        if not steps[-1].conflicts and steps[-1].tree == batch.candidate.tree:
            break  # what lands is what was tested, in whatever order it is written down
    else:
        return None
    parts = [(offer.commit, message(look, offer), step.tree) for offer, step in zip(offers, steps, strict=True)]
    return Landing(*trunk.landing_commit(look.project, look.tip, parts, _subject(offers)))


def tell_refused(look: Look, batch: Batch, refused: str) -> None:
    """The event, then a note beside the offer: the same refusal again is not said again."""
    said = " ".join(refused.split())
    for offer in batch.offers:
        if queue.told(look.project, offer).refused != said:
            id = offer_ids.refused(offer.key, batch.candidate.tree, refused)
            events.append(look.project, id, happened.LANDING_WAITS, card=offer.card, label=offer.label,
                          member=offer.member, text=refused.strip())  # fmt: skip
            queue.tell(look.project, offer, refused=said)


def tell_of_signature(look: Look, made: Landing) -> None:
    """To the human, once for each cause, that a landing is not signed though all should be."""
    if not made.unsigned:
        return
    why = made.unsigned
    text = f"""{made.commit[:10]}, which landed on {look.trunk}, is not signed, though commit.gpgSign is set: {why}.

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
