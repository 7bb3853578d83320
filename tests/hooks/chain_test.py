"""Hooks that were there before ours go on running, just as before, and get their place back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

_NOTE = '#!/bin/sh\n{{ echo "{name} $*"; cat; }} >> "{log}"\nexit {code}\n'


def note(log: Path, name: str, code: int = 0) -> str:
    """A hook that writes down its arguments and its input."""
    return _NOTE.format(name=name, log=str(log).replace("$", "\\$").replace('"', '\\"'), code=code)


def picture(common: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of the git directory that belongs to the user's settings: mode and bytes; directories too."""
    found = {}
    for path in sorted(common.rglob("*")):
        name = path.relative_to(common)
        if name.parts[0] not in ("objects", "logs", "refs", "worktrees", "index", "COMMIT_EDITMSG", "ORIG_HEAD"):
            kind = path.lstat().st_mode
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found[str(name)] = (stat.S_IFMT(kind) | stat.S_IMODE(kind), content)
    return found


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def test_a_plain_hook_runs_first_and_comes_back(repository, log):
    hooks = repository.common / "hooks"
    repository.hook(hooks, "post-commit", note(log, "theirs"))
    before = picture(repository.common)
    repository.install()
    place = repository.worktree("later")
    for where in (repository.root, place):
        repository.commit(at=where)
    assert log.read_text() == "theirs \ntheirs \n"
    assert sorted(repository.seen()) == sorted([str(repository.root), str(place)])
    repository.uninstall()
    assert picture(repository.common) == before


def test_a_hook_that_is_not_executable_stays_unused(repository, log):
    repository.hook(repository.common / "hooks", "post-commit", note(log, "theirs"), 0o644)
    before = picture(repository.common)
    repository.install()
    assert repository.commit() == ""
    assert not log.exists()
    assert repository.seen() == [str(repository.root)]
    repository.uninstall()
    assert picture(repository.common) == before


@pytest.mark.parametrize("hooks_path", [None, ".githooks"])
def test_input_and_arguments_reach_the_hook_that_was_there(repository, log, hooks_path):
    directory = repository.root / hooks_path if hooks_path else repository.common / "hooks"
    repository.hook(directory, "post-rewrite", note(log, "theirs"))
    if hooks_path:
        repository.git("config", "core.hooksPath", hooks_path)
    old = repository.git("rev-parse", "HEAD")
    repository.install()
    repository.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "other")
    assert log.read_text() == f"theirs amend\n{old} {repository.git('rev-parse', 'HEAD')}\n"
    assert repository.seen()


def test_a_failing_hook_that_was_there_fails_no_more_than_before(repository, log):
    repository.hook(repository.common / "hooks", "post-commit", note(log, "theirs", 3))
    repository.install()
    repository.commit()
    assert log.exists()
    assert repository.seen() == [str(repository.root)]


def test_a_dispatcher_is_run_under_its_own_name(repository, log):
    dispatcher = repository.hook(
        repository.root / "tools", "dispatch", f'#!/bin/sh\necho "$(basename "$0")" >> "{log}"\n'
    )
    link = repository.common / "hooks" / "post-commit"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(dispatcher)
    before = picture(repository.common)
    repository.install()
    repository.install()
    repository.commit()
    assert log.read_text() == "post-commit\n"
    assert repository.seen() == [str(repository.root)]
    assert repository.problems() == []
    repository.uninstall()
    assert picture(repository.common) == before


@pytest.mark.parametrize("hooks_path", [None, "tools"])
def test_a_directory_that_is_a_link_gets_nothing_of_ours(repository, log, hooks_path):
    """`ln -s ../scripts/hooks .git/hooks`: others see it as well, and somebody would commit what is put there."""
    shared = repository.root / "scripts" / "hooks"
    repository.hook(shared, "post-commit", note(log, "post-commit"))
    if (repository.common / "hooks").exists():
        (repository.common / "hooks").rename(repository.common / "samples")
    (repository.common / "hooks").symlink_to("../scripts/hooks")
    if hooks_path:
        repository.git("config", "core.hooksPath", hooks_path)
    before = picture(repository.common)
    repository.install()
    repository.install()
    assert os.listdir(shared) == ["post-commit"]
    repository.commit()
    assert repository.seen() == [str(repository.root)] and (bool(hooks_path) or log.read_text() == "post-commit \n")
    assert repository.problems() == []
    repository.uninstall()
    assert picture(repository.common) == before and os.listdir(shared) == ["post-commit"]


# --- core.hooksPath ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("absolute", [False, True])
def test_a_local_hooks_path(repository, log, absolute):
    theirs = repository.root / "my hooks"
    repository.git("config", "core.hooksPath", str(theirs) if absolute else "my hooks")
    repository.hook(theirs, "post-commit", note(log, "theirs"))
    before = picture(repository.common)
    repository.install()
    place = repository.worktree("later")
    assert not (place / "my hooks").exists()
    for where in (repository.root, place):
        repository.commit(at=where)
    assert log.read_text() == "theirs \ntheirs \n"
    assert sorted(repository.seen()) == sorted([str(repository.root), str(place)])
    assert repository.problems() == []
    repository.uninstall()
    assert picture(repository.common) == before
    repository.commit()
    assert log.read_text() == "theirs \ntheirs \ntheirs \n"


