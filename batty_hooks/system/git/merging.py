"""Merges made in memory, as the commit that is merged into says, and nobody else.

What decides how two versions of a file become one is .gitattributes (`merge=union`, `binary`), and git 2.39 reads them
from a work tree: from what somebody happens to have checked out, with his info/attributes above all, his attributes of
all projects and his merge drivers. (A newer one has `--attr-source`, but not for info/attributes.) So each merge is
made in a git directory of its own (`.git/batty-merging/<hash>/`): it has the objects of ours, a work tree that holds
just the .gitattributes of the commit merged into, and no setting but those below. What lands together is merged by the
attributes of the trunk as it was before.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from batty_hooks.system import atomic, directories, late
from batty_hooks.system.git import call, loose
from batty_hooks.system.records import dataclass

UNRELATED = "(everything: there is no commit in common)"
_ATTRIBUTES = ".gitattributes"
_PLACES = "batty-merging"  # in the git directory
_OID = late.pattern(r"[0-9a-f]{40,64}\Z")
_EMPTY_TREE = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_RAW = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames")
_KEPT_SECONDS = 7 * 86400.0  # since it was needed last
_MERGE_TREE = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages")
# `merge=ours` is everybody's name for "as it is where it is merged into", though git makes each person define it.
_CONFIG = """\
[core]
	repositoryformatversion = {version}
	attributesFile = /dev/null
[merge "ours"]
	driver = true
{extensions}"""
_NO_FSYNC = ("-c", "core.fsync=none")  # for what is thrown away
_SHA256 = "[extensions]\n\tobjectFormat = sha256\n"
_NOBODYS = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}


@dataclass(frozen=True)
class Merge:
    """What a merge of two commits gives: the tree, and the paths in conflict (none: it is clean)."""

    tree: str
    conflicts: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.conflicts


def merge(cwd: Path, ours: str, theirs: str, rules: str = "") -> Merge:
    """Merge ``theirs`` into ``ours`` in memory, both whole ids; ``rules`` is the commit whose .gitattributes say how
    ("": ``ours``).

    Two histories without a common commit are in conflict as a whole (UNRELATED); that is not remembered, for a shallow
    clone may get more of them. Raises GitError for a commit that is not there: git answers 1 both for a conflict and
    for an unknown name, so only a printed tree tells them apart.
    """
    known = call.remember("merge", str(cwd), ours, theirs, rules or ours)
    if known is None:
        arguments = (*_MERGE_TREE, ours, theirs)
        code, out, err = _run(cwd, rules or ours, arguments)
        known = out.decode("utf-8", "surrogateescape").rstrip("\0")
        if b"unrelated histories" in err:
            return Merge(call.text("rev-parse", f"{ours}^{{tree}}", cwd=cwd), (UNRELATED,))
        if code > 1 or not _OID.match(known.split("\0")[0]):
            raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
        call.remember("merge", str(cwd), ours, theirs, rules or ours, value=known)
    tree, *paths = known.split("\0")
    return Merge(tree, tuple(dict.fromkeys(path for path in paths if path)))


def merge_each(cwd: Path, ours: str, many: Sequence[str]) -> None:
    """Work out the merges of many commits into ``ours`` with one git, so that ``merge`` knows them.

    Where git cannot (before 2.39), or from the first one on that is amiss, ``merge`` asks for itself.
    """
    asked = [theirs for theirs in many if call.remember("merge", str(cwd), ours, theirs, ours) is None]
    if len(asked) < 2:
        return
    pairs = "".join(f"{ours} {theirs}\n" for theirs in asked).encode()
    _, out, _ = _run(cwd, ours, (*_MERGE_TREE, "--stdin"), pairs)
    for theirs, said in zip(asked, out.decode("utf-8", "surrogateescape").split("\0\0"), strict=False):
        clean, _, known = said.partition("\0")
        if clean not in ("0", "1") or not _OID.match(known.partition("\0")[0]):
            return
        call.remember("merge", str(cwd), ours, theirs, ours, value=known)


def merge_pairs(cwd: Path, pairs: Sequence[tuple[str, str]], rules: str, objects: Path) -> list[Merge | None]:
    """The merges of many pairs of commits, with one git; None for a pair that git cannot merge at all. What is made on
    the way lies in ``objects``, where the commits may lie too, and not in the repository."""
    asked = [pair for pair in dict.fromkeys(pairs) if call.remember("pair", str(objects), *pair, rules) is None]
    while asked:
        lines = "".join(f"{ours} {theirs}\n" for ours, theirs in asked).encode()
        _, out, _ = _run(cwd, rules, (*_NO_FSYNC, *_MERGE_TREE, "--stdin"), lines, objects)
        said = out.decode("utf-8", "surrogateescape").split("\0\0")[:-1]
        found = [known for clean, _, known in (one.partition("\0") for one in said) if clean in ("0", "1")]
        if not found:  # the first one is amiss, or this git takes no list (before 2.39)
            code, out, _ = _run(cwd, rules, (*_NO_FSYNC, *_MERGE_TREE, *asked[0]), None, objects)
            found = [out.decode("utf-8", "surrogateescape").rstrip("\0") if code <= 1 else ""]
        for pair, known in zip(asked, found, strict=False):
            call.remember("pair", str(objects), *pair, rules, value=known)
        asked = asked[len(found) :]
    return [_of_pair(call.remember("pair", str(objects), *pair, rules) or "") for pair in pairs]


def beside(common: Path) -> dict[str, str]:
    """What a git needs in its environment that reads the repository's objects and writes none of them there."""
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(common / "objects")}


