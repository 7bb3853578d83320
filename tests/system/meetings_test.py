"""Branches in hand merged with each other by way of the trunk, with what is in no commit yet; nothing is touched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import call, meetings

LINES = "".join(f"{number}\n" for number in range(1, 40))


def changed(*lines: int, to: str) -> str:
    """Forty lines, those changed."""
    return "".join(f"{to}{number}\n" if number in lines else f"{number}\n" for number in range(1, 40))


@pytest.fixture
def start(scene: Scene) -> str:
    """The trunk, with a file of forty lines."""
    return scene.commit(scene.root, {"src/a": LINES, "src/b": LINES}, "Start")


def on(scene: Scene, base: str, *steps: dict[str, str]) -> str:
    """A line of commits from ``base``, on no branch."""
    scene.git("switch", "-q", "--detach", base)
    tip = base
    for step in steps:
        tip = scene.commit(scene.root, step)
    scene.git("switch", "-q", "main")
    return tip


def meet(scene: Scene, *commits: str, tip: str = "") -> list[tuple[str, ...]]:
    """The paths in which each pair of commits is in conflict, of those that can be at all."""
    call.forget()
    room = meetings.room_of_today(scene.root / ".git/batty-clashes")
    tip = tip or scene.tip()
    sides = meetings.sides(scene.root, room, tip, commits, "kanban.md")
    known = [sides[commit] for commit in commits if commit in sides]
    pairs = [(one, other) for at, one in enumerate(known) for other in known[at + 1 :]]
    asked = [pair for pair in pairs if meetings.may_conflict(*pair)]
    found = meetings.conflicts(scene.root, room, tip, asked, "kanban.md")
    assert not any(meetings.conflicts(scene.root, room, tip, [one for one in pairs if one not in asked], "kanban.md"))
    return [paths for paths in found if paths]


def test_the_same_lines_clash_and_others_do_not(scene: Scene, start: str) -> None:
    one, other = on(scene, start, {"src/a": changed(5, to="x")}), on(scene, start, {"src/a": changed(5, to="y")})
    third = on(scene, start, {"src/a": changed(30, to="z"), "src/c": "new\n"})
    assert meet(scene, one, other, third) == [("src/a",)]
    assert not (scene.root / ".git/objects").joinpath(one[:2], "nothing").exists()


def test_what_both_have_from_the_trunk_is_no_clash(scene: Scene, start: str) -> None:
    """Naively merged, they are in conflict: the one has what has landed, the other has changed that since."""
    one = on(scene, start, {"src/a": changed(5, to="x"), "src/c": "c\n"})
    landed = on(scene, start, {"src/a": changed(5, to="x")}, {"src/a": changed(5, 6, to="x")})
    scene.git("merge", "-q", "--ff-only", landed)
    other = on(scene, landed, {"src/a": changed(5, 6, to="y")})
    naive = scene.git("merge-tree", "--write-tree", "--name-only", one, other, check=False)
    assert "src/a" in naive
    assert meet(scene, one, other) == []


def test_a_branch_begun_on_another_one_does_not_clash_with_it(scene: Scene, start: str) -> None:
    one = on(scene, start, {"src/a": changed(5, to="x")})
    on_top = on(scene, one, {"src/a": changed(5, to="y")})
    assert meet(scene, one, on_top) == []
    again = on(scene, start, {"src/a": changed(5, to="z")})
    assert meet(scene, one, on_top, again) == [("src/a",), ("src/a",)]


def test_who_conflicts_with_the_trunk_has_that_to_mend_first(scene: Scene, start: str) -> None:
    one, other = on(scene, start, {"src/a": changed(5, to="x")}), on(scene, start, {"src/a": changed(5, to="y")})
    scene.commit(scene.root, {"src/a": changed(5, to="trunk")})
    assert meet(scene, one, other) == []


def test_the_attributes_of_the_trunk_count(scene: Scene, start: str) -> None:
    scene.commit(scene.root, {".gitattributes": "CHANGES merge=union\n", "CHANGES": "begin\n"})
    one, other = (on(scene, scene.tip(), {"CHANGES": f"begin\n{word}\n"}) for word in "ab")
    assert meet(scene, one, other) == []


def test_a_file_where_the_other_has_a_directory_and_a_directory_that_moves(scene: Scene, start: str) -> None:
    scene.commit(scene.root, {"lib/a": LINES, "lib/b": LINES + "b\n"})
    one, other = on(scene, scene.tip(), {"new": "x\n"}), on(scene, scene.tip(), {"new/file": "y\n"})
    assert meet(scene, one, other)
    scene.git("switch", "-q", "--detach", "main")
    scene.git("mv", "lib", "moved")
    moved = scene.commit(scene.root, {})
    scene.git("switch", "-q", "main")
    assert meet(scene, moved, on(scene, scene.tip(), {"lib/more": "z\n"})) == [("moved/more",)]


def test_a_commit_that_cannot_be_merged_spoils_no_other(scene: Scene, start: str) -> None:
    one, other = on(scene, start, {"src/a": changed(5, to="x")}), on(scene, start, {"src/a": changed(5, to="y")})
    stranger = scene.git("commit-tree", "-m", "x", scene.git("rev-parse", "main^{tree}"))
    assert meet(scene, stranger, one, "0" * 40, other) == [("src/a",)]


def everything(place: Path) -> dict[str, str]:
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and "batty-clashes" not in path.parts
    }


def test_what_is_not_committed_is_seen_and_not_touched(scene: Scene, start: str) -> None:
    place = scene.root.parent / "work"
    scene.git("worktree", "add", "-q", "-b", "work", str(place))
    (place / ".gitignore").write_text("secret\n")
    (place / "src/a").write_text(changed(5, to="x"))
    scene.git("add", "src/a", cwd=place)
    (place / "src/a").write_text(changed(5, to="y"))
    (place / "src/b").unlink()
    (place / "new file\n").write_text("new\n")
    (place / "link").symlink_to("src/a")
    (place / "secret").write_text("x\n")
    (place / "film").write_bytes(b"0" * 1_000_001)
    before = everything(scene.root), everything(place)
    room = meetings.room_of_today(scene.root / ".git/batty-clashes")
    made = meetings.with_uncommitted(room, place, start)
    assert (everything(scene.root), everything(place)) == before
    side = meetings.sides(scene.root, room, start, [made], "kanban.md")[made]
    assert side.paths == {"src/a", "src/b", "new file\n", "link", ".gitignore"}
    assert meetings.with_uncommitted(room, place, start) == made
    other = on(scene, start, {"src/a": changed(5, to="z")})
    assert meet(scene, made, other, tip=start) == [("src/a",)]


def test_where_nothing_is_open_or_a_merge_is_under_way_the_commit_counts(scene: Scene, start: str) -> None:
    room = meetings.room_of_today(scene.root / ".git/batty-clashes")
    assert meetings.with_uncommitted(room, scene.root, start) == start
    other = on(scene, start, {"src/a": changed(5, to="x")})
    mine = scene.commit(scene.root, {"src/a": changed(5, to="y")})
    scene.git("merge", other, check=False)
    assert meetings.with_uncommitted(room, scene.root, mine) == mine
    assert meetings.with_uncommitted(room, scene.root / "nowhere", mine) == mine


def test_the_objects_of_yesterday_go(scene: Scene) -> None:
    old = scene.root / ".git/batty-clashes/1/ab"
    old.mkdir(parents=True)
    meetings.room_of_today(scene.root / ".git/batty-clashes")
    assert not old.exists()
