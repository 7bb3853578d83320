"""What happens when things go wrong round a test run: each has a stated outcome (docs/gate.md), nobody is charged for
what is not his doing, nothing is lost, and the next step goes on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scene import Scene, until, wait_for

from batty_hooks.state import queue
from batty_hooks.system import bounded, descendants, process

LANDED = ["A project", "Land agent-1/two"]


def reported(scene: Scene, text: str = "2\n") -> Path:
    """A worktree with one commit in it, reported done."""
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.commit(place, {"numbers/two": text})
    scene.run("done", cwd=place)
    return place


def gate(scene: Scene, line: str, **more: object) -> Path:
    """Set a test command of many lines; gives a directory that it knows as $out."""
    out = scene.root.parent / "out"
    out.mkdir(exist_ok=True)
    script = scene.root.parent / "gate.sh"
    script.write_text(f"out='{out}'\nroot='{scene.root}'\n{line}\n")
    scene.team(None, f"sh '{script}'", **more)
    return out


def once(line: str) -> str:
    """Shell: ``line`` in the first run only, then the project's own test."""
    return f'if ! [ -e "$out/been" ]; then touch "$out/been"; {line}; fi; sh check.sh'


def nobody_was_charged(scene: Scene) -> bool:
    back = [event for event in scene.events() if event["event"].startswith("handed back")]
    return scene.git("for-each-ref", "refs/batty/attempts") == "" and not back


def queued(scene: Scene) -> list[str]:
    return [path.stem for path in (scene.root / ".batty/queue").glob("*.json")]


def alive(file: Path) -> bool:
    return bool(process.birth(int(file.read_text())))


def message(scene: Scene, member: str, part: str) -> str:
    [name] = [name for name in scene.messages(member) if part in name]
    [path] = (scene.root / ".batty/inboxes" / member).glob(f"*/{name}")
    return path.read_text()


# --- processes ---------------------------------------------------------------------------------------------

HIDES = "setsid sh -c 'echo $$ > \"'$out'/pid\"; exec sleep 600' & until [ -s $out/pid ]; do sleep 0.01; done; "


@pytest.mark.parametrize("ending", ["red", "at the time limit"])
def test_a_daemon_that_a_test_leaves_is_ended(quiet: Scene, ending: str) -> None:
    """(However the command ends: system/process_test.)"""
    out = gate(
        quiet,
        HIDES + {"red": "exit 1", "at the time limit": "sleep 600"}[ending],
        timeout=6 if ending == "at the time limit" else 60,
    )
    reported(quiet)
    quiet.run("step", "gate")
    assert not alive(out / "pid")
    [verdict] = [event for event in quiet.events() if event["event"].startswith("gate ")]
    assert verdict["event"] == ("gate failed" if ending == "red" else "gate timeout")


@pytest.mark.parametrize("killed", ["the tester", "the tester and its supervisor"])
def test_what_a_killed_tester_left_is_ended_before_the_next_test(quiet: Scene, killed: str) -> None:
    out = gate(quiet, once(HIDES + "sleep 600"))
    reported(quiet)
    with quiet.begin("step") as stepping:
        wait_for(lambda: (out / "pid").exists() and (out / "pid").read_text())
        if "supervisor" in killed:
            own = descendants.table()[int((out / "pid").read_text())].variable(descendants.MARK)
            os.kill(int(own.rpartition(",")[2].partition(".")[0]), signal.SIGKILL)
        stepping.kill()
    assert quiet.json("status")["queue"][0]["stage"] == "waiting", "nobody tests it any more"
    quiet.run("step")
    assert not alive(out / "pid")
    assert quiet.subjects() == LANDED and nobody_was_charged(quiet)


def test_a_run_nobody_needs_any_more_ends_with_all_its_children(quiet: Scene) -> None:
    """The engineer reports again while the first report is being tested."""
    out = gate(quiet, once(HIDES + "sleep 600"))
    place = reported(quiet)
    with quiet.begin("step", "--until-idle") as stepping:
        wait_for(lambda: (out / "pid").exists() and (out / "pid").read_text())
        quiet.commit(place, {"numbers/two": "22\n"})
        quiet.run("done", cwd=place)
        assert stepping.wait() == 0
    assert not alive(out / "pid")
    assert quiet.subjects() == LANDED and quiet.show("numbers/two") == "22" and nobody_was_charged(quiet)


