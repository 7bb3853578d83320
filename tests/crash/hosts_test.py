"""The gate killed where a candidate has a verdict for each class of machines, and where a host loses its run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from crash.killing import EVERY_STATE
from crash.moves_test import made, prepare, quiet, survives
from scene import Scene

from batty_hooks.moves import gate
from batty_hooks.rules.look import Look
from batty_hooks.state import hosts
from batty_hooks.system import lock
from batty_hooks.system.machines import here

__all__ = ["quiet"]
STRIDE = EVERY_STATE if os.environ.get("EVERY") else 3 * EVERY_STATE  # moves_test kills the gate at every write


def test_a_killed_gate_with_a_verdict_for_each_class_ends_the_same(scene: Scene, quiet: None) -> None:
    classes = [here().system, here().architecture]
    project = prepare(scene, "gate", cards=1, classes=classes)
    assert survives(scene, made("gate", project), stride=STRIDE, runs=True) >= 2
    names = {path.name.rpartition("-")[2] for path in project.verdicts.glob("*-*.json")}
    assert names == {f"{word}.json" for word in classes} and len(list(project.verdicts.glob("*.json"))) == 3


def test_a_lost_run_killed_anywhere_is_told_once_and_made_here(
    scene: Scene, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = prepare(scene, "gate", cards=1, hosts=["build1"])
    a_host_that_nobody_reaches(project.batty / "hosts")
    monkeypatch.setattr(hosts, "ensure", lambda *arguments: None)
    monkeypatch.setattr(hosts, "is_kept", lambda project: True)

    def work() -> None:
        with lock.tried(project.lock("gate-1")):  # every slot here is taken
            for item in gate.ripe(Look(project)):
                gate.take(project, item)
        made("gate", project)()

    assert survives(scene, work, stride=STRIDE, runs=True) >= 2
    assert [event["host"] for event in scene.events() if event["event"] == "run lost"] == ["build1"]
    assert [event.get("host") for event in scene.events() if event["event"] == "gate passed"] == [None]


def a_host_that_nobody_reaches(place: Path) -> None:
    """It stands as up, and its scheduler is gone."""
    place.mkdir(exist_ok=True)
    up = {"host": "build1", "state": "up", "since": 0, "why": "", "mend": "", "here": here().words()}
    (place / "known.json").write_text(json.dumps({"hosts": [up]}))
