"""Every move with every write and every git call refused (full disk, I/O error, no files left, no permission), once and
from then on: one clear line, nothing lost, and when the cause is gone it ends where an undisturbed one ends.

By default every fifth call is tried, each with one error; EVERY=1 tries each with all of them.
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


def refusals() -> Iterator[Refusal]:
    kinds = list(itertools.product(ERRORS, (False, True)))
    for number, at in enumerate(range(1, 2000, 1 if EVERY else 5)):
        for error, on in kinds if EVERY else [kinds[number % len(kinds)]]:
            yield Refusal(at, error, on)


@pytest.mark.parametrize("move", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
@pytest.mark.usefixtures("quiet")
def test_a_refused_move_says_so_and_goes_on(scene: Scene, move: str) -> None:
    prepare(scene, move)
    kept, said = scene.root.parent / "kept", scene.root.parent / "said"
    own_copy(scene.root, kept)
    os.chdir(scene.root)
    scene.run("step", move)
    undisturbed = everything(scene.root)
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
        scene.run("step", move)
        if (now := everything(scene.root)) != undisturbed:
            wrong += [
                f"{refusal}: {key} {now[key]} not {undisturbed[key]}" for key in now if now[key] != undisturbed[key]
            ]
    assert not wrong, "\n".join(wrong)
