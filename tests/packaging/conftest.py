"""A clone as a stranger has it, a home of its own for what pip and pipx keep, and what environments are lent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Tools

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
def tools(scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    base = tmp_path_factory.getbasetemp()
    return Tools((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packaging-tools")


@pytest.fixture(scope="module")
def clone(scratch: Path) -> Path:
    """What git would check out, without tests, in a folder whose name has a space, and what Python has compiled; builds
    leave their traces here."""
    folder = scratch / "a clone"
    folder.mkdir()
    for name in _SOURCES:
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, folder / name)
        else:
            shutil.copy2(_ROOT / name, folder / name)
    return folder
