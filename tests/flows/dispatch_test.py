"""Who gets which card, in a team whose roles differ."""

from __future__ import annotations

import re

import pytest
from flows.managed import MANAGER, managed
from scene import Scene

pytestmark = pytest.mark.usefixtures("alone")

TEAM = """
trunk: main
history: off
gate: {{command: sh check.sh}}
{more}
roles:
  - {{name: lead, role_type: architect, agent: claude}}
  - {{name: backend, role_type: engineer, agent: command, instances: 2, command: "{work}"}}
  - {{name: frontend, role_type: engineer, agent: command, instances: 2, command: "{work}"}}
"""
WORK = """
echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def staffed(scene: Scene, more: str = "") -> Scene:
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM.format(work=scene.agent("works", WORK), more=more))
    return scene


def owners(scene: Scene, lane: str = "DONE") -> dict[str, str]:
    """Whose each card of a lane is, by the first word of its title."""
    return {line.split()[2]: line.rpartition("(")[2].partition(")")[0] for line in scene.lane(lane) if "(" in line}


def test_each_card_goes_to_who_may_take_it_and_mistakes_to_the_architect(scene: Scene) -> None:
    staffed(scene).cards(
        "- [ ] A #frontend", "- [ ] B [role:: frontend]", "- [ ] Frontend: C", "- [ ] D [role:: backend]", "- [ ] E",
        "- [ ] F (lead)", "- [ ] G #frontend [role:: backend]", "- [ ] H [hold:: until G is decided]",
    )  # fmt: skip
    scene.step()
    done = owners(scene)
    assert {done[card][:-2] for card in ("A", "B", "Frontend:")} == {"frontend"} and done["D"].startswith("backend")
    assert sorted(done) == ["A", "B", "D", "E", "Frontend:"]
    told = "\n".join(path.read_text() for path in (scene.root / ".batty/inboxes/lead/new").iterdir())
    assert "lead takes no cards" in told and "leave nobody who may take it" in told
    assert len(scene.messages("lead")) == 1 and "cannot be begun" not in scene.run("status")
    shown = scene.run("board")
    assert "held back: until G is decided" in shown and "nobody can take it: lead takes no cards" in shown


def unstarted(scene: Scene, more: str = "") -> Scene:
    """A manager and three engineers whose agents nobody has started: they get their briefs and do not read them."""
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(
        f"trunk: main\nhistory: off\ngate: {{command: sh check.sh}}\n{more}\nroles:\n"
        "  - {name: manager, role_type: manager, agent: claude, talks_to: [coder]}\n"
        "  - {name: coder, role_type: engineer, agent: claude, instances: 2, talks_to: [manager]}\n"
        "  - {name: other, role_type: engineer, agent: claude, talks_to: [human]}\n"
    )
    return scene


def test_a_manager_says_who_gets_a_card_though_it_was_dispatched_already(scene: Scene) -> None:
    unstarted(scene).cards("- [ ] A", "- [ ] B", "- [ ] C [depends:: t9]")
    scene.step()
    assert owners(scene, "IN PROGRESS") == {"A": "coder-1", "B": "coder-2"}
    manager = {"BATTY_MEMBER": "manager"}
    assert "t1 (A) is for coder-2; coder-1, who had not begun it, is told" in scene.run(
        "assign", "t1", "coder-2", env=manager
    )
    scene.step()
    assert all("T" in name for name in scene.messages("coder-1") if name.startswith("t1.brief."))
    assert scene.lane("TODO") == ["- [ ] A (coder-2) ^t1", "- [ ] C [depends:: t9]"], "it waits for who is at B"
    scene.run("assign", "coder-1", "C", env=manager)
    assert scene.lane("TODO")[1].startswith("- [ ] C [depends:: t9] (coder-1) ^t")
    scene.run("assign", "coder-1", "t2", env=manager)
    scene.step()
    assert owners(scene, "IN PROGRESS") == {"A": "coder-2", "B": "coder-1"}, "each has the other's"


def test_what_is_begun_is_not_taken_back_by_assigning_it(scene: Scene) -> None:
    unstarted(scene).cards("- [ ] A", "- [ ] B")
    scene.step()
    manager = {"BATTY_MEMBER": "manager"}
    (scene.worktree("coder-1") / "numbers/one").write_text("2\n")
    said = scene.run("assign", "coder-2", "t1", env=manager, code=1)
    assert "coder-1 has begun t1: there is work of it that is not committed" in said
    scene.commit(scene.worktree("coder-2"), {"numbers/two": "2\n"})
    said = scene.run("assign", "coder-1", "t2", env=manager, code=1)
    assert "coder-2 has begun t2: there are commits on coder-2/t2-b" in said and "task release t2" in said
    assert owners(scene, "IN PROGRESS") == {"A": "coder-1", "B": "coder-2"}
    said = scene.run("assign", "other-1", "t1", env=manager, code=1)
    assert "manager may not give t1 to somebody: human may" in said
    assert "manager takes no cards" in scene.run("assign", "manager", "t1", code=1)


def test_dispatched_by_hand_only_what_has_an_owner_is_begun(scene: Scene) -> None:
    unstarted(scene, "dispatch: manual").cards("- [ ] A", "- [ ] B (coder-2)", "- [ ] C")
    scene.step()
    assert owners(scene, "IN PROGRESS") == {"B": "coder-2"}
    assert scene.run("board").count("waits to be assigned") == 2
    scene.run("assign", "C", "other-1")
    scene.step()
    assert owners(scene, "IN PROGRESS") == {"B": "coder-2", "C": "other-1"}


@pytest.mark.parametrize("engineers", [1, 2])
def test_a_card_that_its_engineer_gives_back_does_not_come_to_it_again_and_again(scene: Scene, engineers: int) -> None:
    scene.install()
    scene.team("true", engineers=engineers)
    scene.save("## TODO\n\n## IN PROGRESS\n- [x] A card (engineer-1) ^t1\n\n## DONE\n")
    said = scene.run("task", "release", "t1", env={"BATTY_MEMBER": "engineer-1", "BATTY_NO_WAKE": "1"})
    blocked = " [blocked:: engineer-1 gave it back]" if engineers == 1 else ""
    assert scene.lane("TODO") == [f"- [ ] A card{blocked} ^t1"]
    assert ("nobody else may take it" in said) == (engineers == 1)
    assert ("t1 is blocked: engineer-1 gave it back" in scene.run("status", code=None)) == (engineers == 1)


def test_a_card_that_everybody_lost_is_blocked_and_goes_to_and_fro_no_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager takes it back from engineers that say nothing; nobody else is left."""
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    managed(scene, mode="auto")
    scene.cards("- [ ] Add two")
    owners = []
    for _ in range(4):
        scene.step()
        owners += re.findall(r"\((engineer-\d)\)", scene.board())
        said = scene.run("task", "release", "t1", env=MANAGER)
    assert sorted(owners) == ["engineer-1", "engineer-1", "engineer-2", "engineer-2"]
    assert "blocked: it was taken back from all who may take it, last from engineer-" in said
    scene.step()
    assert "[blocked:: " in scene.board() and "(engineer-" not in scene.board()
    assert "t1 is blocked: it was taken back" in scene.run("status", code=None)
    scene.run("task", "unblock", "t1")
    scene.step()
    assert "(engineer-" in scene.board(), "the human lets it go on"
