"""A person's word killed at each write: asked once, sent back once, approved once, and the same end when run again."""

from __future__ import annotations

import json
import os

import pytest
from crash.killing import every_kill, in_child
from crash.moves_test import made, prepare, quiet, survives  # noqa: F401
from scene import Scene

from batty_hooks.main import run
from batty_hooks.moves import run_agent
from batty_hooks.state import inbox, queue
from batty_hooks.state.project import Project

pytestmark = pytest.mark.usefixtures("quiet")


def waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two green cards of an engineer who has a manager, in review mode."""
    project = prepare(scene, "land")
    team = scene.root / ".batty/team_config/team.yaml"
    manager = "  - {name: manager, role_type: manager, agent: claude, talks_to: [engineer]}\n"
    team.write_text(f"{team.read_text()}{manager}merge: {{mode: review}}\n")
    monkeypatch.setenv("BATTY_MEMBER", "manager")
    return project


def typed(scene: Scene, *words: str) -> None:
    """A command, in this process (the directory is made anew for each kill)."""
    os.chdir(scene.root)
    assert run(list(words)) == 0


def test_a_killed_question_is_asked_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    project = waiting(scene, monkeypatch)
    assert survives(scene, made("review", project)) >= 2
    assert [name for name in scene.messages("manager") if name.startswith("t1.review.")] != []


def test_a_killed_rejection_sends_back_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(scene, monkeypatch)
    assert survives(scene, lambda: typed(scene, "reject", "t1", "use", "22")) >= 8
    assert scene.git("for-each-ref", "--format=%(refname)", "refs/batty/attempts") == (
        "refs/batty/attempts/t1/1-rejected"
    )


def test_a_rejection_that_was_killed_is_finished_by_the_next_step(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is written down, nobody has to type it again; before that, nothing has happened."""
    project = waiting(scene, monkeypatch)
    outcomes = set()
    for number in every_kill(scene.root, lambda: typed(scene, "reject", "t1", "use", "22"), stride=3):
        made("review", project)()
        back = scene.git("for-each-ref", "refs/batty/attempts/t1")
        told = [name for name in scene.messages("engineer-1") if name.startswith("t1.rejected.")]
        outcomes.add((bool(back), len(told), queue.get(project, "t1") is None))
        assert outcomes <= {(False, 0, False), (True, 1, True)}, f"after kill {number}"
    assert len(outcomes) == 2


def test_a_killed_approval_lands_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    project = waiting(scene, monkeypatch)

    def again() -> None:
        typed(scene, "merge", "--no-wait", "t1")
        made("land", project)()

    assert survives(scene, lambda: typed(scene, "merge", "--no-wait", "t1"), again) >= 2
    assert scene.subjects() == ["A project", "Land t1: Add a number (engineer-1)"]
    assert [event["by"] for event in scene.events() if event["event"] == "approved"] == ["manager"]


REVIEWER = "  - {name: reviewer, role_type: reviewer, agent: command, command: COMMAND}\n"


def reviewed(scene: Scene, monkeypatch: pytest.MonkeyPatch, command: str) -> Project:
    """A green card of an engineer whose reviewer is a command."""
    project = waiting(scene, monkeypatch)
    monkeypatch.delenv("BATTY_MEMBER")
    team = project.own_team_file
    head, roles, rest = team.read_text().replace("merge: {mode: review}\n", "").partition("roles:\n")
    team.write_text(f"{head}{roles}{rest}{REVIEWER.replace('COMMAND', json.dumps(command))}")
    return project


def test_a_killed_review_is_put_to_its_reviewer_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    project = reviewed(scene, monkeypatch, "true")
    assert survives(scene, made("review", project)) >= 2
    assert len([name for name in scene.messages("reviewer", "new") if name.startswith("t1.reviewer.")]) == 1


def test_a_killed_review_is_put_to_another_reviewer_in_the_place_of_a_mute_one_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = reviewed(scene, monkeypatch, "true")
    team = project.own_team_file
    team.write_text(team.read_text().replace("role_type: reviewer,", "role_type: reviewer, instances: 2,"))
    in_child(made("review", project))
    [asked] = [name for name in scene.messages("reviewer-1", "new") if name.startswith("t1.reviewer.")]
    inbox.confirm(project, "reviewer-1", asked)  # (its command has ended without a word)
    assert survives(scene, made("review", project)) >= 2
    assert len([name for name in scene.messages("reviewer-2", "new") if name.startswith("t1.reviewer.")]) == 1
    told = [event["to"] for event in scene.events() if event["event"] == "approval asked"]
    assert told[-2:] == ["reviewer-1", "reviewer-2"] and scene.messages("manager") == []


def test_a_killed_withdrawal_of_a_review_is_made_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    project = reviewed(scene, monkeypatch, "true")
    in_child(made("review", project))
    in_child(lambda: typed(scene, "merge", "--no-wait", "t1"))
    assert survives(scene, made("review", project)) >= 1
    assert [name.partition(":2,")[2] for name in scene.messages("reviewer", "cur")] == ["ST"]


def test_a_killed_review_that_is_put_again_is_there_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    project = reviewed(scene, monkeypatch, "true")
    in_child(made("review", project))
    for word in (["block", "t1", "wait"], ["unblock", "t1"]):
        in_child(lambda word=word: typed(scene, "task", *word))
        if word[0] == "block":
            in_child(made("review", project))
            assert [name.partition(":2,")[2] for name in scene.messages("reviewer", "cur")] == ["ST"]
    assert survives(scene, made("review", project)) >= 1
    assert len([name for name in scene.messages("reviewer", "new") if name.startswith("t1.reviewer.")]) == 1


def test_a_killed_runner_of_a_reviewer_that_says_nothing_leaves_it_to_who_is_above(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = reviewed(scene, monkeypatch, "true")
    in_child(made("review", project))

    def runs() -> None:
        run_agent.work(project, "reviewer")
        made("review", project)()

    assert survives(scene, runs, runs=True) >= 2
    assert len([name for name in scene.messages("manager") if name.startswith("t1.review.")]) == 1
