"""`.batty/queue/`: what has been reported done and waits for the trunk; and the pins that keep its commits.

One JSON file an offer, named by its key (a card's id, or a branch that has no card), made by one link. The offered
commit is pinned by `refs/batty/queue/<key>`. A red, conflicting or rejected attempt stays pinned for good as
`refs/batty/attempts/<key>/<n>-<kind>`: that keeps every commit reachable and *is* the count of attempts, so there is no
counter to drift. Each kind (failed, conflict, incomplete) has `retries + 1` attempts; then the card is blocked.
Unblocked, it has as many again. Rejections are a kind without a limit.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from shlex import quote

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late, lock
from batty_hooks.system.git import refs
from batty_hooks.system.records import asdict, dataclass, replace
from batty_hooks.vocabulary import happened, ids, kinds

_UNSAFE = late.pattern(r"[^A-Za-z0-9_-]+")
_LONGEST_KEY = 100  # its hash and what stands behind a key in the names of messages and refs not counted
_LOCK_SECONDS = 10.0
_ATTEMPTS = "refs/batty/attempts/"
_LANDED, _BACK = "landed", "back"
_LATELY, _KEPT = 20, 100  # how good work is changes in days; how sure the tests are, in weeks
_BY_CHANCE = " red by chance, "


@dataclass(frozen=True)
class Offer:
    """A commit that waits to be judged and landed. ``card`` is "" for a plain branch, ``at`` when it was
    offered first (its place in the line), ``attempt`` counts from 1.

    What people say of it: ``approved`` is the commit that may land without more review, ``cleared`` the commit whose
    changes of protected paths may land too, ``reviewed`` the commit that its reviewer lets land as far as it has a say,
    ``rejected`` why it goes back, and ``by`` who said the last of these.
    """

    key: str
    card: str
    branch: str
    commit: str
    member: str
    title: str
    at: str
    attempt: int
    approved: str = ""
    cleared: str = ""
    rejected: str = ""
    by: str = ""
    reviewed: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.card or self.branch

    @property
    def typed(self) -> str:
        """The same as one types it, in a shell."""
        return quote(self.label)


@dataclass(frozen=True)
class Told:
    """What was said of an offer with that ``commit``: ``asked`` names the question that was put to whoever may let it
    land, ``refused`` is what git said when it was to be landed last ("": neither)."""

    commit: str
    asked: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Attempt:
    """One offer that came back: its number, why (failed, conflict, rejected, incomplete) and the commit."""

    number: int
    kind: str
    commit: str

    @property
    def word(self) -> str:
        """Why, in a word for people."""
        return happened.NOT_TAKEN if self.kind.startswith(kinds.INCOMPLETE) else self.kind


def branch_key(branch: str) -> str:
    """The key of a branch without a card; no card's id looks like it, and no other branch has it.

    It names files and refs, so it is short and of plain characters; where that takes something of the branch's name
    away, a few letters of its hash tell it from what would look the same: `fix/a-b` and `fix-a/b`, or 日本 and 中文.
    """
    plain = _UNSAFE.sub("-", branch).strip("-")[:_LONGEST_KEY]
    return f"b-{plain}" if plain == branch else f"b-{plain}-{ids.hash_of(branch)}"


def offers(project: Project) -> list[Offer]:
    """Everything waiting, first in first out; a file that cannot be read is passed over (see problems)."""
    found = [offer for offer in map(_read, _files(project)) if offer]
    return sorted(found, key=lambda offer: (offer.at, offer.key))


def get(project: Project, key: str) -> Offer | None:
    """One offer, or None when it does not wait (any more)."""
    return _read(f"{project.queue}/{key}.json")


NO_OFFER = " is not an offer"


def problems(project: Project, known: Iterable[Offer] = ()) -> list[str]:
    """Files in the queue that are not offers; those of ``known`` ones need not be read again."""
    place = project.queue
    read = {f"{place}/{offer.key}.json" for offer in known}
    asked = (path for path in _files(project) if path not in read)
    return [f"{path}{NO_OFFER}" for path in asked if _read(path) is None and os.path.exists(path)]


@contextlib.contextmanager
def held(project: Project) -> Iterator[None]:
    """Keep everybody else from changing the queue for the length of a with-block: read, decide, ``put``."""
    with lock.held(project.lock("queue"), _LOCK_SECONDS):
        yield


def put(project: Project, offer: Offer) -> None:
    """Pin the commit, then write the offer; an offer of that key keeps its place and gets the newer commit."""
    refs.update(project.root, f"refs/batty/queue/{offer.key}", offer.commit, reason=f"offer {offer.label}")
    atomic.write(project.queue / f"{offer.key}.json", json.dumps(asdict(offer), indent=1, ensure_ascii=False) + "\n")


def approve(project: Project, offer: Offer, cleared: bool, by: str) -> Offer | None:
    """Write down that ``by`` lets an offer land (``cleared``: with its changes of protected paths), whatever was said
    of it before; None when it waits no more, or with another commit."""
    said = {"approved": offer.commit, "by": by, "rejected": ""} | ({"cleared": offer.commit} if cleared else {})
    return _amend(project, offer, said)


def review(project: Project, offer: Offer, by: str) -> Offer | None:
    """Write down that its reviewer lets an offer land; None when it waits no more, or with another commit."""
    return _amend(project, offer, {"reviewed": offer.commit, "by": by, "rejected": ""})


def reject(project: Project, offer: Offer, why: str, by: str) -> Offer | None:
    """Write down that ``by`` sends an offer back; None when it waits no more, or with another commit."""
    return _amend(project, offer, {"rejected": why, "by": by})


def _amend(project: Project, offer: Offer, said: dict[str, str]) -> Offer | None:
    with held(project):
        waiting = get(project, offer.key)
        if waiting is None or waiting.commit != offer.commit:
            return None
        amended = Offer(**{**asdict(waiting), **said})
        if amended != waiting:
            put(project, amended)
        return amended


def remove(project: Project, *offers: Offer) -> None:
    """Take offers out of the line (their pins first, their files last), unless something newer has taken the place."""
    with held(project):
        gone = [offer for offer in offers if get(project, offer.key) in (None, offer)]
        refs.delete_all(project.root, [f"refs/batty/queue/{offer.key}" for offer in gone])
        atomic.remove(*(_told(project, offer.key) for offer in gone))
        atomic.remove(*(project.queue / f"{offer.key}.json" for offer in gone))


def told(project: Project, offer: Offer) -> Told:
    """What was said of an offer as it is now."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        found = Told(**json.loads(_told(project, offer.key).read_text("utf-8")))
        if found.commit == offer.commit:
            return found
    return Told(offer.commit)


