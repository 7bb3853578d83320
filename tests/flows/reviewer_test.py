"""A reviewer looks at what has passed before anybody above is asked; for a while, and so often."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from flows.managed import MANAGER, card, reported, text_of
from scene import Again, Scene
from tui.company import Company

from batty_hooks.state import members
from batty_hooks.state import project as project_map

REVIEWER = {"BATTY_MEMBER": "reviewer"}
LANDED = "Land t1: Add two (engineer-1)"
TEAM = """\
trunk: {trunk}
gate: {gate}
merge: {{mode: {mode}}}
review: {{rounds: {rounds}, wait: {wait}}}
roles:
  - {{name: manager, role_type: manager, agent: claude, talks_to: [engineer]}}
  - {{name: engineer, role_type: engineer, agent: claude, instances: 2, talks_to: [manager]}}
  - name: reviewer
    role_type: reviewer
"""


pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def scene(again: Again, alone: None) -> Scene:
    return again(staffed)


def staffed(scene: Scene) -> None:
    """A team with a reviewer, its worktrees made."""
    scene.install()
    reviewed(scene)


def reviewed(scene: Scene, mode: str = "auto", rounds: int = 3, wait: str = "10m", command: str = "",
             **gate: object) -> None:  # fmt: skip
    """The same, with these settings."""
    settings = json.dumps({"command": "sh check.sh", "on": "done", **gate})
    text = TEAM.format(trunk=scene.trunk, gate=settings, mode=mode, rounds=rounds, wait=wait)
    text += f"    agent: command\n    command: {json.dumps(command)}\n" if command else "    agent: claude\n"
    (scene.root / ".batty/team_config/team.yaml").write_text(text)
    scene.step()


def again(scene: Scene, place: Path, number: str) -> None:
    """The engineer mends it and reports it again."""
    scene.commit(place, {"numbers/two": f"{number}\n"})
    scene.run("done", cwd=place)
    scene.step()


def reviews(scene: Scene, member: str) -> list[str]:
    return [name for name in scene.messages(member) if ".review" in name]


def test_a_reviewer_gets_what_it_needs_and_its_merge_lands_it(scene: Scene) -> None:
    reviewed(scene)
    place = card(scene, {"numbers/two": "2\n"})
    said = scene.run("done", cwd=place)
    assert "then reviewer or manager or human looks at it before it lands" in said
    scene.step()
    assert scene.json("status")["queue"][0]["stage"] == "passed, its reviewer looks at it"
    assert scene.json("status")["needs_you"] == [], "nobody else is asked"
    assert reviews(scene, "manager") == [] and len(reviews(scene, "reviewer")) == 1
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    text = text_of(scene, "reviewer", "t1.reviewer.")
    for line in ("X-Batty-Kind: review", "Review t1 (Add two) of engineer-1, attempt 1.", "+2", "+++ b/numbers/two",
                 f"batty-hooks merge --commit {commit[:10]} t1", "3 more times, then manager decides"):  # fmt: skip
        assert line in text, line
    assert "reviewer or manager or human may type: batty-hooks merge" in scene.run("show", "t1")
    assert "t1 has landed" in scene.run("merge", "--commit", commit[:10], "t1", env=REVIEWER)
    assert scene.subjects() == ["A project", LANDED]
    [event] = [event for event in scene.events() if event["event"] == "approved"]
    assert (event["by"], event["commit"]) == ("reviewer", commit)


def test_a_reviewer_sends_back_for_so_many_rounds_then_its_boss_is_asked(scene: Scene) -> None:
    reviewed(scene, rounds=2)
    place = reported(scene)
    scene.run("reject", "t1", "numbers/two:1: use 22", env=REVIEWER)
    back = text_of(scene, "engineer-1", "t1.rejected.1")
    assert "From: reviewer <" in back and "batty-hooks send reviewer --re t1.rejected.1" in back
    scene.run("send", "reviewer", "--re", "t1.rejected.1", "why?", cwd=place)  # (no role says that he may)
    again(scene, place, "21")
    second = sorted(reviews(scene, "reviewer"))
    assert len(second) == 2
    [now] = [text for name in second if "attempt 2" in (text := text_of(scene, "reviewer", name))]
    assert "reviewer sent it back last with these words:\n\n> numbers/two:1: use 22" in now and "1 more time," in now
    scene.run("reject", "t1", "still not 22", env=REVIEWER)
    again(scene, place, "23")
    assert len(reviews(scene, "reviewer")) == 2
    asked = text_of(scene, "manager", "t1.review.")
    assert "It was sent back 2 times, so it is for you to decide." in asked and "> still not 22" in asked
    assert "t1 passed and waits for review" in scene.json("status")["needs_you"][0]["what"]
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER)


def test_in_review_mode_its_word_goes_before_its_managers(scene: Scene) -> None:
    reviewed(scene, mode="review")
    reported(scene)
    assert reviews(scene, "manager") == []
    said = scene.run("merge", "t1", env=REVIEWER)
    assert "t1 is handed on at" in said and "manager has the last word" in said
    scene.step()
    assert scene.subjects() == ["A project"]
    assert "reviewer has reviewed it and would let it land." in text_of(scene, "manager", "t1.review.")
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER)


def test_what_is_protected_is_not_its_to_allow(scene: Scene) -> None:
    reviewed(scene, protect=["check.sh"])
    reported(scene, {"numbers/two": "2\n", "check.sh": "true\n"})
    said = scene.run("merge", "--approve", "t1", env=REVIEWER, code=1)
    assert "reviewer may not approve t1" in said
    said = scene.run("merge", "t1", env=REVIEWER)
    assert "t1 is handed on" in said and "manager may allow what it changes of protected paths" in said
    scene.step()
    assert scene.subjects() == ["A project"]
    assert "  check.sh\n" in text_of(scene, "manager", "t1.protected.")
    assert "t1 has landed" in scene.run("merge", "--approve", "t1", env=MANAGER)


def test_those_above_need_not_wait_for_it_and_cost_it_no_turn_then(scene: Scene) -> None:
    reviewed(scene)
    reported(scene)
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER)
    scene.step()
    assert scene.json("inbox", "reviewer") == [], "its review is withdrawn"


def test_a_mute_reviewer_is_passed_by(scene: Scene) -> None:
    reviewed(scene, wait="1h")
    reported(scene)
    assert reviews(scene, "manager") == []
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text().replace("wait: 1h", "wait: 1s"))
    time.sleep(1.1)
    scene.step()
    assert "Reviewer, who reviews it, has not said a word." in text_of(scene, "manager", "t1.review.")
    assert scene.json("status")["queue"][0]["stage"] == "passed, to be reviewed"
    path.write_text(path.read_text().replace("wait: 1s", "wait: 1h"))
    assert scene.json("status")["queue"][0]["stage"] == "passed, to be reviewed", "who was asked stays asked"
    assert "t1 has landed" in scene.run("merge", "t1", env=REVIEWER), "late is not too late"


def test_another_reviewer_is_asked_in_the_place_of_a_mute_one_then_the_manager(scene: Scene) -> None:
    reviewed(scene, wait="1h")
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text().replace("  - name: reviewer\n", "  - name: reviewer\n    instances: 2\n"))
    reported(scene)
    assert (len(reviews(scene, "reviewer-1")), len(reviews(scene, "reviewer-2"))) == (1, 0)
    project = project_map.find(scene.root)
    members.set_state(project, "reviewer-2", members.WORKING, "at something else", at=time.time() + 3600)
    path.write_text(path.read_text().replace("wait: 1h", "wait: 1s"))
    time.sleep(1.1)
    scene.step()
    assert scene.json("inbox", "reviewer-1") == [], "it is withdrawn unread"
    assert (len(reviews(scene, "reviewer-2")), reviews(scene, "manager")) == (1, [])
    assert scene.json("status")["queue"][0]["stage"] == "passed, its reviewer looks at it"
    asked = [event["to"] for event in scene.events() if event["event"] == "approval asked"]
    assert asked == ["reviewer-1", "reviewer-2"]
    members.set_state(project, "reviewer-2", members.READY, "done with that")
    time.sleep(1.1)
    scene.step()
    text = text_of(scene, "manager", "t1.review.")
    assert "Reviewer-1 and reviewer-2, who were asked to review it one after the other, have not said a word." in text
    assert "t1 has landed" in scene.run("merge", "t1", env={"BATTY_MEMBER": "reviewer-1"}), "late is not too late"


def test_a_review_that_was_withdrawn_while_its_card_was_blocked_is_put_again(scene: Scene) -> None:
    reviewed(scene)
    reported(scene)
    [id] = reviews(scene, "reviewer")
    scene.run("task", "block", "t1", "wait")
    scene.step()
    assert scene.json("inbox", "reviewer") == []
    scene.run("task", "unblock", "t1")
    scene.step()
    assert [one["id"] for one in scene.json("inbox", "reviewer")] == [id.partition(":")[0]]
    scene.step()
    assert "t1 has landed" in scene.run("merge", "t1", env=REVIEWER)


def test_a_command_reviews_by_what_it_types(scene: Scene) -> None:
    script = 'grep -q "^+22" "$1" && exec batty-hooks merge "$BATTY_CARD"\nbatty-hooks reject "$BATTY_CARD" "use 22"\n'
    reviewed(scene, command=scene.agent("reviews", script))
    place = reported(scene)
    scene.rest()
    assert "use 22" in text_of(scene, "engineer-1", "t1.rejected.1")
    assert "nobody reads that: reviewer is run for reviews alone" in scene.run("send", "reviewer", "hello", code=1)
    again(scene, place, "22")
    scene.rest()
    scene.step()
    assert scene.subjects() == ["A project", LANDED]
    assert [event["member"] for event in scene.events() if event["event"] == "ended"] == ["reviewer", "reviewer"]


def test_a_command_that_ends_without_a_word_leaves_it_to_its_boss(scene: Scene) -> None:
    reviewed(scene, command="sh -c 'echo no model; exit 3'")
    reported(scene)
    scene.rest()
    scene.step()
    asked = text_of(scene, "manager", "t1.review.")
    assert "Reviewer, who reviews it, has not said a word. Its command ended with exit 3; log: " in asked
    assert len([event for event in scene.events() if event["event"] == "started"]) == 1, "it is run once"


def test_it_is_no_engineer_and_no_engineer_lands_past_it(scene: Scene) -> None:
    reviewed(scene)
    scene.cards("- [ ] Add three (reviewer)")
    place = reported(scene)
    assert not scene.worktree("reviewer").exists() and reviews(scene, "reviewer") == scene.messages("reviewer")
    said = scene.run("merge", "t1", cwd=place, code=1)
    assert "t1 waits at" in said and "passed, its reviewer looks at it" in said
    assert "reviewer may not change the plan" in scene.run("task", "add", "More", env=REVIEWER, code=1)
    assert scene.subjects() == ["A project"]


MINDS = {
    "engineer": """\
