"""What people look at when there is much of it: rows that say nothing, long lists, one and many. No processes."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from scene import Scene

from batty_hooks.commands import board
from batty_hooks.people import overview, standing_page
from batty_hooks.people.overview import MemberRow
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


def member(name: str, state: str = "ready", **facts: Any) -> MemberRow:
    known = {"card": "", "branch": "", "ahead": 0, "behind": 3, "dirty": 0, "verdict": "", "first": "", "unread": 0}
    return MemberRow(name, "engineer", "engineer", "codex", state, 1.0, **{**known, **facts})


def test_of_a_large_team_those_with_nothing_in_hand_are_one_line() -> None:
    team = [member(f"engineer-{number}") for number in range(1, 9)]
    team += [member("busy", card="t1"), member("told", unread=1), member("half", dirty=2), member("gone", state="gone")]
    assert [one.name for one in standing_page.with_nothing(team)] == [f"engineer-{number}" for number in range(1, 9)]
    assert standing_page.with_nothing(team[:9]) == [], "a small team is shown whole"


def test_a_plain_branch_is_named_in_the_log() -> None:
    assert overview.event_line({"event": "offered", "branch": "tidy", "commit": "0123456789ab", "card": ""}).endswith(
        "tidy         offered                0123456789"
    )


def test_a_run_of_many_keeps_the_columns_of_the_log() -> None:
    one = overview.event_line({"event": "gate passed", "label": "t18, t19", "seconds": 3.0})
    many = overview.event_line({"event": "gate passed", "label": "t18, t19, t20, t21", "seconds": 3.0})
    assert one.endswith("t18, t19     gate passed            [3.0 s]")
    assert many.endswith("4 offers     gate passed            t18, t19, t20, t21 [3.0 s]")


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 40 columns and 10 lines."""
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    monkeypatch.setattr(screen, "size", lambda: (40, 10))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")


def drawn(number: int, cut: str = "") -> None:
    with screen.sheet("3 things need you: at the top", cut):
        screen.line("headline")
        for at in range(1, number):
            screen.line(f"line {at}")


@pytest.mark.usefixtures("low")
def test_what_is_longer_than_the_screen_ends_with_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    drawn(9)
    assert capsys.readouterr().out.splitlines()[-1] == "line 8", "all of it is seen"
    drawn(10)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "headline" and "3 things need you: at the top" in said[-1]


@pytest.mark.usefixtures("low")
def test_what_is_drawn_again_and_again_is_cut_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    drawn(9, "`batty-hooks status`")
    assert capsys.readouterr().out.splitlines()[-1] == "line 8"
    drawn(30, "`batty-hooks status`")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "headline" and said[-2] == "line 7"
    assert "… 22 lines more: `batty-hooks status`" in said[-1]
    with screen.sheet("", "`more`"):
        screen.typed("x" * 130)  # four lines of the terminal
        for at in range(30):
            screen.line(f"line {at}")
    said = capsys.readouterr().out.splitlines()
    assert said[1:-1] == [f"line {at}" for at in range(4)] and "… 26 lines more: `more`" in said[-1]


@pytest.mark.usefixtures("low")
def test_a_command_is_never_broken_and_what_is_said_of_it_is_between_words(capsys: pytest.CaptureFixture[str]) -> None:
    screen.typed("batty-hooks start  (its last words: batty-hooks attach engineer-2-1)", lead="  → ")
    said = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert said == ["  → batty-hooks start", "    (its last words: batty-hooks attach", "    engineer-2-1)"]
    long = "git -C /home/somebody/projects/one/two/three status"
    screen.typed(f"{long}  (see)", lead="  → ")
    assert capsys.readouterr().out.splitlines() == [f"  → {long}", "    (see)"]
    screen.typed("batty-hooks step  (then)", lead="  → ")
    assert capsys.readouterr().out == "  → batty-hooks step  (then)\n"


