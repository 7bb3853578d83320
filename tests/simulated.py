"""A gate that is played in simulated time: changes arrive, runs of the test take a while, the real decider says what is
to be tested, landed and sent back. Nothing is a process here, nothing a file.

What decides is `rules.batch.plan` with all that stands on it; only what git and the disk would say is made up. Trees
are numbers: the exclusive or of the changes in them, whatever the way to them.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from batty_hooks.rules.batch import plan
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import FAILED, standing
from batty_hooks.state import verdicts
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.slots import Running
from batty_hooks.state.team import Gate, Team
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict

_CHANCY = ("a", "b", "c", "d")  # tests that fail by chance: as often as not, the same one again


@dataclass(frozen=True)
class Setting:
    """What is simulated: ``rate`` changes arrive in the time of a test (1.0), each of them is red with the chance
    ``red``, a run fails by chance with ``flake``, and two that are at work at once clash with ``clash``. A red log
    names each guilty change with ``names``. ``spread``: the sigma of a lognormal length of a test (0: all alike)."""

    rate: float = 2.0
    red: float = 0.05
    slots: int = 4
    changes: int = 400
    flake: float = 0.0
    clash: float = 0.0
    names: float = 0.0
    spread: float = 0.0
    seed: int = 1
    burst: bool = False  # all wait from the beginning


@dataclass
class Change:
    """One that arrives ``at``; ``bits`` stand for it in a tree, ``partners`` are those it does not go together with."""

    name: str
    at: float
    is_red: bool
    bits: int
    partners: frozenset[str] = frozenset()
    fork: str = ""
    landed: float = -1.0
    back: float = -1.0


@dataclass
class Run:
    """A test of ``members`` on the trunk as it was at ``base``; ``ends`` is when."""

    key: str
    base: str
    members: tuple[str, ...]
    begun: float
    ends: float
    at: str
    ended: bool = False


@dataclass
class Outcome:
    """How a play ended."""

    changes: list[Change]
    runs: int
    in_vain: int
    busy: float  # slot-times used

    @property
    def waits(self) -> list[float]:
        """How long each change that was good waited to be landed, in lengths of a test."""
        return sorted(change.landed - change.at for change in self.changes if change.landed >= 0)

    @property
    def landed(self) -> int:
        return len(self.waits)

    @property
    def wronged(self) -> int:
        """How many went back though nothing was wrong with them. (Of two that clash one must.)"""
        return sum(change.back >= 0 and not change.is_red and not change.partners for change in self.changes)


def changes(setting: Setting) -> list[Change]:
    """The changes of a play, in the order of their arrival."""
    dice, at, found = random.Random(setting.seed), 0.0, []
    for number in range(setting.changes):
        at += 0.0 if setting.burst else dice.expovariate(setting.rate)
        found.append(Change(f"c{number}", at, dice.random() < setting.red, dice.getrandbits(96)))
    near = 16
    for number, change in enumerate(found):
        for other in found[max(0, number - near) : number]:
            if dice.random() < setting.clash:
                change.partners |= {other.name}
                other.partners |= {change.name}
    return found


class World:
    """The trunk, the line and the slots at one moment of a play."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.dice = random.Random(setting.seed + 1)
        self.changes = {change.name: change for change in changes(setting)}
        self.now = 0.0
        self.tip = "0"
        self.inside = {"0": (0, 0)}  # by tip: how many had landed, and their bits
        self.order: dict[str, int] = {}  # who has landed, and as the how many-th
        self.line: list[str] = []
        self.runs: list[Run] = []
        self.known: dict[str, Verdict] = {}
        self.ended: list[bool] = []  # how the last ones went
        self.chance: list[bool] = []  # and which of them had been red by chance
        self.count = self.in_vain = self.clock = 0
        self.busy = 0.0

    def tree(self, base: str, members: Iterable[str]) -> str:
        bits = self.inside[base][1]
        landed = self.inside[base][0]
        for name in members:
            if self.order.get(name, landed) >= landed:
                bits ^= self.changes[name].bits
        return f"{bits:x}"

    def guilty(self, base: str, members: Sequence[str]) -> list[str]:
        """Who in a tree makes it fail."""
        landed, inside = self.inside[base][0], set(members)
        found = []
        for name in members:
            change = self.changes[name]
            clashing = (p for p in change.partners if p in inside or self.order.get(p, landed) < landed)
            if change.is_red or any(clashing):
                found.append(name)
        return found

    def start(self, key: str, base: str, members: tuple[str, ...]) -> Run:
        spread = self.setting.spread
        takes = self.dice.lognormvariate(-spread * spread / 2, spread) if spread else 1.0
        self.clock += 1
        run = Run(key, base, members, self.now, self.now + takes, f"{self.clock:09}")
        self.runs.append(run)
        self.count += 1
        return run

    def end(self, run: Run) -> None:
        """A run is over, and its verdict is there."""
        self.runs.remove(run)
        run.ended = True
        self.busy += self.now - run.begun
        guilty = self.guilty(run.base, run.members)
        is_red = bool(guilty) or self.dice.random() < self.setting.flake
        named = tuple(name for name in guilty if self.dice.random() < self.setting.names)
        self.clock += 1
        first = f"FAILED {guilty[0]}" if guilty else f"FAILED by chance {self.dice.choice(_CHANCY)}" if is_red else ""
        verdict = Verdict(
            run.key, run.key, "", verdicts.FAILED if is_red else verdicts.PASSED, int(is_red), 1.0, "", run.base,
            run.members[-1] if run.members else run.base, f"{_at(self.now)} {self.clock:09}", first, run.members, named,
        )  # fmt: skip
        self.known[run.key] = verdicts.after(self.known.get(run.key), verdict)

    def verdict(self, members: Sequence[str]) -> Verdict | None:
        """What is known of them on the trunk as it is."""
        return self.known.get(self.tree(self.tip, members))

    def test(self, members: Sequence[str]) -> None:
        """Begin a run on them, if a slot is free and none is going on."""
        key = self.tree(self.tip, members)
        if len(self.runs) < self.setting.slots and key not in {run.key for run in self.runs}:
            self.start(key, self.tip, tuple(members))

    def only(self, wanted: Sequence[Sequence[str]]) -> None:
        """Let these be tested, the first ones first, and nothing else."""
        keys = [self.tree(self.tip, members) for members in wanted[: self.setting.slots]]
        for run in [run for run in self.runs if run.key not in keys]:
            self.cancel(run)
        for members in wanted:
            self.test(members)

    def cancel(self, run: Run) -> None:
        self.runs.remove(run)
        run.ended = True
        self.busy += self.now - run.begun
        self.in_vain += 1

    def land(self, members: Sequence[str]) -> None:
        assert members and not self.guilty(self.tip, members), "what is red lands"
        count, bits = self.inside[self.tip]
        for name in members:
            self.order[name] = count
            count += 1
            bits ^= self.changes[name].bits
            self.changes[name].landed = self.now
            self.line.remove(name)
            self.ended.append(True)
            self.chance.append(any(v.commits == (name,) and (v.flaky or not v.passed) for v in self.known.values()))
        self.tip = str(count)
        self.inside[self.tip] = (count, bits)

    def send_back(self, name: str) -> None:
        self.changes[name].back = self.now
        self.line.remove(name)
        self.ended.append(False)
        self.chance.append(False)


