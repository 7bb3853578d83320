"""`.batty/uploads.json`: commits that are brought to the server ahead of their push.

They took longer than a push may. Each is kept there by a ref of its own name, `refs/batty/uploads/<commit>`, until it
has landed or waits no more: what the server holds under any ref is not sent again. Lost, nothing is wrong: the next
push that is too late writes it anew, and what stays on the server is a ref that nobody reads.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.server import asking
from batty_hooks.system import atomic, lock
from batty_hooks.system.git import server
from batty_hooks.system.records import asdict, dataclass

_REFS = "refs/batty/uploads/"


@dataclass(frozen=True)
class Upload:
    """A ``commit`` that is to be there; since when it is (``asked``) and when it was (``done``, 0: not yet), in seconds
    since the epoch. ``tried`` is when that was last tried, ``failures`` how often in a row in vain, ``refused`` why the
    server does not take it like this (it is not tried again)."""

    commit: str
    asked: float
    done: float = 0.0
    tried: float = 0.0
    failures: int = 0
    refused: str = ""


def uploads(project: Project) -> dict[str, Upload]:
    """All of them by their commits."""
    try:
        listed = json.loads(_file(project).read_text("utf-8"))
        return {one.commit: one for one in (Upload(**facts) for facts in listed)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def want_upload(project: Project, commits: Iterable[str], now: float) -> None:
    """These are to be uploaded; what was asked for before stays as it is."""
    with _known(project) as known:
        for commit in commits:
            known.setdefault(commit, Upload(commit, now))


def enter_upload(project: Project, one: Upload) -> None:
    """Write down what came of one, if it is still asked for."""
    with _known(project) as known:
        if one.commit in known:
            known[one.commit] = one


def drop_upload(project: Project, commit: str) -> None:
    """It is asked for no more."""
    with _known(project) as known:
        known.pop(commit, None)


def upload(project: Project, remote: str, commit: str, seconds: float, silence: float) -> server.Answer:
    """Bring a commit and all it needs to the server, and keep it there by a ref. It may take as long as ``seconds``,
    but not go on for ``silence`` seconds without a sign of progress; a pre-push hook here is asked first, and has its
    own time."""
    ref = f"{_REFS}{commit}"
    answer = asking.ask_hook(project, remote, ref, "", commit)
    if answer.outcome != server.ACCEPTED:
        return answer
    return server.push(project.root, remote, ref, "", commit, seconds, hook=False, silence=silence)


def drop_there(project: Project, remote: str, commit: str, seconds: float) -> server.Answer:
    """Delete that ref there. (It is no work of anybody's: no hook here is asked.)"""
    return server.push(project.root, remote, f"{_REFS}{commit}", commit, "", seconds, hook=False)


@contextlib.contextmanager
def _known(project: Project) -> Iterator[dict[str, Upload]]:
    """All of them, to be changed by nobody else meanwhile; then they are written."""
    with lock.held(project.lock("uploads")):
        known = uploads(project)
        before = dict(known)
        yield known
        if known != before:
            _write(project, known)


def _write(project: Project, known: dict[str, Upload]) -> None:
    if known:
        atomic.write(_file(project), json.dumps([asdict(one) for one in known.values()]) + "\n")
    else:
        atomic.remove(_file(project))


def _file(project: Project) -> Path:
    return project.batty / "uploads.json"
