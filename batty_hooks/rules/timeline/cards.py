"""Where each card was, from moment to moment.

A card has some facts that are true or not: whose it is, whether that one has taken it up, whether it is offered, how
many tests of it run, whether it is blocked, whose word it waits for, what its owner's agent does. Each event changes
facts; where the card is follows from the facts alone. So no order of events is wrong, and the stages have no gaps.
"""

from __future__ import annotations

from collections.abc import Sequence

from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import GONE, REVIEW, YOU, Card, Facts, Run
from batty_hooks.rules.timeline.story import Story, finished
from batty_hooks.vocabulary import happened, ids


class _Everybody:
    """All cards, and what their owners do."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.cards = {id: Story(id, at, True) for id, at in facts.added.items()}
        self.states: dict[str, str] = {}
        self.asking: dict[str, set[str]] = {}
        self.owned: dict[str, set[str]] = {}

    def story(self, id: str, at: float) -> Story:
        if id not in self.cards:
            self.cards[id] = Story(id, at, False)
        return self.cards[id]

    def touch(self, story: Story, at: float) -> None:
        story.at(at, self.states.get(story.member, ""), bool(self.asking.get(story.member)))

    def touch_those_of(self, member: str, at: float) -> None:
        for id in self.owned.get(member, ()):
            self.touch(self.cards[id], at)

    def all_agents(self, state: str, at: float) -> None:
        """The team has come or gone: everybody of whom it is told what he does."""
        for member in self.states:
            self.states[member] = state
            self.touch_those_of(member, at)

    def give(self, story: Story, member: str, at: float) -> None:
        if story.member != member:
            self.owned.get(story.member, set()).discard(story.id)
        if member:
            self.owned.setdefault(member, set()).add(story.id)
        story.member, story.given, story.taken = member, at, False


def read(told: Sequence[Event], runs: Sequence[Run], facts: Facts) -> tuple[Card, ...]:
    """The life of every card that was ever claimed, offered or seen on the board, by its beginning."""
    known = _Everybody(facts)
    for story in known.cards.values():
        known.touch(story, story.begin)
    for at, _, what in _merged(told, runs):
        if isinstance(what, Event):
            _take(known, what)
        else:
            _test(known, at, *what)
    found = [finished(story, facts) for story in known.cards.values()]
    return tuple(sorted(found, key=lambda card: (card.begin, len(card.id), card.id)))


def _merged(told: Sequence[Event], runs: Sequence[Run]) -> list[tuple[float, int, Event | tuple[int, Run]]]:
    """Events and the beginnings and ends of runs in one order: a run ends before what its event makes of it, and one
    that begins with an offer begins after it."""
    found: list[tuple[float, int, Event | tuple[int, Run]]] = [(event.at, 1, event) for event in told]
    for number, run in enumerate(runs):
        found += [(run.begin, 2, (number, run)), (run.end, 0 if run.end > run.begin else 3, (number, run))]
    return sorted(found, key=lambda one: one[:2])


def _test(known: _Everybody, at: float, number: int, run: Run) -> None:
    """A run of a card's test has begun, or (the second time) ended."""
    for story in (known.cards[id] for id in run.cards if id in known.cards):
        if number in story.tests or at > run.begin:
            story.tests.discard(number)
        else:
            story.tests.add(number)
        known.touch(story, at)


def _take(known: _Everybody, event: Event) -> None:
    """Change the facts by one event."""
    member, id = event.word("member"), event.word("card")
    if event.name == happened.STATE:
        known.states[member] = event.word("state")
        known.touch_those_of(member, event.at)
    elif event.name in (happened.RESTARTED, happened.FAILOVER, happened.STARTED):
        known.states[member] = ""
        known.touch_those_of(member, event.at)
    elif event.name in (happened.TEAM_STARTED, happened.TEAM_STOPPED):
        known.all_agents(GONE if event.name == happened.TEAM_STOPPED else "", event.at)
    _question(known, event, member)
    act = _ACTS.get(event.name) or (_back if event.name.startswith(happened.HANDED_BACK) else None)
    if not id or act is None:
        return
    story = known.story(id, event.at)
    story.last = event.at
    act(known, story, event)
    known.touch(story, event.at)


