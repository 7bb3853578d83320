"""Templates as text: the picture of a team, a team all of one agent, and what of a team.yaml is not a project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.errors import FatalError
from batty_hooks.state.team import one_agent, own_templates, reading, starting
from batty_hooks.state.team.picture import picture

TEMPLATES = list(starting.templates())
PICTURES = {
    "solo": "human\n└─ engineer-1 (claude)",
    "pair": "human\n└─ architect (claude)\n   └─ engineer-1 (codex)",
    "software": "human\n└─ tech-lead (claude)\n   ├─ backend-lead (claude)\n   │  └─ backend-1 … backend-4 (codex)\n"
    "   └─ frontend-lead (claude)\n      └─ frontend-1 … frontend-4 (codex)",
    "research": "human\n└─ principal (claude)\n"
    "   ├─ sub-lead-1 (claude)\n   │  └─ researcher-1-1, researcher-1-2 (codex)\n"
    "   ├─ sub-lead-2 (claude)\n   │  └─ researcher-2-1, researcher-2-2 (codex)\n"
    "   └─ sub-lead-3 (claude)\n      └─ researcher-3-1, researcher-3-2 (codex)",
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_of_a_template(name: str) -> None:
    assert "\n".join(picture(starting.template_team(name))) == PICTURES[name]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_all_of_one_agent(name: str) -> None:
    raw = starting.template_text(name).encode()
    for agent in ("claude", "codex", "gemini", "opencode"):
        team, wrong = reading.understand(one_agent.cast(raw, agent, Path()), Path(), "", thorough=True)
        assert not wrong and {member.role.agent for member in team.members} == {agent}
        assert [member.name for member in team.members] == [one.name for one in starting.template_team(name).members]


@pytest.mark.parametrize("agent", ["aider", "command"])
def test_who_reads_no_messages_leads_nobody(agent: str) -> None:
    solo = one_agent.cast(starting.template_text("solo").encode(), agent, Path())
    team, wrong = reading.understand(solo, Path(), "", thorough=True)
    assert not wrong and team.members[0].role.agent == agent
    for name in set(TEMPLATES) - {"solo"}:
        with pytest.raises(FatalError, match=f"{agent} cannot be .*: it reads no messages") as refused:
            one_agent.cast(starting.template_text(name).encode(), agent, Path())
        assert f"--template solo --agent {agent}" in refused.value.mend and "claude, codex" in refused.value.mend


ENGINEER = "roles:\n  - name: dev  # mine\n    role_type: engineer\n"


@pytest.mark.parametrize(
    ("before", "agent", "after"),
    [
        (ENGINEER + "    agent: codex # a\n    mode: x\n", "claude", ENGINEER + "    agent: claude # a\n    mode: x\n"),
        (ENGINEER + "    agent: [codex]\n", "claude", None),
        (ENGINEER + "    agent: codex", "command", ENGINEER + "    agent: command\n    command: \"./work {brief}\"\n"),
        (ENGINEER + "    command: ./x {brief}  # runs\n    agent: command\n", "aider", ENGINEER + "    agent: aider\n"),
        (
            "roles: [{name: dev, role_type: engineer, agent: command, command: ./x}]\n",
            "codex",
            "roles: [{name: dev, role_type: engineer, agent: codex}]\n",
        ),
        (
            "roles: [{name: é, role_type: engineer, command: ./x, agent: command}]\n".replace("é", "e"),
            "codex",
            "roles: [{name: e, role_type: engineer, agent: codex}]\n",
        ),
        (
            "# é\r\nroles:\r\n  - {name: dev, role_type: engineer, agent: codex}\r\n",
            "command",
            "# é\r\nroles:\r\n  - {name: dev, role_type: engineer, agent: command, command: \"./work {brief}\"}\r\n",
        ),
        (
            "roles:\n  - &one\n    name: a\n    role_type: engineer\n    agent: codex\n  - <<: *one\n    name: b\n",
            "claude",
            "roles:\n  - &one\n    name: a\n    role_type: engineer\n    agent: claude\n  - <<: *one\n    name: b\n",
        ),
    ],
)  # fmt: skip
def test_nothing_but_the_agents_is_changed(before: str, agent: str, after: str | None) -> None:
    found = one_agent.cast(before.encode(), agent, Path()).decode()
    if after is None:
        assert reading.understand(found.encode(), Path(), "")[0].roles[0].agent == agent
    else:
        assert found == after


@pytest.mark.parametrize("several", ["[claude, codex] # one after the other", "\n      - claude\n      - codex"])
def test_several_agents_of_a_role_are_shown_and_become_one(several: str) -> None:
    raw = f"{ENGINEER}    agent: {several}\n    instances: 2\n".encode()
    team = reading.understand(raw, Path(), "")[0]
    assert picture(team) == ["human", "└─ dev-1, dev-2 (claude, codex)"]
    alone = one_agent.cast(raw, "gemini", Path()).decode()
    comment = " # one after the other" if "#" in several else ""
    assert alone == f"{ENGINEER}    agent: gemini{comment}\n    instances: 2\n"


def test_what_was_written_for_another_agent_is_named() -> None:
    raw = (ENGINEER + "    agent: codex\n    model: x\n    args: [--y]\n").encode()
    team = reading.understand(raw, Path(), "")[0]
    assert one_agent.left_over(team, "claude") == [("dev", "model"), ("dev", "args")]
    assert one_agent.left_over(team, "codex") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: x\ntrunk: main  # the branch\ngate:\n  command: make\n  retries: 1\n", "gate:\n  retries: 1\n"),
        ("# top\ntrunk: main\n\ngate: {command: make, slots: 2}\n", "# top\n\ngate: {slots: 2}\n"),
        ("gate: {slots: 2, command: make}\nnudge: 5m\n", "gate: {slots: 2}\nnudge: 5m\n"),
        ("gate:\n  command: make\n  # timeout: 5m\n", "gate:\n  # timeout: 5m\n"),
        ("worktrees: {copy: [.env]}\n", "worktrees: {copy: [.env]}\n"),
        (f"{starting.settings('x', 'main', 'make')}\n", f"{starting.settings('x', None, None)}\n"),
    ],
)
def test_a_template_has_nothing_of_its_project(before: str, after: str) -> None:
    found = own_templates.general(f"{before}{ENGINEER}    agent: codex\n".encode()).decode()
    if "the branch that tested work lands on" in after:  # its commented lines are not put back
        assert "trunk:" not in found and "  command:" not in found
    else:
        assert found == f"{after}{ENGINEER}    agent: codex\n"
    again = own_templates.for_project(found.encode(), "dev line")
    assert reading.understand(again, Path(), "")[0].trunk == "dev line"
    assert own_templates.roles_of(again).startswith("roles:")
