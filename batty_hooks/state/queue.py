"""`.batty/queue/`: what has been reported done and waits for the trunk; and the pins that keep its commits.

One JSON file an offer, named by its key (a card's id, or a branch that has no card), made by one link. The offered
commit is pinned by `refs/batty/queue/<key>`. A red, conflicting or rejected attempt stays pinned for good as
`refs/batty/attempts/<key>/<n>-<kind>`: that keeps every commit reachable and *is* the count of attempts.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock
from batty_hooks.system.git import refs

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Offer:
    """A commit that waits to be judged and landed. ``card`` is "" for a plain branch, ``at`` when it was
    offered first (its place in the line), ``attempt`` counts from 1.

    What people say of it: ``approved`` is the commit that may land without more review, ``cleared`` the commit whose
    changes of protected paths may land too, ``rejected`` why it goes back, and ``by`` who said the last of these.
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

    @property
    def label(self) -> str:
        """What people call it."""
        return self.card or self.branch


@dataclass(frozen=True)
class Attempt:
    """One offer that came back: its number, why (failed, conflict, rejected, incomplete) and the commit."""

    number: int
    kind: str
    commit: str


def branch_key(branch: str) -> str:
    """The key of a branch without a card; no card's id looks like it."""
    return "b-" + _UNSAFE.sub("-", branch).strip("-")


def offers(project: Project) -> list[Offer]:
    """Everything waiting, first in first out; a file that cannot be read is passed over (see problems)."""
    found = [offer for offer in map(_read, _files(project)) if offer]
    return sorted(found, key=lambda offer: (offer.at, offer.key))


def get(project: Project, key: str) -> Offer | None:
    """One offer, or None when it does not wait (any more)."""
    return _read(project.queue / f"{key}.json")


def problems(project: Project) -> list[str]:
    """Files in the queue that are not offers."""
    return [f"{path} is not an offer" for path in _files(project) if _read(path) is None and path.exists()]


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
        atomic.remove(*(project.queue / f"{offer.key}.json" for offer in gone))


def attempts(project: Project, key: str) -> list[Attempt]:
    """The attempts of a key that came back, first one first."""
    found = []
    for name, commit in refs.listed(project.root, f"refs/batty/attempts/{key}").items():
        number, _, kind = name.rpartition("/")[2].partition("-")
        if number.isdigit():
            found.append(Attempt(int(number), kind, commit))
    return sorted(found, key=lambda attempt: attempt.number)


def record_attempt(project: Project, key: str, attempt: Attempt) -> None:
    """Pin an attempt that came back; made twice, it is there once."""
    name = f"refs/batty/attempts/{key}/{attempt.number}-{attempt.kind}"
    refs.update(project.root, name, attempt.commit, refs.resolve(project.root, name) or refs.ZERO)


def _files(project: Project) -> list[Path]:
    return [path for path in project.queue.glob("*.json") if not path.name.startswith(".")]


def _read(path: Path) -> Offer | None:
    try:
        return Offer(**json.loads(path.read_text("utf-8", "surrogateescape")))
    except (OSError, ValueError, TypeError):
        return None
