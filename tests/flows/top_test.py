"""`batty-hooks top` in a real terminal (a tmux around it), with keys, at 80 × 24 and 200 × 50."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Screens
from scene import BOARD, Scene, wait_for
from tui.company import Company

from batty_hooks.state import events

SMALL, LARGE = (80, 24), (200, 50)
CARDS = (
    "- [ ] Ask which port the service listens on", "  RUN: batty-hooks ask 'which port, 80 or 8080?'",
    "- [ ] Add a two", "  RUN: echo 2 > numbers/two; git add -A; git commit -qm two; batty-hooks done",
    "- [ ] Clean the build directory", "  ASK: mkdir -p build",
)  # fmt: skip


class Seat:
    """A terminal that a person sits at: a pane of a tmux of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *arguments], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout

    def sit_down(self, place: Path, size: tuple[int, int], *command: str, env: str = "-u TMUX") -> None:
        line = " ".join([f"env {env} '{sys.executable}' -m batty_hooks", *command, "; echo exit $?; sleep 600"])
        size_of = ("-x", str(size[0]), "-y", str(size[1]))
        self.tmux("-f", "/dev/null", "new-session", "-d", *size_of, "-c", str(place), line)
        self.tmux("set", "-g", "status", "off", ";", "set", "-g", "exit-empty", "off")
        self.tmux("resize-window", *size_of)

    def stand_up(self) -> None:
        """Leave the terminal; another one can be taken. (The server stays: one that is just ending takes none.)"""
        self.tmux("kill-session")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def goes_to(self, words: str) -> None:
        """Select the row with those words, above or below: where the one before it was taken away, that is not sure."""
        key, before = "j", ""
        while words not in (row := next((line for line in self.screen.splitlines() if line.startswith(">")), "")):
            if row == before:  # at an end
                key = {"j": "k", "k": "j"}[key]
            before = row
            self.press(key)
            time.sleep(0.3)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    @property
    def process(self) -> int:
        """The process of top: what the shell in the pane has started."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])

    def sees(self, *words: str, no: tuple[str, ...] = ()) -> str:
        """The screen, once all those words, and none of the others, are on it."""
        found = ""

        def there() -> bool:
            nonlocal found
            found = self.screen
            return all(word in found for word in words) and not any(word in found for word in no)

        try:
            wait_for(there, 90, pause=0.15)
        except AssertionError:
            raise AssertionError(f"never saw {words} without {no}:\n{found}") from None
        return found


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    found = Seat(f"batty-seat-{abs(hash(str(tmp_path)))}")
    yield found
    found.tmux("kill-server", check=False)


def had_an_hour(scene: Scene) -> None:
    """What the log tells of three engineers, up to now."""
    states = {
        "engineer-1": "ready 58 working 55 ready 30 working 28 asking 16 working 12",
        "engineer-2": "ready 58 working 50 ready 20 working 18 limit 10 working 4",
        "engineer-3": "ready 57 working 56 gone 41 ready 40 working 22 ready 9",
    }
    now, lines = time.time(), []
    for member, told in states.items():
        words = told.split()
        for state, ago in zip(words[::2], map(int, words[1::2]), strict=True):
            ts = events.stamp(now - 60 * ago)
            lines.append({"ts": ts, "id": f"{member}.{ago}", "event": "state", "member": member, "state": state})
    lines.sort(key=lambda line: line["ts"])
    with open(scene.root / ".batty/events.jsonl", "a") as file:
        file.write("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.fixture
def team(company: Company) -> Company:
    """One has asked the human, the work of one waits for review, one asks in its pane."""
    company.size = SMALL
    company.hire(("engineer", "engineer", 3), merge="{mode: review}")
    had_an_hour(company.scene)
    company.start()
    company.ready("engineer-1", "engineer-2", "engineer-3")
    company.scene.cards(*CARDS)
    company.wait(lambda: {"asked", "approval asked"} <= {event["event"] for event in company.scene.events()})
    company.wait(lambda: company.state("engineer-3") == "asking" and company.state("engineer-1") == "ready")
    company.wait(lambda: len(company.scene.json("status")["needs_you"]) == 3)
    return company


def place_of(member: str, lines: list[str]) -> int:
    """On which line it stands among the members."""
    return next(number for number, line in enumerate(lines) if line[2:].startswith(f"{member} "))


def plain(screen: str) -> str:
    """A screen without what is another one each time: ages, times, ids, the last hour, what happened when."""
    found = []
    is_lately = False
    for line in screen.splitlines():
        is_lately = (is_lately or line.startswith("lately")) and not line.startswith("──")
        if not is_lately:
            text = re.sub(r"^(.{16}(?:ready|asking|working) .*?\bt\d).*", r"\1", line)
            text = re.sub(r"│[▁-█!_]+$", "│", text)  # the last hour, beside a dialog
            text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{10,}\b|ask[0-9a-f.]+|\d+", "0", text)
            found.append(" ".join(re.sub(r"─+", "─", text).split()))
    return "\n".join(sorted(found[:9]) + found[9:])


def test_the_team_at_a_glance_in_a_small_terminal(team: Company, seat: Seat) -> None:
    pages = Screens("top.md")
    seat.sit_down(team.scene.root, SMALL, "top")
    seat.sees("needs you (3)")
    before = seat.sees("> ").splitlines()
    seat.goes_to("t2 passed")
    pages.check("small", seat.sees(" a  approve"), plain)

    seat.press("Enter")
    assert "+2" in seat.sees("batty-hooks show t2", "Add a two", "numbers/two")
    seat.press("q")
    seat.press("a")
    pages.check("question", seat.sees("t2: approve it?", "batty-hooks merge --no-wait --commit"), plain)
    seat.press("Enter")  # means nothing: a yes is a y
    seat.press("n")
    seat.sees("needs you (3)", no=("approve it?",))
    assert "landed" not in team.scene.log()
    seat.press("a")
    seat.sees("t2: approve it?")
    seat.press("y")
    team.wait(lambda: "landed t2" in team.scene.log())
    after = seat.sees("needs you (2)", "done: t2 passed").splitlines()
    assert place_of("engineer-2", before) == place_of("engineer-2", after), "it keeps its row"

    seat.goes_to("has asked you")
    seat.press("r")
    seat.sees("batty-hooks read --keep", "which port, 80 or 8080?", "from engineer-1")
    seat.press("q")
    seat.press("a")
    seat.sees("your answer to engineer-1")
    seat.press("8080 -- please", "Enter")
    seat.sees("needs you (1)")
    team.wait(lambda: "8080 -- please" in "".join(team.taken("engineer-1")))

    seat.press("?")
    pages.check("keys", seat.sees("go through what needs you", "x   it is gone"), plain)
    seat.press("Escape")
    seat.sees("needs you (1)")
    seat.press("q")
    assert "exit 0" in seat.sees("exit ")


def test_the_same_in_a_large_terminal_and_the_pane_is_shown_in_it_or_told(team: Company, seat: Seat) -> None:
    seat.sit_down(team.scene.root, LARGE, "top")
    seat.sees("needs you (3)", "ahead")
    seat.press("G")
    Screens("top.md").check("large", seat.sees("> engineer-3"), plain)
    seat.press("Enter")
    seat.sees("May I run mkdir -p build?")
    assert team.tmux("list-clients")
    seat.press("y")
    team.wait(lambda: team.approved("engineer-3"))
    seat.press(team.tmux("show-options", "-gv", "prefix"), "d")
    seat.sees("needs you (2)", "> engineer-3")
    seat.tmux("resize-window", "-x", "60", "-y", "12")
    small = seat.sees("needs you", no=("ahead", "lately"))
    assert all(len(line) <= 60 for line in small.splitlines())
    seat.tmux("resize-window", "-x", "8", "-y", "3")
    time.sleep(0.5)
    seat.tmux("resize-window", "-x", "80", "-y", "24")
    seat.sees("needs you (2)", "lately")
    seat.press("C-c")
    assert "exit 130" in seat.sees("exit ")
    seat.stand_up()

    # Inside another tmux it says where the pane is.
    seat.sit_down(team.scene.root, SMALL, "top", env="-u NOTHING")
    seat.sees("> ", "needs you (2)")
    seat.press("G", "Enter")
    seat.sees("batty-hooks attach engineer-3", "you are inside another tmux")
    seat.press("q")
    while "t2 passed" not in next(line for line in seat.sees("> ").splitlines() if line.startswith(">")):
        seat.press("k")
        time.sleep(0.2)
    seat.press("x")
    seat.sees("what is to be changed in t2", "batty-hooks reject --commit")
    seat.tmux("set-buffer", "three, not two\nand a test")
    seat.tmux("paste-buffer", "-p")
    seat.sees("three, not two and a test")
    seat.press("Enter")
    team.wait(lambda: "three, not two and a test" in "".join(team.taken("engineer-2")))
    seat.sees("needs you (1)")


def test_start_attach_shows_it_as_the_first_window(company: Company, seat: Seat) -> None:
    company.size = SMALL
    company.hire(("architect", "architect", 1), ("engineer", "engineer", 1))
    seat.sit_down(company.scene.root, SMALL, "start", "--attach")
    seat.sees("nothing needs you", "engineer-1    ready", "[team] 0:top*")
    assert company.tmux("list-windows", "-F", "#{window_name} #{window_width} #{window_height}").splitlines()[0] == (
        "top 80 23"
    ), "no border takes a line"
    seat.press("Down", "Enter")
    seat.sees("engineer-1 · ready since", "0:top-")
    seat.press("C-b", "d")
    seat.sees("exit 0")
    seat.stand_up()
    seat.sit_down(company.scene.root, LARGE, "attach")
    seat.sees("engineer-1 · ready since", "0:top", "1:team*")
    seat.press("C-b", "0")
    seat.sees("nothing needs you", "behind")
    seat.press("C-z")  # nobody could bring it back there
    seat.press("G")
    seat.sees("> engineer-1")
    company.scene.run("stop", "--wait", "0")
    assert not company.tmux("list-windows", check=False)


def test_without_it_the_windows_are_those_of_the_team(company: Company, seat: Seat) -> None:
    company.hire(("engineer", "engineer", 1))
    seat.sit_down(company.scene.root, SMALL, "start", "--attach", "--no-top")
    seat.sees("engineer-1 · ready since")
    assert company.tmux("list-windows", "-F", "#{window_name}").split() == ["team", "watch"]
    seat.press("C-b", "d")
    seat.sees("exit 0")
    seat.stand_up()
    seat.sit_down(company.scene.root, LARGE, "start", "--attach")
    seat.sees("an hour ago", "engineer-1", "0:top*")
    seat.press("q")
    seat.sees("engineer-1 · ready since", no=("an hour ago",))
    assert company.tmux("list-windows", "-F", "#{window_name}").split() == ["team", "watch"], "it is closed, not dead"


@pytest.fixture
def two(quiet: Scene) -> Scene:
    """A project without panes: two engineers that are commands."""
    quiet.team("true", engineers=2)
    quiet.save(BOARD.replace("## TODO\n", "## TODO\n\n- [ ] One card ^t1\n"))
    return quiet


def test_what_cannot_be_read_is_one_line_and_goes_by_itself(two: Scene, seat: Seat) -> None:
    seat.sit_down(two.root, SMALL, "top", env="-u TMUX NO_COLOR=1")
    seat.sees("project: 1 to do", "engineer-2")
    painted = re.findall(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7])(?:;[0-9;]*)?m", seat.tmux("capture-pane", "-pe"))
    assert painted == [], "no colours where none are wanted"
    right = (two.root / ".batty/team_config/team.yaml").read_text()
    (two.root / ".batty/team_config/team.yaml").write_text("gate: [\n")
    found = seat.sees("cannot look now", "team.yaml", "an open quote or bracket")
    assert "engineer-2" in found and "Traceback" not in found, "what was seen last stays"
    (two.root / ".batty/team_config/team.yaml").write_text(right)
    seat.sees("project: 1 to do", no=("cannot look now",))
    shutil.rmtree(two.root)
    found = seat.sees("exit 1").replace("\n", "")
    assert "is not there any more: it was moved, or deleted" in found and "Traceback" not in found


def test_a_slow_git_holds_nothing_up(two: Scene, seat: Seat, tmp_path: Path) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f"#!/bin/sh\n[ -e '{tmp_path}/slow' ] && sleep 300\nexec '{shutil.which('git')}' \"$@\"\n")
    slow.chmod(0o755)
    seat.sit_down(two.root, SMALL, "top", env=f"-u TMUX PATH='{slow.parent}':\"$PATH\"")
    seat.sees("> engineer-1")
    (tmp_path / "slow").touch()
    two.commit(two.root, {"numbers/three": "3\n"})
    two.cards("- [ ] Another one")
    seat.sees("what is shown is older")
    seat.press("j")
    seat.sees("> engineer-2")
    seat.press("q")
    assert "exit 0" in seat.sees("exit ")


def test_who_is_told_to_end_ends_and_leaves_the_terminal_whole(two: Scene, seat: Seat) -> None:
    seat.sit_down(two.root, SMALL, "top")
    seat.sees("> engineer-1")
    os.kill(seat.process, signal.SIGTERM)
    seat.sees("exit ")
    assert seat.tmux("display-message", "-p", "#{alternate_on}").strip() == "0"


def test_whose_terminal_is_gone_is_gone_too(two: Scene, seat: Seat) -> None:
    seat.sit_down(two.root, SMALL, "top")
    seat.sees("> engineer-1")
    process = seat.process
    seat.tmux("kill-server")
    wait_for(lambda: not Path(f"/proc/{process}").exists(), 20)


@pytest.mark.parametrize("env", [{}, {"TERM": "dumb"}, {"TERM": ""}])
def test_without_a_terminal_it_says_what_does_without(two: Scene, env: dict[str, str]) -> None:
    said = two.run("top", code=1, env=env)
    assert said == "batty-hooks: top needs a terminal\n  → `batty-hooks status --watch` does with less\n"


def test_a_terminal_that_can_nothing_is_told_so_too(two: Scene, seat: Seat) -> None:
    seat.sit_down(two.root, SMALL, "top", env="-u TMUX TERM=dumb")
    seat.sees("top needs a terminal", "batty-hooks status --watch", "exit 1")
