"""Worktrees that are ready to test: copies, links, setup commands and ports, for engineers and for the gate alike."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from scene import Scene, until, wait_for

ADDS = """
echo "10${2#t}" > "numbers/$2"
git add -A
git commit -qm "Add $2"
"""
IGNORED = "built/\n.venv/\n__pycache__/\n"


@pytest.fixture
def quiet(scene: Scene, alone: None) -> Scene:
    """A project with installed things and secrets in the primary checkout, in which only the test makes moves."""
    scene.commit(scene.root, {".gitignore": IGNORED, "requirements.txt": "one\n"}, "What is ignored")
    scene.install()
    (scene.root / ".env").write_text("SECRET=1\n")
    (scene.root / "node_modules").mkdir()
    (scene.root / "node_modules/lib.js").write_text("lib\n")
    return scene


def settle(scene: Scene, command: str | None, gate: str = "sh check.sh", engineers: int = 1, **worktrees: Any) -> None:
    """team.yaml with what worktrees get."""
    limits = worktrees.pop("gate_settings", {})
    scene.team(command, gate, engineers, **limits)
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text() + f"worktrees: {json.dumps(worktrees)}\n")


def counting(scene: Scene, then: str = "mkdir -p built; cp requirements.txt built/") -> tuple[str, Path]:
    """A setup command that notes where it ran, and the file it notes it in."""
    notes = scene.root.parent / "setups"
    return f'basename "$PWD" >> "{notes}"; {then}', notes


def files_of(scene: Scene, commit: str = "main") -> list[str]:
    return scene.git("ls-tree", "-r", "--name-only", commit).splitlines()


# --- the whole life ----------------------------------------------------------------------------------------


def test_engineer_and_gate_find_what_they_need_and_none_of_it_is_committed(quiet: Scene) -> None:
    setup, notes = counting(quiet)
    look = 'test "$(cat .env)" = SECRET=1; test "$(cat node_modules/lib.js)" = lib; test -f built/requirements.txt\n'
    settle(quiet, quiet.agent("adds", look + ADDS), f"set -e; {look} sh check.sh", setup=[setup], copy=[".env"],
           link=["node_modules"])  # fmt: skip
    quiet.cards("- [ ] Add a number", "- [ ] Add another")
    quiet.step()
    assert quiet.subjects()[2:] == ["Land t1: Add a number (engineer-1)", "Land t2: Add another (engineer-1)"]
    assert files_of(quiet) == [".gitignore", "check.sh", "numbers/one", "numbers/t1", "numbers/t2", "requirements.txt"]
    assert notes.read_text().split() == ["engineer-1", "gate-1"], "once for each worktree"
    assert quiet.git("status", "--porcelain", cwd=quiet.worktree("engineer-1")) == ""
    assert (quiet.worktree("engineer-1") / "node_modules").is_symlink()
    assert (quiet.worktree("engineer-1") / ".env").read_text() == "SECRET=1\n"
    assert [event["event"] for event in quiet.events()][:3] == ["worktree", "ready", "claimed"]
    quiet.run("uninstall", "--purge")
    assert (quiet.root / "node_modules/lib.js").read_text() == "lib\n", "behind a link nothing is removed"
    assert "node_modules" not in (quiet.root / ".git/info/exclude").read_text()


def test_setup_runs_again_when_the_files_it_depends_on_change(quiet: Scene) -> None:
    """The pip install of a card's own requirements, before its test; and for the next card of everybody."""
    setup, notes = counting(quiet, "mkdir -p built; cat requirements.txt >> built/pip")
    more = 'test -f built/pip; if [ "$2" = t1 ]; then echo two >> requirements.txt; fi\n'
    gate = 'test "$(cat built/pip)" = "$(cat requirements.txt)" && sh check.sh'
    settle(quiet, quiet.agent("adds", more + ADDS), gate, setup=[setup])
    quiet.cards("- [ ] Need a second package", "- [ ] Add another")
    quiet.step()
    assert len(quiet.subjects()) == 4, quiet.run("status", code=None)
    assert sorted(notes.read_text().split()) == ["engineer-1", "engineer-1", "gate-1"]
    # A branch that was made before asks for the old ones; nothing the new ones brought is left in the gate worktree.
    quiet.git("branch", "old", "main~2")
    quiet.git("worktree", "add", "-q", str(quiet.root.parent / "old"), "old")
    quiet.commit(quiet.root.parent / "old", {"requirements.txt": "one\nthree\n", "numbers/three": "3\n"})
    quiet.git("merge", "-q", "-X", "ours", "main", cwd=quiet.root.parent / "old")
    assert "old has landed" in quiet.run("merge", "old")
    assert notes.read_text().split()[3:] == ["gate-1"]


