"""What `top` shows in which row, and what a key does there: derived, without a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from batty_hooks.people.needs import Need
from batty_hooks.people.overview import MemberRow, QueueRow
from batty_hooks.people.top import acts, drawing, hour, rows
from batty_hooks.people.top.acts import Act
from batty_hooks.people.top.glance import Glance
from batty_hooks.people.top.rows import Slot, View
from batty_hooks.rules.timeline.records import ASKING, GATE, GONE, IDLE, OFF, WORKING, YOU, Span
from batty_hooks.system import screen
from batty_hooks.system.records import replace

NOW = 1_000_000.0
ASKED = Need(
    "engineer-1 has asked you about t1: which?", NOW - 60, "batty-hooks send engineer-1 --re ask1 'your answer'"
)
REVIEW = Need("t2 passed and waits for review (batty-hooks show t2)", NOW - 50, "batty-hooks merge t2")
PANE = Need("engineer-3 asks: may it?", NOW - 40, "batty-hooks attach engineer-3")


def member(name: str, **facts: Any) -> MemberRow:
    known = {"card": "", "branch": "", "ahead": 0, "behind": 0, "dirty": 0, "verdict": "", "first": "", "unread": 0}
    return MemberRow(name, "engineer", "engineer", "codex", "ready", NOW - 5, **{**known, **facts})


TEAM = (member("engineer-1", card="t1"), member("engineer-2", card="t2"), member("engineer-3"))


def glance(*needs: Need, at: float = NOW, **facts: Any) -> Glance:
    known: dict[str, Any] = {
        "headline": "project: 1 to do", "is_paused": False, "is_watched": True, "members": TEAM,
        "queue": (QueueRow(1, "t2", "t2", "engineer-2/t2", "engineer-2", "passed", NOW - 50),), "hours": {},
        "panes": frozenset({"engineer-1", "engineer-2", "engineer-3"}), "commits": {"t2": "c" * 40},
        "questions": {"ask1": (True, "which?")}, "lately": ("one", "two"),
    }  # fmt: skip
    return Glance(at=at, needs=needs, **{**known, **facts})


def seen(view: View | None, *needs: Need, at: float = NOW) -> View:
    return rows.after(view, glance(*needs, at=at))


def words(view: View) -> list[str]:
    return [f"{slot.need.what.split()[0]}{' met' * bool(slot.met)}" for slot in view.slots]


def test_a_need_keeps_its_place_and_new_ones_come_behind() -> None:
    view = seen(seen(None, REVIEW, PANE), ASKED, REVIEW, PANE)
    assert words(view) == ["t2", "engineer-3", "engineer-1"]


def test_a_need_that_is_met_stays_for_a_moment_and_does_nothing_then() -> None:
    view = seen(seen(None, ASKED, REVIEW), REVIEW)
    assert words(view) == ["engineer-1 met", "t2"]
    assert acts.of(view.glance, view.slots[0], acts.DO) is None
    assert words(seen(view, REVIEW, at=NOW + rows.LINGER_SECONDS + 1)) == ["t2"]
    assert words(seen(view, REVIEW, ASKED)) == ["engineer-1", "t2"], "it is there again"


def test_a_need_whose_words_have_changed_is_the_same_one() -> None:
    one = Need("an unread message: a", 1.0, "batty-hooks read")
    view = seen(None, one, REVIEW)
    two = Need("2 unread messages, the first: a", 1.0, "batty-hooks read")
    after = seen(view, two, REVIEW)
    assert [slot.number for slot in after.slots] == [slot.number for slot in view.slots]
    assert after.slots[0].need == two


def test_the_first_need_is_selected_until_the_person_chooses_a_row_and_that_one_stays() -> None:
    view = seen(None)
    assert view.row == TEAM[0]
    view = seen(view, REVIEW, PANE)
    assert view.row == view.slots[0]
    view = rows.selected(view, 1)
    view = seen(view, REVIEW, PANE, ASKED)
    assert isinstance(view.row, Slot) and view.row.need == PANE
    view = seen(view, PANE, ASKED)
    assert isinstance(view.row, Slot) and view.row.need == PANE and view.place == 1
    view = rows.selected(view, 99)
    assert view.row == TEAM[-1]
    assert seen(view, REVIEW).row == TEAM[-1], "a need that comes or goes moves nobody away"
    gone = rows.after(view, glance(REVIEW, members=TEAM[:1]))
    assert gone.row is not None, "whose row has gone stands in the one next to it"


def test_nothing_at_all_is_no_mistake() -> None:
    empty = rows.after(None, glance(members=(), queue=(), lately=()))
    assert empty.row is None and rows.selected(empty, 3).row is None
    assert "nothing needs you" in text(empty)


def does(need: Need, key: str, **facts: Any) -> Act | None:
    return acts.of(glance(need, **facts), Slot(1, need), key)


def test_a_question_is_read_and_answered() -> None:
    read, answer = does(ASKED, acts.GO), does(ASKED, acts.DO)
    assert read and read.words == ("read", "--keep", "ask1") and not read.question
    assert answer and answer.words == ("send", "engineer-1", "--re", "ask1") and answer.prompt
    elsewhere = does(ASKED, acts.READ, questions={"ask1": (False, "whole text")})
    assert elsewhere and (elsewhere.how, elsewhere.words) == (acts.TELL, ("whole text",)), "it lies in another's inbox"


@pytest.mark.parametrize("flags", ["", "--approve "])
def test_approved_is_the_commit_that_was_there_when_it_was_asked(flags: str) -> None:
    act = does(Need("t2 waits", 1.0, f"batty-hooks merge {flags}t2"), acts.DO)
    assert act and act.words == ("merge", "--no-wait", *flags.split(), "--commit", "c" * 10, "t2")
    assert act.question and ("protected" in act.question) == bool(flags)
    back = does(Need("t2 waits", 1.0, f"batty-hooks merge {flags}t2"), acts.BACK)
    assert back and back.words == ("reject", "--commit", "c" * 10, "t2") and back.prompt
    assert does(ASKED, acts.BACK) is None
    looked = does(REVIEW, acts.GO)
    assert looked and looked.words == ("show", "t2")


def test_who_asks_in_its_pane_is_answered_there() -> None:
    for key in (acts.GO, acts.DO):
        act = does(PANE, key)
        assert act and (act.how, act.words, act.typed) == (
            acts.VISIT, ("attach", "engineer-3"), "batty-hooks attach engineer-3",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "how", "typed"),
    [
        ("batty-hooks read", acts.RUN, "batty-hooks read"),
        ("batty-hooks task unblock t1", acts.RUN, "batty-hooks task unblock t1"),
        ("batty-hooks task release 'Two words'", acts.RUN, "batty-hooks task release 'Two words'"),
        ("batty-hooks send engineer-1 'what to do'  (to look at it: …)", acts.RUN, "batty-hooks send engineer-1"),
        ("batty-hooks board --restore  (or --accept)", acts.RUN, "batty-hooks board --restore"),
        ("batty-hooks doctor  (once it is mended: x)", acts.RUN, "batty-hooks doctor"),
        ("${EDITOR:-vi} +3 kanban.md", acts.VISIT, "${EDITOR:-vi} +3 kanban.md"),
        ("git status  (commit that)", acts.TELL, "git status  (commit that)"),
        ("rm -rf x && batty-hooks step", acts.TELL, "rm -rf x && batty-hooks step"),
        ("batty-hooks step && rm -rf x", acts.TELL, "batty-hooks step && rm -rf x"),
        ("batty-hooks uninstall --purge", acts.TELL, "batty-hooks uninstall --purge"),
        ("set TMUX_TMPDIR to a 'directory", acts.TELL, "set TMUX_TMPDIR to a 'directory"),
        ("batty-hooks merge 'open", acts.TELL, "batty-hooks merge 'open"),
        ("", acts.TELL, ""),
    ],
)
def test_only_commands_of_ours_are_run_and_none_without_being_asked(command: str, how: str, typed: str) -> None:
    act = does(Need("something", 0.0, command), acts.DO)
    assert act and (act.how, act.typed) == (how, typed)
    assert act.how != acts.RUN or act.question or act.prompt or act.words[0] in ("read", "doctor")


def test_in_the_row_of_a_member_the_keys_are_about_it() -> None:
    now = glance(ASKED, REVIEW, PANE)
    labels = [[getattr(acts.of(now, one, key), "label", None) for key in (acts.GO, acts.DO, acts.READ)] for one in TEAM]
    assert labels == [
        ["its pane", "answer", "its card"], ["its pane", "approve", "its card"],
        ["its pane", "answer there", "its messages"],
    ]  # fmt: skip
    alone = acts.of(glance(panes=frozenset()), TEAM[2], acts.DO)
    assert alone and alone.typed == "batty-hooks send engineer-3" and alone.prompt
    assert acts.of(glance(panes=frozenset()), TEAM[2], acts.GO) is None, "it has no pane and no card"


def signs(*spans: Span, count: int = 6) -> str:
    return "".join(sign for sign, _ in hour.cells(spans, NOW, count))


def ago(state: str, begin: float, end: float) -> Span:
    return Span(state, NOW - 60 * begin, NOW - 60 * end)


def test_the_last_hour_says_how_long_it_worked_and_what_it_waited_for() -> None:
    assert signs(ago(WORKING, 70, 30), ago(IDLE, 30, 0)) == "███___"
    assert signs(ago(IDLE, 60, 55), ago(WORKING, 55, 50), ago(GATE, 50, 20), ago(GONE, 20, 0)) == "▄···xx"
    assert signs(ago(WORKING, 30, 4), ago(YOU, 4, 0)) == "   ██?", "a short wait for you is seen"
    assert signs(ago(OFF, 60, 0), count=3) == "   "


def test_what_was_told_last_goes_on_and_what_nobody_told_is_blank() -> None:
    assert signs() == "      "
    assert signs(ago(WORKING, 90, 89), ago(ASKING, 89, 40)) == "??????"
    assert signs(ago(WORKING, 200, 100), ago(IDLE, 100, 100)) == "______"
    assert hour.cells([ago(WORKING, 60, 0)], NOW, 0) == []


def text(view: View, width: int = 80, height: int = 24) -> str:
    drawn = drawing.page(view, width, height, NOW)
    return "\n".join("".join(piece for piece, _ in line) for line in drawn)


MANY = tuple(member(f"engineer-{number}", card=f"t{number}") for number in range(1, 20))
ODD = Need("t9 \x1b[31m\r\nsays: 名前 " + "long " * 60, NOW - 9, "batty-hooks task unblock t9")


@pytest.mark.parametrize("team", [(), TEAM, MANY], ids=len)
@pytest.mark.parametrize("size", [(80, 24), (80, 23), (200, 50), (300, 100), (40, 10), (12, 5), (1, 1), (30, 3)])
def test_it_fits_any_terminal(size: tuple[int, int], team: tuple[MemberRow, ...]) -> None:
    view = rows.after(None, glance(ODD, ASKED, *[Need(f"n{n}", 1.0, f"git x{n}") for n in range(30)], members=team))
    view = rows.with_room(view, drawing.seats(size[1], len(team)))
    for place in range(len(view.rows)):
        view = rows.selected(view, place)
        lines = text(view, *size).split("\n")
        assert len(lines) == size[1] and all(screen.width(line) <= size[0] for line in lines)
        assert not any(sign < " " for line in lines for sign in line)
        if size[1] >= 10:
            assert sum(line.startswith("> ") for line in lines) == 1, "what is selected is seen"


def test_a_member_stands_where_it_stood_however_much_needs_you() -> None:
    views = [rows.after(None, glance(*needs)) for needs in ((), (ASKED,), (ASKED, REVIEW, PANE, ODD))]
    for size in ((80, 24), (200, 50)):
        found = {
            next(
                number
                for number, line in enumerate(text(view, *size).split("\n"))
                if line[2:].startswith("engineer-2 ")
            )
            for view in views
        }
        assert len(found) == 1


def test_the_footer_says_what_each_key_does_there() -> None:
    view = rows.after(None, glance(ASKED, REVIEW))
    assert text(view).endswith(" Enter, r  read it   a  answer   ?  help   q  quit")
    assert text(rows.selected(view, 1)).endswith(
        " Enter, r  what would land   a  approve   x  send it back   ?  help   q  quit"
    )


def test_why_nothing_newer_is_seen_is_said_whole() -> None:
    lines = drawing.page(rows.after(None, glance(ASKED)), 80, 24, NOW, error="team.yaml: " + "word " * 20 + "the end")
    assert "the end" in "".join(piece for line in lines[-5:] for piece, _ in line)


def test_of_more_than_there_is_room_for_it_is_said_which_part_is_seen() -> None:
    view = rows.after(None, glance(*[Need(f"n{n}", 1.0, f"git x{n}") for n in range(30)], members=MANY))
    assert "1 to 3 of 30" in text(view)
    assert "members 1-7/19" in text(view, height=20) and "members 13-19/19" in text(rows.selected(view, 999), height=20)


def large(*states: str) -> tuple[MemberRow, ...]:
    """Nineteen members, who are ready but for those of which something else is said: `9 working`, `3 ready t1`."""
    said = {number: rest for number, *rest in map(str.split, states)}
    told = [(number, said.get(str(number), ["ready"])) for number in range(1, 20)]
    return tuple(
        replace(member(f"engineer-{number}", card="".join(words[1:])), state=words[0]) for number, words in told
    )


def shown(view: View, height: int = 24) -> list[str]:
    """The members that have a row, in their order, and what is said of all others."""
    lines = text(view, height=height).split("\n")
    begin = next(number for number, line in enumerate(lines) if line.startswith("members (19)"))
    end = next(number for number, line in enumerate(lines) if line.startswith("queue"))
    return [*(line[2:].split()[0] for line in lines[begin + 1 : end - 1]), lines[end - 1].strip()]


def in_large(view: View | None, *states: str, height: int = 24) -> View:
    view = rows.after(view, glance(members=large(*states)))
    return rows.with_room(view, drawing.seats(height, 19))


def test_of_a_large_team_those_have_a_row_who_work_and_the_others_are_a_line() -> None:
    view = in_large(None, "4 ready t4", "9 working", "17 asking", "18 gone")
    *seats, others = shown(view)
    assert seats == ["engineer-1", "engineer-4", "engineer-9", "engineer-17", "engineer-18"]
    assert others.startswith("14 ready: engineer-2, engineer-3, engineer-5") and others.endswith("…")
    assert "queue (1)" in text(view) and "lately" in text(view)
    full = in_large(None, *(f"{number} working" for number in range(1, 16)))
    assert shown(full)[-1].startswith("10 working: engineer-6, ")


def test_who_has_a_row_keeps_it_until_somebody_needs_it_more() -> None:
    view = in_large(None, "4 working", "9 working", "17 asking")
    assert shown(view)[:-1] == ["engineer-1", "engineer-2", "engineer-4", "engineer-9", "engineer-17"]
    view = in_large(view, "9 working", "17 asking")
    assert shown(view)[:-1] == ["engineer-1", "engineer-2", "engineer-4", "engineer-9", "engineer-17"]
    view = in_large(view, "9 working", "17 asking", "12 working", "1 ready t1")
    assert shown(view)[:-1] == ["engineer-1", "engineer-2", "engineer-12", "engineer-9", "engineer-17"]
    chosen = rows.selected(view, 1)
    assert isinstance(chosen.row, MemberRow) and chosen.row.name == "engineer-2"
    chosen = in_large(chosen, "9 working", "17 asking", "12 working", "1 ready t1", "5 gone")
    assert shown(chosen)[:-1] == ["engineer-5", "engineer-2", "engineer-12", "engineer-9", "engineer-17"]


def test_one_goes_through_all_of_a_large_team_and_sees_who_is_selected() -> None:
    view = in_large(None, "9 working")
    seen = set()
    for place in range(19):
        view = rows.selected(view, place)
        lines = [line for line in text(view).split("\n") if line.startswith("> ")]
        assert len(lines) == 1 and view.row and lines[0].split()[1] == view.row.name
        seen.add(view.row.name)
    assert len(seen) == 19
    small = rows.with_room(view, drawing.seats(28, 19))
    assert len(shown(small, height=28)) == 10, "a higher terminal has more rows"
    assert drawing.seats(50, 19) == 0 and rows.with_room(view, 0).members == large("9 working")


def test_paused_and_unwatched_are_said() -> None:
    assert "nothing new is begun until `batty-hooks resume`" in text(rows.after(None, glance(is_paused=True)))
    assert "no watcher is running" in text(rows.after(None, glance(is_watched=False)))


def test_a_text_is_cut_and_broken_by_columns() -> None:
    assert screen.fitted("名前名前", 5) == "名前…" and screen.fitted("ab", 4) == "ab  " and screen.fitted("ab", 0) == ""
    assert screen.folded("one two three four", 9, 2) == ["one two", "three four"]
    assert screen.folded("", 9, 2) == [""]
