"""A trunk on a server: what a landing there costs, a burst while a stranger pushes, and the return of a server that was
away. Beside each: git by itself, the same without a stranger, a bare script. Servers and clones are real.

`python tests/bench/remote.py [ROUNDS]`; rounds are of the landing alone.
"""

from __future__ import annotations

import contextlib
import json
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from base import Row, children, home, main, watching
from contest.arena import Arena, Scenario
from contest.landers import ours
from servers import Daemon, File, Server

from batty_hooks.moves.base import reaching
from batty_hooks.moves.base.offering import make_offer
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import spool, watcher
from batty_hooks.state.members import Report
from batty_hooks.state.project import Project

_TEST_SECONDS, _BURST, _PATIENCE_SECONDS = 2.0, 15, 240.0
_FOR_TESTS, _A_TEST = 3.0, 2  # for so many lengths of a test a stranger pushes, so often in each
_AWAY_SECONDS = 20.0
_SCRIPTED = "fetch, merge, test, push"
# What many people write: one branch after the other is merged with what the server has, tested and pushed, until it
# is there. $1: the branch, $2: the test's command line.
_SCRIPT = """\
while :; do
    git fetch -q origin main
    git checkout -q --detach FETCH_HEAD
    git merge -q --no-ff -m "Land $1" "$1" || { git merge --abort; exit 1; }
    $2 || exit 1
    git push -q origin HEAD:main && exit 0
    echo "push lost"
done
"""


def measure(rounds: int = 7) -> list[Row]:
    """One landing, a burst, a server that was away."""
    return [*_landings(rounds), *_bursts(), *_return()]