@pytest.mark.parametrize("asleep", ["BATTY_NO_WAKE", "BATTY_GATE", ""])
def test_whom_an_agents_commit_wakes_outlives_the_agent(quiet: Scene, asleep: str) -> None:
    """The wake descends from the agent's command, but works for everybody. From inside a test nobody is woken."""
    place, woken = quiet.worktree("agent-1"), quiet.root.parent / "woken"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    launcher = quiet.root / ".batty/bin/batty-hooks"
    launcher.write_text(f"#!/bin/sh\necho $$ > '{woken}'.new; mv '{woken}'.new '{woken}'; exec sleep 600\n")
    line = "git commit -q --allow-empty -m work; " + ("" if asleep else until(woken))
    environment = process.clean_environment({asleep: "1"} if asleep else {}, drop=["BATTY_NO_WAKE"])
    assert process.run_user(line, place, quiet.root.parent / "log", environment, spare=True).exit == 0
    assert woken.exists() == (not asleep)
    if woken.exists():
        assert alive(woken)
        os.kill(int(woken.read_text()), signal.SIGKILL)


# --- output ------------------------------------------------------------------------------------------------


RED_WITH_TWO = "[ -e numbers/two ] || exit 0\n"  # the trunk itself is green


def test_very_much_output_keeps_the_first_failure_and_the_last_lines(quiet: Scene) -> None:
    gate(quiet, RED_WITH_TWO + "echo 'FAILED the first'; yes abcdefghi | head -c 20M; seq 80; exit 1")
    reported(quiet)
    quiet.step()
    [back] = [event for event in quiet.events() if event["event"] == "handed back: failed"]
    assert back["text"] == "FAILED the first"
    log = Path(back["log"])
    assert log.stat().st_size < bounded.HEAD + bounded.TAIL + 100
    assert "MB of output are left out here]" in log.read_text()
    report = message(quiet, "agent-1", ".gate.1").splitlines()
    assert [str(number) for number in range(31, 81)] == report[report.index("31") : report.index("80") + 1]


def test_output_without_newlines_and_that_is_no_text_makes_a_message_one_can_read(quiet: Scene) -> None:
    """(Each alone, in the log: system/process_test.)"""
    gate(quiet, f"{RED_WITH_TWO}tr '\\0' x < /dev/zero | head -c 3000000; head -c 300000 /dev/urandom; exit 1")
    reported(quiet)
    quiet.step()
    report = message(quiet, "agent-1", ".gate.1")
    assert len(report) < 300_000 and "\x1b" not in report and "\0" not in report
    assert "batty-hooks done" in report and "log: " in report
    assert "failed its test" in quiet.run("read", cwd=quiet.root.parent / "agent-1")


