"""Every move, with the power cut at its writes: board, queue, verdicts, inboxes and the landing's journal lose what was
not synced, and the move made again ends where an undisturbed one ends.

With the fsync of a file's data taken out of system/atomic.py it fails (dispatch, land). Without those of directories it
does not: whatever names are lost together, made again it ends the same; they keep a promise sooner, not an order.

By default every fifth write is tried, and EVERY=1 tries each.
"""

from __future__ import annotations

import os

import pytest
from crash.killing import in_child
from crash.moves_test import everything, made, prepare, quiet  # noqa: F401
from crash.power import DATA, NAMES, cuts
from scene import Scene

STRIDE = 1 if os.environ.get("EVERY") else 5


@pytest.mark.parametrize("move", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
@pytest.mark.usefixtures("quiet")
def test_a_move_that_lost_what_was_not_synced_ends_the_same(scene: Scene, move: str) -> None:
    project = prepare(scene, move)
    work = made(move, project)

    def state() -> dict[str, object]:
        found = everything(scene.root)
        found.pop("events")  # a log: what was made lasting is not said twice
        boxes = found.pop("messages")
        assert isinstance(boxes, dict)
        return {**found, "messages": {name: kept for name, kept in boxes.items() if kept}}  # an empty box is none

    def made_again() -> None:
        """As a step does: what the board has lost of a claim is put there first, from what was merged last."""
        made("reconcile", project)()
        work()

    states, losses = {}, set()
    for at, lost in cuts(scene.root, work, {NAMES: 2, DATA: 4}, STRIDE):
        assert in_child(made_again), f"cut at {at}, {lost} lost"
        states[at, lost] = state()
        losses.add(lost)
    assert in_child(made_again)
    undisturbed = state()
    wrong = [
        f"cut at {at}, {lost} lost: {key} {now[key]} not {undisturbed[key]}"
        for (at, lost), now in states.items()
        for key in now
        if now[key] != undisturbed[key]
    ]
    assert not wrong, "\n".join(wrong)
    assert losses == {NAMES, DATA}
