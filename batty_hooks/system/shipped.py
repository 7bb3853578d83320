"""Where the shipped `hooks/` and `templates/` folders are, however batty-hooks was installed.

In a clone and in an editable install they stand at the top of the tree, beside the package; in a wheel they travel
inside it (setup.cfg maps them there).
"""

from __future__ import annotations

from pathlib import Path

from batty_hooks.errors import FatalError

_PACKAGE = Path(__file__).resolve().parent.parent


def hooks() -> Path:
    """The folder of shipped git hooks. Raises FatalError when this install lacks it."""
    return _folder("hooks")


def templates() -> Path:
    """The folder of shipped teams, role prompts and the first board. Raises FatalError when this install lacks it."""
    return _folder("templates")


def _folder(name: str) -> Path:
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FatalError(
        f"this install of batty-hooks has no {name}/ folder",
        "pipx install --force batty-hooks  (or ./install.sh from a clone)",
    )
