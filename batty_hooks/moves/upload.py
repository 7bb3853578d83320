"""upload: brings to the server, ahead of its push, what took longer than a push may. Slow: a network is asked.

A push of that commit to a ref of its own: all that git sends and what git-lfs uploads are there then, and the push of
the trunk that follows is short. The ref goes when nothing waits for it any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import uploading
from batty_hooks.rules.look import Look
from batty_hooks.state import events, server
from batty_hooks.state.project import Project
from batty_hooks.state.server import Upload
from batty_hooks.state.team import Remote
from batty_hooks.system import lock
from batty_hooks.system.git import server as asked
from batty_hooks.vocabulary import happened, ids

NAME = "upload"
ORDER = 67
WATCHES = ("queue",)
SLOW = True
_AT_ONCE = 4  # a small one is not to wait behind a large one
_TRIES = 10  # to take a ref away


def ripe(look: Look) -> Iterator[Item]:
    """Commits to bring there, and refs to take away."""
    for one in _todo(look):
        if uploading.due(one, look.at) <= look.at:
            yield Item(one.commit, f"{one.commit[:10]} on its way to the server, ahead of its push")


def due(look: Look) -> float:
    """When the next one is to be tried (seconds since the epoch)."""
    return min((uploading.due(one, look.at) for one in _todo(look)), default=float("inf"))


def take(project: Project, item: Item) -> None:
    """Bring it there, or take its ref away; what came of it is noted last."""
    with lock.tried(project.lock(f"upload-{item.key}")) as got:
        look = Look(project)
        remote, one = look.team.remote, next((one for one in _todo(look) if one.commit == item.key), None)
        if got and remote and one and uploading.due(one, look.at) <= look.at:
            (_bring if one in uploading.wanted(look) else _clear)(look, remote, one)


def running(project: Project) -> Sequence[Going]:
    """Nobody waits for another's: what it brings there is found there."""
    return ()


def capacity(look: Look) -> int:
    """How many may go on at once."""
    return _AT_ONCE


def _todo(look: Look) -> list[Upload]:
    if not look.team.remote or look.paused or server.notes(look.project).outcome:
        return []
    return [*uploading.wanted(look), *uploading.left(look)]


def _bring(look: Look, remote: Remote, one: Upload) -> None:
    project, begun = look.project, time.time()
    answer = server.upload(project, remote.name, one.commit, uploading.LIMIT, uploading.SILENCE)
    now = uploading.after(one, answer, time.time())
    offer = next(offer for offer in look.offers if offer.commit == one.commit)
    about = {"label": offer.label, "card": offer.card, "member": offer.member, "commit": one.commit}
    if now.done:
        text = f"to {remote.name}, ahead of its push: that took {now.done - begun:.0f} s"
        events.append(project, ids.of_server("uploaded", one.commit), happened.UPLOADED, text=text, **about)
    elif now.refused:
        text = f"{remote.name} lets nothing be uploaded ahead of its push: {now.refused}"
        events.append(project, ids.of_server("no upload", f"{one.commit} {text}"), happened.LANDING_WAITS, text=text,
                      **about)  # fmt: skip
    server.enter_upload(project, now)


def _clear(look: Look, remote: Remote, one: Upload) -> None:
    """Where the server keeps the ref though it is asked, it stays: nobody reads it."""
    answer = server.drop_there(look.project, remote.name, one.commit, uploading.CLEARING_LIMIT)
    if answer.outcome in (asked.UNREACHABLE, asked.LOGIN) and one.failures < _TRIES:
        server.enter_upload(look.project, uploading.after(one, answer, time.time()))
    else:
        server.drop_upload(look.project, one.commit)
