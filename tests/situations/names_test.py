"""Names as people give them, to branches, files and directories: whatever we tell somebody to type, a shell takes."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from scene import BOARD, Scene
from situations.situation import table

TABLE = table("names")
BRANCH = "a branch whose name a shell would take apart: `feat(api)/it's&done`"
TRUNK = "the trunk has such a name"
PATHS = "files in conflict whose names have spaces, quotes or a `$`"
UNTYPED = "…a newline, or bytes that are no text"
LANDS = "files called `-n`, `:x`, `*`, `a\\b`, 255 letters long, or with a newline"
PROJECT = "the project lies in a directory called `-it's (1): ünïcode`"
NEVER = "`trunk: HEAD`, or another name that git lets no branch have"
CASE = "a file is renamed to the same name in capitals, with `core.ignorecase`"
OUT = "a symbolic link that leads out of the tree; later a directory is in its place"
ROWS = [BRANCH, TRUNK, PATHS, UNTYPED, LANDS, PROJECT, NEVER, CASE, OUT]

pytestmark = pytest.mark.usefixtures("alone")


def place_of(scene: Scene, name: str, branch: str = "", start: str = "") -> Path:
    place = scene.root.parent / name
    scene.git("worktree", "add", "-q", str(place), "-b", branch or f"{name}/work", start or scene.tip())
    return place


def committed(scene: Scene, place: Path) -> None:
    scene.git("add", "-A", cwd=place)
    scene.git("commit", "-qm", "Work", cwd=place)
    scene.run("done", cwd=place)


def typed(scene: Scene, told: str, place: Path, resolved: dict[bytes, str]) -> list[str]:
    """Type every line that is told to be typed, with the files edited where it says so; what was typed."""
    lines = [line.strip() for line in told.splitlines() if line.startswith("    ")]
    for line in lines:
        if line == "(edit the files)":
            for name, text in resolved.items():
                Path(os.fsdecode(os.path.join(os.fsencode(place), name))).write_text(text)
        elif not line.startswith("batty-hooks"):
            scene.sh(line, place)
    return lines


def in_conflict(scene: Scene, names: list[bytes], branch: str) -> tuple[Path, str]:
    """Two that change the same files; the worktree of the one that came back, and what it was told."""
    start = scene.tip()
    for place, text in ((place_of(scene, "one", "", start), "1"), (place_of(scene, "two", branch, start), "2")):
        for name in names:
            with open(os.path.join(os.fsencode(place), name), "w") as file:
                file.write(text)
        committed(scene, place)
        scene.step()
    return place, scene.run("read", cwd=place)


def test_what_a_shell_would_take_apart(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "project", "trunk(v2)&x").create().install("true")
    names = [b"two words", b"it's", b"$HOME", b'"quoted"', b"-n"]
    place, told = in_conflict(scene, names, "feat(api)/it's&done")
    lines = typed(scene, told, place, dict.fromkeys(names, "3"))
    assert shlex.split(lines[0]) == ["git", "merge", scene.trunk]
    add = next(line for line in lines if line.startswith("git add "))
    assert sorted(map(os.fsencode, shlex.split(add)[3:])) == sorted(names)
    scene.run("done", cwd=place)
    scene.step()
    assert scene.landed() == ["Land one/work", "Land feat(api)/it's&done"] and scene.show("-n") == "3"
    TABLE.check(BRANCH, "lands; each command that is told can be typed as it stands")
    TABLE.check(TRUNK, f"the same: `{lines[0]}`")
    TABLE.check(PATHS, f"`{add}`")


def test_what_cannot_be_typed(scene: Scene) -> None:
    scene.install("true")
    names = [b"new\nline", b"\xff.txt"]
    place, told = in_conflict(scene, names, "two/work")
    shown = re.search(r"In conflict:\n((  .*\n)+)", told)
    assert shown and "came back: conflict in" in told.splitlines()[0]
    lines = typed(scene, told, place, dict.fromkeys(names, "3"))
    scene.run("done", cwd=place)
    scene.step()
    assert scene.landed() == ["Land one/work", "Land two/work"]
    paths = ", ".join(f"`{line.strip()}`" for line in shown[1].splitlines())
    TABLE.check(UNTYPED, f"{paths}; `{next(line for line in lines if line.startswith('git add'))}`")


def test_what_lands_whatever_its_name(scene: Scene) -> None:
    scene.install("true")
    place = place_of(scene, "agent-1")
    names = [b"-n", b":x", b"*", b"a\\b", b"a" * 255, b"new\nline", b"\xff"]
    for name in names:
        with open(os.path.join(os.fsencode(place), name), "w") as file:
            file.write("7")
    committed(scene, place)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    assert all(os.path.exists(os.path.join(os.fsencode(scene.root), name)) for name in names)
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""
    TABLE.check(LANDS, "land")


def test_a_project_of_any_name(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "-it's (1): ünïcode").create().install()
    script = tmp_path / "adds.sh"
    script.write_text('echo 5 > numbers/five; git add numbers; git commit -qm "Five"\n')
    scene.team(f"sh {script}")
    scene.save(BOARD.replace("## TODO\n", "## TODO\n- [ ] Five ^t1\n"))
    scene.step()
    assert scene.landed() == ["Land t1: Five (engineer-1)"] and scene.json("status")["needs_you"] == []
    scene.run("uninstall", "--purge")
    assert not (scene.root / ".batty").exists()
    TABLE.check(PROJECT, "works")


def test_a_trunk_that_can_be_no_branch(quiet: Scene) -> None:
    team = quiet.root / ".batty/team_config/team.yaml"
    team.write_text(team.read_text().replace("trunk: main", "trunk: HEAD"))
    what, mend = quiet.run("status", code=1).splitlines()[-2:]
    assert mend.strip().startswith("→ ${EDITOR:-vi} ")
    TABLE.check(NEVER, f"`status`: {what.removeprefix('batty-hooks: ')}")


def test_a_name_in_capitals(quiet: Scene) -> None:
    quiet.git("config", "core.ignorecase", "true")
    place = place_of(quiet, "agent-1")
    quiet.git("mv", "numbers/one", "numbers/between", cwd=place)
    quiet.git("mv", "numbers/between", "numbers/One", cwd=place)
    committed(quiet, place)
    quiet.step()
    assert quiet.landed() and sorted(os.listdir(quiet.root / "numbers")) == ["One"]
    assert quiet.git("status", "--porcelain", "--untracked-files=no") == ""
    TABLE.check(CASE, "lands; your checkout has the new name")


def test_a_link_out_of_the_tree(quiet: Scene, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("keep\n")
    place = place_of(quiet, "agent-1")
    (place / "link").symlink_to(outside)
    committed(quiet, place)
    quiet.step()
    (place / "link").unlink()
    (place / "link").mkdir()
    (place / "link/file").write_text("mine\n")
    committed(quiet, place)
    quiet.step()
    assert len(quiet.landed()) == 2 and (outside / "file").read_text() == "keep\n"
    assert (quiet.root / "link/file").read_text() == "mine\n" and not (quiet.root / "link").is_symlink()
    TABLE.check(OUT, "lands; nothing outside is touched")


def test_the_page_has_just_these() -> None:
    TABLE.finish(ROWS)
