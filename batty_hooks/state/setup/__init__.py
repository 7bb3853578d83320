"""What makes a worktree ready to work and test in: copies, links, ports, and what the setup commands make.

`.batty/ready/` remembers it: `<worktree>.json` for what a worktree was made ready, `<worktree>.env` its ports for
people. `.batty/ports.json` says whose block of ports is whose. The same for engineers' and for gate worktrees.
"""

from typing import TYPE_CHECKING

from batty_hooks.state.setup.spec import Spec
from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.state.setup.bringing import lacking
    from batty_hooks.state.setup.inputs import changed, settings_fingerprint
    from batty_hooks.state.setup.making import Job, Made, fingerprint, is_whole, make
    from batty_hooks.state.setup.memory import (
        FAILED,
        GOING,
        LITTER,
        READY,
        Memory,
        get,
        going,
        identity,
        is_going,
        own_lock,
    )
    from batty_hooks.state.setup.ports import environment
else:
    __getattr__ = late.face(
        __name__,
        bringing="lacking",
        inputs="changed settings_fingerprint",
        making="Job Made is_whole make fingerprint",
        memory="FAILED GOING LITTER READY Memory identity get going is_going own_lock",
        ports="environment",
    )

__all__ = [
    "FAILED",
    "GOING",
    "LITTER",
    "READY",
    "Job",
    "Made",
    "Memory",
    "Spec",
    "changed",
    "environment",
    "fingerprint",
    "get",
    "going",
    "identity",
    "is_going",
    "is_whole",
    "lacking",
    "make",
    "own_lock",
    "settings_fingerprint",
]  # fmt: skip
