"""A team of 19 in tmux: its panes, the way of a message into an agent and back, and what it costs when nothing happens.

The agents are tests/tui/tui.py, which answers at once. The alternatives: a tmux call for each pane, and the 0.2 s that
lie between a paste and its Enter because CLIs need them.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

from base import Row, Scene, cpu_seconds, home, main, rest, wait_for
from tui.company import Company

from batty_hooks.state import inbox, panes, watcher
from batty_hooks.state.panes import windows
from batty_hooks.state.team.seating import seats
from batty_hooks.system.tmux import Server

_TEAM = (("architect", "architect", 1), ("manager", "manager", 3), ("engineer", "engineer", 5))
_SIZE = (240, 69)


def measure(rounds: int = 12, seconds: int = 60) -> list[Row]:
    """Medians over ``rounds`` messages and cards; the idle team is looked at for ``seconds``."""
    with home() as place:
        company = Company(Scene(place / "repository").create(), _SIZE).hire(*_TEAM)
        up, single = _panes_up(company, place)
        begun = time.perf_counter()
        company.start()
        whole = (time.perf_counter() - begun) * 1000
        try:
            company.ready(*(pane.member for pane in panes.listed(company.project)))
            wait_for(lambda: watcher.alive(company.project))
            pid = watcher.alive(company.project) or 0
            share, woken = _idle(pid, seconds)  # first: agents that hold a card are asked how it stands
            confirmed = _confirmed(company, pid, rounds)
            pasted, taken = _board(company, pid, rounds)
            memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
        finally:
            company.scene.run("stop", "--wait", "0")
            company.close()
    return [
        Row("19 panes up", up, 2000, "one tmux call for each", single),
        Row("the whole `start`: checks, hooks, 15 worktrees, 19 panes", whole),
        Row("message sent → confirmed by the agent", confirmed, 500, "the pause before Enter alone", 200),
        Row("board saved → pasted in the pane", pasted, 300),
        Row("board saved → taken by the agent", taken, 500, "the pause before Enter alone", 200),
        Row(f"idle team of 19 over {seconds} s: watcher's share of a core", share, 0.5, unit="%"),
        Row("  its wake-ups in a second", woken, unit=""),
        Row("  its memory, when it has worked", memory, 60, unit="MB"),
    ]


def _panes_up(company: Company, place: Path) -> tuple[float, float]:
    """Our way and a call for each pane, both with `sleep` in them; milliseconds."""
    script = place / "sleep"
    script.write_text("#!/bin/sh\nexec sleep 600\n")
    script.chmod(0o755)
    team = _members(company)
    plan = [(window.name, window.columns) for window in seats(team, *_SIZE)]
    ours = Server("batty-bench-ours")
    begun = time.perf_counter()
    names = [member.name for member in team]
    windows.build(company.project, ours, plan, dict.fromkeys(names, script), dict.fromkeys(names, script), _SIZE)
    up = (time.perf_counter() - begun) * 1000
    single = ["tmux", "-L", "batty-bench-single"]
    begun = time.perf_counter()
    subprocess.run([*single, "new-session", "-d", "-x", "240", "-y", "69", str(script)], check=True)
    for _ in names[1:]:
        subprocess.run([*single, "split-window", str(script)], check=True)
        subprocess.run([*single, "select-layout", "tiled"], check=True)
    alternative = (time.perf_counter() - begun) * 1000
    for server in ("batty-bench-ours", "batty-bench-single"):
        subprocess.run(["tmux", "-L", server, "kill-server"], check=True)
    return up, alternative


def _members(company: Company):  # type: ignore[no-untyped-def]
    from batty_hooks.state import team

    return team.load(company.project).members


def _confirmed(company: Company, watcher: int, rounds: int) -> float:
    project, taken = company.project, []
    for number in range(rounds):
        rest(watcher)
        begun = time.perf_counter()
        inbox.send(project, inbox.Message(f"bench{number}", "human", "architect", "hello", "hello"))
        while not inbox.keys(project, "architect").get(f"bench{number}"):
            time.sleep(0.001)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _board(company: Company, watcher: int, rounds: int) -> tuple[float, float]:
    """Until the brief's text is on its way into the pane, and until the agent has taken it."""
    pasted, taken = [], []
    for number in range(rounds):
        rest(watcher)
        before = _taken(company)
        begun = time.perf_counter()
        company.scene.cards(f"- [ ] Card number {number}")
        while not list(company.project.members.glob("*/sent.json")):
            time.sleep(0.001)
        pasted.append((time.perf_counter() - begun) * 1000)
        while _taken(company) == before:
            time.sleep(0.001)
        taken.append((time.perf_counter() - begun) * 1000)
        wait_for(lambda: not list(company.project.members.glob("*/sent.json")))
    return statistics.median(pasted), statistics.median(taken)


def _taken(company: Company) -> int:
    return sum(path.stat().st_size for path in company.project.members.glob("*/settings/taken.jsonl"))


def _idle(watcher: int, seconds: int) -> tuple[float, float]:
    """Share of a core in per cent, wake-ups in a second."""
    rest(watcher)
    begun, cpu, woken = time.monotonic(), cpu_seconds(watcher), _wakeups(watcher)
    time.sleep(seconds)
    over = time.monotonic() - begun
    return 100 * (cpu_seconds(watcher) - cpu) / over, (_wakeups(watcher) - woken) / over


def _wakeups(pid: int) -> int:
    """How often its threads have waited for something (Linux)."""
    found = 0
    for path in Path(f"/proc/{pid}/task").glob("*/status"):
        words = dict(line.split(":", 1) for line in path.read_text().splitlines())
        found += int(words["voluntary_ctxt_switches"])
    return found


if __name__ == "__main__":
    main(measure)
