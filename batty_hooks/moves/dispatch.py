"""dispatch: free engineers get the cards that are ready; rules/dispatching.py says who gets which. The board write is
the claim; the brief's link into `new/` ends the move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import keeping
from batty_hooks.moves.base.effects import update_board
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import branch_owner, dispatching, instructions, readiness, uprooted
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.rules.readiness import GOING
from batty_hooks.state import blocks, events, inbox, wording, worktrees
from batty_hooks.state.board import hand, store
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.project import Project
from batty_hooks.state.setup import READY
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "dispatch"
ORDER = 40
WATCHES = ("board_file", "members")
SLOW = False
LOCK = "worktrees"


def ripe(look: Look) -> Iterator[Item]:
    """Claims that lack their brief, then ready cards for free engineers, in the order of the board."""
    for card in look.cards:
        if _lacks_brief(look, card):
            label = card.id or repr(card.title)
            key = keys.join("brief", label, card.owner)
            yield Item(key, f"{label} is to be given to {card.owner}", card.id, card.owner)
    if look.paused:
        return
    for card, member in dispatching.assignments(look):
        if _is_noted(look, member, card):
            continue  # its block is over, and that comes first
        label = card.id or repr(card.title)
        key = keys.join("claim", member, card.id or card.title)
        yield Item(key, f"{label} is to be given to {member}", card.id, member)


def take(project: Project, item: Item) -> None:
    """Claim (unless the card is claimed already) and brief."""
    owners = Look(project).owners
    if store.unseen(project, owners):  # a claim that a kill kept from the file is written before anybody is briefed
        store.absorb(project, owners)
    kind, *_, word = keys.split(item.key)
    card_id = item.card if kind == "brief" else _claim(project, item.member, word)
    if card_id or kind == "brief":
        _brief(project, item.member, card_id, kind == "claim")


def _lacks_brief(look: Look, card: Card) -> bool:
    """Whether a claimed card is to be begun, or gone on with: its owner is at no other, and has heard why it may."""
    if card.lane != "in progress" or card.owner not in look.homes or card.owner not in look.names:
        return False
    if card.blocked or card.hold:
        return False
    if not card.id:
        return True
    if _has_brief(look, card) or card.id in look.landed or look.in_hand(card.owner) != card:
        return False  # one card at a time
    if _is_noted(look, card.owner, card):
        return False
    may_leave = not dispatching.set_down(look, card.owner) or dispatching.may_leave(look, card.owner)
    return may_leave and _may_begin(look, card)


def _is_noted(look: Look, member: str, card: Card) -> bool:
    """Whether a member is still to be told that a card of its is not blocked any more."""
    return any((block.member, block.card) == (member, card.id) for block in blocks.noted(look.project))


def _may_begin(look: Look, card: Card) -> bool:
    """Whether the owner's worktree is ready, or is yet to be brought to a card's branch, where it may need more."""
    state = readiness.of(look, card.owner)
    return state == READY or (state != GOING and not readiness.has_begun(look, card.owner))


def _has_brief(look: Look, card: Card) -> bool:
    return standing_brief(look.project, card.owner, card.id) is not None


def _claim(project: Project, member: str, word: str) -> str:
    """Write the claim; the id of the card, or "" when somebody was faster."""
    claimed: list[str] = []
    look = Look(project)

    def claim(board: Board, new_id: Callable[[], str]) -> None:
        look.board = board
        for card in board.cards:
            if word in (card.id, card.title) and dispatching.ready(look, card):
                if dispatching.may_begin(look, card, member):
                    claimed.append(board.claim(card, member, new_id).id)
                return

    update_board(project, claim, look)
    return claimed[0] if claimed else ""


def _brief(project: Project, member: str, card_id: str, anew: bool) -> None:
    look = Look(project)
    card = look.card(card_id) if card_id else identified(project, member)
    if not card or card.owner != member or card.lane != "in progress" or not _lacks_brief(Look(project), card):
        return
    events.append(project, ids.claim(card.id, member, _number(project, member, card.id)), happened.CLAIMED,
                  card=card.id, member=member, title=card.title)  # fmt: skip
    for other in dispatching.set_down(look, member):
        _set_aside(project, member, other.id)
    if not anew:
        _bring_back(look, member, card)
    branch = _prepare(look, member, card)
    if readiness.of(Look(project), member) != READY:
        return  # this branch needs another setup than the last one: the setup move is next
    number = _number(project, member, card.id)
    message = inbox.Message(
        ids.brief(card.id, number), "batty-hooks", member, f"{card.id}: {card.title}",
        instructions.brief(look, card, branch), kinds.BRIEF, card.id,
    )  # fmt: skip
    events.append(
        project, ids.briefed(card.id, member, number), happened.BRIEFED, card=card.id, member=member, branch=branch
    )
    if standing_brief(project, member, card.id) is None:
        wording.keep(project, member, card.id, instructions.words_of(card))
        inbox.send(project, message)


def _set_aside(project: Project, member: str, card_id: str) -> None:
    """A blocked card whose engineer goes to another one is given to it anew when it can go on: its brief stands no
    more."""
    brief = standing_brief(project, member, card_id)
    if brief:
        _keep_branch(Look(project), member, card_id)
        events.append(
            project, ids.about_message(member, brief, "aside"), happened.SET_ASIDE, card=card_id, member=member
        )
        inbox.confirm(project, member, brief, "ST")


def _keep_branch(look: Look, member: str, card_id: str) -> None:
    """The work of a card that was done on a branch of another name, or on none, gets a branch of the card's name: it is
    found there when the card goes on, and known as that card's until then."""
    home, card = look.homes[member], look.card(card_id)
    if not card or not worktrees.is_managed(look.project, home.path) or home.branch == look.trunk:
        return
    if branch_owner.card_of(look, home.branch or "") or look.contains(home.head):
        return
    named = worktrees.named_branch(look.project, member, card_id)
    worktrees.name_again(look.project, named or worktrees.branch_for(member, card_id, card.title), home.head)


