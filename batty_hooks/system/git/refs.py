"""Names of commits: read, moved with compare-and-swap, listed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from batty_hooks.system import late
from batty_hooks.system.git import call, links, settings

ZERO = "0" * 40
_ON_BRANCH, _ELSEWHERE = "ref: refs/heads/", "ref: refs/heads/.invalid"  # what the file HEAD says
_FEW = 200  # refs, as files of their own, that are read here
_MANY = 3000  # commits, more of which are counted by git itself
OID = late.pattern(r"[0-9a-f]{40,64}\Z")


def tables(common: Path) -> Path:
    """Where git keeps all refs of a repository made with `--ref-format=reftable`; others have no such directory."""
    return common / "reftable"


def resolve(cwd: Path, revision: str) -> str | None:
    """The commit a revision names, or None."""
    return call.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", cwd=cwd)


def is_commit(cwd: Path, commit: str) -> bool:
    """Whether a commit (a whole id) is here."""
    known = call.remember("is here", str(cwd), commit)
    if known is None and call.run("cat-file", "-e", f"{commit}^{{commit}}", cwd=cwd)[0] == 0:
        known = call.remember("is here", str(cwd), commit, value="yes")
    return known is not None


def branch_tip(cwd: Path, branch: str) -> str | None:
    """The commit a branch stands on, or None when there is no such branch."""
    ref = f"refs/heads/{branch}"
    if known := loose(cwd, ref):
        return known
    found = _by_files(cwd, ref)
    return found.get(ref) if found is not None else resolve(cwd, ref)


def loose(cwd: Path, ref: str) -> str | None:
    """What the file of a ref says, which goes before everything else: asked at every look, without a process.

    None in a linked worktree, for a symbolic or packed ref, and where git keeps refs otherwise: git knows then.
    """
    try:
        said = links.text(f"{cwd}/.git/{ref}").rstrip("\n")
    except (OSError, ValueError):
        return None
    return said if OID.match(said) else None


def current_branch(cwd: Path) -> str | None:
    """The branch checked out at ``cwd``; None when HEAD is detached."""
    said = _head(cwd)
    if said.startswith(_ON_BRANCH):
        return said.removeprefix(_ON_BRANCH)
    return None if OID.match(said) else pointed_to(cwd, "HEAD", "refs/heads/")


def head(cwd: Path) -> str | None:
    """The commit that is checked out at ``cwd``, whether or not it is there; None before the first one."""
    said = _head(cwd)
    tip = said if OID.match(said) else ""
    if said.startswith(_ON_BRANCH):
        tip = loose(_primary(cwd), said.removeprefix("ref: ")) or ""
    return tip or call.ask("rev-parse", "--verify", "--quiet", "HEAD", cwd=cwd)


def _primary(cwd: Path) -> Path:
    """The checkout whose `.git` holds the refs of ``cwd``, as a rule: where it is none, nothing is found there."""
    directory = links.own_directory(cwd)
    return directory.parent.parent.parent if directory else cwd


def _head(cwd: Path) -> str:
    """What the HEAD of a checkout says, by its file; "" where git knows better: where there is none, where it is odd,
    somebody else's, or git keeps refs otherwise."""
    directory: Path | None = cwd / ".git"
    try:
        if not os.path.isdir(f"{cwd}/.git"):
            directory = links.own_directory(cwd)
        if directory is None or os.path.islink(f"{directory}/HEAD") or os.stat(directory).st_uid != os.geteuid():
            return ""
        said = links.text(f"{directory}/HEAD").rstrip("\n")
    except (OSError, ValueError):
        return ""
    return "" if said == _ELSEWHERE else said


def checked_out(place: Path) -> tuple[str | None, str | None]:
    """The branch of a worktree (None: HEAD is detached) and its commit; neither of one that is not there.

    Agents delete the worktree they are in, also between two of our calls.
    """
    if place.is_dir():
        try:
            return current_branch(place), resolve(place, "HEAD")
        except call.GitError:
            if place.is_dir():
                raise
    return None, None


def pointed_to(cwd: Path, ref: str, prefix: str) -> str | None:
    """What ``ref`` stands for, below ``prefix``. Not by `--short`: that is `heads/main` where a tag is called main."""
    said = call.ask("symbolic-ref", "--quiet", ref, cwd=cwd) or ""
    return said.removeprefix(prefix) if said.startswith(prefix) else None


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
    arguments = [*settings.DURABLE, "update-ref", "-m", reason, ref, new, *([] if old is None else [old])]
    code, _, err = call.run(*arguments, cwd=cwd)
    if code == 0:
        return True
    if resolve(cwd, ref) != old and old is not None:
        return False
    raise call.GitError(tuple(arguments), code, err.decode("utf-8", "replace"))


def update_all(cwd: Path, names: Mapping[str, str]) -> None:
    """Make several refs stand on what is given for each, wherever they stood; all or none of them."""
    if names:
        lines = "".join(f"update {name} {oid}\n" for name, oid in names.items())
        call.text(*settings.DURABLE, "update-ref", "-m", "batty-hooks", "--stdin", cwd=cwd, stdin=_bytes(lines))


def delete_all(cwd: Path, names: Iterable[str]) -> None:
    """Delete several refs, wherever they stand; all or none of them, and no error for one that is not there."""
    lines = "".join(f"delete {name}\n" for name in names)
    if lines:
        call.text("update-ref", "--stdin", cwd=cwd, stdin=_bytes(lines))