def test_an_idle_worktree_is_not_set_up_for_a_commit_it_is_going_to_leave(quiet: Scene) -> None:
    setup, notes = counting(quiet)
    look = 'test "$(cat built/requirements.txt)" = two\n'
    settle(quiet, quiet.agent("adds", look + ADDS), f"set -e; {look}", setup=[setup])
    quiet.step()
    quiet.commit(quiet.root, {"requirements.txt": "two\n"})
    quiet.step()
    assert notes.read_text().split() == ["engineer-1"]
    quiet.cards("- [ ] Add a number")
    quiet.step()
    assert quiet.subjects()[-1] == "Land t1: Add a number (engineer-1)"
    assert notes.read_text().split() == ["engineer-1", "engineer-1", "gate-1"]


def test_a_change_of_the_settings_or_of_a_copied_file_makes_ready_anew(quiet: Scene) -> None:
    setup, notes = counting(quiet, "mkdir -p built; cp .env built/env")
    gate = 'test "$(cat built/env)" = "$(cat .env)"'
    settle(quiet, quiet.agent("adds", ADDS), gate, setup=[setup], copy=[".env"])
    quiet.run("gate")
    quiet.step()
    assert sorted(notes.read_text().split()) == ["engineer-1", "gate-1"]
    (quiet.root / ".env").write_text("SECRET=2\n")
    quiet.step()
    assert notes.read_text().split()[2:] == ["engineer-1"]
    assert (quiet.worktree("engineer-1") / ".env").read_text() == "SECRET=2\n"
    settle(quiet, quiet.agent("adds", ADDS), gate, setup=[setup, "true"], copy=[".env"])
    quiet.cards("- [ ] Add a number")
    quiet.step()
    assert notes.read_text().split()[3:] == ["engineer-1", "gate-1"]
    assert len(quiet.subjects()) == 3


# --- failures ----------------------------------------------------------------------------------------------

BREAKS = """
cp "$1" "../../../$(basename "$1").txt"
if [ -f numbers/$2 ]; then echo one > requirements.txt; else echo broken > requirements.txt; fi
echo "10${2#t}" > numbers/$2
git add -A
git commit -qm "Attempt"
"""
CHECKS = "for i in $(seq 80); do echo line $i; done; mkdir -p built; ! grep -q broken requirements.txt"


def test_a_candidate_that_breaks_the_setup_goes_back_with_its_last_lines(quiet: Scene) -> None:
    settle(quiet, quiet.agent("breaks", BREAKS), setup=[CHECKS])
    quiet.cards("- [ ] Add a number")
    quiet.step()
    assert quiet.subjects()[2:] == ["Land t1: Add a number (engineer-1)"], quiet.run("status", code=None)
    report = (quiet.root / "t1.gate.1.txt").read_text()
    assert (
        "FAILED the setup of the worktree failed, `for i in $(seq 80); do echo line $i; done; mkdir -p built; …"
        in report
    )
    assert "…` ended with exit 1: it depends on" in report
    assert "it depends on requirements.txt, changed here" in report
    assert "line 80\n" in report and "line 40\n" in report and "line 20\n" not in report
    assert "Attempt: 2" in quiet.git("log", "-1", "--format=%B", "main")


