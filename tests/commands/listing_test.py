"""What `--help` and completion say of each verb is read from its file, and is what the verb itself says."""

from __future__ import annotations

import sys

import click
import pytest

from batty_hooks.main import batty_hooks, described

CONTEXT = click.Context(batty_hooks, info_name="batty-hooks")
NAMES = batty_hooks.list_commands(CONTEXT)


@pytest.mark.parametrize("name", NAMES)
def test_a_verb_is_described_as_it_describes_itself(name: str) -> None:
    real = batty_hooks.get_command(CONTEXT, name)
    assert real is not None
    module = sys.modules[f"batty_hooks.commands.{name.replace('-', '_')}"]
    with open(str(module.__file__), encoding="utf-8") as file:
        read = described(name, file.read())
    assert (read.get_short_help_str(100), read.hidden) == (real.get_short_help_str(100), real.hidden)


def test_each_verb_is_listed_but_the_hidden_ones() -> None:
    listed = batty_hooks.get_help(CONTEXT)
    for name in NAMES:
        verb = batty_hooks.get_command(CONTEXT, name)
        assert verb is not None
        assert (f"\n  {name} " in listed) == (not verb.hidden), name


def test_completed_are_verbs_and_options() -> None:
    assert {item.value for item in batty_hooks.shell_complete(CONTEXT, "st")} == {
        "standup",
        "start",
        "status",
        "step",
        "stop",
    }
    assert "--version" in {item.value for item in batty_hooks.shell_complete(CONTEXT, "--")}
    assert "wake" not in {item.value for item in batty_hooks.shell_complete(CONTEXT, "")}
