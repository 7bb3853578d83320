"""`.batty/planners.json`: who has put a card on the board by command, so that what is wrong with it comes back to them.

Who types into kanban.md is known to nobody, and stands here not at all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from batty_hooks.state.project import Project
from batty_hooks.system import atomic


def of(project: Project) -> dict[str, str]:
    """Who it was, by the id of the card."""
    try:
        known = json.loads(project.planners_file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(card): str(who) for card, who in known.items()} if isinstance(known, dict) else {}


def note(project: Project, who: str, cards: Iterable[str], on_board: Collection[str]) -> None:
    """Remember it of new cards; what is not ``on_board`` any more is forgotten."""
    kept = {card: known for card, known in of(project).items() if card in on_board}
    atomic.write(project.planners_file, json.dumps({**kept, **dict.fromkeys(cards, who)}) + "\n")
