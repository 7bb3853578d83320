"""What makes a worktree ready to work and test in: copies, links, ports, and what the setup commands make.

`.batty/ready/` remembers it: `<worktree>.json` for what a worktree was made ready, `<worktree>.env` its ports for
people. `.batty/ports.json` says whose block of ports is whose. The same for engineers' and for gate worktrees.
"""

from batty_hooks.state.outfit.bringing import lacking
from batty_hooks.state.outfit.inputs import changed, settings_word
from batty_hooks.state.outfit.making import Job, Made, is_whole, make, token
from batty_hooks.state.outfit.memory import (
    FAILED,
    GOING,
    LITTER,
    READY,
    Memory,
    birthmark,
    get,
    going,
    is_going,
    own_lock,
)
from batty_hooks.state.outfit.ports import environment
from batty_hooks.state.outfit.wishes import Wishes

__all__ = [
    "FAILED", "GOING", "LITTER", "READY", "Job", "Made", "Memory", "Wishes", "birthmark", "changed", "environment",
    "get", "going", "is_going", "is_whole", "lacking", "make", "own_lock", "settings_word", "token",
]  # fmt: skip
