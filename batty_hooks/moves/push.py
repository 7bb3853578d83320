"""push: lands what passed on the server where the trunk lives, by compare-and-swap there. Slow: a network is asked.

A pre-push hook here that takes longer than a push may is asked ahead of it (`_hear`), while others are tested: the
landing lock is not held for it. What it has let through is pushed as it was, if it still may land.

The journal, the push, what the server has said, and only then anything here. Nobody is charged when somebody else was
faster: the server is looked at at once, and a tree that is judged already lands at once. The move land enters what has
landed, follow brings the local trunk after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from batty_hooks.moves.base import asking_hook, landing, reaching
from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import serving, uploading
from batty_hooks.rules.batch import Batch, plan, still_lands
from batty_hooks.rules.evidence import commits_of
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, queue, server
from batty_hooks.state.project import Project
from batty_hooks.state.team import Remote
from batty_hooks.system import lock
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import happened, ids, kinds

NAME = "push"
ORDER = 69
WATCHES = ("queue", "verdicts")
SLOW = True


@dataclass(frozen=True)
class Heard:
    """What the pre-push hook here has said to the commit that was to land a batch."""

    batch: Batch
    made: landing.Landing
    answer: asked.Answer


def ripe(look: Look) -> Iterator[Item]:
    """What passed and has nothing in its way, several together."""
    batch = _batch(look)
    if batch:
        first = batch.offers[0]
        card, member = (first.card, first.member) if len(batch.offers) == 1 else ("", "")
        yield Item(batch.key, f"{batch.label} passed: to be pushed", card, member)


def take(project: Project, item: Item) -> None:
    """Push it; what the server said is noted last."""
    look, lost = Look(project), False
    heard = _hear(look, item) if serving.hook_goes_first(look) else None
    with lock.held(project.lock("landing"), look.team.lock_timeout):
        look = Look(project)
        batch, remote = heard.batch if heard else _batch(look), look.team.remote
        if batch and remote and (heard or (batch.key == item.key and not serving.hook_goes_first(look))):
            lost = _push(look, batch, remote, heard)
    if lost:  # what is there now is wanted at once: all that waits for a test waits for that
        with lock.tried(project.lock("server")) as got:
            if got:
                reaching.ask(Look(project))


def running(project: Project) -> Sequence[Going]:
    """The push that is under way, here or in another process."""
    found = server.under_way(project)
    return [found] if found and found.is_alive else []


def capacity(look: Look) -> int:
    """One landing at a time."""
    return 1


def _batch(look: Look) -> Batch | None:
    remote = look.team.remote
    return plan(look).land if remote and remote.land == "push" and not look.paused else None


def _hear(look: Look, item: Item) -> Heard | None:
    """What the pre-push hook here says to what is to land now; None where that is another by now, or being asked."""
    batch, remote = _batch(look), look.team.remote
    made = landing.prepare(look, batch) if batch and batch.key == item.key else None
    if not batch or not remote or not made:
        return None
    answer = asking_hook.ask(look, remote.name, look.trunk, look.tip, made.commit)
    return Heard(batch, made, answer) if answer else None


def _push(look: Look, batch: Batch, remote: Remote, heard: Heard | None) -> bool:
    """Push it, once the hook was ``heard`` where that goes first; whether somebody else was faster."""
    project, before = look.project, server.notes(look.project)
    made = heard.made if heard else landing.prepare(look, batch)
    if made is None:
        return False
    if heard and heard.answer.outcome != asked.ACCEPTED:
        answer = heard.answer
    elif heard and not still_lands(look, batch):
        return False
    else:
        limit, hook = serving.PUSH_LIMIT, heard is None
        answer = server.publish(project, remote.name, look.trunk, look.tip, made.commit, limit, hook)
    if answer.outcome == asked.ACCEPTED:
        landing.tell_of_signature(look, made)
        id = ids.of_server("pushed", made.commit)
        events.append(project, id, happened.PUSHED, label=batch.label, branch=look.trunk, commit=made.commit,
                      text=f"to {remote.name}{f': {answer.said}' if answer.said else ''}")  # fmt: skip
        if answer.said:
            _tell_past_rules(look, remote, answer.said)
    elif answer.outcome == asked.STALE:
        id = ids.of_server("lost", made.commit)
        events.append(project, id, happened.PUSH_LOST, label=batch.label, branch=look.trunk,
                      text=f"somebody else was faster on {remote.name}: it is looked at again")  # fmt: skip
    else:
        _tell_refused(look, batch, f"{remote.name}: {answer.said or answer.outcome}{_ahead(look, batch, answer)}")
    if answer.late and not heard and uploading.is_settled(look, batch.commits):
        server.note(project, hook_first=True)
    elif answer.late:
        server.want_upload(project, commits_of(batch.offers), time.time())
    server.note(project, **serving.after_push(before, answer, commits_of(batch.offers), time.time()))
    return answer.outcome == asked.STALE


def _ahead(look: Look, batch: Batch, answer: asked.Answer) -> str:
    """What is done ahead of the next push, as this one was late."""
    settled = uploading.is_settled(look, batch.commits)
    return f"; {'the hook is run' if settled else 'it is uploaded'} ahead of the next one" if answer.late else ""


def _tell_past_rules(look: Look, remote: Remote, said: str) -> None:
    """To the human, once: whether his rights are meant to go past the server's rules, only he can say."""
    text = f"""{remote.name} says of a push to {look.trunk}: {said}.

What landed had passed its test here. If work is to go the way of the server's rules, write `land: pr` below `remote:`
in team.yaml: then it is offered as pull requests. If not, nothing is to be done, and this is not said again.
"""
    gist = f"{remote.name} lets pushes to {look.trunk} past its rules, because of your rights"
    id = ids.of_server("past rules", remote.name)
    inbox.send(look.project, inbox.Message(id, "batty-hooks", look.team.human, gist, text, kinds.NOTICE))


def _tell_refused(look: Look, batch: Batch, said: str) -> None:
    """Once for each cause and batch, as of a landing that git refuses; the note of the server says the rest."""
    first = batch.offers[0]
    if queue.get(look.project, first.key):
        id = ids.of_server("refused", f"{batch.candidate.tree} {said}")
        events.append(look.project, id, happened.LANDING_WAITS, label=batch.label, card=first.card,
                      member=first.member, text=said)  # fmt: skip
