"""`.batty/members/<member>/told.json`: in which words a member was told of its cards last, as a hash for each card.

A brief is of the moment, and whoever types a card may still be at it: when the words on the board are others than
these, its engineer is told the new ones.
"""

from __future__ import annotations

import json
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic

_MOST = 20  # cards that a member is remembered for: it has one in hand, and a few that wait


def told(project: Project, member: str) -> dict[str, str]:
    """The hash of the words by the id of the card."""
    try:
        known = json.loads(_file(project, member).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(card): str(words) for card, words in known.items()} if isinstance(known, dict) else {}


def keep(project: Project, member: str, card: str, words: str) -> None:
    """Remember in which words a member is told of a card."""
    others = {id: known for id, known in told(project, member).items() if id != card}
    newest = [*others.items(), (card, words)][-_MOST:]
    path = _file(project, member)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(dict(newest)) + "\n")


def _file(project: Project, member: str) -> Path:
    return project.member_directory(member) / "told.json"
