"""The guard of the trunk as people meet it: team.yaml says whom it lets, landings pass, what went past it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

QUIET = {"BATTY_NO_WAKE": "1"}


@pytest.fixture
def quiet(scene: Scene, alone: None) -> Scene:
    """Installed, and nobody but the test makes moves."""
    return scene.install(on="done")


def guard(scene: Scene, mode: str, gate: str = "sh check.sh") -> None:
    """Write the mode into team.yaml; the next step tells the hook."""
    scene.team(None, gate, on="done")
    with open(scene.root / ".batty/team_config/team.yaml", "a") as file:
        file.write(f"guard: {mode}\n")
    scene.run("step")


def branch(scene: Scene, name: str, *numbers: str) -> Path:
    """A linked worktree with a commit for each number."""
    place = scene.root.parent / name
    scene.git("worktree", "add", "-q", "-b", f"{name}/work", str(place))
    for number in numbers:
        scene.commit(place, {f"numbers/n{number}": f"{number}\n"})
    return place


def attempt(scene: Scene, *arguments: str, cwd: Path | None = None) -> bool:
    """Whether git moves the trunk."""
    before = scene.tip()
    scene.git(*arguments, cwd=cwd, check=False)
    return scene.tip() != before


def trunk_needs(scene: Scene) -> list[dict[str, str]]:
    return [need for need in scene.json("status")["needs_you"] if need["what"].startswith(f"{scene.trunk} ")]


def test_install_guards_the_trunk_at_once(scene: Scene) -> None:
    scene.run("install", env=QUIET)
    place = branch(scene, "agent-1", "2")
    assert not attempt(scene, "update-ref", "refs/heads/main", "HEAD", cwd=place)


def test_init_guards_the_trunk_at_once(scene: Scene) -> None:
    scene.run("init", "--template", "pair", env=QUIET)
    place = branch(scene, "agent-1", "2")
    assert not attempt(scene, "update-ref", "refs/heads/main", "HEAD", cwd=place)


def test_the_mode_in_the_file_is_what_counts(quiet: Scene) -> None:
    scene = quiet
    place = branch(scene, "agent-1", "2")
    for mode, agent, person in (
        ("off", True, True), ("agents", False, True), ("everyone", False, False), ("agents", False, True),
    ):  # fmt: skip
        guard(scene, mode)
        scene.git("commit", "-q", "--allow-empty", "-m", f"under {mode}", cwd=place)
        assert attempt(scene, "update-ref", "refs/heads/main", "HEAD", cwd=place) is agent
        assert attempt(scene, "commit", "-q", "--allow-empty", "-m", mode) is person
        scene.git("reset", "-q", "--hard")
        assert trunk_needs(scene) == []


def test_the_first_commit_of_all_is_a_persons(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "empty")
    scene.root.mkdir()
    scene.git("init", "-q", "-b", "main")
    scene.run("install", env=QUIET)
    with open(scene.root / ".batty/team_config/team.yaml", "a") as file:
        file.write("\nguard: everyone\n")
    scene.run("install", env=QUIET)
    assert scene.commit(scene.root, {"check.sh": "exit 0\n"}, "A project") == scene.tip()
    scene.run("step", env=QUIET)
    assert trunk_needs(scene) == []


# --- landings pass ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["agents", "everyone"])
@pytest.mark.parametrize("checked_out", [True, False])
def test_a_landing_passes_the_guard(quiet: Scene, mode: str, checked_out: bool) -> None:
    """Started by an agent, from its worktree: the tool moves the trunk with hooks off, so nothing asks who it is."""
    scene, asked = quiet, quiet.root.parent / "asked"
    guard(scene, mode)
    theirs = scene.root / ".git/hooks/reference-transaction.before-batty"
    theirs.write_text(f'#!/bin/sh\ngrep -s " refs/heads/main$" >>"{asked}"\ntrue\n')
    theirs.chmod(0o755)
    if not checked_out:
        scene.git("switch", "-q", "-c", "desk")
    place = branch(scene, "agent-1", "2")
    scene.run("merge", "agent-1/work", cwd=place, env={"BATTY_MEMBER": "agent-1"})
    assert asked.read_text() == "", "no hook has been asked about the trunk"
    assert scene.subjects() == ["A project", "Land agent-1/work"]
    assert trunk_needs(scene) == []
    assert scene.tip() == (scene.root / ".git/batty/let-pass").read_text().split()[-1]


def test_a_landing_needs_no_verdict_any_more_once_it_is_there(quiet: Scene) -> None:
    """The test command changes: what landed under the old one was not moved past the gate."""
    branch(quiet, "agent-1", "2")
    quiet.run("merge", "agent-1/work")
    guard(quiet, "agents", "sh check.sh; true")
    assert trunk_needs(quiet) == []


# --- everyone ---------------------------------------------------------------------------------------------------------


def test_a_person_merges_what_has_passed(quiet: Scene) -> None:
    scene = quiet
    guard(scene, "everyone")
    branch(scene, "agent-1", "2")
    assert not attempt(scene, "merge", "-q", "agent-1/work"), "nobody has tested it"
    scene.git("reset", "-q", "--merge")
    scene.run("gate", "agent-1/work")
    assert attempt(scene, "merge", "-q", "agent-1/work")
    assert trunk_needs(scene) == []


def test_the_refusal_says_how_to_go_about_it(quiet: Scene) -> None:
    scene = quiet
    guard(scene, "everyone")
    scene.git("branch", "side")
    done = scene.git("-c", "alias.x=!git commit --allow-empty -m x 2>&1", "x", check=False)
    words = (
        "main takes only what passed its test: `batty-hooks merge BRANCH`, or `batty-hooks gate BRANCH` and this again"
    )
    assert f"batty-hooks: {words}; to put this worktree right: `git switch -c BRANCH`" in done.splitlines()


def test_a_merge_that_pre_merge_commit_has_judged_passes(quiet: Scene) -> None:
    scene = quiet
    branch(scene, "agent-1", "2")
    scene.commit(scene.root, {"numbers/three": "3\n"})
    guard(scene, "everyone")
    assert not attempt(scene, "merge", "-q", "--no-verify", "--no-edit", "agent-1/work"), "nobody has tested it"
    scene.git("merge", "--abort")
    assert attempt(scene, "merge", "-q", "--no-edit", "agent-1/work")
    assert attempt(scene, "commit", "-q", "--amend", "-m", "another message"), "a verdict belongs to the tree"


def test_a_red_merge_is_not_finished_by_a_commit(quiet: Scene) -> None:
    """git leaves MERGE_HEAD behind, and a plain commit would finish what was refused: no pre-merge-commit runs then."""
    scene = quiet
    branch(scene, "agent-1", "3")
    scene.commit(scene.root, {"numbers/three": "3\n"})
    guard(scene, "everyone")
    assert not attempt(scene, "merge", "-q", "--no-edit", "agent-1/work")
    assert not attempt(scene, "commit", "-q", "--no-edit")


def test_every_commit_of_a_fast_forward_must_have_passed(quiet: Scene) -> None:
    """The trunk's own line would hold the one in between."""
    scene = quiet
    guard(scene, "everyone")
    place = branch(scene, "agent-1", "1", "2")  # the first one is there already: red
    scene.commit(place, {"numbers/n1": "4\n"})
    scene.run("gate", "agent-1/work")
    assert not attempt(scene, "merge", "-q", "--ff-only", "agent-1/work")
    scene.git("reset", "-q", "--merge")
    assert attempt(scene, "merge", "-q", "--no-ff", "--no-edit", "agent-1/work")


