"""batty-hooks merge: test and land cards or plain branches."""

from __future__ import annotations

import time
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import TRY_AGAIN, USAGE, YOUR_TURN, FatalError
from batty_hooks.moves import offer
from batty_hooks.moves.base import forging, leaving, offering, runner
from batty_hooks.people import change, identity, overview
from batty_hooks.people.change import Change
from batty_hooks.rules import advice, merged, protection, readiness, reasons
from batty_hooks.rules import pulls as rule_of_pulls
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import (
    ALTERED,
    BLOCKED,
    CLOSED,
    DAMAGED,
    IN_REVIEW,
    PROPOSED,
    PROTECTED,
    REVIEW,
    SHALLOW,
    standing,
)
from batty_hooks.state import events, members, pulls, queue, trunk, verdicts, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.state.team import rights
from batty_hooks.system import forge, screen
from batty_hooks.system.records import dataclass, replace
from batty_hooks.vocabulary import happened, offer_ids

_MOVES = ["fetch", "gate", "handback", "review", "poll", "propose", "push", "land", "follow"]
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class _Wish:
    """What is to land; ``by`` is who may approve it and asks for that, or "" where nobody has to be asked. Its
    ``reviewer``'s word is not that of somebody above."""

    change: Change
    by: str
    approve: bool
    reviewer: bool = False


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="CARD|BRANCH...")
@click.option("--approve", is_flag=True, help="Let it change protected paths (gate.protect) too.")
@click.option("--commit", metavar="COMMIT", help="Only if this is the commit that waits: the one you looked at.")
@click.option("--no-wait", is_flag=True, help="Only offer them; `batty-hooks status` shows how they fare.")
def command(what: tuple[str, ...], approve: bool, commit: str | None, no_wait: bool) -> int:
    """Test each CARD or BRANCH, and land what passes.

    What is tested is the merge with the trunk. Where work waits for review this approves its commit, so only whoever is
    above its engineer and the human may. The exit code is 0 when all have landed.
    """
    if commit and len(what) > 1:
        mend = f"batty-hooks merge --commit {quote(commit)} {quote(what[0])}  (one by one, each with its own commit)"
        raise FatalError("--commit is about one card or branch", mend, USAGE)
    project = project_map.here()
    spec = [_wish(Look(project), word, approve, commit) for word in what]
    offers = [_offer(Look(project), wish) for wish in spec]
    if no_wait:
        for waiting in offers:
            click.echo(f"{waiting.label} is offered at {waiting.commit[:10]}")
        watcher.wake(project)
        return 0
    try:
        return max([_await(project, waiting) for waiting in offers if not _is_handed_on(project, waiting)], default=0)
    finally:
        leaving.leave(project)


def _wish(look: Look, word: str, approve: bool, commit: str | None) -> _Wish:
    """What a word asks for. Raises FatalError when it may not be asked for like this, before anything is offered."""
    found, here = change.named(look, word), Path.cwd()
    if commit:
        change.require(found, commit)
    if found.landed and not found.offer:
        raise FatalError(
            f"{found.label} has landed already, as {found.landed[:10]}", f"batty-hooks show {quote(found.label)}"
        )
    by = identity.approver(look, here, found.member)
    if by and found.offer and by in look.team.reviewers_of(found.member) and not approve:
        return _Wish(found, by, approve, reviewer=True)
    if approve and by not in identity.approvers(look, found.member, protected=True):
        by = None
    if by is None and (approve or look.team.merge_mode == "review"):
        mend = f"`batty-hooks done` reports work; they land it with `batty-hooks merge {quote(found.label)}`"
        raise identity.refusal(look, here, found.member, f"approve {found.label}", mend)
    if found.card and not found.offer:  # nobody lands what its engineer is still at
        identity.require(look, here, rights.REPORT, found.member, found.label)
    cleared = approve or (found.offer is not None and found.offer.cleared == found.commit)
    paths = () if cleared else protection.touched(look, look.candidate(found.commit))
    if paths:
        who = " or ".join(identity.approvers(look, found.member, protected=True))
        raise FatalError(
            f"{found.label} changes what is protected: {', '.join(paths[:5])}{' …' if paths[5:] else ''}",
            f"batty-hooks show {quote(found.label)}  ({who} may then land it: batty-hooks merge --approve "
            f"{quote(found.label)})",
        )
    return _Wish(found, by or "", approve)


