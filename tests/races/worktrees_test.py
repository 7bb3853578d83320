"""Two engines at once, a `step` beside the wake of a hook: what one decided about a worktree holds while it acts."""

from __future__ import annotations

import ast
import threading
from collections import Counter
from importlib import import_module
from pathlib import Path

from desk import FIRST, MEMBER, SECOND, Desk
from scene import Scene, wait_for

from batty_hooks import moves as moves_of
from batty_hooks.moves.base import interface, under_lock
from batty_hooks.state import project as project_map
from batty_hooks.state import worktrees
from batty_hooks.system import lock

_SWITCH = {"begin", "ensure", "go_home"}


def test_nobody_is_given_a_card_while_another_engine_is_at_the_worktrees(scene: Scene) -> None:
    """An engine that leads a worktree home looked at it before the other one gave its engineer the next card."""
    scene.install()
    scene.team("true", engineers=1)
    project = project_map.find(scene.root)
    scene.step("staff")
    scene.cards("- [ ] One more thing")
    dispatch = next(move for move in interface.moves(["dispatch"]))
    making = threading.Thread(target=under_lock.make, args=(project, dispatch, print, Counter()))
    with lock.held(project.lock("move-worktrees")):
        making.start()
        making.join(0.3)
        assert making.is_alive() and scene.lane("TODO") == ["- [ ] One more thing"]
    making.join(120)
    wait_for(lambda: scene.lane("IN PROGRESS"))


def test_a_worktree_that_has_gone_on_is_not_led_home(scene: Scene) -> None:
    desk = Desk(scene)
    desk.go_on()
    worktrees.go_home(desk.project, MEMBER, FIRST, scene.tip(), desk.told.append)
    assert desk.git("branch", "--show-current") == SECOND


def test_whoever_switches_a_worktree_takes_the_lock_for_it() -> None:
    for path in sorted(Path(*moves_of.__path__).glob("*.py")):
        called = {
            (getattr(node.value, "id", ""), node.attr)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
        }
        if {("worktrees", name) for name in _SWITCH} & called:
            assert import_module(f"batty_hooks.moves.{path.stem}").LOCK == "worktrees", path.stem
