"""Every member of a family, found by listing, has the family's interface: one new file adds one."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from scene import Scene

from batty_hooks.main import Verbs, batty_hooks
from batty_hooks.moves import base
from batty_hooks.state import team
from batty_hooks.state.project import Project, find
from batty_hooks.system import shipped

ROOT = Path(__file__).parent.parent.parent
AGENTS = sorted(
    path.stem for path in (ROOT / "batty_hooks/agents").glob("*.py") if path.stem not in ("__init__", "base")
)
HOOKS = sorted(path for path in shipped.hooks().iterdir() if path.is_file())
TEMPLATES = sorted(shipped.templates().glob("*.yaml"))
VERBS = Verbs().list_commands(click.Context(batty_hooks))


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_says_its_name_program_and_kind(name: str) -> None:
    agent = import_module(f"batty_hooks.agents.{name}")
    assert name == agent.NAME
    assert isinstance(agent.PROGRAM, str) and isinstance(agent.INTERACTIVE, bool)
    assert agent.__doc__


@pytest.mark.parametrize("move", base.moves(), ids=lambda move: move.NAME)
def test_a_move_has_the_interface(move: base.Move) -> None:
    assert isinstance(move.ORDER, int) and isinstance(move.SLOW, bool)
    for name in move.WATCHES:
        assert isinstance(getattr(Project(ROOT, ROOT / ".git"), name), Path)
    assert callable(move.ripe) and callable(move.take) and move.__doc__
    if move.SLOW:
        assert callable(move.running) and callable(move.room)


def test_no_two_moves_have_the_same_place() -> None:
    orders = [move.ORDER for move in base.moves()]
    assert len(set(orders)) == len(orders)


def files(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            yield str(path), hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("move", base.moves(), ids=lambda move: move.NAME)
def test_ripe_only_reads(scene: Scene, move: base.Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    scene.install()
    scene.team("true")
    with open(scene.root / ".batty/team_config/team.yaml", "a") as file:
        file.write("worktrees: {setup: ['true'], copy: [check.sh], ports: 2}\n")
    scene.cards("- [ ] One", "- [ ] Two ^t2 [depends:: t9]")
    scene.git("worktree", "add", "-q", "-b", "engineer-1/t1-one", str(scene.worktree("engineer-1")))
    scene.commit(scene.worktree("engineer-1"), {"numbers/two": "2\n"})
    scene.run("merge", "--no-wait", "engineer-1/t1-one")
    before = dict(files(scene.root))
    list(move.ripe(base.Look(find(scene.root))))
    after = dict(files(scene.root))
    assert {name: digest for name, digest in after.items() if ".git/objects" not in name} == {
        name: digest for name, digest in before.items() if ".git/objects" not in name
    }


@pytest.mark.parametrize("path", HOOKS, ids=lambda path: path.name)
def test_a_hook_is_short_posix_sh(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(("#!/bin/sh", "# shellcheck shell=sh"))
    assert len(text.splitlines()) <= 60
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
    assert not re.search(r"\bpython", text), "a hook never calls Python by name"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_a_team_without_a_mistake(path: Path, tmp_path: Path) -> None:
    room = tmp_path / "team_config"
    room.mkdir()
    (room / "team.yaml").write_bytes(path.read_bytes())
    assert team.problems(room / "team.yaml") == []


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_has_one_command_and_help(name: str) -> None:
    command = Verbs().get_command(click.Context(batty_hooks), name)
    assert isinstance(command, click.Command) and (command.help or "").strip()


def test_what_prompts_and_pages_tell_people_to_run_exists() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *shipped.templates().rglob("*.md")]
    sources = [*pages, *(ROOT / "batty_hooks").rglob("*.py")]
    known = set(VERBS)
    for page in sources:
        for verb in re.findall(r"`batty-hooks ([a-z][a-z-]*)", page.read_text()):
            assert verb in known, f"{os.path.relpath(page, ROOT)} names `batty-hooks {verb}`"
