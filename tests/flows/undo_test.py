"""`undo`: what a card has landed goes off the trunk through the gate, and the card is to be done again."""

from __future__ import annotations

import pytest
from crash.killing import every_kill
from scene import Again, Scene

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.runner import Runner
from batty_hooks.state.project import find


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is begun by a hook beside those of the story."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")


@pytest.fixture
def landed(again: Again) -> Scene:
    return again(both_landed)


def both_landed(scene: Scene) -> None:
    """t1 has landed numbers/two, then t2 numbers/three."""
    scene.install()
    scene.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1/start")
    scene.cards("- [ ] Write two ^t1", "- [ ] Write three ^t2 [depends:: t1]")
    land(scene, "t1", {"numbers/two": "2\n"})
    land(scene, "t2", {"numbers/three": "3\n"})
    assert scene.landed() == ["Land t1: Write two (agent-1)", "Land t2: Write three (agent-1)"]


def refuse(item: str, error: FatalError) -> None:
    raise AssertionError(f"{item}: {error.what}")


def land(scene: Scene, card: str, files: dict[str, str]) -> None:
    place = scene.root.parent / "agent-1"
    scene.run("task", "claim", card, cwd=place)
    scene.git("switch", "-qc", f"agent-1/{card}", "main", cwd=place)
    scene.commit(place, files)
    scene.run("done", card, cwd=place)
    scene.run("step", "--until-idle")
    assert f"^{card}" in "".join(scene.lane("DONE")), scene.log()


def test_what_stands_on_it_is_said_first_then_it_goes_and_all_else_stays(landed: Scene) -> None:
    said = landed.run("undo", "t1", "two", "is", "wrong", code=1)
    assert "t2 depends on it and has landed" in said
    assert "batty-hooks undo --yes t1" in said
    assert landed.git("ls-tree", "--name-only", "main", "numbers/two")
    assert "undo/t1 has landed" in landed.run("undo", "--yes", "t1", "two", "is", "wrong")
    assert landed.git("ls-tree", "--name-only", "main", "numbers/") == "numbers/one\nnumbers/three"
    message = landed.git("log", "-1", "--format=%B", "main^2")
    assert message.startswith('Revert "Land t1: Write two (agent-1)"\n\ntwo is wrong\n\nThis reverts commit ')
    landed.run("step")
    assert "- [ ] Write two ^t1" in landed.board()
    assert "Taken off main by" in landed.board()
    assert "two is wrong" in landed.board()
    assert "^t2" in "".join(landed.lane("DONE"))
    assert not landed.git("branch", "--list", "undo/*")
    assert not landed.git("for-each-ref", "refs/batty/undo")
    assert landed.git("for-each-ref", "refs/batty/reopened/t1")
    assert any(event["event"] == "undone" and event["card"] == "t1" for event in landed.events())


def test_it_can_be_done_again_and_undone_again(landed: Scene) -> None:
    for number in ("22", "222"):
        landed.run("undo", "--yes", "t1")
        landed.run("step")
        landed.git("branch", "-qM", "agent-1/t1", f"agent-1/before-{number}", cwd=landed.root, check=False)
        land(landed, "t1", {"numbers/two": f"{number}\n"})
        assert landed.show("numbers/two") == number


def test_a_revert_that_is_red_comes_back_and_the_card_stays_done(landed: Scene) -> None:
    (landed.root.parent / "needs-two").write_text("")
    landed.team(None, gate="test -e numbers/two")
    said = landed.run("undo", "--yes", "t1", code=1)
    assert "undo/t1" in said
    landed.run("step")
    assert "^t1" in "".join(landed.lane("DONE"))
    assert landed.git("ls-tree", "--name-only", "main", "numbers/two")
    landed.team(None)
    assert "undo/t1 has landed" in landed.run("undo", "--yes", "t1")


def test_what_was_changed_since_is_a_conflict_that_a_person_solves(landed: Scene) -> None:
    landed.cards("- [ ] Change two ^t3")
    land(landed, "t3", {"numbers/two": "20\n"})
    said = landed.run("undo", "--yes", "t1", code=1)
    assert "the same files were changed since by: Land t3" in said
    assert "t1 cannot be taken back by itself: numbers/two was changed since" in said
    assert "git switch undo/t1" in said
    landed.git("switch", "-q", "undo/t1")
    landed.git("merge", "-q", "main", check=False)
    landed.git("rm", "-q", "numbers/two")
    landed.git("commit", "-qm", "Take back")
    landed.git("switch", "-q", "main")
    landed.run("merge", "undo/t1")
    landed.run("step")
    assert "- [ ] Write two ^t1" in landed.board()


def test_several_that_landed_together_are_taken_back_one_by_one(scene: Scene) -> None:
    scene.install()
    for number in (2, 3, 4):
        scene.git("worktree", "add", "-q", f"../agent-{number}", "-b", f"agent-{number}/t{number}")
        scene.cards(f"- [ ] Write {number} ^t{number}")
        place = scene.root.parent / f"agent-{number}"
        scene.run("task", "claim", f"t{number}", cwd=place)
        scene.commit(place, {f"numbers/n{number}": f"{number}\n"})
        scene.run("done", cwd=place)
    scene.run("step", "--until-idle")
    assert scene.subjects()[-1].startswith("Land 3 together")
    scene.run("undo", "t3")
    assert scene.git("ls-tree", "--name-only", "main", "numbers/").split() == [
        "numbers/n2",
        "numbers/n4",
        "numbers/one",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["t9"], "there is no card 't9'"),
        (["t3"], "t3 is not on main: there is nothing to take back"),
        (["t1"], "t1 was taken back already, by"),
    ],
)
def test_what_cannot_be_taken_back(landed: Scene, words: list[str], said: str) -> None:
    landed.cards("- [ ] Not begun ^t3")
    landed.git("revert", "--no-edit", "-m", "1", landed.git("rev-parse", "refs/batty/landed/t1"))
    assert said in landed.run("undo", *words, code=None)


def test_killed_at_any_write_it_is_put_back_once(landed: Scene) -> None:
    landed.run("undo", "--yes", "t1", "--no-wait")
    landed.run("step", "gate", "land")
    landed.run("step", "gate", "land")
    assert "Land undo/t1" in landed.subjects()

    def make() -> None:
        Runner(find(landed.root), ["put_back"], refuse).once()

    kills = 0
    for _ in every_kill(landed.root, make, runs=True):
        kills += 1
        make()
        assert landed.board().count("Write two ^t1") == 1
        assert landed.board().count("Taken off main") == 1
        assert [event["event"] for event in landed.events()].count("undone") == 1
        assert not landed.git("for-each-ref", "refs/batty/undo", "refs/heads/undo")
    assert kills > 3
