"""Who may do what, and who may write to whom: decided from the team alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state.team import prompts, reading, rights
from batty_hooks.state.team.model import ENGINEER, Team
from batty_hooks.state.team.rights import Act

BLOCKS = """\
roles:
  - {name: owner, role_type: user}
  - {name: architect, role_type: architect, agent: claude}
  - {name: manager, role_type: manager, agent: claude, instances: 2, talks_to: [architect, engineer, manager]}
  - {name: engineer, role_type: engineer, agent: codex, instances: 2, talks_to: [manager, engineer]}
"""
ABOVE = ("manager-1", "architect", "owner")
LEADERS = ("architect", "manager-1", "manager-2", "owner")


@pytest.fixture
def team(tmp_path: Path) -> Team:
    (tmp_path / "team.yaml").write_text(BLOCKS)
    found, wrong = reading.read(tmp_path / "team.yaml", "blocks", thorough=True)
    assert not wrong
    return found


@pytest.mark.parametrize(
    ("act", "of_engineer", "of_nobody"),
    [
        (rights.REPORT, ("engineer-1-1", *ABOVE), LEADERS),
        (rights.RELEASE, ("engineer-1-1", *ABOVE), LEADERS),
        (rights.BLOCK, ("engineer-1-1", *ABOVE), LEADERS),
        (rights.UNBLOCK, ABOVE, LEADERS),
        (rights.MOVE, ABOVE, LEADERS),
        (rights.ASSIGN, ABOVE, LEADERS),
        (rights.PLAN, LEADERS, LEADERS),
        (rights.PAUSE, ("architect", "owner"), ("architect", "owner")),
    ],
)
def test_who_may(team: Team, act: Act, of_engineer: tuple[str, ...], of_nobody: tuple[str, ...]) -> None:
    assert set(rights.who_may(team, act, "engineer-1-1")) == set(of_engineer)
    assert set(rights.who_may(team, act, "")) == set(of_nobody)
    assert rights.who_may(team, act, "engineer-1-1")[-1] == "owner"
    for who in team.names:
        assert rights.may(team, who, act, "engineer-1-1") == (who in of_engineer)


def test_a_manager_acts_for_its_own_reports_alone(team: Team) -> None:
    assert rights.may(team, "manager-2", rights.UNBLOCK, "engineer-2-1")
    assert not rights.may(team, "manager-2", rights.UNBLOCK, "engineer-1-1")
    assert not rights.may(team, "manager-2", rights.RELEASE, "manager-1")
    assert rights.may(team, "architect", rights.RELEASE, "manager-1")


def test_the_card_of_a_worktree_outside_the_team_is_its_leaders(team: Team) -> None:
    assert rights.who_may(team, rights.RELEASE, "agent-7")[-1] == "owner"
    assert not rights.may(team, "engineer-1-1", rights.RELEASE, "agent-7")


def test_without_a_team_everybody_may_everything() -> None:
    assert rights.may(Team("none"), "anybody", rights.PAUSE, "")


@pytest.mark.parametrize(
    ("sender", "to", "may"),
    [
        ("engineer-2-1", "manager-2", True),
        ("engineer-2-1", "manager-1", False),
        ("manager-1", "engineer-1-2", True),
        ("manager-1", "engineer-2-1", False),
        ("manager-1", "manager-2", True),
        ("manager-2", "architect", True),
        ("architect", "manager-2", True),
        ("architect", "engineer-1-1", False),
        ("engineer-1-1", "engineer-2-1", True),
        ("engineer-1-1", "owner", True),
        ("owner", "engineer-1-1", True),
    ],
)
def test_a_role_means_those_one_works_with(team: Team, sender: str, to: str, may: bool) -> None:
    assert team.may_write(sender, to) == may


def test_somebody_of_another_block_is_named_by_name(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(BLOCKS.replace("[manager, engineer]", "[manager, manager-1]"))
    found, _ = reading.read(tmp_path / "team.yaml", "blocks")
    assert found.may_write("engineer-2-1", "manager-1")


def test_a_second_architect_that_leads_nobody_is_spoken_to(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(BLOCKS.replace("agent: claude}", "agent: claude, instances: 2}", 1))
    found, _ = reading.read(tmp_path / "team.yaml", "blocks")
    assert found.may_write("manager-1", "architect-1") and found.may_write("architect-2", "manager-1")


def test_a_prompt_names_nothing_that_is_refused(team: Team) -> None:
    """Each verb that a role's prompt tells is one the role may use, for whom it would be used."""
    needs = {
        "done": rights.REPORT, "task add": rights.PLAN, "assign": rights.ASSIGN, "task release": rights.RELEASE,
        "task block": rights.BLOCK, "task unblock": rights.UNBLOCK, "merge": rights.REPORT,
    }  # fmt: skip
    for member in team.members:
        text = prompts.render("{{commands}}", team, member, "true")
        owner = member.name if member.role.role_type == ENGINEER else "engineer-1-1"
        owner = member.reports[0] if member.reports and member.role.role_type == "manager" else owner
        for verb, act in needs.items():
            if f"batty-hooks {verb} " in text or f"batty-hooks {verb}`" in text:
                assert rights.may(team, member.name, act, owner), f"{member.name}: {verb}"


@pytest.mark.parametrize(
    ("role", "what"),
    [
        ("{name: lead, role_type: manager, agent: command, command: ./x}", "'command' cannot read messages"),
        ("{name: lead, role_type: manager, agent: aider}", "'aider' cannot read messages"),
        ("{name: lead, role_type: architect, agent: aider}", "as an architect must"),
        ("{name: lead, role_type: manager, agent: mute}", "'mute' cannot read messages"),
    ],
)
def test_an_agent_that_cannot_hear_or_type_leads_nobody(tmp_path: Path, role: str, what: str) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents/mute.py").write_text('NAME = "mute"\nINTERACTIVE: bool = False\n')
    (tmp_path / "team.yaml").write_text(f"roles:\n  - {role}\n  - {{name: e, role_type: engineer, agent: aider}}\n")
    [wrong] = reading.read(tmp_path / "team.yaml", "x", thorough=True)[1]
    assert wrong.line == 2 and what in wrong.what
    assert wrong.mend.startswith("take one of: claude, codex") and "aider" not in wrong.mend
    assert reading.read(tmp_path / "team.yaml", "x")[1] == []  # a team that runs is not taken away from anybody
