"""Text of others as a terminal may show it: without what moves its cursor, clears it, paints it or names its window."""

from __future__ import annotations

from batty_hooks.system import late

# Terminal sequences (colours; titles and links, which end with BEL or ESC \), then whatever else has no picture, and
# what turns the order of all that follows in the line. Tabs and ends of lines stay.
UNSEEN = late.pattern(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]"
)


_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"


def of(text: str) -> str:
    """The text without them; what stood between two words, as an end of a line of old does, becomes a space."""
    return text if text.isprintable() else UNSEEN.sub(lambda found: " " if found[0] in _BREAKS else "", text)