def identified(project: Project, member: str, title: str = "") -> Card | None:
    """Give an id to a card, of that title or to any, that a member claimed by hand. Raises FatalError for a ``title``
    when there is none."""
    found: list[Card] = []

    def identify(board: Board, new_id: Callable[[], str]) -> None:
        for card in board.cards:
            meant = card.title == title if title else not card.id
            if card.lane == "in progress" and card.owner == member and meant:
                found.append(board.identify(card, new_id))
                return

    update_board(project, identify)
    if title and not found:
        what = f"“{title}” is not (or no longer) {member}'s card in progress"
        raise FatalError(what, "`batty-hooks board` shows whose it is")
    return found[0] if found else None


def _number(project: Project, member: str, card_id: str) -> int:
    """Briefs of a card to a member are counted, so that a card given twice is briefed twice."""
    prefix = ids.briefs(card_id)
    sent = [key for key in inbox.keys(project, member) if key.startswith(prefix)]
    return len(sent) + (0 if standing_brief(project, member, card_id) else 1)


def _bring_back(look: Look, member: str, card: Card) -> None:
    """A card that has waited goes on where its branch stood, though somebody has deleted that meanwhile."""
    branch, tip = uprooted.gone(look, card)
    if tip:
        says = f"{branch} was deleted while {card.id} waited: it stands again at {tip[:10]}"
        keeping.teller(look.project, member)(worktrees.Kept(f"refs/heads/{branch}", says))
        worktrees.name_again(look.project, branch, tip)


def _prepare(look: Look, member: str, card: Card) -> str:
    """The card's branch, checked out in the member's own worktree; a worktree of his own making is left alone."""
    project, home = look.project, look.homes[member]
    if not worktrees.is_managed(project, home.path):
        worktrees.link_board(project, home.path)
        return home.branch or "(detached)"
    known = worktrees.named_branch(project, member, card.id)
    branch = known or worktrees.branch_for(member, card.id, card.title)
    waiting = [one.id for one in hand.cards_of(look.cards, member) if one.id]
    kept = {name for id in waiting if (name := worktrees.named_branch(project, member, id))}
    worktrees.begin(project, member, branch, look.tip, keeping.teller(project, member), kept)
    return branch
