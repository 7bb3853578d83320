"""poll: asks the forge how the pull requests stand, all of them at once, each half minute. Slow: a network is asked.

What is news is told before it is noted, under ids that follow from it: a killed one tells it again, and it is there
once. That one has been merged only brings the look at the server forward; whether it has landed, its trunk says. What
stands at the head of one and is not here is fetched: with it the server says what was merged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from batty_hooks.moves.base import forging
from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import pulls as rule
from batty_hooks.rules import rechecks, serving
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, pulls, queue, server
from batty_hooks.state.project import Project
from batty_hooks.state.pulls import Pull
from batty_hooks.system import forge
from batty_hooks.system.git import refs
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, keys, kinds, offer_ids

NAME = "poll"
ORDER = 62
WATCHES = ("queue",)
SLOW = True


def ripe(look: Look) -> Iterator[Item]:
    """The forge, when it is time to ask it."""
    if due(look) <= look.at:
        yield Item(keys.join(look.trunk, str(pulls.notes(look.project).tried)), "pull requests to be looked at")


def due(look: Look) -> float:
    """When that is (seconds since the epoch)."""
    return forging.next_look(look)


def take(project: Project, item: Item) -> None:
    """Ask, and note what came of it."""
    with forging.at_the_forge(project):
        look = Look(project)
        if due(look) <= look.at:
            ask(look)


def running(project: Project) -> Sequence[Going]:
    """Nobody waits for another's look."""
    return ()


def capacity(look: Look) -> int:
    """One at a time."""
    return 1


def ask(look: Look) -> None:
    """Look at all of them now, whenever it was done last."""
    project, remote = look.project, look.team.remote
    followed = rule.polled(look)
    if not remote or not followed:
        return
    place = rule.place_of(look)
    numbers = [pull.number for pull in followed]
    answer, there = forge.listed(project.root, place, look.trunk, numbers, rule.LIMIT)
    for pull in followed:
        if pull.number in there:
            _bring(look, remote.name, pull.key, there[pull.number])
            _enter(look, place, pull, there[pull.number])
        elif answer.outcome == forge.ACCEPTED:  # (its branch may have one all the same: then that is found)
            _tell(look, replace(pull, state=forge.CLOSED, updated="gone"), rule.News(closed=True))
            pulls.put(project, replace(pull, number=0, commit=""))
    forging.note(look, answer, look.tip)


def _bring(look: Look, remote: str, key: str, there: forge.Pull) -> None:
    """Where that does not work it is tried again with the next look, as long as something waits for it."""
    root, kept = look.project.root, forge.words_of(there.url).head(there.number)
    if there.head and not refs.is_commit(root, there.head):
        ref = f"refs/heads/{there.branch}" if there.state == forge.OPEN else kept
        asked.fetch(root, remote, there.branch, serving.LOOK_LIMIT, ref, pulls.head_ref(key))


def _enter(look: Look, place: forge.Place, before: Pull, there: forge.Pull) -> None:
    now = rule.seen(before, there, time.time(), len(look.attempts(before.key)))
    is_quiet = now.updated == before.updated
    now = _make_sure(look, place, before, now)
    if now == before and now.asked == now.updated:
        return
    news = rule.news(before, now)
    if news.red:
        red = next(check for check in now.checks if check.state == forge.RED)
        log = forge.log(look.project.root, place, red.link, rule.LOG_LINES, rule.LIMIT)
        now = replace(now, log=tuple(log))
    if now.asked != now.updated and now.state == forge.OPEN:
        now = _pass_on(look, place, now, is_quiet)
    dropped = forge.dropped(look.project.root, place, now.number, rule.LIMIT) if news.thrown_out else ""
    _tell(look, now, news, dropped)
    if news.merged:
        server.note(look.project, at_once=True)
    pulls.put(look.project, now)


