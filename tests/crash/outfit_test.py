"""Making a worktree ready, killed at each of its writes and of its git calls, then made again: the same end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import EVERY, every_kill, in_child
from crash.moves_test import made, quiet
from scene import Scene

from batty_hooks.moves.base import setting_up
from batty_hooks.rules.look import Look
from batty_hooks.state.project import Project, find
from batty_hooks.system.git import exact

__all__ = ["quiet"]
SETUP = "mkdir -p built; git show HEAD:one >> built/ones; echo PORT=$BATTY_PORT >> .env; echo changed > one"
_STRIDE = 2 if EVERY else 7  # (of a hundred points each)
WORKTREES = {
    "setup": [SETUP, "sort -u built/ones -o built/ones"],
    "copy": [".env", "data"],
    "link": ["lib"],
    "ports": 2,
}


@pytest.fixture
def project(scene: Scene, quiet: None) -> Project:
    """An engineer's worktree, made but not ready."""
    scene.commit(scene.root, {".gitignore": "built/\n", "one": "1\n"})
    (scene.root / ".env").write_text("A=1\n")
    for name in ("data", "lib"):
        (scene.root / name / "deep").mkdir(parents=True)
        (scene.root / name / "deep/file").write_text(f"{name}\n")
    scene.team("true")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text() + f"worktrees: {json.dumps(WORKTREES)}\n")
    project = find(scene.root)
    in_child(made("staff", project))
    return project


def everything(scene: Scene, name: str) -> dict[str, object]:
    """All that counts of a worktree that was made ready."""
    place, ready = scene.worktree(name), scene.root / ".batty/ready"
    memory = json.loads((ready / f"{name}.json").read_text())
    for field in ("inputs", "worktree", "at", "log"):  # (a copy of the repository has other inodes)
        del memory[field]
    files = {
        str(path.relative_to(place)): str(path.readlink()) if path.is_symlink() else path.read_text()
        for path in sorted(place.rglob("*"))
        if (path.is_file() or path.is_symlink()) and path.name != ".git"
    }
    return {
        "memory": memory,
        "files": files,
        "status": scene.git("status", "--porcelain", cwd=place),
        "in .batty/ready": sorted(path.name for path in ready.iterdir() if not path.name.startswith(".tmp-")),
        "ports": (ready / f"{name}.env").read_text(),
        "excluded": sorted((scene.root / ".git/info/exclude").read_text().splitlines()),
        "events": [event.get("text") for event in scene.events() if event["event"] == "ready"],
    }


def survives(scene: Scene, name: str, work: Callable[[], object]) -> int:
    """Each kill and what mends it in one and the same directory: what is linked keeps its inode, or being made ready
    from that is rightly another setup, with an event of its own."""
    states = []
    for number in every_kill(scene.root, work, _STRIDE, runs=True):
        assert in_child(work), f"made again after kill {number}"
        states.append((number, everything(scene, name)))
    assert in_child(work)
    undisturbed = everything(scene, name)
    for number, state in states:
        assert state == undisturbed, f"after kill {number}"
    return len(states)


def test_an_engineers_worktree(scene: Scene, project: Project) -> None:
    assert survives(scene, "engineer-1", made("setup", project)) >= 5
    assert (scene.worktree("engineer-1") / "built/ones").read_text() == "1\n"
    assert (scene.worktree("engineer-1") / ".env").read_text().count("PORT=") == 1
    assert (scene.worktree("engineer-1") / "lib/deep/file").read_text() == "lib\n"
    assert (scene.root / "lib/deep/file").exists() and (scene.root / "data/deep/file").exists()


def test_a_gate_worktree_with_what_another_candidate_installed(scene: Scene, project: Project) -> None:
    """The second setup, in a worktree that holds the products of the first, and a cache of its own."""
    place, log = scene.worktree("gate-1"), scene.root / ".batty/logs/gate.log"
    first = scene.tip()
    scene.commit(scene.root, {"one": "2\n", ".gitignore": "built/\ncache/\n"})
    second = scene.tip()
    scene.git("worktree", "add", "-q", "--detach", str(place), first)
    assert in_child(lambda: gate(project, first, place, log))
    (place / "cache").mkdir()
    (place / "cache/kept").write_text("kept\n")
    (scene.root / ".batty/logs/gate.log").unlink()
    exact.checkout_exact(place, second)

    def work() -> None:
        exact.checkout_exact(place, second)
        gate(project, second, place, log)

    assert survives(scene, "gate-1", work) >= 5
    assert (place / "built/ones").read_text() == "2\n" and (place / "one").read_text() == "2\n"


def gate(project: Project, commit: str, place: Path, log: Path) -> None:
    from batty_hooks.state import trunk

    look = Look(project)
    assert setting_up.for_gate(look, trunk.itself(project, commit), place, log) is None
