"""What stands on a landing that is to be taken back: said before it is."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules.look import Look
from batty_hooks.state import pulls, trunk
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.lanes import TODO
from batty_hooks.system.git import objects, refs

_MOST = 5


def above(look: Look, id: str) -> Iterator[str]:
    """In words: cards that depend on ``id``, also through others, and are landed or begun; what landed since and has
    changed the same files."""
    on_it = [card for card in _on(look.cards, id) if card.lane != TODO]
    for card in on_it[:_MOST]:
        how = "has landed" if card.id in look.landed else f"is {card.owner}'s" if card.owner else "is in progress"
        yield f"{card.id or card.title} depends on it and {how}"
    landed = look.landed[id]
    paths = tuple(trunk.landed_paths(look.project, landed))
    since = [subject for commit, subject in trunk.touched_by(look.project, landed, look.tip, paths) if commit != landed]
    for subject in since[:_MOST] if paths else ():
        yield f"the same files were changed since by: {subject}"
    if more := max(0, len(on_it) - _MOST) + max(0, len(since) - _MOST):
        yield f"and {more} more"


def before(look: Look, id: str, landed: str) -> str:
    """Where the trunk stood before a landing that is several commits of it: a pull request was merged by rebase, and
    its last commit is known as the landing. "" for any other, which has that for its first parent."""
    root, pull = look.project.root, pulls.get(look.project, id)
    if (
        not pull
        or pull.merge != landed
        or len(objects.parents(root, landed)) != 1
        or not refs.is_commit(root, pull.head)
    ):
        return ""
    offered = [step.subject for step in objects.steps(root, landed, pull.head) if len(step.parents) == 1]
    there = objects.first_parents(root, landed, len(offered) or 1)
    if len(offered) < 2 or [subject for _, _, subject in there] != offered:
        return ""
    return objects.parents(root, there[-1][0])[0]


def _on(cards: list[Card], id: str) -> list[Card]:
    """The cards that depend on ``id``, and on those again."""
    found, reached = [], {id}
    while new := [card for card in cards if reached & {*card.depends} and card not in found]:
        found += new
        reached |= {card.id for card in new if card.id}
    return found
