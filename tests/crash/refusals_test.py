"""Every move with every open, write and git call refused (full disk, I/O error, no files left, no permission), once and
from then on: one clear line, nothing lost, and when the cause is gone it ends where an undisturbed one ends.

By default every fifth call is tried, each with one error; EVERY=1 tries each with all of them. That is 3,352 refusals
and takes two hours on two processors with a load of 35 (land 43 minutes, gate 33, dispatch 21, offer 15, staff 5,
reconcile 3); `-k land` takes one move alone.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator

import pytest
from crash.moves_test import everything, prepare, quiet  # noqa: F401
from crash.refusing import ERRORS, Refusal, refused
from scene import Scene, own_copy

EVERY = bool(os.environ.get("EVERY"))
OURS = ("Traceback", "itself went wrong", "Error:")
SAYS_SO = ("started", "trouble", "landing waits")  # the events by which a refusal is told


def refusals() -> Iterator[Refusal]:
    kinds = list(itertools.product(ERRORS, (False, True)))
    for number, at in enumerate(range(1, 2000, 1 if EVERY else 5)):
        for error, on in kinds if EVERY else [kinds[number % len(kinds)]]:
            yield Refusal(at, error, on)


def different(now: dict[str, object], then: dict[str, object]) -> set[str]:
    return {key for key in now if now[key] != then[key]}


@pytest.mark.parametrize("move", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
@pytest.mark.usefixtures("quiet")
def test_a_refused_move_says_so_and_goes_on(scene: Scene, move: str) -> None:
    prepare(scene, move)
    kept, said = scene.root.parent / "kept", scene.root.parent / "said"
    own_copy(scene.root, kept)
    os.chdir(scene.root)
    scene.run("step", move)
    undisturbed = everything(scene.root, SAYS_SO)
    wrong = []
    for refusal in refusals():
        shutil.rmtree(scene.root)
        own_copy(kept, scene.root)
        os.chdir(scene.root)
        code, reached = refused(["step", move], refusal, said)
        words = said.read_text()
        if code not in (0, 1, 75) or any(ours in words for ours in OURS):
            wrong.append(f"{refusal}: {code} {words}")
        if not reached:
            break
        if not (code and words) and different(everything(scene.root, SAYS_SO), undisturbed) - {"events"}:
            wrong.append(f"{refusal}: it did not get there, and does not say so: {code} {words}")
        scene.run("step", move)
        now = everything(scene.root, SAYS_SO)
        wrong += [f"{refusal}: {key} {now[key]} not {undisturbed[key]}" for key in sorted(different(now, undisturbed))]
    assert not wrong, "\n".join(wrong)
