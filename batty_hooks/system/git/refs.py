"""Names of commits: read, moved with compare-and-swap, listed."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.system.git import call

ZERO = "0" * 40


def resolve(cwd: Path, revision: str) -> str | None:
    """The commit a revision names, or None."""
    return call.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", cwd=cwd)


def branch_tip(cwd: Path, branch: str) -> str | None:
    """The commit a branch stands on, or None when there is no such branch."""
    return resolve(cwd, f"refs/heads/{branch}")


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
