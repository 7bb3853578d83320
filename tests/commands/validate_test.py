"""batty-hooks validate: what it prints, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from batty_hooks.main import run


@pytest.fixture
def team_file(tmp_path: Path) -> Path:
    """Where the team of a new repository lies, the test standing in its root."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    os.chdir(tmp_path)
    file = tmp_path / ".batty" / "team_config" / "team.yaml"
    file.parent.mkdir(parents=True)
    return file


def test_every_problem_with_file_and_line(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team_file.write_text("trunc: main\ngate:\n  comand: make test\n")
    assert run(["validate"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        ".batty/team_config/team.yaml:1: there is no key 'trunc' here",
        "  → did you mean 'trunk'?",
        ".batty/team_config/team.yaml:3: gate: there is no key 'comand' here",
        "  → did you mean 'command'?",
        "2 problems",
    ]


def test_the_file_is_named_from_where_you_stand(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team_file.write_text("trunc: main\n")
    os.chdir(team_file.parent)
    assert run(["validate"]) == 1
    assert capsys.readouterr().out.startswith("team.yaml:1: ")


def test_all_right_is_one_line(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    role = "roles: [{name: dev, role_type: engineer, agent: claude, instances: 2}]\n"
    team_file.write_text(f"trunk: main\ngate: {{command: make test}}\n{role}")
    assert run(["validate"]) == 0
    assert capsys.readouterr().out == "ok: 2 members (dev-1, dev-2); gate `make test`; trunk main\n"


def test_what_has_no_effect_yet_is_named(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team_file.write_text("notify: notify-send\nlayout: wide\n")
    assert run(["validate"]) == 0
    notes = capsys.readouterr().out.splitlines()[1:]
    assert notes == ["note: `layout:` has no effect"]


def test_a_file_without_a_team(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team_file.write_text("# nothing yet\n")
    assert run(["validate"]) == 0
    out = capsys.readouterr().out
    assert out == "ok: no team; no gate command (nothing lands without one); trunk as git has it\n"


def test_for_scripts(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team_file.write_text("guard: of\n")
    assert run(["validate", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["problems"] == [{"line": 1, "what": "guard cannot be 'of'", "mend": "did you mean 'off'?"}]
    team_file.write_text("trunk: main\n")
    assert run(["validate", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {"file": str(team_file), "problems": [], "members": [], "gate": None, "trunk": "main",
                     "without_effect": []}  # fmt: skip


def test_no_file(team_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 1
    assert "there is no .batty/team_config/team.yaml" in capsys.readouterr().err
