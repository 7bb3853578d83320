"""A plan arrives whole: `plan FILE`, `task add` with an owner, cards under a hold, one save of the board."""

from __future__ import annotations

import pytest
from scene import Scene

TEAM = """\
trunk: main
history: off
gate: {command: sh check.sh}
roles:
  - {name: architect, role_type: architect, agent: claude}
  - {name: manager, role_type: manager, agent: claude, instances: 2, talks_to: [architect, engineer]}
  - {name: engineer, role_type: engineer, agent: claude, instances: 2, talks_to: [manager]}
"""
PLAN = """\
# Users
- [ ] Create POST /api/users ^api
  Returns 201 with the user's id.
- [ ] Sign-up form [depends:: api]
- [ ] Describe both (engineer-2-1) [depends:: t1]
"""


@pytest.fixture
def crew(scene: Scene, alone: None) -> Scene:
    """Two managers with two engineers each, of whom nobody is started; t1 is on the board."""
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
    scene.cards("- [ ] Before ^t1")
    return scene


def say(crew: Scene, who: str, *words: str, code: int = 0) -> str:
    return crew.run(*words, env={"BATTY_MEMBER": who}, code=code)


def write(crew: Scene, text: str) -> str:
    path = crew.root.parent / "users.md"
    path.write_text(text)
    return str(path)


def test_a_plan_is_one_change_of_the_board(crew: Scene) -> None:
    before = len(list((crew.root / ".batty/board").glob("*.md")))
    said = say(crew, "architect", "plan", write(crew, PLAN), "--hold", "until it is agreed")
    assert said.splitlines() == ["t2: Create POST /api/users", "t3: Sign-up form", "t4: Describe both"]
    assert crew.lane("TODO")[1:] == [
        "- [ ] Create POST /api/users [plan:: Users] [hold:: until it is agreed] ^t2",
        "- [ ] Sign-up form [depends:: t2] [plan:: Users] [hold:: until it is agreed] ^t3",
        "- [ ] Describe both [depends:: t1] [plan:: Users] [hold:: until it is agreed] (engineer-2-1) ^t4",
    ]
    assert len(list((crew.root / ".batty/board").glob("*.md"))) <= before + 2  # as it was, and as it is
    assert "already: t2, t3, t4" in say(crew, "architect", "plan", write(crew, PLAN), code=1)
    say(crew, "architect", "task", "unhold", "--plan", "users")
    assert "hold::" not in crew.board()


def test_a_mistake_is_named_and_changes_nothing(crew: Scene) -> None:
    board = crew.board()
    wrong = PLAN + "- [ ] X [role:: front]\n- [ ] Y (manager-1)\n\nA word.\n"
    said = say(crew, "architect", "plan", write(crew, wrong), code=1)
    for line, what in ((6, "there is no role “front”"), (7, "manager-1 takes no cards"), (9, "belongs to no card")):
        assert any(one.partition("users.md:")[2].startswith(f"{line}: ") and what in one for one in said.splitlines())
    assert "nothing was written" in said and crew.board() == board
    assert "users.md.gone" in say(crew, "architect", "plan", f"{write(crew, PLAN)}.gone", code=2)
    assert "may not change the plan" in say(crew, "engineer-1-1", "plan", write(crew, PLAN), code=1)


def test_a_managers_plan_is_for_its_own_engineers(crew: Scene) -> None:
    path = write(crew, PLAN.replace(" (engineer-2-1)", ""))
    say(crew, "manager-2", "plan", path, "--name", "second half")
    assert [line.count("[for:: manager-2]") for line in crew.lane("TODO")[1:]] == [1, 1, 1]
    assert crew.board().count("[plan:: second half]") == 3
    said = say(crew, "manager-1", "plan", write(crew, PLAN), code=1)
    assert "users.md:5: manager-1 gives no cards to engineer-2-1: manager-2 or architect or human may" in said


def test_a_card_is_added_with_all_that_it_needs(crew: Scene) -> None:
    text = write(crew, "What is to be done.\n\nAnd when it is done.\n")
    say(crew, "architect", "task", "add", "One", "--owner", "engineer-1-2", "--depends", "t1", "--body-file", text,
        "--plan", "users", "--hold", "not yet")  # fmt: skip
    say(crew, "architect", "task", "add", "Two", "--owner", "engineer", "--after", "t2")
    say(crew, "architect", "task", "add", "Three", "--owner", "manager-2")
    say(crew, "manager-1", "task", "add", "Four")
    assert crew.lane("TODO")[1:] == [
        "- [ ] One [depends:: t1] [plan:: users] [hold:: not yet] (engineer-1-2) ^t2",
        "- [ ] Two [depends:: t2] [role:: engineer] ^t3", "- [ ] Three [for:: manager-2] ^t4",
        "- [ ] Four [for:: manager-1] ^t5",
    ]  # fmt: skip
    assert "  What is to be done.\n\n  And when it is done.\n" in crew.board()
    for words, what in (
        (("--owner", "engineer-9"), "there is no member or role 'engineer-9'"),
        (("--owner", "human"), "human takes no cards"),
    ):
        assert what in say(crew, "architect", "task", "add", "X", *words, code=2)
    assert "may not give" in say(crew, "manager-1", "task", "add", "X", "--owner", "engineer-2-1", code=1)


def test_cards_are_held_back_and_let_go(crew: Scene) -> None:
    crew.cards("- [ ] A ^t2", "- [ ] B ^t3", "- [ ] C [plan:: p]")
    said = say(crew, "manager-1", "task", "hold", "t2", "t3", "until", "t1", "is", "agreed")
    assert said.splitlines() == ["t2 is held back: until t1 is agreed", "t3 is held back: until t1 is agreed"]
    assert "held back: until t1 is agreed" in crew.run("board")
    assert "t2 is held back" in say(crew, "engineer-1-1", "task", "claim", "t2", code=1)
    assert say(crew, "manager-1", "task", "unhold", "t2") == "t2 is held back no more\n"
    say(crew, "manager-1", "task", "hold", "--plan", "p")
    assert "- [ ] C [plan:: p] [hold:: until it is let go]\n" in crew.board()
    assert "the plans on the board: p" in say(crew, "manager-1", "task", "hold", "--plan", "q", code=2)
    assert "no card" in say(crew, "manager-1", "task", "unhold", "t3", "t99", code=2)
    assert "may not change the plan" in say(crew, "engineer-1-1", "task", "hold", "t1", code=1)
