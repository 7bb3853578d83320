"""Landings that git has refused: the words for them, which `step` and `status` have alike."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import PASSED, Standing, standing
from batty_hooks.state import queue
from batty_hooks.state.queue import Offer
from batty_hooks.system import late

_HELD = late.pattern(r"it holds (?P<lock>/\S.*\.lock)$")
COMMAND = "batty-hooks step  (once that is mended)"


def words(look: Look, offer: Offer, now: Standing) -> str:
    """That git refuses to land an offer, which stands as ``now``, and why; "" when it does not."""
    said = queue.told(look.project, offer).refused if now.row == PASSED else ""
    return f"{offer.label} passed, but git refused to land it: {said}" if said else ""


def mend(said: str) -> str:
    """What helps, by those words: a lock that a killed git has left in a person's checkout is his to take away."""
    held = _HELD.search(said)
    return f"rm {shlex.quote(held['lock'])} && batty-hooks step  (if no git is at work there)" if held else COMMAND


def refused(look: Look) -> Iterator[tuple[Offer, str]]:
    """Each offer that git refuses to land, with those words."""
    for offer in look.offers:
        if said := words(look, offer, standing(look, offer)):
            yield offer, said


def is_told(look: Look, key: str) -> bool:
    """Whether what keeps the item of that key from being made has a line of its own: a landing that git refuses."""
    return any(offer.key == key for offer, _ in refused(look))
