"""Two agents that block a card and let it go on, in turn, come to the human with it."""

from __future__ import annotations

import os
import time

import pytest
from flows.managed import MANAGER, card, managed, text_of
from scene import Scene


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the test makes moves."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")


def test_the_third_block_with_nothing_done_in_between_is_the_humans(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    managed(scene, mode="auto")
    place = card(scene, {"numbers/two": "2\n"})

    def block(why: str) -> str:
        said = scene.run("blocked", why, cwd=place)
        scene.step()
        return said

    def let_go(code: int = 0, **who: str) -> str:
        said = scene.run("task", "unblock", "t1", env=who, code=code)
        scene.step()
        return said

    for why in ("no key", "still no key"):
        assert "manager is asked" in block(why)
        let_go(**MANAGER)
    for path in (scene.root / ".batty/inboxes/engineer-1").rglob("t1.unblocked.*"):
        os.utime(path, (time.time() - 100,) * 2)
    with monkeypatch.context() as then:
        then.setenv("GIT_COMMITTER_DATE", f"{time.time() - 50:.0f} +0000")
        scene.commit(place, {"numbers/two": "22\n"})
    for why in ("which key?", "that key?"):
        assert "manager is asked" in block(why), "something was done"
        let_go(**MANAGER)
    assert scene.messages("human") == []
    assert "t1 is blocked; human is asked" in block("the other key?")
    text = text_of(scene, "human", "t1.blocked.")
    assert "blocked: the other key? (again, with nothing done since it was let go on twice)." in text
    [need] = scene.json("status")["needs_you"]
    assert "t1 is blocked: the other key? (again, " in need["what"]
    said = let_go(code=1, **MANAGER)
    assert "t1 was let go on twice already, and nothing was done; human decides now" in said
    scene.run("task", "unblock", "t1", "use", "the", "third")
    scene.step()
    assert len(scene.messages("human")) == 1
    assert "manager is asked" in block("and now?"), "the human's word begins a new row"
    let_go(**MANAGER)
