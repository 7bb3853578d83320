"""The screen of `top` as lines of (text, style) pieces, for a terminal of any size.

How many lines each part has follows from the size of the terminal and of the team, not from what there is to show: a
member stands where it stood a moment ago. What has no room on its line is said whole below, of the selected row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from batty_hooks.people.overview import MemberRow, QueueRow
from batty_hooks.people.top import acts, hour, rows
from batty_hooks.people.top.rows import Slot, View
from batty_hooks.system import screen

Piece = tuple[str, str]
Line = tuple[Piece, ...]
_DETAILS = 3  # lines about the selected row
_LEAST_NEEDS, _LEAST_QUEUE = 4, 2
_IN_A_LARGE_TEAM = (3, 2, 2)  # lines of needs, queue and log beside one that has no room for a row for everybody
_LEAST_MEMBERS = 4
_CELLS = 60  # a member's last hour, at most: a minute each
_WIDE = 110  # columns from which on a member's row has room for numbers
_LOUD = {"asking": "yellow", "limit": "magenta", "gone": "red", "working": "green"}
_KEYS = ((acts.GO, "Enter"), (acts.DO, "a"), (acts.READ, "r"), (acts.BACK, "x"))
HELP = f"""
up, down, j, k   go through what needs you, and through the members
Enter            what helps there: the pane, the message, what would land
a                answer, approve, let go on, write (asked before it is done)
r                read: the message, the card
x                send work back that waits for your word, saying why
?                this page
q                leave; the team goes on

In the team's tmux, Enter takes you to a member's pane, and this window is
called top (`Ctrl-b w` lists them all, `Ctrl-b 0` is the first). Elsewhere
the pane is shown in this terminal, and `Ctrl-b d` brings you back.

The last hour of each member, from left to right, each sign for a part of it:

{hour.LEGEND}