n=2; grep -q "does not land as it is" && n=22
echo "RUN: echo $n > numbers/two && git add numbers && git commit -qm 'Add two' && batty-hooks done"
""",
    "reviewer": """\
said=$(cat); id=$(echo "$said" | sed -n 's/^Review \\(t[0-9]*\\) .*/\\1/p')
case $said in *+22*) echo "RUN: batty-hooks merge $id" ;; *) echo "RUN: batty-hooks reject $id use 22" ;; esac
""",
}


def test_in_panes_they_settle_it_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATTY_NO_WAKE")
    scene = Scene(tmp_path / "project").create()
    company = Company(scene).hire(("manager", "manager", 1), ("engineer", "engineer", 1), ("reviewer", "reviewer", 1))
    team = company.project.team_file.read_text()
    for name, script in MINDS.items():
        mind = scene.root.parent / f"{name}.sh"
        mind.write_text(script)
        team = team.replace(f"{{name: {name},", f"{{env: {{TUI_MIND: sh {mind}}}, name: {name},")
    company.project.team_file.write_text(team)
    try:
        company.start()
        scene.cards("- [ ] Add two")
        company.wait(lambda: scene.lane("DONE") == ["- [x] Add two (engineer-1) ^t1"])
    finally:
        company.close()
    assert scene.show("numbers/two") == "22"
    first, second = company.taken("reviewer")
    assert "Review t1 (Add two) of engineer-1, attempt 1." in first and "\n+2\n" in first
    assert "reviewer sent it back last with these words:\n\n> use 22" in second
    assert company.taken("manager") == [] or "review" not in company.taken("manager")[0]
