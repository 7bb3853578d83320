"""Who has used what for which card, and what it cost as far as that is known."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rules.facts import Facts

from batty_hooks.agents.base import Spent
from batty_hooks.rules import spending
from batty_hooks.rules.spending import Used
from batty_hooks.state import inbox, members
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

BRIEFS = [(100.0, "t1"), (200.0, "t2")]


@pytest.mark.parametrize(("at", "card"), [(50.0, ""), (100.0, "t1"), (199.0, "t1"), (200.0, "t2"), (9e9, "t2")])
def test_a_card_is_worked_on_from_its_brief_to_the_next_one(at: float, card: str) -> None:
    assert spending.card_at(BRIEFS, at) == card


def test_a_cost_is_what_the_cli_says_or_the_prices_by_the_longest_name() -> None:
    prices = {"claude": (1.0, 2.0), "claude-opus": (15.0, 75.0, 1.5)}
    assert spending.cost_of(Spent(0, 1_000_000, 0, 2_000_000, "claude-opus-4"), prices) == 18.0
    assert spending.cost_of(Spent(0, 1_000_000, 1_000_000, 1_000_000, "claude-haiku"), prices) == 4.0
    assert spending.cost_of(Spent(0, 1, 1, 1, "gpt"), prices) is None
    used = spending.added(Used(), Spent(0, 5, 6, 7, "gpt"), prices)
    assert used == Used(1, 5, 6, 7, 0.0, 11)
    assert spending.added(used, Spent(0, 1, 1, 0, "gpt", 0.5), prices) == Used(2, 6, 7, 7, 0.5, 11)
    assert spending.total([used, used]) == Used(2, 10, 12, 14, 0.0, 22) and spending.total([]) == Used()


def test_every_session_of_a_member_counts_whatever_cli_it_was_of(
    look: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    look.team = replace(look.team, prices={"gpt": (1.0, 1.0)})
    project, name = look.project, "engineer-1"
    inbox.make(project, name)
    inbox.send(project, inbox.Message(ids.brief("t1", 1), "x", name, "s", "b", kinds.BRIEF))
    inbox.confirm(project, name, ids.brief("t1", 1))
    for cli, session in (("claude", "s1"), ("codex", "s2"), ("claude", "s1"), ("gone", "s3")):
        members.set_session(project, name, session, cli)
    assert members.sessions(project, name) == [("claude", "s1"), ("codex", "s2"), ("gone", "s3")]
    later, before = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
    answers = [{"timestamp": at, "message": {"id": at, "model": "opus", "usage": {"output_tokens": 5}}}
               for at in (before, later)]  # fmt: skip
    info = {"total_token_usage": 1, "last_token_usage": {"input_tokens": 2_000_000, "output_tokens": 1_000_000}}
    rollout = [{"type": "turn_context", "payload": {"model": "gpt-5"}},
               {"timestamp": later, "type": "event_msg", "payload": {"type": "token_count", "info": info}}]  # fmt: skip
    for file, entries in (
        (".claude/projects/x/s1.jsonl", answers),
        (".codex/sessions/1/1/1/rollout-x-s2.jsonl", rollout),
    ):
        os.makedirs((tmp_path / file).parent)
        (tmp_path / file).write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    found = spending.by_card(look, spending.shares(look))
    assert found == {(name, ""): Used(1, 0, 5, 0, 0.0, 5), (name, "t1"): Used(2, 2_000_000, 1_000_005, 0, 3.0, 5)}
    assert spending.by_card(look, spending.shares(look), since=9e9) == {(name, "t1"): found[name, "t1"]}


@pytest.fixture
def told(look: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes what a session of Claude Code has used: its answers by name, each of five tokens, now."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def tell(session: str, *answers: str, member: str = "engineer-1") -> None:
        members.set_session(look.project, member, session, "claude")
        file = tmp_path / f".claude/projects/x/{session}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [{"timestamp": f"2030-01-01T00:00:0{len(one)}Z", "message": {"id": one, "usage": {"output_tokens": 5}}}
                 for one in answers]  # fmt: skip
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    return tell


def test_a_session_that_begins_with_a_copy_of_another_one_counts_what_is_new(
    look: Facts, told: Callable[..., None]
) -> None:
    told("s1", "a", "bb")
    told("s2", "a", "bb", "ccc")
    assert spending.total(spending.by_card(look, spending.shares(look)).values()).tokens == 15


def test_who_has_left_the_team_has_used_what_he_used(look: Facts, told: Callable[..., None]) -> None:
    told("s1", "a", member="gone-1")
    assert [share.member for share in spending.shares(look)] == ["gone-1"]


def test_a_brief_that_was_withdrawn_after_it_was_read_is_of_when_it_was(look: Facts) -> None:
    """A blocked card whose engineer goes on with another one; and one that was never read."""
    project, name, brief = look.project, "engineer-1", ids.brief("t1", 1)
    inbox.make(project, name)
    for card in ("t1", "t2"):
        inbox.send(project, inbox.Message(ids.brief(card, 1), "x", name, "s", "b", kinds.BRIEF))
    inbox.confirm(project, name, brief)
    file = project.inboxes / name / "cur" / f"{brief}:2,S"
    os.utime(file, (1000.0, 1000.0))
    assert spending.briefs_of(look, name)[0][0] > 1000.0
    inbox.confirm(project, name, brief, "ST")
    inbox.confirm(project, name, ids.brief("t2", 1), "T")
    assert spending.briefs_of(look, name) == [(1000.0, "t1")]
