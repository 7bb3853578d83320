"""`.batty/verdicts/` and `.batty/logs/`: what the gate found, by tree, and the whole output of each run.

A verdict belongs to the *tree* and to how it was tested (git-test's idea): a tree that passed is never tested again,
whatever commit carries it.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, process

TAIL_LINES = 50
PASSED, FAILED, TIMEOUT, BROKEN = "passed", "failed", "timeout", "broken"
_FORMAT = "1"
_FAILURE = re.compile(
    r"^(FAILED |ERROR |E   |\s*(error|fatal|panic)\b|.*\b(Error|Exception): |not ok |--- FAIL|FAIL\b|.*✗|.*\*\*\* )"
)
_MISSING = (126, 127)  # what a shell answers when it cannot start the command at all


@dataclass(frozen=True)
class Verdict:
    """``result``: passed, failed, timeout, or broken (the test command itself could not be started).

    ``exit`` is the exit code, ``seconds`` the time it took, ``log`` the file with everything it printed, ``base`` the
    trunk commit and ``commit`` the candidate it was made of, ``first`` the first failing line.
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

    @property
    def passed(self) -> bool:
        return self.result == PASSED


def key_of(project: Project, tree: str, command: str, inputs: tuple[str, ...] = ()) -> str:
    """The name of a verdict: tree, test command, and the declared inputs outside the tree (by content)."""
    digest = hashlib.sha256("\0".join((_FORMAT, tree, command)).encode("utf-8", "surrogateescape"))
    for name in sorted(inputs):
        path = project.root / name
        digest.update(f"\0{name}\0".encode("utf-8", "surrogateescape"))
        digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()[:40]


def get(project: Project, key: str) -> Verdict | None:
    """The verdict of that name, or None; an unreadable file is no verdict, and the tree is tested again."""
    try:
        return Verdict(**json.loads((project.verdicts / f"{key}.json").read_text("utf-8", "replace")))
    except (OSError, ValueError, TypeError):
        return None


def put(project: Project, verdict: Verdict) -> None:
    """Write a verdict; the rename is what makes it count."""
    data = json.dumps(asdict(verdict), indent=1, ensure_ascii=False) + "\n"
    atomic.write(project.verdicts / f"{verdict.key}.json", data)


def forget(project: Project, key: str) -> None:
    """Drop a verdict, so that the tree is tested again."""
    atomic.remove(project.verdicts / f"{key}.json")


def log_path(project: Project, label: str, tree: str) -> Path:
    """A new file for the output of one run."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", label)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    for number in range(1000):
        path = project.logs / f"{stamp}-{safe}-{tree[:10]}{f'-{number}' if number else ''}.log"
        if not path.exists():
            return path
    return path


def result_of(outcome: process.Outcome) -> str:
    """The word for how a test run ended: only exit 0 passes."""
    if outcome.timed_out:
        return TIMEOUT
    if outcome.exit in _MISSING:
        return BROKEN
    return PASSED if outcome.exit == 0 else FAILED


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
        lines = process.tail(log, 400)
    except OSError:
        return ""
    found = [line.strip() for line in map(_without_colours, lines) if _FAILURE.match(line)]
    named = [line for line in found if line.startswith(("FAILED ", "ERROR ", "--- FAIL", "not ok"))]
    return (named or found or [""])[0][:200]


def _without_colours(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)


def last_lines(log: Path, count: int) -> str:
    """The last lines of a log that say anything, joined; "" when there is none."""
    try:
        lines = [line.strip() for line in process.tail(log, 50) if line.strip()]
    except OSError:
        return ""
    return " / ".join(lines[-count:])[:200]
