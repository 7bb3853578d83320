"""Every move with every open, write and git call refused (full disk, I/O error, no files left, no permission), once and
from then on: one clear line, nothing lost, and when the cause is gone it ends where an undisturbed one ends.

By default every eighth call is tried, each with one error; EVERY=1 tries each with all of them. That is 3,352 refusals
and takes two hours on two processors with a load of 35 (land 43 minutes, gate 33, dispatch 21, offer 15, staff 5,
reconcile 3); `-k land` takes one move alone.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator

import pytest
from crash.moments import Moments
from crash.moves_test import everything, prepare, quiet  # noqa: F401
from crash.refusing import ERRORS, Refusal, refused
from scene import Scene

EVERY = bool(os.environ.get("EVERY"))
OURS = ("Traceback", "itself went wrong", "Error:")
SAYS_SO = ("started", "trouble", "landing waits")  # the events by which a refusal is told


def refusals() -> Iterator[Refusal]:
    kinds = list(itertools.product(ERRORS, (False, True)))
    for number, at in enumerate(range(1, 2000, 1 if EVERY else 8)):
        for error, on in kinds if EVERY else [kinds[number % len(kinds)]]:
            yield Refusal(at, error, on)


def different(now: dict[str, object], then: dict[str, object]) -> set[str]:
    return {key for key in now if now[key] != then[key]}


def left_in(moments: Moments) -> object:
    """All that a refused move has left; what it said of its trouble changes nothing for the next one."""
    found = moments.read()
    lines = found.pop(".batty/events.jsonl", b"").splitlines()
    return found, [line for line in lines if json.loads(line)["event"] not in SAYS_SO]


@pytest.mark.parametrize("move", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
@pytest.mark.usefixtures("quiet")
def test_a_refused_move_says_so_and_goes_on(scene: Scene, move: str) -> None:
    """(Where two refusals leave the same, the move is made again after one of them; not where all is done already.)"""
    prepare(scene, move)
    moments, said = Moments(scene.root, scene.root.parent / "kept"), scene.root.parent / "said"
    begin = moments.now()
    os.chdir(scene.root)
    scene.run("step", move)
    undisturbed = everything(scene.root, SAYS_SO)
    wrong, known = [], []
    for refusal in refusals():
        moments.bring_back(begin)
        code, reached = refused(["step", move], refusal, said)
        words = said.read_text()
        if code not in (0, 1, 75) or any(ours in words for ours in OURS):
            wrong.append(f"{refusal}: {code} {words}")
        if not reached:
            break
        left = left_in(moments)
        ends = next((ends for one, ends in known if one == left), None)
        if ends is None:
            missing = different(everything(scene.root, SAYS_SO), undisturbed)
            if missing or EVERY:
                scene.run("step", move)
                now = everything(scene.root, SAYS_SO)
                wrong += [f"{refusal}: {key} {now[key]} not {undisturbed[key]}" for key in different(now, undisturbed)]
            known.append((left, ends := missing - {"events"}))
        if not (code and words) and ends:
            wrong.append(f"{refusal}: it did not get there, and does not say so: {code} {words}")
    assert not wrong, "\n".join(wrong)
    assert len(known) > 1