def test_another_test_command_makes_old_verdicts_void(quiet: Scene) -> None:
    scene = quiet
    guard(scene, "everyone")
    branch(scene, "agent-1", "2")
    scene.run("gate", "agent-1/work")
    guard(scene, "everyone", "sh check.sh; true")
    assert not attempt(scene, "merge", "-q", "agent-1/work")


def test_a_tree_that_turns_out_red_counts_for_nothing(quiet: Scene) -> None:
    scene = quiet
    flag = scene.root.parent / "flag"
    guard(scene, "everyone", f"test ! -e '{flag}'")
    branch(scene, "agent-1", "2")
    scene.run("gate", "agent-1/work")
    flag.touch()
    scene.run("gate", "--again", "agent-1/work", code=1)
    assert not attempt(scene, "merge", "-q", "agent-1/work")


def test_a_person_takes_the_trunk_back_to_where_it_was(quiet: Scene) -> None:
    branch(quiet, "agent-1", "2")
    quiet.run("merge", "agent-1/work")
    guard(quiet, "everyone")
    assert attempt(quiet, "reset", "-q", "--keep", "HEAD~1")


# --- what went past it ------------------------------------------------------------------------------------------------


def past(scene: Scene, number: str) -> str:
    place = branch(scene, f"agent-{number}", number)
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    scene.git("-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/main", commit, cwd=place)
    scene.git("reset", "-q", "--hard")
    return commit


