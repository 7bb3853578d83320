"""What the waiting offers ask for now: a set that may land, or candidates to be tested, the most fruitful first.

Everything is derived from queue, trunk and verdicts at each look, so a kill or a second process changes nothing.

Tested together, landed together. What waits is tested as one candidate. It lands as one merge of a side line that has a
merge commit for each card, in the order of the board: every commit of the first-parent line is a tree that was tested.
Verdicts belong to trees, so nothing is remembered between runs: when the trunk has moved by a set that was green, the
rest of the line still makes the trees that are judged already.

How many are tried at once follows from how often work came back red lately (about one in 1/p, at most 32). Where
somebody else was faster on the server several times in a row, the one whose test is known to be clearly shorter goes
first: a shorter test is the only way to lose less often, a smaller set that takes as long would lose as often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from batty_hooks.rules import bisection, evidence, hosting, serving, speculation, uploading
from batty_hooks.rules.charging import Inquiry
from batty_hooks.rules.evidence import commits_of
from batty_hooks.rules.look import Look
from batty_hooks.rules.pulls import may_be_offered
from batty_hooks.rules.standing import PASSED, WAITING, Standing, standing, unapproved
from batty_hooks.state import pulls
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.records import dataclass, replace

_LARGEST = 32


@dataclass(frozen=True)
class Batch:
    """Offers judged as one candidate (no offer where it is about a commit or the trunk).

    ``again`` is the time of the verdict that is to be made sure of by one more run ("": none, a known one will do).
    """

    candidate: Candidate
    key: str
    label: str
    offers: tuple[Offer, ...] = ()
    commits: tuple[str, ...] = ()
    again: str = ""


@dataclass(frozen=True)
class Plan:
    """``land``: what may land this moment; ``held``: what might, could anything be landed on the server. ``test``: what
    to test, best first. ``cap``: how many are tried at once."""

    land: Batch | None = None
    held: Batch | None = None
    test: tuple[Batch, ...] = ()
    cap: int = 1


def plan(look: Look) -> Plan:
    """What to do now about everything that waits; the same for all who ask in one look."""
    return look.once("plan", _plan)


def _plan(look: Look) -> Plan:
    if not look.offers:  # (as nearly every look finds; git need not be asked about the trunk for it)
        return Plan()
    rows = {offer: standing(look, offer) for offer in look.offers}
    joining = [offer for offer, now in rows.items() if now.row in (WAITING, PASSED) and _lands_by_itself(look, offer)]
    if look.team.remote and look.team.remote.land == "pr":
        return _each_alone(look, rows)
    suspects = [offer for offer in joining if serving.is_suspect(look, offer.commit)]
    joining = [offer for offer in joining if offer not in suspects]
    rows = {offer: now for offer, now in rows.items() if now.inquiry or offer not in suspects}
    found = _beside(look, _of_line(look, rows, joining), suspects)
    losing = len(joining) > 1 and not (found.land or found.held) and serving.is_losing(look)
    quick = evidence.quickest(look, joining) if losing else None
    return _of_line(look, rows, [quick]) if quick else found


def _beside(look: Look, found: Plan, suspects: list[Offer]) -> Plan:
    """The plan of the line, and beside it what the server has refused before: each by itself, when it is due."""
    for offer in suspects:
        alone = _batch(look, [offer])
        if not look.together(alone.commits).conflicts and not serving.hindrance(look, alone.commits):
            verdict = look.verdict(alone.candidate)
            if verdict and verdict.passed and not found.land:
                found = replace(found, land=alone)
            elif not verdict:
                found = replace(found, test=(*found.test, alone))
    return found


def _of_line(look: Look, rows: dict[Offer, Standing], joining: list[Offer]) -> Plan:
    cap = cap_of(look) if len(joining) > 1 else 1
    itself = look.verdict(look.itself)
    most = 1 if itself and not itself.passed else cap
    return (_one_slot if hosting.is_one(look) else _many_slots)(look, rows, joining, most, cap)


def _each_alone(look: Look, rows: dict[Offer, Standing]) -> Plan:
    """Pull requests are merged one by one, by others: each is tested by itself, and holds up no other."""
    asked = [_inquiry(look, now.inquiry, offer) for offer, now in rows.items() if now.inquiry]
    wanted = [_batch(look, [offer]) for offer, now in rows.items() if now.row == WAITING and not now.inquiry]
    test = tuple({batch.key: batch for batch in (*asked, *wanted) if _untested(look, batch)}.values())
    free = [offer for offer, now in rows.items() if now.row == PASSED]
    known = pulls.notes(look.project)
    ready = [
        _batch(look, [offer])
        for offer in free
        if not uploading.pending(look, (offer.commit,))
        and may_be_offered(
            known, pulls.get(look.project, offer.key), offer.commit, look.at, uploading.done_at(look, (offer.commit,))
        )
    ]
    if ready and not serving.hindrance(look):
        return Plan(land=ready[0], test=test)
    return Plan(held=_batch(look, free[:1]) if free else None, test=test)


def _one_slot(look: Look, rows: dict[Offer, Standing], joining: list[Offer], most: int, cap: int) -> Plan:
    line, cap = _admitted(look, _unhindered(look, _fitting(look, joining, most)), cap)
    advice = bisection.advise(line, evidence.of_beginnings(look))
    if advice.land:
        return _landing(look, rows, line, advice.land, cap)
    wanted = [_batch(look, members) for members in advice.test]
    free = [offer for offer in line if rows[offer].row == PASSED]
    if free and advice.test == (tuple(line),) and wanted[0].key not in look.running:
        # Nothing is known of the others yet that it could upset.
        return _landing(look, rows, line, free[:1], cap)
    return Plan(test=_in_turn(look, rows, line, wanted, cap), cap=cap)


def _many_slots(look: Look, rows: dict[Offer, Standing], joining: list[Offer], most: int, cap: int) -> Plan:
    """Who is made sure of is in no set meanwhile: that is asked beside the others, and first."""
    line = _unhindered(look, _fitting(look, [offer for offer in joining if not rows[offer].inquiry], most))
    line, cap = _admitted(look, line, cap)
    advice = speculation.advise(line, evidence.of_sets(look, line), hosting.capacity(look))
    if advice.land:
        return _landing(look, rows, line, advice.land, cap)
    wanted = [_batch(look, members) for members in advice.test]
    asked = [_inquiry(look, now.inquiry, offer) for offer, now in rows.items() if now.inquiry]
    first = [batch for batch in asked if _untested(look, batch)]
    rest = _in_turn(look, rows, line, wanted, cap)
    return Plan(test=tuple({batch.key: batch for batch in (*first, *rest)}.values()), cap=cap)


def _landing(look: Look, rows: dict[Offer, Standing], line: list[Offer], landing: Sequence[Offer], cap: int) -> Plan:
    """What may land. While a server takes nothing, the rest is tested upon that, as though it had landed: so all that
    is green lands at once when it does."""
    if not look.team.remote:
        return Plan(land=_batch(look, landing), cap=cap)
    green, wanted = _upon(look, line, landing)
    batch = _batch(look, green)
    hindered = serving.hindrance(look, batch.commits)
    if not hindered:
        return Plan(land=batch, cap=cap)
    tests = [_batch(look, members) for members in ([line] if hindered.passes else wanted)]
    return Plan(held=batch, test=_in_turn(look, rows, line, tests, cap), cap=cap)


def _upon(look: Look, line: list[Offer], landing: Sequence[Offer]) -> tuple[list[Offer], list[list[Offer]]]:
    """What of the line is green together beside what may land, and what to test of the rest with it."""
    green, slots = list(landing), hosting.capacity(look)
    rest = [offer for offer in line if offer not in green]
    while rest:
        advice = bisection.advise(rest, evidence.of_beginnings(look, green), slots)
        if advice.test:
            return green, [[*green, *members] for members in advice.test]
        green += advice.land
        rest = [offer for offer in rest if offer not in advice.land and offer != advice.red]
    return green, []


def _in_turn(
    look: Look, rows: dict[Offer, Standing], line: list[Offer], wanted: list[Batch], cap: int
) -> tuple[Batch, ...]:
    """What is to be tested: the line's batches at its oldest one's turn, inquiries and those on their own at theirs."""
    places = {offer: place for place, offer in enumerate(look.offers)}
    turns = [(places[line[0]] if line else 0, batch) for batch in wanted]
    full = len(line) >= cap  # who is not in the line because it is full will be in the next one
    for offer, now in rows.items():
        turn = places[offer]
        if now.inquiry:
            turns.append((turn, _inquiry(look, now.inquiry, offer)))
        elif now.row == WAITING and offer not in line and not (full and _lands_by_itself(look, offer)):
            turns.append((turn, _batch(look, [offer])))
    ordered = [batch for _, batch in sorted(turns, key=lambda pair: pair[0])]
    return tuple({batch.key: batch for batch in ordered if _untested(look, batch)}.values())


def _lands_by_itself(look: Look, offer: Offer) -> bool:
    """Whether nothing but a green test is lacking: others are tested alone, so that they hold nobody up."""
    return unapproved(look, offer, look.candidate(offer.commit)) is None


def _unhindered(look: Look, line: list[Offer]) -> list[Offer]:
    """The line without those whom something in the checkout of the trunk keeps from landing."""
    if not line or not look.obstacles(look.together(commits_of(line))):
        return line
    return [offer for offer in line if not look.obstacles(look.candidate(offer.commit))]


def _admitted(look: Look, line: list[Offer], cap: int) -> tuple[list[Offer], int]:
    """The part of the line that the server may take, and how many that lets be tried at once: what it has refused
    together is halved, until the one that it will not have is known."""
    while len(line) > 1 and serving.goes_in_parts(look, commits_of(line)):
        line = line[: (len(line) + 1) // 2]
        cap = len(line)
    return line, cap


def _fitting(look: Look, offers: Iterable[Offer], cap: int) -> list[Offer]:
    """The first offers that merge with each other; who does not fit waits for those before him to land."""
    line: list[Offer] = []
    for offer in offers:
        if len(line) == cap:
            break
        if not look.together((*commits_of(line), offer.commit)).conflicts:
            line.append(offer)
    return line


def _batch(look: Look, offers: Sequence[Offer]) -> Batch:
    commits = commits_of(offers)
    candidate = look.together(commits)
    return Batch(candidate, look.key(candidate), ", ".join(offer.label for offer in offers), tuple(offers), commits)


def still_lands(look: Look, batch: Batch) -> bool:
    """Whether what might land a while ago still may, as it was then, though more could by now."""
    known = {(offer.key, offer.commit): offer for offer in look.offers}
    offers = [known[which] for offer in batch.offers if (which := (offer.key, offer.commit)) in known]
    if look.paused or len(offers) != len(batch.offers) or batch.candidate != look.together(batch.commits):
        return False
    verdict = look.verdict(batch.candidate)
    return (
        verdict is not None
        and verdict.passed
        and all(standing(look, one).row in (WAITING, PASSED) and _lands_by_itself(look, one) for one in offers)
        and not look.obstacles(batch.candidate)
        and not serving.hindrance(look, batch.commits)
    )


def _inquiry(look: Look, asked: Inquiry, offer: Offer) -> Batch:
    about = (offer,) if asked.commits else ()
    known = look.verdict(asked.candidate)
    return Batch(
        asked.candidate, look.key(asked.candidate), asked.label, about, asked.commits, known.at if known else ""
    )


def one(look: Look, candidate: Candidate, label: str, commits: tuple[str, ...] = (), again: str = "") -> Batch:
    """A candidate that is judged for itself, with the commits in it that somebody made."""
    return Batch(candidate, look.key(candidate), label, (), commits, again)


def _untested(look: Look, batch: Batch) -> bool:
    return bool(batch.again) or look.verdict(batch.candidate) is None


def cap_of(look: Look) -> int:
    """How many offers are tried at once: the more, the rarer work came back red lately (about 1 in 1/p), and the more
    slots there are."""
    red, other = evidence.lately(look)
    slots = hosting.capacity(look)
    return max(1, min(_LARGEST, int(0.8 * slots * (red + other) / red)))
