"""gate.protect: who may weaken the test that judges him needs no green code. Protected paths wait for `--approve`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from flows.managed import MANAGER, card, managed, reported, team, text_of
from scene import Again, Scene

from batty_hooks.rules import protection
from batty_hooks.rules.look import Look
from batty_hooks.state.project import find
from batty_hooks.system.git import diff

LANDED = "Land t1: Add two (engineer-1)"
PATHS = (
    "tests/unit/a.py", "app/tests/b.py", "app/mytests/c.py", "testsuite", "conftest.py", "app/conftest.py",
    ".github/workflows/ci.yml", "app/.github/x", "ci/run", "app/ci/run", "Makefile", "odd [name]/x*y", "tests.txt",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("alone")


# --- what a pattern means ----------------------------------------------------------------------------------


MEANT = (
    ("tests/", {"tests/unit/a.py", "app/tests/b.py"}),
    ("tests", {"tests/unit/a.py", "app/tests/b.py"}),
    ("/tests/", {"tests/unit/a.py"}),
    ("./tests/", {"tests/unit/a.py"}),
    ("conftest.py", {"conftest.py", "app/conftest.py"}),
    ("/conftest.py", {"conftest.py"}),
    (".github/**", {".github/workflows/ci.yml"}),
    ("ci/run", {"ci/run"}),
    ("**/ci/run", {"ci/run", "app/ci/run"}),
    ("*.py", {"tests/unit/a.py", "app/tests/b.py", "app/mytests/c.py", "conftest.py", "app/conftest.py"}),
    ("app/*.py", {"app/conftest.py"}),
    ("test*", {"tests/unit/a.py", "app/tests/b.py", "testsuite", "tests.txt"}),
    ("testsuite/", set()),  # a file is no directory
    ("odd \\[name\\]/", {"odd [name]/x*y"}),
    ("makefile", set()),
    ("/", set(PATHS)),
    ("**", set(PATHS)),
)


def test_a_pattern_reads_as_in_gitignore(scene: Scene) -> None:
    before = scene.tip()
    scene.commit(scene.root, dict.fromkeys(PATHS, "x\n"))
    for pattern, meant in MEANT:
        specs = protection.pathspecs(pattern)
        assert set(diff.touched(scene.root, before, scene.tip(), specs)) == meant, pattern
        assert set(diff.touched(scene.root / "app", before, scene.tip(), specs)) == meant, "from wherever it is asked"


def test_a_pattern_that_cannot_be_meant_is_named_by_line(scene: Scene) -> None:
    scene.install()
    for pattern in ("!tests/", "", "../tests", "a/../b", "a\nb"):
        scene.team(None, protect=["tests/", pattern])
        said = scene.run("validate", code=1)
        assert "team.yaml:5: gate: " in said and "→" in said


@pytest.mark.parametrize(
    ("command", "protected"), [("cd . && bash ./check.sh", ("check.sh",)), ("cat check.sh", ()), ("", ())]
)
def test_scripts_that_the_gate_runs_are_protected(scene: Scene, command: str, protected: tuple[str, ...]) -> None:
    """Which those are: rules/protection_test."""
    scene.install(command) if command else scene.run("install")
    scene.git("switch", "-qc", "side")
    commit = scene.commit(scene.root, {"check.sh": "exit 0\n"})
    scene.git("switch", "-q", "main")
    look = Look(find(scene.root))
    assert protection.touched(look, look.candidate(commit)) == protected


def change(scene: Scene, place: Path, how: str) -> None:
    """Change tests/ in one of the ways in which a test stops testing."""
    if how == "rewritten":
        (place / "tests/two").write_text("nothing\n")
    elif how == "added":
        (place / "tests/conftest.py").write_text("skip everything\n")
    elif how == "deleted":
        (place / "tests/two").unlink()
    elif how == "moved away":
        (place / "tests/two").rename(place / "two")
    elif how == "made a link":
        (place / "tests/two").unlink()
        (place / "tests/two").symlink_to("../numbers/one")
    elif how == "made a file":
        for path in (place / "tests").iterdir():
            path.unlink()
        (place / "tests").rmdir()
        (place / "tests").write_text("no directory any more\n")
    else:
        os.chmod(place / "tests/two", 0o755)


def test_every_way_to_change_a_protected_path_counts(scene: Scene) -> None:
    scene.install(protect=["tests/"])
    base = scene.commit(scene.root, {"tests/two": "2\n", "tests/three": "3\n"})
    for how in ("rewritten", "added", "deleted", "moved away", "made a link", "made a file", "made executable"):
        scene.git("switch", "-q", "-c", how.replace(" ", "-"), base)
        change(scene, scene.root, how)
        scene.git("add", "--all", "tests", *(["two"] if how == "moved away" else []))
        scene.git("commit", "-qm", how)
        commit = scene.git("rev-parse", "HEAD")
        scene.git("switch", "-q", "main")
        look = Look(find(scene.root))
        found = protection.touched(look, look.candidate(commit))
        assert {path.partition("/")[0] for path in found} == {"tests"}, how


# --- it waits ----------------------------------------------------------------------------------------------


def test_a_green_card_that_changes_a_protected_path_waits_for_approval(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="auto", protect=["tests/", "conftest.py"])
    place = card(scene, {"numbers/two": "2\n", "tests/two": "2\n", "conftest.py": "\n"})
    said = scene.run("done", cwd=place)
    assert "then manager or human looks at it before it lands (it changes conftest.py, tests/two, which is" in said
    scene.step()
    assert scene.subjects() == ["A project"]
    [row] = scene.json("status")["queue"]
    assert row["stage"] == "passed, to be approved: it changes conftest.py, tests/two"
    [need] = scene.json("status")["needs_you"]
    assert "t1 passed and changes what is protected: conftest.py, tests/two" in need["what"]
    assert need["command"] == "batty-hooks merge --approve t1"
    text = text_of(scene, "manager", "t1.protected.")
    assert "  conftest.py\n  tests/two\n" in text and "batty-hooks merge --approve --commit" in text
    said = scene.run("merge", "t1", env=MANAGER, code=1)
    assert "t1 changes what is protected: conftest.py, tests/two" in said and "batty-hooks merge --approve t1" in said
    for who in ("engineer-1", "engineer-2"):
        said = scene.run("merge", "--approve", "t1", env={"BATTY_MEMBER": who}, code=1)
        assert f"{who} may not approve t1: manager or human may" in said
    assert scene.subjects() == ["A project"]
    assert "protected    conftest.py, tests/two\n" in scene.run("show", "t1")
    assert "t1 has landed" in scene.run("merge", "--approve", "t1", env=MANAGER)
    assert scene.subjects() == ["A project", LANDED]
    [event] = [event for event in scene.events() if event["event"] == "approved"]
    assert event["by"] == "manager" and "protected" in event["text"]


def test_a_protected_path_that_the_trunk_changed_is_not_his(again: Again) -> None:
    """What counts is what the landing would change, not what the branch lacks of the trunk."""
    scene = again(managed)
    team(scene, mode="auto", protect=["tests/"])
    place = card(scene, {"numbers/two": "2\n"})
    scene.commit(scene.root, {"tests/nine": "9\n"}, "A person commits")
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project", "A person commits", LANDED]


def test_who_waits_for_a_word_holds_up_nobody(again: Again, tmp_path: Path) -> None:
    """The others are tested and landed together without him; `show` tells them apart afterwards."""
    scene = again(managed)
    team(scene, mode="auto", protect=["tests/"])
    scene.cards("- [ ] Add two (engineer-1)", "- [ ] Add three (engineer-2)")
    scene.step()
    scene.commit(scene.worktree("engineer-1"), {"numbers/two": "2\n", "tests/two": "2\n"})
    scene.commit(scene.worktree("engineer-2"), {"numbers/three": "3\n"})
    scene.git("worktree", "add", "-q", str(tmp_path / "side"), "-b", "side")
    scene.commit(tmp_path / "side", {"numbers/four": "4\n"})
    for place in ("engineer-1", "engineer-2"):
        scene.run("done", cwd=scene.worktree(place))
    scene.run("merge", "--no-wait", "side")
    scene.step()
    assert scene.subjects() == ["A project", "Land 2 together: t2, side"]
    [row] = scene.json("status")["queue"]
    assert row["card"] == "t1" and row["stage"] == "passed, to be approved: it changes tests/two"
    assert [file["path"] for file in scene.json("show", "t2")["files"]] == ["numbers/three"]
    assert [file["path"] for file in scene.json("show", "side")["files"]] == ["numbers/four"]
    scene.run("merge", "--approve", "t1", env=MANAGER)
    assert scene.subjects()[2:] == [LANDED]
    scene.every_trunk_commit_passes(tmp_path / "check")


def test_one_word_is_enough_for_review_and_protection(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="review", protect=["tests/"])
    reported(scene, {"tests/two": "2\n"})
    assert "--approve" in scene.run("merge", "t1", code=1)
    assert "t1 has landed" in scene.run("merge", "--approve", "t1")


def test_an_approval_to_review_is_none_to_change_protected_paths(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="review")
    place = card(scene, {"tests/two": "2\n"})
    scene.run("done", cwd=place)
    scene.run("merge", "--no-wait", "t1")
    team(scene, mode="review", protect=["tests/"])
    scene.step()
    assert scene.subjects() == ["A project"]
    assert scene.json("status")["needs_you"][0]["command"] == "batty-hooks merge --approve t1"


def test_a_newer_commit_needs_its_own_approval(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="auto", protect=["tests/"])
    place = reported(scene, {"tests/two": "2\n"})
    scene.run("merge", "--approve", "--no-wait", "t1")
    scene.commit(place, {"tests/two": "nothing\n"})
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project"]
    assert "t1 has landed" in scene.run("merge", "--approve", "t1")


def test_a_plain_branch_waits_for_the_human(scene: Scene) -> None:
    scene.install(on="done", protect=["tests/"])
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"tests/two": "2\n"})
    said = scene.run("merge", "agent-1/two", cwd=place, code=1)
    assert "agent-1/two changes what is protected: tests/two" in said and "human may then land it" in said
    assert "agent-1 may not approve" in scene.run("merge", "--approve", "agent-1/two", cwd=place, code=1)
    assert scene.json("status")["queue"] == [], "neither offered anything"
    scene.run("done", cwd=place)
    scene.step()
    assert scene.json("status")["needs_you"][0]["command"] == "batty-hooks merge --approve agent-1/two"
    assert "agent-1/two has landed" in scene.run("merge", "--approve", "agent-1/two")


# --- what always counts ------------------------------------------------------------------------------------


def test_the_gates_own_files_are_always_protected(again: Again) -> None:
    scene = again(managed)
    team(scene, mode="auto")
    scene.git("add", ".batty/team_config")
    scene.git("commit", "-qm", "Keep the team")
    weaker = (scene.root / ".batty/team_config/team.yaml").read_text().replace("sh check.sh", "true")
    place = card(scene, {"numbers/two": "2\n", ".batty/team_config/team.yaml": weaker, "check.sh": "exit 0\n"})
    forged = place / ".batty/verdicts/0123.json"
    forged.parent.mkdir(parents=True)
    forged.write_text(json.dumps({"result": "passed"}))
    scene.git("add", "--force", ".batty/verdicts", cwd=place)
    scene.git("commit", "-qm", "A verdict", cwd=place)
    scene.run("done", cwd=place)
    scene.step()
    assert scene.subjects() == ["A project", "Keep the team"]
    assert scene.json("show", "t1")["protected"] == [
        ".batty/team_config/team.yaml", ".batty/verdicts/0123.json", "check.sh",
    ]  # fmt: skip
    scene.run("reject", "t1", "leave the gate alone", env=MANAGER)
    scene.step()
    assert scene.subjects() == ["A project", "Keep the team"]
