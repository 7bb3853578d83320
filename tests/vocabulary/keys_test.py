"""The keys of items: whatever a word holds, the words come out as they went in."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batty_hooks.vocabulary import keys


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # (of a busy machine)
@given(st.lists(st.text(st.sampled_from("a:%25 3A\n") | st.characters()), min_size=1))
@example(["claim", "engineer-1", "Fix: 50%3A of it"])
@example(["", ""])
def test_words_come_out_as_they_went_in(words: list[str]) -> None:
    assert keys.split(keys.join(*words)) == words


def test_a_key_reads_as_what_it_is_about() -> None:
    assert keys.join("claim", "engineer-1", "t12") == "claim:engineer-1:t12"
    assert keys.join("feature/login") == "feature/login"