class Policy(Protocol):
    """What says what is to be done next: it lands, sends back and starts runs as far as there are slots."""

    def act(self, world: World) -> None: ...


def play(setting: Setting, policy: Policy) -> Outcome:
    """Play it to its end."""
    world = World(setting)
    coming = list(world.changes.values())
    events: list[tuple[float, int, Any]] = [(change.at, number, change) for number, change in enumerate(coming)]
    heapq.heapify(events)
    number = len(events)
    while events:
        world.now, _, what = heapq.heappop(events)
        if isinstance(what, Run):
            if what.ended:
                continue
            world.end(what)
        else:
            what.fork = world.tip
            world.line.append(what.name)
        if events and events[0][0] == world.now and not isinstance(events[0][2], Run):
            continue  # (who comes together is looked at together)
        before = set(map(id, world.runs))
        policy.act(world)
        assert len(world.runs) <= setting.slots
        for run in world.runs:
            if id(run) not in before:
                number += 1
                heapq.heappush(events, (run.ends, number, run))
    assert not world.line, f"left standing: {world.line}"
    return Outcome(list(world.changes.values()), world.count, world.in_vain, world.busy)


class Ours:
    """The decider as the gate has it."""

    def __init__(self, slots: int = 0) -> None:
        self.slots = slots  # that it knows of; 0: all
        self.look: SimulatedLook | None = None

    def act(self, world: World) -> None:
        look = self.look = self.look or SimulatedLook(world, self.slots or world.setting.slots)
        while True:
            look.begin()
            gone = [offer for offer in look.offers if standing(look, offer).row == FAILED]
            for offer in gone:
                world.send_back(offer.commit)
            if gone:
                continue
            now = plan(look)
            if not now.land:
                break
            world.land([offer.commit for offer in now.land.offers])
        slots = self.slots or world.setting.slots
        wanted = {batch.key: batch for batch in now.test}
        running = {run.key for run in world.runs}
        new = [batch for batch in now.test if batch.key not in running]
        idle = [run for run in world.runs if run.key not in wanted]
        while idle and len(world.runs) + len(new) > slots:
            world.cancel(idle.pop())
        for batch in new[: slots - len(world.runs)]:
            world.start(batch.key, batch.candidate.base, batch.commits)


