"""A card, as it is read from the board."""

from __future__ import annotations

from batty_hooks.state.board import fields
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Card:
    """A card as it stands in the file.

    ``id`` and ``owner`` are "" when there is none, ``title`` is without box, owner, id and fields, ``lane`` is
    "todo", "in progress", "done" or another lane's title in lower case, ``blocked`` the reason, ``body`` the
    indented lines, dedented, ``line`` counts from 1, ``priority`` is "high", "low" or whatever else stands there,
    ``marks`` all fields of its first line as (key, value), the first of a key first; ``cancelled`` says that its box is
    `[-]`, as Obsidian's task plugins write it.
    """

    id: str
    title: str
    lane: str
    owner: str
    depends: tuple[str, ...]
    blocked: str
    body: str
    checked: bool
    line: int
    priority: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    cancelled: bool = False

    def mark(self, key: str) -> str:
        """What a field says (see fields.py); "" when the card has none of that key."""
        return next((value for name, value in self.marks if name == key), "")

    @property
    def hold(self) -> str:
        """Why nobody may take it yet; "" when nothing holds it. A hold without a reason is one all the same."""
        is_held = any(name == fields.HOLD for name, _ in self.marks)
        return (self.mark(fields.HOLD) or "no reason given") if is_held else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags (`#frontend`), in small letters."""
        return fields.tags(self.title)
