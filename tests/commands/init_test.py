"""batty-hooks init: what it makes, what it keeps."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from batty_hooks.main import run
from batty_hooks.state import project as project_map
from batty_hooks.state import team


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Python project with one commit on a trunk called `base`; the test stands in it."""
    root = tmp_path / "a project"
    subprocess.run(["git", "init", "-q", "-b", "base", str(root)], check=True)
    (root / "pytest.ini").touch()
    subprocess.run(["git", "-C", str(root), "add", "."], check=True)
    subprocess.run(["git", "-C", str(root), "commit", "-qm", "A project"], check=True)
    os.chdir(root)
    return root


def files(root: Path) -> dict[str, bytes]:
    """Every file of ours that a person may edit."""
    paths = [root / "kanban.md", *(root / ".batty" / "team_config").iterdir()]
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.parametrize("template", ["solo", "pair", "simple", "squad", "large", "research", "software", "batty"])
def test_it_makes_a_team_that_is_right(root: Path, template: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--template", template]) == 0
    out = capsys.readouterr().out
    made = team.load(project_map.find(root))
    assert (made.name, made.trunk, made.gate.command) == ("a project", "base", "python3 -m pytest")
    assert all(member.name in out for member in made.members)
    assert {role.prompt for role in made.roles if role.prompt} < set(files(root))
    assert "python3 -m pytest" in out and "batty-hooks start --attach" in out
    assert run(["validate"]) == 0


def test_nothing_of_it_shows_in_git_but_the_team(root: Path) -> None:
    assert run(["init", "--template", "pair"]) == 0
    seen = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"], capture_output=True, text=True, check=True
    ).stdout
    names = [line[3:] for line in seen.splitlines()]
    assert names == [
        ".batty/.gitignore",
        ".batty/team_config/architect.md",
        ".batty/team_config/engineer.md",
        ".batty/team_config/team.schema.json",
        ".batty/team_config/team.yaml",
    ]


def test_made_again_it_keeps_every_edit(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--template", "pair"]) == 0
    config = root / ".batty" / "team_config"
    (root / "kanban.md").write_text("## TODO\n- [ ] mine\n")
    (config / "architect.md").write_text("My own words.\n")
    (config / "team.yaml").write_text((config / "team.yaml").read_text().replace("codex", "claude"))
    (config / "engineer.md").unlink()
    before = files(root)
    capsys.readouterr()
    assert run(["init", "--template", "simple"]) == 0
    out = capsys.readouterr().out
    after = files(root)
    assert "engineer.md" in after and {name: after[name] for name in before} == before
    for kept in (".batty/team_config/team.yaml", ".batty/team_config/architect.md", "kanban.md"):
        assert f"kept  {kept}" in out
    assert "made  .batty/team_config/engineer.md" in out
    assert "team.yaml (--switch: the roles of simple; --force: all anew)" in out
    assert "batty-hooks start --attach  the team in tmux" in out


def test_force_sets_the_old_files_aside(root: Path) -> None:
    assert run(["init", "--template", "pair"]) == 0
    config = root / ".batty" / "team_config"
    (config / "architect.md").write_text("My own words.\n")
    (root / "kanban.md").write_text("## TODO\n- [ ] mine\n")
    pair = (config / "team.yaml").read_bytes()
    assert run(["init", "--template", "simple", "--force"]) == 0
    assert (config / "architect.md.old-1").read_text() == "My own words.\n"
    assert (config / "team.yaml.old-1").read_bytes() == pair
    assert len(team.load(project_map.find(root)).members) == 5
    assert (root / "kanban.md").read_text() == "## TODO\n- [ ] mine\n"
    assert run(["init", "--template", "pair", "--force"]) == 0
    assert (config / "team.yaml.old-1").read_bytes() == pair and (config / "team.yaml.old-2").exists()


def test_a_repository_with_a_gate_alone_gets_a_team(root: Path) -> None:
    project = project_map.find(root)
    project.prepare()
    gate = "# my notes\ngate: {command: ./check.sh, slots: 2}\n"
    project.team_file.write_text(gate)
    assert run(["init", "--template", "pair"]) == 0
    assert project.team_file.read_text().startswith(gate)
    made = team.load(project)
    assert (made.gate.command, made.gate.slots, len(made.members)) == ("./check.sh", 2, 2)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "first", str(tmp_path)], check=True)
    os.chdir(tmp_path)
    assert run(["init", "--template", "solo"]) == 0
    made = team.load(project_map.find(tmp_path))
    assert (made.trunk, made.gate.command) == ("first", None)


def test_an_unknown_template(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--template", "simpel"]) == 2
    assert capsys.readouterr().err.endswith("there is no template 'simpel'\n  → did you mean 'simple'?\n")
    assert run(["init", "--template", "../roles/x"]) == 2
    assert not (root / ".batty").exists()


def test_outside_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chdir(tmp_path)
    assert run(["init", "--template", "pair"]) == 1
    assert "git init" in capsys.readouterr().err
