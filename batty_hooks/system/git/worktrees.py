"""Worktrees: listed, made, moved to another commit, asked whether they are clean.

What is not ours is not touched. No `git worktree prune`: git takes for dead what lies on a disk that is away. A
worktree counts when its `.git` and the repository lead to each other.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from batty_hooks.system import directories, late
from batty_hooks.system.git import call, config, links, refs, settings, unfinished
from batty_hooks.system.records import dataclass, replace

_HALF_MADE = "initializing"  # how git locks a worktree until it is whole
_COMMON = "../..\n"  # what a linked worktree's `commondir` says
# Where the primary worktree need not be the directory around .git, or another file has a say in it.
_FOR_GIT = late.pattern(rb"\bbare\b(?!\s*=\s*false\b)|worktree|\[\s*include", re.IGNORECASE)
# What a repository wants of git beyond what the oldest that works here can: whether this one can, it says itself.
_EXTENSIONS = late.pattern(rb"^\s*\[\s*extensions\s*\]([^\[]*)", re.IGNORECASE | re.MULTILINE)
_KNOWN = {b"noop", b"objectformat", b"partialclone", b"preciousobjects"}


@dataclass(frozen=True)
class Worktree:
    """One checkout: where, on which commit and branch (None: detached), and what git says against it. ``uprooted``: its
    branch was deleted under it, and ``head`` is where it stood by the worktree's own log (zeros where none tells)."""

    path: Path
    head: str
    branch: str | None
    bare: bool = False
    locked: str | None = None
    prunable: bool = False
    uprooted: bool = False

    @property
    def half_made(self) -> bool:
        """Whether `worktree add` is still at it, or was killed."""
        return self.locked == _HALF_MADE


def listed(cwd: Path) -> list[Worktree]:
    """All worktrees of the repository, the primary one first."""
    return _by_files(cwd) or _by_git(cwd)


def _by_files(cwd: Path) -> list[Worktree] | None:
    """The same, read from git's files without a process, as every look asks for it. None where git knows better: in a
    linked worktree, under unusual settings, where something is odd in any way or is being written at this moment."""
    git = cwd / ".git"
    try:
        if not git.is_dir() or git.stat().st_uid != os.geteuid() or os.path.realpath(cwd) != str(cwd):
            return None
        if not any(os.access(f"{place}/git", os.X_OK) for place in os.get_exec_path()):
            return None  # nothing else will work: that is said at once
        said = (git / "config").read_bytes()
        if _FOR_GIT.search(said) or _is_ahead(said) or (head := _head(cwd, str(git))) is None:
            return None
        entries = os.listdir(git / "worktrees") if (git / "worktrees").is_dir() else []
        linked = [_linked(cwd, f"{git}/worktrees/{name}") for name in entries]
    except (OSError, ValueError):
        return None
    whole = [place for place in linked if place]
    if len(whole) < len(linked):
        return None
    return [Worktree(cwd, *head), *sorted(whole, key=lambda place: os.fsencode(place.path))]


def _is_ahead(config: bytes) -> bool:
    names = (line.partition(b"=")[0].strip() for line in b"\n".join(_EXTENSIONS.findall(config)).split(b"\n"))
    return any(name.lower() not in _KNOWN for name in names if name and name[0] not in b"#;")


def _linked(cwd: Path, directory: str) -> Worktree | None:
    """A linked worktree by what the repository knows of it, in ``directory``."""
    place, head = links.text(f"{directory}/gitdir").rstrip(), _head(cwd, directory)
    if head is None or not place.startswith("/") or not place.endswith("/.git"):
        return None
    if links.text(f"{directory}/commondir") != _COMMON:
        return None
    locked = None
    with contextlib.suppress(FileNotFoundError):
        locked = links.text(f"{directory}/locked").strip()
    prunable = locked is None and not os.path.lexists(place)
    return Worktree(Path(place.removesuffix("/.git")), *head, locked=locked, prunable=prunable)


def _head(cwd: Path, directory: str) -> tuple[str, str | None] | None:
    """The commit and the branch of a worktree, by the HEAD in its git directory; None where that is not all there."""
    if os.path.islink(f"{directory}/HEAD"):
        return None
    said = links.text(f"{directory}/HEAD").rstrip("\n")
    if not said.startswith("ref: refs/heads/"):
        return (said, None) if refs.OID.match(said) else None
    branch = said.removeprefix("ref: refs/heads/")
    tip = refs.loose(cwd, f"refs/heads/{branch}")
    return (tip, branch) if tip else None


def _by_git(cwd: Path) -> list[Worktree]:
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
    return [*map(_of_submodule, found[:1]), *map(_of_its_log, found[1:])]


def _of_its_log(place: Worktree) -> Worktree:
    """Where a linked worktree stood whose branch somebody has deleted: git lists it as one without any commit."""
    if not place.branch or place.head.strip("0"):
        return place
    directory = links.own_directory(place.path)
    return replace(place, uprooted=True, head=(directory and unfinished.stood_on(directory)) or place.head)


def _of_submodule(primary: Worktree) -> Worktree:
    """git lists a submodule's primary worktree by its git directory; core.worktree says where it is."""
    if primary.bare or (primary.path / ".git").exists():
        return primary
    place = call.ask("config", "core.worktree", cwd=primary.path)
    return replace(primary, path=Path(os.path.normpath(primary.path / place))) if place else primary


