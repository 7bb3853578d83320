"""Objects sent to another machine's repository and received there: what it lacks, and no more.

The other side keeps a ref for each commit that it was sent whole. So what one of these reaches is there, and need not
be sent; a commit that is there without such a ref counts for nothing.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system import atomic, directories
from batty_hooks.system.git import call

_GOT = "refs/batty/got/"
_KEPT = 48  # refs: what is older is reached from them, or is sent once more
_SHOWN = 16
_LONG = 64  # digits of a name, where git makes them by SHA-256
# A test may run git there, and git may find it time to collect: it would pack the refs, of which we read the files.
# And a candidate has the line ends that it has, not those that somebody likes there.
_SETTINGS = ("gc.auto=0", "gc.packRefs=false", "maintenance.auto=false", "core.autocrlf=false", "core.eol=lf")
_MANY = 24  # packs: each one that was received is one
_DAY = 86400.0


def make(cwd: Path, commit: str, there: Sequence[str]) -> bytes:
    """A pack of what ``commit`` reaches and the commits ``there`` do not; of those, some may be unknown to us."""
    known = _known(cwd, there)
    if commit in known:
        return b""
    asked = "".join([f"{commit}\n", *(f"^{one}\n" for one in known)]).encode()
    arguments = ("pack-objects", "--revs", "--thin", "--delta-base-offset", "--stdout", "--quiet")
    code, out, err = call.run(*arguments, cwd=cwd, stdin=asked)
    if code:
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    return out


def _known(cwd: Path, commits: Sequence[str]) -> list[str]:
    asked = "".join(f"{one}\n" for one in commits if one.isalnum()).encode()
    lines = call.text("cat-file", "--batch-check=%(objectname) %(objecttype)", cwd=cwd, stdin=asked).splitlines()
    return [line.split()[0] for line in lines if line.endswith(" commit")]


def create(repository: Path, commit: str = "") -> None:
    """Make the bare repository that receives, if there is none: of the kind that ``commit`` is of, whatever git is set
    to where this runs, and with refs in files."""
    if (repository / "HEAD").exists():
        return
    directories.remove(repository)
    kind = "sha256" if len(commit) == _LONG else "sha1"
    with directories.made_at_once(repository) as new:
        words = ("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(new))
        call.text(*words, cwd=new, env={"GIT_DEFAULT_REF_FORMAT": "files"})
        for setting in _SETTINGS:
            call.text("config", "--file", "config", *setting.split("="), cwd=new)


def got(repository: Path) -> list[str]:
    """The commits that were received whole, a few of the newest ones."""
    return _refs(repository)[:_SHOWN]


def receive(repository: Path, commit: str, pack: bytes) -> str:
    """Take what was sent for ``commit``; its tree, as it is here. Raises GitError when it is not whole."""
    if pack:
        call.text("index-pack", "--stdin", "--fix-thin", cwd=repository, stdin=pack)
    tree = call.text("rev-parse", "--verify", f"{commit}^{{tree}}", cwd=repository)
    place = repository / _GOT
    place.mkdir(parents=True, exist_ok=True)
    atomic.write(place / commit, f"{commit}\n", lasting=False)  # a ref as git writes it, without a git
    for old in _refs(repository)[_KEPT:]:
        (place / old).unlink(missing_ok=True)
    return tree


def _refs(repository: Path) -> list[str]:
    """All of them, the newest first. (Nobody packs refs there.)"""
    try:
        names = {path.name: path.stat().st_mtime for path in (repository / _GOT).iterdir() if path.name.isalnum()}
    except OSError:
        return []
    return sorted(names, key=lambda name: -names[name])


def tidy(repository: Path) -> None:
    """Make few packs of many; once a day of all that a ref reaches one, and of the rest nothing. Others may receive and
    read meanwhile: what is new since it began stays. Raises GitError."""
    mark = repository / "tidied"
    if len([name for name in os.listdir(repository / "objects/pack") if name.endswith(".pack")]) < _MANY:
        return
    if _age(mark) < _DAY:
        call.text("repack", "--geometric=2", "-d", "-q", cwd=repository)
        return
    call.text("repack", "-a", "-d", "-q", cwd=repository)
    call.text("prune", "--expire=1.day.ago", cwd=repository)  # what a killed git has left half written, too
    mark.touch()


def _age(mark: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - mark.stat().st_mtime
    return float("inf")
