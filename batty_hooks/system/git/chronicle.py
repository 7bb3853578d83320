"""A line of commits that nobody checks out: a directory's states one after the other, each a commit.

Written without a process where a repository is as most are (`growing`); else by one `git fast-import` a commit,
whatever has changed in it (hash-object, update-index, write-tree, commit-tree and update-ref are five processes), with
the ref moved by compare-and-swap at its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system.git import call, growing, refs
from batty_hooks.system.git.growing import Directories, Place
from batty_hooks.system.records import dataclass

# A commit survives a power cut; of its sixteen files all are written before the disk is asked once, for three fsyncs.
_LASTING = ("-c", "core.fsync=committed,loose-object,reference", "-c", "core.fsyncMethod=batch")
# A reflog is kept beside the ref, so that git's own `REF@{1.hour.ago}` works. Packed is what has gathered, below.
_LOGGED = ("-c", "core.logAllRefUpdates=always", "-c", "fastimport.unpackLimit=100000")
_PACKED_ONCE_IN = ("00", "80")  # how the id of a commit begins after which is packed: one in 128, no count to keep
_TRIED = 20  # commits of a damaged line
_FAR = 2000  # commits: what lies behind these was packed before


@dataclass(frozen=True)
class Entry:
    """One commit of the line: when (seconds since the epoch), by whom, and its message."""

    commit: str
    at: int
    author: str
    message: str


def blob(data: bytes, like: str) -> str:
    """The id that git would give ``data``, in a repository whose ids are as long as ``like``."""
    make = hashlib.sha256 if len(like) > len(refs.ZERO) else hashlib.sha1
    return make(b"blob %d\0%b" % (len(data), data)).hexdigest()


def tip(cwd: Path, ref: str) -> str:
    """The newest commit; "" when there is none, or none that can be read."""
    return refs.loose(cwd, ref) or refs.resolve(cwd, ref) or ""


def files(cwd: Path, commit: str) -> dict[str, str] | None:
    """Every path of a commit with its blob; None where the commit is damaged."""
    found = listing(cwd, commit)
    return None if found is None else found[0]


def listing(cwd: Path, commit: str) -> tuple[dict[str, str], dict[str, str]] | None:
    """Every path of a commit with its blob, and every directory with its tree; None where the commit is damaged."""
    code, out, _ = call.run("ls-tree", "-r", "-t", "-z", "--full-tree", commit, cwd=cwd)
    if code:
        return None
    blobs: dict[str, str] = {}
    trees: dict[str, str] = {}
    for line in filter(None, out.decode("utf-8", "surrogateescape").split("\0")):
        facts, _, path = line.partition("\t")
        _, kind, oid = facts.split(" ")
        (trees if kind == "tree" else blobs)[path] = oid
    return blobs, trees


def newest_whole(cwd: Path, ref: str) -> tuple[str, tuple[dict[str, str], dict[str, str]] | None]:
    """Of a line whose end is damaged (the power went while git wrote it): the newest commit that is whole, by its
    reflog, with its `listing`; ("", None) when there is none."""
    for back in range(1, _TRIED):
        commit = refs.resolve(cwd, f"{ref}@{{{back}}}")
        if commit and (found := listing(cwd, commit)) is not None:
            return commit, found
    return "", None


def contents(cwd: Path, names: Iterable[str]) -> list[bytes | None]:
    """What each object of ``names`` (an id, or COMMIT:PATH) holds; None for one that is not there."""
    asked = list(names)
    if not asked:
        return []
    lines = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
    code, out, err = call.run("cat-file", "--batch", cwd=cwd, stdin=lines)
    if code:
        raise call.GitError(("cat-file", "--batch"), code, err.decode("utf-8", "replace"))
    return list(_split(out, len(asked)))


def _split(out: bytes, count: int) -> Iterator[bytes | None]:
    begun = 0
    for _ in range(count):
        end = out.index(b"\n", begun)
        size = out[begun:end].rpartition(b" ")[2]
        begun = end + 1
        if size.isdigit():
            yield out[begun : begun + int(size)]
            begun += int(size) + 1
        else:
            yield None


def present(cwd: Path, oids: Iterable[str]) -> set[str]:
    """Those of some objects that are there."""
    asked = list(dict.fromkeys(oids))
    lines = "".join(f"{oid}\n" for oid in asked).encode()
    out = call.text("cat-file", "--batch-check", cwd=cwd, stdin=lines) if asked else ""
    return {line.split(" ")[0] for line in out.splitlines() if not line.endswith(" missing")}


def append(
    place: Place, inside: Directories, changes: Mapping[str, bytes | None], message: str, author: str, at: int
) -> str:
    """Make the next commit: the one before it with each path of ``changes`` as given (None: gone), as ``inside`` has it
    too; its id. "" when the ref has moved meanwhile. Raises GitError when git cannot write it."""
    people, text = _people(author, at), message.encode("utf-8", "surrogateescape")
    if commit := growing.grow(place, inside, changes, people, text):
        return commit
    parts = [_head(place.ref, people, text)]
    parts += [f"from {place.parent}\n".encode()] if place.parent else []
    parts += [_change(path, data) for path, data in changes.items()]
    now = tip(place.cwd, place.ref)
    is_damaged = now not in ("", place.parent) and files(place.cwd, now) is None
    if not _import(place.cwd, b"".join(parts), *(["--force"] if is_damaged else [])):
        return ""
    commit = tip(place.cwd, place.ref)
    found = listing(place.cwd, commit) if growing.is_possible(place.cwd) else None
    inside.trees.clear()
    inside.trees.update(found[1] if found else {})
    return commit


def _people(author: str, at: int) -> bytes:
    people = (f"author {_person(author)} {at} +0000", f"committer {_person('batty-hooks')} {at} +0000")
    return "\n".join(people).encode("utf-8", "surrogateescape")


def _head(ref: str, people: bytes, text: bytes) -> bytes:
    return b"commit %b\n%b\ndata %d\n%b\n" % (ref.encode(), people, len(text), text)


def _change(path: str, data: bytes | None) -> bytes:
    name = path.encode("utf-8", "surrogateescape")
    if b"\n" in name or name.startswith(b'"'):
        name = b'"%b"' % name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b"D %b\n" % name if data is None else b"M 100644 inline %b\ndata %d\n%b\n" % (name, len(data), data)


def _person(name: str) -> str:
    """A name as the line of a commit can have it; the address is nobody's."""
    plain = "".join(character for character in name if character.isprintable() and character not in "<>") or "nobody"
    return f"{plain} <{plain.replace(' ', '-')}@batty-hooks>"


