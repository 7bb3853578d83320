"""What of `.batty/` has been kept long enough: read from the directories, decided by ages and sizes alone."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from batty_hooks.rules import evidence, questions
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, pulls, queue, rejections, spool, verdicts
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.system import forge
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids

DAY = 86400.0
EVERY_SECONDS = DAY


@dataclass(frozen=True)
class Limit:
    """How many days and bytes of a kind of file are kept; the newest day's stay in any case."""

    days: float
    bytes: float = float("inf")


@dataclass(frozen=True)
class File:
    """One file: its age (seconds since it was written last) and its size (bytes)."""

    path: Path
    age: float
    bytes: int


LOGS, VERDICTS, RAN = Limit(30, 500e6), Limit(90), Limit(30)
MAIL, JUDGED, READY, SPOOL, WRITTEN = Limit(180), Limit(90), Limit(30), Limit(1), Limit(90)
PULLS, _OVER = Limit(180), (forge.MERGED, forge.CLOSED)
_EACH_ALONE = ("board", "land", "stray", "guard")  # begin ids of messages that have nothing to do with each other


@dataclass(frozen=True)
class Gone:
    """What may go: files, and refs of attempts whose commits the trunk holds."""

    files: tuple[File, ...] = ()
    refs: tuple[str, ...] = ()


def too_old(files: Iterable[File], limit: Limit, needed: Collection[Path] = ()) -> list[File]:
    """The files that are older than the limit, or, newest first, beyond its bytes; none that is ``needed``."""
    gone, total = [], 0
    for file in sorted(files, key=lambda file: file.age):
        total += file.bytes
        is_over = file.age > limit.days * DAY or total > limit.bytes
        if is_over and file.age > DAY and file.path not in needed:
            gone.append(file)
    return gone


def found(look: Look, now: float | None = None) -> Gone:
    """All that may go now: nothing that a waiting offer, the trunk's own state or an unread message stands on, and
    nothing that is about a card which is still to be done."""
    at = time.time() if now is None else now
    going = _open(look)
    mail, about = _mail(look, at, going)
    ended, heads = _pulls(look, at, going)
    files = [*_of_tests(look, at), *_of_worktrees(look, at, going), *mail, *ended]
    return Gone(tuple(files), (*_attempts(look, going | about), *heads))


def _of_tests(look: Look, now: float) -> list[File]:
    project = look.project
    kept = set(_verdicts_in_use(look))
    used = {project.verdicts / f"{one.key}.json" for one in kept}
    commits = {project.verdicts / "commits" / f"{offer.commit}.json" for offer in look.offers}
    gone = too_old(_files(project.logs, "*.log", now), LOGS, {Path(one.log) for one in kept})
    gone += too_old(_files(project.verdicts, "*.json", now), VERDICTS, used)
    gone += too_old(_files(project.verdicts / "commits", "*.json", now), VERDICTS, commits)
    return gone + too_old(_files(guard.judged(project), "*", now), JUDGED)


def _of_worktrees(look: Look, now: float, going: Collection[str]) -> list[File]:
    """What is kept of worktrees that are gone, of offers that are, and of commands that have ended."""
    project = look.project
    gone = []
    for room in sorted(path for path in project.members.glob("*/ran") if path.is_dir()):
        unread = {room / f"{message.id}.json" for message in inbox.waiting(project, room.parent.name)}
        gone += too_old(_files(room, "*.json", now), RAN, unread)
    there = {path.name for path in project.worktrees.glob("*")} | set(look.homes)
    gone += [file for file in too_old(_files(project.ready, "*.*", now), READY) if file.path.stem not in there]
    seen = {entry.path for entry in spool.entries(project) if entry.worktree.exists()}
    gone += too_old(_files(project.spool, "[!.]*", now), SPOOL, seen)
    beside = [*_files(project.queue, "*.told", now), *_files(project.queue, "*.place", now)]
    gone += [file for file in too_old(beside, MAIL) if file.path.stem not in going]
    drafts = too_old(_files(rejections.room(project), "*.eml", now), WRITTEN)
    return gone + [file for file in drafts if rejections.key_of(file.path) not in going]


