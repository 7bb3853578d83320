"""The order of the queue, and what is said of a landing that git refuses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from rules.facts import Facts

from batty_hooks.rules.refusals import is_told
from batty_hooks.state import queue
from batty_hooks.state.queue import Offer
from batty_hooks.state.verdicts import PASSED


def ordered(look: Facts, *offers: tuple[str, str, float]) -> list[str]:
    """(card, its priority, for how many minutes it has waited): the order in which they wait."""
    look.write_board(progress="\n".join(f"- [x] {card} ^{card} [priority:: {word}]" for card, word, _ in offers))
    for card, _, minutes in offers:
        at = datetime.now(timezone.utc) - timedelta(minutes=minutes)
        look.wait(Offer(card, card, card, "c", "engineer-1", "", at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), 1))
    del look.offers  # (it is read anew)
    return [offer.key for offer in look.offers]


@pytest.mark.parametrize(
    ("offers", "order"),
    [
        ([("t1", "", 1), ("t2", "", 2), ("t3", "", 3)], ["t3", "t2", "t1"]),
        ([("t1", "low", 5), ("t2", "", 4), ("t3", "high", 3)], ["t3", "t2", "t1"]),
        ([("t1", "lowest", 5), ("t2", "highest", 4)], ["t2", "t1"]),
        ([("t1", "some day", 2), ("t2", "", 1)], ["t1", "t2"]),
        ([("t1", "high", 1), ("t2", "", 9)], ["t1", "t2"]),
        ([("t1", "high", 1), ("t2", "", 11)], ["t2", "t1"]),
        ([("t1", "high", 1), ("t2", "low", 11)], ["t1", "t2"]),
        ([("t1", "high", 1), ("t2", "low", 31)], ["t2", "t1"]),
    ],
)
def test_first_in_first_out_within_a_priority_and_nobody_starves(
    look: Facts, offers: list[tuple[str, str, float]], order: list[str]
) -> None:
    assert ordered(look, *offers) == order


def test_a_landing_that_git_refuses_has_a_line_of_its_own(look: Facts) -> None:
    offer = look.offer("c1")
    look.wait(offer)
    queue.tell(look.project, offer, refused="no signature")
    assert not is_told(look, offer.key), "it has not passed"
    look.judge(look.candidate("c1"), PASSED, ["c1"])
    assert is_told(look, offer.key) and not is_told(look, "another")


def test_what_git_said_of_an_older_commit_counts_no_more(look: Facts) -> None:
    offer = look.offer("c1")
    queue.tell(look.project, offer, refused="no signature")
    look.offers = []
    newer = look.offer("c2", key=offer.key)
    look.judge(look.candidate("c2"), PASSED, ["c2"])
    assert not is_told(look, newer.key)
