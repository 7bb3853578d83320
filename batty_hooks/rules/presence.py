"""Whether the agent of a pane is there, by its process and by what it counts as.

Both are written down, one after the other, by whoever starts an agent and by whoever hears that it has ended; a kill in
between, or a machine that could not tell for a moment whether a process lives, leaves one without the other. What is
said here of such a pair brings it together again: nobody counts as gone for ever who lives.
"""

from __future__ import annotations

from collections.abc import Callable

from batty_hooks.state.members import GONE
from batty_hooks.state.panes import Pane

ENDED, FOUND, BACK = "ended", "found", "back"


def news(word: str, pane: Pane, in_tmux: Callable[[], int]) -> str:
    """What is to be taken in of a pane whose agent counts as ``word`` ("" nothing is known of it yet): that its process
    has ENDED; that it was FOUND to live in its pane although nobody wrote down as which process; that it is BACK, for
    it lives and counts as gone; "" for nothing. ``in_tmux`` gives the pid of the agent that lives in the pane (0: none;
    another than before, where somebody has typed `respawn-pane`); it is asked only where that decides."""
    if pane.alive:
        return BACK if word == GONE and pane.pid and not pane.is_out_of_sight else ""
    if (not pane.pid or word != GONE) and in_tmux():
        return FOUND
    return "" if word == GONE else ENDED
