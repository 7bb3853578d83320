"""Which teams there are, the questions of `init`, one agent for all, and templates of one's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import at_terminal
import pytest

from batty_hooks.main import run
from batty_hooks.people import choosing
from batty_hooks.state import project as project_map
from batty_hooks.state import team

Said = Callable[..., str]


def repository(place: Path) -> Path:
    place.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "base", str(place)], check=True)
    (place / "pytest.ini").touch()
    subprocess.run(["git", "-C", str(place), "add", "."], check=True)
    subprocess.run(["git", "-C", str(place), "commit", "-qm", "A project"], check=True)
    return place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project; the test stands in it."""
    os.chdir(repository(tmp_path / "project"))
    return tmp_path / "project"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Types a command: what it says, if it ends as expected."""

    def typed(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run([*words]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    return typed


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has those programs on the PATH, and git, and no others."""

    def install(*names: str) -> None:
        place = tmp_path / "bin"
        place.mkdir(exist_ok=True)
        for name in names:
            (place / name).write_text("#!/bin/sh\n")
            (place / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")

    return install


def agents(root: Path) -> set[str]:
    return {member.role.agent for member in team.load(project_map.find(root)).members}


def test_each_template_has_a_picture_and_the_command_that_sets_it_up(said: Said) -> None:
    shown = said("templates")
    assert shown.count("  human\n") == 8 and shown.count("batty-hooks init --template ") == 9
    assert "pair: an architect who plans" in shown and "   │  └─ backend-1 … backend-4 (codex)\n" in shown
    assert said("templates", "solo").count("  human\n") == 1
    [one] = json.loads(said("templates", "--json", "pair"))
    assert [(who["name"], who["boss"]) for who in one["members"]] == [
        ("architect", "human"),
        ("engineer-1", "architect"),
    ]
    assert "there is no template 'sole'\n  → did you mean 'solo'?" in said("templates", "sole", code=2)


def test_in_a_pipe_the_team_is_a_pair(root: Path, said: Said) -> None:
    shown = said("init")
    assert shown.startswith("the team is pair, which is the usual one: `batty-hooks templates` shows the others\n")
    assert [member.name for member in team.load(project_map.find(root)).members] == ["architect", "engineer-1"]
    assert "kept  .batty/team_config/team.yaml\n" in said("init"), "a team that is here is not asked about"


def answers(monkeypatch: pytest.MonkeyPatch, *typed: str) -> None:
    left = list(typed)
    monkeypatch.setattr(choosing, "can_ask", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: left.pop(0))


@pytest.mark.parametrize(
    ("here", "typed", "members", "chosen"),
    [
        (["claude", "codex"], ["", ""], 2, {"claude", "codex"}),
        (["claude"], ["", ""], 2, {"claude"}),  # what is not here is not the usual answer
        (["gemini"], ["simple", ""], 5, {"gemini"}),
        ([], ["2", ""], 2, {"claude", "codex"}),
        (["codex"], ["9", "nobody", "so", "sol", "aid"], 1, {"aider"}),
        (["opencode"], ["solo", "as"], 1, {"claude"}),
    ],
)
def test_on_a_terminal_it_asks_which_team_and_which_agent(
    root: Path, said: Said, programs: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    here: list[str], typed: list[str], members: int, chosen: set[str],
) -> None:  # fmt: skip
    programs(*here)
    answers(monkeypatch, *typed)
    shown = said("init")
    assert shown.index("Which team?") < shown.index("Which agent?")
    assert len(team.load(project_map.find(root)).members) == members and agents(root) == chosen
    rows = [line.split()[1] for line in shown.partition("Which agent?")[2].splitlines() if "installed here" in line]
    offered = [name for name in rows if name != "as"]
    assert set(offered[: len(here)]) == set(here), "those that are here come first"


OWN_AGENT = (Path(__file__).parents[1] / "tui/adapter.py").read_text()


@pytest.fixture
def exported(root: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of another project; a template `ours` that names an agent of its own, whose program is here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    said("init", "--template", "solo")
    config = root / ".batty/team_config"
    (config / "agents").mkdir()
    (config / "agents/mine.py").write_text(OWN_AGENT.replace('NAME = "tui"', 'NAME = "mine"'))
    (config / "team.yaml").write_text((config / "team.yaml").read_text().replace("claude", "mine"))
    said("export-template", "ours")
    os.chdir(repository(tmp_path / "other"))
    return tmp_path / "other"


def test_the_agents_of_a_template_of_ones_own_are_among_those_that_are_asked_about(
    exported: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, "ours", "")
    shown = said("init").partition("Which agent?")[2]
    assert "as written mine\n" in shown and "mine not installed" not in shown
    assert any(line.split()[1:3] == ["mine", "installed"] for line in shown.splitlines() if line.strip()), shown
    assert agents(exported) == {"mine"} and said("validate").startswith("ok: ")


def test_an_agent_of_the_project_may_take_a_template_that_comes_along(
    root: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root / ".batty/team_config/agents"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(OWN_AGENT.replace('NAME = "tui"', 'NAME = "mine"'))
    (root / "agents").mkdir()
    (root / "agents/other.py").write_text("raise SystemExit\n")
    assert "there is no agent 'other'" in said("init", "--template", "solo", "--agent", "other", code=2)
    answers(monkeypatch, "solo", "mine")
    said("init")
    assert agents(root) == {"mine"}


def test_the_questions_in_a_real_terminal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for mark in choosing.agents.marks():
        monkeypatch.delenv(mark, raising=False)
    seen = at_terminal.typed(root, "init", keys=b"solo\n\n", after=b"Which team?")
    assert "Which team?" in seen and "Which agent?" in seen
    assert len(team.load(project_map.find(root)).members) == 1


@pytest.mark.parametrize("name", ["CI", "BATTY_MEMBER", "CLAUDECODE"])
def test_who_types_in_a_terminal_and_sees_no_question_is_asked_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for mark in ("CLAUDECODE", *choosing.agents.marks()):
        monkeypatch.delenv(mark, raising=False)
    assert choosing.can_ask()
    monkeypatch.setenv(name, "1")
    assert not choosing.can_ask()


def test_one_agent_for_a_team_that_is_here(root: Path, said: Said) -> None:
    said("init", "--template", "pair", "--agent", "gemini")
    file = root / ".batty/team_config/team.yaml"
    mine = file.read_text().replace(
        "instances: 1\n    prompt: e", "instances: 1\n    model: small  # mine\n    prompt: e"
    )
    file.write_text(mine)
    shown = said("init", "--agent", "claude")
    assert "changed .batty/team_config/team.yaml: every agent is claude; the rest is as it was" in shown
    assert "role engineer has `model:`, written for another agent" in shown
    assert file.read_text() == mine.replace("gemini", "claude")
    assert "kept  .batty/team_config/team.yaml: every agent is claude" in said("init", "--agent", "claude")
    assert "there is no agent 'cluade'\n  → did you mean 'claude'?" in said("init", "--agent", "cluade", code=2)
    assert "aider cannot be architect" in said("init", "--agent", "aider", code=2)
    assert file.read_text() == mine.replace("gemini", "claude")


def test_a_missing_cli_is_named_with_one_that_is_here(root: Path, said: Said, programs: Callable[..., None]) -> None:
    said("init", "--template", "pair")
    programs("claude", "gemini")
    shown = said("start", code=1)
    assert "agent codex: codex is not on the PATH" in shown
    assert "npm install -g @openai/codex, or `batty-hooks init --agent claude`, which is here" in shown


def test_what_cannot_be_makes_nothing(root: Path, said: Said) -> None:
    assert "aider cannot be architect" in said("init", "--agent", "aider", code=2)
    assert "give either --template or --from" in said("init", "--template", "solo", "--from", "x", code=2)
    assert "`batty-hooks init --template solo`" in said("init", "--from", "solo", code=2)
    assert not (root / ".batty").exists()


def test_a_command_of_ones_own_is_to_be_filled_in(root: Path, said: Said) -> None:
    shown = said("init", "--template", "solo", "--agent", "command")
    assert "edit team.yaml              `command:` is what runs for each card" in shown
    assert said("validate").startswith("ok: ")


def test_a_team_becomes_a_template_and_a_team_again(root: Path, tmp_path: Path, said: Said) -> None:
    said("init", "--template", "simple", "--agent", "claude")
    config = root / ".batty/team_config"
    (config / "architect.md").write_text("Plan as we do.\n")
    (config / "manager.md").unlink()
    (config / "agents").mkdir()
    (config / "agents/mine.py").write_text((Path(__file__).parents[1] / "tui/adapter.py").read_text())
    (config / "team.yaml").write_text((config / "team.yaml").read_text() + "nudge: 5m  # patient\n")
    place = tmp_path / "home-data/batty-hooks/templates/ours"
    os.environ["XDG_DATA_HOME"] = str(tmp_path / "home-data")
    try:
        assert f"ours: {place}\n" in said("export-template", "ours")
        assert {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()} == {
            "team.yaml", "architect.md", "manager.md", "engineer.md", "agents/mine.py",
        }  # fmt: skip
        assert f"ours: {place}\n" in said("export-template", "ours"), "the same again is no change"
        assert "   └─ manager (claude)" in said("templates", "ours")
        os.chdir(repository(tmp_path / "other"))
        shown = said("init", "--from", "ours")
        made = team.load(project_map.find(Path.cwd()))
        assert (made.name, made.trunk, made.gate.command) == ("other", "base", "python3 -m pytest")
        assert (made.nudge, len(made.members), agents(Path.cwd())) == (300.0, 5, {"claude"})
        assert Path(".batty/team_config/architect.md").read_text() == "Plan as we do.\n"
        assert "made  .batty/team_config/agents/mine.py" in shown
        (config / "architect.md").write_text("Plan better.\n")
        os.chdir(root)
        assert "there is a template 'ours' already" in said("export-template", "ours", code=1)
        assert "(the old one is ours.old-1)" in said("export-template", "ours", "--force")
        assert (place / "architect.md").read_text() == "Plan better.\n"
        assert "ours.old-1" not in said("templates")
        (place / "team.yaml").write_text("roles: [{name: x}]\n")
        assert "left out: " in said("templates")
        assert "has no role_type" in said("init", "--from", "ours", "--force", code=1)
    finally:
        del os.environ["XDG_DATA_HOME"]


def test_a_template_brings_the_agents_and_prompts_that_it_names(root: Path, tmp_path: Path, said: Said) -> None:
    said("init", "--template", "pair")
    config = root / ".batty/team_config"
    (config / "agents").mkdir()
    (config / "agents/mine.py").write_text((Path(__file__).parents[1] / "tui/adapter.py").read_text())
    (config / "deep").mkdir()
    (config / "deep/plan.md").write_text("Plan deeply.\n")
    text = (config / "team.yaml").read_text().replace("codex", "mine").replace("architect.md", "deep/plan.md")
    (config / "team.yaml").write_text(text)
    assert said("validate").startswith("ok: ")
    os.chdir(repository(tmp_path / "other"))
    shown = said("init", "--from", str(root))
    assert "made  .batty/team_config/deep/plan.md" in shown and agents(Path.cwd()) == {"claude", "mine"}
    assert said("validate").startswith("ok: ")


def test_a_template_is_any_directory_with_a_team(root: Path, tmp_path: Path, said: Said) -> None:
    said("init", "--template", "squad")
    os.chdir(repository(tmp_path / "other"))
    said("install")
    gate = Path(".batty/team_config/team.yaml").read_text()
    assert "the roles of ../project; the rest is as it was" in said("init", "--from", "../project")
    made = team.load(project_map.find(Path.cwd()))
    assert len(made.members) == 7 and Path(".batty/team_config/team.yaml").read_text().startswith(gate.rstrip())
    assert "has no team.yaml" in said("init", "--from", str(tmp_path), code=2)
    assert "no such directory" in said("init", "--from", "../nowhere", code=2)


@pytest.mark.parametrize("name", ["a/b", "..", "", "pair", "-x"])
def test_a_name_that_no_template_can_have(root: Path, said: Said, name: str) -> None:
    said("init", "--template", "pair")
    said("export-template", "--", name, code=2)


def test_without_a_team_there_is_nothing_to_export(root: Path, said: Said) -> None:
    assert "`batty-hooks init` writes one" in said("export-template", "ours", code=1)
    said("install")
    assert "has no team" in said("export-template", "ours", code=1)


@pytest.mark.parametrize("name", ["~nobody_is_called_so/x", "a" * 300, "x/" + "a" * 300, "\u00e9", ".."])
def test_what_is_no_template_is_said_in_a_line(root: Path, said: Said, name: str) -> None:
    assert "went wrong" not in said("init", "--from", name, code=2)
    said("init", "--template", "pair")
    if "/" not in name and len(name) > 64:
        assert "64 at most" in said("export-template", name, code=2)


@pytest.mark.parametrize("words", [["--agent", "claude"], ["--switch", "--template", "solo"], ["--template", "squad"]])
@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_a_team_in_another_encoding_is_changed_right_or_not_at_all(
    root: Path, said: Said, encoding: str, words: list[str]
) -> None:
    said("init", "--template", "pair")
    file = root / ".batty/team_config/team.yaml"
    text = f"# caf\u00e9\n{file.read_text()}"
    raw = text.encode("utf-16") if "16" in encoding else text.encode(encoding)
    file.write_bytes(raw)
    if encoding == "utf-8-sig":
        said("init", *words)
        if "--template" not in words or "--switch" in words:
            assert said("validate").startswith("ok: ") and b"\xef\xbb\xbf" not in file.read_bytes()
            assert agents(root) == {"claude"}
        return
    assert "UTF-" in said("init", *words, code=1)
    assert file.read_bytes() == raw and "UTF-" in said("validate", code=1)


def test_roles_go_only_where_they_are_understood(root: Path, said: Said) -> None:
    """Behind the end of a YAML document there is another one, which nobody reads."""
    said("install")
    file = root / ".batty/team_config/team.yaml"
    file.write_text("nudge: 5m\n...\n")
    assert "better changed by hand" in said("init", "--template", "pair", code=1)
    assert file.read_text() == "nudge: 5m\n...\n"


def test_a_shared_template_brings_no_file_of_this_machine(root: Path, tmp_path: Path, said: Said) -> None:
    secret = tmp_path / "key"
    secret.write_text("secret\n")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "team.yaml").write_text("roles: [{name: a, role_type: engineer, agent: claude}]\n")
    (shared / "notes.md").symlink_to("../key")
    assert "notes.md is a link that leads out of it" in said("init", "--from", str(shared), code=1)
    (shared / "notes.md").unlink()
    (shared / "real.md").write_text("ours\n")
    (shared / "notes.md").symlink_to("real.md")
    said("init", "--from", str(shared), "--force")
    assert (root / ".batty/team_config/notes.md").read_text() == "ours\n"
    assert not any("secret" in path.read_text() for path in root.rglob("*.md"))


def test_a_prompt_that_lies_elsewhere_is_not_left_behind(
    root: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    said("init", "--template", "solo")
    file = root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text().replace("prompt: engineer.md", "prompt: ../mine.md"))
    (root / ".batty/mine.md").write_text("Work.\n")
    assert said("validate").startswith("ok: ")
    assert "the prompt ../mine.md lies elsewhere" in said("export-template", "ours", code=1)
    assert not (tmp_path / "data/batty-hooks/templates/ours").exists()


def test_what_cannot_be_written_whole_replaces_no_template(
    root: Path, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    said("init", "--template", "solo")
    said("export-template", "ours")
    (root / ".batty/team_config/engineer.md").write_text("Better.\n")
    place = tmp_path / "data/batty-hooks/templates"
    before = (place / "ours/team.yaml").read_bytes()
    script = 'ulimit -f 0; exec "$0" -m batty_hooks export-template ours --force'
    done = subprocess.run(["sh", "-c", script, sys.executable], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert (place / "ours/team.yaml").read_bytes() == before
    assert [path.name for path in place.iterdir()] == ["ours"]


def test_a_template_with_capitals_is_chosen_by_its_name(monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    rows = [("solo", ""), ("Ours", ""), ("OURS", "")]
    for typed, chosen in ((["Ours"], "Ours"), (["ours", "OURS"], "OURS"), (["SO"], "solo")):
        answers(monkeypatch, *typed)
        assert choosing._ask("Which?", rows, "solo") == chosen