def _make_sure(look: Look, place: forge.Place, before: Pull, now: Pull) -> Pull:
    """What is red for the first time is asked for once more. That it is, is noted first (and no news with it, which is
    still to be told): who is killed then asks again for what has not begun, and for nothing else."""
    red = rechecks.unsure(now) if now.state == forge.OPEN else []
    if not red and not now.asks:
        return now
    asking, answer = rechecks.asking(now, time.time()), forge.Answer(forge.ACCEPTED)
    if red:
        pulls.put(look.project, replace(before, head=now.head, checks=now.checks, log=now.log, again=asking.again,
                                        again_at=asking.again_at, asks=True))  # fmt: skip
        answer = forge.again(look.project.root, place, [check.link for check in red], rule.LIMIT)
    after = rechecks.asked(asking, answer, time.time())
    if answer.outcome == forge.ACCEPTED and any(check.link for check in after.again):
        names = ", ".join(check.name for check in red or after.again)
        id = offer_ids.pull(now.key, now.number, f"{happened.CHECKED_AGAIN} {now.head} {names}")
        events.append(look.project, id, happened.CHECKED_AGAIN, commit=now.head, text=f"{now.number}: {names}",
                      **_about(look, now))  # fmt: skip
    return after


def _about(look: Look, now: Pull) -> dict[str, str]:
    offer = queue.get(look.project, now.key)
    return {"label": offer.label if offer else now.key, "card": offer.card if offer else "",
            "member": offer.member if offer else ""}  # fmt: skip


def _tell(look: Look, now: Pull, news: rule.News, dropped: str = "") -> None:
    """The log, and a person where only one can do something about it: of one that was ``dropped``, why."""
    about = _about(look, now)
    happening = {happened.PULL_MERGED: news.merged, happened.PULL_CLOSED: news.closed,
                 happened.PULL_REOPENED: news.reopened, happened.PULL_THROWN_OUT: news.thrown_out}  # fmt: skip
    for what in (what for what, is_so in happening.items() if is_so):
        id = offer_ids.pull(now.key, now.number, f"{what} {now.updated}")
        why = f" ({dropped})" if dropped and what == happened.PULL_THROWN_OUT else ""
        text = f"{now.number}: {now.url}{why}"
        events.append(look.project, id, what, commit=now.merge or now.head, text=text, **about)
        if what == happened.PULL_THROWN_OUT:
            gist = f"the server does not merge {rule.name_of(now)} ({about['label']}) by itself any more"
            gist = f"{gist}: {dropped}" if dropped else gist
            text = f"{gist}.\n\nIt stands: {rule.words(now)}.\n\n{now.url}\n"
            to = look.team.human
            inbox.send(look.project, inbox.Message(id, "batty-hooks", to, gist, text, kinds.NOTICE, about["card"]))


def _pass_on(look: Look, place: forge.Place, now: Pull, is_quiet: bool) -> Pull:
    """What people have said there goes to the engineer, each remark once. They are asked for again with the next look,
    until nothing has changed between two (``is_quiet``): the forge's clock counts whole seconds."""
    answer, said = forge.remarks(look.project.root, place, now.number, rule.LIMIT)
    if answer.outcome != forge.ACCEPTED:
        return now
    offer = queue.get(look.project, now.key)
    card = look.card(now.key)
    member = offer.member if offer else card.owner if card else ""
    to = member if member in look.names else look.team.human
    for remark in (remark for remark in said if remark.id not in now.heard):
        where = f" about {remark.about}" if remark.about else ""
        gist = f"{remark.by} on {rule.name_of(now)}{where}"
        text = f"{remark.text}\n\n{now.url}\n"
        id = offer_ids.remark(now.key, remark.id)
        events.append(look.project, id, happened.REMARKED, label=offer.label if offer else now.key, member=to,
                      card=card.id if card else "", text=gist)  # fmt: skip
        inbox.send(look.project, inbox.Message(id, "batty-hooks", to, gist, text, kinds.NOTE, card.id if card else ""))
    heard = tuple(dict.fromkeys([*now.heard, *(remark.id for remark in said)]))
    return replace(now, heard=heard, asked=now.updated if is_quiet else "")
