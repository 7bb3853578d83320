"""Killed anywhere while it looks at the server, lands there and comes after it: made again, it ends the same."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest
from crash.killing import every_kill, in_child
from crash.moves_test import made
from scene import Scene
from served import Served

from batty_hooks.state import server
from batty_hooks.state.project import Project, find

STRIDE = 1 if os.environ.get("EVERY") else 13  # (of some sixty points; each takes two rounds)
ROUND = ("fetch", "ahead", "gate", "upload", "push", "land", "follow")


@pytest.fixture
def served(scene: Scene, alone: None) -> Served:
    scene.install()
    found = Served(scene.root)
    found.within = True
    found.serve()
    (scene.root / ".batty/watch.pid").write_text(f"{os.getpid()}\n")
    return found


def a_round(project: Project) -> Callable[[], object]:
    """Every move that has to do with the server, in order, until none has anything to do."""

    def work() -> None:
        for _ in range(2):  # a push that was not answered is known after a look
            for name in ROUND:
                made(name, project)()

    return work


def ends(served: Served) -> dict[str, object]:
    """What counts, without what differs from run to run."""
    ids = Counter(
        event["event"] for event in served.events() if event["event"] in ("landed", "offered", "push lost", "uploaded")
    )
    log = ("log", "--first-parent", "--format=%s %T", "main")
    return {
        "there": served.git(*log, cwd=served.server), "here": served.git(*log),
        "queue": [path.name for path in (served.root / ".batty/queue").glob("*.json")],
        "said": ids,
        "uploads": served.git("for-each-ref", "refs/batty/uploads/", cwd=served.server),
        "open": (served.root / ".batty/pushing.json").exists(),
        "checkout": served.git("status", "--porcelain", "--untracked-files=no"),
    }  # fmt: skip


def survives(served: Served, work: Callable[[], object]) -> int:
    """Kill ``work`` everywhere, make it again: how often."""
    states = []
    for number in every_kill(served.root, work, STRIDE, runs=True):
        assert in_child(work), f"made again after kill {number}"
        states.append((number, ends(served)))
    undisturbed = ends(served)
    for number, state in states:
        assert state == undisturbed, f"after kill {number}"
    assert undisturbed["there"] == undisturbed["here"] and not undisturbed["open"]
    return len(states)


def test_what_passed_lands_once(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.stranger({"numbers/nine": "9\n"})
    served.run("merge", "--no-wait", "two")
    for name in ("fetch", "gate"):
        in_child(made(name, find(served.root)))
    assert survives(served, a_round(find(served.root))) >= 3


def test_what_is_uploaded_ahead_lands_once(served: Served) -> None:
    tip = served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    for name in ("fetch", "gate"):
        in_child(made(name, find(served.root)))
    server.want_upload(find(served.root), [tip], 1.0)

    def work() -> None:
        a_round(find(served.root))()
        made("upload", find(served.root))()

    assert survives(served, work) >= 3
    assert not ends(served)["uploads"] and not server.uploads(find(served.root))
    assert [event["event"] for event in served.events()].count("uploaded") <= 1


def test_a_persons_own_commits_land_once(served: Served) -> None:
    served.commit(served.root, {"numbers/three": "3\n"}, "By hand")
    assert survives(served, a_round(find(served.root))) >= 3
