"""merge.mode: review. A green card waits for whoever is above its engineer, or the human; a rejected one goes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flows.managed import MANAGER, card, managed, reported, team, text_of, waiting
from scene import Again, Scene

from batty_hooks.commands import merge
from batty_hooks.state.project import find
from batty_hooks.state.queue import branch_key
from batty_hooks.state.team import load, prompts

LANDED = "Land t1: Add two (engineer-1)"
MENDS = """
case "$1" in
*rejected*) echo 22 > numbers/two ;;
*) echo 2 > numbers/two ;;
esac
git add numbers
git commit -qm "Attempt"
"""


pytestmark = pytest.mark.usefixtures("alone")


def attempts(scene: Scene, key: str = "t1") -> list[str]:
    names = scene.git("for-each-ref", "--format=%(refname)", f"refs/batty/attempts/{key}").splitlines()
    return [name.rpartition("/")[2] for name in names]


# --- it waits ----------------------------------------------------------------------------------------------


def test_a_green_card_waits_and_its_manager_lands_it(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    assert scene.subjects() == ["A project"]
    [row] = scene.json("status")["queue"]
    assert row["stage"] == "passed, to be reviewed"
    [need] = scene.json("status")["needs_you"]
    assert need["command"] == "batty-hooks merge t1" and "t1 passed and waits for review" in need["what"]
    assert "→ batty-hooks merge t1" in scene.run("status", code=1)
    said = scene.run("merge", "t1", env=MANAGER)
    assert "t1 has landed on main" in said and scene.subjects() == ["A project", LANDED]
    [event] = [event for event in scene.events() if event["event"] == "approved"]
    assert (event["card"], event["by"], event["commit"]) == ("t1", "manager", commit)
    assert scene.lane("DONE") == ["- [x] Add two (engineer-1) ^t1"]
    assert f"t1 has landed already, as {scene.tip()[:10]}" in scene.run("merge", "t1", env=MANAGER, code=1)
    assert "approved               (engineer-1) [by manager]" in scene.run("log", "--card", "t1")


@pytest.mark.parametrize("other", ["landed", "rejected"])
def test_what_somebody_else_has_decided_between_the_look_and_the_word(
    again: Again, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """Manager and human both type `merge`: it is landed, for either. What was sent back meanwhile is not."""
    scene = again(waiting)
    record, both = merge._record, scene.root.parent / "both"

    def recorded(*arguments: Any) -> None:
        record(*arguments)
        if not both.exists():
            both.touch()
            scene.run(*(["merge", "t1"] if other == "landed" else ["reject", "t1", "why"]))

    monkeypatch.setattr(merge, "_record", recorded)
    said = scene.run("merge", "t1", env=MANAGER, code=0 if other == "landed" else 75)
    assert both.exists()
    if other == "landed":
        assert f"t1 has landed on main as {scene.tip()[:10]}" in said
        assert scene.subjects() == ["A project", LANDED]
        assert [event["event"] for event in scene.events()].count("landed") == 1
    else:
        assert "t1 does not wait with" in said and "batty-hooks show t1" in said
        assert scene.subjects() == ["A project"]


def test_the_manager_is_told_once_with_the_commands(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    commit = scene.git("rev-parse", "HEAD", cwd=place)[:10]
    for _ in range(3):
        scene.step()
    told = [name for name in scene.messages("manager") if name.startswith("t1.review.")]
    assert len(told) == 1
    text = text_of(scene, "manager", "t1.review.")
    assert "X-Batty-Kind: review" in text and "X-Batty-Card: t1" in text
    for line in ("batty-hooks show t1\n", f"batty-hooks merge --commit {commit} t1\n", "batty-hooks reject t1 'why'"):
        assert line in text
    (scene.root / ".batty/inboxes/manager/new" / told[0]).unlink()
    scene.step()
    assert not any(name.startswith("t1.review.") for name in scene.messages("manager")), "who deletes it has read it"
    assert not any(name.startswith("t1.") for name in scene.messages("human")), "the human has it under needs you"


def test_approved_before_its_test_it_lands_when_it_has_passed(again: Again) -> None:
    scene = again(managed)
    place = card(scene, {"numbers/two": "2\n"})
    scene.run("done", cwd=place)
    scene.run("merge", "--no-wait", "t1", env=MANAGER)
    scene.step()
    assert scene.subjects() == ["A project", LANDED]
    assert not any(name.startswith("t1.review.") for name in scene.messages("manager"))


def test_whoever_may_not_is_told_who_may(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    scene.git("worktree", "add", "-q", "--detach", str(scene.worktree("gate-7")))
    tries: list[tuple[Path, str | None, str]] = [
        (place, None, "engineer-1"),
        (place, "engineer-1", "engineer-1"),
        (scene.root, "engineer-1", "engineer-1"),
        (scene.root, "engineer-2", "engineer-2"),
        (scene.worktree("engineer-2"), None, "engineer-2"),
        (place, "human", "engineer-1"),  # no engineer becomes the human by saying so
        (place / "numbers", "manager", "engineer-1"),
        (scene.worktree("gate-7"), None, "gate-7"),  # nor does the code under test
    ]
    for cwd, member, who in tries:
        said = scene.run("merge", "t1", cwd=cwd, env={"BATTY_MEMBER": member} if member else None, code=1)
        what, mend = said.splitlines()
        assert what.endswith(f"{who} may not approve t1: manager or human may")
        assert mend.startswith("  → ") and mend.endswith(f", typed in {scene.root}")
    for words in (["merge", "--approve", "t1"], ["merge", "--no-wait", "t1"], ["reject", "t1", "no"]):
        assert "engineer-1 may not " in scene.run(*words, cwd=place, code=1)
    assert "there is no member 'stranger'" in scene.run("merge", "t1", env={"BATTY_MEMBER": "stranger"}, code=2)
    scene.step()
    assert scene.subjects() == ["A project"] and attempts(scene) == []
    assert not [event for event in scene.events() if event["event"] in ("approved", "handed back: rejected")]


def test_another_manager_is_not_his_manager(again: Again) -> None:
    scene = again(managed)
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text().replace("role_type: manager,", "role_type: manager, instances: 2,")
                    .replace("instances: 2, talks_to: [manager]", "instances: 1, talks_to: [manager]"))  # fmt: skip
    scene.step()
    scene.cards("- [ ] Add two (engineer-1-1)")
    scene.step()
    scene.commit(scene.worktree("engineer-1-1"), {"numbers/two": "2\n"})
    scene.run("done", cwd=scene.worktree("engineer-1-1"))
    scene.step()
    said = scene.run("merge", "t1", env={"BATTY_MEMBER": "manager-2"}, code=1)
    assert "manager-2 may not approve t1: manager-1 or human may" in said
    assert "t1 has landed" in scene.run("merge", "t1", env={"BATTY_MEMBER": "manager-1"})


# --- an approval is of a commit ----------------------------------------------------------------------------


def test_a_newer_commit_needs_a_new_approval(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    old = scene.git("rev-parse", "HEAD", cwd=place)
    scene.run("merge", "--no-wait", "t1", env=MANAGER)
    new = scene.commit(place, {"numbers/three": "3\n"})
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project"]
    assert len([name for name in scene.messages("manager") if name.startswith("t1.review.")]) == 2
    said = scene.run("merge", "--commit", old[:10], "t1", env=MANAGER, code=1)
    assert f"t1 stands at {new[:10]}, not at {old[:10]}" in said and "→ batty-hooks show t1  (look at it again)" in said
    scene.run("merge", "--commit", new[:10], "t1", env=MANAGER)
    assert scene.subjects() == ["A project", LANDED] and scene.show("numbers/three") == "3"


def test_a_commit_that_is_not_reported_is_not_approved_with_the_one_that_is(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    newer = scene.commit(place, {"numbers/three": "3\n"})
    said = scene.run("show", "t1")
    assert f"the newer commit {newer[:10]}, which is not reported" in said and "numbers/three" not in said
    scene.run("merge", "t1")
    assert scene.git("ls-tree", "--name-only", "main", "numbers/") == "numbers/one\nnumbers/two"


def test_an_approval_outlives_the_same_report_made_again_and_a_dirty_worktree(again: Again) -> None:
    scene = again(managed)
    place = card(scene, {"numbers/two": "2\n"})
    scene.run("done", cwd=place)
    (place / "scratch").write_text("he is at something else already\n")
    scene.run("merge", "--no-wait", "t1", env=MANAGER)
    (place / "scratch").unlink()
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project", LANDED]


def test_a_conflict_takes_the_approval_with_it(again: Again) -> None:
    scene = again(managed)
    place = reported(scene, {"numbers/one": "11\n"})
    scene.run("merge", "--no-wait", "t1", env=MANAGER)
    scene.commit(scene.root, {"numbers/one": "12\n"}, "A person commits")
    scene.step()
    assert attempts(scene) == ["1-conflict"]
    scene.git("merge", "-q", "-X", "ours", "main", cwd=place)
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project", "A person commits"]
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER)


# --- rejected ----------------------------------------------------------------------------------------------


def test_rejected_work_goes_back_with_the_reason(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    said = scene.run("reject", "t1", "Two", "is", "taken: use 22", env=MANAGER)
    assert said == "t1 is sent back as attempt 1; it is engineer-1's again\n"
    text = text_of(scene, "engineer-1", "t1.rejected.1")
    assert "From: manager <manager@team.local>" in text and "X-Batty-Kind: rejected" in text
    assert "Subject: t1 was rejected: Two is taken: use 22" in text and "batty-hooks done" in text
    assert attempts(scene) == ["1-rejected"] and list((scene.root / ".batty/queue").glob("*.json")) == []
    assert scene.git("rev-parse", "refs/batty/attempts/t1/1-rejected") == commit
    assert scene.lane("IN PROGRESS") == ["- [x] Add two (engineer-1) ^t1"]
    [event] = [event for event in scene.events() if event["event"] == "handed back: rejected"]
    assert (event["by"], event["text"], event["attempt"]) == ("manager", "Two is taken: use 22", 1)
    said = scene.run("done", cwd=place, code=1)
    assert f"{commit[:10]} was rejected as attempt 1: commit a change first" in said
    scene.commit(place, {"numbers/two": "22\n"})
    assert "(attempt 2)" in scene.run("done", cwd=place)
    scene.step()
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER)
    assert "Attempt: 2" in scene.git("log", "-1", "--format=%B", "main")


def test_a_command_goes_on_with_what_was_rejected(scene: Scene) -> None:
    managed(scene, command=scene.agent("mends", MENDS))
    scene.cards("- [ ] Add two (engineer-1)")
    scene.step()
    scene.run("reject", "t1", "use 22", env=MANAGER)
    scene.step()
    [row] = scene.json("status")["queue"]
    assert row["stage"] == "passed, to be reviewed" and attempts(scene) == ["1-rejected"]
    scene.run("merge", "t1", env=MANAGER)
    assert scene.show("numbers/two") == "22"


def test_rejections_consume_no_retries_and_have_no_limit(again: Again) -> None:
    scene = again(managed)
    team(scene, retries=0)
    place = reported(scene)
    for number in range(2):
        scene.run("reject", "t1", "again")
        scene.commit(place, {"numbers/two": f"2{number}\n"})
        scene.run("done", cwd=place)
        scene.step()
    assert attempts(scene) == [f"{number}-rejected" for number in (1, 2)]
    assert scene.lane("IN PROGRESS") == ["- [x] Add two (engineer-1) ^t1"], "nobody blocked it"
    scene.run("reject", "t1", "and again")
    scene.commit(place, {"numbers/two": "two\n"})
    scene.run("done", cwd=place)
    scene.step()
    assert "[blocked:: its test failed 1 times" in scene.lane("IN PROGRESS")[0], "a failure counts as the first"


def test_what_waits_in_auto_mode_can_be_rejected_and_not_slipped_in(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="auto")
    place = card(scene, {"numbers/two": "2\n"})
    branch = scene.git("branch", "--show-current", cwd=place)
    scene.run("done", cwd=place)
    assert "engineer-1 may not send t1 back" in scene.run("reject", "t1", "no", cwd=place, code=1)
    scene.run("reject", "t1", "-", env=MANAGER, code=2)
    assert "t1 is sent back as attempt 1" in scene.run("reject", branch, "not now", env=MANAGER)
    for word in ("t1", branch):
        assert "was rejected as attempt 1" in scene.run("merge", word, cwd=place, code=1)
    scene.step()
    assert scene.subjects() == ["A project"]
    assert "t1 has landed" in scene.run("merge", "t1", env=MANAGER), "whoever rejects may think better of it"


def test_rejecting_what_does_not_wait(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    assert "t1 stands at" in scene.run("reject", "--commit", "0123456789", "t1", "no", code=1)
    scene.run("reject", "--commit", commit, "t1", "no")
    assert scene.run("reject", "t1", "no") == "t1 was sent back already, as attempt 1\n"
    assert len([name for name in scene.messages("engineer-1") if name.startswith("t1.rejected.")]) == 1
    scene.commit(place, {"numbers/two": "22\n"})
    scene.run("done", cwd=place)
    scene.step()
    scene.run("merge", "t1")
    landed = scene.tip()[:10]
    said = scene.run("reject", "t1", "too late", code=1)
    assert "t1 has landed already" in said and f"git revert -m 1 {landed}" in said
    scene.git("branch", "idle", "main~1")
    assert "idle does not wait for anything" in scene.run("reject", "idle", "no", code=1)
    assert "there is no branch or card 'nothing'" in scene.run("reject", "nothing", "no", code=2)


# --- without a team ----------------------------------------------------------------------------------------


def test_without_a_team_the_human_reviews(scene: Scene, tmp_path: Path) -> None:
    scene.install(on="done")
    path = scene.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "merge: {mode: review}\n")
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": "2\n"})
    assert "then human looks at it before it lands" in scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project"]
    said = scene.run("merge", "agent-1/two", cwd=place, code=1)
    assert "agent-1 may not approve agent-1/two: human may" in said
    scene.run("reject", "agent-1/two", "use 22")
    assert "use 22" in text_of(scene, "agent-1", f"{branch_key('agent-1/two')}.rejected.1")
    scene.commit(place, {"numbers/two": "22\n"})
    scene.run("done", cwd=place)
    scene.step()
    assert "agent-1/two has landed" in scene.run("merge", "agent-1/two")
    assert "agent-1/two has landed" in text_of(scene, "agent-1", f"{branch_key('agent-1/two')}.landed."), (
        "it was still his"
    )


def test_nothing_is_offered_when_one_of_them_may_not_be(again: Again, tmp_path: Path) -> None:
    scene = again(managed)
    scene.git("branch", "alpha")
    place = tmp_path / "alpha"
    scene.git("worktree", "add", "-q", str(place), "alpha")
    scene.commit(place, {"numbers/two": "2\n"})
    assert "there is no branch or card 'beta'" in scene.run("merge", "alpha", "beta", code=2)
    assert scene.json("status")["queue"] == []


def test_whoever_leads_engineers_is_told_the_commands(scene: Scene) -> None:
    """In a pair the architect leads; engineers are not told, for they may not; nobody is where nothing is reviewed."""
    scene.run("init", "--template", "pair")
    auto = load(find(scene.root))
    assert "merge CARD" not in prompts.render("# Somebody", auto, auto.members[0], "make test")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text().replace("# merge: {mode: review}", "merge: {mode: review}"))
    pair = load(find(scene.root))
    [architect] = [member for member in pair.members if member.role.role_type == "architect"]
    for member, told in ((architect, True), (pair.engineers[0], False)):
        text = prompts.render("# Somebody", pair, member, "make test")
        for verb in ("show CARD", "merge CARD", 'reject CARD "WHY"'):
            assert (f"`batty-hooks {verb}`" in text) == told


def test_the_brief_says_what_happens_to_green_work(again: Again) -> None:
    scene = again(managed)
    team(scene, protect=["tests/"])
    card(scene, {"numbers/two": "2\n"})
    text = text_of(scene, "engineer-1", "t1.brief.1")
    assert "Exit 0: manager looks at it, then it lands." in text
    assert "What changes tests/ waits until manager allows it." in text
