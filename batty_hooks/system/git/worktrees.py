"""Worktrees: listed, made, moved to another commit, asked whether they are clean."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from batty_hooks.system.git import call, config

_WHOLE = ("-c", "core.sparseCheckout=false")
_HALF_MADE = "initializing"  # how git locks a worktree until it is whole


@dataclass(frozen=True)
class Worktree:
    """One checkout: where, on which commit and branch (None: detached), and what git says against it."""

    path: Path
    head: str
    branch: str | None
    bare: bool = False
    locked: str | None = None
    prunable: bool = False

    @property
    def half_made(self) -> bool:
        """Whether `worktree add` is still at it, or was killed."""
        return self.locked == _HALF_MADE


def listed(cwd: Path) -> list[Worktree]:
    """All worktrees of the repository, the primary one first."""
    found = []
    for block in call.text("worktree", "list", "--porcelain", "-z", cwd=cwd).split("\0\0"):
        lines = [line.partition(" ") for line in block.strip("\0").split("\0")]
        facts = {key: value for key, _, value in lines}
        if "worktree" in facts:
            branch = facts.get("branch")
            found.append(
                Worktree(
                    Path(facts["worktree"]),
                    facts.get("HEAD", ""),
                    branch.removeprefix("refs/heads/") if branch else None,
                    "bare" in facts,
                    facts.get("locked"),
                    "prunable" in facts,
                )
            )
    return [*map(_of_submodule, found[:1]), *found[1:]]


def _of_submodule(primary: Worktree) -> Worktree:
    """git lists a submodule's primary worktree by its git directory; core.worktree says where it is."""
    if primary.bare or (primary.path / ".git").exists():
        return primary
    place = call.ask("config", "core.worktree", cwd=primary.path)
    return replace(primary, path=Path(os.path.normpath(primary.path / place))) if place else primary


def add(cwd: Path, path: Path, commit: str, branch: str | None = None, whole: bool = False) -> None:
    """Make a worktree at ``path``: on a new ``branch`` from ``commit``, or detached there; ``whole``, even where a
    sparse checkout is what the primary one has (a new worktree takes after it).

    A `worktree add` that was killed leaves an entry "locked (initializing)" that prune passes over and, before its
    HEAD is written, `worktree remove` too; so that the same call made again succeeds, it is taken away first.
    """
    if half_made(path):
        discard(cwd, path)
    elif any(known.path == path and known.prunable for known in listed(cwd)):
        call.run("worktree", "unlock", str(path), cwd=cwd)
        call.run("worktree", "remove", "--force", "--force", str(path), cwd=cwd)
    call.run("worktree", "prune", cwd=cwd)
    where = ["-B", branch] if branch else ["--detach"]
    call.text(*(_WHOLE if whole else ()), "worktree", "add", "--quiet", *where, str(path), commit, cwd=cwd)


def half_made(path: Path) -> bool:
    """Whether `worktree add` is still at the worktree at ``path``, or was killed; by files alone."""
    directory = config.git_directory(path) if (path / ".git").is_file() else None
    try:
        return bool(directory) and Path(f"{directory}/locked").read_text(errors="replace").strip() == _HALF_MADE
    except FileNotFoundError:
        return False


def remove(cwd: Path, path: Path) -> None:
    """Take a worktree away; git refuses when it holds changes."""
    call.text("worktree", "remove", str(path), cwd=cwd)


def switch(path: Path, branch: str, start: str | None = None) -> None:
    """Check out ``branch`` at ``path``, made from ``start`` first when given. Refuses to lose changes."""
    made = ["--no-track", "-c", branch, start] if start else [branch]
    call.text("switch", "--quiet", "--no-guess", *made, cwd=path)


def leave_branch(path: Path, commit: str) -> None:
    """Check out ``commit`` at ``path`` on no branch. Refuses to lose changes."""
    call.text("switch", "--quiet", "--detach", commit, cwd=path)


def dirty_paths(path: Path, untracked: bool = True) -> list[str]:
    """What `git status` shows at ``path``: changed, staged and (unless told not) untracked paths."""
    listing = call.fields(
        "status", "--porcelain=v1", "-z", f"--untracked-files={'all' if untracked else 'no'}", "--no-renames",
        cwd=path,
    )  # fmt: skip
    return [line[3:] for line in listing]


def touched_paths(path: Path) -> list[str]:
    """The tracked files that somebody has changed, staged or taken out at ``path``.

    What happens inside a submodule is not among them, for its superproject can move ahead without touching it; a
    commit of a submodule that was staged is.
    """
    found = []
    for line in call.fields(
        "status", "--porcelain=v2", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=none", cwd=path
    ):
        kind, state, submodule, *_ = line.split(" ")
        if not (submodule.startswith("S") and state.startswith(".")):
            found.append(line.split(" ", 10 if kind == "u" else 8)[-1])
    return found


