"""The fields of a card that mean something here: `[key:: value]` on its first line, one entry each.

What is written there by us (``ours``) is taken off the words of a card when versions of the board are compared; what is
a person's or a planner's stays with the words. A field that is not in the table is somebody's own and means nothing.
The form is that of Obsidian's Dataview, which people who keep such boards know.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from batty_hooks.system import late


class Field(NamedTuple):
    """One field: its key, what it says, other words that people write for it, and whether we write it ourselves."""

    key: str
    says: str
    also: tuple[str, ...] = ()
    ours: bool = False


DEPENDS, BLOCKED, PRIORITY, OWNER = "depends", "blocked", "priority", "owner"
ROLE, FOR, FILES, PLAN, HOLD = "role", "for", "files", "plan", "hold"

TABLE = (
    Field(DEPENDS, "the cards that must have landed before it is begun", ("waits", "needs"), ours=True),
    Field(BLOCKED, "why it stops", ours=True),
    Field(OWNER, "whose it is", ("assignee",)),
    Field(PRIORITY, "its place among what waits to land: high or low", ("prio",)),
    Field(ROLE, "the role, or kind of role, of those who may take it"),
    Field(FOR, "the manager whose engineers may take it"),
    Field(FILES, "the files it will touch, as patterns"),
    Field(PLAN, "the plan it belongs to"),
    Field(HOLD, "why nobody may take it yet"),
)
KEYS = tuple(field.key for field in TABLE)
OURS = tuple(field.key for field in TABLE if field.ours)
ALSO = {word: field.key for field in TABLE for word in field.also}

_TAG = late.pattern(r"(?<!\S)#([A-Za-z][\w/-]*)")


def words(value: str) -> tuple[str, ...]:
    """The words of a field that lists some, with commas or blanks between them."""
    return tuple(filter(None, re.split(r"[\s,]+", value)))


def tags(title: str) -> tuple[str, ...]:
    """The tags among the words of a title, without their `#`, in small letters."""
    return tuple(tag.lower() for tag in _TAG.findall(title))