def _of_pair(known: str) -> Merge | None:
    tree, *paths = known.split("\0")
    return Merge(tree, tuple(dict.fromkeys(filter(None, paths)))) if _OID.match(tree) else None


def forget(common: Path) -> None:
    """Take away what merges were made in."""
    directories.remove(common / _PLACES)


def _run(
    cwd: Path, rules: str, arguments: Sequence[str], stdin: bytes | None = None, objects: Path | None = None
) -> tuple[int, bytes, bytes]:
    common = loose.common_directory(cwd)
    place = _work_tree(cwd, common, rules)
    environment = {
        **_NOBODYS, "GIT_DIR": str(place.parent / "git"), "GIT_WORK_TREE": str(place),
        "GIT_OBJECT_DIRECTORY": str(common / "objects"), "GIT_SHALLOW_FILE": str(common / "shallow"),
        **({"GIT_OBJECT_DIRECTORY": str(objects), **beside(common)} if objects else {}),
    }  # fmt: skip
    code, out, err = call.run(*arguments, cwd=place, stdin=stdin, env=environment)
    if code > 1 and b"promisor" in _config_of(common):  # git fetches what it lacks where it knows from where
        _, _, why = call.run(*arguments, cwd=cwd, stdin=stdin)
        code, out, err = call.run(*arguments, cwd=place, stdin=stdin, env=environment)
        err = why if code > 1 else err
    return code, out, err


def _work_tree(cwd: Path, common: Path, rules: str) -> Path:
    """A work tree that holds just the .gitattributes of ``rules``, beside a git directory. Both are made once, under a
    name that follows from what is in them, and are never changed."""
    import hashlib

    listing = _attribute_files(cwd, rules)
    is_sha256 = len(rules) == 64
    settings = _CONFIG.format(version=int(is_sha256), extensions=_SHA256 * is_sha256)
    place = common / _PLACES / hashlib.sha256(f"{settings}{listing}".encode("utf-8", "surrogateescape")).hexdigest()
    if place.is_dir():
        with contextlib.suppress(OSError):  # somebody else has made it
            os.utime(place)
    else:
        directories.remove_older(place.parent, time.time() - _KEPT_SECONDS)
        with directories.made_at_once(place) as new:
            (new / "git/refs").mkdir(parents=True)
            atomic.write(new / "git/HEAD", "ref: refs/heads/none\n")
            atomic.write(new / "git/config", settings)
            (new / "tree").mkdir()
            _write_attributes(cwd, new / "tree", listing)
    return place / "tree"


def _write_attributes(cwd: Path, place: Path, listing: str) -> None:
    for line in filter(None, listing.split("\0")):
        oid, _, path = line.partition(" ")
        if ".." not in PurePosixPath(path).parts:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            text = call.text("cat-file", "blob", oid, cwd=cwd) + "\n"
            atomic.write(place / path, text.encode("utf-8", "surrogateescape"))


def _attribute_files(cwd: Path, commit: str) -> str:
    """`oid path` of each .gitattributes of a commit that git would heed (no link), with NUL between them."""
    known = call.remember("attributes", str(cwd), commit)
    if known is None:
        # What differs from the commit that was asked for last: that takes no walk through everything there is.
        before = call.remember("attributes of", str(cwd)) or ""
        listing = call.remember("attributes", str(cwd), before)
        if listing is None:
            before, listing = _EMPTY_TREE[len(commit)], ""
        files = {path: oid for oid, _, path in (line.partition(" ") for line in listing.split("\0") if line)}
        only = f":(top,glob)**/{_ATTRIBUTES}"
        raw = call.fields("diff-tree", *_RAW, before, commit, "--", only, cwd=cwd)
        for facts, path in zip(raw[::2], raw[1::2], strict=True):
            _, mode, _, oid, _ = facts.split(" ")
            files |= {path: oid if mode.startswith("100") else ""}
        known = "\0".join(f"{oid} {path}" for path, oid in sorted(files.items()) if oid)
        call.remember("attributes", str(cwd), commit, value=known)
        call.remember("attributes of", str(cwd), value=commit)
    return known


def _config_of(common: Path) -> bytes:
    with contextlib.suppress(OSError):
        return (common / "config").read_bytes()
    return b""
