"""Killed anywhere while it offers work on a forge, and while it hears what became of that: made again, it ends the
same. One pull request for each, nothing said twice or lost, nobody charged twice."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable

import pytest
from crash.killing import every_kill, in_child
from crash.moves_test import made
from forges import RED, Forge, forge_at
from scene import Scene

from batty_hooks.state import pulls
from batty_hooks.state.project import Project, find

EVERY = bool(os.environ.get("EVERY"))
STRIDE = 1 if EVERY else 17  # (of some eighty points; each takes two rounds)
ROUND = ("fetch", "poll", "handback", "propose", "adopt", "land")
WORK = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'


@pytest.fixture
def forge(scene: Scene, alone: None, monkeypatch: pytest.MonkeyPatch) -> Forge:
    """What the forge knows lies in the repository, and so is of the same moment."""
    place = scene.root / ".git/forge"
    place.mkdir()
    found = forge_at(scene, place, monkeypatch, within=True)
    (scene.root / ".batty/watch.pid").write_text(f"{os.getpid()}\n")
    return found


def passed(forge: Forge) -> Project:
    """A card whose work has passed and is to be offered."""
    scene = forge.served
    scene.team(scene.agent("works", WORK))
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "remote: {name: origin, land: pr}\n")
    scene.cards("- [ ] Add a number ^t1")
    project = find(scene.root)
    for name in ("reconcile", "staff", "setup", "dispatch"):
        in_child(made(name, project))
    place = scene.worktree("engineer-1")
    scene.commit(place, {"numbers/t1": "101\n"}, "Add t1")
    scene.run("done", cwd=place)
    for name in ("offer", "fetch", "gate"):
        in_child(made(name, project))
    return project


def a_round(project: Project) -> Callable[[], object]:
    """All that has to do with the forge, whenever it was asked last; twice, for what one leaves to the other."""

    def work() -> None:
        for _ in range(2):
            pulls.note(project, pulls.Notes())
            for name in ROUND:
                made(name, project)()

    return work


def ends(forge: Forge) -> dict[str, object]:
    """What counts, without what differs from run to run."""
    scene = forge.served
    said = Counter(event["event"] for event in scene.events() if not event["event"].startswith("server"))
    known = pulls.get(find(scene.root), "t1")
    takes = (forge.place / "reruns").exists()
    return {
        "run again": takes and (forge.place / "calls").read_text().count("rerun-failed-jobs"),
        "there": [(one["number"], one["state"], re.sub(r" in [\d.]+ s", "", one["body"])) for one in forge.pulls()],
        "branch": forge.there("batty/t1"), "known": known and (known.number, known.commit, known.heard),
        "attempts": scene.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/batty/attempts"),
        "queue": [path.name for path in (scene.root / ".batty/queue").glob("*.json")],
        "messages": {box: [name for name in scene.messages(box) if not name.startswith(".tmp-")]
                     for box in ("human", "engineer-1")},
        "said": said, "board": scene.board(),
    }  # fmt: skip


def survives(forge: Forge, work: Callable[[], object]) -> dict[str, object]:
    """Kill ``work`` everywhere, make it again; how it ends undisturbed."""
    states = []
    for number in every_kill(forge.served.root, work, STRIDE, runs=True):
        assert in_child(work), f"made again after kill {number}"
        states.append((number, ends(forge)))
    undisturbed = ends(forge)
    for number, state in states:
        assert state == undisturbed, f"after kill {number}"
    assert len(states) >= 2
    return undisturbed


def test_it_is_offered_once_and_a_newer_commit_goes_to_the_same_one(forge: Forge) -> None:
    work = a_round(passed(forge))
    assert len(survives(forge, work)["there"]) == 1  # type: ignore[arg-type]


def test_a_newer_commit_goes_to_the_same_one(forge: Forge) -> None:
    project = passed(forge)
    in_child(a_round(project))
    place = forge.served.worktree("engineer-1")
    forge.served.commit(place, {"numbers/t1": "201\n"}, "More")
    forge.served.run("done", cwd=place)
    for name in ("offer", "gate"):
        in_child(made(name, project))
    end = survives(forge, a_round(project))
    assert len(end["there"]) == 1 and end["said"]["pull request renewed"] == 1  # type: ignore[arg-type, index]


def test_red_and_remarks_come_back_once(forge: Forge) -> None:
    project = passed(forge)
    in_child(a_round(project))
    ada = {"author": {"login": "ada"}, "authorAssociation": "MEMBER"}
    forge.set(statusCheckRollup=[RED], comments=[ada | {"id": "a", "body": "name it"}, ada | {"id": "b", "body": "so"}])
    end = survives(forge, a_round(project))
    assert str(end["attempts"]).count("refs/batty/attempts/t1/1-failed") == 1 and not end["queue"]
    assert end["said"]["remarked"] == 2  # type: ignore[index]


@pytest.mark.parametrize("runner", ["slow", "fast"])
def test_what_is_red_is_run_again_once(forge: Forge, runner: str) -> None:
    """Until that has begun nobody is charged; where it is red again at once, its engineer is, and once."""
    project = passed(forge)
    in_child(a_round(project))
    (forge.place / "reruns").write_text(runner)
    forge.set(statusCheckRollup=[RED])
    end = survives(forge, a_round(project))
    assert end["run again"] == end["said"]["check run again"] == 1  # type: ignore[index]
    assert str(end["attempts"]).count("refs/batty/attempts/t1/1-failed") == (runner == "fast")


def test_what_was_squashed_has_landed_once(forge: Forge) -> None:
    project = passed(forge)
    in_child(a_round(project))
    forge.merge(look=False)
    end = survives(forge, a_round(project))
    assert end["said"]["landed"] == 1 and "- [x] Add a number" in str(end["board"]).partition("DONE")[2]  # type: ignore[index]


def test_what_came_back_and_was_merged_all_the_same_has_landed_once(forge: Forge) -> None:
    project = passed(forge)
    in_child(a_round(project))
    forge.set(statusCheckRollup=[RED])
    in_child(a_round(project))
    assert forge.served.git("for-each-ref", "refs/batty/attempts/t1") and not pulls.get(project, "t1").merge  # type: ignore[union-attr]
    forge.merge(look=False)
    end = survives(forge, a_round(project))
    assert end["said"]["landed"] == 1 and "- [x] Add a number" in str(end["board"]).partition("DONE")[2]  # type: ignore[index]