def test_a_worktree_has_its_own_copy_of_a_relative_hooks_path(repository, log):
    repository.git("config", "core.hooksPath", ".githooks")
    repository.hook(repository.root / ".githooks", "post-commit", note(log, "primary"))
    repository.install()
    place = repository.worktree("later")
    repository.hook(place / ".githooks", "post-commit", note(log, "linked"))
    repository.commit(at=place)
    assert log.read_text() == "linked \n"


def test_a_global_hooks_path(repository, log, own_home):
    theirs = own_home / "hooks"
    repository.hook(theirs, "post-commit", note(log, "theirs"))
    repository.git("config", "--global", "core.hooksPath", "~/hooks")
    before = picture(repository.common)
    repository.install()
    repository.commit()
    assert log.read_text() == "theirs \n"
    assert repository.seen() == [str(repository.root)]
    assert repository.git("config", "--global", "core.hooksPath") == "~/hooks"
    repository.uninstall()
    assert picture(repository.common) == before


def test_a_hook_of_theirs_that_comes_later_runs_and_may_refuse(repository, log):
    repository.git("config", "core.hooksPath", ".githooks")
    repository.install()
    repository.hook(repository.root / ".githooks", "pre-commit", note(log, "theirs", 7))
    done = repository.run(["git", "commit", "--quiet", "--allow-empty", "-m", "x"])
    assert done.returncode != 0
    assert log.read_text() == "theirs \n"
    assert repository.run(["git", "hook", "run", "pre-commit"]).returncode == 7


def test_hooks_path_that_leads_nowhere(repository):
    repository.git("config", "core.hooksPath", "/dev/null")
    before = picture(repository.common)
    repository.install()
    assert repository.commit() == ""
    assert repository.seen() == [str(repository.root)]
    repository.uninstall()
    assert picture(repository.common) == before


def test_somebody_sets_hooks_path_after_us(repository, log):
    repository.install()
    repository.git("config", "core.hooksPath", ".githooks")
    repository.hook(repository.root / ".githooks", "post-commit", note(log, "theirs"))
    repository.commit()
    assert repository.seen() == []
    assert "core.hooksPath" in repository.problems()[0]
    repository.install()
    assert repository.problems() == []
    repository.commit()
    assert repository.seen() == [str(repository.root)]
    assert log.read_text() == "theirs \ntheirs \n"
    repository.uninstall()
    assert repository.git("config", "core.hooksPath") == ".githooks"


def test_somebody_takes_hooks_path_away(repository):
    repository.git("config", "core.hooksPath", ".githooks")
    repository.install()
    repository.git("config", "--unset", "core.hooksPath")
    repository.commit()
    assert repository.seen() == [str(repository.root)]
    assert repository.problems() == []
    repository.uninstall()
    assert repository.run(["git", "config", "core.hooksPath"]).returncode == 1


def test_uninstall_leaves_a_setting_that_somebody_made_since(repository):
    repository.git("config", "core.hooksPath", ".githooks")
    repository.install()
    repository.git("config", "core.hooksPath", ".others")
    lines = repository.uninstall()
    assert repository.git("config", "core.hooksPath") == ".others"
    assert any(".others" in line and ".githooks" in line for line in lines)


def test_uninstall_keeps_other_changes_of_the_config(repository):
    repository.git("config", "core.hooksPath", ".githooks")
    repository.install()
    repository.git("config", "remote.origin.url", "somewhere")
    repository.uninstall()
    assert repository.git("config", "core.hooksPath") == ".githooks"
    assert repository.git("config", "remote.origin.url") == "somewhere"


def test_a_setting_of_one_worktree_alone_is_refused(repository):
    from batty_hooks.errors import FatalError

    repository.git("config", "extensions.worktreeConfig", "true")
    repository.git("config", "--worktree", "core.hooksPath", ".alone")
    before = picture(repository.common)
    with pytest.raises(FatalError, match="worktree alone"):
        repository.install()
    repository.uninstall()
    assert picture(repository.common) == before


# --- coming back after others -----------------------------------------------------------------------------------------


def test_a_tool_overwrites_our_file(repository, log):
    repository.hook(repository.common / "hooks", "post-commit", note(log, "first"))
    repository.install()
    repository.hook(repository.common / "hooks", "post-commit", note(log, "second"))
    assert "post-commit" in repository.problems()[0]
    repository.install()
    repository.commit()
    assert log.read_text() == "second \n"
    assert repository.seen() == [str(repository.root)]
    lines = repository.uninstall()
    assert (repository.common / "hooks" / "post-commit").read_text() == note(log, "second")
    kept = [path for path in (repository.common / "hooks").iterdir() if path.read_text() == note(log, "first")]
    assert len(kept) == 1 and str(kept[0]) in lines[0]
