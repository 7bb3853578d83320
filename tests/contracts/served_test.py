"""The contract of `ripe` for the moves of a trunk that lives on a server: each reads and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from contracts.ripe_test import SERVED, files
from scene import Scene
from served import Served

from batty_hooks.moves.base import interface
from batty_hooks.rules.look import Look
from batty_hooks.state import pulls, server
from batty_hooks.state.project import find


def _nothing(served: Served) -> None:
    pass


def _ahead(served: Served) -> None:
    served.commit(served.root, {"numbers/three": "3\n"}, "By hand")


def _passed(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "fetch", "gate")
    served.run("step", "gate")


def _behind(served: Served) -> None:
    served.stranger({"numbers/nine": "9\n"})
    served.git("fetch", "-q", "origin")


def _offered(served: Served) -> None:
    pulls.put(find(served.root), pulls.Pull("b-two", "batty/two", "a" * 40, 12, head="a" * 40))


def _merged(served: Served) -> None:
    """A card that had come back, and was merged on the server."""
    served.team("true")
    path = served.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "remote: {name: origin, land: pr}\n")
    served.cards("- [ ] One ^t1")
    for name in ("reconcile", "staff", "setup", "dispatch"):
        served.run("step", name)
    commit = served.commit(served.worktree("engineer-1"), {"numbers/two": "2\n"})
    served.git("update-ref", "refs/batty/attempts/t1/1-failed", commit)
    served.git("push", "-q", "--no-verify", "origin", f"{commit}:main")
    pulls.put(find(served.root), pulls.Pull("t1", "batty/t1", commit, 12, state="merged", head=commit, merge=commit))


def _large(served: Served) -> None:
    server.want_upload(find(served.root), ["a" * 40], time.time())


WHEN: dict[str, Callable[[Served], None]] = {
    "fetch": _nothing, "ahead": _ahead, "adopt": _merged, "poll": _offered, "propose": _passed, "push": _passed,
    "upload": _large,
    "follow": _behind,
}  # fmt: skip


@pytest.mark.parametrize("name", SERVED)
def test_each_is_ripe_when_it_is_to_be_made_and_writes_nothing_while_it_looks(
    scene: Scene, alone: None, name: str
) -> None:
    scene.install()
    served = Served(scene.root).serve("pr" if name in ("adopt", "poll", "propose") else "push")
    WHEN[name](served)
    [move] = interface.moves([name])
    before = files(served.root)
    assert list(move.ripe(Look(find(served.root)))), f"{name} has nothing to do here"
    assert files(served.root) == before, f"{name} has written while it looked"


@pytest.mark.parametrize("name", SERVED)
def test_none_is_ripe_where_the_trunk_lives_here(scene: Scene, alone: None, name: str) -> None:
    scene.install()
    _ahead(Served(scene.root))
    [move] = interface.moves([name])
    assert not list(move.ripe(Look(find(scene.root))))


def test_notes_that_are_damaged_only_have_the_server_asked_again(scene: Scene, alone: None) -> None:
    scene.install()
    project = find(Served(scene.root).serve().root)
    server.note(project, looked=time.time(), tried=time.time())
    [fetch] = interface.moves(["fetch"])
    assert not list(fetch.ripe(Look(project)))
    for text in ("", "{", "[]", '{"lost": 1}', '{"lost": [], "new": 1}'):
        (project.batty / "server.json").write_text(text)
        assert server.notes(project) == server.Notes() and list(fetch.ripe(Look(project))), text
