"""What every test gets: a home, a git identity and an environment of its own; nothing of the developer's."""

from __future__ import annotations

import compileall
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bounded
import longest_first
import pytest
from installed import Created, Installed
from scene import Again, Scene

if TYPE_CHECKING:
    from tui.company import Company
    from tui.kept import Kept

_ROOT = Path(__file__).parent.parent
_IN_MEMORY, _ROOM = "/dev/shm", 4 << 30  # bytes: what a whole run has at once is a quarter of it
_FOREIGN = ("GIT_", "BATTY_", "XDG_", "TMUX", "CI", "GITHUB_")


def pytest_addoption(parser: pytest.Parser) -> None:
    bounded.options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the program once. Where an environment forbids Python to write what it has compiled, each of the
    thousands of commands that the tests start would compile it again, which is most of what such a command costs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a script's background; our children are to hear Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(bounded.Bounds(config))
    if not hasattr(config, "workerinput"):
        _work_in_memory()
        compileall.compile_dir(_ROOT / "batty_hooks", quiet=2)


def _work_in_memory() -> None:
    """Let the tests' directories lie in memory where there is one for that with room: what the tests make is copied and
    deleted some thousand times, and a disk takes five times as much of a processor for it. (PYTEST_DEBUG_TEMPROOT=/tmp
    leads back to the disk.)"""
    with contextlib.suppress(OSError):
        known = os.statvfs(_IN_MEMORY)
        if os.access(_IN_MEMORY, os.W_OK | os.X_OK) and known.f_bavail * known.f_frsize > _ROOM:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _IN_MEMORY)


@pytest.hookimpl(hookwrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Let pytest keep the tests as it has compiled them, whatever the environment says: that is most of what a worker
    does before its first test. Of several workers each begins elsewhere, and finds the rest compiled by the others.
    (What a test starts is told by the environment, and that is left as it is.)"""
    forbidden, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    worker, config = getattr(session.config, "workerinput", None), session.config
    if worker and config.args == config.getini("testpaths"):
        config.args[:] = longest_first.from_own_place(_files(config), worker["workerid"], worker["workercount"])
    yield
    sys.dont_write_bytecode = forbidden


def _files(config: pytest.Config) -> list[str]:
    """Every file with tests in it, those of directories that are passed over left out."""
    files = [str(path.relative_to(_ROOT)) for path in (_ROOT / "tests").rglob("*_test.py")]
    passed_over = [f"*/{name}/*" for name in config.getini("norecursedirs")]
    return sorted(file for file in files if not any(fnmatch(file, one) for one in passed_over))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let several workers begin with what is long."""
    if workers := getattr(config, "workerinput", {}).get("workercount"):
        items.sort(key=lambda item: item.path)  # each worker has the same list, wherever it began
        items[:] = longest_first.dealt(items, lambda item: item.nodeid, workers)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, installed: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and git's global config in a temporary directory."""
    return _at_home(tmp_path_factory.mktemp("home"), monkeypatch)


def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Test Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n"
        "[maintenance]\n\tauto = false\n"  # or each commit starts one git more, which finds nothing to do
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PYTHONPATH", str(_ROOT))
    return home


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let `Scene` copy what git and one install have made here; in a process with nothing of a test in it yet."""
    with pytest.MonkeyPatch.context() as patch:
        _at_home(tmp_path_factory.mktemp("home"), patch)
        Scene.created = Created(Scene(tmp_path_factory.mktemp("created") / "project").create().root)
        one = Scene(tmp_path_factory.mktemp("installed") / "project").create()
        Scene.installed = Installed(one.root, lambda: one.run("install"), one.root.parent / "added")


@pytest.fixture(autouse=True)
def back_to_start() -> Iterator[None]:
    """A test that changes directory does not carry the others along."""
    start = Path.cwd()
    yield
    os.chdir(start)


@pytest.fixture
def open_scene(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The same where another user can come in, with a home beside it: pytest's own directory is closed again to others
    by every run of pytest that begins meanwhile."""
    place = Path(tempfile.mkdtemp(prefix="batty-open-"))
    home = place / "home"
    home.mkdir()
    shutil.copy(own_home / ".gitconfig", home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    yield Scene(place / "project").create()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A repository with a small project and no batty-hooks in it yet."""
    return Scene(tmp_path / "project").create()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the test makes moves."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")


@pytest.fixture
def quiet(scene: Scene, alone: None) -> Scene:
    """Hooks only; nobody but the test makes moves."""
    return scene.install()


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Again:
    """What several tests begin from; who asks for it makes no moves beside the test (see `alone`)."""
    return Again(tmp_path_factory.mktemp("again"))


@pytest.fixture
def company(scene: Scene) -> Iterator[Company]:
    """A team with panes, hired and started by the test, and ended after it."""
    from tui.company import Company

    found = Company(scene)
    yield found
    found.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A team with panes that stories of a file use one after another."""
    from tui.kept import Kept

    found = Kept(tmp_path_factory.mktemp("kept"))
    yield found
    found.close()


@pytest.fixture
def git_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git processes of ours that are started from here on, by their command, as they come."""
    from batty_hooks.system.git import call

    found: list[str] = []
    original = call._once

    def counted(*arguments: str, **options: Any) -> tuple[int, bytes, bytes]:
        found.append(next(word for word in arguments if word[0] != "-" and "=" not in word))
        return original(*arguments, **options)

    monkeypatch.setattr(call, "_once", counted)
    return found
