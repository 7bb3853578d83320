"""A merge follows the .gitattributes of the commit merged into, and nothing that anybody has set or checked out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import call, merging

ATTRIBUTES = {"merge=union": "a\nb\n", "merge=ours": "a\n", "merge=binary": "", "-merge": "", "": "", "merge=mine": ""}


def two(scene: Scene, base: dict[str, str], path: str = "CHANGES") -> tuple[str, str]:
    """A commit that has appended `a` to a file, and one that has appended `b`; on no branch."""
    start = scene.commit(scene.root, base)
    tips = []
    for line in "ab":
        scene.git("switch", "-q", "--detach", start)
        tips.append(scene.commit(scene.root, {path: base.get(path, "") + f"{line}\n"}, line))
    return tips[0], tips[1]


def merged(scene: Scene, ours: str, theirs: str, path: str = "CHANGES") -> str | None:
    """What a merge makes of a file; None: a conflict."""
    call._memory.clear()
    found = merging.merge(scene.root, ours, theirs)
    return None if found.conflicts else scene.git("show", f"{found.tree}:{path}") + "\n"


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_attributes_merged_into_decide(scene: Scene, attribute: str) -> None:
    """Whoever has what checked out, and whatever drivers there are: `mine` would take everything."""
    scene.git("config", "merge.mine.driver", "true")
    scene.git("config", "--global", "merge.union.driver", "false")
    ours, theirs = two(scene, {".gitattributes": f"CHANGES {attribute}\n", "CHANGES": ""})
    for place in ("main", ours):
        scene.git("switch", "-q", "--detach", place)
        assert merged(scene, ours, theirs) == (ATTRIBUTES[attribute] or None)


def test_attributes_of_a_directory_and_of_the_commit_itself(scene: Scene) -> None:
    ours, theirs = two(scene, {"docs/.gitattributes": "*.md merge=union\n", "docs/a.md": ""}, "docs/a.md")
    assert merged(scene, ours, theirs, "docs/a.md") == "a\nb\n"
    scene.git("switch", "-q", "--detach", ours)
    without = scene.commit(scene.root, {"docs/.gitattributes": ""})
    assert merged(scene, without, theirs, "docs/a.md") is None
    assert merged(scene, theirs, without, "docs/a.md") == "b\na\n"
    assert merging.merge(scene.root, without, theirs, rules=ours).conflicts == (), "another commit may say"


PERSONAL = {
    "info/attributes": "",
    "core.attributesFile": "ATTRIBUTES",
    "merge.default": "union",
    "merge.renames": "false",
    "merge.directoryRenames": "true",
    "merge.renormalize": "true",
    "merge.conflictStyle": "zdiff3",
    "diff.renames": "false",
    "diff.algorithm": "patience",
    "core.bigFileThreshold": "1",
    "core.autocrlf": "true",
    "core.ignoreCase": "true",
    "merge.union.driver": "false",
    "merge.text.driver": "true",
}


@pytest.mark.parametrize("key", PERSONAL)
def test_nothing_of_a_person_decides(scene: Scene, tmp_path: Path, key: str) -> None:
    """A line that both changed is in conflict, two lines apart and a renamed file are not."""
    long = "".join(f"line {number}\n" for number in range(20))
    start = scene.commit(scene.root, {"one.txt": long, "two.txt": long, "clash.txt": "x\n"})
    scene.commit(scene.root, {"one.txt": f"first\n{long}", "clash.txt": "a\n"}, "Ours")
    (scene.root / "two.txt").rename(scene.root / "moved.txt")
    scene.git("add", "-A")
    scene.git("commit", "-qm", "Moved")
    ours = scene.git("rev-parse", "HEAD")
    scene.git("switch", "-q", "--detach", start)
    apart = scene.commit(scene.root, {"one.txt": f"{long}last\n", "two.txt": f"{long}last\n"}, "Apart")
    clash = scene.commit(scene.root, {"clash.txt": "b\n"}, "Clash")
    clean = merging.merge(scene.root, ours, apart)
    assert clean.clean
    (tmp_path / "attributes").write_text("* merge=union\n")
    if key == "info/attributes":
        (scene.root / ".git/info/attributes").write_text("* merge=union\n")
    else:
        value = PERSONAL[key].replace("ATTRIBUTES", str(tmp_path / "attributes"))
        scene.git("config", key, value)
        scene.git("config", "--global", key, value)
    call._memory.clear()
    assert merging.merge(scene.root, ours, apart) == clean
    assert merging.merge(scene.root, ours, clash).conflicts == ("clash.txt",)


@pytest.mark.parametrize("layout", ["bare", "sha256", "linked", "shallow", "alternates"])
def test_in_every_kind_of_repository(scene: Scene, tmp_path: Path, layout: str) -> None:
    if layout == "sha256":
        scene = Scene(tmp_path / "other").create("--object-format=sha256")
    ours, theirs = two(scene, {".gitattributes": "CHANGES merge=union\n", "CHANGES": "x\n"})
    scene.git("branch", "ours", ours)
    scene.git("branch", "theirs", theirs)
    clone, source = Scene(tmp_path / "clone"), f"file://{scene.root}"
    if layout == "linked":
        scene.git("worktree", "add", "-q", "--detach", str(clone.root), "main")
    elif layout != "sha256":
        how = {"bare": ["--bare"], "shallow": ["--depth=2", "--no-single-branch"], "alternates": ["--shared"]}[layout]
        scene.git("clone", "-q", *how, str(scene.root) if layout == "alternates" else source, str(clone.root))
    assert merged(scene if layout == "sha256" else clone, ours, theirs) == "x\na\nb\n"


def test_a_partial_clone_fetches_what_a_merge_needs(scene: Scene, tmp_path: Path) -> None:
    ours, theirs = two(scene, {"long": "".join(f"{n}\n" for n in range(9)), "CHANGES": "x\n"})
    scene.git("switch", "-q", "--detach", theirs)
    theirs = scene.commit(scene.root, {"CHANGES": "b\nx\n"}, "Before")
    scene.git("switch", "-q", "--detach", ours)
    for name, oid in (("ours", ours), ("theirs", theirs)):
        scene.git("branch", name, oid)
    scene.git("config", "uploadpack.allowFilter", "true")
    scene.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{scene.root}", str(clone.root))
    assert merged(clone, ours, theirs) == "b\nx\na\n"


def test_what_is_merged_in_is_made_once(scene: Scene) -> None:
    ours, theirs = two(scene, {".gitattributes": "* text\n", "CHANGES": ""})
    (made := scene.root / ".git/batty-merging").mkdir()
    old, killed = made / "0123", made / ".tmp-1-a"
    for left in (old, killed):
        (left / "tree").mkdir(parents=True)
        os.utime(left, (1, 1))
    assert merged(scene, ours, theirs) is None
    (place,) = made.iterdir()
    before = place.stat().st_ino
    assert merged(scene, theirs, ours) is None
    assert [entry.stat().st_ino for entry in made.iterdir()] == [before]
    merging.forget(scene.root / ".git")
    assert not made.exists() and merged(scene, theirs, ours) is None
    listed = subprocess.run(["git", "-C", str(scene.root), "fsck"], capture_output=True, text=True, check=True)
    assert "error" not in listed.stderr


def test_attributes_that_are_a_link_count_for_nothing(scene: Scene) -> None:
    """As git has it."""
    (scene.root / "rules").write_text("* merge=union\n")
    (scene.root / ".gitattributes").symlink_to("rules")
    scene.git("add", ".")
    ours, theirs = two(scene, {"CHANGES": ""})
    assert merged(scene, ours, theirs) is None
