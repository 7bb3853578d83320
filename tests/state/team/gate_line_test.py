"""A test command is written into a team.yaml of any form, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.state.team import reading
from batty_hooks.state.team.gate_line import with_command

ROLES = "roles:\n  - {name: dev, role_type: engineer, agent: claude}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "gate:\n  command: npm test\n"),
        ("# mine\n", "# mine\n\ngate:\n  command: npm test\n"),
        (ROLES, ROLES + "\ngate:\n  command: npm test\n"),
        (ROLES.rstrip(), ROLES + "\ngate:\n  command: npm test\n"),
        (ROLES + "\n\n", ROLES + "\ngate:\n  command: npm test\n"),
        (ROLES.replace("\n", "\r\n"), (ROLES + "\ngate:\n  command: npm test\n").replace("\n", "\r\n")),
        ("gate:\n" + ROLES, 'gate: {command: "npm test"}\n' + ROLES),
        ("gate: # none yet\n" + ROLES, 'gate: {command: "npm test"} # none yet\n' + ROLES),
        ("gate: ~\n" + ROLES, 'gate: {command: "npm test"}\n' + ROLES),
        ("gate:\n  # command: x\n" + ROLES, 'gate: {command: "npm test"}\n  # command: x\n' + ROLES),
        ("gate:\n  timeout: 5m\n" + ROLES, "gate:\n  command: npm test\n  timeout: 5m\n" + ROLES),
        ("gate:\n    # é\n    slots: 2\n", "gate:\n    # é\n    command: npm test\n    slots: 2\n"),
        ("gate: {slots: 2}\n", 'gate: {command: "npm test", slots: 2}\n'),
        ("gate: {}\n", 'gate: {command: "npm test"}\n'),
        ("gate:\n  command:\n  slots: 2\n", "gate:\n  command: npm test\n  slots: 2\n"),
    ],
)
def test_it_is_put_where_it_belongs(tmp_path: Path, before: str, after: str) -> None:
    found = with_command(before.encode(), "npm test", tmp_path)
    assert found is not None and found.decode() == after


@pytest.mark.parametrize(
    "text", ["{roles: []}\n", "roles: [\n", "- a list\n", "gate: make\n...\n", "--- \na: 1\n---\n"]
)
def test_where_it_would_not_be_read_nothing_is_written(tmp_path: Path, text: str) -> None:
    assert with_command(text.encode(), "npm test", tmp_path) is None


@pytest.mark.parametrize("command", ["(cd 'my web' && npm test) && x # y", "a: b", "'/p q/python' -m pytest", "true"])
@pytest.mark.parametrize("text", [ROLES, "gate:\n", "gate: {slots: 2}\n", "gate:\n  slots: 2\n"])
def test_any_command_is_read_back(tmp_path: Path, command: str, text: str) -> None:
    found = with_command(text.encode(), command, tmp_path)
    assert found is not None
    assert reading.understand(found, tmp_path, "")[0].gate.command == command
