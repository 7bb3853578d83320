"""`.batty/verdicts/` and `.batty/logs/`: what the gate found, by tree, and the whole output of each run.

A verdict belongs to the *tree* and to how it was tested (git-test's idea): a tree that passed is never tested again,
whatever commit carries it. `commits/<commit>.json` beside them only points: to the verdict on a commit that was tested
alone, and to the red and the green ones on candidates it was part of. Without it things are tested once more.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late, process
from batty_hooks.system.records import asdict, dataclass, replace

TAIL_LINES = 50
PASSED, FAILED, TIMEOUT, BROKEN = "passed", "failed", "timeout", "broken"
_FORMAT = "1"
_FAILURE = late.pattern(
    r"^(FAILED |ERROR |E   |\s*(error|fatal|panic)\b|.*\b(Error|Exception): |not ok |--- FAIL|FAIL\b|.*✗|.*\*\*\* )"
)
# A run that finds nothing to test has failed for most runners, and says so in words of its own.
_NOTHING = late.pattern(r"\bno tests? (ran|(files? )?found|executed|were run)\b|: No module named ", re.IGNORECASE)
# What passed is listed too by some (a line of dots, "ok", a tick): such a line accuses nobody.
_PASSING = late.pattern(r"\bPASS(ED)?\b|\bok\b|✓|^\S+ [.sxX]+(\s|$)", re.IGNORECASE)
_NUMBER = late.pattern(r"0x[0-9a-f]+|\d+")
_WORD = late.pattern(r"[\w./@+-]*[\w@+-]")
_POINTERS = 6
_SEARCHED_LINES = 2000
_LONGEST_LABEL = 150  # of many branches that are tested together, in the name of a log: a file system has its limit
_MISSING = (126, 127)  # what a shell answers when it cannot start the command at all


@dataclass(frozen=True)
class Verdict:
    """``result``: passed, failed, timeout, or broken (the test command itself could not be started).

    ``exit`` is the exit code, ``seconds`` the time it took, ``log`` the file with everything it printed, ``base`` the
    trunk commit and ``commit`` the candidate it was made of, ``first`` the first failing line. ``commits`` are the
    offered commits in it, ``named`` those whose paths a red run's output mentions. ``runs`` counts red runs of this
    tree; ``unlike``: they failed in different lines. ``flaky``: it has both failed and passed, and ``log`` and
    ``first`` are of the run that failed.
    """

    key: str
    tree: str
    command: str
    result: str
    exit: int
    seconds: float
    log: str
    base: str
    commit: str
    at: str
    first: str = ""
    commits: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    runs: int = 1
    flaky: bool = False
    unlike: bool = False

    @property
    def passed(self) -> bool:
        return self.result == PASSED


def key_of(project: Project, tree: str, command: str, inputs: tuple[str, ...] = (), settings: str = "") -> str:
    """The name of a verdict: tree, test command, the declared inputs outside the tree (by content), and how the
    worktree was made ready, in a word."""
    import hashlib

    words = (_FORMAT, tree, command, *([settings] if settings else []))
    digest = hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape"))
    for name in sorted(inputs):
        path = project.root / name
        digest.update(f"\0{name}\0".encode("utf-8", "surrogateescape"))
        digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()[:40]


def get(project: Project, key: str) -> Verdict | None:
    """The verdict of that name, or None; an unreadable file is no verdict, and the tree is tested again."""
    try:
        known = json.loads((project.verdicts / f"{key}.json").read_text("utf-8", "replace"))
        return Verdict(**{**known, "commits": tuple(known.get("commits", ())), "named": tuple(known.get("named", ()))})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def put(project: Project, verdict: Verdict) -> None:
    """Write a verdict; the rename is what makes it count, and what points to it from its commits comes before."""
    for commit in verdict.commits:
        _point(project, commit, verdict, alone=len(verdict.commits) == 1)
    data = json.dumps(asdict(verdict), indent=1, ensure_ascii=False) + "\n"
    atomic.write(project.verdicts / f"{verdict.key}.json", data)


def after(earlier: Verdict | None, verdict: Verdict) -> Verdict:
    """The verdict of one more run of a tree, given the one before: red runs are counted, red and green is flaky."""
    if earlier is None or earlier.passed or BROKEN in (earlier.result, verdict.result):
        return verdict
    if verdict.passed:
        return replace(verdict, flaky=True, log=earlier.log, first=earlier.first)
    unlike = earlier.unlike or not alike(earlier.first, verdict.first)
    return replace(verdict, runs=earlier.runs + 1, unlike=unlike)


def alike(first: str, other: str) -> bool:
    """Whether two red runs may have failed in the same line: but for its numbers (times, addresses). What
    names no line may be any."""
    return not first or not other or _NUMBER.sub("", first) == _NUMBER.sub("", other)


def tested_with(project: Project, commit: str) -> list[Verdict]:
    """The last few verdicts on candidates that ``commit`` was part of; at the end the newest on it alone, whatever
    trunk it was merged with."""
    known = _pointers(project, commit)
    alone = known["alone"]
    keys = [key for key in (*known["red"], *known["green"]) if key != alone] + ([alone] if alone else [])
    return [verdict for verdict in (get(project, key) for key in keys) if verdict]


def _point(project: Project, commit: str, verdict: Verdict, alone: bool) -> None:
    now = _pointers(project, commit)
    new = {word: [key for key in now[word] if key != verdict.key] for word in ("red", "green")}
    new["green" if verdict.passed else "red"].append(verdict.key)
    place = project.verdicts / "commits"
    place.mkdir(exist_ok=True)
    said = {"alone": verdict.key if alone else now["alone"], **{word: new[word][-_POINTERS:] for word in new}}
    if said != now:
        atomic.write(place / f"{commit}.json", json.dumps(said) + "\n", lasting=False)


def _pointers(project: Project, commit: str) -> dict[str, Any]:
    try:
        known = json.loads((project.verdicts / "commits" / f"{commit}.json").read_text())
        lists = {word: [str(key) for key in known.get(word, ())] for word in ("red", "green")}
        return {"alone": str(known["alone"]), **lists}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {"alone": "", "red": [], "green": []}


def log_path(project: Project, label: str, tree: str) -> Path:
    """A new file for the output of one run."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", label)[:_LONGEST_LABEL]
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    for number in range(1000):
        path = project.logs / f"{stamp}-{safe}-{tree[:10]}{f'-{number}' if number else ''}.log"
        if not path.exists():
            return path
    return path


