"""What a team has learned: added by command or by hand, read whole, and carried by briefs as far as it fits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.rules import instructions
from batty_hooks.rules.look import Look
from batty_hooks.state import lessons, worktrees
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".batty").mkdir()
    return Project(tmp_path, tmp_path / ".git")


def test_each_item_and_each_paragraph_is_a_lesson(project: Project) -> None:
    assert lessons.everything(project) == []
    project.lessons.write_bytes(
        b"# Ours\n<!-- not\n- this -->\n- Run the\n  linter first\n* No `sleep` in tests\n1. One port\n\n"
        b"Typed by hand,\nwithout a list.\n## More\n-x\n- caf\xe9"
    )
    assert lessons.everything(project) == [
        "Run the linter first", "No `sleep` in tests", "One port", "Typed by hand, without a list.", "-x", "caf�",
    ]  # fmt: skip


def test_what_is_added_keeps_what_a_person_wrote(project: Project) -> None:
    before = b"- caf\xe9 (no end of line)"
    project.lessons.write_bytes(before)
    assert lessons.add(project, "Use the\n  fixture", "manager")
    assert not lessons.add(project, "Use the fixture", "architect"), "it is there already"
    assert project.lessons.read_bytes().startswith(before + b"\n- Use the fixture (manager, 20")


def test_a_new_file_says_what_it_is_for(project: Project) -> None:
    lessons.add(project, "One", "manager")
    assert project.lessons.read_text().startswith("<!-- What this team has learned.")
    assert [lesson[:5] for lesson in lessons.newest(project)] == ["One ("]


def test_briefs_carry_the_newest_and_no_more_than_fit(project: Project) -> None:
    project.lessons.write_text("".join(f"- lesson {number}\n" for number in range(30)))
    assert lessons.newest(project) == [f"lesson {number}" for number in range(18, 30)]
    project.lessons.write_text("".join(f"- {number} {'x' * 900}\n" for number in range(9)))
    assert [one[:3] for one in lessons.newest(project)] == ["4 x", "5 x", "6 x", "7 x", "8 x"]
    assert all(len(one) == 400 and one.endswith("…") for one in lessons.newest(project))


def test_many_at_once_lose_nothing(scene: Scene) -> None:
    scene.install()
    said = [
        subprocess.Popen(["python3", "-m", "batty_hooks", "lesson", f"Number {number}"], cwd=scene.root)
        for number in range(4)
    ]
    assert [one.wait() for one in said] == [0] * 4
    known = lessons.everything(project_map.find(scene.root))
    assert sorted(one.partition(" (")[0] for one in known) == [f"Number {number}" for number in range(4)]


def test_who_leads_teaches_and_every_brief_says_so(scene: Scene) -> None:
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(
        "trunk: main\nroles:\n  - {name: manager, role_type: manager, agent: claude}\n"
        "  - {name: dev, role_type: engineer, agent: claude}\n"
    )
    scene.save("## TODO\n\n## IN PROGRESS\n- [ ] A card (dev-1) ^t1\n\n## DONE\n")
    assert "nothing yet" in scene.run("lesson")
    refused = scene.run("lesson", "Never mind", env={"BATTY_MEMBER": "dev-1"}, code=1)
    assert "dev-1 may not write a lesson down: manager or human may" in refused
    taught = scene.run("lesson", "Mock", "the", "clock", env={"BATTY_MEMBER": "manager"})
    assert taught == ".batty/lessons.md: every brief carries it\n"
    assert "it is there already" in scene.run("lesson", "Mock the clock")
    for number in range(12):
        told = scene.run("lesson", f"Number {number}")
    assert told.endswith("every brief carries it; older ones that go along no more: 1\n")
    scene.run("lesson", "Mock the clock again")
    assert scene.run("lesson").startswith("- Mock the clock (manager, ")
    project = project_map.find(scene.root)
    worktrees.begin(project, "dev-1", "dev-1/t1-a-card", scene.tip(), lambda kept: None)
    look = Look(project)
    brief = instructions.brief(look, look.board.find("t1"), "dev-1/t1-a-card")
    assert "\nWhat this team has learned:\n- Number 1 (human, " in brief and "- Mock the clock again (human, " in brief
    assert scene.git("status", "--porcelain", "--", ".batty/lessons.md") == ""


def test_a_lesson_about_comments_hides_nothing(project: Project) -> None:
    lessons.add(project, "Open it with <!-- in the page", "manager")
    lessons.add(project, "And close it <!-- so --> there", "manager")
    with project.lessons.open("a") as file:
        file.write("  <!-- a comment\n- of two lines -->\n- By hand\n<!-- one that nobody closed\n- unseen\n")
    found = [lesson.partition(" (manager")[0] for lesson in lessons.everything(project)]
    assert found == ["Open it with <!-- in the page", "And close it there", "By hand"]