def _offer(look: Look, wish: _Wish) -> Offer:
    """Approve what waits, or offer what does not wait yet; the event first, so that no approval goes unrecorded."""
    project, found = look.project, wish.change
    if found.offer:
        _record(look, wish)
        if wish.by and standing(look, found.offer).row == ALTERED:
            _take(project, found.offer)
        approved = _approved(project, found.offer, wish)
        if approved is None and Look(project).contains(found.offer.commit):
            return found.offer  # it has landed meanwhile
        if approved is None:
            raise FatalError(f"{found.label} does not wait with {found.commit[:10]} any more",
                             f"batty-hooks show {quote(found.label)}  (look at it again)", TRY_AGAIN)  # fmt: skip
        return approved
    how = "merge" if wish.by else "done"
    report = members.Report(found.member, found.card, found.branch, found.commit, how, time.time())
    lacking = offer.missing(look, report)
    if lacking:
        raise FatalError(lacking, f"batty-hooks merge {quote(found.label)}  (once that is mended)")
    _record(look, wish)
    return offering.make_offer(
        look, report, found.commit if wish.by else "", found.commit if wish.approve else "", wish.by
    )


def _take(project: Project, waiting: Offer) -> None:
    """A person says that what was merged on the server is its landing, though it is not what was offered."""
    with forging.at_the_forge(project):
        if pull := pulls.get(project, waiting.key):
            pulls.put(project, replace(pull, taken=waiting.commit))


def _approved(project: Project, waiting: Offer, wish: _Wish) -> Offer | None:
    """The offer with the word that was said of it, if one was; None when it waits no more, or with another commit."""
    if wish.reviewer:
        return queue.review(project, waiting, wish.by)
    return queue.approve(project, waiting, wish.approve, wish.by) if wish.by else waiting


def _record(look: Look, wish: _Wish) -> None:
    found = wish.change
    if wish.by and (wish.approve or wish.reviewer or look.team.merge_mode == "review"):
        word = "cleared" if wish.approve else "reviewed" if wish.reviewer else "approved"
        events.append(look.project, offer_ids.word_wanted(found.key, word, found.commit), happened.APPROVED,
                      card=found.card, by=wish.by,
                      label=found.label, member=found.member, branch=found.branch, commit=found.commit,
                      text="with its changes of protected paths" if wish.approve else "")  # fmt: skip


def _is_handed_on(project: Project, waiting: Offer) -> bool:
    """Whether its reviewer has said yes and somebody above has to as well; that is said then: he has done his part."""
    look = Look(project)
    row = standing(look, waiting).row if waiting.reviewed == waiting.commit else ""
    if row in (REVIEW, PROTECTED):
        what = "may allow what it changes of protected paths" if row == PROTECTED else "has the last word"
        click.echo(f"{waiting.label} is handed on at {waiting.commit[:10]}: {look.team.boss(waiting.member)} {what}")
        watcher.wake(project)
    return row in (REVIEW, PROTECTED)


def _await(project: Project, waiting: Offer) -> int:
    """Make the moves that bring an offer to its end, and say how it ended."""
    troubles: list[FatalError] = []
    engine = runner.Runner(project, _MOVES, lambda item, error: troubles.append(error))
    with screen.working(f"testing {waiting.label}, to land it") as say:
        while queue.get(project, waiting.key) is not None:
            engine.once(over=lambda: queue.get(project, waiting.key) is None)  # no run is waited for that is of no use
            look = Look(project)
            now = queue.get(project, waiting.key)
            if now is None:
                break
            word = overview.stage(look, now)
            if troubles:
                raise troubles[0]
            say(f"testing {waiting.label}, to land it ({word})")
            _stop_if_stuck(look, now, word)
            time.sleep(_PAUSE_SECONDS)
            engine.spent.clear()  # what came to nothing (a slot was taken) is tried again for as long as somebody waits
    # Another process may have landed it: who waited for that is to find it in his checkout, too.
    runner.Runner(project, ["follow"], lambda item, error: troubles.append(error)).once()
    return _outcome(Look(project), waiting)


