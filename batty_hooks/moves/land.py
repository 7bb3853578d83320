"""land: the one way onto the trunk. A tree that passed becomes a merge commit; one landing at a time.

Under the landing lock: recover, look again, merge commit, compare-and-swap. Then, repeatable: the landed ref, the
board, the messages, and the queue entry last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batty_hooks.moves.base import Item, Look, standing, update_board
from batty_hooks.moves.base.standing import LANDED, PASSED
from batty_hooks.state import events, inbox, queue, trunk, worktrees
from batty_hooks.state.board.text import Board
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.system import lock
from batty_hooks.system.git import objects

NAME = "land"
ORDER = 70
WATCHES = ("queue", "verdicts", "branches")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Offers that passed and that nothing stands in the way of; landings to finish."""
    for offer in queue.offers(look.project):
        row = standing(look, offer).row
        if row == LANDED:
            yield Item(offer.key, f"{offer.label} has landed: to be entered", offer.card, offer.member)
        elif row == PASSED and not look.paused:
            yield Item(offer.key, f"{offer.label} passed: to be landed", offer.card, offer.member)


def take(project: Project, item: Item) -> None:
    """Land one offer, or finish a landing that was cut short."""
    offer = queue.get(project, item.key)
    if not offer:
        return
    look = Look(project)
    with lock.held(project.lock("landing"), look.team.lock_timeout):
        trunk.recover(project, look.trunk)
        now = standing(look, offer)
        merged = now.row == LANDED or (now.row == PASSED and _merge(look, offer))
    if merged:
        _finish(project, offer)


def _merge(look: Look, offer: Offer) -> bool:
    """Move the trunk; False when it turned out not to be possible now. Call it under the landing lock."""
    identity = objects.identity(look.project.root)
    commit = trunk.merge_commit(look.project, look.candidate(offer.commit), message(look, offer), identity)
    refused = trunk.publish(look.project, look.trunk, look.tip, commit)
    if refused:
        events.append(look.project, f"{offer.key}.land.{commit[:12]}", "landing waits", card=offer.card,
                      label=offer.label, member=offer.member, text=refused.strip())  # fmt: skip
    return refused is None


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
        inbox.send(project, inbox.Message(f"{offer.key}.landed.{commit[:12]}", "batty-hooks", offer.member,
                                          f"{offer.label} has landed", text, "landed", offer.card))  # fmt: skip
    if offer.card:
        worktrees.drop_branch(project, offer.branch, look.tip)
    queue.remove(project, offer)
