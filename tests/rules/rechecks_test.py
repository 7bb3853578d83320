"""What is red for the first time is asked for once more, once; who is killed while he asks, or hears nothing, finds out
what came of that."""

from __future__ import annotations

from batty_hooks.rules import rechecks as rule
from batty_hooks.state.pulls import Pull
from batty_hooks.system import forge
from batty_hooks.system.forge import Answer, Check
from batty_hooks.system.records import replace

RUNS = "https://github.com/us/ours/actions/runs"
JOB, OTHER = (Check(name, forge.RED, f"{RUNS}/{run}/job/8") for name, run in (("unit", 7), ("lint", 8)))
NEXT, GOING = replace(JOB, link=f"{RUNS}/7/job/9"), replace(JOB, state=forge.RUNNING)
ONCE = Pull("b-c1", "batty/c1", "c1", 12, "https://x/pull/12", head="c1", checks=(JOB,))
ASKING = rule.asking(ONCE, 90.0)
ASKED = replace(ONCE, again=(JOB,), again_at=100.0)


def test_what_has_failed_once_and_can_be_run_again() -> None:
    assert rule.unsure(ONCE) == [JOB] and not rule.unsure(replace(ONCE, checks=(JOB, GOING)))
    assert not rule.unsure(replace(ONCE, checks=(replace(JOB, link="https://ci.example/1"),)))
    assert rule.unsure(replace(ASKED, checks=(NEXT, OTHER))) == [OTHER]


def test_what_the_forge_answers() -> None:
    assert rule.asked(ASKING, Answer(forge.ACCEPTED), 100.0) == ASKED
    assert rule.is_sure(rule.asked(ASKING, Answer(forge.REFUSED, "too old"), 100.0))
    assert rule.is_sure(replace(ASKED, checks=(NEXT,))) and not rule.is_sure(ASKED)


def test_one_who_was_killed_while_he_asked_asks_for_what_has_not_begun_and_for_nothing_else() -> None:
    assert ASKING.asks and rule.unsure(ASKING) == [JOB] and not rule.is_sure(ASKING)
    for begun in (replace(JOB, state=forge.PASSED), GOING, NEXT):
        assert not rule.unsure(replace(ASKING, checks=(begun,)))
    assert rule.is_sure(rule.asked(replace(ASKING, checks=(NEXT,)), Answer(forge.ACCEPTED), 100.0))
    assert rule.unsure(replace(ASKING, checks=(NEXT, OTHER))) == [OTHER]


def test_where_it_does_not_answer_it_is_asked_again_for_ten_minutes_then_it_counts() -> None:
    silent = rule.asked(ASKING, Answer(forge.UNREACHABLE), 300.0)
    assert silent == ASKING and rule.asking(silent, 300.0).again_at == 90.0
    late = replace(silent, again=rule.kept(silent, 691.0))
    assert rule.kept(silent, 689.0) == (JOB,) and rule.is_sure(late) and not rule.unsure(late)
