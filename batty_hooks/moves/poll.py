"""poll: asks the forge how the pull requests stand, all of them at once, each half minute. Slow: a network is asked.

What is news is told before it is noted, under ids that follow from it: a killed one tells it again, and it is there
once. That one has been merged only brings the look at the server forward; whether it has landed, its trunk says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batty_hooks.moves.base import forging
from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import pulls as rule
from batty_hooks.rules import serving
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, pulls, queue, server
from batty_hooks.state.project import Project
from batty_hooks.state.pulls import Pull
from batty_hooks.system import forge
from batty_hooks.system.git import server as server_of_git
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
    project = look.project
    followed = rule.polled(look)
    if not look.team.remote or not followed:
        return
    place = rule.place_of(look)
    numbers = [pull.number for pull in followed]
    answer, there = forge.listed(project.root, place, look.trunk, numbers, rule.LIMIT)
    for pull in followed:
        if pull.number in there:
            _enter(look, place, pull, there[pull.number])
    forging.note(look, answer)


def _enter(look: Look, place: forge.Place, before: Pull, there: forge.Pull) -> None:
    now = rule.seen(before, there)
    if now == before:
        return
    news = rule.news(before, now, _is_ours(look, before, now))
    if news.red:
        red = next(check for check in now.checks if check.state == forge.RED)
        log = forge.log(look.project.root, place, red.link, rule.LOG_LINES, rule.LIMIT)
        now = replace(now, log=tuple(log))
    if now.updated != before.updated and now.state == forge.OPEN:
        now = _pass_on(look, place, now)
    _tell(look, now, news)
    pulls.put(look.project, now)
    if news.merged:
        server.note(look.project, at_once=True)


def _is_ours(look: Look, before: Pull, now: Pull) -> bool:
    """Whether it offers our commit still, be it on a newer trunk; what the forge has made of it is fetched for that."""
    remote = look.team.remote
    if remote and now.state == forge.OPEN and now.head not in (before.head, now.commit):
        server_of_git.fetch(look.project.root, remote.name, now.branch, serving.LOOK_LIMIT)
    return rule.is_it(look, now.head, now.commit)


def _tell(look: Look, now: Pull, news: rule.News) -> None:
    """The log, and a person where only one can do something about it."""
    offer = queue.get(look.project, now.key)
    about = {"label": offer.label if offer else now.key, "card": offer.card if offer else "",
             "member": offer.member if offer else ""}  # fmt: skip
    happening = {happened.PULL_MERGED: news.merged, happened.PULL_CLOSED: news.closed,
                 happened.PULL_REOPENED: news.reopened, happened.PULL_THROWN_OUT: news.thrown_out}  # fmt: skip
    for what in (what for what, is_so in happening.items() if is_so):
        id = offer_ids.pull(now.key, now.number, f"{what} {now.updated}")
        events.append(look.project, id, what, commit=now.merge or now.head, text=f"{now.number}: {now.url}", **about)
        if what == happened.PULL_THROWN_OUT:
            gist = f"the server does not merge {rule.name_of(now)} ({about['label']}) by itself any more"
            text = f"{gist}: {rule.words(now)}.\n\n{now.url}\n"
            to = look.team.human
            inbox.send(look.project, inbox.Message(id, "batty-hooks", to, gist, text, kinds.NOTICE, about["card"]))


def _pass_on(look: Look, place: forge.Place, now: Pull) -> Pull:
    """What people have said there goes to the engineer, each remark once."""
    answer, said = forge.remarks(look.project.root, place, now.number, rule.LIMIT)
    if answer.outcome != forge.ACCEPTED:
        return replace(now, updated="")  # asked again with the next look
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
    return replace(now, heard=tuple(dict.fromkeys([*now.heard, *(remark.id for remark in said)])))
