"""The words of a state: its events, who caused them, and what of the log is new."""

from __future__ import annotations

import json

import pytest

from batty_hooks.rules.chronicling import since


def event(seq: int, name: str, **facts: object) -> dict[str, object]:
    return {"seq": seq, "ts": f"2026-01-01T00:00:{seq % 60:02}.000Z", "event": name, **facts}


def test_no_event_is_the_human_s_doing() -> None:
    found = since([event(3, "claimed", card="t1", member="engineer-1")], 3, "human")
    assert (found.lines, found.author, found.last, found.words) == (b"", "human", 3, "")


def test_the_gist_the_author_and_the_lines() -> None:
    events = [event(1, "sent", member="human"), event(2, "offered", card="t1", member="engineer-1", title="One"),
              event(3, "landed", card="t1", member="engineer-1")]  # fmt: skip
    found = since(events, 1, "human")
    assert (found.first, found.last, found.author) == (2, 3, "engineer-1")
    assert found.words.splitlines()[0] == "t1 offered; t1 landed"
    assert "2026-01-01T00:00:02.000Z t1 offered (engineer-1): One" in found.words
    assert [json.loads(line)["seq"] for line in found.lines.splitlines()] == [2, 3]


def test_who_typed_it_goes_before_whose_it_is() -> None:
    assert since([event(1, "approved", member="engineer-1", by="manager-1")], 0, "human").author == "manager-1"


def test_many_are_counted() -> None:
    found = since([event(n, "claimed", card=f"t{n}") for n in range(1, 30)], 0, "human")
    gist = found.words.splitlines()[0]
    assert len(gist) < 100
    assert gist.endswith("more")


def test_a_log_that_was_deleted_begins_anew() -> None:
    assert since([event(1, "sent"), event(2, "sent")], 40, "human").first == 1


@pytest.mark.parametrize("odd", ["x", None, True, 1.5])
def test_a_number_that_is_none_counts_for_nothing(odd: object) -> None:
    assert since([{"event": "sent", "seq": odd}], 1, "human").last in (0, 1)
