"""Many land as fast as one: what waits is tested as one candidate, and a red one is found without holding others up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scene import Scene, wait_for

from batty_hooks.system import process

QUIET = {"BATTY_NO_WAKE": "1"}
Waiting = Callable[..., None]


@pytest.fixture
def waiting(scene: Scene, tmp_path: Path, alone: None) -> Waiting:
    """Cards t1, t2 … in progress, each with a commit in a worktree of its own, all reported."""

    def wait(*works: dict[str, str], gate: str = "sh check.sh", order: list[int] | None = None, **more: object) -> None:
        scene.install(gate, **more)
        numbers = range(1, len(works) + 1)
        cards = "".join(f"- [x] Work {number} (agent-{number}) ^t{number}\n" for number in order or numbers)
        scene.save(scene.board().replace("## IN PROGRESS\n", f"## IN PROGRESS\n{cards}"))
        for number, files in zip(numbers, works, strict=True):
            place = tmp_path / f"agent-{number}"
            scene.git("worktree", "add", "-q", str(place), "-b", f"agent-{number}/work")
            scene.commit(place, files)
            scene.run("done", cwd=place)

    return wait


def numbered(*contents: str) -> list[dict[str, str]]:
    return [{f"numbers/n{place}": f"{text}\n"} for place, text in enumerate(contents, 1)]


def runs(scene: Scene) -> list[str]:
    """Every run of the gate in order, as `passed t1, t2`."""
    return [
        f"{event['event'].removeprefix('gate ')} {event['label']}"
        for event in scene.events()
        if event["event"].startswith("gate ") and event["event"] != "gate flaky"
    ]


def report(scene: Scene, member: str, kind: str = "gate") -> str:
    [name] = [name for name in scene.messages(member, "new") if f".{kind}." in name]
    return (scene.root / ".batty/inboxes" / member / "new" / name).read_text()


def all_green(scene: Scene) -> bool:
    """Whether every commit of the trunk's first-parent line passes its own test."""
    place = scene.root.parent / "look"
    scene.git("worktree", "add", "-q", "--detach", str(place), "main")
    for commit in scene.git("rev-list", "--first-parent", "main").splitlines():
        scene.git("checkout", "-q", commit, cwd=place)
        if scene.sh("sh check.sh", place):
            return False
    return True


def test_green_together_all_land_with_a_merge_commit_each_in_board_order(scene: Scene, waiting: Waiting) -> None:
    waiting(*numbered("10", "11", "12", "13"), order=[3, 1, 4, 2])
    scene.step()
    assert runs(scene) == ["passed t1, t2, t3, t4"]
    assert scene.subjects() == ["A project", "Land 4 together: t3, t1, t4, t2"]
    assert scene.landed() == [f"Land t{number}: Work {number} (agent-{number})" for number in (3, 1, 4, 2)]
    assert len(scene.lane("DONE")) == 4 and all_green(scene)
    for number in range(1, 5):
        own = scene.git("rev-parse", f"refs/batty/landed/t{number}")
        assert scene.git("log", "-1", "--format=%s", own) == f"Land t{number}: Work {number} (agent-{number})"
        assert scene.git("rev-parse", f"{own}^2") == scene.git("rev-parse", f"agent-{number}/work")
        assert f"Card: t{number}" in scene.git("log", "-1", "--format=%B", own)
        assert own[:10] in report(scene, f"agent-{number}", "landed")


def test_one_that_is_red_is_found_by_its_files_and_the_others_land_at_once(scene: Scene, waiting: Waiting) -> None:
    waiting(*numbered("10", "x", "12", "13"))
    scene.step()
    # With a slot to spare, t2 is tried beside the others, and a commit of somebody's is tested early.
    first, *more = [run for run in runs(scene) if " at " not in run]
    assert first == "failed t1, t2, t3, t4" and {"passed t1, t3, t4"} <= set(more) <= {"passed t1, t3, t4", "failed t2"}
    assert scene.subjects()[1] == "Land 3 together: t1, t3, t4" and all_green(scene)
    assert "FAILED numbers/n2 is not a number" in report(scene, "agent-2")
    assert [attempt.rpartition("/")[2] for attempt in attempts(scene)] == ["1-failed"]


def attempts(scene: Scene) -> list[str]:
    return scene.git("for-each-ref", "--format=%(refname)", "refs/batty/attempts").splitlines()


def test_green_alone_and_red_together_exactly_one_lands(scene: Scene, waiting: Waiting) -> None:
    waiting(*numbered("7", "11", "7"))
    scene.step()
    assert [line.partition(":")[0] for line in scene.landed()] == ["Land t1", "Land t2"] and all_green(scene)
    said = report(scene, "agent-3")
    landed = scene.git("rev-parse", "--short=10", "refs/batty/landed/t1")
    assert "t1 (agent-1), landed at " + landed in said and "FAILED 7 is there twice" in said
    assert attempts(scene) == ["refs/batty/attempts/t3/1-together"]
    assert scene.lane("IN PROGRESS") == ["- [x] Work 3 (agent-3) ^t3"]


