"""A limit whose end nobody knows (no time in its words, a login that has expired) is no trap."""

from __future__ import annotations

import json
import time

import pytest
from tui.company import Company
from tui.kept import Kept

from batty_hooks.rules.look import Look
from batty_hooks.system import atomic, process, screen


def a_lead(company: Company) -> None:
    company.hire(("lead", "architect", 1)).start()
    company.ready("lead")


@pytest.fixture
def company(kept: Kept) -> Company:
    company = kept(a_lead)
    company.scene.run("send", "lead", "LIMIT")
    company.wait(lambda: company.state("lead") == "limit" and not company.unread("lead"))
    return company


def an_hour_later(company: Company) -> None:
    file = company.room("lead") / "state.json"
    atomic.write(file, json.dumps({**json.loads(file.read_text()), "since": time.time() - 3600}))


def test_each_try_that_comes_to_nothing_makes_the_next_one_wait_longer(company: Company) -> None:
    """(The first story: how often it was tried since its last turn counts.)"""
    company.scene.run("send", "lead", "LIMIT")
    an_hour_later(company)  # told to go on, then the limit again
    company.wait(lambda: len(company.taken("lead")) == 3 and company.state("lead") == "limit")
    state = Look(company.project).state("lead")
    assert state and state.since > time.time() - 60
    again = screen.moment(state.since + 1200)  # (with its date, where that is tomorrow)
    assert f"tried again at {again}" in company.scene.run("status", code=1)


def test_it_is_tried_again_first_with_what_was_cut_off(company: Company) -> None:
    sent = company.scene.run("send", "lead", "for later")
    assert "lead has reached a limit (usage limit): it comes when that is over (`batty-hooks status`)" in sent
    said = company.scene.run("status", code=1)
    assert "lead has reached a limit: usage limit (tried again at " in said
    assert "→ batty-hooks start  (once that is mended; to look at it: batty-hooks attach lead)" in said
    assert len(company.unread("lead")) == 1
    an_hour_later(company)
    company.wait(lambda: len(company.taken("lead")) == 3)
    assert "cut off before its end" in company.taken("lead")[1] and "> LIMIT" in company.taken("lead")[1]
    assert "for later" in company.taken("lead")[2]


def test_a_turn_that_a_person_begins_ends_it(company: Company) -> None:
    company.keys("lead", "hello", "Enter")
    company.wait(lambda: company.state("lead") == "ready")
    company.scene.run("send", "--wait", "120", "lead", "a word")


def test_start_brings_who_is_at_a_limit_back_in_its_session(company: Company) -> None:
    session, before = company.sessions("lead")[0], company.pane("lead")
    assert "lead is started again" in company.start()
    company.wait(lambda: len(company.taken("lead")) == 2)
    assert company.sessions("lead") == [session, session] and process.birth(before.pid) == ""
