"""Trees and commits made and compared without a checkout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from batty_hooks.system.git import call, diff, loose, settings
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


def look_up_trees(cwd: Path, commits: Iterable[str]) -> None:
    """Find out with one git the trees of many commits, so that ``tree_of`` knows them."""
    asked = [commit for commit in commits if call.remember("tree", commit) is None]
    if len(asked) > 1:
        lines = "".join(f"{commit}^{{tree}}\n" for commit in asked).encode()
        _, out, _ = call.run("cat-file", "--batch-check=%(objectname)", cwd=cwd, stdin=lines)
        for commit, said in zip(asked, out.decode("utf-8", "surrogateescape").split("\n"), strict=False):
            if not said.endswith(" missing"):
                call.remember("tree", commit, value=said)


def look_up_entries(cwd: Path, commits: Sequence[str], path: str) -> None:
    """Find out for many commits at once what they hold at ``path``, so that ``entry`` knows it: what the first of them
    has there, and who differs from it."""
    asked = [commit for commit in commits if call.remember("entry", str(cwd), commit, path) is None]
    if len(asked) < 2:
        return
    first, *others = asked
    entry(cwd, first, path)
    look_up_trees(cwd, asked)
    trees = [call.remember("tree", commit) for commit in asked]
    same = call.remember("entry", str(cwd), first, path)
    if same is None or None in trees:  # one of them is not here: whoever needs it asks for itself
        return
    pairs = [(tree_of(cwd, first), tree_of(cwd, commit)) for commit in others]
    for commit, changed in zip(others, diff.of_each(cwd, pairs, [f":(top,literal){path}"]), strict=False):
        if not changed:
            call.remember("entry", str(cwd), commit, path, value=same)
        elif changed.keys() == {path}:  # (no directory on either side)
            call.remember("entry", str(cwd), commit, path, value=_entry(changed[path], path))


def _entry(difference: str, path: str) -> str:
    """What `ls-tree` says of the newer side of a difference; "" where there is nothing."""
    _, mode, _, oid, _ = difference.split(" ")
    kind = "commit" if mode == _GITLINK else "blob"
    return "" if mode == _ABSENT else f"{mode} {kind} {oid}\t{path}\0"


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
    return [
        (commit, tree, subject) for commit, tree, subject in (line.split(" ", 2) for line in out.split("\n") if line)
    ]


def identity(cwd: Path) -> tuple[str, str]:
    """The name and email git would commit with here; ours when none is set."""
    name = call.ask("config", "--get", "user.name", cwd=cwd)
    email = call.ask("config", "--get", "user.email", cwd=cwd)
    return name or "batty-hooks", email or "batty-hooks@localhost"


def wants_signature(cwd: Path) -> bool:
    """Whether a person has told git to sign each commit."""
    return call.ask("config", "--type=bool", "--get", "commit.gpgSign", cwd=cwd) == "true"


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
