"""Sent back and landed in the same moment: one of the two happens, never both. ROUNDS=20 tries it as often."""

from __future__ import annotations

import os
import subprocess
import sys

from flows.managed import card, managed, reported, team
from scene import Scene

ROUNDS = int(os.environ.get("ROUNDS", "2"))


def test_rejecting_against_landing(scene: Scene, alone: None) -> None:
    managed(scene)
    for number in range(1, ROUNDS + 1):
        team(scene, mode="review")
        place = reported(scene, {f"numbers/n{number}": f"{100 + number}\n"}, f"Number {number}")
        team(scene, mode="auto")
        id = f"t{number}"
        words = (["step", "land"], ["reject", id, "no"])
        running = [
            subprocess.Popen([sys.executable, "-m", "batty_hooks", *each], cwd=scene.root, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
            for each in (words if number % 2 else words[::-1])
        ]  # fmt: skip
        assert {process.wait(180) for process in running} <= {0, 1}
        back = scene.git("for-each-ref", f"refs/batty/attempts/{id}") != ""
        landed = any(subject.startswith(f"Land {id}:") for subject in scene.subjects())
        assert back != landed, f"{id}: back {back}, landed {landed}\n{scene.log()}"
        assert list((scene.root / ".batty/queue").glob("*.json")) == []
        if back:
            scene.run("task", "block", id, "enough of it")
            scene.git("switch", "-q", "--detach", "main", cwd=place)


def test_a_report_in_the_middle_of_a_rejection_is_not_lost(scene: Scene, alone: None) -> None:
    """Either the newer commit waits, or its engineer was told that the one before is being sent back."""
    managed(scene)
    place = card(scene, {"numbers/two": "2\n"})
    for number in range(ROUNDS // 2):
        scene.commit(place, {"numbers/two": f"2{number}\n"})
        scene.run("done", cwd=place)
        commit = scene.commit(place, {"numbers/two": f"3{number}\n"})
        running = [
            subprocess.Popen([sys.executable, "-m", "batty_hooks", *words], cwd=cwd, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
            for words, cwd in ((["reject", "t1", "no"], scene.root), (["done"], place))
        ]  # fmt: skip
        _, reporting = (process.wait(180) for process in running)
        waiting = [row["key"] for row in scene.json("status")["queue"]]
        back = scene.git("for-each-ref", "--format=%(objectname)", "refs/batty/attempts/t1").splitlines()
        assert reporting == 75 or waiting == ["t1"] or commit in back, f"round {number}: {scene.log()}"