def test_a_setup_that_fails_by_itself_in_the_gate_blames_nobody(quiet: Scene) -> None:
    down = quiet.root.parent / "down"
    settle(quiet, None, setup=[f"! test -e '{down}' || {{ echo no network; exit 5; }}"])
    down.touch()
    quiet.git("worktree", "add", "-q", str(quiet.root.parent / "agent-1"), "-b", "agent-1/two")
    quiet.commit(quiet.root.parent / "agent-1", {"numbers/two": "2\n"})
    said = quiet.run("merge", "agent-1/two", code=1)
    assert "the setup of the worktree failed" in said and "ended with exit 5" in said
    assert "nothing here changes what it depends on" in said and "batty-hooks gate" in said
    assert quiet.git("for-each-ref", "refs/batty/attempts") == ""
    [need] = quiet.json("status")["needs_you"]
    assert "ended with exit 5" in need["what"]
    down.unlink()
    quiet.run("gate", "agent-1/two")
    quiet.step()
    assert quiet.subjects()[2:] == ["Land agent-1/two"]


def test_a_setup_that_fails_for_an_engineer_needs_you_and_is_tried_again_by_a_command(quiet: Scene) -> None:
    down = quiet.root.parent / "down"
    down.touch()
    setup, notes = counting(quiet, f"! test -e '{down}' || {{ echo no network; exit 5; }}")
    settle(quiet, quiet.agent("adds", ADDS), setup=[setup])
    quiet.cards("- [ ] Add a number")
    quiet.step()
    assert quiet.lane("TODO") == ["- [ ] Add a number"], "nobody is ready for it"
    assert notes.read_text().split() == ["engineer-1"], "it is not tried over and over"
    [need] = quiet.json("status")["needs_you"]
    assert "engineer-1's worktree is not ready" in need["what"] and "ended with exit 5" in need["what"]
    assert need["command"] == "batty-hooks ready engineer-1  (once that is mended)"
    log = Path(need["what"].rpartition("(log: ")[2].rstrip(")"))
    assert "no network" in log.read_text()
    said = quiet.run("ready", "engineer-1", code=1)
    assert "not ready" in said and "no network" in said
    down.unlink()
    assert "engineer-1's worktree is ready" in quiet.run("ready", "engineer-1")
    quiet.step()
    assert quiet.subjects()[2:] == ["Land t1: Add a number (engineer-1)"]


def test_a_setup_that_leaves_files_git_does_not_ignore(quiet: Scene) -> None:
    """Every report of this engineer would be refused, and `git add -A` would commit them: it is said at once."""
    settle(quiet, quiet.agent("adds", ADDS), setup=["mkdir -p left/over; echo x > left/over/x"])
    quiet.cards("- [ ] Add a number")
    quiet.step()
    [need] = quiet.json("status")["needs_you"]
    assert "the setup leaves files that git does not ignore: left/" in need["what"]
    quiet.commit(quiet.root, {".gitignore": f"{IGNORED}left/\n"})
    assert quiet.json("status")["needs_you"] == []
    quiet.step()
    assert quiet.subjects()[-1] == "Land t1: Add a number (engineer-1)"


def test_a_setup_that_changes_tracked_files_does_not_change_what_is_tested(quiet: Scene) -> None:
    setup, notes = counting(quiet, "echo changed > requirements.txt; mkdir built")
    settle(quiet, quiet.agent("adds", ADDS), 'test "$(cat requirements.txt)" = one', setup=[setup])
    quiet.cards("- [ ] Add a number", "- [ ] Add another")
    quiet.step()
    assert len(quiet.subjects()) == 4, quiet.run("status", code=None)
    assert quiet.show("requirements.txt") == "one"
    assert notes.read_text().split() == ["engineer-1", "gate-1"]
    [event] = [event for event in quiet.events() if event["event"] == "ready"]
    assert event["text"] == "the setup changed what git tracks: put back requirements.txt"


