"""The hook that guards the trunk: whom it lets, what it never touches, and how it gets along with others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from batty_hooks.state import project as project_map
from batty_hooks.state.githooks import guard
from batty_hooks.state.githooks.guard import Guard

REFUSAL = "moves by landing only: `batty-hooks done`, or `batty-hooks merge BRANCH`"


def guarded(repository, mode: str = "agents", trunk: str = "main"):
    """Installed, the trunk under guard; what the hook goes by is in place as a step would have put it."""
    repository.install()
    ref = f"refs/heads/{trunk}"
    guard.set_up(project_map.find(repository.root), Guard(mode, ref, "-"), repository.git("rev-parse", ref))
    return repository


def noted(repository) -> list[str]:
    """The commits the trunk was let move to."""
    return (repository.common / "batty/let-pass").read_text().split()


def refused(repository, *arguments: str, at: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Have git refuse something; what our hook said, which is one line."""
    done = repository.run(["git", *arguments], at, env)
    assert done.returncode != 0, f"{arguments} went through"
    said = [line for line in done.stderr.splitlines() if "batty-hooks" in line]
    assert len(said) == 1, done.stderr
    return said[0]


# --- who --------------------------------------------------------------------------------------------------------------


def test_a_person_in_the_primary_checkout_may(repository):
    guarded(repository)
    repository.git("branch", "side")
    (repository.root / "below").mkdir()
    for arguments in (
        ("commit", "-q", "--allow-empty", "-m", "x"), ("reset", "-q", "--hard", "HEAD~1"),
        ("merge", "-q", "--no-ff", "--no-edit", "side"), ("commit", "-q", "--amend", "--allow-empty", "-m", "y"),
        ("update-ref", "refs/heads/main", "side"),
    ):  # fmt: skip
        repository.git(*arguments, at=repository.root / "below")
        assert noted(repository)[-1] == repository.git("rev-parse", "main")


def test_a_member_may_not_even_there(repository):
    guarded(repository)
    said = refused(repository, "commit", "-q", "--allow-empty", "-m", "x", env={"BATTY_MEMBER": "engineer-1"})
    assert said == f"batty-hooks: main {REFUSAL}; to put this worktree right: `git switch -c BRANCH`"


def test_nobody_may_from_a_linked_worktree(repository):
    guarded(repository)
    place = repository.worktree("agent-1")
    repository.commit(at=place)
    assert refused(repository, "update-ref", "refs/heads/main", "HEAD", at=place) == f"batty-hooks: main {REFUSAL}"
    below = place / "below"
    below.mkdir()
    refused(repository, "update-ref", "refs/heads/main", "HEAD", at=below)


def test_a_trunk_of_another_name(repository):
    repository.git("branch", "-m", "release/2.x")
    guarded(repository, trunk="release/2.x")
    place = repository.worktree("agent-1")
    repository.commit(at=place)
    assert "release/2.x moves by landing" in refused(
        repository, "update-ref", "refs/heads/release/2.x", "HEAD", at=place
    )
    for name in ("main", "release/2", "release/2xx", "x/release/2.x"):
        if name != "release/2":  # git keeps no branch beside a directory of that name
            repository.git("branch", "-f", name, "HEAD", at=place)


def test_a_bare_repository(make, repository, tmp_path):
    bare = tmp_path / "bare one.git"
    repository.git("clone", "--quiet", "--bare", str(repository.root), str(bare))
    clone, repository.root = repository.root, bare
    guarded(repository)
    repository.git("worktree", "add", "-q", "../agent-1", "-b", "agent-1")
    own = bare / ".batty/worktrees/engineer-1"
    repository.git("worktree", "add", "-q", str(own), "-b", "engineer-1")
    for place in (bare.parent / "agent-1", own):
        repository.commit(at=place)
        refused(repository, "update-ref", "refs/heads/main", "HEAD", at=place)
    refused(repository, "push", "-q", str(bare), "HEAD:main", at=own)
    repository.git("commit", "-q", "--allow-empty", "-m", "more", at=clone)
    refused(repository, "push", "-q", str(bare), "main", at=clone)
    repository.git("update-ref", "refs/heads/main", "agent-1")
    repository.git("worktree", "add", "-q", "../trunk", "main")
    repository.commit(at=bare.parent / "trunk")
    assert len(noted(repository)) == 3, "a person moves it in the repository, and where it is checked out"


def test_a_submodule(make, repository, tmp_path):
    inner = make(tmp_path / "inner")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub module")
    inner.root = repository.root / "sub module"
    guarded(inner)
    inner.commit()
    assert noted(inner)[-1] == inner.git("rev-parse", "main")
    place = inner.worktree("agent-1")
    refused(inner, "update-ref", "refs/heads/main", "HEAD~1", at=place)
    repository.commit()


