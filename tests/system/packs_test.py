"""What another repository lacks is sent to it, and no more; what it got is known there by refs."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import packs
from batty_hooks.system.git.call import GitError


def test_only_what_is_lacking_is_sent(scene: Scene, tmp_path: Path) -> None:
    there = tmp_path / "there.git"
    packs.create(there)
    big = "".join(f"{number * 7919 % 104729} {number * 104723 % 7907}\n" for number in range(20000))
    first = scene.commit(scene.root, {"numbers/two": big})
    whole = packs.make(scene.root, first, packs.got(there))
    tree = scene.git("rev-parse", f"{first}^{{tree}}")
    assert packs.receive(there, first, whole) == tree
    assert packs.got(there) == [first]
    second = scene.commit(scene.root, {"numbers/three": "3\n"})
    more = packs.make(scene.root, second, packs.got(there))
    assert len(more) < 1000 < len(whole)
    assert packs.receive(there, second, more) == scene.git("rev-parse", f"{second}^{{tree}}")
    assert packs.make(scene.root, second, packs.got(there)) == b""
    assert scene.git("fsck", "--strict", cwd=there) == ""


def test_commits_that_nobody_knows_here_count_for_nothing(scene: Scene, tmp_path: Path) -> None:
    there = tmp_path / "there.git"
    packs.create(there)
    tip = scene.tip()
    pack = packs.make(scene.root, tip, ["e" * 40, "--all", ""])
    assert packs.receive(there, tip, pack) == scene.git("rev-parse", f"{tip}^{{tree}}")


def test_a_repository_of_long_names_is_received_in_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "long")
    scene.create("--object-format=sha256")
    tip, there = scene.tip(), tmp_path / "there.git"
    packs.create(there, tip)
    assert packs.receive(there, tip, packs.make(scene.root, tip, [])) == scene.git("rev-parse", f"{tip}^{{tree}}")
    assert packs.got(there) == [tip]


def test_what_is_not_whole_is_refused(scene: Scene, tmp_path: Path) -> None:
    there = tmp_path / "there.git"
    packs.create(there)
    pack = packs.make(scene.root, scene.tip(), [])
    with pytest.raises(GitError):
        packs.receive(there, scene.tip(), pack[:-30])
    with pytest.raises(GitError):
        packs.receive(there, scene.tip(), b"")
    assert packs.got(there) == []