# --- the disk ----------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path, alone: None) -> Iterator[Scene]:
    """A project on a file system of 12 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"only root may mount: {mounted.stderr.decode().strip()}")
    try:
        yield Scene(disk / "project").create().install()
    finally:
        os.chdir("/")
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_doctor_sees_what_cannot_be_written(small: Scene) -> None:
    disk = small.root.parent
    with open(disk / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(1 << 16))
    full = small.run("doctor", code=1)
    assert full.count("cannot be written: No space left on device") == 2 and "free some space" in full
    (disk / "ballast").unlink()
    assert "cannot be written" not in small.run("doctor", code=None)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    locked = small.run("doctor", code=1)
    assert f"{small.root}/.batty cannot be written: Read-only file system" in locked
    assert f"{small.root}/.git cannot be written: Read-only file system" in locked


FILL = '{ cat /dev/zero > "$root/../ballast"; } 2>/dev/null'


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(f"{FILL}; echo 'No space'; exit 1", id="and the test fails"),
        pytest.param(f"yes | head -c 3M; {FILL}; yes | head -c 30M; exit 1", id="in the middle of its output"),
        pytest.param(f"sh check.sh; {FILL}; exit 0", id="when the verdict is to be written"),
    ],
)
def test_a_disk_that_is_full_in_the_middle_of_a_run(small: Scene, at: str) -> None:
    gate(small, once(at))
    reported(small)
    said = small.run("step", code=75)
    assert "full" in said or "No space left" in said
    assert "→ " in said and small.subjects() == ["A project"]
    assert queued(small) == [queue.branch_key("agent-1/two")] and nobody_was_charged(small)
    assert list((small.root / ".batty/verdicts").glob("*.json")) == []
    (small.root.parent / "ballast").unlink()
    small.run("step")
    assert small.subjects() == LANDED and nobody_was_charged(small)


# --- the shell and the command -----------------------------------------------------------------------------


def test_a_missing_shell_is_said_in_one_line(quiet: Scene) -> None:
    """/bin/sh cannot be started for the length of one step: covered by a file that is no program."""
    reported(quiet)
    cover = f"mount --bind /dev/null '{Path('/bin/sh').resolve()}' && exec '{sys.executable}' -m batty_hooks step"
    line = ["unshare", "--mount", "bash", "-c", cover]
    if subprocess.run([*line[:-1], "mount --bind /dev/null /dev/null"], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount")
    done = subprocess.run(line, cwd=quiet.root, capture_output=True, text=True, check=False)
    # git says it first, if it has a hook of ours to run; then nothing comes to a test (for that, see process_test.py).
    assert done.returncode == 1 and "Permission denied" in done.stderr
    assert "→ " in done.stderr and "Traceback" not in done.stderr
    assert nobody_was_charged(quiet) and queued(quiet) == [queue.branch_key("agent-1/two")]
    quiet.run("step")
    assert quiet.subjects() == LANDED


def test_a_test_command_that_cannot_be_started_is_nobodys_failure(quiet: Scene) -> None:
    """Which those are: system/process_test."""
    quiet.team(None, "no-such-program --test")
    reported(quiet)
    quiet.step()
    assert nobody_was_charged(quiet) and quiet.subjects() == ["A project"]
    assert "agent-1/two: the test command could not be started" in quiet.run("status", code=1)
    said = quiet.run("merge", "agent-1/two", code=1)
    assert "the test command could not be started: no-such-program --test" in said
    quiet.team(None)
    quiet.step()
    assert quiet.subjects() == LANDED


@pytest.mark.parametrize(
    ("line", "passes"),
    [("exec >&- 2>&-; true", True), ("exec < /dev/tty; sh check.sh", False)],
)
def test_ways_for_a_test_command_to_behave_badly(quiet: Scene, line: str, passes: bool) -> None:
    """(More of them: system/process_test.)"""
    gate(quiet, line)
    reported(quiet)
    quiet.step()
    assert quiet.subjects() == (LANDED if passes else ["A project"])
    [first, *_] = [event["event"] for event in quiet.events() if event["event"].startswith("gate ")]
    assert first == ("gate passed" if passes else "gate failed")


def test_a_test_command_that_kills_what_runs_it_gives_no_verdict(quiet: Scene) -> None:
    been = quiet.root.parent / "been"
    quiet.team(None, f"[ -e '{been}' ] || {{ touch '{been}'; kill -9 $PPID; sleep 600; }}; sh check.sh")
    reported(quiet)
    assert "no verdict: the run was ended from outside" in quiet.run("step", code=75)
    assert nobody_was_charged(quiet)
    quiet.run("step")
    assert quiet.subjects() == LANDED


# --- the trunk moves while a test runs ---------------------------------------------------------------------


def test_a_trunk_that_a_person_resets_back_in_the_middle_of_a_test(quiet: Scene) -> None:
    quiet.commit(quiet.root, {"numbers/nine": "9\n"}, "A commit to be taken back")
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/two", "main~1")
    quiet.commit(place, {"numbers/two": "2\n"})
    quiet.run("done", cwd=place)
    gate(quiet, once('git -C "$root" reset -q --keep main~1'))
    quiet.step()
    assert quiet.subjects() == LANDED and nobody_was_charged(quiet)
    assert not (quiet.root / "numbers/nine").exists() and (quiet.root / "numbers/two").exists()


def test_a_trunk_that_is_deleted_in_the_middle_of_a_test(quiet: Scene) -> None:
    tip = quiet.tip()
    out = gate(quiet, once('git -C "$root" update-ref -d refs/heads/main') + '; echo ran >> "$out/runs"')
    reported(quiet)
    said = quiet.run("step", code=1)
    assert "the trunk 'main' is gone" in said and f"→ git branch main {tip[:12]}  (or, if it is called" in said
    assert "the trunk 'main' is gone" in quiet.run("status", code=1)
    assert queued(quiet) == [queue.branch_key("agent-1/two")] and nobody_was_charged(quiet)
    quiet.git("branch", "main", tip)
    quiet.run("step")
    assert quiet.subjects() == LANDED
    assert (out / "runs").read_text() == "ran\n", "the verdict was kept: the tree is the same"


# --- worktrees are deleted by hand -------------------------------------------------------------------------


def away(scene: Scene, place: Path, prune: bool) -> None:
    subprocess.run(["rm", "-rf", str(place)], check=True)
    if prune:
        scene.git("worktree", "prune")


def test_an_engineers_worktree_deleted_after_the_report(quiet: Scene) -> None:
    away(quiet, reported(quiet), prune=False)
    quiet.run("step")
    assert quiet.subjects() == LANDED


@pytest.mark.parametrize("prune", [True, False], ids=["pruned", "not pruned"])
def test_a_gate_worktree_deleted_between_two_tests(quiet: Scene, prune: bool) -> None:
    quiet.run("gate")
    place = quiet.worktree("gate-1")
    assert (place / "check.sh").exists()
    away(quiet, place, prune)
    reported(quiet)
    quiet.run("step")
    assert quiet.subjects() == LANDED


@pytest.mark.parametrize(
    "how",
    [
        'rm -rf "$PWD"; git -C "$root" worktree prune',
        'rm -rf "$PWD"; mkdir "$PWD"',
        "rm -rf ./.git ./*",
        'mv "$PWD" "$out/elsewhere"',
    ],
)
def test_a_gate_worktree_deleted_while_a_test_runs_in_it(quiet: Scene, how: str) -> None:
    gate(quiet, once(how))
    reported(quiet)
    quiet.run("step")
    assert quiet.subjects() == LANDED and nobody_was_charged(quiet)


def test_the_worktree_of_an_idle_engineer_is_made_anew(quiet: Scene) -> None:
    quiet.team(quiet.agent("adds", 'echo 5 > numbers/five; git add numbers; git commit -qm "Add five"\n'))
    quiet.run("step", "staff")
    away(quiet, quiet.worktree("engineer-1"), prune=False)
    quiet.cards("- [ ] Add five")
    quiet.step()
    assert quiet.subjects() == ["A project", "Land t1: Add five (engineer-1)"]


def test_the_worktree_of_an_engineer_at_work_is_deleted(quiet: Scene) -> None:
    """What was committed counts: the branch outlives its worktree."""
    work = 'echo 5 > numbers/five; git add numbers; git commit -qm "Add five"; rm -rf "$PWD"\n'
    quiet.team(quiet.agent("deletes", work))
    quiet.cards("- [ ] Add five")
    quiet.step()
    assert quiet.subjects() == ["A project", "Land t1: Add five (engineer-1)"]
    assert (quiet.worktree("engineer-1") / "check.sh").exists(), "it is made anew"


# --- the branch moves after the report ---------------------------------------------------------------------


MOVES: dict[str, tuple[Callable[[Scene, Path], object], str]] = {
    "forced elsewhere": (
        lambda scene, place: scene.git("reset", "-q", "--hard", "main", cwd=place),
        "agent-1/two has been moved to ",
    ),
    "deleted": (
        lambda scene, place: [
            scene.git(*words.split(), cwd=place) for words in ("switch -q --detach", "branch -D agent-1/two")
        ],
        "agent-1/two has been deleted since",
    ),
    "worked on": (
        lambda scene, place: scene.commit(place, {"numbers/three": "three\n"}),
        "agent-1/two has newer commits, up to ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "red"), [("forced elsewhere", False), ("deleted", False), ("worked on", False), ("worked on", True)]
)
def test_a_branch_that_moves_after_its_report(quiet: Scene, how: str, red: bool) -> None:
    """The commit that was reported is pinned: it is tested, and lands or comes back; its engineer is told."""
    place = reported(quiet, "two\n" if red else "2\n")
    commit = quiet.git("rev-parse", "HEAD", cwd=place)
    move, words = MOVES[how]
    move(quiet, place)
    quiet.step()
    told = message(quiet, "agent-1", ".gate.1" if red else ".landed.")
    assert f"What counts is {commit[:10]}, the commit that was reported. {words}" in " ".join(told.split())
    if red:
        assert quiet.git("rev-parse", f"refs/batty/attempts/{queue.branch_key('agent-1/two')}/1-failed") == commit
    else:
        assert quiet.subjects() == LANDED and quiet.git("rev-parse", "main^2") == commit
        assert quiet.git("branch", "--list", "agent-1/two", "--format=%(refname:short)") == (
            "" if how == "deleted" else "agent-1/two"
        )


def test_a_branch_that_stays_is_not_spoken_of(quiet: Scene) -> None:
    reported(quiet)
    quiet.run("step")
    assert "What counts" not in message(quiet, "agent-1", ".landed.")


# --- what is checked out at the report ---------------------------------------------------------------------


def test_a_command_that_leaves_a_detached_head_is_told(quiet: Scene) -> None:
    """It may be in the middle of a rebase: half of the work is not to land."""
    work = """