def test_a_separate_git_directory(make, tmp_path):
    repository = guarded(make(tmp_path / "top", "--separate-git-dir", str(tmp_path / "else where")))
    repository.commit()
    place = repository.worktree("agent-1")
    refused(repository, "update-ref", "refs/heads/main", "HEAD~1", at=place)


def test_a_repository_with_long_object_names(make, tmp_path):
    repository = guarded(make(tmp_path / "long", "--object-format=sha256"))
    place = repository.worktree("agent-1")
    repository.commit(at=place)
    refused(repository, "update-ref", "-d", "refs/heads/main", at=place)
    repository.git("pack-refs", "--all", at=place)
    repository.commit()
    assert noted(repository)[-1] == repository.git("rev-parse", "main")


def test_a_push_is_refused_before_git_puts_it_into_a_checkout(repository, tmp_path):
    guarded(repository)
    repository.git("config", "receive.denyCurrentBranch", "updateInstead")
    repository.git("clone", "--quiet", str(repository.root), str(tmp_path / "other"))
    (tmp_path / "other/new").write_text("x")
    repository.git("add", "new", at=tmp_path / "other")
    repository.commit(at=tmp_path / "other")
    said = refused(repository, "push", "origin", "main", "main:side", at=tmp_path / "other").strip()
    assert (
        said
        == f"remote: batty-hooks: main {REFUSAL}; push it as another branch: `git push REMOTE HEAD:refs/heads/BRANCH`"
    )
    assert not (repository.root / "new").exists() and repository.git("status", "--porcelain", "-uno") == ""
    assert repository.git("rev-parse", "side") == repository.git("rev-parse", "HEAD", at=tmp_path / "other")


# --- what it never touches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["agents", "everyone"])
def test_everything_else_goes_on(make, repository, tmp_path, mode):
    """By an agent, in its worktree: whatever keeps the trunk where it is."""
    other = make(tmp_path / "other")
    for name in ("one", "two"):
        other.git("branch", name)
    guarded(repository, mode)
    place, tip = repository.worktree("agent-1"), repository.git("rev-parse", "main")
    for number in range(3):
        (place / f"{number}").write_text("x")
        repository.git("add", ".", at=place)
        repository.commit(at=place)
    (place / "0").write_text("y")
    for line in (
        "stash", "stash pop", "tag v1", "tag -a -m x v2", "branch other", "branch -m other another", "branch -f main2",
        f"fetch -q {other.root} refs/heads/*:refs/remotes/other/*", "pack-refs --all", "commit -q -a -m x",
        "rebase -q --force-rebase HEAD~2", "merge -q --no-edit main", "branch -D another", "tag -d v1", "gc -q",
        "worktree add -q ../agent-2 main -b agent-2", "update-ref refs/heads/main main", "checkout -q main2",
        "branch -M main2 main3", "fetch -q --prune . refs/heads/*:refs/remotes/here/*",
        "pack-refs --all --prune", "gc -q --prune=now", "push -q . HEAD:refs/heads/agent-3",
    ):  # fmt: skip
        done = repository.run(["git", *line.split()], place, {"BATTY_MEMBER": "agent-1"})
        assert (done.returncode, "batty" in done.stderr) == (0, False), f"{line}: {done.stderr}"
    assert repository.git("rev-parse", "main") == tip
    assert not (repository.common / "refs/heads/main").exists(), "it has been packed"
    assert repository.git("fsck", "--no-dangling") == ""


def test_off_is_off(repository):
    guarded(repository, "off")
    place = repository.worktree("agent-1")
    repository.git("update-ref", "-d", "refs/heads/main", at=place)


def break_guard(content: bytes | None):
    def damage(root: Path) -> None:
        path = root / ".git/batty/guard"
        path.unlink()
        if content is not None:
            path.write_bytes(content)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        break_guard(None), break_guard(b""), break_guard(b"agents\n"), break_guard(b"\0\xff\n"),
        lambda root: (root / ".git/batty/actions/guard-trunk").unlink(),
        lambda root: (root / ".git/batty/actions/reference-transaction").unlink(),
        lambda root: (root / ".git/batty/root").unlink(),
        lambda root: (root / ".git/batty/root").write_text("../../not/there\n"),
    ],
)  # fmt: skip
def test_damage_lets_everything_pass_in_silence(repository, damage):
    guarded(repository)
    damage(repository.root)
    assert repository.commit() == ""


def test_without_its_advice_it_still_refuses(repository):
    guarded(repository)
    (repository.common / "batty/actions/guard-mend").unlink()
    place = repository.worktree("agent-1")
    refused(repository, "update-ref", "-d", "refs/heads/main", at=place)


