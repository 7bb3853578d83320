"""What verdicts say of the offers in a line, for the two that decide what is tested next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from batty_hooks.rules import bisection, speculation
from batty_hooks.rules.look import Look
from batty_hooks.rules.worlds import Red
from batty_hooks.state import queue, verdicts
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict

_A_TEST_SECONDS = 60.0  # before one is known
_CLEARLY = 0.7  # of the time that all of them take
_DOUBT = (0.5, 9.5)  # before anything is known one of twenty is taken to be red


def commits_of(offers: Iterable[Offer]) -> tuple[str, ...]:
    """The commits of offers, in their order."""
    return tuple(offer.commit for offer in offers)


def tested_with(look: Look, commit: str) -> list[Verdict]:
    """The last few verdicts on candidates that ``commit`` was part of, the newest one on it alone at the end."""
    return look.once(("tested with", commit), lambda look: verdicts.tested_with(look.project, commit))


def is_of_today(look: Look, verdict: Verdict) -> bool:
    """Whether a verdict would be the one on its tree today: under this test command, and so on."""
    return look.key(Candidate(verdict.base, verdict.commit, verdict.tree, ())) == verdict.key


def outcomes(look: Look) -> list[bool]:
    """How the last offers ended that were tested, oldest first: whether each landed."""
    return look.once("outcomes", lambda look: queue.outcomes(look.project))


def flakes(look: Look) -> int:
    """How many of those landed though they had been red by themselves."""
    return look.once("flakes", lambda look: queue.flakes(look.project))


def alone(look: Look, commit: str) -> Verdict | None:
    """The newest verdict on a commit that was tested alone, whatever trunk it was merged with."""
    return next((one for one in reversed(tested_with(look, commit)) if one.commits == (commit,)), None)


def quickest(look: Look, offers: Sequence[Offer]) -> Offer | None:
    """Who was tested alone in clearly less time than a set with somebody of them; None where nobody is known to be."""
    known = {offer: one.seconds for offer in offers if (one := alone(look, offer.commit))}
    sets = {one.key: one.seconds for offer in offers for one in tested_with(look, offer.commit) if one.commits[1:]}
    return shortest(known, sets.values())


def shortest(alone: Mapping[Offer, float], sets: Collection[float]) -> Offer | None:
    """The offer of the least seconds, if they are clearly less than those of every set."""
    first = min(alone, key=lambda offer: alone[offer], default=None)
    return first if first and sets and alone[first] < _CLEARLY * min(sets) else None


def red_with(look: Look, commit: str) -> list[Verdict]:
    """The last few red verdicts on candidates that ``commit`` was part of."""
    return [one for one in tested_with(look, commit) if not one.passed]


def _passed(look: Look, offers: Sequence[Offer]) -> bool | None:
    known = look.verdict(look.together(commits_of(offers)))
    return known.passed if known else None


def of_beginnings(look: Look, below: Sequence[Offer] = ()) -> bisection.Knowledge[Offer]:
    """What is known of sets of a line where one is tested after the other; of each set together with those ``below``,
    which are as good as landed."""

    def together(offers: tuple[Offer, ...]) -> Candidate:
        return look.together(commits_of((*below, *offers)))

    def named(offers: tuple[Offer, ...]) -> list[Offer]:
        known = look.verdict(together(offers))
        return [offer for offer in offers if known and offer.commit in known.named]

    def doomed(offer: Offer) -> bool:
        known = alone(look, offer.commit)
        return known is not None and known.result in (verdicts.FAILED, verdicts.TIMEOUT)

    def running(offers: tuple[Offer, ...]) -> bool:
        return look.key(together(offers)) in look.running

    return bisection.Knowledge(lambda offers: _passed(look, (*below, *offers)), named, doomed, running)


def of_sets(look: Look, line: Sequence[Offer]) -> speculation.Knowledge[Offer]:
    """What is known of sets of a line. Red ones tell of who is left of them, on whatever trunk they were red, unless
    somebody of them is out of the line who has not landed: then that was why."""
    waiting = {offer.commit for offer in line}

    def left(commits: Collection[str]) -> tuple[Offer, ...]:
        return tuple(offer for offer in line if offer.commit in commits)

    found = {verdict.key: verdict for offer in line for verdict in tested_with(look, offer.commit)}
    tested = {key: verdict for key, verdict in found.items() if is_of_today(look, verdict)}
    green = [left(verdict.commits) for verdict in tested.values() if verdict.passed]
    red = [
        Red(frozenset(left(verdict.commits)), frozenset(left(verdict.named)))
        for verdict in tested.values()
        if verdict.result in (verdicts.FAILED, verdicts.TIMEOUT)
        and all(commit in waiting or look.contains(commit) for commit in verdict.commits)
    ]
    # What points from a commit to its verdicts may be gone, or a tree be known by another commit.
    known = [tuple(line[:length]) for length in range(1, len(line) + 1)] + [(offer,) for offer in line]
    at_work = [members for run in look.running.values() if (members := left(run.commits))]
    return speculation.Knowledge(
        lambda offers: False if look.together(commits_of(offers)).conflicts else _passed(look, offers),
        [members for members in dict.fromkeys([*green, *known]) if _passed(look, members)],
        [members for members in at_work if look.key(look.together(commits_of(members))) in look.running],
        red,
        {offer for members in green for offer in members},
        lately(look),
        lambda offer: waited(look, offer),
    )


def waited(look: Look, offer: Offer) -> float:
    """For how many lengths of a test an offer has waited."""
    since = datetime.fromisoformat(offer.at.replace("Z", "+00:00")).timestamp()
    known = look.verdict(look.itself)
    return max(0.0, look.at - since) / max(1.0, known.seconds if known else _A_TEST_SECONDS)


def lately(look: Look) -> tuple[float, float]:
    """How much work came back red lately, and how much did not."""
    ended = outcomes(look)
    return ended.count(False) + _DOUBT[0], ended.count(True) + _DOUBT[1]
