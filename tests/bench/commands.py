"""What agents and people type, from a shell, in a team of 19 command agents with twelve offers waiting and a watcher
running. The team is paused and has no test command, so that the twelve stay where they are. Goals are multiples of a
bare Python of the same environment: what is above it is ours.

`python tests/bench/commands.py --write [ROUNDS]` writes them into docs/ARCHITECTURE.md, in processor time, beside what
they were before.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

from base import ROOT, Row, Scene, bare_python, children, home, launched, main, medians, rest, watching

_OFFERS = 12


# As multiples of a Python that does nothing.
_AT_MOST = {
    "send": 6.0, "done": 6.0, "task add": 6.0, "task show": 6.0, "inbox": 6.0, "read": 6.0, "ask": 6.0, "status": 10.0,
    "--help": 4.0, "completion": 4.0, "a completed word": 4.0, "a wrong option": 4.0, "a wrong command": 4.0,
}  # fmt: skip
# The same multiples of processor time at 303b546, of the same Python on the same machine.
_BEFORE = {
    "send": 7.0, "done": 8.1, "task add": 7.3, "task show": 6.9, "inbox": 6.0, "read": 5.5, "ask": 7.5, "status": 15.9,
    "--help": 6.9, "completion": 2.6, "a completed word": 6.3, "a wrong option": 6.0, "a wrong command": 2.3,
}  # fmt: skip
_PAGE = ROOT / "docs/ARCHITECTURE.md"
_BEGIN, _END = "<!-- table: starts -->\n", "<!-- end -->"


def measure(rounds: int = 12, clock: Callable[[], float] = time.perf_counter) -> list[Row]:
    """Medians over ``rounds``."""
    with home() as place:
        scene = team(place / "repository")
        with watching(scene) as watcher:
            found = medians(rounds, _actions(scene, watcher), clock)
    return [
        Row(f"`{name}`, team of 19, {_OFFERS} offers", found[name], None, "python -c pass", found["python"], most=most)
        for name, most in _AT_MOST.items()
    ]


def _actions(scene: Scene, watcher: int) -> dict[str, Callable[[], object]]:
    """Each command when the watcher has dealt with the one before; the commits and pauses between are not asked for."""
    last, numbers = scene.worktree("engineer-3-5"), itertools.count(9000)
    typed = {
        "python": bare_python,
        "send": launched(scene, "send", "manager-1", "How is it going?"),
        "commit": lambda: scene.commit(last, {"numbers/again": f"{next(numbers)}\n"}),
        "done": launched(scene, "done", cwd=last),
        "task add": launched(scene, "task", "add", "One more thing"),
        "inbox": launched(scene, "inbox", "manager-1"),
        "ask": launched(scene, "ask", "Which one?", cwd=last),
        "status": launched(scene, "status", codes=(0, 1)),
    }
    actions: dict[str, Callable[[], object]] = {}
    for name, action in typed.items():
        actions |= {f"before {name}": lambda: rest(watcher), name: action}
    # These wake nobody.
    return actions | {
        "read": launched(scene, "read", cwd=last),
        "task show": launched(scene, "task", "show", "t15"),
        "--help": launched(scene, "--help"),
        "completion": launched(scene, "completion", "bash"),
        "a completed word": launched(scene, env=_COMPLETING),
        "a wrong option": launched(scene, "status", "--nope", codes=(2,)),
        "a wrong command": launched(scene, "stauts", codes=(2,)),
    }


_COMPLETING = {"_BATTY_HOOKS_COMPLETE": "bash_complete", "COMP_WORDS": "batty-hooks st", "COMP_CWORD": "1"}


def team(root: Path) -> Scene:
    """Nineteen members whose agents are commands, each engineer with a worktree, a card and a branch; twelve have
    reported it done; paused, so that nothing moves."""
    scene = Scene(root).create()
    scene.run("init", "--template", "large")
    path = scene.root / ".batty/team_config/team.yaml"
    text = path.read_text().replace("agent: codex", "agent: command\n    command: 'true'")
    path.write_text(text.replace("agent: claude", "agent: command\n    command: 'true'"))
    scene.run("pause")
    scene.step()
    engineers = [f"engineer-{block}-{one}" for block in (1, 2, 3) for one in range(1, 6)]
    for number, engineer in enumerate(engineers, 1):
        scene.cards(f"- [ ] Card number {number} ^t{number}")
        scene.run("task", "claim", f"t{number}", "--as", engineer, env={"BATTY_NO_WAKE": "1"})
    scene.step()
    for number, engineer in enumerate(engineers, 1):
        home_of = scene.worktree(engineer)
        scene.commit(home_of, {f"numbers/t{number}": f"{100 + number}\n"})
        if number <= _OFFERS:
            scene.run("done", cwd=home_of, env={"BATTY_NO_WAKE": "1"})
    return scene


def _page(rows: list[Row]) -> str:
    """The multiples as a table for people."""
    lines = ["| command | at 303b546 | now | goal |", "|---|---|---|---|"]
    for name, row in zip(_AT_MOST, rows, strict=True):
        lines.append(f"| {name} | {_BEFORE[name]:.1f} × | {row.ours / (row.theirs or 1):.1f} × | ≤ {row.most:g} × |")
    return "\n".join(lines)


def _write(rows: list[Row]) -> None:
    before, begin, rest_of = _PAGE.read_text().partition(_BEGIN)
    _PAGE.write_text(f"{before}{begin}{_page(rows)}\n{_END}{rest_of.partition(_END)[2]}")


if __name__ == "__main__":
    if "--write" in sys.argv:
        _write(measure(int((*sys.argv[2:3], 12)[0]), children))
    else:
        main(measure)
