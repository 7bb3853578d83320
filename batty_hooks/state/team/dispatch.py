"""`dispatch:` and `wip:`: from which lanes cards are begun, by whose choice, and how many at one time."""

from __future__ import annotations

from collections.abc import Mapping

from batty_hooks.state.team.document import Table, shape
from batty_hooks.state.team.model import AUTO, MANUAL

_MODES = (AUTO, MANUAL)
_CLOSED = ("in progress", "done")


def modes(top: Table, titles: Mapping[str, str]) -> dict[str, str]:
    """What is said of lanes, by their titles: "auto" or "manual"; one word for all is said of "todo". ``titles`` are
    the names that the team has given to lanes of ours."""
    key = "dispatch"
    if key not in top.entries or shape(top.entries[key][1]) != "mapping":
        return {"todo": top.choice(key, _MODES, AUTO)}
    table = top.table(key)
    closed = {*_CLOSED, *(titles[lane].casefold() for lane in _CLOSED if lane in titles)}
    for title in [title for title in table.entries if title.casefold() in closed]:
        table.report(title, f"nothing is begun from {title}", "name lanes in which cards wait: `TODO: manual`")
    return {title: table.choice(title, _MODES, AUTO) for title in table.entries}


def limit(table: Table) -> int:
    """How many cards may be in progress at one time; 0 for as many as there are engineers."""
    return table.count("wip", 0, least=1)
