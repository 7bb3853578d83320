"""Where each card's time went, and the cumulative flow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.people.report import states, words
from batty_hooks.people.report.html import Safe, disclosed, joined, percent, table, tag
from batty_hooks.people.report.lanes import place
from batty_hooks.rules.timeline import Card, Timeline
from batty_hooks.rules.timeline.records import STAGES, Flow
from batty_hooks.system.screen import counted

_MANY = 40  # bars that are shown at once; the others are below them, closed
_BAR = 16
_FLOWS = (("landed", "landed", "work"), ("word", "waiting for a word", "you"), ("gate", "at the gate", "gate"),
          ("work", "worked on", "flow-work"), ("waiting", "waiting for an engineer", "engineer"))  # fmt: skip


def cards(found: Timeline) -> Safe:
    """A bar for each card, the one that lost most time first; then the same as a table."""
    shown = [card for card in sorted(found.cards, key=lambda card: -card.lost) if card.end >= found.begin]
    if not shown:
        return tag("p", "No card has been begun yet.", class_="none")
    longest = max(card.life for card in shown) or 1.0
    path = {step.card for step in found.path}
    bars = [_bar(card, longest, card.id in path) for card in shown]
    rest = [disclosed(f"{counted(len(bars[_MANY:]), 'more card')}", tag("ol", *bars[_MANY:], class_="bars"),
                      id="more-cards")] if bars[_MANY:] else []  # fmt: skip
    there = {stage for card in shown for stage, seconds in card.spent.items() if seconds}
    return joined([
        states.legend(states.CARD, there), tag("ol", *bars[:_MANY], class_="bars"), *rest,
        disclosed("Where each card's time went, as a table", _table(shown, path), id="cards-table"),
    ])  # fmt: skip


def _bar(card: Card, longest: float, is_on_path: bool) -> Safe:
    x, parts = 0.0, []
    for stage in STAGES:
        seconds = card.spent[stage]
        if seconds:
            told = f"{card.id}: {states.CARD[stage]}\n{words.length(seconds)}"
            parts.append(tag("rect", tag("title", told), x=percent(x / longest), width=percent(seconds / longest), y=0,
                             height=_BAR, class_=f"f-{states.look(stage)}", data_c=card.id))  # fmt: skip
            x += seconds
    badge = [tag("span", "critical path", class_="badge")] if is_on_path else []
    said = f"lost {words.length(card.lost)} of {words.length(card.life)}" + ("" if card.landed else ", goes on")
    head = tag("a", tag("b", card.id), " ", card.title if card.title != card.id else "", href=f"#{anchor(card.id)}")
    bar = tag("svg", *parts, width="100%", height=_BAR, role="img", aria_label=f"{card.id}: {said}")
    return tag("li", tag("p", head, *badge, tag("span", said, class_="lost")), bar)


def anchor(card: str) -> str:
    """The name of a card's place on the page."""
    return "card-" + "".join(c if c.isascii() and (c.isalnum() or c == "-") else f"_{ord(c):x}" for c in card)


def _table(shown: Sequence[Card], path: set[str]) -> Safe:
    rows = [
        [f"{card.id} {card.title}" if card.title != card.id else card.id,
         *(words.length(card.spent[stage]) for stage in STAGES),
         words.length(card.life), words.length(card.lost), str(len(card.attempts)), "yes" if card.id in path else ""]
        for card in shown
    ]  # fmt: skip
    head = ["Card", *states.CARD.values(), "its life", "lost", "attempts", "critical path"]
    return table(head, rows, "Where each card's time went")


def flow(found: Timeline) -> Safe:
    """Areas on each other: how many cards were where."""
    points = found.flow
    most = max((sum(point[1:]) for point in points), default=0)
    if not most:
        return tag("p", "No card has been seen yet.", class_="none")
    below = [0.0] * len(points)
    areas = []
    for name, said, look in _FLOWS:
        above = [low + getattr(point, name) for low, point in zip(below, points, strict=True)]
        path = _area(found, points, below, above, most)
        areas.append(tag("path", tag("title", said), d=path, class_=f"f-{look}"))
        below = above
    picture = tag("svg", *areas, viewBox="0 0 1000 200", preserveAspectRatio="none", width="100%", height=200,
                  role="img", class_="flow", aria_label=f"Cumulative flow of {counted(most, 'card')}")  # fmt: skip
    legend = [tag("li", _field(look), said) for _, said, look in reversed(_FLOWS)]
    ends = tag("p", tag("span", words.clock(found.begin, True)), tag("span", f"up to {counted(most, 'card')}"),
               tag("span", words.clock(found.end, True)), class_="ends")  # fmt: skip
    return joined([tag("ul", *legend, class_="legend"), picture, ends,
                   disclosed("The flow as a table", _flow_table(points), id="flow-table")])  # fmt: skip


def _field(look: str) -> Safe:
    return tag("svg", tag("rect", width=18, height=12, class_=f"f-{look}"), width=18, height=12, aria_hidden="true")


def _area(found: Timeline, points: Sequence[Flow], below: list[float], above: list[float], most: int) -> str:
    there, back = list(_steps(found, points, above, most)), list(_steps(found, points, below, most))
    return "M" + "L".join([*there, *reversed(back)]) + "z"


def _steps(found: Timeline, points: Sequence[Flow], heights: list[float], most: int) -> Iterator[str]:
    """The corners of a line that jumps where the number does."""
    last = 0.0
    for point, height in zip(points, heights, strict=True):
        x, y = 1000 * place(found, point.at), 200 - 200 * height / most
        yield f"{x:.1f} {200 - 200 * last / most:.1f}"
        yield f"{x:.1f} {y:.1f}"
        last = height


def _flow_table(points: Sequence[Flow]) -> Safe:
    """Thirty moments at most; the drawing has them all, and `--json` the numbers."""
    every = max(1, len(points) // 30)
    rows = [[words.clock(point.at, True, True), *map(str, point[1:])] for point in points[::every]]
    names = ["When", "waiting for an engineer", "worked on", "at the gate", "waiting for a word", "landed"]
    return table(names, rows, "How many cards were where" + (f" (one moment of {every})" if every > 1 else ""))
