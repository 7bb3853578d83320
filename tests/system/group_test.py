"""What is made in a repository that a group shares is the group's, whoever makes it."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.state.project import layout
from batty_hooks.system import atomic, group, lock


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def now() -> int:
    os.umask(found := os.umask(0o077))
    return found


def shared(place: Path) -> Path:
    place.mkdir()
    place.chmod(0o2775)
    return place


@pytest.mark.parametrize(
    ("of_directory", "before", "after"),
    [(0o2775, 0o022, 0o002), (0o2770, 0o077, 0o007), (0o755, 0o022, 0o022), (0o775, 0o022, 0o022),
     (0o2755, 0o077, 0o077)],
)  # fmt: skip
def test_the_umask_leaves_the_group_what_the_repository_does(
    tmp_path: Path, of_directory: int, before: int, after: int
) -> None:
    tmp_path.chmod(of_directory)
    os.umask(before)
    group.join(tmp_path)
    assert now() == after


def test_what_is_not_there_is_not_shared(tmp_path: Path) -> None:
    group.join(tmp_path / "not there")
    assert now() == 0o022


@pytest.mark.parametrize(("umask", "new"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_what_is_new_has_the_rights_that_the_umask_leaves(tmp_path: Path, umask: int, new: int) -> None:
    os.umask(umask)
    atomic.write(tmp_path / "written", "x")
    atomic.create(tmp_path / "created", "x")
    atomic.append_line(tmp_path / "lines", b"x")
    with lock.held(tmp_path / "a.lock"):
        pass
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        ("written", "created", "lines", "a.lock"), new
    )


def test_who_replaces_a_file_leaves_its_rights(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o640)
    os.umask(0o077)
    atomic.write(tmp_path / "file", "y")
    atomic.write(tmp_path / "program", "y", mode=0o755)
    assert (mode(tmp_path / "file"), mode(tmp_path / "program")) == (0o640, 0o755)


def test_our_directories_are_the_groups(tmp_path: Path) -> None:
    common = shared(tmp_path / ".git")
    batty = tmp_path / ".batty"
    batty.mkdir()
    group.give(batty, common)
    assert mode(batty) == 0o2775 and batty.stat().st_gid == common.stat().st_gid
    layout.make([batty / "board"], common)
    assert mode(batty / "board") & 0o2770 == 0o2770


def test_a_repository_of_ones_own_stays_so(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    layout.make([tmp_path / "new"], tmp_path / ".git")
    assert mode(tmp_path / "new") == 0o755


def test_what_one_user_alone_may_write_is_told_with_what_gives_it_to_the_group(open_scene: Scene) -> None:
    if os.geteuid():
        pytest.skip("nothing can be given to somebody else")
    place = open_scene.root.parent
    place.chmod(0o755)
    common, batty = shared(place / "shared"), place / "batty"
    (batty / "board").mkdir(parents=True)
    named = grp.getgrgid(common.stat().st_gid).gr_name
    pid = os.fork()
    if pid == 0:
        what = mend = ""
        try:
            os.setuid(65534)
            what, mend = layout.of_others(batty, common) or ("", "")
        finally:
            os._exit(0 if "though a group shares this" in what and f"chgrp -R {named} " in mend else 1)
    assert os.waitpid(pid, 0)[1] == 0