def _question(known: _Everybody, event: Event, member: str) -> None:
    """Whether somebody's question to the human is open."""
    human, asked = known.facts.human, known.asking.setdefault(member, set())
    if event.name == happened.ASKED and event.word("to") == human:
        asked.add(ids.question_asked(event.word("id")))
    elif event.name == happened.ANSWERED:
        asked.discard(ids.question_answered(event.word("id")))
    elif event.name == happened.SENT and (event.word("sender") == human or event.word("re") in asked):
        about = event.word("re")
        asked.difference_update({about} if about else set(asked))
    elif event.name in (happened.LANDED, happened.RELEASED):
        asked.clear()
    else:
        return
    known.touch_those_of(member, event.at)


def _claimed(known: _Everybody, story: Story, event: Event) -> None:
    story.is_over, story.offered = False, False
    story.title = event.word("title") or story.title
    known.give(story, event.word("member"), event.at)


def _briefed(known: _Everybody, story: Story, event: Event) -> None:
    if event.word("member") != story.member:
        known.give(story, event.word("member"), event.at)
    story.is_over = False


def _taken_up(known: _Everybody, story: Story, event: Event) -> None:
    if event.word("member") == story.member:  # (a reviewer's command is about somebody else's card)
        story.taken = True


def _released(known: _Everybody, story: Story, event: Event) -> None:
    if event.word("member") in ("", story.member):
        known.give(story, "", event.at)
    story.offered = story.blocked = story.refused = False


def _reopened(known: _Everybody, story: Story, event: Event) -> None:
    story.is_over = story.offered = False
    known.give(story, event.word("member"), event.at)


def _blocked(known: _Everybody, story: Story, event: Event) -> None:
    story.blocked = True


def _unblocked(known: _Everybody, story: Story, event: Event) -> None:
    story.blocked = False


def _aside(known: _Everybody, story: Story, event: Event) -> None:
    story.taken = False


def _offered(known: _Everybody, story: Story, event: Event) -> None:
    if event.word("member") and event.word("member") != story.member:
        known.give(story, event.word("member"), event.at)
    story.is_over = False
    story.offer(event)


def _asked_for(known: _Everybody, story: Story, event: Event) -> None:
    story.word = YOU if event.word("to") in ("", known.facts.human) else REVIEW


def _approved(known: _Everybody, story: Story, event: Event) -> None:
    story.word = ""


def _proposed(known: _Everybody, story: Story, event: Event) -> None:
    """On the server people look at it, and merge it."""
    story.word = REVIEW


def _closed(known: _Everybody, story: Story, event: Event) -> None:
    story.word = YOU


def _refused(known: _Everybody, story: Story, event: Event) -> None:
    story.refused = True


def _back(known: _Everybody, story: Story, event: Event) -> None:
    story.end_attempt(event, event.name.removeprefix(happened.HANDED_BACK))
    story.taken, story.given = False, event.at


def _landed(known: _Everybody, story: Story, event: Event) -> None:
    known.owned.get(story.member, set()).discard(story.id)  # what its engineer does concerns it no more
    story.title = event.word("title") or story.title
    story.end_attempt(event, "landed")
    story.is_over, story.blocked, story.landed, story.commit = True, False, event.at, event.word("commit")


_ACTS = {
    happened.CLAIMED: _claimed,
    happened.BRIEFED: _briefed,
    happened.STARTED: _taken_up,
    happened.DELIVERED: _taken_up,
    happened.RELEASED: _released,
    happened.REOPENED: _reopened,
    happened.BLOCKED: _blocked,
    happened.UNBLOCKED: _unblocked,
    happened.SET_ASIDE: _aside,
    happened.OFFERED: _offered,
    happened.APPROVAL_ASKED: _asked_for,
    happened.APPROVED: _approved,
    happened.PULL_OPENED: _proposed,
    happened.PULL_RENEWED: _proposed,
    happened.PULL_REOPENED: _proposed,
    happened.PULL_CLOSED: _closed,
    happened.PULL_MERGED: _approved,
    happened.LANDING_WAITS: _refused,
    happened.LANDED: _landed,
}
