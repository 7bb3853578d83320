"""What a job costs in turns: the messages each member gets for three cards and for thirty, in all eight teams.

Agents are scripts in this process: the moves are the real ones, but for the pasting and the gate. One card in five is
red at first, one in ten cannot go on until its boss says so. An architect is told the goal and writes the cards with
one save; it reports what is built.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from pages import REWRITE, Table
from scene import Scene

from batty_hooks.moves import deliver
from batty_hooks.moves.base import effects, interface, under_lock
from batty_hooks.rules import quiet
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members, panes, queue, worktrees
from batty_hooks.state.board.card import Card
from batty_hooks.state.board.text import Board
from batty_hooks.state.inbox import Message
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import find
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.team import Member
from batty_hooks.system import process
from batty_hooks.vocabulary import kinds, offer_ids

TABLE = Table("agents.md", "turns", ("Job", "Architect", "Managers", "Engineers", "You"))
TEMPLATES = ("solo", "pair", "simple", "squad", "batty", "large", "research", "software")
JOBS = 3, 30
_LONG = ("large",) if not REWRITE else TEMPLATES  # forty seconds for all: the page is written with all of them
PAGE = [f"{template}, {number} cards" for template in TEMPLATES for number in JOBS]
_MOVES = ("reconcile", "replan", "staff", "dispatch", "unblock", "land", "escalate", "digest", "milestone")
_RED, _STUCK = 5, 10  # each fifth card, each tenth


class Play:
    """One team of a template, and everybody in it."""

    def __init__(self, scene: Scene, template: str) -> None:
        scene.run("init", "--template", template)
        self.scene, self.project = scene, find(scene.root)
        self.moves = [next(iter(interface.moves([name]))) for name in _MOVES]
        self.turns: Counter[tuple[str, str]] = Counter()
        self.had: set[str] = set()
        self.jobs = 0
        here, now = os.getpid(), time.time()
        for member in self.look().team.members:
            panes.record(self.project, Pane(member.name, "%1", member.role.agent, here, process.birth(here), (now,)))
            members.set_state(self.project, member.name, members.READY, "test", at=now)

    def look(self) -> Look:
        return Look(self.project)

    def job(self, number: int) -> None:
        """Have so many cards built, whoever breaks them down, until nothing moves any more."""
        self.jobs += 1
        self.turns.clear()
        self.had.clear()
        plan = f"job-{self.jobs}"
        lines = [f"- [ ] Part {n} of {number} [plan:: {plan}]" for n in range(1, number + 1)]
        team = self.look().team
        top = next((member.name for member in team.members if member.role.role_type == "architect"), "")
        if top:
            inbox.send(self.project, Message(f"goal.{plan}", team.human, top, "the goal", "\n".join(lines)))
        else:
            self.scene.cards(*lines)
        while self.moved() or sum(self.turn(member) for member in team.members) or self.read(team.human):
            pass

    def moved(self) -> int:
        def fail(item: str, error: Exception) -> None:
            raise AssertionError(f"{item}: {error}")

        return sum(under_lock.make(self.project, move, fail, Counter())[0] for move in self.moves)

    def turn(self, member: Member) -> bool:
        """A member's turn with its next message, if it has one."""
        look = self.look()
        for one in quiet.needing_nothing(look, member.name):
            inbox.confirm(self.project, member.name, one.id)
        message = deliver._next(self.look(), member.name)
        if message is None:
            return False
        self.turns[member.name, message.kind] += 1
        inbox.confirm(self.project, member.name, message.id)
        if member.role.role_type == "engineer":
            self.works(look, message)
        else:
            self.leads(member, message)
        return True

    def works(self, look: Look, message: Message) -> None:
        card = look.card(message.card)
        assert card, f"an engineer is woken for nothing: {message.kind} {message.subject}"
        number = int(re.findall(r"\d+", card.title)[0])
        if message.kind == kinds.BRIEF and card.id not in self.had:
            self.had.add(card.id)
            if number % _STUCK == 0:
                return effects.escalate(look, card, "no key")
            if number % _RED == 2:
                return self.is_red(look, card)
        branch = worktrees.named_branch(self.project, card.owner, card.id)
        offer = Offer(card.id, card.id, branch or "", self.scene.tip(), card.owner, card.title, _STAMP, 1)
        return queue.put(self.project, offer)

    def is_red(self, look: Look, card: Card) -> None:
        queue.record_attempt(self.project, card.id, Attempt(1, kinds.FAILED, look.tip))
        id = offer_ids.sent_back(card.id, 1)
        inbox.send(self.project, Message(id, "batty-hooks", card.owner, "it is red", "x", kinds.FAILED, card.id))

    def leads(self, member: Member, message: Message) -> None:
        if message.kind == kinds.MILESTONE:
            inbox.send(
                self.project, Message(f"{message.id}.said", member.name, self.look().team.human, "built", "built")
            )
        elif message.kind == kinds.DIGEST:
            self.unblock(re.findall(r"task unblock (\S+)", message.body))
        else:
            self.scene.cards(*message.body.splitlines())

    def unblock(self, cards: Iterable[str]) -> None:
        def lift(board: Board, new_id: object) -> None:
            for id in cards:
                card = board.card(id)
                assert card and card.blocked, f"{id} is told as blocked and is not"
                board.unblock(card)

        effects.update_board(self.project, lift)

    def read(self, human: str) -> bool:
        """What the human reads; whether he had to do something."""
        messages = inbox.waiting(self.project, human)
        for one in messages:
            self.turns[human, one.kind] += 1
            inbox.confirm(self.project, human, one.id)
            if one.kind == kinds.BLOCKED:
                self.unblock([one.card])
        return bool(messages)

    # what it came to

    def cell(self, *types: str) -> str:
        """What those of some role types got, all together, and at most each."""
        names = [member.name for member in self.look().team.members if member.role.role_type in types]
        if not names:
            return "–"
        return self.said(names)

    def said(self, names: list[str]) -> str:
        by_kind: Counter[str] = Counter()
        for (name, kind), count in self.turns.items():
            by_kind[kind] += count * (name in names)
        order = [kind for kind in kinds.TABLE if by_kind[kind]]
        text = ", ".join(f"{by_kind[kind]} {kind}" for kind in order) or "nothing"
        most = max(sum(count for (other, _), count in self.turns.items() if other == name) for name in names)
        return f"{text}; at most {most} each" if len(names) > 1 else text