class Served:
    """An arena with ``branches`` ready, its trunk on a server, and what has come of them there."""

    def __init__(self, place: Path, branches: int, kind: type[Server] = File, seconds: float = _TEST_SECONDS) -> None:
        works = tuple({f"numbers/n{number}": f"{1000 + number}\n"} for number in range(branches))
        self.arena = Arena(Path(tempfile.mkdtemp(dir=place)), Scenario("remote", works, branches))
        gate = self.arena.place / "gate.sh"
        gate.write_text(gate.read_text().replace("sleep 0.5", f"sleep {seconds:g}"))
        self.server = kind(self.arena.place / "server", self.arena.root)
        self.arena.trunk = self.server.root
        self.server.start()
        self.arena.git("remote", "add", "origin", self.server.url)
        self.pushed_by_strangers: list[str] = []
        self.last_push = 0.0  # of a stranger's, in seconds since the epoch

    def install(self) -> Project:
        """batty-hooks, and the server in team.yaml."""
        ours.install(self.arena)
        settings = self.arena.root / ".batty/team_config/team.yaml"
        settings.write_text(settings.read_text() + "history: off\nremote:\n  name: origin\n  land: push\n")
        self.project = project_map.find(self.arena.root)
        return self.project

    def offer(self, branch: str) -> None:
        """Report a branch."""
        tip = self.arena.git("rev-parse", branch)
        make_offer(Look(self.project), Report("", "", branch, tip, "done", time.time()), approved=tip)

    @contextlib.contextmanager
    def strangers(self, seconds: float, pause: float) -> Iterator[None]:
        """Meanwhile somebody else pushes each ``pause`` seconds, for so many ``seconds``."""
        stranger, over = self.server.stranger(), threading.Event()

        def push() -> None:
            begun = time.monotonic()
            number = 1
            while not over.wait(max(0.0, begun + number * pause - time.monotonic())) and number * pause <= seconds:
                self.pushed_by_strangers.append(stranger.push({f"numbers/s{number}": f"{5000 + number}\n"}))
                self.last_push = time.time()
                number += 1

        thread = threading.Thread(target=push, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def events(self, name: str) -> list[dict[str, str]]:
        lines = (self.arena.root / ".batty/events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def wait(self) -> float:
        """Until all have landed: when the last of them came to the server (seconds since the epoch)."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while len(self.events("landed")) < len(self.arena.branches):
            assert time.monotonic() < until, f"after {_PATIENCE_SECONDS:g} s not all have landed"
            time.sleep(0.1)
        return _seconds(self.events("pushed")[-1]["ts"])

    def wrong(self) -> int:
        """Branches and strangers' commits that the server lacks, and what was pushed there untested."""
        there = set(self.server_git("rev-list", "main").split())
        missing = [oid for oid in (*self.arena.tips, *self.pushed_by_strangers) if oid not in there]
        passed = {run.tree for run in self.arena.gate_runs() if run.passed}
        mine = self.server_git("log", "--first-parent", "--format=%H %T", f"{self.arena.base}..main").splitlines()
        untested = [line for line in mine if line.split()[1] not in passed]
        return len(missing) + len([line for line in untested if line.split()[0] not in self.pushed_by_strangers])

    def server_git(self, *arguments: str) -> str:
        return self.arena.git(*arguments, cwd=self.server.root)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _landings(rounds: int) -> list[Row]:
    """What has passed lands: on a server, here, and the same commit by git alone."""
    with home() as place:
        there, here = Served(place, rounds + 1, seconds=0), Served(place, rounds + 1, seconds=0)
        project, local = there.install(), here.install()
        ours.install(here.arena)  # once more: without the lines of the server
        alone = place / "alone.git"
        there.arena.git("clone", "-q", "--bare", str(there.server.root), str(alone))
        there.arena.git("remote", "add", "alone", str(alone))
        taken: dict[str, list[tuple[float, float]]] = {"there": [], "here": [], "alone": []}
        for branch in there.arena.branches:
            for one in (there, here):
                one.offer(branch)
                _runner(one.project, "fetch", "gate").until_idle()
            taken["there"].append(_timed(lambda: _land_there(project)))
            taken["here"].append(_timed(lambda: _runner(local, "land").once()))
            taken["alone"].append(_timed(lambda: _by_git_alone(there.arena)))
        assert there.wrong() == 0 and there.server.tip() == there.arena.git("rev-parse", "main", cwd=alone)
        assert there.arena.git("rev-parse", "main") == there.server.tip()
    rows = []
    for number, clock in enumerate(("", " (processor time)")):
        median = {name: statistics.median(each[number] for each in times[1:]) for name, times in taken.items()}
        more, by_git = median["there"] - median["here"], median["alone"]
        rows.append(
            Row(f"a landing on a server over one here{clock}", more, round(by_git + 30), "git fetch, git push", by_git)
        )
        rows.append(Row(f"all of it{clock}", median["there"], None, "here", median["here"]))
    return rows


def _land_there(project: Project) -> None:
    """A look at the server, the push, and what follows here."""
    reaching.ask(Look(project))
    _runner(project, "push", "land", "follow").once()


def _by_git_alone(arena: Arena) -> None:
    arena.git("fetch", "-q", "alone", "main")
    arena.git("push", "-q", "alone", "main")


def _runner(project: Project, *moves: str) -> Runner:
    def say(item: str, error: Exception) -> None:
        raise error

    return Runner(project, list(moves), say)


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    """The milliseconds an action takes, by the clock and of processors, all it starts included."""
    used, begun = _processor(), time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1000, (_processor() - used) * 1000


def _processor() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + children()


class _Played:
    """A burst landed: seconds until all were on the server, runs of the test, pushes that came too late; the least
    that anybody can take who tests what lands, after the last push of somebody else."""

    def __init__(self, begun: float, last: float, served: Served, lost: int) -> None:
        self.seconds, self.runs, self.lost = last - begun, len(served.arena.gate_runs()), lost
        self.others, self.wrong = len(served.pushed_by_strangers), served.wrong()
        self.least = max(0.0, served.last_push - begun) + _TEST_SECONDS


def _bursts() -> Iterator[Row]:
    """Fifteen, quiet and while somebody pushes: reported one by one, and in one moment; beside a script.

    While somebody pushes more often than a test lasts, nothing that is tested can land: nobody who tests what lands is
    through before the last of these pushes and one test more. For what comes in one moment that alone is four tests,
    and quiet it is one: so by how much the goal is kept there depends on what else the machine does.
    """
    script, script_stirred = _script(0), _script(_FOR_TESTS)
    name, wrong = f"{_BURST} in a burst", 0
    for within, how in ((_FOR_TESTS, f" within {_FOR_TESTS:g} tests"), (0.0, " in one moment")):
        quiet, busy = _burst(0, within), _burst(_FOR_TESTS, within)
        wrong += quiet.wrong + busy.wrong
        stirred = f"{name}{how}, {busy.others} pushes by a stranger"
        yield Row(f"{stirred}: until all are there", busy.seconds, 0, "quiet", quiet.seconds, "s", most=2.5)
        yield Row("  the same", busy.seconds, None, "the least that can be", busy.least, "s")
        yield Row("  the same", busy.seconds, None, _SCRIPTED, script_stirred.seconds, "s")
        yield Row("  runs of the test", busy.runs, None, _SCRIPTED, script_stirred.runs, "runs")
        yield Row("  pushes too late", busy.lost, None, _SCRIPTED, script_stirred.lost, "pushes")
        yield Row(f"{name}{how}, quiet: until all are there", quiet.seconds, None, _SCRIPTED, script.seconds, "s")
        yield Row("  runs of the test", quiet.runs, None, _SCRIPTED, script.runs, "runs")
    theirs = script.wrong + script_stirred.wrong
    yield Row(f"{name}: commits lost, or on the server untested", wrong, 0, _SCRIPTED, theirs, "commits")


def _burst(for_tests: float, within: float) -> _Played:
    """All are reported ``within`` so many lengths of a test, while a stranger pushes ``for_tests`` of them."""
    with home() as place:
        served = Served(place, _BURST)
        project = served.install()
        with watching(served.arena):  # type: ignore[arg-type]
            watcher.pause(project, "the burst comes")
            begun = time.time()
            if not within:
                _report(served, begun, 0)
                begun = time.time()
            with served.strangers(for_tests * _TEST_SECONDS, _TEST_SECONDS / _A_TEST):
                watcher.resume(project)
                spool.wish(project, project.root)  # the watcher sees the spool at once, as after `resume`
                if within:
                    _report(served, begun, within * _TEST_SECONDS)
                last = served.wait()
        return _Played(begun, last, served, len(served.events("push lost")))


def _report(served: Served, begun: float, seconds: float) -> None:
    for number, branch in enumerate(served.arena.branches):
        time.sleep(max(0.0, begun + seconds * number / _BURST - time.time()))
        served.offer(branch)


def _script(for_tests: float) -> _Played:
    with home() as place:
        served = Served(place, _BURST)
        script, lost = served.arena.place / "land.sh", 0
        script.write_text(_SCRIPT)
        begun = time.time()
        with served.strangers(for_tests * _TEST_SECONDS, _TEST_SECONDS / _A_TEST):
            for branch in served.arena.branches:
                argv: Sequence[str] = ("sh", str(script), branch, served.arena.gate)
                done = subprocess.run(argv, cwd=served.arena.root, capture_output=True, text=True, check=False)
                lost += done.stdout.count("push lost")
        return _Played(begun, time.time(), served, lost)


def _return() -> Iterator[Row]:
    """A server is away while work is reported and its trunk moves; how long after its return all have landed."""
    with home() as place:
        served = Served(place, 5, Daemon)
        project = served.install()
        try:
            with watching(served.arena):  # type: ignore[arg-type]
                served.server.stop()
                begun = time.monotonic()
                for branch in served.arena.branches:
                    served.offer(branch)
                    time.sleep(_TEST_SECONDS / 2)
                served.pushed_by_strangers.append(served.server.stranger().push())
                time.sleep(max(0.0, begun + _AWAY_SECONDS - time.monotonic()))
                assert not served.events("landed") and Look(project).offers
                back = time.time()
                served.server.start()
                last = served.wait()
        finally:
            served.server.stop()
        name = f"a server was away for {_AWAY_SECONDS:g} s, its trunk has moved: "
        yield Row(f"{name}until 5 are there", last - back, _TEST_SECONDS + 10, "a test takes", _TEST_SECONDS, "s")
        yield Row(f"{name}commits lost or untested", served.wrong(), 0, unit="commits")


if __name__ == "__main__":
    main(measure)
