"""dispatch: a free engineer gets the first card that is ready. The board write is the claim; the brief's link into
`new/` ends the move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batty_hooks.moves.base import Item, Look, idle, outfitting, update_board
from batty_hooks.moves.base.briefs import standing_brief
from batty_hooks.moves.base.outfitting import AHEAD, GOING
from batty_hooks.state import events, inbox, members, queue, worktrees
from batty_hooks.state.board import store
from batty_hooks.state.board.text import Board, Card
from batty_hooks.state.outfit import READY
from batty_hooks.state.project import Project

NAME = "dispatch"
ORDER = 40
WATCHES = ("board_file", "members")
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Claims that lack their brief, then ready cards for free engineers, in the order of the board."""
    if not look.project.board_file.exists():
        return
    for card in look.board.cards:
        if _lacks_brief(look, card):
            label = card.id or repr(card.title)
            yield Item(f"brief:{label}:{card.owner}", f"{label} needs a brief for {card.owner}", card.id, card.owner)
    if look.paused:
        return
    free = [member.name for member in look.team.engineers if is_free(look, member.name)]
    for card in look.board.cards:
        if not free:
            return
        if not ready(look, card) or (card.owner and card.owner not in free):
            continue
        member = card.owner or free[0]
        free.remove(member)
        yield Item(f"claim:{member}:{card.id or card.title}", f"{card.title!r} for {member}", card.id, member)


def take(project: Project, item: Item) -> None:
    """Claim (unless the card is claimed already) and brief."""
    if store.unseen(project):  # a claim that a kill kept from the file is written before anybody is briefed
        store.absorb(project, Look(project).names)
    kind, _, rest = item.key.partition(":")
    card_id = item.card if kind == "brief" else _claim(project, item.member, rest.partition(":")[2])
    if card_id or kind == "brief":
        _brief(project, item.member, card_id)


def is_free(look: Look, member: str) -> bool:
    """Whether an engineer has no card in hand; a blocked card waits for a person and holds nobody up.

    A command whose card was taken back still works in the worktree, and would commit to the next card's branch; so
    does an agent whose turn goes on after its report.
    """
    if member not in look.homes or members.is_running(look.project, member) or idle.in_a_turn(look, member):
        return False  # (staff makes his worktree first)
    if any(card.lane == "in progress" and card.owner == member and not card.blocked for card in look.board.cards):
        return False
    return outfitting.readiness(look, member) in (READY, AHEAD)


def ready(look: Look, card: Card) -> bool:
    """Whether a card may be started: in TODO, nobody's or assigned, not blocked, and all it depends on has landed."""
    return card.lane == "todo" and bool(card.title) and not card.blocked and not waits_for(look, card)


def waits_for(look: Look, card: Card) -> list[str]:
    """The dependencies of a card that have not landed (a card somebody without a branch put into DONE is his word)."""
    waiting = [id for id in card.depends if id not in look.landed and not _done_by_hand(look, id)]
    return [*waiting, card.id] if look.board.depends_in_circle(card) else waiting


def _done_by_hand(look: Look, id: str) -> bool:
    card = look.card(id)
    if card is None or card.lane != "done":
        return False
    return not card.owner or worktrees.branch_of(look.project, card.owner, id) is None


def _lacks_brief(look: Look, card: Card) -> bool:
    if card.lane != "in progress" or card.owner not in look.homes or card.blocked:
        return False
    if not card.id:
        return True
    if _has_brief(look, card) or card.id in look.landed:
        return False
    others = _others_in_hand(look, card)  # one card at a time
    if any(other.id and other.id != card.id and _has_brief(look, other) for other in others):
        return False
    return _may_begin(look, card)


def _may_begin(look: Look, card: Card) -> bool:
    """Whether the owner's worktree is ready, or is yet to be brought to a card's branch, where it may need more."""
    state = outfitting.readiness(look, card.owner)
    return state == READY or (state != GOING and not outfitting.has_begun(look, card.owner))


def _others_in_hand(look: Look, card: Card) -> list[Card]:
    return [
        other
        for other in look.board.cards
        if other.lane == "in progress" and other.owner == card.owner and not other.blocked
    ]


def _has_brief(look: Look, card: Card) -> bool:
    return standing_brief(look.project, card.owner, card.id) is not None


