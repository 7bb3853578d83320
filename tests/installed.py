"""What most stories begin with, made once for each process of the tests and copied from then on: the repository that
`Scene.create` makes, and what `batty-hooks install` puts into it.

Where anything is otherwise in the repository, the home or the environment, git and `install` are run, as people do.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

_PIECES = (".batty", "kanban.md", ".git/batty", ".git/info/exclude")
_PLACE, _COMMIT = ".batty/place", ".git/batty/let-pass"
_READ = (".git/config", ".git/HEAD", ".git/info/exclude", "check.sh")
_ELSEWHERE = ("GIT_", "XDG_", "TMUX", "BATTY_", "CLAUDE", "REAL_STARTS")
_NO_MATTER = {"BATTY_NO_WAKE", "GIT_CONFIG_GLOBAL"}


class Created:
    """A repository as git has made it, less its samples of hooks, which would only be copied again and again."""

    def __init__(self, root: Path) -> None:
        self.root, self.before = root, _outside()
        for sample in (root / ".git/hooks").glob("*.sample"):
            sample.unlink()

    def copy(self, root: Path) -> bool:
        """Make the same at ``root``, a new directory; False where git is to make it."""
        try:
            if _outside() != self.before or os.listdir(root):
                return False
        except (OSError, KeyError):  # no home, no git config of its own
            return False
        subprocess.run(["cp", "-pR", f"{self.root}/.", str(root)], check=True)
        subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=root, check=True)
        return True


class Installed:
    """What an install adds; where the repository lies and what its commit is called are put in when it is copied."""

    def __init__(self, root: Path, install: Callable[[], object], added: Path) -> None:
        self.added, self.before, hooks = added, _facts(root), set(os.listdir(root / ".git/hooks"))
        install()
        pieces = [*_PIECES, *(f".git/hooks/{name}" for name in sorted({*os.listdir(root / ".git/hooks")} - hooks))]
        for piece in pieces:
            (added / piece).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-pR", str(root / piece), str(added / piece)], check=True)
        assert (added / _PLACE).read_text() == f"{root}\n" and (added / _COMMIT).read_text() == _commit(root)

    def copy(self, root: Path) -> bool:
        """Add it to the repository at ``root``; False where `install` is to be run."""
        try:
            if _facts(root) != self.before:
                return False
        except (OSError, KeyError):  # no directory .git, no home, no git config of its own
            return False
        subprocess.run(["cp", "-pR", f"{self.added}/.", str(root)], check=True)
        (root / _PLACE).write_text(f"{root}\n")
        (root / _COMMIT).write_text(_commit(root))
        return True


def _facts(root: Path) -> object:
    """Everything an install goes by, but for where it is and what the one commit is called."""
    refs = {name for _, _, names in os.walk(root / ".git/refs") for name in names}
    trees = [set(os.listdir(place)) for place in (root, root / ".git", root / ".git/hooks")]
    files = [(root / name).read_bytes() for name in _READ if (root / name).exists()]
    return _outside(), refs, trees, files, os.path.realpath(root) == str(root)


def _outside() -> object:
    """What git and an install go by that is not in the repository."""
    os.umask(umask := os.umask(0o022))
    settings = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_bytes()
    environment = {
        name: os.environ[name] for name in os.environ if name.startswith(_ELSEWHERE) and name not in _NO_MATTER
    }
    return umask, os.geteuid(), set(os.listdir(Path.home())), settings, environment


def _commit(root: Path) -> str:
    return (root / ".git/refs/heads/main").read_text()