class SimulatedLook(Look):
    """A look of which the simulated world is asked."""

    def __init__(self, world: World, slots: int) -> None:
        super().__init__(Project(Path("/nowhere"), Path("/nowhere/.git")), at=1.0)
        self.world = world
        self.team = Team("simulated", "main", Gate("check", slots=slots))
        self.trunk, self.paused, self.homes = "main", False, {}
        self.no_board = None
        self.offer_of: dict[str, Offer] = {}

    @property
    def has_board(self) -> bool:
        return False

    def begin(self) -> None:
        world = self.world
        for store in (self._derived, self._together, self._keys, self._verdicts, self._obstacles):
            store.clear()
        tested = self._index()
        self._derived.update({("tested with", name): tested.get(name, []) for name in world.line})
        self._derived.update({"outcomes": world.ended[-20:], "flakes": sum(world.chance[-100:])})
        for base in {verdict.base for found in tested.values() for verdict in found}:
            self._derived["trunk at", base] = Candidate(base, base, world.tree(base, ()), ())
        self.tip, self.at = world.tip, 1e9 + world.now
        self.itself = Candidate(world.tip, world.tip, world.tree(world.tip, ()), ())
        for name in world.line:
            if name not in self.offer_of:
                self.offer_of[name] = Offer(name, "", name, name, "", "", _at(world.changes[name].at), 1)
        self.offers = [self.offer_of[name] for name in world.line]
        self.running = {run.key: Running(run.key, "", run.begun, 1, commits=run.members) for run in world.runs}

    def foresee(self, more: Iterable[str] = ()) -> None: ...

    def contains(self, commit: str) -> bool:
        return commit in self.world.order

    def fork(self, commit: str) -> str | None:
        return self.world.changes[commit].fork

    def together(self, commits: tuple[str, ...]) -> Candidate:
        found = self._together.get(commits)
        if not found:
            found = Candidate(self.tip, commits[-1], self.world.tree(self.tip, commits), (), commits[:-1])
            self.once(("touched", found), lambda look: ())
            self._together[commits] = found
        return found

    def candidate_on(self, base: str, commit: str) -> Candidate:
        return Candidate(base, commit, self.world.tree(base, (commit,)), ())

    def attempts(self, key: str) -> list[Attempt]:
        return []

    def key(self, candidate: Candidate) -> str:
        return candidate.tree

    def verdict(self, candidate: Candidate) -> Verdict | None:
        return self.world.known.get(candidate.tree)

    def _index(self) -> dict[str, list[Verdict]]:
        found: dict[str, list[Verdict]] = {}
        waiting = set(self.world.line)
        for verdict in self.world.known.values():
            for commit in waiting.intersection(verdict.commits):
                found.setdefault(commit, []).append(verdict)
        return found

    def obstacles(self, candidate: Candidate) -> list[str]:
        return []


def _at(moment: float) -> str:
    return datetime.fromtimestamp(1e9 + moment, timezone.utc).isoformat()
