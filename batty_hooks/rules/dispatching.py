"""Which cards may be begun, which engineers are free, and who of them gets which card.

Everybody is given at most one card at a time. In the order of the board each card takes who may have it (routing.py)
and has waited longest since it was last given one, so nobody starves; who may have it and is the only one for a later
card leaves it to another (a maximum matching): no engineer stays idle while a card that fits is ready.

A card that was taken back goes to another who may have it. One that was taken back twice from somebody waits for
another, where there is one who works: else it would go to and fro between a boss and an engineer that says nothing, or
come back at once, again and again, to who gives it back.

`dispatch: manual` leaves the choice to a person or a manager: only a card with an owner is begun. `wip` limits how many
cards are in progress at one time, of the team or of a role, as on any kanban board. A blocked card holds nobody up, so
it does not count: its engineer has gone on to another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from batty_hooks.rules import clashes, idle, own_files, readiness, routing, taken_back
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.rules.readiness import AHEAD
from batty_hooks.state import inbox, members, worktrees
from batty_hooks.state.board import hand, lanes
from batty_hooks.state.board.lanes import DONE, PROGRESS, TODO
from batty_hooks.state.board.text import Card
from batty_hooks.state.setup import READY
from batty_hooks.state.team import AUTO, MANUAL, Member
from batty_hooks.system.git import refs
from batty_hooks.system.git import worktrees as git_worktrees
from batty_hooks.vocabulary import ids, offer_ids

_NAMED = 6  # cards in one line
_MOST = 2  # times that a card is given to a member that has lost it each time, while there are others


def assignments(look: Look) -> list[tuple[Card, str]]:
    """The ready cards that free engineers are to be given now, in the order of the board (those that clash with work in
    hand last), each with who gets it."""
    free = [member for member in look.team.engineers if has_room(look, member) and is_free(look, member.name)]
    if not free:
        return []
    waiting = clashes.in_order(ready_cards(look), look.cards)
    names = _longest_waiting_first(look, free) if waiting and free[1:] else [member.name for member in free]
    return list(_within_limits(look, _matched(look, waiting, names)))


def lanes_of(look: Look) -> dict[str, str]:
    """The lanes that cards are begun from, each with "auto" or "manual": TODO, and those that team.yaml names."""
    said = {lanes.canonical(title, look.team.lanes) or lanes.plain(title): mode
            for title, mode in look.team.dispatch.items()}  # fmt: skip
    return {lane: mode for lane, mode in {TODO: AUTO, **said}.items() if lane not in (PROGRESS, DONE)}


def unknown_lanes(look: Look) -> list[str]:
    """The titles in team.yaml's `dispatch` that stand for no lane of the board, or for one nothing is begun from."""
    begun_from, there = lanes_of(look), {TODO, *look.board.lanes}

    def is_meant(title: str) -> bool:
        lane = lanes.canonical(title, look.team.lanes) or lanes.plain(title)
        return lane in begun_from and lane in there

    return [title for title in look.team.dispatch if not is_meant(title)]


def left_out(look: Look) -> Iterator[tuple[str, int, str]]:
    """(what, the line, how to mend it) of lanes from which nothing is begun, though somebody may well mean it: none of
    the board's is TODO, or they stand below it."""
    begun_from, there = lanes_of(look), look.board.sections
    waiting = {card.lane for card in look.cards if not card.checked and not card.cancelled and not card.owner}
    own = [one for one in there if one.name in waiting and one.name not in (*begun_from, PROGRESS, DONE)]
    if own and not any(one.name in begun_from for one in there):
        names = " or ".join(f"“{one.title}”" for one in own[:3])
        yield (f"no lane here is TODO, so nothing is begun: {names} is a lane of your own", own[0].line,
               f"call one TODO, or name it in team.yaml: `board: {{todo: {own[0].title}}}`")  # fmt: skip
    for one in own:
        if one.below == TODO and not {PROGRESS, DONE} & {*one.beside}:
            yield (f"“{one.title}” below TODO is a lane of its own, and nothing of it is begun", one.line,
                   f"a tag says as much; or name it in team.yaml: `dispatch: {{{one.title}: auto}}`")  # fmt: skip


def ready_cards(look: Look) -> Iterator[Card]:
    """The cards that may be begun, in the order in which they are: TODO, then the lanes of the team's own."""
    yield from (card for card in look.cards if card.lane == TODO and ready(look, card))
    yield from (card for card in look.cards if card.lane != TODO and ready(look, card))


