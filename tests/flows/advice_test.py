"""What is advised helps where it is said; what is over is said to be over; long work shows that it goes on."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time

import at_terminal
from scene import Scene, until, wait_for


def test_a_red_branch_is_reported_again_with_merge(quiet: Scene) -> None:
    """`done` would refuse: nobody works on it in a worktree."""
    quiet.git("switch", "-qc", "w")
    quiet.commit(quiet.root, {"numbers/w": "w\n"})
    quiet.git("switch", "-q", "main")
    assert "w did not land: failed" in quiet.run("merge", "w", code=1)
    said = quiet.run("read")
    assert said.endswith("Mend it on w, commit, and report again:\n    batty-hooks merge w\n") and "done" not in said
    assert "there is no branch or card 'b-w'" in quiet.run("gate", "b-w", code=2), "a key of ours is no name"
    assert "FAILED numbers/w is not a number" in quiet.run("gate", "w", code=1)


def test_a_branch_in_a_worktree_is_reported_again_with_done(quiet: Scene) -> None:
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/w")
    quiet.commit(place, {"numbers/w": "w\n"})
    quiet.run("done", cwd=place)
    quiet.step()
    assert "report again:\n    batty-hooks done\n" in quiet.run("read", cwd=place)


def test_done_after_the_landing_says_that_it_has_landed(quiet: Scene) -> None:
    place = quiet.root.parent / "agent-1"
    quiet.git("worktree", "add", "-q", str(place), "-b", "agent-1/t1-two")
    quiet.save(quiet.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Two (agent-1) ^t1\n"))
    quiet.commit(place, {"numbers/two": "2\n"})
    quiet.run("done", cwd=place)
    quiet.step()
    landed = f"t1 has landed already, as {quiet.tip()[:10]} on main"
    assert quiet.run("done", "t1", cwd=place) == f"{landed}\n"
    assert quiet.run("done", cwd=place) == f"{landed}\n", "so it is when the card is not named"
    newer = quiet.commit(place, {"numbers/three": "3\n"})
    said = quiet.run("done", "t1", cwd=place, code=1)
    assert f"{landed}, and {newer[:10]} is not in it" in said and "batty-hooks task add" in said


def test_an_unknown_card_is_a_usage_error_everywhere(quiet: Scene) -> None:
    for words in (
        ("show", "t9"), ("merge", "t9"), ("reject", "t9", "why"), ("gate", "t9"), ("task", "show", "t9"),
        ("task", "unblock", "t9"), ("task", "release", "t9"), ("assign", "t9", "human"), ("read", "t9"),
    ):  # fmt: skip
        said = quiet.run(*words, code=2)
        assert "t9" in said and "\n  → " in said, words


def test_a_usage_error_names_the_help_of_its_command(quiet: Scene) -> None:
    assert "→ `batty-hooks merge --help` shows the usage" in quiet.run("merge", code=2)
    assert "→ `batty-hooks task show --help` shows the usage" in quiet.run("task", "show", code=2)
    assert "→ `batty-hooks --help` shows the usage" in quiet.run("--nope", code=2)


def test_doctor_tells_a_mistake_once(quiet: Scene) -> None:
    file = quiet.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text() + "gaet: x\n")
    said = quiet.run("doctor", code=1)
    assert said.count("there is no key 'gaet' here") == 1 and said.count("did you mean 'gate'?") == 1


def test_start_of_commands_alone_says_what_runs(scene: Scene) -> None:
    scene.install().team(scene.agent("adds", "true\n"), engineers=2)
    try:
        said = scene.run("start")
        assert "no pane: engineer-1, engineer-2; the watcher runs the command for each card" in said
        assert "agent(s)" not in said and "0 " not in said
    finally:
        scene.run("stop", code=None)


def is_running(line: str) -> bool:
    return subprocess.run(["pgrep", "-fx", line], check=False, capture_output=True).returncode == 0


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, scene: Scene, *arguments: str) -> None:
        self.master, its_end = pty.openpty()
        command = [sys.executable, "-m", "batty_hooks", *arguments]
        env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
        self.child = subprocess.Popen(
            command, cwd=scene.root, stdin=its_end, stdout=its_end, stderr=its_end, env=env, start_new_session=True
        )
        os.close(its_end)
        self.shown = ""

    def until(self, text: str) -> None:
        limit = time.monotonic() + 120
        while text not in self.shown and time.monotonic() < limit and (piece := self.read()):
            self.shown += piece
        if text not in self.shown:
            self.child.kill()
        assert text in self.shown

    def read(self) -> str:
        return at_terminal.read(self.master, self.shown.encode(), self.child).decode(errors="replace")

    def end(self) -> int:
        while piece := self.read():
            self.shown += piece
        os.close(self.master)
        return self.child.wait(120)


def test_a_terminal_shows_that_the_test_goes_on(quiet: Scene) -> None:
    go = quiet.root.parent / "go"
    quiet.team(None, gate=f"{until(go)}; sh check.sh")
    terminal = Terminal(quiet, "gate", "main")
    terminal.until("testing main: until [ -e ")
    terminal.until("0:00:01")
    go.touch()
    assert terminal.end() == 0
    assert "passed in " in terminal.shown and terminal.shown.count("\x1b[?25l") == terminal.shown.count("\x1b[?25h")
    assert quiet.run("gate", "--again", "main").startswith("passed in "), "in a pipe nothing of it is seen"


def test_ctrl_c_ends_long_work_quietly(quiet: Scene) -> None:
    quiet.git("switch", "-qc", "w")
    quiet.commit(quiet.root, {"numbers/w": "7\n"})
    quiet.git("switch", "-q", "main")
    asleep = f"sleep 6{os.getpid()}"
    quiet.team(None, gate=asleep)
    terminal = Terminal(quiet, "merge", "w")
    terminal.until("testing w, to land it")
    wait_for(lambda: is_running(asleep))
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 130 and "Traceback" not in terminal.shown
    assert terminal.shown.count("\x1b[?25l") == terminal.shown.count("\x1b[?25h"), "the cursor is seen again"
    wait_for(lambda: not is_running(asleep))
