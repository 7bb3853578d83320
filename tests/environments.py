"""Python environments for the tests of what is shipped, that cost little, and what an install must hold.

An environment is made without a pip of its own, and is lent one: to put pip into it is most of what making one costs,
and `./install.sh --test`, by which these tests are run, has just done it for real.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from batty_hooks.system import lock

_OURS = Path(sysconfig.get_path("purelib"))
_WHERE = """
import json
from batty_hooks.system import shipped
print(json.dumps([str(shipped.hooks()), str(shipped.templates())]))
"""


def run(*argv: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """The output of a program that must end well, started without the developer's paths."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in argv], cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=3600
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def libraries_of(venv: Path) -> Path:
    """Where the libraries of an environment are."""
    [place] = venv.glob("lib/python*/site-packages")
    return place


class Tools:
    """What environments are lent: a file .pth with no more than pip, and one with pip, setuptools and pipx of today and
    our own libraries. Made once for all workers; ``python`` has the latter."""

    def __init__(self, place: Path) -> None:
        self.pip, self.all, self.venv = place / "pip.pth", place / "all.pth", place / "venv"
        self.python = self.venv / "bin/python"
        with lock.held(place.with_suffix(".lock"), 400):
            if not place.exists():
                making = place.with_suffix(".new")
                shutil.rmtree(making, ignore_errors=True)
                self._make(making, place)
                making.rename(place)

    def _make(self, making: Path, place: Path) -> None:
        (making / "only").mkdir(parents=True)
        for path in (_OURS / "pip", *_OURS.glob("pip-*.dist-info")):
            (making / "only" / path.name).symlink_to(path)
        (making / "pip.pth").write_text(f"{place}/only\n")
        run(sys.executable, "-m", "venv", "--without-pip", making / "venv")
        own = libraries_of(making / "venv")
        (own / "lent.pth").write_text(f"{_OURS}\n")
        python = making / "venv/bin/python"
        run(python, "-m", "pip", "install", "-q", "--no-compile", "--upgrade", "pip", "setuptools", "pipx")
        (making / "all.pth").write_text(f"{place / own.relative_to(making)}\n{_OURS}\n")


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Every file below: path → content, executable."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): (path.read_bytes(), os.access(path, os.X_OK)) for path in files}


def assert_whole(python: Path, clone: Path, inside: Path, cwd: Path) -> None:
    """The lookup points below ``inside`` and finds there what the clone has."""
    hooks, templates = (Path(path) for path in json.loads(run(python, "-c", _WHERE, cwd=cwd)))
    assert hooks.is_relative_to(inside.resolve())
    assert templates.is_relative_to(inside.resolve())
    assert tree(hooks) == tree(clone / "hooks") != {}
    assert tree(templates) == tree(clone / "templates") != {}