Whatever a key does is a command that you could type. It is named first.
"""


class Sizes(NamedTuple):
    """How many rows each part has; ``is_folded``: the last one of the members is all who have none."""

    needs: int
    members: int
    queue: int
    lately: int
    details: int
    is_folded: bool = False


def sizes(height: int, members: int) -> Sizes:
    """The parts of a terminal with so many lines, for a team of so many members."""
    details = _DETAILS if height >= 16 else 0
    room = height - 3 - (details and details + 1) - 2  # the headline, the notice, the footer; two headings
    shown = max(1, min(members, room - _LEAST_NEEDS)) if members else 0
    left = max(0, room - shown)
    more = left - _LEAST_NEEDS - (1 + _LEAST_QUEUE)
    needs, queue, lately = _IN_A_LARGE_TEAM
    if more < 0 and (folded := room - needs - queue - lately - 2) >= _LEAST_MEMBERS:
        return Sizes(needs, folded, queue, lately, details, True)
    if more < 0:
        return Sizes(max(1, left), shown, 0, 0, details)
    lately = more // 2 if more > _LEAST_QUEUE else 0
    rest = more - (lately + 1 if lately else 0)
    needs = _LEAST_NEEDS + rest - rest // 3
    return Sizes(needs, shown, _LEAST_QUEUE + rest // 3, lately, details)


def seats(height: int, members: int) -> int:
    """How many of so many members have a row of their own; 0: all of them, or those one has gone to."""
    size = sizes(height, members)
    return size.members - 1 if size.is_folded else 0


def page(
    view: View, width: int, height: int, now: float, notice: Piece = ("", ""), error: str = ""
) -> tuple[Line, ...]:
    """The whole screen; ``notice`` is what is said in its second line, ``error`` why nothing newer can be seen."""
    glance, size = view.glance, sizes(height, len(view.glance.members))
    lines: list[Line] = [((glance.headline, "bold"),), (notice if notice[0] else _notice(view),)]
    needs = _shown(view, 0, len(view.slots), size.needs)
    members = _seats(view, size) if size.is_folded else _shown(view, len(view.slots), len(view.rows), size.members)
    lines.append(_needs_heading(view, needs))
    lines += _filled([_row(view, number, now, width) for number in needs], size.needs)
    if glance.members:
        lines.append(_members_heading(view, members, width))
        listed = [_row(view, number, now, width) for number in members]
        lines += _filled([*listed, *([_others(view, members)] if size.is_folded else [])], size.members)
    if size.queue:
        lines.append(((f"queue ({len(glance.queue)})", "bold"),))
        lines += _filled([_queued(one, now) for one in glance.queue], size.queue)
    if size.lately:
        lines.append((("lately", "bold"),))
        lines += _filled([((f"  {one}", "dim"),) for one in glance.lately], size.lately)
    if size.details:
        lines.append((("─" * width, "dim"),))
        said = failed(error, width) if error else list(_details(view, width))
        lines += _filled(said, size.details)
    lines = [*_filled(lines, max(height - 1, 0)), _footer(view)][-height:]
    return tuple(_fitted(line, width) for line in lines)


def failed(error: str, width: int) -> list[Line]:
    """Why nothing can be seen, in as many lines as there are for it."""
    return [((text, "red"),) for text in screen.folded(error, width, _DETAILS)]


def _notice(view: View) -> Piece:
    glance = view.glance
    if glance.is_paused:
        return ("nothing new is begun until `batty-hooks resume`", "yellow")
    if not glance.is_watched:
        return ("no watcher is running: nothing goes on by itself", "dim")
    return ("", "")


def _shown(view: View, first: int, end: int, room: int) -> range:
    """Which of some rows are shown, the selected one among them."""
    if end - first <= room:
        return range(first, end)
    chosen = min(max(view.place, first), end - 1)
    begin = max(first, min(chosen - room // 2, end - room))
    return range(begin, begin + room)


def _seats(view: View, size: Sizes) -> range:
    """The members with a row: those who need one most, and further on as far as one has gone."""
    first, room = len(view.slots), size.members - 1
    begin = max(first, view.place - room + 1)
    return range(begin, begin + room)


def _others(view: View, shown: range) -> Line:
    """All members without a row, in one line, those who are at rest last."""
    found: dict[str, list[str]] = {}
    for number, member in enumerate(view.members, len(view.slots)):
        if number not in shown:
            found.setdefault(member.state, []).append(member.name)
    groups = sorted(found.items(), key=lambda group: group[0] in rows.AT_REST)
    said = "; ".join(f"{len(names)} {state.replace('-', 'not started')}: {', '.join(names)}" for state, names in groups)
    return ((f"  {said}", "dim"),)


def _needs_heading(view: View, shown: range) -> Line:
    number, style = len(view.open_needs), "bold yellow" if view.open_needs else "bold"
    part = f"   {shown.start + 1} to {shown.stop} of {len(view.slots)}" if len(shown) < len(view.slots) else ""
    return ((f"needs you ({number})" if number else "nothing needs you", style), (part, "dim"))


def _members_heading(view: View, shown: range, width: int) -> Line:
    first, count = len(view.slots), len(view.glance.members)
    part = f" {shown.start - first + 1}-{shown.stop - first}/{count}" if len(shown) < count else ""
    part = f" ({count})" if view.room else part
    more = f"{'ahead':>6}{'behind':>7}{'dirty':>6}  {'verdict':<9}" if width >= _WIDE else ""
    lead = f"{f'members{part}':<16}{'state':<9}{'for':>4} {'card':<12}{'unread':>6}{more}  "
    room = min(_CELLS, width - len(lead))
    said = "an hour ago" + "now".rjust(room - 11) if room >= 20 else "last hour"[: max(room, 0)]
    return ((lead, "bold"), (said, "dim"))


def _row(view: View, number: int, now: float, width: int) -> Line:
    row, is_here = view.rows[number], number == view.place
    mark = "> " if is_here else "  "
    if isinstance(row, Slot):
        age = screen.ago(now - row.need.since) if row.need.since else ""
        style = "dim" if row.met else "bold yellow" if is_here else "yellow"
        return ((f"{mark}{age:>4} ", "bold" if is_here else ""), (f"{'done: ' * bool(row.met)}{row.need.what}", style))
    return _member(view, row, mark, now, width)


def _member(view: View, row: MemberRow, mark: str, now: float, width: int) -> Line:
    bold = "bold " if mark.strip() else ""
    age = screen.ago(now - row.since) if row.since else ""
    card = f"{row.card} blocked" if row.blocked else row.card
    numbers = f"{row.unread or '':>6}"
    if width >= _WIDE:
        numbers += f"{row.ahead or '':>6}{row.behind or '':>7}{row.dirty or '':>6}  {row.verdict:<9}"
    lead = f"{mark}{screen.fitted(row.name, 13)} "
    rest = f"{age:>4} {screen.fitted(card, 12)}{numbers}  "
    room = width - screen.width(lead) - 9 - screen.width(rest)
    spans = view.glance.hours.get(row.name, ())
    return (
        (lead, f"{bold}".strip()), (f"{row.state:<9}", f"{bold}{_LOUD.get(row.state, '')}".strip()),
        (rest, bold.strip()), *_joined(hour.cells(spans, now, min(_CELLS, room)) if room >= 6 else []),
    )  # fmt: skip


def _joined(cells: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one style as one piece."""
    text, style = "", ""
    for sign, its in cells:
        if text and its != style:
            yield (text, style)
            text = ""
        text, style = text + sign, its
    if text:
        yield (text, style)