def _import(cwd: Path, stream: bytes, *options: str) -> bool:
    arguments = (*_LASTING, *_LOGGED, "fast-import", "--quiet", "--done", "--date-format=raw", *options)
    code, _, err = call.run(*arguments, cwd=cwd, stdin=stream + b"done\n")
    if code and b"Not updating" not in err and not call.lock_taken(err):
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    return code == 0


def entries(cwd: Path, *limits: str) -> Iterator[Entry]:
    """The commits within git's own ``limits`` (`REF`, `--since=…`, a range, `-- path`), newest first."""
    asked = call.ask("log", "-z", "--format=%H%n%ct%n%an%n%B", *limits, cwd=cwd)
    for record in filter(None, (asked or "").split("\0")):
        commit, at, author, message = record.split("\n", 3)
        yield Entry(commit, int(at), author, message.rstrip("\n"))


def difference(cwd: Path, before: str, after: str, paths: Iterable[str], colour: bool) -> bytes:
    """The patch from one commit to another."""
    shown = "--color=always" if colour else "--no-color"
    arguments = ("diff", shown, "--no-ext-diff", "--no-textconv", before, after, "--", *paths)
    code, out, err = call.run(*arguments, cwd=cwd)
    if code:
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    return out


def oldest(cwd: Path, ref: str) -> Entry | None:
    """The first commit of the line; None when there is no line."""
    return next(entries(cwd, "--max-parents=0", ref, "--"), None)


def pack(cwd: Path, ref: str, commit: str) -> bool:
    """Put what has gathered into one pack, once in so many commits (by ``commit``'s id); whether it did.

    As loose objects, each a block of the disk, ten thousand commits would take 500 MB.
    """
    if not commit.startswith(_PACKED_ONCE_IN):
        return False
    place = call.ask("rev-parse", "--git-path", "objects/pack/pack", cwd=cwd)
    if place is None:
        return False
    before = refs.resolve(cwd, f"{ref}~{_FAR}")
    wanted = f"{commit}\n" + (f"^{before}\n" if before else "")
    call.text("pack-objects", "--revs", "--unpacked", "--quiet", "--delta-base-offset", place, cwd=cwd,
              stdin=wanted.encode())  # fmt: skip
    call.text("prune-packed", "--quiet", cwd=cwd)
    return True


def shorten(cwd: Path, ref: str, before: float) -> int:
    """Let the line begin at the first commit that is not older than ``before`` (seconds since the epoch), or at the
    newest; how many went. The commits that stay are made anew, for each names the one before it."""
    kept = list(entries(cwd, ref, "--"))
    young = [entry for entry in kept if entry.at >= before] or kept[:1]
    if len(young) == len(kept):
        return 0
    trees = call.text("log", "--no-walk=unsorted", "--format=%T", "--stdin", cwd=cwd,
                      stdin="".join(f"{entry.commit}\n" for entry in young).encode()).split()  # fmt: skip
    parts = [f"reset {ref}\n\n".encode()]
    for entry, tree in zip(reversed(young), reversed(trees), strict=True):
        text = entry.message.encode("utf-8", "surrogateescape")
        parts.append(_head(ref, _people(entry.author, entry.at), text) + f'M 040000 {tree} ""\n'.encode())
    if not _import(cwd, b"".join(parts), "--force"):
        raise FatalError(f"{ref} is being written by another git", "batty-hooks history forget  (again)")
    call.run("reflog", "expire", f"--expire=@{int(before)}", "--expire-unreachable=now", ref, cwd=cwd)
    return len(kept) - len(young)
