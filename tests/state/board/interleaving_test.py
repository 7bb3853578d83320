"""Agents and people edit one board in random order, people from buffers that are out of date: nothing may be lost.

The loop is the store's own (version nearest to the save as the base, merge, keep both), without the disk. ROUNDS=1000
plays as many.
"""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass, field

from batty_hooks.state.board.merge import merge
from batty_hooks.state.board.origin import nearest
from batty_hooks.state.board.text import DONE, PROGRESS, TODO, Board

MEMBERS = ("engineer-1", "engineer-2", "engineer-3")
ROUNDS = int(os.environ.get("ROUNDS", "120"))


@dataclass
class World:
    """A board with its versions, two editors, and what must be found on the board at the end."""

    chance: random.Random
    disk: bytes = b""
    kept: list[bytes] = field(default_factory=list)
    buffers: list[bytes] = field(default_factory=list)
    unsaved: list[tuple[set[str], set[str]]] = field(default_factory=list)
    cards: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    claims: dict[str, str] = field(default_factory=dict)
    last_id: int = 0

    def name(self) -> str:
        """A title nobody has used, unlike all others, ending in a mark it is known by."""
        parts = ("".join(self.chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(3))
        return f"{' '.join(parts)} #{self.chance.getrandbits(40):010x}"

    def start(self) -> None:
        names = [self.name() for _ in range(self.chance.randint(2, 8))]
        self.cards |= {mark(name) for name in names}
        text = "## TODO\n" + "".join(f"- [ ] {name}\n" for name in names) + "## IN PROGRESS\n## DONE\n"
        self.disk = text.encode()
        self.kept = [self.disk]
        self.buffers = [self.disk, self.disk]
        self.unsaved = [(set(), set()), (set(), set())]

    def board(self) -> Board:
        return Board.parse(self.disk, MEMBERS)

    def new_id(self) -> str:
        self.last_id += 1
        return f"t{self.last_id}"

    def agent(self) -> None:
        board, roll = self.board(), self.chance.random()
        free = [card for card in board.cards if card.lane == TODO and not card.owner]
        busy = [card for card in board.cards if card.lane == PROGRESS and card.owner and card.id]
        if free and roll < 0.45:
            owner = self.chance.choice(MEMBERS)
            self.claims[mark(board.claim(self.chance.choice(free), owner, self.new_id).title)] = owner
        elif busy and roll < 0.6:
            board.move(self.chance.choice(busy), DONE)
        elif busy and roll < 0.7:
            self.claims.pop(mark(board.release(self.chance.choice(busy)).title))
        elif busy and roll < 0.85:
            reason = f"r{self.chance.getrandbits(40):010x}"
            card = self.chance.choice(busy)
            if not card.blocked:
                board.block(card, reason)
                self.words.add(reason)
        else:
            self.cards.add(mark(board.add(self.name()).title))
        self.put(board.raw)

    def put(self, raw: bytes) -> None:
        self.disk = raw
        self.kept = [*self.kept, raw][-60:]

    def human(self) -> None:
        number = self.chance.randrange(2)
        roll = self.chance.random()
        new_cards, new_words = self.unsaved[number]
        lines = self.buffers[number].decode().split("\n")
        if roll < 0.25:
            self.buffers[number], self.unsaved[number] = self.disk, (set(), set())
        elif roll < 0.45:
            name = self.name()
            lines.insert(1, f"- [ ] {name}")
            new_cards.add(mark(name))
            self.buffers[number] = "\n".join(lines).encode()
        elif roll < 0.6:
            self.reword(number, lines, new_words)
        elif roll < 0.65:
            self.delete(number, lines)
        else:
            self.save(number)

    def reword(self, number: int, lines: list[str], new_words: set[str]) -> None:
        at = [n for n, line in enumerate(lines) if line.startswith("- [")]
        if at:
            word, spot = f"w{self.chance.getrandbits(40):010x}", self.chance.choice(at)
            lines[spot] = lines[spot].replace(" #", f" {word} #", 1)
            new_words.add(word)
            self.buffers[number] = "\n".join(lines).encode()

    def delete(self, number: int, lines: list[str]) -> None:
        at = [n for n, line in enumerate(lines) if line.startswith("- [ ]") and "^" not in line]
        if at:
            gone = lines.pop(self.chance.choice(at))
            self.deleted.add(mark(gone))
            self.deleted |= set(re.findall(r"[rw][0-9a-f]{10}\b", gone))
            self.buffers[number] = "\n".join(lines).encode()

    def save(self, number: int) -> None:
        theirs = self.buffers[number]
        new_cards, new_words = self.unsaved[number]
        self.cards |= new_cards
        self.words |= new_words
        merged = merge(self.kept[nearest(self.kept, theirs)], self.disk, theirs, MEMBERS)
        self.kept = [*self.kept, theirs]
        self.put(merged.raw)


def mark(title: str) -> str:
    found = re.search(r"#[0-9a-f]{10}", title)
    assert found, title
    return found[0]


def play(seed: int) -> World:
    world = World(random.Random(seed))
    world.start()
    for _ in range(world.chance.randint(5, 25)):
        if world.chance.random() < 0.4:
            world.agent()
        else:
            world.human()
    return world


def losses(world: World) -> list[str]:
    titles = [mark(card.title) for card in world.board().cards if "#" in card.title]
    text = world.disk.decode()
    lost = [f"card {name}" for name in world.cards - world.deleted - set(titles)]
    lost += [f"word {word}" for word in world.words if word not in text and word not in world.deleted]
    owners = {mark(card.title): card.owner for card in world.board().cards if "#" in card.title}
    lost += [f"claim {name}" for name, owner in world.claims.items() if owners.get(name) != owner and name in owners]
    return lost


def test_nothing_is_lost() -> None:
    lost: dict[int, list[str]] = {}
    cards = doubled = 0
    for seed in range(ROUNDS):
        world = play(seed)
        if found := losses(world):
            lost[seed] = found
        titles = [mark(card.title) for card in world.board().cards]
        cards += len(titles)
        doubled += len(titles) - len(set(titles))
        ids = [card.id for card in world.board().cards if card.id]
        assert len(ids) == len(set(ids)), seed
    assert lost == {}
    assert doubled <= cards * 0.01
