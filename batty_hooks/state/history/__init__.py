"""`refs/batty/history`: every state of the team, a commit each, in the project's own repository.

So git itself reads it: `git log -p refs/batty/history -- kanban.md`, `git diff 'refs/batty/history@{1.hour.ago}'
refs/batty/history`. No checkout has it, and nothing pushes or fetches it by default. The tree is the project's own
(`kanban.md`, `.batty/…`) with files that are made for it: `refs`, `worktrees`, `alive` (locks that were held, panes
that lived).

It decides nothing: it may be deleted at any moment, and a kill costs at most the last commit. What is compared with is
the newest commit itself, so nothing else has to be kept in step with it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from batty_hooks.errors import FatalError
from batty_hooks.state.history import content
from batty_hooks.state.history.content import Known
from batty_hooks.state.project import Project
from batty_hooks.system import late, lock
from batty_hooks.system.git import chronicle
from batty_hooks.system.git.chronicle import Entry
from batty_hooks.system.git.growing import Directories, Place
from batty_hooks.system.records import dataclass, replace

__all__ = [
    "BETWEEN", "EVENTS", "REF", "SEQ", "Entry", "Events", "Known", "after_event", "at", "diff", "each", "entries",
    "file", "files", "forget", "of_commit", "record", "team_files",
]  # fmt: skip
TEAM = ".batty/team_config/"
REF, EVENTS, SEQ = content.REF, content.EVENTS, content.SEQ
BETWEEN = "between: "  # how the message of a state begins in which nothing has happened that anybody asked for
_TYPED = ("kanban.md", "team_config/", "lessons.md", "paused")
_PATIENCE = 1.0
_SEQ = late.pattern(r"^Seq: (?:\d+-)?(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Events:
    """What has happened since the newest commit: the lines of the log, the ``seq`` of the last, who caused it, and in
    words (the first line is the gist)."""

    lines: bytes
    first: int
    last: int
    author: str
    words: str


def _opened(project: Project, known: Known) -> Known:
    """What the newest commit holds, as it is known where it is still the newest; of a damaged line the newest that can
    be read."""
    newest = chronicle.tip(project.root, REF)
    if known.commit == newest:
        return known
    whole = chronicle.listing(project.root, newest) if newest else None
    if newest and whole is None:
        newest, whole = chronicle.newest_whole(project.root, REF)
    if whole is None:
        return Known()
    said = chronicle.contents(project.root, [f"{newest}:{content.SEQ}"])[0] or b"0 0"
    seq, at = said.split()[:2]
    found = Known(newest, int(seq), float(at), trees=whole[1])
    for name, blob in whole[0].items():
        found.put(name, blob)
    return found


def record(project: Project, known: Known, trunk: str, living: Iterable[str], news: Callable[[int], Events]) -> Known:
    """Keep the team's state as it is now, where it differs from the newest commit; what is known after that. ``news``
    says what has happened after the event of that number. Raises GitError when git cannot write.

    Whoever is at it is waited for, for it may have looked too early; it takes some milliseconds. One that takes longer
    keeps this state with the next.
    """
    with lock.tried(project.lock("history"), _PATIENCE) as got:
        if not got:
            return known
        known = _opened(project, known)
        since = news(known.seq)
        changed = content.changes(project, known, content.made(project, trunk, living))
        if not changed and not since.lines:
            return known
        at = time.time()
        if since.lines or known.blob(content.EVENTS):
            changed[content.EVENTS] = since.lines or None
        changed[content.SEQ] = f"{since.last} {at:.3f}\n".encode()
        numbers = f"{since.first}-{since.last}" if since.first < since.last else str(since.last)
        message = f"{since.words}\n\nSeq: {numbers}\n" if since.lines else f"{_saved(changed)}\n"
        for name, data in changed.items():
            known.put(name, None if data is None else chronicle.blob(data, known.commit))
        line, inside = Place(project.root, REF, known.commit), Directories(known.rooms, known.trees)
        newest = chronicle.append(line, inside, changed, message, since.author, int(at))
        if not (newest and known.commit):  # (of the first one, it is not known how long ids are here)
            return Known()
    chronicle.pack(project.root, REF, newest)
    return replace(known, commit=newest, seq=since.last, at=at)


def _saved(changed: Iterable[str]) -> str:
    """What has changed without an event: what people write comes first; where there is nothing of that, it is between
    two states that somebody would look for."""
    files = [name.removeprefix(".batty/") for name in changed if name not in content.MADE]
    typed = [name for name in files if name.startswith(_TYPED)]
    if not files:
        return f"{BETWEEN}processes have come or gone"
    shown = [*typed, *(name for name in files if name not in typed)]
    words = f"{', '.join(shown[:3])}{f' and {len(shown) - 3} more' if shown[3:] else ''} changed"
    return words if typed else f"{BETWEEN}{words}"


def entries(project: Project, since: float = 0.0, until: float = 0.0, path: str = "") -> Iterator[Entry]:
    """The commits, newest first; of those times (seconds since the epoch; 0: all), and that changed ``path``."""
    times = [f"--since={int(since)}"] * bool(since) + [f"--until={int(until)}"] * bool(until)
    return chronicle.entries(project.root, *times, REF, "--", *filter(None, [path]))


def at(project: Project, moment: float) -> Entry:
    """The state as it was then (seconds since the epoch). Raises FatalError when nothing is kept from before that."""
    found = next(chronicle.entries(project.root, "-1", f"--until={int(moment)}", REF, "--"), None)
    if found is None:
        raise _nothing(project)
    return found


def of_commit(project: Project, commit: str) -> Entry | None:
    """The state that is that commit, which may be shortened; None when it is none of the history's."""
    return next((entry for entry in entries(project) if entry.commit.startswith(commit)), None)


