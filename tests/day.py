"""A team's day as its events: a simulation that writes what the product writes, and keeps a ledger of its own.

Engineers take cards, work, ask, reach limits and report; a gate with two slots tests what waits, several together; a
person answers late. The ledger (`spent`, `did`, `count`) is kept by the simulation from what it does, not from the
events, so a test can hold the two against each other. Times are whole seconds.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Generator
from typing import Any

from batty_hooks.rules.timeline.records import Facts
from batty_hooks.state import events
from batty_hooks.vocabulary import happened, ids, offer_ids

BEGIN = 1_790_000_000
Steps = Generator["int | Callable[[], bool]", None, None]


class Day:
    """Run it with `play`; then `events`, `facts()` and the ledger are there."""

    def __init__(
        self, seed: int = 1, engineers: int = 7, slots: int = 2, hours: float = 9, human: str = "human"
    ) -> None:
        self.dice = random.Random(seed)
        self.now, self.until = 0, int(hours * 3600)
        self.slots, self.human = slots, human
        self.names = [f"engineer-{number}" for number in range(1, engineers + 1)]
        self.events: list[dict[str, Any]] = []
        self.count: Counter[str] = Counter()
        self.spent: dict[str, Counter[str]] = defaultdict(Counter)
        self.did: dict[str, Counter[str]] = defaultdict(Counter)
        self.answers: list[int] = []
        self._where: dict[str, tuple[str, int]] = {}
        self._doing: dict[str, tuple[str, int]] = {}
        self._waiting: list[tuple[str, str, int]] = []  # card, member, attempt
        self._result: dict[str, str] = {}
        self._running: dict[int, tuple[str, int]] = {}
        self._cards = 0
        self._heap: list[tuple[int, int, Steps]] = []
        self._blocked: list[tuple[Steps, Callable[[], bool]]] = []
        self._number = 0

    def play(self, most: int = 0) -> Day:
        """From morning to evening, or until there are that many events."""
        self.say(happened.TEAM_STARTED, ids.of_command("start", "0"))
        for name in self.names:
            self.member(name, "unknown")
            self._spawn(self._engineer(name))
        for slot in range(1, self.slots + 1):
            self._spawn(self._slot(slot))
        while self._heap and not (most and len(self.events) >= most):
            at = self._heap[0][0]
            if at > self.until and not most:
                break
            self.now, _, process = heapq.heappop(self._heap)
            self._go_on(process)
            self._look()
        if not most:
            self.now = self.until
        for card in list(self._where):
            self.card(card, "")
        for name in list(self._doing):
            self.member(name, "")
        return self

    def facts(self, **more: Any) -> Facts:
        """What `report` would hand in."""
        running = tuple((slot, label, float(BEGIN + since)) for slot, (label, since) in self._running.items())
        return Facts(BEGIN + self.now, human=self.human, members=tuple(self.names), running=running, **more)

    def say(self, event: str, id: str, **says: object) -> None:
        """One event, as `state/events` writes it."""
        line = {"v": 1, "seq": len(self.events) + 1, "ts": events.stamp(BEGIN + self.now), "id": id, "event": event}
        self.events.append({**line, **{name: value for name, value in says.items() if value not in (None, "")}})

    def card(self, card: str, stage: str) -> None:
        """The card is there from now on ("": nowhere)."""
        if card in self._where:
            was, since = self._where.pop(card)
            self.spent[card][was] += self.now - since
        if stage:
            self._where[card] = (stage, self.now)

    def member(self, name: str, state: str) -> None:
        """The member does that from now on."""
        if name in self._doing:
            was, since = self._doing.pop(name)
            self.did[name][was] += self.now - since
        if state:
            self._doing[name] = (state, self.now)

    def state(self, name: str, word: str, text: str = "") -> None:
        """What its agent says of itself."""
        self._number += 1
        self.say(happened.STATE, ids.of_member(name, f"state.{word}", str(self._number)), member=name, state=word,
                 text=text)  # fmt: skip

    def _spawn(self, process: Steps) -> None:
        self._number += 1
        heapq.heappush(self._heap, (self.now, self._number, process))

    def _go_on(self, process: Steps) -> None:
        wanted = next(process, None)
        if isinstance(wanted, int):
            self._number += 1
            heapq.heappush(self._heap, (self.now + wanted, self._number, process))
        elif wanted is not None:
            self._blocked.append((process, wanted))

    def _look(self) -> None:
        while ready := next((one for one in self._blocked if one[1]()), None):
            self._blocked.remove(ready)
            self._go_on(ready[0])

    def _minutes(self, least: float, most: float) -> int:
        return max(1, int(self.dice.uniform(least, most) * 60))

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _engineer(self, name: str) -> Steps:
        yield self._minutes(0, 1)
        self.say(happened.WORKTREE, ids.of_member(name, "worktree", "0"), member=name)
        self.state(name, "ready")
        self.member(name, "idle")
        while True:
            yield self._minutes(0, 3)
            self._cards += 1
            yield from self._work_on(f"t{self._cards}", name)

    def _work_on(self, card: str, name: str) -> Steps:
        title = f"Card number {card[1:]}"
        self.say(happened.CLAIMED, ids.claim(card, name, 1), card=card, member=name, title=title)
        self.card(card, "engineer")
        yield 1
        self.say(happened.BRIEFED, ids.briefed(card, name, 1), card=card, member=name, branch=f"{name}/{card}")
        attempt = 0
        while True:
            attempt += 1
            yield 2
            self._deliver(card, name, f"{card}.brief.{attempt}")
            yield from self._turns(card, name)
            commit = f"{self.dice.getrandbits(160):040x}"
            self.say(happened.OFFERED, offer_ids.offer(card, attempt, commit), card=card, member=name, commit=commit,
                     attempt=attempt, branch=f"{name}/{card}")  # fmt: skip
            self.card(card, "queue")
            self.state(name, "ready", "Stop")
            self.member(name, "gate")
            self.count["offered"] += 1
            self._waiting.append((card, name, attempt))
            yield lambda: card in self._result
            result = self._result.pop(card)
            if result == "passed":
                if self._chance(0.15) and (yield from self._review(card, name, attempt, commit)):
                    continue
                self._land(card, name, title, attempt)
                return
            self._back(card, name, result, attempt, commit)
            if attempt % 3 == 0:
                yield from self._block(card, name)

    def _deliver(self, card: str, name: str, message: str) -> None:
        self.say(happened.DELIVERED, ids.about_message(name, message, "delivered"), member=name, card=card,
                 message=message, text="a message")  # fmt: skip
        self.card(card, "work")
        self.state(name, "working", "UserPromptSubmit")
        self.member(name, "working")

    def _turns(self, card: str, name: str) -> Steps:
        for _ in range(self.dice.randint(1, 3)):
            yield self._minutes(0.5, 5)
            what = self.dice.random()
            if what < 0.25:
                yield from self._away(card, name, "asking", "asking", "you", self._minutes(0.2, 5), True)
            elif what < 0.30:
                yield from self._away(card, name, "limit", "limit", "engineer", self._minutes(5, 15), False)
            elif what < 0.33:
                yield from self._away(card, name, "gone", "gone", "engineer", self._minutes(0.1, 2), False)
            elif what < 0.40:
                yield from self._ask(card, name)
        yield self._minutes(0.5, 3)

    def _away(self, card: str, name: str, word: str, state: str, stage: str, seconds: int, counts: bool) -> Steps:
        self.state(name, word, "Bash: make <all> & more")
        self.member(name, state)
        self.card(card, stage)
        yield seconds
        self.answers += [seconds] if counts else []
        if word == "gone":
            self.say(happened.RESTARTED, ids.of_member(name, "restarted", str(self.now)), member=name)
        self.state(name, "working", "PostToolUse")
        self.member(name, "working")
        self.card(card, "work")

    def _ask(self, card: str, name: str) -> Steps:
        self._number += 1
        id, seconds = ids.question(self._number, 7), self._minutes(1, 12)
        self.say(happened.ASKED, ids.of_command("ask", id), member=name, card=card, to=self.human, text="Which one?")
        self.state(name, "ready", "Stop")
        self.member(name, "you")
        self.card(card, "you")
        yield seconds
        self.answers.append(seconds)
        self.say(happened.SENT, ids.of_command("send", f"m{self._number}.{self.now}"), member=name, sender=self.human,
                 text="That one", re=id)  # fmt: skip
        self._deliver(card, name, f"m{self._number}")

    def _review(self, card: str, name: str, attempt: int, commit: str) -> Generator[int, None, bool]:
        self.say(happened.APPROVAL_ASKED, offer_ids.word_wanted(card, "review", commit), card=card, member=name,
                 to=self.human, attempt=attempt)  # fmt: skip
        self.card(card, "you")
        self.member(name, "you")
        seconds = self._minutes(1, 15)
        yield seconds
        self.answers.append(seconds)
        if self._chance(0.2):
            self._back(card, name, "rejected", attempt, commit)
            return True
        self.say(happened.APPROVED, ids.of_command("approved", f"{card}.{attempt}"), card=card, member=name)
        self.card(card, "queue")
        self.member(name, "gate")
        yield 1
        return False

    def _land(self, card: str, name: str, title: str, attempt: int) -> None:
        commit = f"{self.dice.getrandbits(160):040x}"
        self.say(happened.LANDED, offer_ids.landed(card, commit), card=card, member=name, label=card, commit=commit,
                 title=title, tree=f"tree of {card}")  # fmt: skip
        self.card(card, "")
        self.member(name, "idle")
        self.count["landed"] += 1
        self.count["first green"] += attempt == 1

    def _back(self, card: str, name: str, result: str, attempt: int, commit: str) -> None:
        self.say(happened.handed_back(result), offer_ids.handback(card, attempt), card=card, member=name,
                 attempt=attempt, commit=commit, label=card, text=f"it {result}")  # fmt: skip
        self.card(card, "engineer")
        self.member(name, "idle")
        self.count[result] += 1
        if attempt == 1:
            self.count["first green" if result == "rejected" else "first red"] += 1

    def _block(self, card: str, name: str) -> Steps:
        self.say(happened.BLOCKED, f"{card}.blocked.{self.now}", card=card, member=name, text="failed 3 times")
        self.card(card, "you")
        self.member(name, "you")
        seconds = self._minutes(2, 20)
        yield seconds
        self.answers.append(seconds)
        self.say(happened.UNBLOCKED, ids.unblocked(card, self.now), card=card, member=name)
        self.card(card, "engineer")
        self.member(name, "idle")

    def _slot(self, slot: int) -> Steps:
        while True:
            yield lambda: bool(self._waiting)
            several = self._waiting[: self.dice.randint(1, 3)]
            del self._waiting[: len(several)]
            yield from self._test(slot, several)

    def _test(self, slot: int, several: list[tuple[str, str, int]]) -> Steps:
        cards = [card for card, _, _ in several]
        for card in cards:
            self.card(card, "gate")
        seconds = self._minutes(2, 5)
        self._running[slot] = (", ".join(cards), self.now)
        yield seconds
        if self._chance(0.04):
            self._run(slot, several, happened.IN_VAIN, seconds)
            for card in cards:
                self.card(card, "queue")
            yield 1
            for card in cards:
                self.card(card, "gate")
            self._running[slot] = (", ".join(cards), self.now)
            yield seconds
        is_red = self._chance(0.08 + 0.1 * len(cards))
        if is_red and len(cards) > 1:
            self._run(slot, several, happened.GATE_FAILED, seconds)
            for card in cards:
                self.card(card, "queue")
            for one in several:
                yield from self._test(slot, [one])
            return
        self._run(slot, several, happened.GATE_FAILED if is_red else happened.GATE_PASSED, seconds)
        for card in cards:
            self.card(card, "queue")
            self._result[card] = self.dice.choice(["failed", "together"]) if is_red else "passed"

    def _run(self, slot: int, several: list[tuple[str, str, int]], event: str, seconds: int) -> None:
        self._number += 1
        del self._running[slot]
        cards = [card for card, _, _ in several]
        test = f"tests/part_{self.dice.randint(1, 4)}_test.py::test_it" if event == happened.GATE_FAILED else ""
        self.say(event, f"gate.{self._number}", card="" if cards[1:] else cards[0],
                 member="" if cards[1:] else several[0][1], cards=cards if cards[1:] else None,
                 label=", ".join(cards), tree=f"tree {self._number}", seconds=float(seconds), slot=slot,
                 text=f"FAILED {test} - assert 1 == 2" if test else "")  # fmt: skip
        self.count[event] += 1
        self.count["run seconds"] += seconds
        if event == happened.GATE_PASSED:
            self.count["saved"] += len(cards) - 1
        if test:
            self.count[f"red {test}"] += 1