def _stop_if_stuck(look: Look, waiting: Offer, word: str) -> None:
    """Leave it in the queue when only a person can bring it on."""
    if not look.team.gate.command:
        raise FatalError("no test command is set", advice.no_test(look))
    if look.paused:
        raise FatalError(f"{waiting.label} is queued, and batty-hooks is paused", "batty-hooks resume", TRY_AGAIN)
    if word.startswith("passed, held by"):
        raise FatalError(f"{waiting.label} passed and waits: {word[len('passed, held by ') :]}",
                         advice.to_free_the_checkout(look, waiting))  # fmt: skip
    waits = overview.waits_for_server(look, waiting)
    if waits and not waits.passes:
        raise FatalError(
            f"{waiting.label} is {word}", "batty-hooks remote  (looks again; it lands by itself)", TRY_AGAIN
        )
    pull = pulls.get(look.project, waiting.key)
    if pull and standing(look, waiting).row in (PROPOSED, CLOSED, ALTERED):
        raise FatalError(
            f"{waiting.label} is {word}",
            f"{forge.words_of(pull.url).command('view', pull.number)}  ({pull.url})",
            TRY_AGAIN,
        )
    if pull and pull.refused == waiting.commit and pull.trouble and word == "passed":
        raise FatalError(
            f"{waiting.label} passed, but cannot be offered: {pull.trouble}", "batty-hooks status", TRY_AGAIN
        )
    if (asked := pulls.notes(look.project)).outcome and word == "passed":
        program = rule_of_pulls.place_of(look).program
        raise FatalError(
            f"{waiting.label} passed, and waits for {program}: {asked.said}", "batty-hooks status", TRY_AGAIN
        )
    if standing(look, waiting).row == BLOCKED and (card := look.card(waiting.card)):
        raise FatalError(advice.blocked_words(look, card), f"batty-hooks task unblock {card.id}")
    if standing(look, waiting).row == SHALLOW:
        raise FatalError(reasons.shallow(look, waiting), f"{reasons.DEEPEN}  (then it is tested and lands by itself)")
    if (now := standing(look, waiting)).row == DAMAGED:
        raise FatalError(f"{waiting.label} cannot be read: {now.held_by[0]}", now.held_by[1])
    if now.row in (IN_REVIEW, REVIEW, PROTECTED):
        raise FatalError(f"{waiting.label} waits at {waiting.commit[:10]}: {word}",
                         f"batty-hooks show {quote(waiting.label)}  (look at it)")  # fmt: skip
    if word == "passed" and (said := queue.told(look.project, waiting).refused):
        raise FatalError(f"{waiting.label} passed, but git refused to land it: {said}",
                         f"batty-hooks merge {quote(waiting.label)}  (once that is mended)", TRY_AGAIN)  # fmt: skip
    if word == "red, as the trunk itself is":
        raise FatalError(
            f"{waiting.label} is red, and so is {look.trunk} itself: {_why_trunk(look)}",
            f"batty-hooks gate --again {quote(look.trunk)}  (once it is mended; what waits is tested again by itself)",
        )
    if word == "test command broken":
        why = readiness.why_broken(look, standing(look, waiting).verdict)
        raise FatalError(why, f"batty-hooks gate {quote(waiting.label)}  (once that is mended)")


def _why_trunk(look: Look) -> str:
    itself = look.verdict(look.itself)
    return f"{verdicts.why(itself)}; log: {itself.log}" if itself else ""


def _outcome(look: Look, waiting: Offer) -> int:
    one = merged.landed_as(look, waiting.key)
    if one and trunk.contains(look.project, look.tip, one):
        screen.line(f"{waiting.label} has landed on {look.trunk} as {one[:10]}", "green")
        return 0
    if trunk.contains(look.project, look.tip, waiting.commit):
        landed = trunk.landing_of(look.project, look.tip, waiting.commit) or waiting.commit
        screen.line(f"{waiting.label} has landed on {look.trunk} as {landed[:10]}", "green")
        return 0
    back = queue.attempts(look.project, waiting.key)
    kind = back[-1].kind if back else "withdrawn"
    screen.line(f"{waiting.label} did not land: {kind}", "red")
    candidate = look.candidate(waiting.commit)
    if candidate.conflicts:
        click.echo(f"in conflict with {look.trunk}: {', '.join(map(screen.path, candidate.conflicts))}")
    test = overview.last_test(look, waiting.label, waiting.commit)
    if kind in ("failed", "together") and test:
        click.echo("\n".join([f"log: {test['log']}", "", *verdicts.lines_of(Path(test["log"]))]))
    return YOUR_TURN
