"""Our dataclasses are like those of the standard library, as far as anybody here can tell."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest

from batty_hooks.system import records

KINDS = {"standard": dataclasses, "ours": records}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]


def classes(kind: Any) -> tuple[Any, Any]:
    """The same two classes, made either way."""
    make = kind.dataclass

    @make(frozen=True)
    class Card:
        id: str
        title: str
        after: tuple[str, ...] = ()
        env: dict[str, str] = kind.field(default_factory=dict, hash=False)

        @property
        def label(self) -> str:
            return f"{self.id}: {self.title}"

        @cached_property
        def words(self) -> list[str]:
            return self.title.split()

    @make
    class Board:
        cards: list[Card] = kind.field(default_factory=list)
        name: str = "board"

    return Card, Board


def test_fields_defaults_and_words(kind: Any) -> None:
    Card, Board = classes(kind)
    card = Card("t1", title="One card")
    assert (card.id, card.title, card.after, card.env, card.label) == ("t1", "One card", (), {}, "t1: One card")
    assert repr(card).endswith("Card(id='t1', title='One card', after=(), env={})")
    assert Board().cards == [] and Board().cards is not Board().cards
    assert Card("t1", "One card", env={"a": "b"}).env == {"a": "b"}
    match card:
        case Card(id, title):
            assert (id, title) == ("t1", "One card")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda Card: Card("t1"),
        lambda Card: Card("t1", "a", (), {}, "too much"),
        lambda Card: Card("t1", "a", id="t2"),
        lambda Card: Card("t1", "a", colour="red"),
        lambda Card: Card(title="a", colour="red"),
    ],
)
def test_wrong_arguments(kind: Any, wrong: Callable[[Any], Any]) -> None:
    Card, _ = classes(kind)
    with pytest.raises(TypeError):
        wrong(Card)


def test_equality_and_hash(kind: Any) -> None:
    Card, Board = classes(kind)
    one, same, other = Card("t1", "a b"), Card("t1", "a b", env={}), Card("t2", "a b")
    assert one.words == ["a", "b"]  # what is remembered of one makes no difference
    assert one == same and one != other and one != ("t1", "a b", (), {}) and one is not same
    assert len({one, same, other, Card("t1", "a b", env={"x": "y"})}) == 3
    assert hash(one) == hash(Card("t1", "a b", env={"x": "y"}))
    with pytest.raises(TypeError):
        hash(Board())
    assert Board([one]) == Board([same]) != Board([other])


def test_frozen_or_not(kind: Any) -> None:
    Card, Board = classes(kind)
    card, board = Card("t1", "a"), Board()
    for change in (lambda: setattr(card, "id", "t2"), lambda: delattr(card, "id"), lambda: setattr(card, "new", 1)):
        with pytest.raises(AttributeError):
            change()
    board.name = "other"
    assert board == Board(name="other")


def test_replaced_and_as_a_dictionary(kind: Any) -> None:
    Card, Board = classes(kind)
    card = Card("t1", "a b", ("t0",))
    assert card.words
    assert kind.replace(card, title="c") == Card("t1", "c", ("t0",))
    assert kind.replace(card, title="c").words == ["c"]
    with pytest.raises(TypeError):
        kind.replace(card, colour="red")
    board = Board([card])
    assert kind.asdict(board) == {
        "cards": [{"id": "t1", "title": "a b", "after": ("t0",), "env": {}}],
        "name": "board",
    }
    assert copy.copy(card) == copy.deepcopy(card) == card


def test_a_class_below_another(kind: Any) -> None:
    make = kind.dataclass
    Card, _ = classes(kind)

    @make(frozen=True)
    class Typed(Card):  # type: ignore[misc]
        at: int = 0

    assert Typed("t1", "a", at=3) == Typed("t1", "a", (), {}, 3) != Typed("t1", "a")
    assert Typed("t1", "a").label == "t1: a"
    assert Typed("t1", "a") != Card("t1", "a")


@records.dataclass(frozen=True)
class Pickled:
    name: str


def test_pickled() -> None:
    assert pickle.loads(pickle.dumps(Pickled("a"))) == Pickled("a")
