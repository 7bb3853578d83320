"""Every member of a family, found by listing, has the family's interface: one new file adds one."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from importlib import import_module
from pathlib import Path

import click
import pytest

from batty_hooks.agents import base as agents
from batty_hooks.main import Verbs, batty_hooks
from batty_hooks.moves.base import interface
from batty_hooks.state import team
from batty_hooks.state.project import Project
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


@pytest.mark.parametrize("name", AGENTS)
def test_a_shipped_agent_passes_the_check_of_a_users_own(name: str) -> None:
    file = ROOT / f"batty_hooks/agents/{name}.py"
    own = agents._of_user(file, file.stat().st_mtime_ns)
    assert name == own.NAME


def test_what_is_known_of_a_cli_stands_in_its_file_only() -> None:
    """Outside agents/ the code names none; docstrings may say of whom something was learned."""
    names = re.compile("|".join(set(AGENTS) - {"command"}), re.IGNORECASE)
    for path in (ROOT / "batty_hooks").rglob("*.py"):
        if "agents" in path.relative_to(ROOT).parts[:2]:
            continue
        if not names.search(text := path.read_text()):
            continue
        tree = ast.parse(text)
        told = {id(node.body[0].value) for node in ast.walk(tree) if _says(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                assert not names.search(node.value), f"{path}:{node.lineno}"


def _says(node: ast.AST) -> bool:
    """Returns True if a node begins with a docstring."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


@pytest.mark.parametrize("move", interface.moves(), ids=lambda move: move.NAME)
def test_a_move_has_the_interface(move: interface.Move) -> None:
    assert isinstance(move.ORDER, int) and isinstance(move.SLOW, bool)
    for name in move.WATCHES:
        assert isinstance(getattr(Project(ROOT, ROOT / ".git"), name), Path)
    assert callable(move.ripe) and callable(move.take) and move.__doc__
    if move.SLOW:
        assert callable(move.running) and callable(move.capacity)


def test_no_two_moves_have_the_same_place() -> None:
    orders = [move.ORDER for move in interface.moves()]
    assert len(set(orders)) == len(orders)


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
