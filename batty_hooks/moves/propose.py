"""propose: offers what passed as a pull request, with the person's own `gh` or `glab`. Slow: a network is asked.

The branch goes to the server as `batty/<card>`, by compare-and-swap as everything that goes there; then the forge is
asked whether there is a pull request of that branch, and only where there is none is one made. Whoever was killed in
between finds the branch where it belongs, and the one that he has made. A newer commit goes to the same one.

Nobody's commits are written over: where somebody else has pushed to the branch, its engineer is told to merge that. The
trunk alone, merged into ours by the forge's button, is nobody's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from batty_hooks.moves.base import asking_hook, forging
from batty_hooks.moves.base.interface import Going, Item
from batty_hooks.rules import merged, serving, uploading
from batty_hooks.rules import pulls as rule
from batty_hooks.rules.advice import how_to_report
from batty_hooks.rules.batch import plan
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, pulls, server
from batty_hooks.state.project import Project
from batty_hooks.state.pulls import Pull
from batty_hooks.state.queue import Offer
from batty_hooks.state.team import Remote
from batty_hooks.system import forge
from batty_hooks.system.git import refs
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, keys, kinds, offer_ids

NAME = "propose"
ORDER = 68
WATCHES = ("queue", "verdicts")
SLOW = True


def ripe(look: Look) -> Iterator[Item]:
    """What passed and is not offered there yet."""
    offer = _next(look)
    if offer:
        says = f"{offer.label} passed: to be offered as a pull request"
        yield Item(keys.join(offer.key, offer.commit), says, offer.card, offer.member)


def take(project: Project, item: Item) -> None:
    """Push its branch, and offer it; the number is noted last. A pre-push hook here that takes longer than a push may
    is asked before."""
    look = Look(project)
    heard = _hear(look, item) if serving.hook_goes_first(look) else None
    with forging.at_the_forge(project):
        look = Look(project)
        offer, remote = _next(look), look.team.remote
        is_heard = heard or not serving.hook_goes_first(look)
        if offer and remote and is_heard and keys.join(offer.key, offer.commit) == item.key:
            _propose(look, offer, remote, heard)


def running(project: Project) -> Sequence[Going]:
    """Nobody waits for another's: it is found out of the forge what came of that."""
    return ()


def capacity(look: Look) -> int:
    """One at a time."""
    return 1


def _next(look: Look) -> Offer | None:
    remote = look.team.remote
    batch = plan(look).land if remote and remote.land == "pr" and not look.paused else None
    return batch.offers[0] if batch else None


def _hear(look: Look, item: Item) -> asked.Answer | None:
    """What the pre-push hook here says to what is to be offered now; None where that is another by now, or being
    asked."""
    offer, remote = _next(look), look.team.remote
    if not offer or not remote or keys.join(offer.key, offer.commit) != item.key:
        return None
    known = pulls.get(look.project, offer.key)
    branch = known.branch if known else pulls.branch_of(offer.key)
    return asking_hook.ask(look, remote.name, branch, None, offer.commit)


def _propose(look: Look, offer: Offer, remote: Remote, heard: asked.Answer | None) -> None:
    project = look.project
    known = pulls.get(project, offer.key) or Pull(offer.key, pulls.branch_of(offer.key))
    answer = heard or asked.Answer(asked.ACCEPTED)
    if answer.outcome in (asked.ACCEPTED, asked.STALE):  # (where it is stale, it is found out below why)
        answer = _push(look, offer, remote, known, hook=not heard or answer.outcome == asked.STALE)
    if answer.late and not heard and uploading.is_settled(look, (offer.commit,)):
        server.note(project, hook_first=True)
    elif answer.late:
        server.want_upload(project, [offer.commit], time.time())
    if answer.outcome == asked.ACCEPTED:
        lasts = known.state == forge.OPEN  # (to what was closed or merged, nothing is added)
        known = replace(known if lasts else Pull(known.key, known.branch), pushed=offer.commit, trouble="")
        pulls.put(project, known)
        answer = _offer(look, offer, known, rule.place_of(look))
        forging.note(look, answer)
    elif answer.outcome in (asked.UNREACHABLE, *serving.A_PERSONS):
        server.note(project, **serving.after(server.notes(project), answer, time.time()))
        return
    if answer.outcome in (asked.REFUSED, asked.PROTECTED, asked.STALE):
        id = offer_ids.pull(offer.key, known.number, f"{offer.commit} {answer.said}")
        events.append(project, id, happened.PULL_REFUSED, label=offer.label, card=offer.card, member=offer.member,
                      commit=offer.commit, text=answer.said)  # fmt: skip
        pulls.put(project, replace(known, trouble=answer.said, refused=offer.commit, tried=time.time()))


