"""What grows while a team works, and what bounds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

from batty_hooks.moves import expire
from batty_hooks.rules import aging
from batty_hooks.rules.aging import DAY, File, Gone, Limit
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, pulls
from batty_hooks.state.githooks import guard
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import find
from batty_hooks.state.pulls import Pull

TABLE = table("bounds")
OLD = "Logs and verdicts are older than a month or a season"
LONG_LOG = "`events.jsonl` has grown to 8 MB, or is deleted while a card is at work"
FILES = "`ulimit -n 20`"
MAIL = "A card has landed half a year ago, and all that was said of it is read"
PAGE = [OLD, MAIL, LONG_LOG, FILES]


@pytest.fixture
def here(scene: Scene, alone: None) -> Scene:
    """A repository with an engineer, in which nobody but the test makes a move."""
    scene.run("install")
    scene.team("echo 2 > numbers/two && git add . && git commit -qm two")
    return scene


def test_what_is_old_goes_and_what_is_needed_stays(here: Scene) -> None:
    here.cards("- [ ] Two")
    here.step()
    assert here.lane("DONE")
    (here.root / ".batty/aged").write_text("")
    kept = {path for path in (here.root / ".batty").rglob("*") if path.is_file()}
    logs, verdicts = here.root / ".batty/logs", here.root / ".batty/verdicts"
    old = [logs / "20200101T000000-t0.log", verdicts / "0.json", verdicts / "commits/0.json"]
    for path in old:
        path.write_text("{}")
    (here.root / ".batty/members/engineer-1/ran/t0.brief.1.json").write_text("{}")
    old.append(here.root / ".batty/members/engineer-1/ran/t0.brief.1.json")
    before = time.time() - 100 * DAY
    for path in (*old, *verdicts.glob("*.json"), *logs.glob("*.log")):
        os.utime(path, (before, before))
    [verdict] = [path for path in kept if path.parent == verdicts and path.suffix == ".json"]
    told = here.run("gc", "--dry-run")
    assert [path.name for path in old if path.name not in told] == []
    assert all(path.exists() for path in old)
    os.utime(here.root / ".batty/aged", (before, before))
    here.step()
    assert not any(path.exists() for path in old)
    assert verdict.exists() and Path(json.loads(verdict.read_text())["log"]).exists()
    assert "0 files" in here.run("gc")
    TABLE.check(OLD, "they go by themselves, once a day, but for what the trunk, a waiting offer or an unread message "
                "stands on; `gc --dry-run` says which, `gc` does it now")  # fmt: skip


def test_the_head_of_a_pull_request_that_is_over_goes_once_the_trunk_holds_it(here: Scene) -> None:
    """Files first, then refs: killed in between, the refs go the next time."""
    project = find(here.root)
    team = project.team_file
    team.write_text(team.read_text() + "remote: {name: origin, land: pr}\n")
    here.git("switch", "-qc", "away")
    away = here.commit(here.root, {"numbers/away": "9\n"})
    here.git("switch", "-q", "main")
    tip = here.tip()
    pulls.put(project, Pull("t9", "batty/t9"))
    for key, commit in (("t1", tip), ("t2", away), ("t9", tip)):
        here.git("update-ref", pulls.head_ref(key), commit)
    look = Look(project)
    gone = aging.found(look)
    assert gone.refs == (pulls.head_ref("t1"),)
    expire.remove(project, gone)
    assert set(pulls.heads(project, "")) == {"t2", "t9"}


def test_what_was_read_goes_with_all_of_its_card(here: Scene) -> None:
    project = find(here.root)
    here.save("## TODO\n## IN PROGRESS\n- [x] Two (engineer-1) ^t2\n## DONE\n- [x] One (engineer-1) ^t1\n")
    here.git("switch", "-qc", "away")
    away = here.commit(here.root, {"numbers/away": "9\n"})
    here.git("switch", "-q", "main")
    for name, commit in (("t1/1", "main"), ("t2/1", "main"), ("t3/1", "main"), ("t4/1", away), ("b-x/1", "main")):
        here.git("update-ref", f"refs/batty/attempts/{name}-failed", commit)
    read = ["t1.brief.1", "t1.gate.1", "t2.brief.1", "t3.brief.1", "m1.2", "m3.4", "board.5", "b-x.gate.1"]
    for id in (*read, "t3.gate.1", "board.6"):
        inbox.send(project, Message(id, "batty-hooks", "engineer-1", id, id, "notice"))
    for id in read:
        inbox.confirm(project, "engineer-1", id, "FS" if id == "m3.4" else "S")
    for file in (project.ready / "nobody.json", project.spool / "1.2.nobody"):
        file.write_text("/nowhere\n")
    assert aging.found(Look(project)) == Gone()
    gone = aging.found(Look(project), time.time() + 200 * DAY)
    assert sorted(file.path.name.partition(":")[0] for file in gone.files if file.path.parent.name == "cur") == [
        "b-x.gate.1", "board.5", "m1.2", "t1.brief.1", "t1.gate.1",
    ]  # fmt: skip
    assert {file.path.name for file in gone.files} >= {"nobody.json", "1.2.nobody"}
    assert gone.refs == ("refs/batty/attempts/b-x/1-failed", "refs/batty/attempts/t1/1-failed")
    expire.remove(project, gone)
    assert aging.found(Look(project), time.time() + 200 * DAY) == Gone()
    TABLE.check(MAIL, "it goes, all of a card together, and then the refs of its attempts where the trunk holds their "
                "commits; what is unread, marked (F), or about a card still to be done stays")  # fmt: skip


def test_what_the_trunk_was_let_move_to_is_kept_to_a_megabyte(here: Scene) -> None:
    project = find(here.root)
    file = here.root / ".git/batty/let-pass"
    guard.shorten(project)
    before = file.read_text()
    file.write_text("0" * 40 + "\n")
    guard.shorten(project)
    assert file.read_text() == "0" * 40 + "\n"
    file.write_text(f"{'0' * 40}\n" * 26_000 + before)
    guard.shorten(project)
    assert file.stat().st_size < 70_000 and guard.was_let_pass(project, here.tip())


def test_the_log_is_deleted_in_the_middle_of_everything(here: Scene) -> None:
    here.cards("- [ ] Two")
    for moves in (("staff", "setup"), ("dispatch",), ("run_agent",), ("offer",), ("gate",), ("land",)):
        (here.root / ".batty/events.jsonl").unlink(missing_ok=True)
        here.run("step", *moves)
    here.step()
    assert here.lane("DONE") == ["- [x] Two (engineer-1) ^t1"]
    TABLE.check(LONG_LOG, "it goes on in a file that begins with the end of the old one, which is kept once as "
                "`events.1.jsonl`; the card lands as it would have")  # fmt: skip


def test_too_few_files_may_be_open(here: Scene) -> None:
    line = f"ulimit -n 20; exec {sys.executable} -m batty_hooks step --until-idle"
    here.cards("- [ ] Two")
    done = subprocess.run(["sh", "-c", line], cwd=here.root, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode in (0, 75) and "went wrong" not in said and "Traceback" not in said, said
    assert done.returncode == 0 or "ulimit -n" in said
    here.step()
    assert here.lane("DONE")
    TABLE.check(FILES, "where 20 do not do: exit 75 and one line that names the limit and `ulimit -n`; "
                "the next step goes on")  # fmt: skip


def _file(name: str, days: float, bytes: int = 1) -> File:
    return File(Path(name), days * DAY, bytes)


@pytest.mark.parametrize(
    ("files", "limit", "needed", "gone"),
    [
        ([_file("a", 31), _file("b", 29)], Limit(30), (), ["a"]),
        ([_file("a", 31)], Limit(30), (Path("a"),), []),
        ([_file("a", 3, 50), _file("b", 2, 50), _file("c", 4, 1)], Limit(30, 60), (), ["a", "c"]),
        ([_file("a", 0.5, 500), _file("b", 0.6, 500)], Limit(30, 60), (), []),
    ],
)
def test_what_may_go(files: list[File], limit: Limit, needed: tuple[Path, ...], gone: list[str]) -> None:
    assert [str(file.path) for file in aging.too_old(files, limit, needed)] == gone


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
