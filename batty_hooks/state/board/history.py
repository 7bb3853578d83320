"""`.batty/board/`: the versions of the board, the notices nobody has delivered yet, the highest id given.

`000012-<sha>.md` is a version as we knew it; the newest one is *the last known version*; `000012-<sha>.typed.md` is
one just as a person saved it. `000013-<sha>.save.md` is what a person's editor wrote when it had to be merged: never
the last known version, but a base that the same editor's next save is made from. A version is written **before** the
board itself, so a process killed in between has lost nothing: the file then looks like a save from an old buffer, and
the change is merged into it.

An undo is no old buffer. A save that equals an old version stands if all that has changed since was saved by people
(`.typed` versions), within ten minutes: an undo is of one sitting, a second person's editor has had the board open for
hours, and nothing else tells the two apart. (The bytes are the same, and a file does not say which editor wrote it; to
take several steps back at once for an old buffer would refuse a real undo of two changes. What a mistake costs is a
wording or a place, for cards that were added stay.) If it is older, or the tool has written in between (a claim, a
landing), that is kept, who saved is told, and the same text saved once more is taken as a change of what was made of
it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.state.board import disk
from batty_hooks.state.board.merge import Notice
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, directories, late
from batty_hooks.system.records import dataclass

_NAME = late.pattern(r"(\d{6,})-([0-9a-f]{12})(\.save|\.typed)?\.md")
_ID = late.pattern(r"\^t(\d+)(?![A-Za-z0-9-])")
_KEEP = 60
_KEEP_SECONDS, _KEEP_BYTES = 24 * 3600, 4_000_000


@dataclass(frozen=True)
class Version:
    """One version: its number, the hash of its bytes, whether it is a save that was merged, and its file; ``typed``
    says that it is just what a person saved."""

    number: int
    sha: str
    save: bool
    path: Path
    typed: bool = False

    def read(self) -> bytes:
        """Its bytes."""
        return self.path.read_bytes()


def sha_of(raw: bytes) -> str:
    """The hash that names a version."""
    return hashlib.sha256(raw).hexdigest()[:12]


def versions(project: Project) -> list[Version]:
    """All versions kept, oldest first, up to the last known one: a save after that was never merged, its writer was
    killed."""
    found = _listed(project)
    while found and found[-1].save:
        found.pop()
    return found


def _listed(project: Project) -> list[Version]:
    try:
        names = [path.name for path in project.board_history.iterdir()]
    except FileNotFoundError:
        return []
    matches = [match for match in map(_NAME.fullmatch, names) if match]
    found = [Version(int(m[1]), m[2], m[3] == ".save", project.board_history / m[0], m[3] == ".typed") for m in matches]
    return sorted(found, key=lambda version: version.number)


def read(version: Version) -> bytes | None:
    """The bytes of a version, or None when it has just been let go."""
    return disk.text_of(version.path)


def age(version: Version) -> float:
    """How many seconds ago it was seen first; 0 when it has just been let go."""
    try:
        return time.time() - version.path.stat().st_mtime
    except OSError:
        return 0.0


def last_known(kept: Sequence[Version]) -> Version | None:
    """The newest version that is no merged save."""
    return kept[-1] if kept else None


def record(project: Project, raw: bytes, save: bool = False, typed: bool = False) -> None:
    """Keep a version, unless it is the newest one already; then let old ones go.

    ``typed``: a person saved just this. A save that was merged is recorded first, what it was merged to after it: only
    then does the save count.
    """
    kept = _listed(project)
    sha = sha_of(raw)
    if kept and (kept[-1].sha, kept[-1].save) == (sha, save):
        return
    number = kept[-1].number + 1 if kept else 1
    name = f"{number:06}-{sha}{'.save' if save else '.typed' if typed else ''}.md"
    project.board_history.mkdir(parents=True, exist_ok=True)
    atomic.write(project.board_history / name, raw)
    _prune(project, kept)


def _prune(project: Project, kept: list[Version]) -> None:
    """Keep the newest sixty, and of the older ones what is younger than a day as long as it is little: an editor
    may be open on it."""
    last = next((version for version in reversed(kept) if not version.save), None)
    room = _KEEP_BYTES
    for version in reversed(kept[: -_KEEP + 1]):
        with contextlib.suppress(FileNotFoundError):
            status = version.path.stat()
            room -= status.st_size
            if (room < 0 or time.time() - status.st_mtime > _KEEP_SECONDS) and version is not last:
                version.path.unlink()
    for path in project.board_history.glob(".tmp-*"):  # what killed writers left
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _KEEP_SECONDS:
                path.unlink()


# ids


class Ids:
    """Gives ids that were never used: above every one on the board, in the file `last-id`, or in the history when
    that is missing."""

    def __init__(self, project: Project, raw: bytes, used: frozenset[str]) -> None:
        self._file = project.board_history / "last-id"
        self._used = used
        try:
            self._kept = int(self._file.read_text())
        except (OSError, ValueError):
            self._kept = 0
            raw = b"\n".join((raw, *(version.read() for version in versions(project))))
        self._last = max(self._kept, _highest(raw))

    def next(self) -> str:
        """The next free id."""
        self._last += 1
        while f"t{self._last}" in self._used:
            self._last += 1
        return f"t{self._last}"

    def keep(self) -> None:
        """Remember the highest id; done before the board is written, so that a kill wastes an id rather than giving
        it twice."""
        if self._last > self._kept:
            atomic.write(self._file, f"{self._last}\n")
            self._kept = self._last


def _highest(raw: bytes) -> int:
    return max((int(number) for number in _ID.findall(raw.decode("utf-8", "replace")) if len(number) < 10), default=0)


# notices


def add_notice(project: Project, notice: Notice) -> None:
    """Keep a notice until somebody has delivered it; the same one twice is one."""
    said = {"text": notice.text, "members": notice.members, "human": notice.human}
    data = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    atomic.create(project.board_history / f"notice-{sha_of(data)}.json", data)


def pending_notices(project: Project) -> list[tuple[str, Notice]]:
    """What people and members must still be told, oldest first, each with the key to drop it by."""
    with contextlib.suppress(FileNotFoundError):
        room = project.board_history
        files = [room / name for name in directories.matching(room, "notice-", ".json")]
        files.sort(key=lambda path: (_mtime(path), path.name))
        return [(path.stem.removeprefix("notice-"), notice) for path in files if (notice := _read_notice(path))]
    return []


def drop_notice(project: Project, key: str) -> None:
    """Forget a notice that was delivered."""
    atomic.remove(project.board_history / f"notice-{key}.json")


def _read_notice(path: Path) -> Notice | None:
    try:
        data = json.loads(path.read_text("utf-8", "replace"))
        return Notice(str(data["text"]), tuple(map(str, data["members"])), data.get("human") is not False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


# saves that were meant


def refused(project: Project, raw: bytes) -> str:
    """What became of this very text when it was saved before, and what it undoes was kept: the hash of the version that
    was made of it; "" when that has not been."""
    made = [line.partition(" ") for line in _refused(project)]
    return next((version for text, _, version in reversed(made) if text == sha_of(raw)), "")


def refuse(project: Project, raw: bytes, made: bytes) -> None:
    """Remember a text that undoes what was kept, and what was ``made`` of it: saved again, it is meant."""
    lines = [*_refused(project)[-20:], f"{sha_of(raw)} {sha_of(made)}"]
    atomic.write(project.board_history / "refused", "\n".join(lines) + "\n")


def _refused(project: Project) -> list[str]:
    try:
        return (project.board_history / "refused").read_text().splitlines()
    except OSError:
        return []
