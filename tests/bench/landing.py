"""Many branches that are ready at once: runs of the gate, time, who landed, and whether the trunk was ever untested.

`python tests/bench/landing.py [BRANCHES] [FILES] [LANDER]... [SCENARIO]...` shows every lander (contest/landers) in
every scenario; `python tests/bench` compares us with a bare script in a few of them. The gate takes half a second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from base import Row, home
from contest.arena import Arena, Scenario
from contest.findings import Findings, findings
from contest.landers import Lander, listed

_SMALL = 12
_GOALS = {"clean": 2, "2 broken": 10, "both": 12}  # runs of the gate


@dataclass(frozen=True)
class Result:
    """What one lander did in one scenario; ``why`` it could not ("": it could)."""

    lander: str
    scenario: Scenario
    found: Findings | None
    why: str = ""


def scenarios(branches: int = _SMALL) -> dict[str, Scenario]:
    """Each by its name: of ``branches``, two are broken, or two do not go together, or both, and so on."""
    quarter, third = branches // 4, branches // 3
    broken = {quarter: _number(quarter, "x"), 3 * quarter: _number(3 * quarter, "x")}
    pair = {third: _number(third, "7"), 2 * third: _number(2 * third, "7")}
    texts = {third: {"shared.txt": "one way\n"}, 2 * third: {"shared.txt": "another\n"}}
    found = [
        _scenario("clean", branches, {}, branches),
        _scenario("2 broken", branches, broken, branches - 2),
        _scenario("2 clash", branches, pair, branches - 1),
        _scenario("both", branches, broken | pair, branches - 3),
        _scenario("text conflict", branches, texts, branches - 1),
        _scenario("flaky", branches, {}, branches, "flaky"),
        _scenario("2 broken, silent", branches, broken, branches - 2, "silent"),
        _scenario("both, silent", branches, broken | pair, branches - 3, "silent"),
    ]
    return {scenario.name: scenario for scenario in found}


def _scenario(name: str, branches: int, special: dict[int, dict[str, str]], best: int, manner: str = "") -> Scenario:
    works = tuple(special.get(place) or _number(place, str(1000 + place)) for place in range(branches))
    return Scenario(name, works, best, manner)


def _number(place: int, text: str) -> dict[str, str]:
    return {f"numbers/n{place}": f"{text}\n"}


def contest(place: Path, landers: Sequence[Lander], wanted: Iterable[Scenario], files: int = 0) -> Iterator[Result]:
    """Every lander in every scenario, in a repository of its own; one after the other, so that all see the same noise.

    Nothing is deleted in between: making files right after deleting many is slow on some file systems.
    """
    for scenario in wanted:
        for lander in landers:
            arena = Arena(Path(tempfile.mkdtemp(dir=place)), scenario, files)
            try:
                lander.prepare(arena)
            except OSError as error:
                yield Result(lander.NAME, scenario, None, str(error))
                continue
            begun = time.monotonic()
            lander.land(arena)
            yield Result(lander.NAME, scenario, findings(arena, time.monotonic() - begun))


def measure(rounds: int = 1) -> list[Row]:
    """Medians over ``rounds`` of twelve branches, against the script."""
    known, chosen = listed(), scenarios()
    rows: list[Row] = []
    with home() as place:
        for name in _GOALS:
            both = list(contest(place, [known["ours"], known["script"]] * rounds, [chosen[name]]))
            rows += _rows(name, both[::2], both[1::2])
    return rows


def _rows(name: str, ours: list[Result], script: list[Result]) -> Iterator[Row]:
    goal = _GOALS[name]
    theirs = [result.found for result in script if result.found]
    other = script[0].lander + script[0].why

    def row(what: str, unit: str, value: Callable[[Findings], float], goal: float | None = None) -> Row:
        alternative = statistics.median(map(value, theirs)) if theirs else None
        value_of_ours = statistics.median(value(result.found) for result in ours if result.found)
        return Row(f"{_SMALL} ready, {name}: {what}", value_of_ours, goal, other, alternative, unit)

    quarter = statistics.median(found.wall for found in theirs) / 4 if theirs and name == "clean" else None
    yield row("runs of the gate", "runs", lambda found: found.runs, goal)
    yield row("from start to end", "s", lambda found: found.wall, quarter)
    yield row("overhead a branch", "ms", lambda found: found.overhead / _SMALL, 60)
    yield row("not landed that could", "branches", lambda found: ours[0].scenario.best - len(found.landed), 0)
    yield row("on the trunk untested or red", "commits", lambda found: found.untested + found.red, 0)


def report(results: Iterable[Result], branches: int) -> Iterator[str]:
    """The results as lines of a table, each as soon as it is there."""
    heads = f"{'runs':>6}{'wall s':>8}{'ms/branch':>11}{'landed':>8}{'best':>6}{'untested':>10}{'red':>5}"
    yield f"{'':18}{'':26}{heads}  left out"
    for result in results:
        found, name = result.found, f"{result.scenario.name:18}{result.lander:26}"
        if not found:
            yield f"{name}{result.why}"
            continue
        left = [f"b{number}" for number in range(1, branches + 1) if f"b{number}" not in found.landed]
        yield (
            f"{name}{found.runs:6}{found.wall:8.2f}{found.overhead / branches:11.0f}{len(found.landed):8}"
            f"{result.scenario.best:6}{found.untested:10}{found.red:5}  {' '.join(left[:6])}{' …' if left[6:] else ''}"
        )


def main(words: list[str]) -> None:
    """Show every lander, or those named, in every scenario, or in those named."""
    numbers = [int(word) for word in words if word.isdigit()]
    branches, files = [*numbers, *(_SMALL, 0)[len(numbers) :]][:2]
    known, chosen = listed(), scenarios(branches)
    landers = [lander for name, lander in known.items() if name in words] or list(known.values())
    wanted = [scenario for name, scenario in chosen.items() if name in words] or list(chosen.values())
    with home() as place:
        for line in report(contest(place, landers, wanted, files), branches):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
