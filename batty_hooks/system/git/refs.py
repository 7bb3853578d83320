"""Names of commits: read, moved with compare-and-swap, listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from batty_hooks.system.git import call

ZERO = "0" * 40
_OID = re.compile(r"[0-9a-f]{40,64}\Z")


def resolve(cwd: Path, revision: str) -> str | None:
    """The commit a revision names, or None."""
    return call.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", cwd=cwd)


def branch_tip(cwd: Path, branch: str) -> str | None:
    """The commit a branch stands on, or None when there is no such branch."""
    return _loose(cwd, f"refs/heads/{branch}") or resolve(cwd, f"refs/heads/{branch}")


def _loose(cwd: Path, ref: str) -> str | None:
    """What the file of a ref says, which goes before everything else: asked at every look, without a process.

    None in a linked worktree, for a symbolic or packed ref, and where git keeps refs otherwise: git knows then.
    """
    try:
        said = (cwd / ".git" / ref).read_text("utf-8", "surrogateescape").rstrip("\n")
    except (OSError, ValueError):
        return None
    return said if _OID.match(said) else None


def current_branch(cwd: Path) -> str | None:
    """The branch checked out at ``cwd``; None when HEAD is detached."""
    return call.ask("symbolic-ref", "--quiet", "--short", "HEAD", cwd=cwd)


def points_to(common: Path, ref: str) -> str | None:
    """The ref that ``ref`` only stands for, or None when it names a commit itself. By its file alone, no process."""
    try:
        said = (common / ref).read_text("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None
    return said.removeprefix("ref:").strip() if said.startswith("ref:") else None


def update(cwd: Path, ref: str, new: str, old: str | None = None, reason: str = "batty-hooks") -> bool:
    """Move ``ref`` to ``new`` if it still stands on ``old`` (ZERO: does not exist; None: wherever).

    False when somebody else moved it first.
    """
    arguments = [
        *call.DURABLE,
        *call.NO_HOOKS,
        "update-ref",
        "-m",
        reason,
        ref,
        new,
        *([] if old is None else [old]),
    ]
    code, _, err = call.run(*arguments, cwd=cwd)
    if code == 0:
        return True
    if resolve(cwd, ref) != old and old is not None:
        return False
    raise call.GitError(tuple(arguments), code, err.decode("utf-8", "replace"))


def update_all(cwd: Path, names: Mapping[str, str], reason: str = "batty-hooks") -> None:
    """Make several refs stand on what is given for each, wherever they stood; all or none of them."""
    if names:
        lines = "".join(f"update {name} {oid}\n" for name, oid in names.items())
        call.text(*call.DURABLE, *call.NO_HOOKS, "update-ref", "-m", reason, "--stdin", cwd=cwd, stdin=_bytes(lines))


def delete_all(cwd: Path, names: Iterable[str]) -> None:
    """Delete several refs, wherever they stand; all or none of them, and no error for one that is not there."""
    lines = "".join(f"delete {name}\n" for name in names)
    if lines:
        call.text(*call.NO_HOOKS, "update-ref", "--stdin", cwd=cwd, stdin=_bytes(lines))


def _bytes(lines: str) -> bytes:
    return lines.encode("utf-8", "surrogateescape")


def delete(cwd: Path, ref: str, old: str) -> bool:
    """Delete ``ref`` if it still stands on ``old``; False when it is elsewhere or gone, or a hook wants it kept.

    Raises GitError while another git holds a lock it needs.
    """
    arguments = (*call.NO_HOOKS, "update-ref", "-d", ref, old)
    code, _, err = call.run(*arguments, cwd=cwd)
    if code and call.lock_taken(err):
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    return code == 0


def listed(cwd: Path, prefix: str) -> dict[str, str]:
    """Every ref below ``prefix`` with the object it names."""
    lines = call.text("for-each-ref", "--format=%(objectname) %(refname)", prefix, cwd=cwd).splitlines()
    return {name: oid for oid, _, name in (line.partition(" ") for line in lines)}


def contains(cwd: Path, whole: str, part: str) -> bool:
    """Whether commit ``part`` is in the history of ``whole`` (both whole ids: the answer is remembered)."""
    if whole == part:
        return True
    known = call.remember("contains", str(cwd), whole, part)
    if known is None:
        known = str(call.run("merge-base", "--is-ancestor", part, whole, cwd=cwd)[0])
        if known in ("0", "1"):  # anything else: one of them is not there (yet)
            call.remember("contains", str(cwd), whole, part, value=known)
    return known == "0"


def contained(cwd: Path, whole: str, parts: Iterable[str]) -> set[str]:
    """Which of many commits are in the history of ``whole`` (whole ids): one git for all that is not known yet."""
    all_parts = set(parts)
    asked = [part for part in all_parts if part != whole and not call.remember("contains", str(cwd), whole, part)]
    if len(asked) > 1:
        lines = _bytes("".join(f"{part}\n" for part in (*asked, f"^{whole}")))
        code, out, _ = call.run("rev-list", "--stdin", cwd=cwd, stdin=lines)
        outside = set(out.decode().split())
        for part in asked if code == 0 else []:
            call.remember("contains", str(cwd), whole, part, value=str(int(part in outside)))
    return {part for part in all_parts if contains(cwd, whole, part)}


def merge_base(cwd: Path, one: str, other: str) -> str | None:
    """The best common ancestor of two whole ids, or None."""
    known = call.remember("merge-base", str(cwd), one, other)
    if known is None:
        known = call.ask("merge-base", one, other, cwd=cwd) or ""
        call.remember("merge-base", str(cwd), one, other, value=known)
    return known or None


def ahead_behind(cwd: Path, trunk: str, branch: str) -> tuple[int, int]:
    """How many commits ``branch`` has that ``trunk`` has not, and the other way round."""
    counts = call.ask("rev-list", "--left-right", "--count", f"{branch}...{trunk}", "--", cwd=cwd)
    ahead, behind = (counts or "0\t0").split()
    return int(ahead), int(behind)


def default_branch(cwd: Path) -> str | None:
    """The branch other people call the trunk: origin's HEAD, else the only one there is, else the usual."""
    remote = call.ask("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", cwd=cwd)
    branches = [name.removeprefix("refs/heads/") for name in listed(cwd, "refs/heads")]
    configured = call.ask("config", "--get", "init.defaultBranch", cwd=cwd)
    wanted = [remote.partition("/")[2] if remote else None, configured, "main", "master", "trunk"]
    if len(branches) == 1:
        return branches[0]
    return next((name for name in wanted if name in branches), None)


def is_valid_branch(cwd: Path, name: str) -> bool:
    """Whether git would take ``name`` for a branch."""
    return call.holds("check-ref-format", "--branch", name, cwd=cwd)


def brought_in_by(cwd: Path, tip: str, commit: str) -> str | None:
    """The oldest commit on the first-parent line of ``tip`` that contains ``commit``; None when none does."""
    line = call.text("rev-list", "--first-parent", f"{commit}..{tip}", "--", cwd=cwd).split()
    above = set(call.text("rev-list", "--ancestry-path", f"{commit}..{tip}", "--", cwd=cwd).split())
    holding = [oid for oid in line if oid in above]
    return holding[-1] if holding else None
