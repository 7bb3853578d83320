"""What every test gets: a home, a git identity and an environment of its own; nothing of the developer's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene

_FOREIGN = ("GIT_", "BATTY_", "XDG_", "TMUX", "CI", "GITHUB_")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and git's global config in a temporary directory."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Test Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    return home


@pytest.fixture(autouse=True)
def back_to_start() -> Iterator[None]:
    """A test that changes directory does not carry the others along."""
    start = Path.cwd()
    yield
    os.chdir(start)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A repository with a small project and no batty-hooks in it yet."""
    return Scene(tmp_path / "project").create()
