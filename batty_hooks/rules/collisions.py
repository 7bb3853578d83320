"""Which branches in hand are to be merged with each other now, and what was found that still holds.

A look at everything costs a `git status` in each worktree, so it is made when a branch has got a commit, when the trunk
has moved, and every twenty seconds while somebody is at work; never for more than a twentieth of the time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from batty_hooks.rules import branch_owner, idle, own_files
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import clashes, inbox, members, queue, trunk
from batty_hooks.state.clashes import Clash
from batty_hooks.vocabulary import ids

if TYPE_CHECKING:
    from batty_hooks.state.trunk import Side

_PAUSE_SECONDS = 20.0
_TIMES = 20.0  # as long as a look took, at least, until the next one
_MOST = 60  # pairs in one look: the rest is for the next one, which follows at once
_NOTHING = float("inf")
_TOLD_MOST = 3  # times of one pair


class Work(NamedTuple):
    """What a member has made for a card: its commit, and the worktree with more of it (None: it is only offered)."""

    card: str
    member: str
    commit: str
    place: Path | None


def in_hand(look: Look) -> list[Work]:
    """The work in the worktrees on the card each member has in hand, and what is offered besides."""
    return look.once("work in hand", _in_hand)


def _in_hand(look: Look) -> list[Work]:
    found: dict[str, Work] = {}
    for name, home in look.homes.items() if look.has_board else ():
        card = look.in_hand(name) if name in look.names else None
        if card and card.id and home.branch and branch_owner.card_of(look, home.branch) in ("", card.id):
            found[card.id] = Work(card.id, name, home.head, home.path)
    for offer in look.offers if found else ():
        if offer.card and offer.card not in found:
            found[offer.card] = Work(offer.card, offer.member, offer.commit, None)
    return list(found.values())


def name_of(look: Look) -> str:
    """A name for what there is to be merged: the trunk and every commit."""
    return ids.hash_of(f"{look.tip} {[(work.card, work.member, work.commit) for work in in_hand(look)]}")


def wanted(look: Look) -> str:
    """A name for the look that is to be taken now; "" when none is."""
    works = in_hand(look)
    known = clashes.read(look.project) if works or look.project.clashes_file.exists() else None
    if known is None:
        return ""
    name = name_of(look)
    if len(works) < 2:
        return name if known.clashes else ""
    if known.of != name and (known.clashes or sum(is_ahead(look, work) for work in works) > 1):
        return name
    if known.of == name and known.left:
        return f"{name}.{known.left}"
    return f"{name}.{known.at:.3f}" if look.at >= known.at + _pause(known.took) and _is_busy(look, works) else ""


def due(look: Look) -> float:
    """When to look again although no commit is made: what is not committed yet counts too."""
    works = in_hand(look)
    if len(works) < 2 or not _is_busy(look, works):
        return _NOTHING
    known = clashes.read(look.project)
    return known.at + _pause(known.took)


def is_ahead(look: Look, work: Work) -> bool:
    """Whether there is a commit that the trunk has not."""
    return work.commit != look.tip and not look.contains(work.commit)


def pairs(works: Sequence[Work], sides: Mapping[Work, Side]) -> Iterator[tuple[Work, Work]]:
    """The pairs that can be in conflict at all."""
    for one, other in itertools.combinations([work for work in works if work in sides], 2):
        if sides[one].commit != sides[other].commit and trunk.may_conflict(sides[one], sides[other]):
            yield one, other


def split(look: Look, found: Sequence[tuple[Work, Work]], sides: Mapping[Work, Side]) -> int:
    """How many of the pairs are to be merged in this look, known ones first: what is remembered costs nothing."""
    new = 0
    for number, (one, other) in enumerate(found):
        new += not trunk.is_known(look.project, look.tip, (sides[one], sides[other]))
        if new > _MOST:
            return number
    return len(found)


def clash(look: Look, one: Work, other: Work, paths: tuple[str, ...]) -> Clash:
    """A pair in conflict, the younger card first: the one whose engineer got it later."""
    first, second = (one, other) if _age(look, one) > _age(look, other) else (other, one)
    return Clash(first.card, first.member, second.card, second.member, paths)


def standing(look: Look) -> list[Clash]:
    """What was found at the last look and is so still, as far as that can be known without another one."""
    known = clashes.read(look.project).clashes if look.project.clashes_file.exists() else ()
    now = {(work.card, work.member) for work in in_hand(look)} if known else set()
    return [one for one in known if {(one.card, one.member), (one.other, one.other_member)} <= now]


def words(one: Clash, of: str) -> str:
    """A clash in a few words, as the card ``of`` sees it."""
    shown = ", ".join(one.paths[:3]) + (f" and {len(one.paths) - 3} more" if one.paths[3:] else "")
    return f"will clash with {one.other if of == one.card else one.card} in {shown}"


def is_to_be_told(look: Look, one: Clash) -> bool:
    """Whether the younger card's engineer is to hear of it: it is somebody else, and still at work on the card. Not of
    every file that joins or leaves while the other one works: after a few words it knows."""
    if one.member == one.other_member or one.member not in look.names or is_reported(look, one.card):
        return False
    told = [key for key, flags in own_files.keys(look, one.member).items()
            if key.startswith(ids.clashes(one.card, one.other)) and "T" not in flags]  # fmt: skip
    return len(told) < _TOLD_MOST


def is_reported(look: Look, card: str) -> bool:
    """Whether a card is no more in work: it was reported, and what clashes is for whoever lands second."""
    return bool(queue.get(look.project, card)) or any(one.card == card for one in own_files.reports(look))


def over(look: Look) -> Iterator[tuple[str, str]]:
    """(member, id) of what was told and nobody has read yet, of a card that was reported since."""
    for one in clashes.read(look.project).clashes if look.project.clashes_file.exists() else ():
        keys = own_files.keys(look, one.member)
        unread = [key for key, flags in keys.items() if not flags and key.startswith(ids.clashes(one.card, one.other))]
        if unread and is_reported(look, one.card):
            yield from ((one.member, key) for key in unread)


def _pause(took: float) -> float:
    return max(_PAUSE_SECONDS, _TIMES * took)


def _is_busy(look: Look, works: Sequence[Work]) -> bool:
    """Whether anybody writes at this moment, so that there may be something new that is not committed."""
    places = [work.member for work in works if work.place]
    return any(idle.in_a_turn(look, name) or members.is_running(look.project, name) for name in places)


def _age(look: Look, work: Work) -> tuple[float, int, str]:
    brief = standing_brief(look.project, work.member, work.card)
    since = inbox.written_at(look.project, work.member, brief) if brief else 0.0
    digits = "".join(filter(str.isdigit, work.card))
    return since, int(digits or 0), work.card
