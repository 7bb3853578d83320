"""Every move, with the power cut at its writes: board, queue, verdicts, inboxes and the landing's journal lose what was
not synced, and the move made again ends where an undisturbed one ends.

By default every fifth write is tried; EVERY=1 tries each, and takes 21 minutes on two processors with a load of 35.
"""

from __future__ import annotations

import os
import shutil

import pytest
from crash.killing import in_child
from crash.moves_test import everything, made, prepare, quiet  # noqa: F401
from crash.power import DATA, NAMES, cut
from scene import Scene, own_copy

STRIDE = 1 if os.environ.get("EVERY") else 5


@pytest.mark.parametrize("lost", [NAMES, DATA])
@pytest.mark.parametrize("move", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
@pytest.mark.usefixtures("quiet")
def test_a_move_that_lost_what_was_not_synced_ends_the_same(scene: Scene, move: str, lost: str) -> None:
    project = prepare(scene, move)
    work, kept = made(move, project), scene.root.parent / "kept"
    own_copy(scene.root, kept)

    def state() -> dict[str, object]:
        found = everything(scene.root)
        found.pop("events")  # a log: what was made lasting is not said twice
        boxes = found.pop("messages")
        assert isinstance(boxes, dict)
        return {**found, "messages": {name: kept for name, kept in boxes.items() if kept}}  # an empty box is none

    assert in_child(work)
    undisturbed, wrong, cuts = state(), [], 0
    for at in range(2 if lost == NAMES else 4, 2000, STRIDE):
        shutil.rmtree(scene.root)
        own_copy(kept, scene.root)
        if not cut(scene.root, work, at, lost):
            break
        cuts += 1
        if not in_child(work):
            wrong.append(f"cut at {at}: it is killed")
        now = state()
        wrong += [
            f"cut at {at}: {key} {now[key]} not {undisturbed[key]}" for key in now if now[key] != undisturbed[key]
        ]
    assert not wrong, "\n".join(wrong)
    assert cuts
