"""A clone as a stranger has it, and a home of its own for what pip and pipx keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCES = "batty_hooks hooks templates setup.cfg pyproject.toml README.md LICENSE install.sh".split()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("packaging")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("PIP_CACHE_DIR", str(folder / "cache"))
        yield folder


@pytest.fixture(scope="module")
def clone(scratch: Path) -> Path:
    """What git would check out, without tests, in a folder whose name has a space; builds leave their traces here."""
    folder = scratch / "a clone"
    folder.mkdir()
    for name in _SOURCES:
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(_ROOT / name, folder / name)
    return folder