def ready(look: Look, card: Card) -> bool:
    """Whether a card may be begun: it stands where cards are taken from, nothing holds it back, all it depends on has
    landed, and somebody says who gets it where that is not left to us."""
    return is_due(look, card) and (bool(card.owner) or lanes_of(look)[card.lane] == AUTO)


def is_due(look: Look, card: Card) -> bool:
    """Whether a card could be begun now; whoever it is for."""
    if card.lane not in lanes_of(look) or not card.title or card.blocked or card.hold or card.cancelled:
        return False
    return not waits_for(look, card)


def waits_for(look: Look, card: Card) -> list[str]:
    """The dependencies of a card that have not landed (a card somebody without a branch put into DONE is his word), or
    were taken back."""
    gone = taken_back.needed(look) if card.depends else {}
    waiting = [id for id in card.depends if id in gone or not (id in look.landed or _done_by_hand(look, id))]
    return [*waiting, card.id] if card.depends and look.board.depends_in_circle(card) else waiting


def _done_by_hand(look: Look, id: str) -> bool:
    card = look.card(id)
    if card is None or card.lane != DONE:
        return False
    return not card.owner or worktrees.branch_of(look.project, card.owner, id) is None


def begun(look: Look, card: Card) -> str:
    """What its owner has done of a card in progress, in words; "" when nothing would be lost with it."""
    if any(report.card == card.id for report in own_files.reports(look)):
        return "it is reported"
    if any(offer.card == card.id for offer in look.offers) or look.attempts(card.id):
        return "it has been offered"
    home, branch = look.homes.get(card.owner), worktrees.branch_of(look.project, card.owner, card.id)
    tip = refs.branch_tip(look.project.root, branch) if branch else None
    if tip and not look.contains(tip):
        return f"there are commits on {branch}"
    if home and home.branch == branch and git_worktrees.dirty_paths(home.path):
        return "there is work of it that is not committed"
    return ""


def to_be_assigned(look: Look) -> list[Card]:
    """The cards that wait for nothing but somebody to say who gets them."""
    by_hand = [lane for lane, mode in lanes_of(look).items() if mode == MANUAL]
    return [card for card in look.cards if card.lane in by_hand and not card.owner and is_due(look, card)]


def waiting_words(look: Look) -> list[str]:
    """Why cards are not begun that could be, a line for each reason: somebody is to say who gets them, they are held
    back, or as many are in progress as may be."""
    held = [card for card in look.cards if card.hold and card.lane in lanes_of(look)]
    free = [member for member in look.team.engineers if is_free(look, member.name)]
    full = {member.name for member in free if not has_room(look, member)}
    ready = [(card, {*routing.of(look.team, card).members}) for card in (ready_cards(look) if free else ())]
    able = {member.name for member in free} - full
    others = [card for card, may in ready if able & may and not able & {*_asked(look, card)}]
    kinds = {"to be assigned": to_be_assigned(look), "held back": held,
             "waiting while as many are in progress as may be (wip)": [card for card, may in ready if full & may],
             f"waiting for another than who has lost it {_MOST} times (`batty-hooks assign` gives it all the same)":
                 others}  # fmt: skip
    return [f"{what}: {_some(cards)}" for what, cards in kinds.items() if cards]


def _some(cards: list[Card]) -> str:
    named = [card.id or f"“{card.title}”" for card in cards[:_NAMED]]
    return ", ".join([*named, f"{len(cards) - _NAMED} more"] if cards[_NAMED:] else named)


# who is free


def is_free(look: Look, member: str) -> bool:
    """Whether an engineer has no card that it can go on with; a blocked card waits for a person and holds nobody up,
    once its engineer knows that it is.

    A command whose card was taken back still works in the worktree, and would commit to the next card's branch; so
    does an agent whose turn goes on after its report.
    """
    if member not in look.homes or not may_leave(look, member):
        return False  # (staff makes his worktree first)
    card = look.in_hand(member)
    return not (card and not card.blocked) and readiness.of(look, member) in (READY, AHEAD)


def may_leave(look: Look, member: str) -> bool:
    """Whether the worktree of an engineer may go to another card: nobody is at work in it, and nobody mends there what
    he does not know to be blocked."""
    if members.is_running(look.project, member) or idle.in_a_turn(look, member):
        return False
    blocked = [card.id for card in set_down(look, member)]
    unread = [key for key, flags in own_files.keys(look, member).items() if not flags]
    told = tuple(start for id in blocked for start in (offer_ids.sendings_back(id), offer_ids.reports(id)))
    return not any(key.startswith(told) for key in unread)