def tell(project: Project, offer: Offer, **said: str) -> None:
    """Write down what was said of an offer."""
    known = replace(told(project, offer), **said)
    atomic.write(_told(project, offer.key), json.dumps(asdict(known), ensure_ascii=False) + "\n")


def _told(project: Project, key: str) -> Path:
    return project.queue / f"{key}.told"


def outcomes(project: Project) -> list[bool]:
    """How the last twenty offers ended that were tested, oldest first: whether each landed."""
    return [line.endswith(_LANDED) for line in _outcomes(project)[-_LATELY:]]


def flakes(project: Project) -> int:
    """How many of the last hundred offers landed though they had been red by themselves."""
    return sum(_BY_CHANCE in line for line in _outcomes(project))


def remember(project: Project, landed: bool, *offers: Offer, flaky: Container[Offer] = ()) -> None:
    """Write down how offers ended, and which of them were ``flaky``: red by themselves before they landed. Made twice,
    it is there once."""
    with held(project):
        known = _outcomes(project)
        new = [
            f"{offer.key}.{offer.attempt}{_BY_CHANCE if offer in flaky else ' '}{_LANDED if landed else _BACK}"
            for offer in offers
        ]
        lines = [*known, *(line for line in new if line not in known)]
        if lines != known:
            atomic.write(project.verdicts / "outcomes", "\n".join(lines[-_KEPT:]) + "\n", lasting=False)


def _outcomes(project: Project) -> list[str]:
    try:
        return (project.verdicts / "outcomes").read_text().splitlines()
    except OSError:
        return []


def keep_place(project: Project, offer: Offer) -> None:
    """Write down since when an offer has waited that is about to leave the line and is to come back to its place."""
    atomic.write(_place(project, offer.key), offer.at)


def place(project: Project, key: str) -> str:
    """Since when something waits that left the line and keeps its place; "" when it has none."""
    try:
        return _place(project, key).read_text().strip()
    except OSError:
        return ""


def give_up_place(project: Project, key: str) -> None:
    """It is in the line again, or begins at its end."""
    atomic.remove(_place(project, key))


def _place(project: Project, key: str) -> Path:
    return project.queue / f"{key}.place"


def attempts(project: Project, key: str) -> list[Attempt]:
    """The attempts of a key that came back, first one first."""
    found = []
    for name, commit in refs.listed(project.root, f"refs/batty/attempts/{key}").items():
        number, _, kind = name.rpartition("/")[2].partition("-")
        if number.isdigit():
            found.append(Attempt(int(number), kind, commit))
    return sorted(found, key=lambda attempt: attempt.number)


def all_attempts(project: Project, within: str = "") -> dict[str, list[str]]:
    """The names of the refs of all attempts by their key; with ``within`` of those alone which that commit holds."""
    found: dict[str, list[str]] = {}
    for name in refs.listed(project.root, _ATTEMPTS, within):
        found.setdefault(name.removeprefix(_ATTEMPTS).rpartition("/")[0], []).append(name)
    return found


def forget_attempts(project: Project, names: Iterable[str]) -> None:
    """Take away the refs of attempts that nobody counts any more."""
    refs.delete_all(project.root, names)


def record_attempt(project: Project, key: str, attempt: Attempt) -> None:
    """Pin an attempt that came back; made twice, it is there once."""
    name = f"refs/batty/attempts/{key}/{attempt.number}-{attempt.kind}"
    refs.update(project.root, name, attempt.commit, refs.resolve(project.root, name) or refs.ZERO)


def _files(project: Project) -> list[str]:
    """(As words: of thousands of files, a Path object each would cost as much as reading it.)"""
    place = project.queue
    try:
        names = os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [f"{place}/{name}" for name in names if name.endswith(".json") and not name.startswith(".")]


def _read(path: str) -> Offer | None:
    try:
        with open(path, "rb") as file:
            return Offer(**json.loads(file.read().decode("utf-8", "surrogateescape")))
    except (OSError, ValueError, TypeError):
        return None