def test_a_setup_that_litters_a_gate_worktree_runs_before_each_test(quiet: Scene) -> None:
    """What git does not ignore goes after each run, so what the setup made has to be made again; `doctor` says so."""
    setup, notes = counting(quiet, "mkdir left; touch left/over")
    settle(quiet, None, "test -f left/over", setup=[setup])
    for number in (2, 3):
        place = quiet.root.parent / f"agent-{number}"
        quiet.git("worktree", "add", "-q", str(place), "-b", f"agent-{number}/more")
        quiet.commit(place, {f"numbers/{number}": f"{number}\n"})
        assert "has landed" in quiet.run("merge", f"agent-{number}/more")
    assert notes.read_text().split() == ["gate-1", "gate-1"]
    said = quiet.run("doctor", code=1)
    assert "gate-1: the setup leaves files that git does not ignore: left/" in said
    assert "runs anew before each test" in said


def test_a_setup_that_is_cancelled_is_no_verdict_and_is_made_again(
    quiet: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer commit ends the early test of an older one, and so it ends the setup before that test."""
    go = quiet.root.parent / "go"
    setup, notes = counting(quiet, f"mkdir -p built; {until(go)}; touch built/whole")
    settle(quiet, None, "test -f built/whole", setup=[setup])
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/more")
    stepping = quiet.begin("watch")
    try:
        quiet.commit(place, {"numbers/two": "2\n"})
        wait_for(lambda: (quiet.root / ".batty/worktrees/gate-1/built").exists())
        (quiet.root / ".batty/worktrees/gate-1/built/cache").touch()
        quiet.commit(place, {"numbers/three": "3\n"})
        wait_for(lambda: len(notes.read_text().split()) == 2)
        assert not (quiet.root / ".batty/worktrees/gate-1/built/cache").exists()
        go.touch()
        wait_for(lambda: [event["event"] for event in quiet.events()] == ["ended in vain", "gate passed"])
    finally:
        stepping.terminate()
        stepping.wait()


def test_a_setup_that_never_ends_is_stopped_with_all_its_children(quiet: Scene) -> None:
    pids = quiet.root.parent / "pids"
    hangs = f"sleep 600 & echo $! > '{pids}'; wait"
    settle(quiet, quiet.agent("adds", ADDS), setup=[hangs], gate_settings={"timeout": 1})
    quiet.step()
    [need] = quiet.json("status")["needs_you"]
    assert "was stopped after" in need["what"]
    assert not Path(f"/proc/{pids.read_text().strip()}").exists()


def test_a_killed_step_leaves_no_setup_behind_and_the_next_makes_it_again(quiet: Scene) -> None:
    go, pids = quiet.root.parent / "go", quiet.root.parent / "pids"
    setup = f"echo $$ >> '{pids}'; mkdir -p built; {until(go)}"
    settle(quiet, quiet.agent("adds", ADDS), setup=[setup])
    quiet.cards("- [ ] Add a number")
    stepping = quiet.begin("step", "--until-idle")
    wait_for(lambda: pids.exists() and pids.read_text().endswith("\n"))
    wait_for(lambda: json.loads((quiet.root / ".batty/ready/engineer-1.json").read_text())["group"])
    stepping.send_signal(signal.SIGKILL)
    stepping.wait()
    first = pids.read_text().split()[0]
    go.touch() if not Path(f"/proc/{first}").exists() else None
    again = quiet.begin("step", "--until-idle")
    wait_for(lambda: len(pids.read_text().split()) == 2)
    assert not Path(f"/proc/{first}").exists(), "what the killed one left was ended first"
    go.touch()
    assert again.wait() == 0
    assert quiet.subjects()[2:] == ["Land t1: Add a number (engineer-1)"]


def test_a_long_setup_holds_up_its_own_member_and_nobody_else(quiet: Scene) -> None:
    go = quiet.root.parent / "go"
    slow = f"""case "$PWD" in *engineer-1) {until(go)};; esac"""
    settle(quiet, quiet.agent("adds", ADDS), engineers=2, setup=[slow])
    quiet.cards("- [ ] Add a number")
    stepping = quiet.begin("step", "--until-idle")
    wait_for(lambda: len(quiet.subjects()) == 3)
    assert "(engineer-2)" in quiet.subjects()[2]
    assert stepping.poll() is None, "it waits for the setup that is going on"
    rows = {row["name"]: row["state"] for row in quiet.json("status")["members"]}
    assert rows["engineer-1"] == "setting up"
    go.touch()
    assert stepping.wait() == 0


# --- what is there already, and what is not ----------------------------------------------------------------


def test_nothing_tracked_and_nothing_of_somebodys_is_overwritten(quiet: Scene) -> None:
    quiet.commit(quiet.root, {"settings.ini": "tracked\n"})
    settle(quiet, quiet.agent("adds", ADDS))
    quiet.run("step", "staff")
    own = quiet.worktree("engineer-1")
    (own / ".env").write_text("mine\n")
    (own / "node_modules").mkdir()
    (quiet.root / "settings.ini").write_text("changed in the primary checkout\n")
    settle(
        quiet, quiet.agent("adds", ADDS), copy=[".env", "settings.ini", "gone.txt"], link=["node_modules", "check.sh"]
    )
    quiet.step()
    assert (own / ".env").read_text() == "mine\n" and not (own / "node_modules").is_symlink()
    assert (own / "settings.ini").read_text() == "tracked\n" and not (own / "check.sh").is_symlink()
    [event] = [event for event in quiet.events() if event["event"] == "ready"]
    assert event["text"].split("; ") == [
        ".env is there already, and is no unchanged copy of ours: left as it is",
        "settings.ini is tracked by git here: left as it is",
        f"gone.txt is not in {quiet.root}: not brought",
        "node_modules is there already, and is not our link: left as it is",
        "check.sh is tracked by git here: left as it is",
    ]
    assert f"gone.txt is not in {quiet.root}: not brought" in quiet.run("doctor", code=1)


def test_what_a_run_does_to_copies_and_links_does_not_reach_the_next(quiet: Scene) -> None:
    setup, notes = counting(quiet, "mkdir -p built; echo PORT=1 >> .env.test")
    gate = """set -e
        test "$(cat .env)" = SECRET=1; test -L node_modules; test "$(wc -l < .env.test)" = 2; test ! -e left
        echo spoilt > .env; echo more >> .env.test; rm node_modules; mkdir node_modules; echo x > left"""
    (quiet.root / ".env.test").write_text("TEST=1\n")
    settle(quiet, None, gate, setup=[setup], copy=[".env", ".env.test"], link=["node_modules"])
    for number in (2, 3):
        place = quiet.root.parent / f"agent-{number}"
        quiet.git("worktree", "add", "-q", str(place), "-b", f"agent-{number}/more")
        quiet.commit(place, {f"numbers/{number}": f"{number}\n"})
        assert "has landed" in quiet.run("merge", f"agent-{number}/more")
    assert (quiet.root / ".env").read_text() == "SECRET=1\n" and (quiet.root / "node_modules/lib.js").exists()
    assert notes.read_text().split() == ["gate-1"] * 2, "the setup had changed a copy that the run spoilt"


def test_a_candidate_may_track_what_others_get_as_a_link_or_copy(quiet: Scene) -> None:
    gate = 'test "$(cat node_modules/lib.js)" = "$(cat wanted 2>/dev/null || echo lib)"'
    settle(quiet, None, gate, copy=[".env"], link=["node_modules"])
    for name, files in (("one", {"numbers/two": "2\n"}), ("two", {"wanted": "own\n", "node_modules/lib.js": "own\n"})):
        place = quiet.root.parent / name
        quiet.git("worktree", "add", "-q", str(place), "-b", name)
        quiet.commit(place, files) if name == "one" else None
        if name == "two":
            for path, text in files.items():
                (place / path).parent.mkdir(exist_ok=True)
                (place / path).write_text(text)
            quiet.git("add", "-f", ".", cwd=place)
            quiet.git("commit", "-qm", "Our own", cwd=place)
        quiet.run("gate", name)
    assert (quiet.root / "node_modules/lib.js").read_text() == "lib\n", "nothing is written through the link"


def test_a_clean_that_takes_everything_away_is_made_good_before_the_next_card(quiet: Scene) -> None:
    cleans = "test -f built/x; test -f .env; " + ADDS + "\ngit clean -qffdx\n"
    settle(quiet, quiet.agent("adds", cleans), setup=["mkdir built; touch built/x"], copy=[".env"])
    quiet.cards("- [ ] Add a number", "- [ ] Add another")
    quiet.step()
    assert len(quiet.subjects()) == 4, quiet.run("status", code=None)


# --- ports -------------------------------------------------------------------------------------------------


def test_every_worktree_has_ports_of_its_own_and_everybody_is_told(quiet: Scene) -> None:
    told = quiet.root.parent / "told"
    say = f"""echo "$(basename "$PWD") $BATTY_PORT $BATTY_PORT_1 $BATTY_PORT_2 $BATTY_PORT_3" >> '{told}'"""
    settle(quiet, quiet.agent("adds", say + ADDS), f"{say}; sh check.sh", engineers=2, setup=[say], ports=3)
    quiet.cards("- [ ] Add a number", "- [ ] Add another")
    quiet.step()
    lines = set(told.read_text().splitlines())
    assert len(lines) == 3, "setup, agent and test of a worktree are told the same"
    ports: set[int] = set()
    for line in lines:
        name, first, *block = line.split()
        assert [int(port) for port in block] == list(range(int(first), int(first) + 3))
        assert not ports & set(map(int, block))
        ports |= set(map(int, block))
        assert f"BATTY_PORT_3={block[2]}\n" in (quiet.root / f".batty/ready/{name}.env").read_text()
    [brief] = (quiet.root / ".batty/inboxes").glob("*/*/t1.brief*")
    own = next(line for line in lines if line.startswith(brief.parent.parent.name)).split()[2:]
    assert f"Ports of your own: {', '.join(own)}" in brief.read_text()


# --- a person's own ----------------------------------------------------------------------------------------


def test_a_person_makes_his_own_worktree_ready(quiet: Scene) -> None:
    settle(quiet, None, setup=["mkdir built; touch built/x"], copy=[".env"], link=["node_modules"], ports=2)
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    quiet.step()
    assert not (place / ".env").exists(), "nobody touches it unasked"
    assert "agent-1's worktree is ready" in quiet.run("ready", cwd=place)
    assert (place / ".env").exists() and (place / "node_modules/lib.js").exists() and (place / "built/x").exists()
    assert quiet.git("status", "--porcelain", cwd=place) == ""
    assert "this is the primary checkout" in quiet.run("ready", code=1)
    settle(quiet, None)
    assert "nothing is said of what a worktree gets" in quiet.run("ready", cwd=place, code=1)


def test_a_verdict_holds_for_the_copies_it_was_found_with(quiet: Scene) -> None:
    settle(quiet, None, 'test "$(cat .env)" = SECRET=2', copy=[".env"])
    quiet.git("worktree", "add", "-q", str(quiet.root.parent / "agent-1"), "-b", "agent-1/two")
    quiet.commit(quiet.root.parent / "agent-1", {"numbers/two": "2\n"})
    quiet.run("gate", "agent-1/two", code=1)
    (quiet.root / ".env").write_text("SECRET=2\n")
    assert "agent-1/two has landed" in quiet.run("merge", "agent-1/two")


def test_a_disk_path_that_is_no_worktree_of_ours(quiet: Scene) -> None:
    """An engineer's worktree that a person made elsewhere is his own business: he gets his brief there."""
    settle(quiet, quiet.agent("adds", ADDS), setup=["exit 1"])
    quiet.git("worktree", "add", "-q", str(quiet.root.parent / "engineer-1"), "-b", "engineer-1/t1-mine")
    quiet.cards("- [ ] Add a number")
    quiet.step("staff", "setup", "dispatch")
    # (t1 is in the name of a branch that was there before: it is not given again)
    assert [name for name in quiet.messages("engineer-1") if name.startswith("t2.brief")]
    assert os.path.lexists(quiet.root.parent / "engineer-1/kanban.md")
