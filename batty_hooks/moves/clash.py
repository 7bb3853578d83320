"""clash: merges the branches in hand with each other, in memory, and tells who has begun later which files it will be.

Nothing is locked and nobody is stopped: the younger card's engineer is told, once for each pair and set of files, while
it is at work on the card. That costs it a turn only when it stands idle with the card in hand (see deliver); once it
has reported the card the message is withdrawn, for then whoever lands second gets the conflict itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from shlex import quote

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import collisions
from batty_hooks.rules.collisions import Work
from batty_hooks.rules.look import Look
from batty_hooks.state import clashes, events, inbox, trunk, worktrees
from batty_hooks.state.clashes import Clash, Found
from batty_hooks.state.project import Project
from batty_hooks.state.trunk import Side
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "clash"
ORDER = 59
WATCHES = ("members",)
SLOW = False
_LOOK, _OVER = "look", "over"


def ripe(look: Look) -> Iterator[Item]:
    """What is to be withdrawn, then the look itself."""
    for member, id in collisions.over(look):
        yield Item(keys.join(_OVER, id), f"{member} need not hear of a clash any more", member=member)
    if key := collisions.wanted(look):
        yield Item(keys.join(_LOOK, key), "the branches in hand are to be merged with each other")


def due(look: Look) -> float:
    """When to look at what is not committed yet."""
    return collisions.due(look)


def take(project: Project, item: Item) -> None:
    """The messages, and what was found last: killed in between, the same is found and told under the same ids."""
    kind, id = keys.split(item.key)
    if kind == _OVER:
        inbox.confirm(project, item.member, id, "ST")
        return
    began = time.monotonic()
    look, known = Look(project), clashes.read(project)
    found, left = _clashes(look, known)
    for one in found:
        if collisions.is_to_be_told(look, one):
            _tell(look, one)
    _withdraw(project, known, found)
    took = time.monotonic() - began
    clashes.write(project, Found(collisions.name_of(look), time.time(), took, left, tuple(found)))


def _clashes(look: Look, known: Found) -> tuple[list[Clash], int]:
    """The clashes, and how many pairs are left for the next look: of these what was found last stands."""
    works = collisions.in_hand(look)
    sides = _sides(look, works) if works[1:] else {}
    pairs = list(collisions.pairs(works, sides))
    now = collisions.split(look, pairs, sides)
    merged = trunk.conflicts(look.project, look.tip, [(sides[one], sides[other]) for one, other in pairs[:now]])
    found = [
        collisions.clash(look, one, other, paths)
        for (one, other), paths in zip(pairs[:now], merged, strict=True)
        if paths
    ]
    waiting = [{one.card, other.card} for one, other in pairs[now:]]
    return [*found, *(one for one in known.clashes if {one.card, one.other} in waiting)], len(waiting)


def _sides(look: Look, works: list[Work]) -> dict[Work, Side]:
    """Each branch with what is in no commit yet, merged with the trunk; none for one that has nothing of its own."""
    project = look.project
    commits = {
        work: trunk.with_uncommitted(project, work.place, work.commit) if work.place else work.commit for work in works
    }
    own = {work: commit for work, commit in commits.items() if commit != work.commit or collisions.is_ahead(look, work)}
    found = trunk.sides(project, look.tip, list(own.values()))
    return {work: found[commit] for work, commit in own.items() if commit in found}


def _tell(look: Look, one: Clash) -> None:
    project, id = look.project, ids.clash(one.card, one.other, one.paths)
    if id in inbox.keys(project, one.member):
        return
    subject = f"{one.card} {collisions.words(one, one.card)}"
    events.append(project, id, happened.CLASH, card=one.card, member=one.member, text=subject)
    inbox.send(
        project,
        inbox.Message(id, "batty-hooks", one.member, subject, _text(look, one), kinds.CLASH, one.card),
    )


def _text(look: Look, one: Clash) -> str:
    branch = worktrees.branch_of(look.project, one.other_member, one.other)
    card = look.card(one.other)
    files = "".join(f"    {path}\n" for path in one.paths[:20])
    theirs = f"What is committed there:\n    git diff {quote(f'{look.trunk}...{branch}')}\n" if branch else ""
    return (
        f"As things stand, {one.card} and {one.other} ({card.title if card else ''}; {one.other_member}) change the "
        f"same lines of\n{files}\nNothing is locked, and both may go on: whoever lands second has to merge. Keep your "
        f"changes there small, or leave these files for last.\n{theirs}"
    )


def _withdraw(project: Project, known: Found, found: list[Clash]) -> None:
    """What was told and nobody has read yet, of pairs that clash no more."""
    now = {(one.card, one.other) for one in found}
    for one in known.clashes:
        if (one.card, one.other) not in now:
            for key, flags in inbox.keys(project, one.member).items():
                if not flags and key.startswith(ids.clashes(one.card, one.other)):
                    inbox.confirm(project, one.member, key, "ST")
