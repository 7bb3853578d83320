"""An agent whose commands run in a sandbox with a numbering of processes of its own (Codex's, a container): the hook of
its commit sees no process from outside, neither the watcher nor the team's agents."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from scene import Scene

from batty_hooks.state import panes
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import find
from batty_hooks.system import lock
from batty_hooks.system.records import replace

UNSHARED = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
LOOKS = """
import sys
from pathlib import Path
from batty_hooks.state import panes
from batty_hooks.state.project import find
print([(pane.member, pane.alive) for pane in panes.listed(find(Path(sys.argv[1])))])
"""


def test_who_is_in_another_numbering_is_not_taken_for_dead() -> None:
    living = panes.found_at(Pane("engineer-1", "", "tui"), "%1", os.getpid())
    assert living.alive and not replace(living, birth="1").alive
    assert replace(living, birth="1", space="pid:[1]").alive
    assert not replace(living, birth="1", space="").alive, "as an older version wrote it"


def test_a_look_from_a_sandbox_buries_nobody(scene: Scene) -> None:
    if subprocess.run([*UNSHARED, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces may be made here")
    project = find(scene.install().root)
    panes.record(project, panes.found_at(Pane("engineer-1", "", "tui"), "%1", os.getpid()))
    looked = subprocess.run(
        [*UNSHARED, sys.executable, "-c", LOOKS, str(scene.root)], capture_output=True, text=True, check=True
    )
    assert looked.stdout == "[('engineer-1', True)]\n"


def test_who_is_stuck_in_a_sandbox_that_keeps_the_board_from_it_is_heard(scene: Scene) -> None:
    """The project read-only, `.batty/` and the worktree not: as Codex gives it to the commands of its model."""
    scene.install()
    scene.team(scene.agent("waits", "exit 0"))
    scene.cards("- [ ] A card")
    for move in ("staff", "dispatch"):
        scene.run("step", move, env={"BATTY_NO_WAKE": "1"})
    before, place = scene.board(), scene.worktree("engineer-1")
    mounts = f"mount --bind {scene.root} {scene.root} && mount --bind {scene.root}/.batty {scene.root}/.batty"
    shut = f"{mounts} && mount -o remount,ro,bind {scene.root} && cd {place}"
    typed = f"BATTY_NO_WAKE=1 {sys.executable} -m batty_hooks"
    if sh(f"{mounts} && mount -o remount,ro,bind {scene.root}").returncode:
        pytest.skip("no mounts may be made here")
    refused = sh(f"{shut} && {typed} task block t1 why")
    assert refused.returncode == 75 and "kanban.md cannot be written from here" in refused.stderr
    said = sh(f"{shut} && {typed} blocked which one")
    assert said.stdout == "t1 is blocked; human is asked\n", said.stderr
    assert scene.board() == before
    scene.run("step", "block", env={"BATTY_NO_WAKE": "1"})
    assert "[blocked:: which one]" in scene.board()


def test_the_board_is_written_from_a_sandbox_that_mounts_our_files_by_themselves(scene: Scene) -> None:
    """The project below a directory that all may write to, `/tmp` say: no file may be renamed over such a border."""
    scene.install()
    scene.cards("- [ ] A card")
    mount = f"mount --bind {scene.root}/.batty {scene.root}/.batty && cd {scene.root}"
    if sh(mount).returncode:
        pytest.skip("no mounts may be made here")
    said = sh(f"{mount} && BATTY_NO_WAKE=1 {sys.executable} -m batty_hooks task add Another")
    assert said.returncode == 0, said.stderr
    assert "A card" in scene.board() and "Another" in scene.board()
    assert sorted(scene.root.glob(".tmp-*")) == []


def sh(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*UNSHARED, "--mount", "sh", "-c", script], capture_output=True, text=True, check=False)


def test_a_wake_leaves_everything_to_a_watcher_that_its_hook_could_not_see(scene: Scene) -> None:
    scene.install()
    scene.cards("- [ ] A card")
    scene.run("task", "claim", "A card", env={"BATTY_NO_WAKE": "1"})
    scene.save(scene.board().replace("A card", "Another title"))
    before = versions(scene)
    with lock.held(find(scene.root).lock("watch"), timeout=5):
        scene.run("wake")
        assert versions(scene) == before, "the save is the watcher's to take in"
    scene.run("wake")
    assert versions(scene) != before


def versions(scene: Scene) -> set[str]:
    return {path.name for path in (scene.root / ".batty/board").glob("*.md")}