def set_down(look: Look, member: str) -> list[Card]:
    """The blocked cards that a member was at last: their briefs stand."""
    mine = hand.cards_of(look.cards, member)
    return [card for card in mine if card.id and card.blocked and standing_brief(look.project, member, card.id)]


def may_begin(look: Look, card: Card, member: str) -> bool:
    """Whether a member may take a card, is free for it, and the limits have room."""
    found = look.team.member(member)
    may = member in routing.of(look.team, card).members
    return may and found is not None and has_room(look, found) and is_free(look, member)


def has_room(look: Look, member: Member) -> bool:
    """Whether the limits on what is in progress let a member begin a card."""
    at_work = look.once("in progress", _in_progress)
    limits = ((look.team.wip, sum(at_work.values())), (member.role.wip, at_work[member.role.name]))
    return all(not limit or count < limit for limit, count in limits)


def _in_progress(look: Look) -> Counter[str]:
    """How many cards are in progress and not blocked, for each role; of those who have none, under "-"."""
    roles = {member.name: member.role.name for member in look.team.members}
    return Counter(roles.get(card.owner, "-") for card in look.cards if card.lane == PROGRESS and not card.blocked)


# who gets what


def _longest_waiting_first(look: Look, free: Iterable[Member]) -> list[str]:
    """Who has fewest cards in hand, then who was given its last card longest ago, then the order of the team."""

    def rank(member: Member) -> tuple[int, float]:
        given = inbox.newest(look.project, member.name, lambda id: bool(ids.card_of_brief(id)))
        return len(hand.cards_of(look.cards, member.name)), given

    return [member.name for member in sorted(free, key=rank)]


def _matched(look: Look, cards: Iterable[Card], free: list[str]) -> list[tuple[Card, str]]:
    """As many of the cards as there are free engineers for them, earlier ones first; among equals the first who is
    free. (Augmenting paths, a card at a time: who has a card never loses it to a later one without getting another.)"""
    fits: list[list[str]] = []
    wanted: list[Card] = []
    given: dict[str, int] = {}

    def place(number: int, seen: set[str]) -> bool:
        for name in sorted(fits[number], key=given.__contains__):  # whoever has none before who would have to change
            if name in seen:
                continue
            seen.add(name)
            if name not in given or place(given[name], seen):
                given[name] = number
                return True
        return False

    for card in cards:
        asked = _asked(look, card)
        fit = [name for name in free if name in asked]
        fits.append(sorted(fit, key=lambda name: times_lost(look, name, card)) if fit[1:] else fit)
        wanted.append(card)
        if fits[-1]:
            place(len(fits) - 1, set())
        if len(given) == len(free):
            break
    return [(wanted[number], name) for name, number in sorted(given.items(), key=lambda pair: pair[1])]


def _asked(look: Look, card: Card) -> Sequence[str]:
    """Who may have a card and has not lost it too often already; everybody who may, where nobody else is there."""
    may = routing.of(look.team, card).members
    return [name for name in may if not has_had_it(look, name, card) and not _is_away(look, name)] or may


def times_lost(look: Look, member: str, card: Card) -> int:
    """How often a member had a card that was taken from it, or that it gave back."""

    def lost(look: Look) -> Counter[str]:
        return Counter(ids.card_of_brief(key) for key, flags in own_files.keys(look, member).items() if "T" in flags)

    return look.once(f"lost by {member}", lost)[card.id] if card.id else 0


def has_had_it(look: Look, member: str, card: Card, more: int = 0) -> bool:
    """Whether a member has lost a card so often (``more`` times counted along) that others are waited for."""
    return times_lost(look, member, card) + more >= _MOST


def _is_away(look: Look, member: str) -> bool:
    state = look.state(member)
    return state is not None and state.state in (members.GONE, members.LIMIT)


def _within_limits(look: Look, pairs: Iterable[tuple[Card, str]]) -> Iterator[tuple[Card, str]]:
    """Those of the pairs that the limits on what is in progress have room for."""
    roles = {member.name: member.role for member in look.team.engineers}
    begun = Counter(look.once("in progress", _in_progress))
    for card, name in pairs:
        role = roles[name]
        if look.team.wip and sum(begun.values()) >= look.team.wip:
            return
        if not role.wip or begun[role.name] < role.wip:
            begun[role.name] += 1
            yield card, name
