"""The whole life of a card: a line typed into kanban.md ends as a tested merge commit on the trunk."""

from __future__ import annotations

from pathlib import Path

from scene import Scene, wait_for

AGENT = """
number=$(echo "$2" | tr -dc 0-9)
echo "10$number" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def test_a_line_on_the_board_becomes_a_tested_merge_commit(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    scene.cards("- [ ] Add a number")
    scene.step()
    assert scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"]
    assert scene.subjects() == ["A project", "Land t1: Add a number (engineer-1)"]
    assert scene.show("numbers/t1") == "101"
    message = scene.git("log", "-1", "--format=%B", "main")
    assert "Card: t1" in message and "Member: engineer-1" in message
    scene.every_trunk_commit_passes(tmp_path / "check")
    assert not list((scene.root / ".batty/queue").glob("*.json"))
    assert scene.git("for-each-ref", "refs/batty/queue") == ""
    story = [event["event"] for event in scene.events() if event.get("card") == "t1"]
    assert story.count("gate passed") == 1, "whether by the commit or by the report, it is tested once"
    story.remove("gate passed")
    assert story == ["claimed", "briefed", "started", "ended", "offered", "landed"]


def test_the_human_checkout_follows_and_keeps_his_files(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    (scene.root / "notes.txt").write_text("mine\n")
    (scene.root / "check.sh").write_text((scene.root / "check.sh").read_text() + "# mine\n")
    scene.cards("- [ ] Add a number")
    scene.step()
    assert (scene.root / "numbers/t1").read_text() == "101\n"
    assert (scene.root / "notes.txt").read_text() == "mine\n"
    assert (scene.root / "check.sh").read_text().endswith("# mine\n")
    assert scene.git("status", "--porcelain", "--untracked-files=no") == " M check.sh"


def test_several_engineers_take_several_cards(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT), engineers=3)
    scene.cards(*(f"- [ ] Number {n}" for n in range(4)))
    scene.step()
    assert len(scene.lane("DONE")) == 4 and scene.lane("IN PROGRESS") == scene.lane("TODO") == []
    assert len(scene.landed()) == 4
    owners = {line.split("(")[1].split(")")[0] for line in scene.lane("DONE")}
    assert owners == {"engineer-1", "engineer-2", "engineer-3"}
    scene.every_trunk_commit_passes(tmp_path / "check")


def test_the_body_of_a_card_reaches_its_engineer(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("reads", 'cp "$1" ../../../brief.txt\n' + AGENT))
    scene.cards("- [ ] Add a number", "  with a body: *exactly* 10", "  - and a list")
    scene.step()
    brief = (scene.root / "brief.txt").read_text()
    assert "with a body: *exactly* 10" in brief and "- and a list" in brief
    assert "sh check.sh" in brief and "batty-hooks done" in brief


def test_without_a_watcher_a_commit_in_a_worktree_is_gated(scene: Scene) -> None:
    scene.install()
    agent_1 = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(agent_1), "-b", "agent-1/two")
    scene.commit(agent_1, {"numbers/two": "two\n"})
    wait_for(lambda: any(event["event"] == "gate failed" for event in scene.events()))
    scene.commit(agent_1, {"numbers/two": "2\n"})
    wait_for(lambda: any(event["event"] == "gate passed" for event in scene.events()))
    assert scene.subjects() == ["A project"], "nothing lands that nobody has reported"


def test_hooks_only_a_card_typed_and_a_commit_end_on_the_trunk(scene: Scene) -> None:
    """The article's fourth stage: a board, a worktree made by hand, the gate; no team."""
    scene.install()
    agent_1 = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(agent_1), "-b", "agent-1/two")
    board = scene.board()
    scene.save(board.replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Add two (agent-1)\n"))
    scene.commit(agent_1, {"numbers/two": "2\n"})
    wait_for(lambda: any(event["event"] == "gate passed" for event in scene.events()))
    wait_for(lambda: scene.lane("IN PROGRESS") == ["- [x] Add two (agent-1) ^t1"])
    said = scene.run("done", cwd=agent_1)
    assert "t1 is offered" in said
    wait_for(lambda: len(scene.subjects()) == 2)
    wait_for(lambda: scene.lane("DONE") == ["- [x] Add two (agent-1) ^t1"])
    assert scene.subjects()[1] == "Land t1: Add two (agent-1)"


def test_dragging_a_card_to_done_reports_it(scene: Scene) -> None:
    scene.install()
    agent_1 = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(agent_1), "-b", "agent-1/two")
    scene.save(scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Add two (agent-1) ^t4\n"))
    scene.step()
    scene.commit(agent_1, {"numbers/two": "2\n"})
    line = "- [x] Add two (agent-1) ^t4\n"
    scene.save(scene.board().replace(line, "").rstrip("\n") + "\n" + line)
    assert scene.lane("DONE") == ["- [x] Add two (agent-1) ^t4"]
    scene.step()
    assert scene.subjects()[1:] == ["Land t4: Add two (agent-1)"]
    assert scene.lane("DONE") == ["- [x] Add two (agent-1) ^t4"] and scene.lane("IN PROGRESS") == []


def test_merge_lands_plain_branches_without_card_or_team(scene: Scene) -> None:
    scene.install()
    for name, number in (("alpha", "5"), ("beta", "6"), ("red", "x")):
        scene.git("switch", "-qc", name)
        scene.commit(scene.root, {f"numbers/{name}": f"{number}\n"})
        scene.git("switch", "-q", "main")
    assert "alpha has landed" in scene.run("merge", "alpha", "beta")
    said = scene.run("merge", "red", code=1)
    assert "FAILED numbers/red is not a number" in said
    assert sorted(scene.landed()) == ["Land alpha", "Land beta"], "the first with a verdict lands first"
    assert scene.git("branch", "--list", "alpha"), "a branch we did not make is not ours to delete"