def add(cwd: Path, path: Path, commit: str, branch: str | None = None, empty: bool = False) -> None:
    """Make a worktree at ``path``: on a new ``branch`` from ``commit``, or detached there; ``empty``, without its
    files, for `checkout_exact` to put them there.

    A `worktree add` that was killed leaves an entry "locked (initializing)" that prune passes over and, before its
    HEAD is written, `worktree remove` too; so that the same call made again succeeds, it is taken away first.
    """
    if half_made(path):
        discard(cwd, path)
    elif not os.path.lexists(path):
        _forget(cwd, path)
    where = ["-B", branch] if branch else ["--detach"]
    options = ["--no-checkout"] if empty else []
    call.text("worktree", "add", "--quiet", *options, *where, str(path), commit, cwd=cwd)


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
    try:
        made = ["--no-track", "-c", branch, start] if start else [branch]
        call.text("switch", "--quiet", "--no-guess", *made, cwd=path)
    except call.GitError:
        if not start or refs.resolve(path, f"refs/heads/{branch}") != start:
            raise
        call.text("switch", "--quiet", "--no-guess", branch, cwd=path)  # it was made, and then a lock was in the way


def leave_branch(path: Path, commit: str) -> None:
    """Check out ``commit`` at ``path`` on no branch. Refuses to lose changes."""
    call.text("switch", "--quiet", "--detach", commit, cwd=path)


def dirty_paths(path: Path, untracked: bool = True, exact: bool = False) -> list[str]:
    """What `git status` shows at ``path``: changed, staged and (unless told not) untracked paths; ``exact``, by what
    everybody ignores who has the repository, whatever a person ignores besides."""
    return [line for _, line in dirty(path, untracked, exact)]


def dirty(path: Path, untracked: bool = True, exact: bool = False) -> list[tuple[str, str]]:
    """The same, each with the two letters that `git status` has for it."""
    listing = call.fields(
        *(settings.EXACT if exact else ()), "status", "--porcelain=v1", "-z",
        f"--untracked-files={'all' if untracked else 'no'}", "--no-renames",
        cwd=path,
    )  # fmt: skip
    return [(line[:2], line[3:]) for line in listing]


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


def tracked_among(path: Path, names: Iterable[str]) -> set[str]:
    """Which of ``names`` are tracked in the worktree at ``path``, or hold something that is."""
    wanted = set(names)
    found = call.fields("--literal-pathspecs", "ls-files", "-z", "--", *sorted(wanted), cwd=path)
    return {name for name in wanted for known in found if known == name or known.startswith(f"{name}/")}


def files(path: Path) -> list[str]:
    """Every file at ``path`` that is tracked, or could be: what git ignores is left out."""
    return call.fields("ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=path)


def ignored_paths(path: Path, exact: bool = False) -> set[str]:
    """What git ignores at ``path``; a directory that is ignored as a whole is one path, with a slash at its end.
    ``exact`` as in `dirty_paths`."""
    listing = call.fields(
        *(settings.EXACT if exact else ()), "status", "--porcelain=v1", "-z", "--ignored=traditional",
        "--untracked-files=normal", "--no-renames", cwd=path,
    )  # fmt: skip
    return {line[3:] for line in listing if line.startswith("!! ")}


def discard(cwd: Path, path: Path) -> None:
    """Take away a worktree that nobody works in (half made, or the gate's and broken), so that it can be made anew."""
    registered, common = config.git_directory(path) if half_made(path) else None, config.common_directory(cwd)
    if registered and common and registered.parent == common / "worktrees":
        directories.remove(registered)  # (it may not say yet where its worktree is)
    with contextlib.suppress(OSError):
        directories.remove(path)
    _forget(cwd, path)


def _forget(cwd: Path, path: Path) -> None:
    """Take away what the repository knows of the worktree at ``path``, and of no other: what `git worktree prune` takes
    for dead may lie on a disk that is away."""
    common = cwd / ".git" if (cwd / ".git").is_dir() else config.common_directory(cwd)
    while common and (directory := links.registration(common, path)):
        directories.remove(directory)


def fast_forward(path: Path, branch: str, commit: str) -> str | None:
    """Move ``branch``, checked out at ``path``, ahead to ``commit``; git's refusal, or None when it moved.

    `merge --ff-only --no-overwrite-ignore` is the one of nine ways that harms none of the states a human's checkout can
    be in; the rest is there because his configuration may ask for the opposite (a strategy makes a merge commit).
    """
    code, out, err = call.run(
        *settings.DURABLE, f"--config-env=branch.{branch}.mergeOptions=NO_OPTIONS",
        "merge", "--quiet", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-squash",
        "--no-verify-signatures", commit, cwd=path, env={"NO_OPTIONS": ""},
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


def put_back(path: Path, commit: str, names: list[str]) -> None:
    """Give files of a worktree, on disk and in the index, the content they have in ``commit``."""
    data = "\0".join(names).encode("utf-8", "surrogateescape")
    call.text(
        "--literal-pathspecs", "restore", f"--source={commit}", "--staged", "--worktree", "--pathspec-from-file=-",
        "--pathspec-file-nul", cwd=path, stdin=data,
    )  # fmt: skip
