"""Trees and commits made and compared without a checkout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batty_hooks.system.git import call

UNRELATED = "(everything: there is no commit in common)"
_GITLINK, _ABSENT = "160000", "000000"  # modes in a raw diff
_OID = re.compile(r"[0-9a-f]{40,64}\Z")


@dataclass(frozen=True)
class Merge:
    """What a merge of two commits gives: the tree, and the paths in conflict (none: it is clean)."""

    tree: str
    conflicts: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.conflicts


@dataclass(frozen=True)
class Change:
    """One path in which two trees differ: its mode and object in each; zeros where a tree does not have it."""

    path: str
    old_mode: str
    old: str
    new_mode: str
    new: str

    @property
    def is_new(self) -> bool:
        return self.old_mode == _ABSENT

    @property
    def is_gone(self) -> bool:
        return self.new_mode == _ABSENT

    @property
    def is_submodule(self) -> bool:
        return _GITLINK in (self.old_mode, self.new_mode)


def merge(cwd: Path, ours: str, theirs: str) -> Merge:
    """Merge ``theirs`` into ``ours`` in memory (git merge-tree --write-tree: 4 ms for 20,000 files).

    Two histories without a common commit are in conflict as a whole (UNRELATED). Raises GitError for a commit that is
    not there: git answers 1 both for a conflict and for an unknown name, so only a printed tree tells them apart.
    """
    known = call.remember("merge", str(cwd), ours, theirs)
    if known is None:
        arguments = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        code, out, err = call.run(*arguments, cwd=cwd)
        known = out.decode("utf-8", "surrogateescape").rstrip("\0")
        if b"unrelated histories" in err:
            known = f"{tree_of(cwd, ours)}\0{UNRELATED}"
        elif code > 1 or not _OID.match(known.split("\0")[0]):
            raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
        call.remember("merge", str(cwd), ours, theirs, value=known)
    tree, *paths = known.split("\0")
    return Merge(tree, tuple(dict.fromkeys(path for path in paths if path)))


def merge_each(cwd: Path, ours: str, many: Sequence[str]) -> None:
    """Work out the merges of many commits into ``ours`` with one git, so that ``merge`` knows them.

    Where git cannot (before 2.39), or from the first one on that is amiss, ``merge`` asks for itself.
    """
    asked = [theirs for theirs in many if call.remember("merge", str(cwd), ours, theirs) is None]
    if len(asked) < 2:
        return
    arguments = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--stdin")
    _, out, _ = call.run(*arguments, cwd=cwd, stdin="".join(f"{ours} {theirs}\n" for theirs in asked).encode())
    for theirs, said in zip(asked, out.decode("utf-8", "surrogateescape").split("\0\0"), strict=False):
        clean, _, known = said.partition("\0")
        if clean not in ("0", "1") or not _OID.match(known.partition("\0")[0]):
            return
        call.remember("merge", str(cwd), ours, theirs, value=known)


def commit(
    cwd: Path, tree: str, parents: list[str], message: str, identity: tuple[str, str], date: str | None = None
) -> str:
    """Make a commit object; ``identity`` is (name, email) of author and committer, ``date`` git's way.

    One with a ``date`` is a help to think with (a candidate): the same again is the same object, and it need not
    survive a power cut.
    """
    name, email = identity
    known = call.remember("commit", str(cwd), tree, *parents, message, *identity, date) if date else None
    if known:
        return known
    environment = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }
    if date:
        environment |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    arguments = [*(() if date else call.DURABLE), "commit-tree", tree]
    for parent in parents:
        arguments += ["-p", parent]
    made = call.text(*arguments, cwd=cwd, stdin=message.encode("utf-8", "surrogateescape"), env=environment)
    call.remember("tree", made, value=tree)
    if date:
        call.remember("commit", str(cwd), tree, *parents, message, *identity, date, value=made)
    return made


def tree_of(cwd: Path, commit: str) -> str:
    """The tree of a commit."""
    known = call.remember("tree", commit)
    if known is None:
        known = call.text("rev-parse", f"{commit}^{{tree}}", cwd=cwd)
        call.remember("tree", commit, value=known)
    return known


def index_tree(worktree: Path, index: str = "") -> str:
    """The tree of a worktree's index, or of the index file git named to a hook (relative to the worktree's root)."""
    return call.text("write-tree", cwd=worktree, env={"GIT_INDEX_FILE": index} if index else None)


def entry(cwd: Path, commit: str, path: str) -> str | None:
    """The `mode type oid` of one path in a commit, or None when it holds no such path."""
    known = call.remember("entry", str(cwd), commit, path)
    if known is None:
        known = call.ask("ls-tree", "-z", "--full-tree", commit, "--", path, cwd=cwd)
        if known is None:
            return None
        call.remember("entry", str(cwd), commit, path, value=known)
    return known.rstrip("\0").partition("\t")[0] or None


def listing(cwd: Path, tree: str) -> list[tuple[str, str]]:
    """Every file of a tree or commit: its path and its blob."""
    lines = call.fields("ls-tree", "-r", "-z", "--full-tree", tree, cwd=cwd)
    return [(path, facts.rpartition(" ")[2]) for facts, _, path in (line.partition("\t") for line in lines)]


def look_up_entries(cwd: Path, commits: Sequence[str], path: str) -> None:
    """Find out with one git which of many commits have no such path, so that ``entry`` knows it."""
    asked = [commit for commit in commits if call.remember("entry", str(cwd), commit, path) is None]
    if len(asked) < 2:
        return
    lines = "".join(f"{commit}:{path}\n" for commit in asked).encode("utf-8", "surrogateescape")
    _, out, _ = call.run("cat-file", "--batch-check=%(objecttype)", cwd=cwd, stdin=lines)
    for commit, said in zip(asked, out.decode("utf-8", "surrogateescape").splitlines(), strict=False):
        if said == f"{commit}:{path} missing":
            call.remember("entry", str(cwd), commit, path, value="")


def with_entry(cwd: Path, tree: str, path: str, entry: str | None) -> str:
    """``tree`` with the top-level ``path`` replaced by ``entry`` (None: taken out)."""
    kept = [
        line for line in call.fields("ls-tree", "-z", "--full-tree", tree, cwd=cwd) if line.partition("\t")[2] != path
    ]
    if entry:
        kept.append(f"{entry}\t{path}")
    data = "".join(f"{line}\0" for line in kept).encode("utf-8", "surrogateescape")
    return call.text("mktree", "-z", cwd=cwd, stdin=data)


def changed_paths(cwd: Path, old: str, new: str) -> list[str]:
    """The paths in which two commits or trees differ (a rename gives both names)."""
    return [change.path for change in changes(cwd, old, new)]


def changes(cwd: Path, old: str, new: str) -> list[Change]:
    """Every path in which two commits or trees differ, with what each has there; whole ids, for it is remembered."""
    raw = call.remember("changes", str(cwd), old, new)
    if raw is None:
        options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none")
        raw = call.text("diff-tree", *options, old, new, "--", cwd=cwd)
        call.remember("changes", str(cwd), old, new, value=raw)
    fields = [field for field in raw.split("\0") if field]
    found = []
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_oid, new_oid, _ = facts.removeprefix(":").split(" ")
        found.append(Change(path, old_mode, old_oid, new_mode, new_oid))
    return found


def parents(cwd: Path, commit: str) -> list[str]:
    """The parents of a commit, first one first."""
    return call.text("rev-list", "--parents", "-n", "1", commit, "--", cwd=cwd).split()[1:]


@dataclass(frozen=True)
class Step:
    """One commit of a line: its id, its parents, the first line of its message."""

    commit: str
    parents: tuple[str, ...]
    subject: str


def steps(cwd: Path, base: str, tip: str) -> list[Step]:
    """The first-parent line of ``tip`` down to ``base``, which is not in it, newest first."""
    out = call.text("log", "--first-parent", "--format=%H%x00%P%x00%s", f"{base}..{tip}", "--", cwd=cwd)
    fields = (line.split("\0", 2) for line in out.split("\n") if line)
    return [Step(commit, tuple(parents.split()), subject) for commit, parents, subject in fields]


def message(cwd: Path, commit: str) -> str:
    """The whole message of a commit."""
    return call.text("log", "-1", "--format=%B", commit, "--", cwd=cwd)


def first_parents(cwd: Path, tip: str, limit: int) -> list[tuple[str, str, str]]:
    """(commit, tree, subject) along the first-parent line, newest first."""
    out = call.text("log", "--first-parent", f"-{limit}", "--format=%H %T %s", tip, "--", cwd=cwd)
    return [(line[:40], line[41:81], line[82:]) for line in out.splitlines()]


def identity(cwd: Path) -> tuple[str, str]:
    """The name and email git would commit with here; ours when none is set."""
    name = call.ask("config", "--get", "user.name", cwd=cwd)
    email = call.ask("config", "--get", "user.email", cwd=cwd)
    return name or "batty-hooks", email or "batty-hooks@localhost"


def blob_at(cwd: Path, commit: str, path: str) -> str | None:
    """The blob a commit holds at ``path``, or None."""
    return call.ask("rev-parse", "--verify", "--quiet", f"{commit}:{path}", cwd=cwd)


def first_parents_since(
    cwd: Path, tip: str, commit: str, paths: tuple[str, ...] = (), drop_last: bool = False
) -> list[tuple[str, str]]:
    """(commit, subject) along the first-parent line of ``tip``, newest first, to the fork point with ``commit``.

    The fork point itself is the last entry unless ``drop_last``; ``paths`` keeps what touched one of them.
    """
    fork = call.ask("merge-base", tip, commit, cwd=cwd)
    if not fork:
        return []
    wanted = [] if drop_last else [f"{fork}"]
    out = call.text(
        "log", "--first-parent", "-m", "--format=%H %s", tip, f"^{fork}", "--", *paths, cwd=cwd
    ).splitlines()
    out += [call.text("log", "-1", "--format=%H %s", oid, "--", cwd=cwd) for oid in wanted]
    return [(oid, subject) for oid, _, subject in (line.partition(" ") for line in out)]