def _bytes(lines: str) -> bytes:
    return lines.encode("utf-8", "surrogateescape")


def delete(cwd: Path, ref: str, old: str) -> bool:
    """Delete ``ref`` if it still stands on ``old``; False when it is elsewhere or gone, or a hook wants it kept.

    Raises GitError while another git holds a lock it needs.
    """
    arguments = ("update-ref", "-d", ref, old)
    code, _, err = call.run(*arguments, cwd=cwd)
    if code and call.lock_taken(err):
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    return code == 0


def listed(cwd: Path, prefix: str, within: str = "") -> dict[str, str]:
    """Every ref below ``prefix`` with the object it names; with ``within`` those alone which that commit holds."""
    if not within and (found := _by_files(cwd, prefix)) is not None:
        return found
    held = [f"--merged={within}"] if within else []
    lines = call.text("for-each-ref", "--format=%(objectname) %(refname)", *held, prefix, cwd=cwd).split("\n")
    return {name: oid for oid, _, name in (line.partition(" ") for line in lines) if name}


def _by_files(cwd: Path, prefix: str) -> dict[str, str] | None:
    """The same, read from git's files without a process, as most looks ask for a few refs or none. None where git knows
    better: in a linked worktree, of many refs, of one that is odd in any way, and where git keeps refs otherwise."""
    git, base = cwd / ".git", prefix.rstrip("/")
    if not git.is_dir() or tables(git).exists() or not prefix.isascii() or "*" in prefix:
        return None
    if git.stat().st_uid != os.geteuid():  # git may refuse somebody else's repository, in its own words
        return None
    refused: list[OSError] = []
    files = [Path(place, name) for place, _, names in os.walk(git / base, onerror=refused.append) for name in names]
    files += [git / base] if prefix == base and (git / base).is_file() else []
    found: dict[str, str] = {}
    try:
        for path in files[: _FEW + 1]:
            with contextlib.suppress(FileNotFoundError):  # deleted, or packed just now: what is packed is read below
                found[path.relative_to(git).as_posix()] = path.read_text("utf-8", "surrogateescape").rstrip("\n")
        found = _packed(git, base, prefix == base) | found
    except OSError as error:
        refused.append(error)
    found = {name: said for name, said in sorted(found.items()) if not name.endswith(".lock")}
    odd = any(not name.isascii() or not OID.match(said) for name, said in found.items())
    unread = any(not isinstance(error, FileNotFoundError | NotADirectoryError) for error in refused)
    return None if odd or unread or len(files) > _FEW else found


def _packed(git: Path, base: str, itself: bool) -> dict[str, str]:
    try:
        lines = (git / "packed-refs").read_text("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return {}
    named = {name: oid for oid, _, name in (line.partition(" ") for line in lines) if OID.match(oid)}
    return {name: oid for name, oid in named.items() if name.startswith(f"{base}/") or (itself and name == base)}


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
        known = call.ask("merge-base", one, other, cwd=cwd)
        if known:  # a shallow clone may yet learn of one
            call.remember("merge-base", str(cwd), one, other, value=known)
    return known


def ahead_behind(cwd: Path, trunk: str, commits: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many commits each of ``commits`` has that ``trunk`` has not, and the other way round (whole ids)."""
    asked = dict.fromkeys(commits)
    parents = _since_all_part(cwd, [trunk, *asked]) if len(asked) > 1 else {}
    if not parents:
        return {commit: _ahead_behind(cwd, trunk, commit) for commit in asked}
    held = _reached(parents, trunk)
    found = {}
    for commit in asked:
        own = _reached(parents, commit)
        found[commit] = len(own - held), len(held - own)
    return found


def _ahead_behind(cwd: Path, trunk: str, commit: str) -> tuple[int, int]:
    counts = call.ask("rev-list", "--left-right", "--count", f"{commit}...{trunk}", "--", cwd=cwd)
    ahead, behind = (counts or "0\t0").split()
    return int(ahead), int(behind)


def _since_all_part(cwd: Path, commits: list[str]) -> dict[str, list[str]]:
    """The commits that not all of ``commits`` have, with their parents: two gits for any number of branches. {} where
    that cannot be told in few words."""
    base = call.ask("merge-base", "--octopus", *commits, cwd=cwd)
    if not base:
        return {}
    most = f"--max-count={_MANY + 1}"
    listing = (call.ask("rev-list", "--parents", most, *commits, f"^{base}", "--", cwd=cwd) or "").split("\n")
    if len(listing) > _MANY:
        return {}
    return {base: [], **{commit: parents for commit, *parents in map(str.split, filter(None, listing))}}


def _reached(parents: Mapping[str, list[str]], start: str) -> set[str]:
    found, ahead = set(), [start]
    while ahead:
        commit = ahead.pop()
        if commit in parents and commit not in found:
            found.add(commit)
            ahead += parents[commit]
    return found


def made_at(cwd: Path, branch: str) -> str | None:
    """The commit at which a branch was made, as its reflog has it; None when it has none."""
    lines = (call.ask("reflog", "show", "--format=%H", f"refs/heads/{branch}", "--", cwd=cwd) or "").split()
    return lines[-1] if lines else None
