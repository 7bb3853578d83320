"""What the benchmarks share: a home of their own, interleaved rounds, and the row each of them gives.

A benchmark is a module of this folder with ``measure(rounds) -> list[Row]``, found by listing. Digits change with the
machine; the alternative beside each of them is measured in the same run, so trust the ratio.
"""

from __future__ import annotations

import compileall
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scene import Scene, wait_for  # noqa: E402

__all__ = [
    "Row", "Scene", "bare_python", "children", "cpu_seconds", "home", "launched", "main", "medians", "rest", "table",
    "wait_for", "watching",
]  # fmt: skip

_FOREIGN = ("GIT_", "BATTY_", "XDG_", "TMUX", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, our value, the goal (None: none set), and the alternative's value;
    ``most`` is a goal too, as a multiple of the alternative."""

    what: str
    ours: float
    goal: float | None = None
    alternative: str = ""
    theirs: float | None = None
    unit: str = "ms"
    most: float | None = None


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """A temporary directory, in which HOME and git's settings go; batty-hooks is compiled, as pip leaves it."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="batty-bench-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        for variable in [variable for variable in os.environ if variable.startswith(_FOREIGN)]:
            del os.environ[variable]
        (place / "gitconfig").write_text(
            "[user]\n\tname = Bench\n\temail = bench@example.org\n[gc]\n\tauto = 0\n[init]\n\tdefaultBranch = main\n"
        )
        os.environ.update(
            HOME=name, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=str(place / "gitconfig"),
            PYTHONPATH=str(ROOT),
        )  # fmt: skip
        compileall.compile_dir(ROOT / "batty_hooks", quiet=2)
        try:
            yield place
        finally:
            os.environ.clear()
            os.environ.update(before)


def medians(
    rounds: int, actions: dict[str, Callable[[], object]], clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median milliseconds of each action. Every round does each once, so that all see the same noise; one round
    before the first warms up. With `children` for a clock it is processor time, which is much the same on a machine
    that is busy with other things."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, action in actions.items():
            begun = clock()
            action()
            if number:
                taken[name].append((clock() - begun) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def children() -> float:
    """The processor seconds of all that this process has started and seen to its end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def launched(
    scene: Scene,
    *arguments: str,
    cwd: Path | None = None,
    codes: tuple[int, ...] = (0,),
    env: dict[str, str] | None = None,
) -> Callable[[], str]:
    """An action: batty-hooks as a hook or an agent starts it, by the project's own launcher."""
    argv = [str(scene.root / ".batty/bin/batty-hooks"), *arguments]

    def action() -> str:
        done = subprocess.run(
            argv, cwd=cwd or scene.root, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
        )
        assert done.returncode in codes, f"{arguments} → {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    return action


def bare_python() -> None:
    """Start Python and nothing else: what any command of ours costs at the least."""
    subprocess.run([sys.executable, "-c", "pass"], check=True)


@contextlib.contextmanager
def watching(scene: Scene) -> Iterator[int]:
    """A watcher runs for the length of a with-block, and has done what there was to do; gives its pid."""
    argv = [str(scene.root / ".batty/bin/batty-hooks"), "watch", "--quiet"]
    with subprocess.Popen(argv, cwd=scene.root) as watcher:
        try:
            wait_for((scene.root / ".batty/watch.pid").exists)
            rest(watcher.pid)
            yield watcher.pid
        finally:
            watcher.terminate()


def rest(pid: int, pause: float = 0.3) -> None:
    """Wait until a process has done nothing to speak of for a while: less than 2 % of one core."""
    while True:
        before = cpu_seconds(pid)
        time.sleep(pause)
        if cpu_seconds(pid) - before < 0.02 * pause + 0.011:
            return


def cpu_seconds(pid: int) -> float:
    """The processor time a process and its ended children have taken. (Elsewhere than on Linux in whole hundredths,
    and without its children.)"""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        said = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        return sum(float(part) * 60**power for power, part in enumerate(reversed(said.strip().split(":"))))


def table(rows: list[Row]) -> str:
    """The rows as text; a goal that is missed is marked with `!`."""
    cells = [("what", "ours", "goal", "", "alternative in the same run", "", "ratio"), *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(7)]
    numbers = (1, 2, 5, 6)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    limit = row.goal if row.most is None or row.theirs is None else row.most * row.theirs
    missed = "!" if limit is not None and row.ours > limit else ""
    goal = "" if row.goal is None else f"≤ {row.goal:g} {row.unit}"
    goal = goal if row.most is None else f"≤ {row.most:g} ×"
    theirs = "" if row.theirs is None else _number(row.theirs, row.unit)
    ratio = f"{row.ours / row.theirs:.2f}" if row.theirs and row.ours > 0 else ""
    return (row.what, _number(row.ours, row.unit), goal, missed, row.alternative, theirs, ratio)


def _number(value: float, unit: str) -> str:
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f} {unit}"


def main(measure: Callable[..., list[Row]]) -> None:
    """One benchmark alone: `python tests/bench/NAME.py [ROUNDS]`."""
    print(table(measure(*map(int, sys.argv[1:2]))))