def test_what_needs_you_of_a_member_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    team = [member("a", state="asking", why="may I?"), member("b", state="gone", why="exit 1"),
            member("c", state="limit", why="5 hours")]  # fmt: skip
    standing_page._say_members(team, [], ["a asks: may I?", "b's agent is gone: exit 1", "a card of c: 5 hours"], 0.0)
    said = capsys.readouterr().out
    assert "c (limit): 5 hours" in said and "may I?" not in said and "exit 1" not in said


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    monkeypatch.setattr(screen, "size", lambda: (80, 24))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert all(cell_len(line) <= 80 for line in lines)
    return lines


LONG = "frontend-engineer-10"


@pytest.mark.usefixtures("usual")
def test_of_a_table_too_wide_for_the_terminal_nothing_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """(It said `fo` over a 12, which was 12m.)"""
    busy = member(LONG, "working", card="t120", blocked=True, ahead=12, behind=120, dirty=12, verdict="conflict",
                  unread=12)  # fmt: skip
    columns = ("member", "state", "for", "card", "ahead", "behind", "dirty", "verdict", "unread")
    row = (busy.name, busy.state, "12m", "t120 blocked", "12", "120", "12", busy.verdict, "12")
    screen.table(columns, [row])
    head, only = shown(capsys)
    assert head.split() == [*columns] and only.split() == " ".join(row).split()


@pytest.mark.usefixtures("usual")
def test_a_column_that_nothing_stands_in_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    screen.table(("id", "owner", "card"), [("", "", "One"), ("", "", "Two")])
    assert shown(capsys) == ["id  card", "    One", "    Two"]


@pytest.mark.usefixtures("usual")
def test_what_is_said_of_a_row_stands_beside_it_where_there_is_room_and_else_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen.table(("id", "card"), [("t1", "One"), ("t2", "Two")], notes=["", "waits for t1"])
    assert shown(capsys) == ["id  card", "t1  One", "t2  Two   waits for t1"]
    titles = ["商品検索の速度を改善する" * 2, "Build the page on which a customer can change the address of a delivery"]
    notes = ["blocked: " + "why " * 20, ""]
    screen.table(("id", "card"), [("t1", titles[0]), ("t2", titles[1])], notes=notes)
    assert shown(capsys) == [
        "id  card", f"t1  {titles[0]}", f"      blocked: {'why ' * 16}".rstrip(), "      why why why why",
        f"t2  {titles[1]}",
    ]  # fmt: skip


@pytest.mark.usefixtures("usual")
def test_a_line_is_broken_between_words_and_a_path_never() -> None:
    path = ".batty/logs/" + "x" * 80
    assert screen.broken(f"verdict  {'word ' * 20}".rstrip(), 9) == [
        f"verdict  {'word ' * 14}".rstrip(), f"         {'word ' * 6}".rstrip()
    ]  # fmt: skip
    assert screen.broken(f"its log  {path}", 9) == [f"its log  {path}"]
    assert screen.broken("", 0) == [""]


def test_one_and_many() -> None:
    assert [screen.counted(number, "card") for number in (0, 1, 2)] == ["0 cards", "1 card", "2 cards"]


def test_the_headline_says_where_the_blocked_ones_are(scene: Scene) -> None:
    scene.run("install")
    scene.save(
        "## TODO\n- [ ] One [blocked:: why] ^t1\n- [ ] Two ^t2\n\n## IN PROGRESS\n- [x] Three (a) ^t3\n\n## DONE\n"
    )
    said = overview.headline(Look(project_map.find(scene.root)))
    assert ": 2 to do (1 blocked), 1 in progress, 0 done; trunk main at " in said


def test_on_a_terminal_the_board_shows_the_last_that_was_done(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.run("install")
    done = "".join(f"- [x] Card number {number} (a) ^t{number}\n" for number in range(1, 21))
    scene.save(f"## TODO\n\n## IN PROGRESS\n\n## DONE\n{done}")
    monkeypatch.chdir(scene.root)
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    short = CliRunner().invoke(board.command, []).output
    assert "DONE (20)" in short and "… 12 before these: `batty-hooks board --all`" in short
    assert "Card number 13" in short and "Card number 12" not in short
    assert "Card number 1 " in CliRunner().invoke(board.command, ["--all"]).output
