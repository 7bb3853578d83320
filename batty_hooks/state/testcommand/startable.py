"""Whether a test command can be started here at all: its program, and the module that `python -m` runs.

A Python that lacks the module says so with exit code 1, as a red test does: everything would be red, and the trunk too.
"""

from __future__ import annotations

import re
from pathlib import Path

from batty_hooks.system import late, process

_MODULE = late.pattern(r"(python[\d.]*) (?:-[bBdEIOPqsSuvW] )*-m ([A-Za-z_]\w*)")
_FIND = "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec(sys.argv[1]) else 9)"
_LACKS = 9
_FILE = ".batty/team_config/team.yaml"


def lacking(root: Path, command: str) -> tuple[str, str] | None:
    """What a test command, run from ``root``, lacks, and what mends it; None when it lacks nothing, or nobody can tell:
    its first word must be a plain one."""
    word = command.split()[0]
    if not re.fullmatch(r"[\w.+-]+", word):
        return None
    if process.capture(["sh", "-c", f"command -v {word}"]).returncode:
        return f"{word} is not on the PATH: {command}", f"install it, or set gate.command in {_FILE}"
    run = _MODULE.match(command)
    if run and process.capture([run[1], "-c", _FIND, run[2]], cwd=root).returncode == _LACKS:
        mend = f"${{EDITOR:-vi}} {_FILE}  (gate.command with a Python that has it, as .venv/bin/python; or install it)"
        return f"{run[1]} has no module {run[2]}: {command}", mend
    return None
