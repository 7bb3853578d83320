"""What a worktree's own git directory says of unfinished things: what git is in the middle of, commits on no branch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.system import late
from batty_hooks.system.git import call

# How git remembers what it is in the middle of, in a worktree's own directory; the first that is there names it.
_OPERATIONS = {
    "rebase-apply/applying": "git am",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "sequencer": "cherry-pick or revert of several commits",
    "BISECT_LOG": "bisect",
}
# What of it a checkout leaves where it is.
_STATE = ("rebase-merge", "rebase-apply", "sequencer", "MERGE_MSG", "SQUASH_MSG", "refs/bisect", "BISECT_*")
# Where commits are named that may be on no branch; FETCH_HEAD names other people's.
_NAMING = ("logs/HEAD", "*HEAD", "rebase-*/*", "sequencer/*", "refs/**/*")
_LASTING = ("refs/heads", "refs/tags", "refs/remotes", "refs/batty/saved", "refs/batty/attempts")
_OID = late.pattern(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")
_NONE = late.pattern(r"0+\Z")


def operation(git_directory: Path) -> str:
    """What git is in the middle of in a worktree, or ""."""
    return next((word for name, word in _OPERATIONS.items() if (git_directory / name).exists()), "")


def rebased_branch(git_directory: Path) -> str | None:
    """The branch that a rebase in progress is going to move, or None."""
    for name in ("rebase-merge", "rebase-apply"):
        with contextlib.suppress(OSError):
            said = (git_directory / name / "head-name").read_text(errors="surrogateescape").strip()
            return said.removeprefix("refs/heads/")
    return None


def stood_on(git_directory: Path, anew: bool = False) -> str:
    """The commit that a worktree stood on last, by its own log, whatever has become of its branch; ``anew``: before it
    began a history without parents. "" where no log tells."""
    moves = [line.split(" ")[:2] for line in _text(git_directory / "logs/HEAD").splitlines()]
    begun = [number for number, (before, _) in enumerate(moves) if number and _NONE.match(before)]
    known = [oid for move in moves[: begun[-1] if begun else 0 if anew else None] for oid in move]
    return next((oid for oid in reversed(known) if _OID.match(oid) and not _NONE.match(oid)), "")


def left(git_directory: Path, name: str) -> tuple[str, str]:
    """The branch called ``name``, or ``name-…``, that a worktree has left last, by its own log, and the commit that it
    stood on then; ("", "") where no log tells."""
    for line in reversed(_text(git_directory / "logs/HEAD").splitlines()):
        move, _, says = line.partition("\t")
        branch = says.removeprefix("checkout: moving from ").partition(" to ")[0] if " moving from " in says else ""
        if branch == name or branch.startswith(f"{name}-"):
            return branch, move.partition(" ")[0]
    return "", ""


def loose_ends(root: Path, git_directory: Path) -> list[str]:
    """The commits that were made, or are needed, in a worktree and that no lasting ref holds: a detached HEAD, what a
    reset left behind, what a rebase has begun with. Needs nothing but the worktree's own git directory."""
    named = dict.fromkeys(oid for file in _naming(git_directory) for oid in _OID.findall(_text(file)))
    wanted = [oid for oid in named if not _NONE.match(oid)]
    if not wanted:
        return []
    found = _outside(root, wanted, [f"--glob={name}" for name in _LASTING])
    return _outside_of_whole_ones(root, wanted) if found is None else found


def _outside(root: Path, wanted: list[str], held: list[str]) -> list[str] | None:
    """The newest of the ``wanted`` commits, and of those below them, that are not ``held``; None where git cannot walk
    that far."""
    lines = "".join(f"{oid}\n" for oid in wanted).encode()
    arguments = ("rev-list", "--ignore-missing", "--parents", "--stdin", *(["--not", *held] if held else []))
    code, out, _ = call.run(*arguments, cwd=root, stdin=lines)
    commits = [line.split() for line in out.decode().splitlines()]
    below = {parent for _, *parents in commits for parent in parents}
    return None if code else [commit for commit, *_ in commits if commit not in below]


def _outside_of_whole_ones(root: Path, wanted: list[str]) -> list[str]:
    """The same where some branch, maybe another member's, leads to what git cannot read (a power cut, a bad disk): of
    what is whole, held by what is whole. git itself takes away nothing where something is damaged."""
    lasting = call.text("for-each-ref", "--format=%(objectname)", *_LASTING, cwd=root).split()
    whole = {oid for oid in {*wanted, *lasting} if call.holds("rev-list", "--quiet", oid, "--", cwd=root)}
    held = [oid for oid in lasting if oid in whole]
    return _outside(root, [oid for oid in wanted if oid in whole], held) or []


def state(git_directory: Path) -> Iterator[Path]:
    """The files and directories in which git remembers what it is in the middle of."""
    for pattern in _STATE:
        yield from sorted(git_directory.glob(pattern))


def _naming(git_directory: Path) -> Iterator[Path]:
    for pattern in _NAMING:
        for file in sorted(git_directory.glob(pattern)):
            if file.name != "FETCH_HEAD" and file.is_file():
                yield file


def _text(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text(errors="replace")
    return ""
