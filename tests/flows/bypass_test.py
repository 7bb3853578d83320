"""Nothing reaches the trunk untested from an engineer's worktree, or it is found: the table of docs/gate.md, tried.

`REWRITE_DOCS=1 python -m pytest tests/flows/bypass_test.py` writes the table anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flows.bypasses import ATTEMPTS, DETECTED, REFUSED, Attempt, Settings, outcome

from batty_hooks.system.git import config

PAGE = Path(__file__).parent.parent.parent / "docs" / "gate.md"
BEGIN, END = "<!-- bypasses: written by tests/flows/bypass_test.py -->\n", "<!-- end of bypasses -->\n"
HEAD = "| from an engineer's worktree | `guard: agents` | `guard: everyone` |\n|---|---|---|\n"
REWRITE = "REWRITE_DOCS" in os.environ
found: dict[str, str] = {}


def row(attempt: Attempt, *outcomes: str) -> str:
    """A line of the table; it is the same whatever git it was made with."""
    since = attempt.asked_from
    if since:
        assert set(outcomes) == {REFUSED if (config.version() or ()) >= since else DETECTED}
        outcomes = (f"{DETECTED}; {REFUSED} from git {since[0]}.{since[1]} on",) * len(outcomes)
    return f"| {attempt.name} | {' | '.join(outcomes)} |"


def documented() -> str:
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


# No wake of the commits before puts right what an attempt takes away before it has gone on.
pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(tmp_path_factory.mktemp("settings"))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_an_attempt_ends_as_the_page_says(attempt: Attempt, settings: Settings) -> None:
    outcomes = []
    for guard, checked_out in (("agents", False), ("everyone", False), ("agents", True)):
        setting = settings(guard, checked_out)
        done = setting.try_it(attempt)
        outcomes.append(outcome(setting, done))
        if outcomes[-1] == REFUSED and not checked_out:  # git itself refuses some where the trunk is checked out
            assert done.stderr.count("batty-hooks: ") == 1, done.stderr
    nowhere, everyone, in_the_primary = outcomes
    assert in_the_primary in (nowhere, REFUSED), "git itself refuses some where the trunk is checked out, we no fewer"
    found[attempt.name] = row(attempt, nowhere, everyone)
    assert REWRITE or found[attempt.name] in documented().splitlines(), "see the docstring of this file"


def test_the_page_lists_these_attempts_and_no_others() -> None:
    if REWRITE:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        table = "".join(f"{found[attempt.name]}\n" for attempt in ATTEMPTS)
        PAGE.write_text(f"{before}{BEGIN}{HEAD}{table}{END}{rest.partition(END)[2]}")
    listed = [line.rsplit(" | ", 2)[0] for line in documented().splitlines()[2:]]
    assert listed == [f"| {attempt.name}" for attempt in ATTEMPTS]
