"""Directory trees, whatever modes and links are in them: opened, removed, compared. No link in a tree is followed."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.system import atomic

_BY_CONTENT = 1_000_000  # bytes; a larger file is known by its size and time
_COARSE_SECONDS = 3.0  # of the clock of a file system: FAT counts in twos
_listed: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {}


def names(path: Path | str) -> tuple[str, ...]:
    """What lies in a directory, but for what is hidden; nothing where there is none. It is read again when its time has
    changed, or is so new that the next change may have the same: opening a directory wakes all who watch it, and the
    watcher looks into the same dozens of them again and again. Raises OSError where it may not be read."""
    try:
        at = os.stat(path)
        now = (at.st_dev, at.st_ino, at.st_mtime_ns, at.st_ctime_ns)
        before, found = _listed.get(str(path), ((), ()))
        if before != now:
            found = tuple(name for name in os.listdir(path) if not name.startswith("."))
            if max(at.st_mtime, at.st_ctime) < time.time() - _COARSE_SECONDS:
                _listed[str(path)] = (now, found)
        return found
    except (FileNotFoundError, NotADirectoryError):
        _listed.pop(str(path), None)
        return ()


def readable(path: Path | str) -> tuple[str, ...]:
    """The same; nothing either where it may not be read."""
    try:
        return names(path)
    except OSError:
        return ()


def matching(path: Path | str, begins: str, ends: str = "") -> list[str]:
    """The names in a directory that begin and end so, in order; none where it may not be read. (Every look asks often,
    and pathlib's glob costs several times as much.) Raises OSError where the system has failed."""
    try:
        return sorted(name for name in names(path) if name.startswith(begins) and name.endswith(ends))
    except PermissionError:
        return []


def open_up(path: Path, files: bool = False) -> None:
    """Make every directory of a tree one that may be read and written: tests leave read-only ones behind. With
    ``files``, make every file one that may be read."""
    make_writable(path)
    for directory, names, others in os.walk(path):
        for name in names:
            make_writable(Path(directory, name))
        for file in (Path(directory, name) for name in others if files):
            mode = file.lstat().st_mode
            if stat.S_ISREG(mode) and not mode & stat.S_IRUSR:
                file.chmod(stat.S_IMODE(mode) | stat.S_IRUSR)


def make_writable(path: Path) -> None:
    """Make a directory one that may be read and written; anything else stays as it is."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
        path.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)


def remove(path: Path) -> None:
    """Take away a file, a link or a whole tree; no error when there is nothing. Raises OSError when it cannot."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    import shutil

    open_up(path)
    shutil.rmtree(path)


def remove_at_once(path: Path) -> None:
    """The same, but nobody finds a part of it: first it gets another name (`.tmp-…`), which a kill leaves it with."""
    with contextlib.suppress(FileNotFoundError):
        going = path.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}")
        os.rename(path, going)
        remove(going)


@contextlib.contextmanager
def made_at_once(place: Path) -> Iterator[Path]:
    """A new directory to be filled, which is ``place`` when the with-block ends: whole, or not there. One that somebody
    else has made meanwhile stays."""
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}")
    new.mkdir()
    try:
        yield new
        try:
            os.rename(new, place)
        except OSError:
            if not place.is_dir():
                raise
        atomic.sync_directory(place.parent)
    finally:
        remove(new)


def exchange(first: Path, second: Path) -> None:
    """Swap two directories, in one step where the file system can."""
    if not atomic.exchange(first, second):
        aside = first.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}")
        for path, becomes in ((first, aside), (second, first), (aside, second)):
            os.rename(path, becomes)
        atomic.sync_directory(first.parent)


def remove_older(place: Path, than: float) -> None:
    """Take away what in ``place`` was changed last before ``than`` (seconds since the epoch)."""
    with contextlib.suppress(OSError):
        for child in list(place.iterdir()):
            if child.lstat().st_mtime < than:
                remove_at_once(child)


def is_inside(root: Path, path: Path) -> bool:
    """Whether ``path`` is reached from ``root`` through directories alone: a link on the way leads somewhere else."""
    return os.path.realpath(path.parent) == os.path.normpath(os.path.realpath(root) / path.parent.relative_to(root))


def identity(path: Path) -> str:
    """A word that differs when ``path`` is another file or directory than before; "" when nothing is there."""
    try:
        known = path.stat()
    except OSError:
        return ""
    return str(known.st_ino)  # not st_dev: some file systems have another one after each mount


def snapshot(path: Path) -> str:
    """A word for what a file or tree holds; "" when nothing is there.

    A small file is known by its content; a large one, and each in a tree, by size and time of change.
    """
    import hashlib

    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for name, line in sorted(_lines(path)):
                digest.update(f"{name}\0{line}\0".encode("utf-8", "surrogateescape"))
        else:
            known = path.stat()
            small = stat.S_ISREG(known.st_mode) and known.st_size <= _BY_CONTENT
            digest.update(path.read_bytes() if small else _line(known).encode())
            digest.update(b"x" if known.st_mode & stat.S_IXUSR else b"-")
    except OSError:
        return ""
    return digest.hexdigest()[:32]


def _lines(root: Path) -> Iterator[tuple[str, str]]:
    for directory, names, files in os.walk(root):
        for path in (Path(directory, name) for name in (*names, *files)):
            known = path.lstat()
            if stat.S_ISLNK(known.st_mode):
                line = f"link {os.readlink(path)}"
            else:
                line = "directory" if stat.S_ISDIR(known.st_mode) else _line(known)
            yield str(path.relative_to(root)), line


def _line(known: os.stat_result) -> str:
    return f"{stat.S_IMODE(known.st_mode):o} {known.st_size} {known.st_mtime_ns}"
