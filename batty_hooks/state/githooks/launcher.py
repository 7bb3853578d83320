"""`.batty/bin/batty-hooks`: the file that hooks and agents start."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import batty_hooks
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, process


def write_launcher(project: Project) -> None:
    """Make `.batty/bin/batty-hooks` start this very batty-hooks with this very Python, whatever a PATH says."""
    wanted = _launcher_text().encode("utf-8", "surrogateescape")
    path = project.launcher
    if path.exists() and path.read_bytes() == wanted and os.access(path, os.X_OK):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, wanted, mode=0o755)


# Python puts the current directory first on its path for -c and -m alike: a project's own queue.py would be imported
# in place of the standard library's.
_START = """\
import sys
sys.path[:] = [place for place in sys.path if place]
try:
    from batty_hooks.main import main
except ImportError as error:
    print(f"batty-hooks: it cannot be started any more: {error}", file=sys.stderr)
    print("  → install it again, then run `batty-hooks install` in this project", file=sys.stderr)
    sys.exit(75)
main()"""


def _launcher_text() -> str:
    clone = _clone_to_import_from()
    path = f"PYTHONPATH={shlex.quote(str(clone))}${{PYTHONPATH:+:$PYTHONPATH}}\nexport PYTHONPATH\n" if clone else ""
    return f"""\
#!/bin/sh
# Starts the batty-hooks this project uses, whatever the PATH says. Written by `batty-hooks install`.
python={shlex.quote(sys.executable)}
if [ ! -x "$python" ]; then
	echo "batty-hooks: $python is gone; install it again, then run \\`batty-hooks install\\` in this project" >&2
	exit 75
fi
{path}exec "$python" -c {shlex.quote(_START)} "$@"
"""


def _clone_to_import_from() -> Path | None:
    """The clone this package was imported from, when Python would not find it by itself."""
    parent = Path(batty_hooks.__file__).resolve().parent.parent
    if parent.name in ("site-packages", "dist-packages"):
        return None
    environment = process.clean_environment(drop=["PYTHONPATH"])
    code = "import sys; sys.path[:] = filter(None, sys.path); import batty_hooks; print(batty_hooks.__file__)"
    found = process.capture([sys.executable, "-c", code], cwd=Path("/"), env=environment)
    installed = os.fsdecode(found.stdout.rstrip(b"\n"))
    return None if installed and Path(installed).resolve().parent.parent == parent else parent


def launcher_problems(project: Project) -> list[str]:
    """Why the launcher would not start; [] when it would."""
    if not os.access(project.launcher, os.X_OK):
        return [f"{project.launcher} is missing"]
    named = re.search(r"^python=(.*)$", project.launcher.read_text("utf-8", "surrogateescape"), re.MULTILINE)
    python = "".join(shlex.split(named.group(1))) if named else ""
    return [f"{python}, which {project.launcher} starts, is gone"] if python and not os.access(python, os.X_OK) else []
