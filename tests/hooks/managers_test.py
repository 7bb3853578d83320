"""The hook managers people have, each one for real: pre-commit, lefthook, husky.

Each is installed before ours and after ours; theirs and ours both run, in the primary checkout and in a linked
worktree made later; ours taken away leaves theirs, theirs taken away leaves ours.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map
from batty_hooks.state.githooks import guard
from batty_hooks.state.githooks.guard import Guard

_BIN = Path(sys.executable).parent
# How npm says that the network ends before its registry; anything else it says is a failure.
_OUT_OF_REACH = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ENETUNREACH|EHOSTUNREACH|E(?:SOCKET)?TIMEDOUT|SELF_SIGNED_CERT\w*|UNABLE_TO_\w*CERT\w*"
)


def program(name: str) -> str:
    """A program of the environment the tests run in, else of the PATH."""
    found = _BIN / name if (_BIN / name).exists() else shutil.which(name)
    assert found, f"{name} is missing: install the extra `test` (`pip install -e .[test]`)"
    return str(found)


class PreCommit:
    """Its post-commit stage notes that it ran; so does pre-commit."""

    config = """\
repos:
- repo: local
  hooks:
  - {id: a, name: a, language: system, always_run: true, stages: [pre-commit], entry: 'sh -c "echo pre >> \\"$LOG\\""'}
  - {id: b, name: b, language: system, always_run: true, stages: [post-commit], entry: 'sh -c "echo post >> \\"$LOG\\""'}
  - {id: c, name: c, language: system, always_run: true, stages: [pre-merge-commit], entry: 'sh -c "echo m >> \\"$LOG\\""'}
  - {id: d, name: d, language: system, always_run: true, stages: [pre-push], entry: 'sh -c "echo p >> \\"$LOG\\""'}
"""  # noqa: E501
    stages = ("pre-commit", "post-commit", "pre-merge-commit", "pre-push")

    def __init__(self, repository, log):
        self.repository = repository
        (repository.root / ".pre-commit-config.yaml").write_text(self.config)
        repository.git("add", ".")
        repository.commit("config")

    def install(self):
        done = self.repository.run([program("pre-commit"), "install", *self.all_stages()])
        assert done.returncode == 0, done.stdout + done.stderr

    def uninstall(self):
        self.repository.run([program("pre-commit"), "uninstall", *self.all_stages()])

    def all_stages(self):
        return [word for stage in self.stages for word in ("-t", stage)]


class Lefthook:
    """The same with lefthook."""

    config = """\
pre-commit:
  jobs:
    - run: echo pre >> "$LOG"
post-commit:
  jobs:
    - run: echo post >> "$LOG"
pre-merge-commit:
  jobs:
    - run: echo m >> "$LOG"
pre-push:
  jobs:
    - run: echo p >> "$LOG"
