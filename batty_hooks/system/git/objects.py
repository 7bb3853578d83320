"""Trees and commits made and compared without a checkout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from batty_hooks.system.git import call, loose, settings
from batty_hooks.system.records import dataclass

_SIGNING_SECONDS = 20.0  # a window that asks for a passphrase may be where nobody sees it
_GITLINK, _ABSENT = "160000", "000000"  # modes in a raw diff


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


def commit(
    cwd: Path,
    tree: str,
    parents: list[str],
    message: str,
    identity: tuple[str, str],
    date: str | None = None,
    signed: bool = False,
) -> str:
    """Make a commit object; ``identity`` is (name, email) of author and committer, ``date`` git's way; ``signed`` as
    the person's git would. Raises GitError when that cannot be had.

    One with a ``date`` is a help to think with (a candidate): the same again is the same object, and it need not
    survive a power cut.
    """
    name, email = identity
    known = call.remember("commit", str(cwd), tree, *parents, message, *identity, date) if date else None
    known = known or (loose.commit(cwd, tree, parents, message, identity, date) if date else None)
    if known and date:
        call.remember("tree", known, value=tree)
        call.remember("commit", str(cwd), tree, *parents, message, *identity, date, value=known)
        return known
    environment = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }
    if date:
        environment |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    arguments = [*(() if date else settings.DURABLE), "commit-tree", tree]
    for parent in parents:
        arguments += ["-p", parent]
    text, limit = message.encode("utf-8", "surrogateescape"), math.inf
    if signed:
        arguments, limit = [*arguments, "-S"], _SIGNING_SECONDS
    made = call.text(*arguments, cwd=cwd, stdin=text, env=environment, seconds=limit)
    call.remember("tree", made, value=tree)
    if date:
        call.remember("commit", str(cwd), tree, *parents, message, *identity, date, value=made)
    return made


def newest_date(cwd: Path, commits: Sequence[str]) -> str:
    """The newest committer date of some commits (whole ids), git's way."""
    asked = [commit for commit in dict.fromkeys(commits) if call.remember("date", commit) is None]
    if asked:
        for line in call.text("log", "--no-walk", "--format=%H %ct", *asked, "--", cwd=cwd).split("\n"):
            commit, _, date = line.partition(" ")
            call.remember("date", commit, value=date)
    return f"@{max((int(call.remember('date', commit) or 0) for commit in commits), default=0)} +0000"


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
    """Find out with one git what many commits hold at ``path``, and their trees, so that ``entry`` and ``tree_of`` know
    it. Of one that is not here, or that git cannot read, nothing is known: whoever needs it asks for itself."""
    asked = [commit for commit in commits if call.remember("entry", str(cwd), commit, path) is None]
    if not asked or "\n" in path:  # (git reads a place a line)
        return
    directory, _, name = path.rpartition("/")
    places = ("^{tree}", f":{directory}") if directory else ("^{tree}",)
    lines = "".join(f"{commit}{place}\n" for commit in asked for place in places).encode()
    _, out, _ = call.run("cat-file", "--batch", cwd=cwd, stdin=lines)
    said = _batch(out)
    for commit in asked:
        answers = [next(said, ("", b"")) for _ in places]
        tree, (oid, listing) = answers[0][0], answers[-1]
        if tree:
            call.remember("tree", commit, value=tree)
            found = _entry(listing, name.encode("utf-8", "surrogateescape"), len(oid) // 2)
            call.remember("entry", str(cwd), commit, path, value=f"{found}\t{path}\0" if found else "")


def _batch(said: bytes) -> Iterator[tuple[str, bytes]]:
    """The id and the content of each tree in what `cat-file --batch` says; of all that is no tree nothing."""
    at = 0
    while (end := said.find(b"\n", at)) >= 0:
        oid, *facts = said[at:end].decode("utf-8", "surrogateescape").split(" ")
        at = end + 1
        if len(facts) != 2 or not facts[1].isdigit():  # (`NAME missing`; a name holds spaces only where a path does)
            yield "", b""
            continue
        content = said[at : at + int(facts[1])]
        at += int(facts[1]) + 1
        yield (oid, content) if facts[0] == "tree" else ("", b"")


def _entry(tree: bytes, name: bytes, length: int) -> str:
    """What a tree, as git keeps it, holds under a name: `mode type oid`, as `ls-tree` says it; ids have ``length``
    bytes."""
    at = 0
    while (end := tree.find(b"\0", at)) >= 0:
        mode, _, called = tree[at:end].partition(b" ")
        at = end + 1 + length
        if called == name:
            kind = {b"40000": "tree", _GITLINK.encode(): "commit"}.get(mode, "blob")
            return f"{mode.decode().zfill(6)} {kind} {tree[end + 1 : at].hex()}"
    return ""


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
    """The parents of a commit (a whole id), first one first."""
    known = call.remember("parents", commit)
    if known is None:
        known = call.text("rev-list", "--parents", "-n", "1", commit, "--", cwd=cwd)
        if " " in known:  # (where a shallow clone ends there seem to be none, and it may yet learn of them)
            call.remember("parents", commit, value=known)
    return known.split()[1:]


def brought_in_by(cwd: Path, tip: str, commit: str) -> str | None:
    """The oldest commit on the first-parent line of ``tip`` that contains ``commit``; None when none does."""
    known = call.remember("brought in", str(cwd), tip, commit)
    if known is None:
        lines = call.text("rev-list", "--ancestry-path", "--parents", f"{commit}..{tip}", "--", cwd=cwd).split("\n")
        above = {oid: parents for oid, *parents in map(str.split, filter(None, lines))}
        known = tip if tip in above else ""
        while known and above[known][:1] and above[known][0] in above:  # what an older one has, each after it has
            known = above[known][0]
        if known:
            call.remember("parents", known, value=" ".join([known, *above[known]]))
        call.remember("brought in", str(cwd), tip, commit, value=known)
    return known or None


@dataclass(frozen=True)
class Step:
    """One commit of a line: its id, its parents, the first line of its message."""

    commit: str
    parents: tuple[str, ...]
    subject: str


def steps(cwd: Path, base: str, tip: str) -> list[Step]:
    """The first-parent line of ``tip`` down to ``base``, which is not in it, newest first."""
    out = call.text("log", "--first-parent", "--format=%H%x00%P%x00%s", f"{base}..{tip}", "--", cwd=cwd)
    fields = [line.split("\0", 2) for line in out.split("\n") if line]
    for commit, parents, _ in fields:
        if parents:  # (see `parents`)
            call.remember("parents", commit, value=f"{commit} {parents}")
    return [Step(commit, tuple(parents.split()), subject) for commit, parents, subject in fields]


def message(cwd: Path, commit: str) -> str:
    """The whole message of a commit."""
    return call.text("log", "-1", "--format=%B", commit, "--", cwd=cwd)


def first_parents(cwd: Path, tip: str, limit: int) -> list[tuple[str, str, str]]:
    """(commit, tree, subject) along the first-parent line, newest first."""
    out = call.text("log", "--first-parent", f"-{limit}", "--format=%H %T %s", tip, "--", cwd=cwd)
    return [
        (commit, tree, subject) for commit, tree, subject in (line.split(" ", 2) for line in out.split("\n") if line)
    ]


def blob_at(cwd: Path, commit: str, path: str) -> str | None:
    """The blob a commit holds at ``path``, or None."""
    return call.ask("rev-parse", "--verify", "--quiet", f"{commit}:{path}", cwd=cwd)


def content(cwd: Path, commit: str, path: str) -> bytes | None:
    """What a file of a commit holds, as it is committed; None when it holds no such file."""
    code, out, _ = call.run("cat-file", "blob", f"{commit}:{path}", cwd=cwd)
    return None if code else out


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
    out = call.text("log", "--first-parent", "-m", "--format=%H %s", tip, f"^{fork}", "--", *paths, cwd=cwd).split("\n")
    out += [call.text("log", "-1", "--format=%H %s", oid, "--", cwd=cwd) for oid in wanted]
    return [(oid, subject) for oid, _, subject in (line.partition(" ") for line in out if line)]