def _push(look: Look, offer: Offer, remote: Remote, known: Pull, hook: bool) -> asked.Answer:
    """The server's branch to the offer's commit: from where we have put it, or from where it stands if that is ours or
    is in what goes there. Nobody else's commit is written over."""
    root, name, branch = look.project.root, remote.name, known.branch
    answer = server.push(look.project, name, branch, known.pushed, offer.commit, serving.PUSH_LIMIT, hook)
    if answer.outcome != asked.STALE:
        return answer
    question, there = asked.ask(root, name, branch, serving.LOOK_LIMIT)
    if question.outcome not in (asked.ACCEPTED, asked.NOT_THERE):
        return question
    if there == offer.commit:
        return asked.Answer(asked.ACCEPTED)
    if there and not _is_ours(look, offer, known, there):
        asked.fetch(root, name, branch, serving.LOOK_LIMIT, f"refs/heads/{branch}", pulls.head_ref(offer.key))
        server.look(look.project, name, look.trunk, serving.LOOK_LIMIT)  # (what is merged into it there, say)
        if not refs.contains(root, offer.commit, there) and not _is_ours(look, offer, known, there):
            _tell_engineer(look, offer, remote, branch, there)
            return asked.Answer(asked.STALE, f"{name} has commits on {branch} that {offer.branch} lacks")
    return server.push(look.project, name, branch, there or "", offer.commit, serving.PUSH_LIMIT, hook)


def _is_ours(look: Look, offer: Offer, known: Pull, there: str) -> bool:
    """Whether what stands there is a commit of ours, with no more than the trunk merged into it."""
    own = {known.pushed, known.commit, *(attempt.commit for attempt in look.attempts(offer.key))} - {""}
    return any(merged.is_plain(Look(look.project), there, one) for one in own)


def _tell_engineer(look: Look, offer: Offer, remote: Remote, branch: str, there: str) -> None:
    """Once for each commit that stands there. A person finds it under "needs you" as well."""
    if offer.member not in look.names:
        return
    gist = f"somebody else has pushed to {branch} on {remote.name}: {offer.label} lacks {there[:10]}"
    text = (
        f"{gist}, and nothing of it may be lost.\n\nMerge it on {offer.branch}:\n    git merge {there[:12]}\n"
        f"    {how_to_report(look, offer)}\n"
    )
    id = offer_ids.remark(offer.key, there)
    inbox.send(look.project, inbox.Message(id, "batty-hooks", offer.member, gist, text, kinds.NOTE, offer.card))


def _offer(look: Look, offer: Offer, known: Pull, place: forge.Place) -> forge.Answer:
    """The pull request of the branch: the one that is there, with the new text, or a new one."""
    root, text, limit = look.project.root, rule.text_of(look, offer), rule.LIMIT
    answer, there = forge.found(root, place, look.trunk, known.branch, limit)
    if answer.outcome != forge.ACCEPTED:
        return answer
    if there:
        forge.described(root, place, there.number, text, limit)  # (where that is refused, the old text stays)
        lasts = there.number == known.number
        kept = known if lasts else Pull(known.key, known.branch, pushed=known.pushed)
        now = rule.seen(kept, there, time.time(), 0)
        # What is news in these, poll tells.
        now = replace(now, queued=kept.queued, updated=kept.updated, asked="")
        now = replace(now, commit=offer.commit, head=offer.commit, checks=(), log=())
    else:
        title = rule.title_of(look, offer)
        answer, number, url = forge.create(root, place, look.trunk, known.branch, title, text, limit)
        if answer.outcome != forge.ACCEPTED:
            return answer
        now = Pull(known.key, known.branch, offer.commit, number, url, head=offer.commit, pushed=offer.commit)
    # (One that is found, and was not known, is what a killed one of us has made, or a person for us.)
    what = happened.PULL_RENEWED if now.number == known.number else happened.PULL_OPENED
    events.append(look.project, offer_ids.pull(offer.key, now.number, f"{what} {offer.commit}"), what,
                  label=offer.label, card=offer.card, member=offer.member, branch=known.branch, commit=offer.commit,
                  text=f"{now.number}: {now.url}")  # fmt: skip
    pulls.put(look.project, now)
    return answer
