"""Before a team is started, each CLI is asked whether somebody is logged in, where that can be known."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui.company import Company

LOGIN = """

def login(launch):
    from batty_hooks.agents.base import Check
    return Check(ask=("sh", "-c", {ask!r}), means=lambda code, said: said.strip() if code else "", mend="tui login")
"""


def asks(company: Company, ask: str) -> None:
    file = company.project.adapters / "tui.py"
    file.write_text(file.read_text() + LOGIN.format(ask=ask))


def is_up(company: Company) -> bool:
    return bool(company.tmux("list-sessions", check=False))


def test_who_is_not_logged_in_is_named_with_the_way_in_and_nothing_is_started(company: Company) -> None:
    company.hire(("architect", "architect", 1), ("engineer", "engineer", 2))
    asks(company, "echo nobody is logged in; exit 1")
    assert company.start(code=1).splitlines() == [
        "nothing was started:",
        "!!  role 'architect': tui: nobody is logged in",
        "    → tui login",
        "!!  role 'engineer': tui: nobody is logged in",
        "    → tui login",
    ]
    assert not is_up(company)
    assert "!!  role 'engineer': tui: nobody is logged in" in company.scene.run("doctor", code=1)


def test_it_is_asked_with_the_environment_that_it_will_have(company: Company) -> None:
    company.hire(("engineer", "engineer", 1))
    team = company.project.team_file
    team.write_text(team.read_text().replace("agent: tui", "agent: tui, env: {TUI_KEY: k}"))
    asks(company, "echo $TUI_KEY-$CLAUDECODE-$BATTY_MEMBER >said; test $TUI_KEY = k")
    company.start(env={"CLAUDECODE": "1"})
    assert is_up(company)
    assert (company.scene.root / "said").read_text() == "k--engineer-1\n"


def test_a_cli_that_does_not_answer_holds_nobody_up(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is ended after a while, with what it started; its login counts as not known."""
    from batty_hooks.people import agent_checks
    from batty_hooks.rules.look import Look

    company.hire(("engineer", "engineer", 1))
    asks(company, f"sleep 600 & echo $! >'{tmp_path}/pid'; sleep 600; echo no; exit 1")
    monkeypatch.setattr(agent_checks, "_PATIENCE_SECONDS", 5.0)  # in which a busy machine starts it
    assert agent_checks.lacking(Look(company.project)) == []
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
