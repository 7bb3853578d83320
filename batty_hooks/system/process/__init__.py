"""Starting, watching and ending processes: the one door to subprocess and to the library sh.

User commands (a gate, a set-up step, a `command` agent) run through sh, under a supervisor of their own (`run`, and
system/supervisor.py): subprocess.run(timeout=) and sh's own _timeout leave grandchildren behind, and so does killing a
process group.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late
from batty_hooks.system.process.environment import GIT_LOCAL, clean_environment
from batty_hooks.system.process.programs import attended, capture, detach

if TYPE_CHECKING:
    from batty_hooks.system.process.living import (
        ask_to_end,
        birth,
        end,
        end_run,
        end_with_waiter,
        go_on,
        is_at_work,
        pid_space,
        starter,
        suspended,
        with_argument,
    )
    from batty_hooks.system.process.reading import head, tail
    from batty_hooks.system.process.run import Outcome, run_user
else:
    __getattr__ = late.face(
        __name__,
        living="ask_to_end birth end end_run end_with_waiter go_on is_at_work pid_space starter suspended "
        "with_argument",
        reading="head tail",
        run="Outcome run_user",
    )

__all__ = [
    "GIT_LOCAL", "Outcome", "ask_to_end", "attended", "birth", "capture", "clean_environment", "detach", "end",
    "end_run", "end_with_waiter", "go_on", "head", "is_at_work", "pid_space", "run_user", "starter", "suspended",
    "tail", "with_argument",
]  # fmt: skip