def after_event(project: Project, seq: int) -> Entry:
    """The state after an event, by its number in the log. Raises FatalError when that is not kept."""
    found = None
    for entry in entries(project):
        if (last := _SEQ.search(entry.message)) is None:
            continue
        if int(last[1]) < seq:
            break
        found = entry
    if found is None:
        raise _nothing(project)
    return found


def _nothing(project: Project) -> FatalError:
    oldest = chronicle.oldest(project.root, REF)
    if oldest is None:
        what = "no history is kept here yet"
        return FatalError(what, "batty-hooks step  (each step keeps one, unless team.yaml says `history: off`)")
    began = datetime.fromtimestamp(oldest.at).isoformat(" ")
    return FatalError(f"no state is kept of that time: they begin at {began}", "batty-hooks history list --lines 0")


def file(project: Project, entry: Entry, name: str) -> bytes | None:
    """What a file of the project held; None when there was none."""
    return chronicle.contents(project.root, [f"{entry.commit}:{name}"])[0]


def each(project: Project, names: Iterable[str]) -> list[bytes | None]:
    """What each of `COMMIT:PATH` held."""
    return chronicle.contents(project.root, names)


def files(project: Project, entry: Entry) -> dict[str, str]:
    """Every file of one state, with its blob. Raises FatalError when that cannot be read."""
    found = chronicle.files(project.root, entry.commit)
    if found is None:
        raise FatalError(f"{entry.commit[:12]} of {REF} cannot be read", "git fsck  (says what is damaged)")
    return found


def team_files(project: Project, entry: Entry) -> dict[str, bytes]:
    """The team's own files (team.yaml, prompts, agents), by their paths in the project."""
    names = [name for name in files(project, entry) if name.startswith(TEAM)]
    texts = each(project, [f"{entry.commit}:{name}" for name in names])
    return {name: text for name, text in zip(names, texts, strict=True) if text is not None}


def diff(project: Project, before: Entry, after: Entry, paths: Iterable[str], colour: bool) -> bytes:
    """What has changed from one state to another, as git shows it."""
    return chronicle.difference(project.root, before.commit, after.commit, list(paths), colour)


def forget(project: Project, before: float) -> int:
    """Keep nothing that is older (seconds since the epoch) but the newest state; how many commits went."""
    with lock.held(project.lock("history")):
        return chronicle.shorten(project.root, REF, before)
