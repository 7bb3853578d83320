"""Landings that the trunk does not hold any more: a person took it back (`git reset --hard origin/main`), and the board
says done of work that is nowhere to be seen.

What a person does with the trunk is his own business, so nothing is undone and nothing is stopped. Work that is there
under another commit (`git pull --rebase`, a squash at the remote) is not missed: merging the landing again would change
nothing. Where git cannot merge it any more nobody can tell, and nothing is said. Whoever wants it gone takes its card
off the board.
"""

from __future__ import annotations

import shlex

from batty_hooks.rules.look import Look
from batty_hooks.state import trunk


def landings(look: Look) -> dict[str, str]:
    """The cards in DONE whose work the trunk lacks, with the merge commits they had landed with; the last of these
    holds all that landed before it."""
    done = {card.id for card in look.cards if card.id and card.lane == "done"}
    landed = {id: commit for id, commit in look.landed.items() if id in done}
    held = trunk.landed(look.project, look.tip) if landed else {}
    gone = {id: commit for id, commit in landed.items() if id not in held}
    if not gone:
        return {}
    at = trunk.landed_at(look.project, list(gone.values()))
    return {id: commit for id, commit in sorted(gone.items(), key=lambda one: at[one[1]]) if _is_missed(look, commit)}


def mend(look: Look, gone: dict[str, str]) -> str:
    """What brings back such ``landings``: the last of them, merged where the trunk is checked out."""
    place = look.trunk_place
    there = f" -C {shlex.quote(str(place))}" if place and place != look.project.root else ""
    card, commit = list(gone.items())[-1]
    return f"git{there} merge {commit[:12]}  (brings it back; to have it done anew: batty-hooks task release {card})"


def _is_missed(look: Look, commit: str) -> bool:
    candidate = look.candidate(commit)
    return not candidate.conflicts and candidate.tree != look.itself.tree
