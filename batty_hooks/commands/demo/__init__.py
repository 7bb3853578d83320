"""batty-hooks demo: the whole loop on a scratch repository, with scripted engineers and no account.

templates/demo/ holds the play: the project, the board, the team and the script that plays the engineers; in remote/
what another play has, where the trunk lives on a server (served.py). The engine is the real one, and what is said at
the end is read from the events and the repositories.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click

from batty_hooks.commands.demo import facts, served, telling
from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves import gate
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules.batch import one
from batty_hooks.rules.look import Look
from batty_hooks.state import events, githooks, members, slots, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock, process, screen, shipped

_STOP_SECONDS = 10.0
_INTRODUCTION = "A scratch repository, three scripted engineers, and a board of six cards:"
# Nobody's own settings may change the play: his git config (signing, global hooks), his options for pytest.
_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PYTEST_ADDOPTS": "",
             "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # fmt: skip


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="A new or empty folder to play in.")
@click.option("--remote", is_flag=True, help="The trunk lives on a server, and a stranger pushes there, too.")
def command(directory: Path | None, remote: bool) -> int:
    """See it work: six cards land in a scratch repository."""
    scratch = _scratch(directory)
    os.environ.update(_SETTINGS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # live in a pipe, too
    project = _stage(scratch, remote)
    _introduce(project, served.INTRODUCTION if remote else _INTRODUCTION)
    try:
        _play(project)
    except KeyboardInterrupt:
        click.echo(f"\nStopped; what there is so far is in {scratch}", err=True)
        raise
    return served.sum_up(project, scratch) if remote else facts.sum_up(project, scratch)


def _scratch(directory: Path | None) -> Path:
    """The folder everything happens in. Raises FatalError for one that holds something."""
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="batty-hooks-demo-")).resolve()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FatalError(f"{directory} is not an empty folder", "give --dir a new or empty one, or leave it out", USAGE)
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


def _stage(scratch: Path, remote: bool) -> Project:
    """The repository with its first commit, then what `init` does, with the play's own team and board."""
    play = shipped.templates() / "demo"
    for name in ("project", "engineers"):
        shutil.copytree(play / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__"))
    _run(play / "stage", scratch)
    if remote:
        shutil.copytree(play / "remote", scratch / "play")
        _run(scratch / "play" / "serve", scratch)
    project = project_map.find(scratch / "project")
    project.prepare()
    githooks.write_launcher(project)
    team = (play / "team.yaml").read_text()
    for name, path in (("python", sys.executable), ("engineer", str(scratch / "engineers" / "engineer.py"))):
        team = team.replace(f"{{{name}}}", shlex.quote(path))
    atomic.write(project.team_file, team + served.TEAM * remote)
    store.create(project, (play / ("remote" if remote else "") / "kanban.md").read_bytes())
    githooks.exclude(project)
    githooks.install(project)
    return project


def _run(script: Path, scratch: Path) -> None:
    made = process.capture(["sh", str(script)], cwd=scratch / "project", env=process.clean_environment())
    if made.returncode:
        said = " ".join(made.stderr.decode("utf-8", "replace").split())
        raise FatalError(
            f"the scratch repository could not be made: {said}", "git --version  (2.38 or newer is needed)"
        )


def _introduce(project: Project, words: str) -> None:
    screen.line(words, "bold")
    screen.line(f"{project.root}\n", "dim")
    for card in Look(project).board.cards:
        waits = f"waits until {', '.join(card.depends)} has landed" if card.depends else ""
        screen.parts((f"  {card.id:<4}", "cyan"), (f"{card.title}  ", ""), (waits, "yellow"))
    print()


def _play(project: Project) -> None:
    """Test the trunk as it is, then run the engine until nothing is left to do, telling what happens meanwhile.

    It takes the watcher's place, so that no hook starts a second engine.
    """
    told = set[int]()
    teller = threading.Thread(target=telling.follow, args=(project, told), daemon=True)
    with lock.held(project.lock("watch")), _nothing_left_running(project):
        watcher.enter(project)
        teller.start()
        look = Look(project)
        gate.judge(look, one(look, look.itself, look.trunk))
        Runner(project, None, lambda item, error: screen.line(f"{item}: {error.what}", "red")).until_idle()
        while teller.is_alive() and len(told) < len(list(events.read(project))):
            time.sleep(0.02)


@contextlib.contextmanager
def _nothing_left_running(project: Project) -> Iterator[None]:
    """However the with-block ends (Ctrl-C, TERM, a closed terminal), no test run and no engineer outlives it.

    Where it was stopped the scratch project stays paused: an engineer's runner may be on its way and not be seen yet.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    stopped = True
    try:
        yield
        stopped = False
    finally:
        watcher.pause(project, "the demo has ended")  # who is between two steps begins no other
        limit = time.monotonic() + _STOP_SECONDS
        while (runs := _running(project)) and time.monotonic() < limit:
            for group, born in filter(None, runs):
                process.end_run(group, born)
            time.sleep(0.1)  # a runner that has just ended looks once more whether somebody watches
        if not stopped:
            watcher.resume(project)
        watcher.leave(project)


def _running(project: Project) -> list[tuple[int, str] | None]:
    """Engineers' commands and tests at work, by pid and birth; None for a runner between two of them."""
    names = [member.name for member in Look(project).team.engineers]
    runs = [members.run(project, name) for name in names if members.is_running(project, name)]
    return [(run.group, run.birth) if run else None for run in (*runs, *slots.running(project))]