def checkout_exact(path: Path, commit: str) -> None:
    """Make a worktree of *ours* (made whole) hold exactly ``commit``: detached, changes and untracked files gone,
    ignored files (build caches) kept. Never call it on a worktree anybody edits."""
    Path(f"{config.git_directory(path)}/index.lock").unlink(missing_ok=True)
    call.text(*_WHOLE, "checkout", "--quiet", "--detach", "--force", commit, cwd=path)
    call.text("clean", "-ffdq", cwd=path)


def update_submodules(path: Path, modules: Path) -> str | None:
    """Check out the submodules that the commit at ``path`` names, from the clones in ``modules`` and from nowhere else.

    Those that have no clone there stay empty, as they are in the primary checkout. git's refusal, or None.
    """
    if not (path / ".gitmodules").is_file():
        return None
    places = call.ask("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$", cwd=path)
    settings, wanted = ["-c", "protocol.file.allow=always"], []
    for line in filter(None, (places or "").split("\0")):
        key, _, place = line.partition("\n")
        clone = modules / key.removeprefix("submodule.").removesuffix(".path")
        if clone.is_dir():
            settings += ["-c", f"{key.removesuffix('.path')}.url={clone}"]
            wanted.append(place)
    if not wanted:
        return None
    update = ("submodule", "--quiet", "update", "--init", "--checkout", "--force", "--", *wanted)
    code, out, err = call.run(*call.NO_HOOKS, *settings, *update, cwd=path)
    return (err or out).decode("utf-8", "replace") if code else None


def checkout_same(path: Path) -> None:
    """Give up what a worktree of *ours* holds beyond its commit; `save` it first."""
    call.text("checkout", "--quiet", "--force", "HEAD", cwd=path)
    call.text("clean", "-ffdq", cwd=path)


def discard(cwd: Path, path: Path) -> None:
    """Take away a worktree that nobody works in (half made, or the gate's and broken), so that it can be made anew."""
    import shutil

    if half_made(path):  # git finds no such worktree before its HEAD is written, and prune passes over a locked one
        Path(f"{config.git_directory(path)}/locked").unlink(missing_ok=True)
    call.run("worktree", "unlock", str(path), cwd=cwd)
    call.run("worktree", "remove", "--force", "--force", str(path), cwd=cwd)
    shutil.rmtree(path, ignore_errors=True)
    call.run("worktree", "prune", cwd=cwd)


def fast_forward(path: Path, commit: str) -> str | None:
    """Move the branch checked out at ``path`` ahead to ``commit``; git's refusal, or None when it moved.

    `merge --ff-only --no-overwrite-ignore` is the one of nine ways that harms none of the states a human's checkout can
    be in; --no-autostash and --no-squash, because his configuration may ask for either.
    """
    code, out, err = call.run(
        *call.DURABLE, *call.NO_HOOKS,
        "merge", "--quiet", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-squash", commit,
        cwd=path,
    )  # fmt: skip
    if code and (lock := call.lock_taken(err)):
        return f"another git is at work there, or was killed: it holds {lock}"
    return (err or out).decode("utf-8", "replace") or f"exit {code}" if code else None


def busy(git_directory: Path, branch: str) -> str | None:
    """What git is in the middle of in a worktree ("rebase" of ``branch``, "merge" …), or None."""
    for name in ("rebase-merge", "rebase-apply"):
        head = git_directory / name / "head-name"
        if head.exists() and head.read_text(errors="replace").strip() == f"refs/heads/{branch}":
            return "rebase"
    for name, word in (
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("sequencer/todo", "cherry-pick or revert of several commits"),
        ("rebase-apply/applying", "git am"),
    ):
        if (git_directory / name).exists():
            return word
    return None


def save(path: Path, ref: str, message: str, identity: tuple[str, str]) -> str:
    """Keep everything a worktree holds beyond its commit (untracked files too) as a commit under ``ref``.

    Nothing in the worktree or its index changes; the commit's parent is HEAD.
    """
    directory = call.text("rev-parse", "--absolute-git-dir", cwd=path)
    index = {"GIT_INDEX_FILE": f"{directory}/batty-save-index"}
    Path(f"{directory}/batty-save-index.lock").unlink(missing_ok=True)  # of one that was killed
    call.text("read-tree", "HEAD", cwd=path, env=index)
    call.text("add", "--all", cwd=path, env=index)
    tree = call.text("write-tree", cwd=path, env=index)
    Path(index["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    name, email = identity
    who = {
        "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email,
    }  # fmt: skip
    commit = call.text("commit-tree", tree, "-p", "HEAD", "-m", message, cwd=path, env=who)
    call.text(*call.DURABLE, "update-ref", ref, commit, cwd=path)
    return commit
