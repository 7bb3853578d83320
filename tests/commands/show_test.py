"""`batty-hooks show`: what would land, for people on a terminal, in a pipe, and for scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import at_terminal
import pytest
from flows.managed import card, managed, reported, waiting
from scene import Again, Scene

pytestmark = pytest.mark.usefixtures("alone")


def on_a_terminal(scene: Scene, *arguments: str, code: int = 0, **environment: str) -> str:
    """What a person sees who types it, without a pager's own tricks."""
    return at_terminal.typed(scene.root, *arguments, code=code, **{"PAGER": "cat", **environment})


def test_what_waits(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    commit = scene.git("rev-parse", "HEAD", cwd=place)
    said = scene.run("show", "^t1")
    assert said.splitlines()[0] == "t1: Add two (engineer-1)"
    assert "stage        passed, to be reviewed\n" in said
    assert f"branch       engineer-1/t1-add-two at {commit[:10]}\n" in said
    assert f"merged with  main at {scene.tip()[:10]}\n" in said
    verdict, log = (line[13:] for line in said.splitlines() if line.startswith(("verdict", "its log")))
    assert verdict.startswith("passed in ") and (scene.root / log).read_text() == "all good\n"
    assert f"commits      1\n  {commit[:10]} Work\n" in said
    assert f"manager or human may type: batty-hooks merge --commit {commit[:10]} t1\n" in said
    assert "batty-hooks reject t1 'why'\n" in said
    assert said.endswith("--- /dev/null\n+++ b/numbers/two\n@@ -0,0 +1 @@\n+2\n") and "\033" not in said
    assert said.partition("diff --git")[0] == scene.run("show", "engineer-1/t1-add-two").partition("diff --git")[0]


def test_the_diff_is_of_the_tree_that_is_tested(again: Again) -> None:
    """The branch merged with today's trunk, not the branch against where it began."""
    scene = again(waiting)
    scene.commit(scene.root, {"numbers/nine": "9\n"}, "A person commits")
    said = scene.run("show", "t1")
    assert "numbers/two" in said and "numbers/nine" not in said and "verdict      none yet with main as it is\n" in said
    assert f"merged with  main at {scene.tip()[:10]}\n" in said


def test_what_is_not_reported_yet(again: Again) -> None:
    scene = again(managed)
    card(scene, {"numbers/two": "2\n"})
    said = scene.run("show", "t1")
    assert "stage        not reported yet\n" in said and "+2\n" in said and "may type" not in said


def test_what_came_back(again: Again) -> None:
    scene = again(managed)
    reported(scene, {"numbers/two": "two\n"})
    said = scene.run("show", "t1")
    assert "stage        came back: failed\n" in said and "+two\n" in said
    assert ": FAILED numbers/two is not a number\nits log      .batty/logs/" in said


def test_what_conflicts(again: Again) -> None:
    scene = again(managed)
    card(scene, {"numbers/one": "11\n"})
    scene.commit(scene.root, {"numbers/one": "12\n", "numbers/nine": "9\n"}, "A person commits")
    said = scene.run("show", "t1")
    assert "conflict in  numbers/one\n" in said and "verdict" not in said
    assert "-1\n+11\n" in said and "<<<<" not in said and "nine" not in said, "what the branch itself changes"
    assert scene.json("show", "t1")["conflicts"] == ["numbers/one"]


def test_what_has_landed(again: Again) -> None:
    scene = again(waiting)
    scene.run("merge", "t1")
    landed = scene.tip()
    scene.commit(scene.root, {"numbers/nine": "9\n"}, "A person commits")
    said = scene.run("show", "t1")
    assert "stage        landed\n" in said and f"landed as    {landed[:10]} on main\n" in said
    assert "merged with" not in said and "+2\n" in said and "nine" not in said and "passed in" in said
    assert scene.json("show", "t1")["landed"] == landed
    scene.save(scene.board().replace("- [x] Add two (engineer-1) ^t1\n", "- [x] By hand\n"))
    scene.step()
    said = scene.run("show", "t1")
    assert said.startswith("t1: Add two (engineer-1)\nstage        landed\n"), "the board has forgotten it, git has not"


def test_a_plain_branch(scene: Scene) -> None:
    scene.install(on="done")
    scene.git("switch", "-qc", "side")
    scene.commit(scene.root, {"numbers/two": "2\n"})
    scene.git("switch", "-q", "main")
    assert scene.run("show", "side").startswith("side\nstage        not reported yet\n")
    scene.run("merge", "side")
    assert f"landed as    {scene.tip()[:10]} on main\n" in scene.run("show", "side")
    scene.git("branch", "empty")
    said = scene.run("show", "empty")
    assert "commits      0\n" in said and "landed" not in said and "diff" not in said


def test_what_there_is_nothing_of(again: Again) -> None:
    scene = again(managed)
    scene.run("task", "add", "Later", "--after", scene.run("task", "add", "Now").partition(":")[0])
    said = scene.run("show", "t2", code=1)
    assert "t2 has no branch yet" in said and "batty-hooks task show t2" in said
    assert "there is no branch or card 'x'" in scene.run("show", "x", code=2)


def test_how_much_of_which_files(again: Again) -> None:
    scene = again(managed)
    reported(scene, {"numbers/two": "2\n", f"a/{'long/' * 30}path": "x\n"})
    said = scene.run("show", "--stat", "t1")
    assert f" a/{'long/' * 30}path | 1 +\n" in said and "2 files changed, 2 insertions(+)" in said
    assert "diff --git" not in said


def test_the_facts_for_scripts(scene: Scene) -> None:
    managed(scene, protect=["numbers/two"])
    place = reported(scene, {"numbers/two": "2\n"})
    (place / "blob").write_bytes(b"\0\1")
    scene.git("add", ".", cwd=place)
    scene.git("commit", "-qm", "Ünïcode", cwd=place)
    scene.run("done", cwd=place)
    scene.step()
    found = scene.json("show", "t1")
    assert found["commit"] == scene.git("rev-parse", "HEAD", cwd=place)
    assert found["trunk"] == {"branch": "main", "commit": scene.tip()}
    assert found["files"] == [
        {"path": "blob", "added": None, "deleted": None}, {"path": "numbers/two", "added": 1, "deleted": 0},
    ]  # fmt: skip
    assert [one["subject"] for one in found["commits"]] == ["Ünïcode", "Work"]
    assert found["verdict"]["result"] == "passed" and found["verdict"]["at"] and Path(found["verdict"]["log"]).is_file()
    assert found["protected"] == ["numbers/two"] and found["approvers"] == ["manager", "human"]
    assert (found["card"], found["title"], found["owner"]) == ("t1", "Add two", "engineer-1")
    assert found["approved"] is False and found["cleared"] is False and found["landed"] == ""


def test_in_a_pipe_the_patch_is_exact(again: Again, tmp_path: Path) -> None:
    """Also of a file in another encoding: `batty-hooks show t1 | git apply` gives the tree that would land."""
    scene = again(managed)
    place = card(scene, {"numbers/two": "2\n"})
    (place / "latin").write_bytes("Größe\n".encode("latin-1"))
    scene.git("add", ".", cwd=place)
    scene.git("commit", "-qm", "More", cwd=place)
    command = [sys.executable, "-m", "batty_hooks", "show", "t1"]
    said = subprocess.run(command, cwd=scene.root, capture_output=True, check=True).stdout
    (tmp_path / "patch").write_bytes(said)
    scene.git("worktree", "add", "-q", "--detach", str(tmp_path / "copy"), "main")
    scene.git("apply", "--index", str(tmp_path / "patch"), cwd=tmp_path / "copy")
    assert scene.git("write-tree", cwd=tmp_path / "copy") == scene.json("show", "t1")["tree"]


def test_on_a_terminal_it_has_colours_and_a_pager(again: Again, tmp_path: Path) -> None:
    scene = again(waiting)
    said = on_a_terminal(scene, "show", "t1")
    assert "\033[32m+" in said and "t1: Add two (engineer-1)\n" in said
    assert "\033" not in on_a_terminal(scene, "show", "t1", NO_COLOR="1")
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho begin\ncat\necho end\n")
    pager.chmod(0o755)
    said = on_a_terminal(scene, "show", "--stat", "t1", PAGER=str(pager))
    assert said.startswith("begin\nt1: ") and said.rstrip().endswith("end")
    assert "$PAGER is no command line" in on_a_terminal(scene, "show", "t1", code=1, PAGER="less '")
    scene.git("config", "diff.external", "false")
    assert "numbers/two" in on_a_terminal(scene, "show", "t1"), "a program for reading diffs is not ours to start"