"""

    def __init__(self, repository, log):
        self.repository = repository
        (repository.root / "lefthook.yml").write_text(self.config)
        repository.git("add", ".")
        repository.commit("config")

    def install(self):
        done = self.repository.run([program("lefthook"), "install"])
        assert done.returncode == 0, done.stdout + done.stderr

    def uninstall(self):
        self.repository.run([program("lefthook"), "uninstall"])


class Husky:
    """The same with husky 9."""

    def __init__(self, repository, log):
        self.repository = repository
        hooks = repository.root / ".husky"
        hooks.mkdir()
        for name, word in (
            ("pre-commit", "pre"),
            ("post-commit", "post"),
            ("pre-merge-commit", "m"),
            ("pre-push", "p"),
        ):
            (hooks / name).write_text(f'echo {word} >> "$LOG"\n')
        repository.git("add", ".")
        repository.commit("config")

    def install(self):
        script = Path(os.environ["HUSKY_BIN"])
        done = self.repository.run([program("node"), str(script)])
        assert done.returncode == 0, done.stdout + done.stderr

    def uninstall(self):
        self.repository.git("config", "--unset", "core.hooksPath")
        shutil.rmtree(self.repository.root / ".husky" / "_")


@pytest.fixture(scope="session")
def husky_bin(tmp_path_factory):
    """husky 9 from the npm registry, in a directory of its own."""
    place = tmp_path_factory.mktemp("husky")
    (place / "package.json").write_text("{}")
    argv = [program("npm"), "install", "--no-audit", "--no-fund", "--cache", str(place / "cache"), "husky@9"]
    environment = {**os.environ, "PATH": f"{Path(program('node')).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=place, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode and (why := _OUT_OF_REACH.search(done.stderr)):
        pytest.skip(f"npm cannot reach its registry from here: {why[0]}")
    assert done.returncode == 0, f"npm could not install husky: {done.stderr}"
    return place / "node_modules" / "husky" / "bin.js"


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "log"
    monkeypatch.setenv("LOG", str(path))
    monkeypatch.setenv("PATH", f"{_BIN}{os.pathsep}{os.environ['PATH']}")
    return path


@pytest.fixture(params=[PreCommit, Lefthook, Husky])
def manager(request, repository, log, monkeypatch):
    if request.param is Husky:
        monkeypatch.setenv("HUSKY_BIN", str(request.getfixturevalue("husky_bin")))
    return request.param(repository, log)


def theirs(log: Path) -> list[str]:
    """What their hooks wrote since the last call."""
    found = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return found


def commit_a_file(repository, where: Path, quietly: bool = False) -> None:
    """lefthook passes over a commit without files; ``quietly``: no hook runs."""
    (where / f"file-{repository.commits}").write_text("x")
    repository.git("add", f"file-{repository.commits}", at=where)
    if quietly:
        repository.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", f"file {repository.commits}", at=where)
        repository.commits += 1
    else:
        repository.commit(at=where)


def commit_everywhere(repository, log):
    """Commit in the primary checkout and in a worktree made now; both hooks of both must run, each once."""
    place = repository.worktree(f"later-{repository.commits}")
    for where in (repository.root, place):
        commit_a_file(repository, where)
        assert theirs(log) == ["pre", "post"], f"theirs in {where}"
        assert repository.seen() == [str(where)], f"ours in {where}"


def merge_in_a_worktree(repository, log):
    """Merge in a linked worktree: theirs runs once, ours asks for the verdict of the merge, once, and may refuse it."""
    asked, refuse = repository.root.parent / "asked", repository.root.parent / "refuse"
    for path in (asked, refuse):
        path.unlink(missing_ok=True)
    ours, side = (repository.worktree(f"{name}-{repository.commits}") for name in ("merging", "side"))
    commit_a_file(repository, ours, quietly=True)
    commit_a_file(repository, side, quietly=True)
    refuse.touch()
    merge = ["git", "merge", "--no-edit", side.name]
    assert repository.run(merge, ours).returncode == 1
    assert (theirs(log), asked.read_text()) == (["m"], f"gate --merging {ours}\n")
    repository.git("merge", "--abort", at=ours)
    refuse.unlink()
    assert repository.run(merge, ours).returncode == 0
    assert (theirs(log), asked.read_text()) == (["m"], f"gate --merging {ours}\n" * 2)
    assert repository.git("log", "-1", "--format=%P", at=ours).count(" ") == 1


ASKED = 'here=${0%/*}/../../..\n[ "$1" = wake ] || echo "$@ $PWD" >> "$here/asked"\n[ ! -e "$here/refuse" ] || exit 1'


# Each manager before ours or after ours; a commit has both orders of each (below), and what goes by the place of the
# hooks (husky's core.hooksPath) here too.
@pytest.mark.parametrize(
    ("manager", "theirs_first"),
    [(PreCommit, False), (Lefthook, True), (Husky, True), (Husky, False)],
    indirect=["manager"],
)
def test_a_merge_in_a_linked_worktree_runs_both(repository, manager, log, theirs_first):
    if theirs_first:
        manager.install()
    repository.install(ASKED)
    if not theirs_first:
        manager.install()
        repository.install(ASKED)
    merge_in_a_worktree(repository, log)


@pytest.mark.parametrize(
    ("manager", "theirs_first"),
    [(PreCommit, True), (Lefthook, False), (Husky, True), (Husky, False)],
    indirect=["manager"],
)
def test_a_push_runs_both(repository, manager, log, theirs_first):
    """Theirs once, and not at all for what ours refuses (pre-commit runs its own all the same)."""
    project, server = project_map.find(repository.root), repository.root.parent / "server.git"
    repository.git("clone", "-q", "--bare", str(repository.root), str(server))
    repository.git("remote", "add", "origin", str(server))
    if theirs_first:
        manager.install()
    repository.install()
    githooks.install(project, pushes=True)
    guard.set_up(project, Guard("agents", "refs/heads/main", "-", "origin"), None)
    if not theirs_first:
        manager.install()
        repository.install()
    assert repository.problems() == []
    place = repository.worktree("pushing")
    commit_a_file(repository, place, quietly=True)
    refused = repository.run(["git", "push", "origin", "HEAD:main"], place)
    assert refused.returncode != 0 and refused.stderr.count("moves by landing only") == 1, refused.stderr
    assert theirs(log) == (["p"] if isinstance(manager, PreCommit) else [])
    for where in (place, repository.root):
        commit_a_file(repository, where, quietly=True)  # pre-commit passes over a push of what is there already
        repository.git("push", "-q", "origin", f"HEAD:refs/heads/{where.name}", at=where)
        assert theirs(log) == ["p"]
    repository.uninstall()
    commit_a_file(repository, repository.root, quietly=True)
    repository.git("push", "-q", "origin", "HEAD:main")
    assert theirs(log) == ["p"]


def test_theirs_first_then_ours(repository, manager, log):
    manager.install()
    before = (repository.common / "config").read_bytes()
    repository.install()
    commit_everywhere(repository, log)
    assert repository.problems() == []
    repository.uninstall()
    assert (repository.common / "config").read_bytes() == before
    commit_a_file(repository, repository.root)
    assert theirs(log) == ["pre", "post"]
    assert repository.seen() == []


def test_ours_first_then_theirs(repository, manager, log):
    repository.install()
    manager.install()
    repository.install()  # where theirs took our place; `problems` says so
    commit_a_file(repository, repository.root)
    assert (theirs(log), repository.seen()) == (["pre", "post"], [str(repository.root)])
    assert repository.problems() == []
    manager.install()  # what `npm install` and every fresh set-up script do
    repository.install()
    commit_everywhere(repository, log)
    repository.uninstall()
    commit_a_file(repository, repository.root)
    assert theirs(log) == ["pre", "post"]
    assert repository.seen() == []


def test_theirs_taken_away_leaves_ours(repository, manager, log):
    manager.install()
    repository.install()
    manager.uninstall()
    repository.commit()
    assert repository.seen() == [str(repository.root)]
    repository.install()
    assert repository.problems() == []
    repository.commit()
    assert repository.seen() == [str(repository.root)]
    repository.uninstall()
    assert not (repository.common / "batty").exists()
    assert repository.seen() == []


def test_pre_commit_put_in_after_ours_needs_no_help(repository, log):
    manager = PreCommit(repository, log)
    repository.install()
    manager.install()
    assert repository.problems() == []
    commit_a_file(repository, repository.root)
    assert (theirs(log), repository.seen()) == (["pre", "post"], [str(repository.root)])
    manager.uninstall()
    assert repository.problems() == []
    repository.commit()
    assert repository.seen() == [str(repository.root)]


def test_pre_commit_taken_away_before_ours_is_gone_for_good(repository, log):
    manager = PreCommit(repository, log)
    manager.install()
    repository.install()
    manager.uninstall()
    assert repository.problems() == []
    repository.commit()
    assert theirs(log) == []
    assert repository.seen() == [str(repository.root)]