def _queued(one: QueueRow, now: float) -> Line:
    wait = "" if one.wait is None else f", verdict in about {screen.ago(one.wait)}" if one.wait >= 1 else ""
    what = screen.fitted(one.card or one.branch, 12)
    return ((f"{one.place:>4}  {what} {screen.fitted(one.member, 13)} ", ""),
            (f"{one.stage}, for {screen.ago(now - one.since)}{wait}", "dim"))  # fmt: skip


def _details(view: View, width: int) -> Iterator[Line]:
    """The selected row in all its words, and what is to be typed."""
    row = view.row
    if isinstance(row, Slot):
        command = () if row.met else (((f"→ {row.need.command}", "bold"),),)
        room = _DETAILS - len(command)
        yield from (((text, ""),) for text in screen.folded(row.need.what, width, room))
        yield from command
    elif row is not None:
        until = f", until {screen.moment(row.until)}" if row.until else ""
        said = [f"{row.name}: {row.role}, runs {row.agent}, {row.state}{f' ({row.why}{until})' if row.why else ''}"]
        said += [f"on {row.branch}, last test: {row.first or row.verdict}"] if row.verdict else []
        said += [f"{', '.join(row.waiting)} waits until it is done with {row.card}"] if row.waiting else []
        yield from (((text, ""),) for text in screen.folded("; ".join(said), width, _DETAILS))


def _footer(view: View) -> Line:
    """What each key does in the selected row."""
    keys: dict[str, list[str]] = {}
    for name, shown in _KEYS:
        if act := acts.of(view.glance, view.row, name):
            keys.setdefault(act.label, []).append(shown)
    found = [piece for label, names in keys.items()
             for piece in ((f" {', '.join(names)} ", "reverse"), (f" {label}  ", ""))]  # fmt: skip
    return (*found, (" ? ", "reverse"), (" help  ", ""), (" q ", "reverse"), (" quit", ""))


def _filled(lines: Sequence[Line], room: int) -> list[Line]:
    return [*lines[:room], *([()] * (room - len(lines)))]


def _fitted(line: Line, width: int) -> Line:
    """A line that has room: cut where it has not, and without signs that would move what is behind them."""
    found, left = [], width
    for text, style in line:
        plain = "".join(sign if sign.isprintable() else " " for sign in text)
        taken = screen.width(plain)
        if taken > left:
            found.append((screen.fitted(plain, left), style))
            break
        found.append((plain, style))
        left -= taken
    return tuple(found)
