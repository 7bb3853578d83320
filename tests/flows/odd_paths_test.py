"""Names and places that break careless tools: blanks, quotes, other alphabets, newlines, bytes; and submodules."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from scene import Scene

AGENT = """
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""
QUIET = {"BATTY_NO_WAKE": "1"}


@pytest.mark.parametrize("name", ["with blanks and 'quotes' \"too\"", "größer 数 $HOME;x", "-dash"])
def test_a_repository_in_an_odd_place(tmp_path: Path, name: str) -> None:
    scene = Scene(tmp_path / name / "pro ject").create()
    scene.install()
    script = tmp_path / "agent.sh"
    script.write_text("set -e\n" + AGENT)
    scene.team(f"sh '{script}' {{brief}} {{card}}")
    scene.cards("- [ ] Größe “10” & 'quotes' $HOME `id` \\ ^ünï")
    scene.step()
    [line] = scene.lane("DONE")
    assert line == "- [x] Größe “10” & 'quotes' $HOME `id` \\ ^ünï (engineer-1) ^t1"
    assert scene.subjects()[1] == "Land t1: Größe “10” & 'quotes' $HOME `id` \\ ^ünï (engineer-1)"
    assert (scene.root / "numbers/t1").read_text() == "101\n"
    place = tmp_path / name / "work tree"
    scene.git("worktree", "add", "-q", str(place), "-b", "work tree".replace(" ", "-"))
    scene.commit(place, {"numbers/two": "2\n"})
    assert "work-tree has landed" in scene.run("merge", "work-tree", cwd=place)


def test_odd_file_names_land_and_are_protected(scene: Scene, tmp_path: Path, alone: None) -> None:
    scene.install("true")
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/odd")
    names = [b"new\nline", b"latin-\xe9", b'qu"ote', b" blank ", "ünï".encode(), b"-dash", b"tab\tbed"]
    for name in names:
        Path(os.fsdecode(os.fsencode(place) + b"/" + name)).write_text("theirs\n")
    scene.git("add", "-A", cwd=place)
    scene.git("commit", "-qm", "Odd names", cwd=place)
    scene.run("done", cwd=place)
    mine = Path(os.fsdecode(os.fsencode(scene.root) + b"/latin-\xe9"))
    mine.write_text("mine\n")
    scene.run("step")
    assert scene.subjects() == ["A project"] and mine.read_text() == "mine\n"
    scene.run("status", code=1)
    assert scene.json("status")["needs_you"]
    mine.unlink()
    scene.run("step")
    assert scene.subjects() == ["A project", "Land agent-1/odd"]
    there = {os.fsencode(path.name) for path in scene.root.iterdir()}
    assert there.issuperset(names)


def test_a_conflict_in_an_odd_file_is_told(scene: Scene, tmp_path: Path, alone: None) -> None:
    scene.install("true")
    for side in ("left", "right"):
        scene.git("worktree", "add", "-q", str(tmp_path / side), "-b", f"{side}/odd")
        for name in (b"latin-\xe9", b"new\nline"):
            Path(os.fsdecode(os.fsencode(tmp_path / side) + b"/" + name)).write_text(f"{side}\n")
        scene.git("add", "-A", cwd=tmp_path / side)
        scene.git("commit", "-qm", side, cwd=tmp_path / side)
        scene.run("done", cwd=tmp_path / side)
    scene.run("step")
    assert scene.subjects() == ["A project", "Land left/odd"]
    assert "In conflict:" in scene.run("read", cwd=tmp_path / "right")
    scene.run("log")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Another repository, to be a submodule."""
    library = Scene(tmp_path / "library")
    library.root.mkdir()
    library.git("init", "-q", "-b", "main")
    library.commit(library.root, {"answer": "42\n"})
    return library.root


def test_the_gate_tests_with_the_submodules_of_the_candidate(
    scene: Scene, library: Path, tmp_path: Path, alone: None
) -> None:
    """Each candidate is tested with the submodule commits it names; they come from the primary checkout's modules."""
    scene.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    scene.git("commit", "-qm", "With a library")
    scene.install('[ "$(cat lib/answer)" = "$(cat wanted 2>/dev/null || echo 42)" ]')
    library.rename(tmp_path / "gone")  # nothing is fetched from anywhere
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/plain")
    scene.commit(place, {"numbers/two": "2\n"})
    assert "agent-1/plain has landed" in scene.run("merge", "agent-1/plain")
    # A newer library, committed in the primary checkout's submodule, and what needs it.
    scene.commit(scene.root / "lib", {"answer": "43\n"})
    scene.git("switch", "-qc", "newer")
    scene.git("add", "lib")
    scene.commit(scene.root, {"wanted": "43\n"})
    scene.git("switch", "-q", "main")
    scene.git("submodule", "update", "-q")
    assert "newer has landed" in scene.run("merge", "newer")
    scene.git("submodule", "update", "-q")  # as after a pull: git leaves submodules to the person, and so do we
    # A candidate that goes back to the older one, in the same warm gate worktree.
    scene.git("worktree", "add", "-q", str(tmp_path / "older"), "-b", "older", "main")
    scene.git(
        "update-index", "--cacheinfo", f"160000,{scene.git('rev-parse', 'main~1:lib')},lib", cwd=tmp_path / "older"
    )
    scene.commit(tmp_path / "older", {"wanted": "42\n"})
    assert "older has landed" in scene.run("merge", "older")


def test_a_submodule_commit_that_cannot_be_had_is_not_taken(
    scene: Scene, library: Path, tmp_path: Path, alone: None
) -> None:
    scene.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    scene.git("commit", "-qm", "With a library")
    scene.install("true")
    place = tmp_path / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/lost")
    scene.git("update-index", "--cacheinfo", f"160000,{'1' * 40},lib", cwd=place)
    scene.git("commit", "-qm", "A commit nobody has", cwd=place)
    said = scene.run("merge", "agent-1/lost", code=1)
    why = "its commit 1111111111 is not in the primary checkout's clone of it"
    assert f"lib would be empty for everybody else: {why}" in said


def test_a_repository_that_is_a_submodule(scene: Scene, tmp_path: Path) -> None:
    outer = Scene(tmp_path / "outer")
    outer.root.mkdir()
    outer.git("init", "-q", "-b", "main")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(scene.root), "inner")
    outer.git("commit", "-qm", "With the project inside")
    inner = Scene(outer.root / "inner")
    inner.install()
    assert (inner.root / ".batty").is_dir() and not (outer.root / ".batty").exists()
    inner.team(inner.agent("adds", AGENT))
    inner.cards("- [ ] Add a number")
    inner.step()
    assert inner.subjects() == ["A project", "Land t1: Add a number (engineer-1)"]
    assert (inner.root / "numbers/t1").read_text() == "101\n"
    place = tmp_path / "agent-9"
    inner.git("worktree", "add", "-q", str(place), "-b", "agent-9/two")
    inner.commit(place, {"numbers/two": "2\n"})
    assert "agent-9/two has landed" in inner.run("merge", "agent-9/two", cwd=place, env=QUIET)
    subprocess.run(["git", "-C", str(outer.root), "status"], check=True, capture_output=True)
