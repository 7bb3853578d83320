"""Everything that needs a person, of the whole project: what `status` lists first, and `notify:` tells. Only reads.

What needs a person is derived in one place, which `status`, `doctor` and `notify:` ask. `notify` is no move: it changes
nothing of a card, may be slow, and holds no lock that work waits for. What was told is written after the command has
run, so a kill costs a repetition.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator

from batty_hooks.errors import FatalError
from batty_hooks.people.needs import agents, approvals, cards, failures, left, passed_up
from batty_hooks.rules import advice, guarding, readiness, reasons, refusals, taken_back, uprooted
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import BROKEN, DAMAGED, HELD, SHALLOW, standing
from batty_hooks.state import events, githooks, inbox, queue, verdicts, watcher
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import finding, layout
from batty_hooks.system.records import dataclass, replace
from batty_hooks.vocabulary import kinds


@dataclass(frozen=True)
class Need:
    """Something only a person can mend: what, since when, and the exact command; what else there is to say of that
    stands behind it, after two spaces and in brackets."""

    what: str
    since: float
    command: str


def of(look: Look) -> list[Need]:
    """All of it, oldest first, each once."""
    own = (_of_machine, _of_hosts, _of_server, _of_trunk, _of_queue, _of_settings, _of_inbox)
    others = (cards.needs, agents.needs, passed_up.needs, left.needs, approvals.needs, readiness.not_ready,
              failures.needs, uprooted.needs)  # fmt: skip
    found: list[Need] = []
    for source in (*own, *others):
        try:
            found += [_typed(one if isinstance(one, Need) else Need(*one)) for one in source(look)]
        except FatalError as error:  # what keeps one from knowing needs a person too, and hides nothing else
            found.append(_typed(Need(error.what, 0.0, error.mend)))
    return arranged(_placed(look, need) for need in found)


def _typed(need: Need) -> Need:
    return replace(need, command=advice.as_typed(need.command))


def _placed(look: Look, need: Need) -> Need:
    """In the words of the project where people know it (see people/past.py)."""
    here, there = str(look.project.root), str(look.shown_as)
    return replace(need, what=need.what.replace(here, there), command=need.command.replace(here, there))


def arranged(found: Iterable[Need]) -> list[Need]:
    """Oldest first, those of unknown age last; what is said twice is there once, as old as its oldest."""
    once: dict[str, Need] = {}
    for need in sorted(found, key=lambda need: need.since or math.inf):
        once.setdefault(" ".join(need.what.split()), need)
    return list(once.values())


def _of_machine(look: Look) -> Iterator[Need]:
    """A disk on which nothing can be written (nobody can note that there either), files of another user, something in
    the place of a file of ours, a watcher of another version."""
    from batty_hooks.system import probe

    yield from (Need(error.what, 0.0, error.mend) for error in look.project.in_the_way("batty-hooks install"))
    places = look.project.batty, look.project.common
    refused = next(filter(None, map(probe.closed, places)), None) or layout.of_others(*places)
    for found in (refused, watcher.of_another_version(look.project)):
        if found:
            yield Need(found[0], 0.0, found[1])
    if pid := watcher.suspended(look.project):
        what = f"the watcher (pid {pid}) is suspended: nothing is done by itself but what a commit or a command wakes"
        yield Need(what, 0.0, f"kill -CONT {pid}  (or `fg` in its terminal)")
    for pid in watcher.suspended_beside(look.project):
        what = f"a command (pid {pid}) is suspended (Ctrl-Z) in the middle of its work: what it does waits for it"
        yield Need(what, 0.0, f"kill -CONT {pid}  (or `fg` in its terminal)")


def _of_hosts(look: Look) -> Iterator[tuple[str, float, str]]:
    """Other machines that are lacking, where team.yaml speaks of any."""
    if look.team.gate.far:
        from batty_hooks.people import hosts

        yield from hosts.needs(look)


def _of_server(look: Look) -> Iterator[tuple[str, float, str]]:
    """The server on which the trunk lives, where team.yaml names one."""
    if look.team.remote:
        from batty_hooks.people.needs import served

        yield from served.needs(look, look.team.remote)
        if look.team.remote.land == "pr":
            from batty_hooks.people.needs import pulled

            yield from pulled.needs(look, look.team.remote)


def _of_trunk(look: Look) -> Iterator[Need]:
    """Landed work that it lacks; a trunk that was moved past the gate; one that is red itself: red work is nobody's
    fault then."""
    yield from (Need(what, 0.0, mend) for what, mend in taken_back.needs(look))
    past = guarding.bypass(look)
    if past:
        yield Need(past.what, guard.entered(look.project, past.id), past.command)
        return
    itself = look.verdict(look.itself) if look.team.gate.command else None
    if itself and itself.result in (verdicts.FAILED, verdicts.TIMEOUT):
        what = f"{look.trunk} itself fails its test at {look.tip[:10]}: {verdicts.why(itself)}"
        yield Need(what, events.seconds(itself.at),
                   f"batty-hooks gate --again {shlex.quote(look.trunk)}  (once it is mended)")  # fmt: skip


def _of_settings(look: Look) -> Iterator[Need]:
    if not look.team.gate.command:
        yield Need("no test command is set, so nothing can land", 0.0, advice.no_test(look))
    for found in (
        finding.taken_for_bare(look.project.root, look.project.common),
        finding.written_over(look.project.common),
        finding.borrowed_in_vain(look.project.common),
    ):
        if found:
            yield Need(found[0], 0.0, found[1])
    yield from (Need(problem, 0.0, githooks.mend(look.project)) for problem in githooks.problems(look.project))


def _of_inbox(look: Look) -> Iterator[Need]:
    """What nobody has read. A question, a block or a review is told by its own line, as long as it is open."""
    needed = [word for word, kind in kinds.TABLE.items() if kind.person == kinds.NEEDED]
    count, oldest = inbox.unread_besides(look.project, look.team.human, needed)
    if oldest:
        number = "an unread message" if count == 1 else f"{count} unread messages, the first"
        yield Need(f"{number}: {oldest.subject}", events.seconds(oldest.date), "batty-hooks read")


def _of_queue(look: Look) -> Iterator[Need]:
    for offer in look.offers:
        now, since = standing(look, offer), events.seconds(offer.at)
        if now.row == BROKEN:
            yield Need(f"{offer.label}: {readiness.why_broken(look, now.verdict)}", since,
                       f"batty-hooks gate {offer.typed}  (once that is mended)")  # fmt: skip
        elif now.row == SHALLOW:
            yield Need(reasons.shallow(look, offer), since, reasons.DEEPEN)
        elif now.row == DAMAGED:
            yield Need(f"{offer.label} cannot be read: {now.held_by[0]}", since, now.held_by[1])
        elif now.row == HELD and not finding.taken_for_bare(look.project.root, look.project.common):
            yield Need(f"{offer.label} passed and waits to land: {', '.join(now.held_by)}", since,
                       advice.to_free_the_checkout(look, offer))  # fmt: skip
        elif refused := refusals.words(look, offer, now):
            yield Need(refused, since, refusals.mend(refused))
    for problem in queue.problems(look.project, look.offers):
        file = shlex.quote(problem.removesuffix(queue.NO_OFFER))
        yield Need(problem, 0.0, f"cat {file}  (delete it if it is not yours)")