def _open(look: Look) -> set[str]:
    """The cards that are still to be done, and the keys of what waits."""
    cards = look.board.cards if look.has_board else []
    return {card.id for card in cards if card.lane != "done"} | {offer.key for offer in look.offers}


def _mail(look: Look, now: float, going: Collection[str]) -> tuple[list[File], set[str]]:
    """Messages that were read long ago, and what those that stay are about. All that somebody has of one card goes
    together, or ids would be given again that were there before; what a person has marked (F) stays."""
    gone: list[File] = []
    stay: set[str] = set()
    asked = {one.id for one in questions.open_ones(look)}
    for member in inbox.members(look.project):
        box, groups = look.project.inboxes / member, defaultdict[str, list[File]](list)
        for file in (*_files(box / "new", "[!.]*", now), *_files(box / "cur", "[!.]*", now)):
            groups[_about(file.path.name)].append(file)
        for about, files in groups.items():
            if look.has_board and about not in going and all(_was_read(file, asked) for file in files):
                gone += files
            else:
                stay.add(about)
    return gone, stay


def _about(name: str) -> str:
    """What a message is about, by its file's name: a card or a branch; itself, when it is about neither."""
    id = name.partition(":")[0]
    first = ids.about(id)
    return id if first in _EACH_ALONE else first


def _was_read(file: File, asked: Collection[str]) -> bool:
    id, _, flags = file.path.name.partition(":2,")
    is_read = file.path.parent.name == "cur" and bool({"S", "T"} & set(flags)) and "F" not in flags
    return is_read and file.age > MAIL.days * DAY and id not in asked


def _attempts(look: Look, kept: Collection[str]) -> Iterator[str]:
    """The refs of all attempts of what has landed, where the trunk holds each of them, and no message is left that
    names them: their number is part of its id."""
    attempts = queue.all_attempts(look.project)
    held = queue.all_attempts(look.project, look.tip) if attempts else {}
    for key, names in attempts.items():
        if key not in kept and names == held.get(key):
            yield from names


def _pulls(look: Look, now: float, going: Collection[str]) -> tuple[list[File], list[str]]:
    """The files of pull requests that are over, and what was seen at the heads of those, where the trunk holds it: of
    one that was squashed, a commit of somebody else may be nowhere else any more."""
    project = look.project
    over = {pulls.file_of(project, one.key) for one in pulls.known(project) if one.state in _OVER}
    files = [file for file in _files(project.batty / "pulls", "*.json", now) if file.path in over]
    gone = [file for file in too_old(files, PULLS) if file.path.stem not in going]
    kept = {one.key for one in pulls.known(project)} - {file.path.stem for file in gone}
    heads = pulls.heads(project, look.tip) if look.team.remote else {}
    return gone, [ref for key, ref in heads.items() if key not in kept | set(going)]


def is_time(project: Project) -> bool:
    """Whether it is a day since this was looked at, or since batty-hooks was installed."""
    for path in (project.aged_file, project.batty / ".gitignore"):
        try:
            return time.time() - path.stat().st_mtime > EVERY_SECONDS
        except OSError:
            continue
    return False


def _verdicts_in_use(look: Look) -> Iterator[verdicts.Verdict]:
    candidates = [look.itself, *look.readable(offer.commit for offer in look.offers)]
    known = [look.verdict(candidate) for candidate in candidates]
    for offer in look.offers:
        known += evidence.tested_with(look, offer.commit)
    yield from (verdict for verdict in known if verdict)


def _files(place: Path, pattern: str, now: float) -> Iterator[File]:
    """The age of a message counts from when it was read: when it was moved."""
    for path in place.glob(pattern):
        try:
            stat = path.lstat()
        except FileNotFoundError:
            continue
        changed = stat.st_ctime if place.name == "cur" else stat.st_mtime
        yield File(path, now - max(stat.st_mtime, changed), stat.st_size)