def test_a_move_past_the_guard_is_told_until_it_has_passed(quiet: Scene) -> None:
    scene = quiet
    commit = past(scene, "2")
    [need] = trunk_needs(scene)
    assert need["what"] == f"main was moved to {commit[:10]} past the gate: nobody has tested it"
    assert need["command"] == "batty-hooks gate main" and not need["since"]
    scene.run("step")
    [need] = trunk_needs(scene)
    assert need["since"] and need["what"] in scene.run("status", code=1)
    assert [event["commit"] for event in scene.events() if event["event"] == "trunk moved"] == [commit]
    scene.run("gate", "main")
    assert trunk_needs(scene) == []
    scene.run("step")
    guard(scene, "agents", "sh check.sh; true")
    assert trunk_needs(scene) == [], "once tested, always tested"


def test_one_to_a_tree_that_has_passed_is_in_the_log(quiet: Scene) -> None:
    """Nobody needs to do anything; but somebody went past review and merge commit, and that is kept."""
    scene = quiet
    place = branch(scene, "agent-1", "2")
    scene.run("gate", "agent-1/work")
    scene.git("-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/main", "agent-1/work", cwd=place)
    for _ in range(2):
        scene.run("step")
        assert trunk_needs(scene) == []
    [event] = [event for event in scene.events() if event["event"] == "trunk moved"]
    assert event["commit"] == scene.tip() and event["text"].endswith("past the gate: its tree has passed")


def test_a_red_one_is_taken_back(quiet: Scene) -> None:
    scene = quiet
    before = scene.tip()
    past(scene, "1")
    scene.run("gate", "main", code=1)
    [need] = trunk_needs(scene)
    assert "past the gate, and it fails its test: FAILED 1 is there twice" in need["what"]
    scene.git(*need["command"].split()[1:])
    assert scene.tip() == before and trunk_needs(scene) == []


def test_it_is_told_once_in_the_log_and_the_next_one_again(quiet: Scene) -> None:
    scene = quiet
    commits = []
    for number in ("2", "3"):
        commits.append(past(scene, number))
        for _ in range(2):
            scene.run("step")
    assert [event["commit"] for event in scene.events() if event["event"] == "trunk moved"] == commits


def test_without_a_test_command_it_says_what_is_lacking(quiet: Scene) -> None:
    scene = quiet
    past(scene, "2")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text("trunk: main\n")
    [need] = trunk_needs(scene)
    assert need["command"] == "batty-hooks gate main  (once gate.command is set in .batty/team_config/team.yaml)"


def test_nothing_lands_on_a_symbolic_ref(quiet: Scene) -> None:
    scene = quiet
    scene.git("switch", "-q", "-c", "desk")
    place = branch(scene, "agent-1", "2")
    scene.git("symbolic-ref", "refs/heads/main", "refs/heads/desk")
    assert "main only stands for refs/heads/desk" in scene.run("merge", "agent-1/work", cwd=place, code=75)
    assert scene.subjects() == ["A project"]
    [need] = trunk_needs(scene)
    assert need["what"] == "main is no branch of its own any more: it only stands for refs/heads/desk"
    scene.git(*need["command"].split()[1:])
    scene.run("step")
    assert trunk_needs(scene) == [] and scene.subjects() == ["A project", "Land agent-1/work"]
    assert scene.git("log", "--format=%s", "desk") == "A project"


def test_under_guard_off_nobody_is_told(quiet: Scene) -> None:
    guard(quiet, "off")
    past(quiet, "2")
    quiet.run("step")
    assert trunk_needs(quiet) == []
    guard(quiet, "agents")
    assert trunk_needs(quiet) == [], "where it stands when the guard comes is where it may stand"


def test_a_person_is_never_told_of_his_own_commits(quiet: Scene) -> None:
    scene = quiet
    branch(scene, "agent-1", "2")
    for arguments in (
        ("commit", "-q", "--allow-empty", "-m", "x"), ("merge", "-q", "--no-edit", "agent-1/work"),
        ("reset", "-q", "--hard", "HEAD~1"), ("rebase", "-q", "--force-rebase", "--root"),
    ):  # fmt: skip
        scene.git(*arguments)
        scene.run("step")
        assert trunk_needs(scene) == []
    scene.git("pack-refs", "--all")
    assert trunk_needs(scene) == [] and not [event for event in scene.events() if event["event"] == "trunk moved"]
