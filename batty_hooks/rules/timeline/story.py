"""One card while the events are gone through: its facts, and where it is by them."""

from __future__ import annotations

from batty_hooks.rules.timeline.reading import Event
from batty_hooks.rules.timeline.records import (
    ASKING,
    ENGINEER,
    GATE,
    GONE,
    LIMIT,
    QUEUE,
    WORK,
    YOU,
    Attempt,
    Card,
    Facts,
    Stage,
)

_ABSENT = (LIMIT, GONE)


class Story:
    """One card while the events are gone through."""

    def __init__(self, id: str, begin: float, is_dated: bool) -> None:
        self.id, self.begin, self.is_dated = id, begin, is_dated
        self.title = self.member = self.commit = ""
        self.last, self.landed = begin, 0.0
        self.taken = self.offered = self.blocked = self.refused = self.is_over = False
        self.given = begin
        self.tests: set[int] = set()
        self.word = ""
        self.stages: list[Stage] = []
        self.attempts: list[Attempt] = []

    def stage(self, owner: str, asks: bool) -> str:
        """Where it is by its facts; ``owner`` is what its owner's agent does, ``asks`` whether a question of his to
        a person is open."""
        if self.blocked or self.refused:
            return YOU
        if self.offered:
            return self.word or (GATE if self.tests else QUEUE)
        if not self.member or not self.taken or owner in _ABSENT:
            return ENGINEER
        return YOU if owner == ASKING or asks else WORK

    def at(self, when: float, owner: str, asks: bool) -> None:
        """Close the stage that has ended, and begin the one that it is in now."""
        now = "" if self.is_over else self.stage(owner, asks)
        open_one = self.stages[-1] if self.stages and self.stages[-1].end < 0 else None
        if open_one and (open_one.stage, open_one.member) == (now, self.member):
            return
        if open_one:
            self.stages[-1] = open_one._replace(end=when)
        if now:
            self.stages.append(Stage(now, when, -1.0, self.member))

    def was_at_work(self) -> None:
        """It is offered, and nothing told that it was taken up (a save by hand, older events): since it was given."""
        for place in reversed(range(len(self.stages))):
            one = self.stages[place]
            if one.stage != ENGINEER or one.begin < self.given:
                return
            self.stages[place] = one._replace(stage=WORK)

    def offer(self, event: Event) -> None:
        if not self.taken and self.member:
            self.was_at_work()
        self.taken = self.offered = True
        self.word, self.refused, self.blocked = "", False, False
        number = int(event.number("attempt")) or len(self.attempts) + 1
        if self.attempts and not self.attempts[-1].end:
            self.attempts.pop()  # the same offer with a newer commit
        self.attempts.append(Attempt(number, event.at, 0.0, "", commit=event.word("commit")))

    def end_attempt(self, event: Event, result: str) -> None:
        self.offered = self.refused = False
        self.word = ""
        if self.attempts and not self.attempts[-1].end:
            done = self.attempts[-1]._replace(end=event.at, result=result, text=event.word("text"))
            self.attempts[-1] = done._replace(log=event.word("log"))


def finished(story: Story, facts: Facts) -> Card:
    """One that is on the board no more, and has not landed, ended when something was last heard of it."""
    is_left = not story.is_over and facts.on_board is not None and story.id not in facts.on_board
    until = story.last if is_left else facts.now
    stages: list[Stage] = []
    for one in story.stages:
        end = one.end if one.end >= 0 else max(until, one.begin)
        if end <= one.begin:
            continue
        same = stages and (stages[-1].stage, stages[-1].member, stages[-1].end) == (one.stage, one.member, one.begin)
        if same:
            stages[-1] = stages[-1]._replace(end=end)
        else:
            stages.append(one._replace(end=end))
    end = stages[-1].end if stages else story.last
    landed = story.landed if story.is_over else 0.0
    title = facts.titles.get(story.id) or story.title
    return Card(
        story.id, title, story.member, story.begin, max(end, landed), landed, story.commit if landed else "",
        story.is_dated, tuple(stages), tuple(story.attempts),
    )  # fmt: skip
