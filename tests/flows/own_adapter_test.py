"""An adapter that a user wrote, or is writing: whatever its file does, the team goes on, and one line says so."""

from __future__ import annotations

import pytest
from tui.company import Company
from tui.kept import Kept

from batty_hooks.state import watcher

BROKEN = {
    "half-written": ("def heard(event", "def heard(event: str, (\n", "other.py cannot be read: SyntaxError"),
    "a glance that fails": (
        "    try:\n        said = json",
        "    return {}['x']\n    try:\n        said = json",
        "other.py: glance() failed: KeyError: 'x'",
    ),
    "a glance of another kind": (
        "    try:\n        said = json",
        "    return 'idle'\n    try:\n        said = json",
        "other.py: glance() gave str, not Heard or None",
    ),
}


def hired(company: Company) -> Company:
    """A lead on one adapter, an engineer on a copy of it."""
    company.hire(("lead", "architect", 1), ("engineer", "engineer", 1))
    adapters, team = company.project.adapters, company.project.team_file
    (adapters / "other.py").write_text((adapters / "tui.py").read_text().replace('NAME = "tui"', 'NAME = "other"'))
    team.write_text(team.read_text().replace("type: engineer, agent: tui", "type: engineer, agent: other"))
    return company


def at_work(company: Company) -> None:
    hired(company).start()
    company.ready("lead", "engineer-1")


@pytest.mark.parametrize("how", BROKEN)
def test_broken_while_the_team_is_at_work_it_harms_nobody_else(kept: Kept, how: str) -> None:
    before, after, words = BROKEN[how]
    company = kept(at_work)
    pid, adapter = company.watcher(), company.project.adapters / "other.py"
    whole = adapter.read_text()
    adapter.write_text(whole.replace(before, after))
    company.scene.run("send", "lead", "Are you there?")
    company.scene.run("send", "engineer-1", "And you?")
    company.wait(lambda: not company.unread("lead"))
    said = company.scene.run("status", code=1)
    assert words in said and "→ batty-hooks doctor  (once it is mended: write it as docs/agents.md shows)" in said
    adapter.write_text(whole)
    company.wait(lambda: not company.unread("engineer-1"))
    company.ready("engineer-1")
    assert "docs/agents.md" not in company.scene.run("status", code=None)
    assert watcher.alive(company.project) == pid


def test_what_is_said_while_it_cannot_be_read_is_heard_afterwards(kept: Kept) -> None:
    company = kept(at_work)
    company.scene.run("send", "engineer-1", f"WAIT: {company.scene.root}/go")
    company.wait(lambda: company.state("engineer-1") == "working")
    adapter = company.project.adapters / "other.py"
    whole = adapter.read_text()
    adapter.write_text("this is no Python\n")
    (company.scene.root / "go").write_text("")
    company.wait(lambda: list((company.room("engineer-1") / "events").iterdir()))
    adapter.write_text(whole)
    company.ready("engineer-1")


def test_the_team_can_be_stopped_all_the_same(kept: Kept) -> None:
    company = kept(at_work)
    (company.project.adapters / "other.py").write_text("this is no Python\n")
    assert "the team is stopped" in company.scene.run("stop")
    assert company.tmux("list-sessions", check=False) == ""


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("    argv = (", "    argv = launch.colour\n    argv = (", "start() failed: AttributeError"),
        ("    return Start(argv", "    return list(argv)\n    return Start(argv", "start() gave list, not Start"),
        ('MODES = ("work", "careful")', "MODES = ()", "MODES must name one permission mode at least"),
    ],
)
def test_a_start_that_fails_is_told_in_two_lines(company: Company, before: str, after: str, words: str) -> None:
    hired(company)
    adapter = company.project.adapters / "other.py"
    adapter.write_text(adapter.read_text().replace(before, after))
    said = company.start(code=None)
    assert words in said and "docs/agents.md" in said and "went wrong" not in said
    assert company.tmux("list-sessions", check=False) == ""


def test_a_prompt_that_it_cannot_make_out_is_told_and_the_next_one_heard(company: Company) -> None:
    hired(company)
    adapter = company.project.adapters / "other.py"
    whole = adapter.read_text()
    adapter.write_text(whole.replace('    if event == "prompt":', "    if event == \"prompt\":\n        data['x']"))
    company.start()
    company.ready("lead", "engineer-1")
    company.scene.run("send", "engineer-1", "Hello")
    company.wait(lambda: "Hello" in " ".join(company.taken("engineer-1")))
    company.wait(lambda: "heard() failed: KeyError: 'x'" in company.tmux("capture-pane", "-p", "-t", "=team:watch"))
    adapter.write_text(whole)
    company.wait(lambda: not company.unread("engineer-1"))
