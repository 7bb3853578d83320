"""What git said once is there as long as it is asked for, and no more is kept than may be."""

from __future__ import annotations

from batty_hooks.system.git.memory import Memory


def test_what_each_look_asks_for_is_there_at_the_next_however_much_is_forgotten_between() -> None:
    memory, facts = Memory(size=100_000), [(f"merge {number}",) for number in range(200)]
    for fact in facts:
        memory.put(fact, "a tree")
    for look in range(20):
        for number in range(100):
            memory.put((f"passing {look} {number}",), "x")
        assert [fact for fact in facts if memory.get(fact) != "a tree"] == []


def test_it_holds_no_more_than_twice_its_size() -> None:
    memory = Memory(size=10_000)
    for number in range(500):
        memory.put((str(number),), "x" * 100)
    known = [number for number in range(500) if memory.get((str(number),))]
    assert 20 < len(known) < 60 and known[-1] == 499


def test_one_fact_larger_than_all_is_kept_until_the_next_ones_come() -> None:
    memory = Memory(size=1000)
    memory.put(("large",), "x" * 5000)
    assert memory.get(("large",)) and memory.get(("large",))
    memory.clear()
    assert memory.get(("large",)) is None
