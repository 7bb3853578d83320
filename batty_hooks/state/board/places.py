"""Where on a board a card or a lane goes, and how it is spaced there: after the manner of what is there already."""

from __future__ import annotations

from collections.abc import Mapping

from batty_hooks.state.board import lanes as lane_names
from batty_hooks.state.board.outline import Lane, Outline, ending, indent_of, is_blank, is_rule
from batty_hooks.system.records import dataclass

_ORDER = (lane_names.TODO, lane_names.PROGRESS, lane_names.DONE)


@dataclass(frozen=True)
class Place:
    """Insert before line ``at``, with a blank line ``before`` or ``after``, the card indented by ``indent``."""

    at: int
    before: bool = False
    after: bool = False
    indent: str = ""


def ended(block: list[str], lines: list[str], start: int, end: int) -> list[str]:
    """``block`` with line endings, to stand in place of ``lines[start:end]``; a file without a newline at its end
    keeps that."""
    newline = _newline(lines, start)
    whole = [line if ending(line) else line + newline for line in block]
    if end == len(lines) and lines and not ending(lines[-1]):
        whole[-1] = whole[-1].rstrip("\r\n")
    return whole


def insert(lines: list[str], place: Place, block: list[str]) -> None:
    """Put ``block`` in."""
    newline = _newline(lines, max(place.at - 1, 0))
    whole = ended(block, lines, place.at, place.at)
    if lines and place.at == len(lines) and not ending(lines[-1]):
        lines[-1] += newline
    put = [newline] * place.before + whole + [newline] * place.after
    lines[place.at : place.at] = put
    for at in range(place.at, place.at + len(put) + 1):
        _keep_apart(lines, at)


def _keep_apart(lines: list[str], at: int) -> None:
    """Where line endings change from line to line, CR before LF would make one ending of two lines."""
    if 0 < at < len(lines) and lines[at - 1].endswith("\r") and lines[at].startswith("\n"):
        lines[at - 1] = f"{lines[at - 1][:-1]}\n"


def _newline(lines: list[str], near: int) -> str:
    """The line ending in use at line ``near``, else the first one of the file, else LF."""
    return next(filter(None, map(ending, (*lines[near : near + 1], *lines[:1]))), "\n")


def remove(lines: list[str], start: int, end: int) -> list[str]:
    """Take the lines out, and one of two blank lines that would then meet."""
    block = lines[start:end]
    del lines[start:end]
    if 0 < start < len(lines) and is_blank(lines[start - 1]) and is_blank(lines[start]):
        del lines[start]
    _keep_apart(lines, start)
    return block


def in_lane(lines: list[str], outline: Outline, number: int, top: bool) -> Place:
    """The place for a card at the top or the end of a lane."""
    lane = outline.lanes[number]
    items = [item for item in outline.items if item.lane == number and item.start < lane.end]
    if not items:
        return _in_empty(lines, outline, lane)
    loose = len(items) > 1 and is_blank(lines[items[-1].start - 1])
    neighbour = items[0] if top else items[-1]
    first = lines[neighbour.start]
    # A card less indented than the next one would swallow it as a part of its body.
    indent = first[: len(first) - len(first.lstrip(" \t"))] if indent_of(first) > 1 else ""
    if top:
        return Place(neighbour.start, after=loose, indent=indent)
    return Place(neighbour.end, before=loose, after=_would_join(lines, neighbour.end), indent=indent)


def _would_join(lines: list[str], at: int) -> bool:
    """Whether the line there would read on from a card put before it, as a wrapped line of its text."""
    return at < len(lines) and not is_blank(lines[at]) and lines[at][0] not in "#-*+"


def _in_empty(lines: list[str], outline: Outline, lane: Lane) -> Place:
    at = lane.end
    while at > lane.top and (is_blank(lines[at - 1]) or is_rule(lines[at - 1])):
        at -= 1
    if at > lane.top or not _spaced(lines, outline):
        return Place(at, after=_would_join(lines, at))
    if at < lane.end and is_blank(lines[at]):
        at += 1
        return Place(at, after=at < len(lines) and not is_blank(lines[at]))
    return Place(at, before=True)


def _spaced(lines: list[str], outline: Outline) -> bool:
    """Whether this board has a blank line between a heading and its first card."""
    for item in outline.items:
        if item.lane >= 0:
            top = outline.lanes[item.lane].top
            return is_blank(lines[top])
    return False


def add_lane(lines: list[str], outline: Outline, name: str, titles: Mapping[str, str] | None = None) -> None:
    """Put a heading for a lane that is missing where it belongs: between its neighbours on the way from TODO to
    DONE."""
    known = [lane for lane in outline.lanes if lane.name in _ORDER]
    title = lane_names.heading(name, [lane.title for lane in known], titles)
    level = known[0].level if known else 2
    rank = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    earlier = [lane for lane in known if _ORDER.index(lane.name) < rank]
    later = [lane for lane in known if _ORDER.index(lane.name) > rank]
    if earlier:
        at = _end_of(lines, outline, max(earlier, key=lambda lane: (_ORDER.index(lane.name), lane.start)))
    else:
        at = later[0].start if later else len(lines)
    spaced = not known or any(lane.start and is_blank(lines[lane.start - 1]) for lane in outline.lanes)
    before = spaced and at > 0 and not is_blank(lines[at - 1])
    after = at < len(lines) and not is_blank(lines[at]) and (spaced or not lines[at].lstrip().startswith("#"))
    insert(lines, Place(at, before, after), [f"{'#' * level} {title}"])


def _end_of(lines: list[str], outline: Outline, lane: Lane) -> int:
    at = lane.end
    while at > lane.top and (is_blank(lines[at - 1]) or is_rule(lines[at - 1])):
        at -= 1
    return at


def indented(block: list[str], indent: str) -> list[str]:
    """A card's lines moved to another indentation."""
    first = block[0]
    own = first[: len(first) - len(first.lstrip(" \t"))]
    if own == indent:
        return block
    return [indent + line.removeprefix(own) if not is_blank(line) else line for line in block]
