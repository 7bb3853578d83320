"""What the timeline is made of. Times are seconds since the epoch; a tuple is in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

# What a member does.
WORKING, IDLE, ASKING, LIMIT, GONE, OFF, UNKNOWN = "working", "idle", "asking", "limit", "gone", "off", "unknown"
# What a card waits for, or is in; a member that has nothing else to do waits for the same.
ENGINEER, WORK, QUEUE, GATE, REVIEW, YOU = "engineer", "work", "queue", "gate", "review", "you"
STAGES = (ENGINEER, WORK, QUEUE, GATE, REVIEW, YOU)
LANDED, RED = "landed", "red"


class Span(NamedTuple):
    """What one lane did for a while: ``state`` a word of above, ``card`` the card it was about ("" for none)."""

    state: str
    begin: float
    end: float
    card: str = ""
    text: str = ""


class Lane(NamedTuple):
    """A member, a gate slot or the trunk, without gaps from when it is known of; ``name`` is its name."""

    name: str
    spans: tuple[Span, ...]


class Mark(NamedTuple):
    """A moment on the trunk's lane: ``kind`` is landed or red."""

    at: float
    kind: str
    card: str
    label: str
    commit: str
    text: str


class Run(NamedTuple):
    """One run of the test: ``slot`` as it was told, or (of older events) the first that was free; ``result`` is passed,
    failed, timeout, broken, in vain or running; ``seconds`` is how long the test took."""

    slot: int
    begin: float
    end: float
    result: str
    label: str
    cards: tuple[str, ...]
    tree: str
    seconds: float
    text: str = ""
    log: str = ""
    is_flaky: bool = False
    commit: str = ""
    base: str = ""


class Stage(NamedTuple):
    """Where a card was for a while, and whose it was."""

    stage: str
    begin: float
    end: float
    member: str = ""


class Attempt(NamedTuple):
    """One offer of a card: when, how it ended (landed, failed, together, conflict, rejected, withdrawn; "" not yet),
    when (0: not yet), why in words, and the log of the run."""

    number: int
    begin: float
    end: float
    result: str
    text: str = ""
    log: str = ""
    commit: str = ""


class Card(NamedTuple):
    """The life of a card: from when it was seen on the board, or else its first event, until it landed (``landed``, 0:
    not yet). ``is_dated`` says that its beginning is known. Its stages have no gaps but while it was landed."""

    id: str
    title: str
    member: str
    begin: float
    end: float
    landed: float
    commit: str
    is_dated: bool
    stages: tuple[Stage, ...]
    attempts: tuple[Attempt, ...]

    @property
    def spent(self) -> dict[str, float]:
        """Seconds in each stage; together its life."""
        found = dict.fromkeys(STAGES, 0.0)
        for one in self.stages:
            found[one.stage] += one.end - one.begin
        return found

    @property
    def life(self) -> float:
        """Seconds it was open."""
        return sum(one.end - one.begin for one in self.stages)

    @property
    def lost(self) -> float:
        """Seconds of its life in which nobody worked on it and no test of it ran."""
        return sum(one.end - one.begin for one in self.stages if one.stage not in (WORK, GATE))


class Wait(NamedTuple):
    """Somebody was waited for: a question, an approval, a blocked card, a prompt in a pane. ``end`` is 0 while it is
    open; ``is_known`` is false when nothing says how it ended."""

    kind: str
    member: str
    card: str
    to: str
    begin: float
    end: float
    text: str = ""
    is_known: bool = True


class Step(NamedTuple):
    """A card on the critical path: from when it could be begun until it landed; ``after`` is the card whose landing it
    waited for ("" for the first), ``why`` depends or member."""

    card: str
    begin: float
    end: float
    after: str = ""
    why: str = ""


class Flow(NamedTuple):
    """How many cards were where at a time: waiting for an engineer, worked on, at the gate, waiting for a word,
    landed."""

    at: float
    waiting: int
    work: int
    gate: int
    word: int
    landed: int


class Facts(NamedTuple):
    """What the events do not say. ``now`` ends what goes on; ``since`` (0: all) is where the figures begin; ``added``:
    when a card was first seen on the board; ``on_board``: the cards that are there and not done (None: not known);
    ``open_questions``: their ids (None: not known); ``running``: the test runs that go on, as (slot, label,
    since)."""

    now: float
    since: float = 0.0
    human: str = "human"
    members: tuple[str, ...] = ()
    titles: Mapping[str, str] = MappingProxyType({})
    added: Mapping[str, float] = MappingProxyType({})
    depends: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    on_board: frozenset[str] | None = None
    open_questions: frozenset[str] | None = None
    running: tuple[tuple[int, str, float], ...] = ()