def test_a_note_that_cannot_be_written_refuses_nothing(repository):
    guarded(repository)
    (repository.common / "batty/let-pass").unlink()
    (repository.common / "batty/let-pass").mkdir()
    assert repository.commit() == ""


# --- what git says to it ----------------------------------------------------------------------------------------------


def ask(repository, stage: str, lines: str, at: Path | None = None) -> tuple[int, str]:
    """Start the hook as git does, with a transaction git 2.39 would not make."""
    hook = repository.common / "hooks/reference-transaction"
    done = subprocess.run([str(hook), stage], cwd=at or repository.root, input=lines, capture_output=True, text=True)
    return done.returncode, done.stderr


def test_what_newer_gits_say_of_symbolic_refs(repository):
    """From git 2.46 on a value may be the name of a ref."""
    guarded(repository)
    place = repository.worktree("agent-1")
    zero, head = "0" * 40, repository.git("rev-parse", "HEAD")
    assert ask(repository, "prepared", f"{head} ref:refs/heads/evil refs/heads/main\n", place)[0] == 1
    assert ask(repository, "prepared", f"{zero} ref:refs/heads/evil refs/heads/main\n", place)[0] == 1
    assert ask(repository, "prepared", "ref:refs/heads/main ref:refs/heads/agent-1 HEAD\n", place) == (0, "")
    assert ask(repository, "prepared", f"ref:refs/heads/evil {head} refs/heads/agent-1\n", place) == (0, "")


def test_only_prepared_is_a_question(repository):
    guarded(repository)
    place, zero = repository.worktree("agent-1"), "0" * 40
    for stage, code in (("prepared", 1), ("committed", 0), ("aborted", 0), ("preparing", 0)):
        assert ask(repository, stage, f"{zero} {zero} refs/heads/main\n", place)[0] == code
    assert ask(repository, "prepared", "", place) == (0, "")


# --- beside others ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hooks_path", [None, ".githooks"])
def test_a_hook_that_was_there_gets_it_all_and_may_refuse(repository, tmp_path, hooks_path):
    log = tmp_path / "log"
    directory = repository.root / hooks_path if hooks_path else repository.common / "hooks"
    theirs = f'#!/bin/sh\n{{ echo "$1"; cat; }} >>"{log}"\n[ ! -e "{log}.no" ]\n'
    repository.hook(directory, "reference-transaction", theirs)
    if hooks_path:
        repository.git("config", "core.hooksPath", hooks_path)
    guarded(repository)
    place, head = repository.worktree("agent-1"), repository.git("rev-parse", "HEAD")
    log.unlink()
    repository.git("tag", "v1", at=place)
    lines = f"{'0' * 40} {head} refs/tags/v1\n"
    assert log.read_text() in (
        f"prepared\n{lines}committed\n{lines}",
        f"preparing\n{lines}prepared\n{lines}committed\n{lines}",
    )
    repository.commit(at=place)
    refused(repository, "update-ref", "refs/heads/main", "HEAD", at=place)
    log.with_name("log.no").touch()
    assert repository.run(["git", "tag", "v2"]).returncode != 0
    assert "batty" not in repository.run(["git", "tag", "v2"]).stderr


def test_a_branch_renamed_onto_the_trunk_is_not_lost(repository):
    """git deletes the branch, then the trunk, each by itself: refused at the second it would have neither."""
    guarded(repository)
    place = repository.worktree("agent-1")
    repository.commit(at=place)
    repository.git("switch", "-q", "-c", "desk")
    for packed in (False, True):
        if packed:
            repository.git("pack-refs", "--all")
        for arguments in (("-M", "agent-1", "main"), ("-f", "-m", "agent-1", "main"), ("-M", "main")):
            refused(repository, "branch", *arguments, at=place)
            assert repository.git("rev-parse", "agent-1") == repository.git("rev-parse", "HEAD", at=place)
    repository.git("branch", "-M", "desk", "main")
    assert noted(repository)[-1] == repository.git("rev-parse", "main"), "a person may"


def test_a_system_without_proc(repository, tmp_path):
    """macOS has `ps` alone to say which git command is asking: here reading /proc fails as it does there."""
    repository.hook(tmp_path / "bin", "tr", "#!/bin/sh\nexit 1\n")
    guarded(repository)
    place, path = repository.worktree("agent-1"), {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    repository.commit(at=place)
    repository.git("switch", "-q", "-c", "desk")
    refused(repository, "branch", "-M", "agent-1", "main", at=place, env=path)
    assert "git reset --merge" in refused(repository, "switch", "-q", "-C", "main", at=place, env=path)
