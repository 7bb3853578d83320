"""One repository with branches that are ready to land, and the gate that tests them.

The gate writes down each of its runs: the tree, how it ended, and where the trunk stood at that moment.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEST_SECONDS = 0.5
# Every number in numbers/ is a number, and no two files hold the same one; it says in which files it is otherwise.
CHECK = """\
bad=$(grep -vlxE '[0-9]+' numbers/*)
[ -z "$bad" ] || { for file in $bad; do echo "FAILED $file is not a number"; done; exit 1; }
double=$(cat numbers/* | sort | uniq -d)
[ -z "$double" ] || { for file in $(grep -lx "$double" numbers/*); do echo "FAILED $file: twice"; done; exit 1; }
"""
_GATE = """\
runs=$1 trunk=$2 manner=$3
at=$runs/$$
: >"$at.begun"
sleep {seconds}
code=0
if [ "$manner" = silent ]; then
    sh check.sh >/dev/null || {{ echo FAILED; code=1; }}
elif [ "$manner" = flaky ] && [ ! -e "$runs/was-red" ]; then
    : >"$runs/was-red"
    echo FAILED by chance
    code=1
else
    sh check.sh || code=1
fi
echo "$(git rev-parse 'HEAD^{{tree}}') $code $(git --git-dir="$trunk" rev-parse refs/heads/main)" >"$at.ended"
exit $code
"""


@dataclass(frozen=True)
class Scenario:
    """What each branch changes, in the order in which they are ready, and how many can land at best.

    ``manner`` of the gate: "" names the failing files, "silent" says only that it failed, "flaky" fails once by chance.
    """

    name: str
    works: tuple[dict[str, str], ...]
    best: int
    manner: str = ""


@dataclass(frozen=True)
class Run:
    """One run of the gate: its tree, whether it passed, where the trunk stood when it ended, from when to when."""

    tree: str
    passed: bool
    trunk: str
    begun: float
    ended: float


class Arena:
    """A repository with the branches b1, b2 … of a scenario and ``files`` files that none of them touches.

    ``trunk`` is the git directory in which the trunk is published; a lander that pushes elsewhere says so.
    """

    def __init__(self, place: Path, scenario: Scenario, files: int = 0) -> None:
        self.place, self.scenario = place, scenario
        self.root, self.runs = place / "repository", place / "runs"
        self.trunk = self.root / ".git"
        self.branches = [f"b{number}" for number in range(1, len(scenario.works) + 1)]
        self.runs.mkdir(parents=True)
        (place / "gate.sh").write_text(_GATE.format(seconds=TEST_SECONDS))
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.root)], check=True)
        stream = "".join(_commits(scenario, files)).encode()
        subprocess.run(["git", "fast-import", "--quiet"], cwd=self.root, input=stream, check=True)
        self.git("reset", "-q", "--hard")
        self.base = self.git("rev-parse", "main")
        self.tips = [self.git("rev-parse", branch) for branch in self.branches]  # a lander may delete a branch

    @property
    def gate(self) -> str:
        """The command line of the gate."""
        return f"sh {self.place}/gate.sh {self.runs} {self.trunk} {self.scenario.manner}".rstrip()

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *arguments], cwd=cwd or self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"git {arguments}: {done.stdout}{done.stderr}"
        return done.stdout.rstrip("\n")

    def gate_runs(self) -> list[Run]:
        """Every run of the gate, in the order in which they began."""
        return sorted(map(_read, self.runs.glob("*.ended")), key=lambda run: run.begun)


def _read(ended: Path) -> Run:
    tree, code, trunk = ended.read_text().split()
    begun = ended.with_suffix(".begun").stat().st_mtime
    return Run(tree, code == "0", trunk, begun, ended.stat().st_mtime)


def _commits(scenario: Scenario, files: int) -> Iterator[str]:
    """A project and the branches that were made from it, as `git fast-import` reads them."""
    base = {f"src/{number // 200}/{number}.txt": f"{number}\n" for number in range(files)}
    base |= {"check.sh": CHECK, "numbers/one": "1\n", "shared.txt": "shared\n"}
    yield from _commit("main", "A project", base)
    for number, work in enumerate(scenario.works, 1):
        yield from _commit(f"b{number}", f"Work {number}", work, parent="main")


def _commit(branch: str, message: str, files: dict[str, str], parent: str = "") -> Iterator[str]:
    yield f"commit refs/heads/{branch}\ncommitter Bench <bench@example.org> 1700000000 +0000\n"
    yield f"data {len(message)}\n{message}\n"
    if parent:
        yield f"from refs/heads/{parent}\n"
    for name, text in files.items():
        yield f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