_STAMP = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def quiet_scene(scene: Scene, alone: None) -> Iterator[Scene]:
    yield scene


@pytest.mark.parametrize("template", TEMPLATES)
def test_nobody_is_woken_for_nothing(quiet_scene: Scene, template: str) -> None:
    play = Play(quiet_scene, template)
    for number in JOBS if template in _LONG else JOBS[:1]:
        play.job(number)
        done = [line for line in quiet_scene.lane("DONE") if f"of {number} " in line]
        assert len(done) == number, quiet_scene.board()
        red, stuck = (sum(n % every == rest for n in range(1, number + 1)) for every, rest in ((_RED, 2), (_STUCK, 0)))
        engineers = play.cell("engineer").partition(";")[0]
        again = sum(play.turns[member.name, kinds.UNBLOCKED] for member in play.look().team.engineers)
        briefs = sum(play.turns[member.name, kinds.BRIEF] for member in play.look().team.engineers)
        assert briefs + again == number + stuck, "a brief each, and one message that a blocked one can go on"
        assert set(re.findall(r"[a-z]+", engineers)) <= {kinds.BRIEF, kinds.FAILED, kinds.UNBLOCKED}
        assert sum(play.turns[member.name, kinds.FAILED] for member in play.look().team.engineers) == red
        TABLE.check(f"{template}, {number} cards", play.cell("architect"), play.cell("manager"),
                    play.cell("engineer"), play.said([play.look().team.human]))  # fmt: skip


def test_the_page_has_every_team() -> None:
    TABLE.finish(PAGE)
