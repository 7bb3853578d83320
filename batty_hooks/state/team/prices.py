"""`prices:` and `budget:` of team.yaml: what a million tokens of a model cost, and how many may be used.

No price is known here by itself."""

from __future__ import annotations

import math
import re

from batty_hooks.state.team.document import Table
from batty_hooks.state.team.model import Budget

BUDGET = ("day", "card")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_MEND = "write what a million tokens read, written and (if it differs) read from the cache cost: `[3, 15, 0.3]`"


def read(table: Table) -> dict[str, tuple[float, ...]]:
    """Model → prices of a million tokens read, written and, if it is said, read from the cache."""
    found = {}
    for model in table.entries:
        try:
            numbers = tuple(float(word) for word in table.words(model, lone=False))
        except ValueError:
            numbers = ()
        if len(numbers) in (2, 3) and all(0 <= number < math.inf for number in numbers):
            found[model] = numbers
        else:
            table.report(model, f"the prices of {model!r} cannot be read", _MEND)
    return found


def budget(table: Table) -> Budget:
    """The tokens of a day and of a card: `500000`, `500k`, `2M`."""
    return Budget(*(_tokens(table, key) for key in BUDGET))


def _tokens(table: Table, key: str) -> int:
    word = table.text(key)
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]+)?) ?([km]?)", (word or "").replace("_", "").lower())
    if found and (tokens := round(float(found[1]) * _UNITS[found[2]])) > 0:  # (0 would be no limit at all)
        return tokens
    if word is not None:
        table.report(key, f"{key} is {word!r}, which is no number of tokens", "write 500000, 500k or 2M")
    return 0