def result_of(outcome: process.Outcome) -> str:
    """The word for how a test run ended: only exit 0 passes. Raises FatalError when its end proves nothing."""
    if outcome.spoilt:
        mend = "batty-hooks step  (it is tested again; nobody is charged)"
        raise FatalError(f"no verdict: {outcome.spoilt}", mend, TRY_AGAIN)
    if outcome.timed_out:
        return TIMEOUT
    if outcome.exit in _MISSING:
        return BROKEN
    return PASSED if outcome.exit == 0 else FAILED


def why(verdict: Verdict) -> str:
    """Why a run is red, in a line: its first failure, or how it ended and the last that it printed."""
    if verdict.result == TIMEOUT:
        return f"the test was stopped after {verdict.seconds:.0f} s"
    return verdict.first or ": ".join(filter(None, (f"exit {verdict.exit}", last_lines(Path(verdict.log), 1))))


def tail(verdict: Verdict) -> list[str]:
    """The last 50 lines the run printed."""
    return lines_of(Path(verdict.log))


def lines_of(log: Path) -> list[str]:
    """The last 50 lines of a log."""
    try:
        return process.tail(log, TAIL_LINES)
    except OSError:
        return [f"(the log {log} is gone)"]


def first_failure(log: Path) -> str:
    """The first line of a log that looks like a failure, for one-line views."""
    try:
        return _failure_in(process.tail(log, 400)) or _failure_in(process.head(log))
    except OSError:
        return ""


def _failure_in(lines: list[str]) -> str:
    found = [line.strip() for line in lines if _FAILURE.match(line)]
    named = [line for line in found if line.startswith(("FAILED ", "ERROR ", "--- FAIL", "not ok"))]
    return (named or found or [line.strip() for line in lines if _NOTHING.search(line)] or [""])[0][:200]


def spoken_of(log: Path) -> dict[str, set[str]]:
    """What looks like files in the failing output, by the last part of the name. A hint where to look first, never
    more."""
    try:
        lines = process.tail(log, _SEARCHED_LINES)
    except OSError:
        return {}
    by_name: dict[str, set[str]] = {}
    for line in lines:
        for word in [] if _PASSING.search(line) else _WORD.findall(line):
            if "/" in word or "." in word:
                by_name.setdefault(word.rpartition("/")[2], set()).add(word.removeprefix("./"))
    return by_name


def among(spoken: dict[str, set[str]], paths: Iterable[str]) -> set[str]:
    """Which of ``paths`` the output speaks of, by their whole name, their end or their beginning cut off."""
    return {path for path in paths if any(_same_file(path, word) for word in spoken.get(path.rpartition("/")[2], ()))}


def _same_file(path: str, word: str) -> bool:
    """`label.py` and `/tmp/gate-1/parcels/label.py` may both be `parcels/label.py`."""
    return word == path or word.endswith(f"/{path}") or path.endswith(f"/{word}")


def last_lines(log: Path, count: int) -> str:
    """The last lines of a log that say anything, joined; "" when there is none."""
    try:
        lines = [line.strip() for line in process.tail(log, 50) if line.strip()]
    except OSError:
        return ""
    return " / ".join(lines[-count:])[:200]