case $1 in *incomplete*|*report*) git switch -q engineer-1/t1-add-five; exit 0;; esac
echo 5 > numbers/five; git add numbers; git commit -qm "Add five"
git switch -q --detach
"""
    quiet.team(quiet.agent("detaches", work))
    quiet.cards("- [ ] Add five")
    quiet.step()
    [event] = [event for event in quiet.events() if event["event"] == "not taken"]
    assert event["text"].startswith("HEAD is detached in engineer-1's worktree: finish the rebase")
    assert quiet.subjects() == ["A project", "Land t1: Add five (engineer-1)"]


def test_a_command_that_leaves_another_branch_reports_that(quiet: Scene) -> None:
    work = 'git switch -qc mine; echo 5 > numbers/five; git add numbers; git commit -qm "Add five"\n'
    quiet.team(quiet.agent("switches", work))
    quiet.cards("- [ ] Add five")
    quiet.step()
    assert quiet.subjects() == ["A project", "Land t1: Add five (engineer-1)"]
    assert "Branch: mine" in quiet.git("log", "-1", "--format=%B", "main")


def test_done_on_another_branch_reports_that_branch_once_it_names_the_card(quiet: Scene) -> None:
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/t1-two")
    quiet.save(quiet.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Two (agent-1) ^t1\n"))
    quiet.commit(place, {"numbers/two": "two\n"})
    quiet.git("switch", "-qc", "another", "main", cwd=place)
    quiet.commit(place, {"numbers/two": "2\n"})
    said = quiet.run("done", cwd=place, code=1)
    assert "agent-1 stands on another, which lacks what is on agent-1/t1-two, the branch of t1\n" in said
    assert "`git switch agent-1/t1-two`" in said and "(if it is on another: `batty-hooks done t1`)" in said
    assert "t1 is offered" in quiet.run("done", "t1", cwd=place)
    quiet.run("step")
    assert quiet.subjects() == ["A project", "Land t1: Two (agent-1)"]
    assert quiet.git("rev-parse", "--verify", "-q", "agent-1/t1-two") != "", "what is not in the trunk stays"
