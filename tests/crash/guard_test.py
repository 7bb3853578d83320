"""What the hook goes by, killed at each of its writes: never a trunk that nobody guards, and then the same end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from crash.killing import every_kill, in_child
from scene import Scene

from batty_hooks.moves.base import interface, telling_guard, under_lock
from batty_hooks.rules import guarding
from batty_hooks.rules.look import Look
from batty_hooks.state import verdicts
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project, find


@pytest.fixture
def project(scene: Scene, alone: None) -> Project:
    scene.install()
    return find(scene.root)


def mode(scene: Scene, name: str, gate: str = "sh check.sh") -> None:
    scene.team(None, gate)
    with open(scene.root / ".batty/team_config/team.yaml", "a") as file:
        file.write(f"guard: {name}\n")


def step(project: Project) -> None:
    [move] = interface.moves(["guard"])
    under_lock.make(project, move, _fail, Counter())


def _fail(item: str, error: Exception) -> None:
    raise AssertionError(f"{item}: {error}")


def files(project: Project) -> dict[str, str]:
    own = project.common / "batty"
    paths = [own / "guard", own / "let-pass", *sorted((own / "judged").glob("*"))]
    return {path.name: path.read_text() for path in paths if path.exists() and not path.name.startswith(".")}


def agent_may(scene: Scene, place: Path) -> bool:
    scene.git("update-ref", "refs/heads/main", "HEAD", cwd=place, check=False)
    return scene.tip() == scene.git("rev-parse", "HEAD", cwd=place)


@pytest.mark.parametrize("before", ["off", "agents", "everyone", "gone"])
def test_settings(scene: Scene, project: Project, before: str) -> None:
    mode(scene, "off" if before == "gone" else before)
    step(project)
    if before == "gone":
        (project.common / "batty/guard").unlink()
    if before == "everyone":
        tree = scene.git("rev-parse", "HEAD^{tree}")
        guard.judge(project, tree, True)
    place = scene.root.parent / "agent-1"
    mode(scene, "everyone", "sh check.sh; true")
    for number in every_kill(scene.root, lambda: step(project)):
        if before in ("agents", "everyone"):
            scene.git("worktree", "add", "-q", "-b", "work", str(place))
            scene.commit(place, {"numbers/two": "2\n"})
            assert not agent_may(scene, place), f"unguarded after kill {number}"
            scene.git("worktree", "remove", "--force", str(place))
            scene.git("branch", "-qD", "work")
        assert in_child(lambda: step(project))
        now = files(project)
        assert set(now) == {"guard", "let-pass"} and now["guard"].startswith("everyone\nrefs/heads/main\n")
        assert now["let-pass"].split()[-1] == scene.tip(), f"after kill {number}"
    assert number >= 4


def test_a_verdict(scene: Scene, project: Project) -> None:
    mode(scene, "everyone")
    step(project)
    look = Look(project)
    tree = scene.git("rev-parse", "HEAD^{tree}")
    verdict = verdicts.Verdict("key", tree, "sh check.sh", "passed", 0, 0.1, "", look.tip, look.tip, "now")
    for number in every_kill(scene.root, lambda: telling_guard.remember(Look(project), verdict)):
        assert in_child(lambda: telling_guard.remember(Look(project), verdict))
        assert tree in files(project), f"after kill {number}"
    assert number >= 4


def test_a_landing(scene: Scene, project: Project) -> None:
    """Killed between the move of the trunk and its note, the verdict on its tree says that it may stand there."""
    place = scene.root.parent / "agent-1"
    mode(scene, "agents")
    scene.git("worktree", "add", "-q", "-b", "agent-1/work", str(place))
    scene.commit(place, {"numbers/two": "2\n"})
    scene.git("worktree", "remove", str(place))
    scene.run("merge", "--no-wait", "agent-1/work")
    scene.run("step", "gate")
    [land] = interface.moves(["land"])
    for number in every_kill(scene.root, lambda: under_lock.make(project, land, _fail, Counter())):
        assert guarding.bypass(Look(project)) is None, f"after kill {number}"
        step(project)
        assert guard.was_let_pass(project, scene.tip()), f"after kill {number}"
        assert "trunk moved" not in scene.log(), f"after kill {number}"
    assert number >= 10


def test_a_move_past_the_guard(scene: Scene, project: Project) -> None:
    step(project)
    scene.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "x")
    for _ in every_kill(scene.root, lambda: step(project)):
        assert in_child(lambda: step(project))
        assert [event["event"] for event in scene.events()] == ["trunk moved"]
        assert guarding.bypass(Look(project))
