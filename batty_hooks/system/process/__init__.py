"""Starting, watching and ending processes: the one door to subprocess and to the library sh.

User commands (a gate, a set-up step, a `command` agent) run through sh, under a supervisor of their own (`run`, and
system/supervisor.py): subprocess.run(timeout=) and sh's own _timeout leave grandchildren behind, and so does killing a
process group.
"""

from batty_hooks.system.process.living import birth, end, end_run, started_by, with_argument
from batty_hooks.system.process.programs import GIT_LOCAL, capture, clean_environment, detach
from batty_hooks.system.process.reading import head, tail
from batty_hooks.system.process.run import Outcome, run_user

__all__ = [
    "GIT_LOCAL", "Outcome", "birth", "capture", "clean_environment", "detach", "end", "end_run", "head", "run_user",
    "started_by", "tail", "with_argument",
]  # fmt: skip
