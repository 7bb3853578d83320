"""Which rows there are, and which one is selected. Rows keep their place: a need that is new stands behind the others,
and one that is met stays for a moment, so that no other row comes under the finger of who is about to press a key.

Of a team that is too large for the terminal, those have a row who work or need something. Who has one keeps it until
somebody needs it more, who then stands in that very place; all others are one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from batty_hooks.people.needs import Need
from batty_hooks.people.overview import MemberRow
from batty_hooks.people.top.glance import Glance

LINGER_SECONDS = 8.0
AT_REST = ("ready", "-")


class Slot(NamedTuple):
    """The place of a need: its number, and since when it is met (seconds since the epoch; 0: it is open)."""

    number: int
    need: Need
    met: float = 0.0


Row = Slot | MemberRow
Key = tuple[str, str]


class View(NamedTuple):
    """What is known, where each need stands, and which row is selected (a name that it keeps); ``is_chosen``: by the
    person, whom no need takes away from there. ``seats`` are the members in the order in which they are shown, of whom
    the first ``room`` have a row (0: all have, as in team.yaml)."""

    glance: Glance
    slots: tuple[Slot, ...] = ()
    selected: Key | None = None
    is_chosen: bool = False
    seats: tuple[str, ...] = ()
    room: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that can be selected: first the needs, then the members."""
        return (*self.slots, *self.members)

    @property
    def members(self) -> tuple[MemberRow, ...]:
        """The members in the order in which they are shown."""
        seats = {name: number for number, name in enumerate(self.seats)}
        return tuple(sorted(self.glance.members, key=lambda member: seats.get(member.name, len(seats))))

    @property
    def place(self) -> int:
        """The number of the selected row among ``rows``; 0 when there is none."""
        keys = [key(row) for row in self.rows]
        return keys.index(self.selected) if self.selected in keys else 0

    @property
    def row(self) -> Row | None:
        """The row that is selected."""
        return self.rows[self.place] if self.rows else None

    @property
    def open_needs(self) -> tuple[Slot, ...]:
        """The needs that are not met yet."""
        return tuple(slot for slot in self.slots if not slot.met)


def key(row: Row) -> Key:
    """The name of a row, which stays the same from look to look."""
    return ("need", str(row.number)) if isinstance(row, Slot) else ("member", row.name)


def after(view: View | None, glance: Glance) -> View:
    """The view once more was seen. The same row is selected; where that is gone, the one that is now in its place; and
    as long as nobody has chosen one, the first need."""
    before = view or View(glance)
    slots = kept(before.slots, glance.needs, glance.at)
    new = _seated(View(glance, slots, before.selected, before.is_chosen, before.seats, before.room))
    if not new.is_chosen:
        return _at(new, next((place for place, slot in enumerate(slots) if not slot.met), len(slots)))
    return new if new.selected in {key(row) for row in new.rows} else _at(new, before.place)


def selected(view: View, place: int) -> View:
    """The view with another row selected by the person, the nearest that there is."""
    return _at(view, place)._replace(is_chosen=True)


def with_room(view: View, room: int) -> View:
    """The view on a terminal that has rows for so many members (0: for all)."""
    return view if room == view.room else _seated(view._replace(seats=(), room=room))


def _seated(view: View) -> View:
    """The view with a row for those who need it most; whoever has one gives it only to one who needs it more."""
    needs = {member.name: _need_of(member) for member in view.glance.members}
    if not 0 < view.room < len(needs):
        return view._replace(seats=())
    had = [name for name in view.seats[: view.room] if name in needs]
    most = sorted((name for name in needs if name not in had), key=needs.__getitem__)
    new, waiting = most[: view.room - len(had)], most[view.room - len(had) :]
    seats = [*had, *new] if had else [name for name in needs if name in new]
    for name in waiting:
        free = [place for place, one in enumerate(seats) if ("member", one) != view.selected]
        least = max(reversed(free), key=lambda place: needs[seats[place]], default=None)
        if least is not None and needs[seats[least]] > needs[name]:
            seats[least] = name
    return view._replace(seats=(*seats, *(name for name in needs if name not in seats)))


def _need_of(member: MemberRow) -> int:
    """How much a member needs a row, 0 the most."""
    return 0 if member.state not in AT_REST else 1 if member.card else 2


def _at(view: View, place: int) -> View:
    if not view.rows:
        return view
    return view._replace(selected=key(view.rows[max(0, min(place, len(view.rows) - 1))]))


def kept(before: Sequence[Slot], needs: Iterable[Need], now: float) -> tuple[Slot, ...]:
    """The places of needs: who had one keeps it, also where its words have changed; new ones come behind."""
    left = list(needs)
    found: dict[int, Need] = {}
    for is_same in (_is_same, _has_same_command):
        for slot in before:
            one = None if slot.number in found else next((need for need in left if is_same(slot.need, need)), None)
            if one:
                found[slot.number] = one
                left.remove(one)
    slots = [_now(slot, found.get(slot.number), now) for slot in before]
    first = max((slot.number for slot in before), default=0) + 1
    return (*(slot for slot in slots if slot), *(Slot(first + place, need) for place, need in enumerate(left)))


def _now(slot: Slot, need: Need | None, now: float) -> Slot | None:
    if need:
        return Slot(slot.number, need)
    met = slot.met or now
    return slot._replace(met=met) if now - met < LINGER_SECONDS else None


_Same = Callable[[Need, Need], bool]


def _is_same(one: Need, other: Need) -> bool:
    return (one.what, one.command) == (other.what, other.command)


def _has_same_command(one: Need, other: Need) -> bool:
    return one.command == other.command