def _claim(project: Project, member: str, word: str) -> str:
    """Write the claim; the id of the card, or "" when somebody was faster."""
    claimed: list[str] = []
    look = Look(project)

    def claim(board: Board, new_id: Callable[[], str]) -> None:
        look.board = board
        for card in board.cards:
            if word in (card.id, card.title) and ready(look, card) and card.owner in ("", member):
                if is_free(look, member):
                    claimed.append(board.claim(card, member, new_id).id)
                return

    update_board(project, claim, look)
    return claimed[0] if claimed else ""


def _brief(project: Project, member: str, card_id: str) -> None:
    look = Look(project)
    card = look.card(card_id) if card_id else _identified(project, member)
    if not card or card.owner != member or card.lane != "in progress":
        return
    events.append(project, f"{card.id}.claim.{member}.{_number(project, member, card.id)}", "claimed",
                  card=card.id, member=member, title=card.title)  # fmt: skip
    branch = _prepare(look, member, card)
    if outfitting.readiness(Look(project), member) != READY:
        return  # this branch needs another setup than the last one: the outfit move is next
    number = _number(project, member, card.id)
    message = inbox.Message(
        f"{card.id}.brief.{number}", "batty-hooks", member, f"{card.id}: {card.title}",
        brief_text(look, card, branch), "brief", card.id,
    )  # fmt: skip
    events.append(project, f"{card.id}.brief.{member}.{number}", "briefed", card=card.id, member=member, branch=branch)
    if standing_brief(project, member, card.id) is None:
        inbox.send(project, message)


def _identified(project: Project, member: str) -> Card | None:
    """Give an id to a card somebody claimed by hand."""
    found: list[Card] = []

    def identify(board: Board, new_id: Callable[[], str]) -> None:
        for card in board.cards:
            if card.lane == "in progress" and card.owner == member and not card.id:
                found.append(board.identify(card, new_id))
                return

    update_board(project, identify)
    return found[0] if found else None


def _number(project: Project, member: str, card_id: str) -> int:
    """Briefs of a card to a member are counted, so that a card given twice is briefed twice."""
    prefix = f"{card_id}.brief."
    sent = [key for key in inbox.keys(project, member) if key.startswith(prefix)]
    return len(sent) + (0 if standing_brief(project, member, card_id) else 1)


def _prepare(look: Look, member: str, card: Card) -> str:
    """The card's branch, checked out in the member's own worktree; a worktree of his own making is left alone."""
    project, home = look.project, look.homes[member]
    if not worktrees.is_managed(project, home.path):
        worktrees.link_board(project, home.path)
        return home.branch or "(detached)"
    known = worktrees.branch_of(project, member, card.id)
    branch = known or worktrees.branch_for(member, card.id, card.title)
    saved = worktrees.begin(project, member, branch, look.tip)
    if saved:
        events.append(project, saved, "saved", member=member, ref=saved,
                      text=f"uncommitted files of {member} are kept as {saved}")  # fmt: skip
    return branch


def brief_text(look: Look, card: Card, branch: str) -> str:
    """What an engineer gets: the card, where to work, how it will be tested and how to report."""
    home = look.homes[card.owner].path
    gate, boss = look.team.gate, look.team.boss(card.owner)
    green = f"{boss} looks at it, then it lands" if look.team.merge_mode == "review" else "it lands"
    kept = f"What changes {', '.join(gate.protect)} waits until {boss} allows it.\n" if gate.protect else ""
    test = f"    {gate.command}" if gate.command else "    (no test command is set yet)"
    ports = list(outfitting.environment(look, card.owner).values())[1:]
    own = f"\nPorts of your own: {', '.join(ports)} ($BATTY_PORT_1 …).\n" if ports else ""
    back = queue.attempts(look.project, card.id)
    again = (
        f"\nThis card has come back {len(back)} time(s) before; its branch holds the earlier work.\n" if back else ""
    )
    body = f"\n{card.body.rstrip()}\n" if card.body.strip() else ""
    return (
        f"{card.id}: {card.title}\n{body}{again}\n"
        f"Work in your worktree {home} on branch {branch}. Commit there.\n{own}\n"
        f"When it is done and committed, report it from there:\n    batty-hooks done\n"
        f'If you cannot go on:\n    batty-hooks blocked "why"\n\n'
        f"Your branch merged with the trunk ({look.trunk}) is then tested with\n{test}\n"
        f"Exit 0: {green}. Anything else: you get the last 50 lines and mend it (at most {gate.retries} times)."
        f"\n{kept}Do not merge, push or move the card yourself.\n"
    )
