"""What people and disks do wrong: one line what, one line what to do, the right exit code, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.main import run

ALL = [
    ["status"], ["board"], ["step"], ["step", "--until-idle"], ["done"], ["task", "add", "x"], ["merge", "x"], ["gate"],
    ["log"], ["inbox"], ["read"], ["send", "human", "hi"], ["validate"], ["pause"], ["resume"], ["blocked", "why"],
    ["ask", "what"], ["assign", "a", "b"], ["watch"], ["show", "x"], ["reject", "x", "why"],
]  # fmt: skip


def said_in_two_lines(said: str) -> str:
    """The one line that says what is wrong, when it is followed by the one that says what to do."""
    lines = said.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("  → ")]
    assert errors, f"nothing says what to do: {said}"
    assert lines[errors[0] - 1] and not lines[errors[0] - 1].startswith("  →"), said
    return lines[errors[0] - 1]


def working(scene: Scene) -> Path:
    """A worktree with one commit in it."""
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    return place


# --- where you stand ---------------------------------------------------------------------------------------


def test_outside_any_repository(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.chdir(tmp_path)
    for words in ALL:  # in this process: starting Python for each of them takes longer than all of them
        assert run(words) == 1
        said = capfd.readouterr().err
        assert "is not in a git repository" in said_in_two_lines(said) and "Traceback" not in said


def test_in_a_directory_that_was_taken_away(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for words in ALL:
        assert run(words) == 1
        assert "current directory is not there any more" in said_in_two_lines(capfd.readouterr().err), words


def test_not_installed(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    os.chdir(scene.root)
    for words in ALL:
        assert run(words) == 1
        said = capfd.readouterr().err
        assert "→" in said and "Traceback" not in said
        assert words == ["validate"] or "batty-hooks is not installed in" in said_in_two_lines(said)
        assert not (scene.root / ".batty").exists()


def test_the_bare_command_says_where_you_stand(scene: Scene, tmp_path: Path) -> None:
    assert "batty-hooks demo" in Scene(tmp_path).run()
    assert "batty-hooks install" in scene.run()
    scene.install()
    said = scene.run()
    assert "0 to do" in said and "batty-hooks status" in said and "kanban.md" in said


def test_unknown_commands_options_and_arguments(scene: Scene) -> None:
    assert "there is no command 'statsu', did you mean 'status'?" in said_in_two_lines(scene.run("statsu", code=2))
    assert "--colour" in said_in_two_lines(scene.run("status", "--colour", code=2))
    assert "CARD" in said_in_two_lines(scene.run("assign", "x", code=2))


# --- what people write -------------------------------------------------------------------------------------


def test_an_id_that_begins_with_a_dash_can_be_typed(quiet: Scene) -> None:
    quiet.cards("- [ ] Alpha ^-x")
    quiet.run("step", "reconcile")
    assert quiet.run("task", "block", "-x", "why not").startswith("-x ")
    assert "→ batty-hooks task unblock -x\n" in quiet.run("status", code=None)
    assert quiet.run("task", "unblock", "-x") == "-x can go on\n"
    assert quiet.run("task", "show", "^-x").startswith("-x: Alpha")
    assert "No such option '-q'" in quiet.run("task", "show", "-q", code=2)
    assert "No such option '--why'" in quiet.run("task", "block", "-x", "--why", code=2)


def test_a_broken_team_file_is_named_by_line(quiet: Scene) -> None:
    """By each verb; each mistake: state/team/problems_test."""
    (quiet.root / ".batty/team_config/team.yaml").write_text("gate: [unclosed\n")
    for verb in ("status", "step", "validate", "done"):
        assert "team.yaml:" in said_in_two_lines(quiet.run(verb, code=None))


def test_a_broken_team_file_loses_no_report(quiet: Scene) -> None:
    place = working(quiet)
    quiet.run("done", cwd=place)
    team = quiet.root / ".batty/team_config/team.yaml"
    good = team.read_text()
    team.write_text("gate: [\n")
    quiet.run("step", code=1)
    quiet.run("done", cwd=place, code=1)
    team.write_text(good)
    quiet.run("step")
    assert quiet.subjects() == ["A project", "Land agent-1/two"]


@pytest.mark.parametrize("board", ["", "just prose\n", "# A heading\n\ntext\n", "\x00\xff\n"])
def test_a_file_that_is_no_board_is_left_alone(quiet: Scene, board: str) -> None:
    for old in (quiet.root / ".batty/board").glob("*"):
        old.unlink()
    raw = board.encode("latin-1")
    (quiet.root / "kanban.md").write_bytes(raw)
    assert "kanban.md" in said_in_two_lines(quiet.run("task", "add", "x", code=1))
    quiet.run("step", code=None)
    quiet.run("status")  # it answers, and needs nobody
    assert (quiet.root / "kanban.md").read_bytes() == raw


def test_a_missing_board_says_how_to_get_one(quiet: Scene) -> None:
    (quiet.root / "kanban.md").unlink()
    assert "kanban.md" in said_in_two_lines(quiet.run("task", "add", "x", code=1))
    assert "kanban.md" in quiet.run("status", code=1)
    quiet.run("step")
    place = working(quiet)
    assert "agent-1/two has landed" in quiet.run("merge", "agent-1/two", cwd=place), "branches land without a board"


def test_names_nobody_has(quiet: Scene) -> None:
    quiet.run("task", "add", "Write it")
    for words, code in (
        (["assign", "engineer-9", "t1"], 2), (["task", "show", "t9"], 2), (["task", "claim", "t9"], 2),
        (["merge", "no-such-branch"], 2), (["gate", "no-such-commit"], 2), (["read", "no-such-id"], 2),
        (["step", "no-such-move"], 2), (["task", "move", "t1", "dnoe"], 2),
    ):  # fmt: skip
        said_in_two_lines(quiet.run(*words, code=code))


# --- git is not as expected --------------------------------------------------------------------------------


def test_done_on_a_detached_head(quiet: Scene) -> None:
    place = working(quiet)
    quiet.git("switch", "-q", "--detach", cwd=place)
    assert "HEAD is detached" in said_in_two_lines(quiet.run("done", cwd=place, code=1))


def test_done_in_the_primary_checkout(quiet: Scene) -> None:
    assert "has no worktree to report from" in said_in_two_lines(quiet.run("done", code=1))


def test_git_is_missing(quiet: Scene, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for verb in ("status", "step", "doctor", "done", "install"):
        said = quiet.run(verb, code=1, env={"PATH": str(tmp_path / "bin")})
        assert "git is not installed" in said and "install git 2.38 or newer" in said


def test_a_branch_of_another_history(quiet: Scene) -> None:
    quiet.git("switch", "-q", "--orphan", "other")
    quiet.commit(quiet.root, {"other": "x\n"})
    quiet.git("switch", "-q", "main")
    assert "no commit in common" in quiet.run("merge", "other", code=1)
    place = working(quiet)
    quiet.git("worktree", "add", "-q", str(place.with_name("agent-2")), "other")
    assert "an unread message: other came back" in quiet.run("status", code=1)
    assert "agent-1/two has landed" in quiet.run("merge", "agent-1/two"), "it holds nobody up"


# --- files of ours are damaged -----------------------------------------------------------------------------


def test_damaged_state_is_said_or_made_anew(quiet: Scene) -> None:
    place = working(quiet)
    quiet.run("done", cwd=place)
    batty = quiet.root / ".batty"
    (batty / "queue/torn.json").write_text('{"key": "to')
    (batty / "verdicts/torn.json").write_text("")
    (batty / "members/agent-1").mkdir(parents=True)
    (batty / "members/agent-1/state.json").write_text("[1, 2")
    (batty / "members/agent-1/report.json").write_text("{}")
    (batty / "gate-1.json").write_text("nonsense")
    (batty / "spool/1.2").write_bytes(b"\xff\xfe\n")
    with open(batty / "events.jsonl", "ab") as file:
        file.write(b'{"torn": ')
    quiet.run("step")
    assert quiet.subjects() == ["A project", "Land agent-1/two"]
    needs = [need["what"] for need in quiet.json("status")["needs_you"]]
    assert any("torn.json is not an offer" in what for what in needs)
    quiet.run("log")


def test_an_emptied_batty_directory_is_filled_again(quiet: Scene) -> None:
    """The branch is all that counts; the offer that was deleted is made again by the next report."""
    place = working(quiet)
    quiet.run("done", cwd=place)
    for name in ("queue", "verdicts", "members", "inboxes", "logs", "spool", "board"):
        subprocess.run(["rm", "-rf", str(quiet.root / ".batty" / name)], check=True)
    quiet.run("step")
    quiet.run("done", cwd=place)
    quiet.run("step")
    assert quiet.subjects() == ["A project", "Land agent-1/two"]


@pytest.mark.parametrize(
    ("name", "link"), [(".gitignore", False), ("events.jsonl", True), ("board.lock", True), ("queue", True)]
)
def test_doctor_says_what_is_in_the_way(quiet: Scene, name: str, link: bool) -> None:
    place = quiet.root / ".batty" / name
    subprocess.run(["rm", "-rf", str(place)], check=True)
    place.symlink_to("/nowhere/x") if link else place.mkdir()
    words = f"{place} is in the way: it is {'a link to nothing' if link else 'a directory'}"
    if name == "board.lock":  # (of locks there are many: whoever needs one says it)
        assert words in quiet.run("task", "add", "One", code=1)
        return
    for verb in ("doctor", "status"):
        said = quiet.run(verb, code=1)
        assert words in said and f"mv {place} {place}.away" in said


@pytest.mark.parametrize(
    ("name", "words"),
    [("inboxes", "send human hi"), ("queue", "send human hi"), ("board", "send human hi"),
     ("events.jsonl", "send human hi"), ("team_config/team.yaml", "status"), ("place", "status"),
     ("version", "install"), ("team_config", "status"), ("bin/batty-hooks", "install"),
     ("../.batty", "status"), ("../.batty", "install"), ("../kanban.md", "board"),
     ("../kanban.md", "init --template pair"), ("../.git/hooks/post-commit", "install")],
)  # fmt: skip
def test_something_else_in_our_place(quiet: Scene, name: str, words: str) -> None:
    """The line names what is in the way, and the command moves it away: then everything goes on."""
    place = Path(os.path.normpath(quiet.root / ".batty" / name))
    belongs = place.is_dir()
    subprocess.run(["rm", "-rf", str(place)], check=True)
    place.touch() if belongs else place.mkdir()
    said = quiet.run(*words.split(), code=1)
    said_in_two_lines(said)
    kind = "a file" if place.is_file() else "a directory"
    assert f"{place} is in the way: it is {kind}" in said
    command = said.splitlines()[-1].strip().removeprefix("→ ").partition("  (")[0]
    assert command.startswith(f"mv {place} {place}.away")
    quiet.sh(command.partition(" && ")[0], quiet.root)
    quiet.run("install")
    quiet.run("send", "human", "hi")
    assert Path(f"{place}.away").exists() and place.is_dir() == belongs
    assert not list((quiet.root / ".batty").glob(".tmp-*"))


# --- the disk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["task", "add", "x"], ["send", "human", "hi"], ["done"], ["step"]], ids=" ".join)
def test_a_disk_that_takes_nothing_more(quiet: Scene, words: list[str]) -> None:
    """Every write of a file fails: nothing is half-written, and the same command works when there is room."""
    place = working(quiet)
    if words == ["step"]:
        quiet.run("done", cwd=place)
    before = (quiet.root / "kanban.md").read_bytes()
    line = f"ulimit -f 0; trap '' XFSZ; exec '{sys.executable}' -m batty_hooks {' '.join(words)}"
    done = subprocess.run(["sh", "-c", line], cwd=place, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 75), done.stderr
    said_in_two_lines(done.stderr)
    assert (quiet.root / "kanban.md").read_bytes() == before
    quiet.run(*words, cwd=place)
    quiet.run("step")