def test_a_conflict_between_two_that_wait_goes_back_with_names_and_commands(scene: Scene, waiting: Waiting) -> None:
    waiting({"numbers/one": "10\n"}, {"numbers/one": "20\n"}, {"numbers/n3": "3\n"})
    scene.step()
    assert runs(scene)[0] == "passed t1, t3", "who does not merge with those before him waits for them"
    said = report(scene, "agent-2")
    for words in (
        "numbers/one",
        "t1 (agent-1), landed at",
        "git merge main",
        "git commit --no-edit",
        "batty-hooks done",
    ):
        assert words in said, said
    assert attempts(scene) == ["refs/batty/attempts/t2/1-conflict"]


def test_who_came_back_because_of_others_keeps_the_place_in_the_line(
    scene: Scene, waiting: Waiting, tmp_path: Path
) -> None:
    waiting({"numbers/one": "10\n"}, {"numbers/one": "20\n"})
    first = scene.json("status")["queue"][1]["since"]
    scene.step()
    place = tmp_path / "agent-2"
    scene.git("merge", "-q", "-X", "ours", "--no-edit", "main", cwd=place)
    (scene.root / ".batty/events.jsonl").unlink()  # a log decides nothing
    scene.run("done", cwd=place)
    assert scene.json("status")["queue"][0]["since"] == first
    assert not list((scene.root / ".batty/queue").glob("*.place"))
    scene.step()
    assert len(scene.landed()) == 2 and scene.show("numbers/one") == "20"


def test_a_red_trunk_is_nobodys_fault(scene: Scene, waiting: Waiting) -> None:
    waiting(*numbered("10", "x"))
    scene.commit(scene.root, {"numbers/two": "two\n"}, "A person breaks main")
    scene.step()
    assert not attempts(scene) and scene.landed() == []
    said = scene.run("status", code=1)
    assert "main itself fails its test" in said and "FAILED numbers/two is not a number" in said
    scene.commit(scene.root, {"numbers/two": "2\n"}, "and mends it")
    scene.step()
    assert [line.partition(":")[0] for line in scene.landed()] == ["Land t1"]
    assert attempts(scene) == ["refs/batty/attempts/t2/1-failed"]


def test_a_flaky_test_is_run_again_before_anybody_is_charged(scene: Scene, waiting: Waiting, tmp_path: Path) -> None:
    once = f"[ -e '{tmp_path}/was-red' ] || {{ touch '{tmp_path}/was-red'; echo 'FAILED by chance'; exit 1; }}"
    waiting(*numbered("10"), gate=f"{once}; sh check.sh")
    scene.step()
    assert len(scene.landed()) == 1 and not attempts(scene)
    said = scene.run("log", "--flaky")
    assert "t1" in said and "FAILED by chance" in said and len(said.splitlines()) == 1
    [verdict] = [
        path for path in (scene.root / ".batty/verdicts").glob("*.json") if '"flaky": true' in path.read_text()
    ]
    assert '"result": "passed"' in verdict.read_text()


def test_tests_run_side_by_side_in_several_slots(scene: Scene, waiting: Waiting) -> None:
    gate = "sh check.sh >/dev/null || { echo FAILED; exit 1; }"
    waiting(*numbered("10", "x", "12", "13", "14", "15"), gate=gate, slots=3)
    scene.step()
    assert len(scene.landed()) == 5 and attempts(scene) == ["refs/batty/attempts/t2/1-failed"] and all_green(scene)
    assert {path.name for path in (scene.root / ".batty/worktrees").glob("gate-*")} >= {"gate-1", "gate-2"}


def test_as_many_slots_as_the_machine_has_room_for(quiet: Scene) -> None:
    """`slots: auto`: the same work lands, whatever there is room for; how long a run took is remembered."""
    quiet.team(None, slots="auto")
    for name in ("two", "three"):
        place = quiet.root.parent / name
        quiet.git("worktree", "add", "-q", "-b", name, str(place), "main")
        quiet.commit(place, {f"numbers/{name}": f"{40 + len(name)}\n"})
        quiet.run("merge", "--no-wait", name)
    quiet.run("step", "--until-idle")
    assert {"numbers/two", "numbers/three"} <= set(quiet.git("ls-tree", "-r", "--name-only", "main").split())
    assert "1" in json.loads((quiet.root / ".batty/pace.json").read_text())["beside"]


def test_who_has_landed_by_another_run_waits_for_his_own_no_longer(scene: Scene, tmp_path: Path, alone: None) -> None:
    """The first alone is being tested, and that never ends here; with the second it passes."""
    begun = tmp_path / "begun"
    scene.install(f"test -e numbers/n2 || {{ echo $$ >{begun}; exec sleep 1000; }}", on="done", slots=2)
    for name in ("n1", "n2"):
        place = tmp_path / name
        scene.git("worktree", "add", "-q", "-b", name, str(place))
        scene.commit(place, {f"numbers/{name}": f"1{name[1:]}\n"})
    argv = [sys.executable, "-m", "batty_hooks", "merge", "n1"]
    first = subprocess.Popen(argv, cwd=scene.root, text=True, stdout=subprocess.PIPE, env={**os.environ, **QUIET})
    wait_for(lambda: begun.exists() and begun.read_text().strip())
    assert "n2 has landed" in scene.run("merge", "n2", env=QUIET)
    assert "n1 has landed" in first.communicate()[0] and first.returncode == 0
    assert runs(scene) == ["passed n1, n2"]
    wait_for(lambda: not process.birth(int(begun.read_text())))
