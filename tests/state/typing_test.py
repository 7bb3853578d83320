"""Keys that are pressed in a pane reach that one alone, in a real tmux."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from scene import wait_for

from batty_hooks.state.panes import Pane, typing
from batty_hooks.system.tmux import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """Two panes side by side, synchronized, in which what is typed can be seen."""
    server = Server(f"batty-typing-{os.getpid()}")
    server.open(
        [
            ("new-session", "-d", "-s", "team", "-x", "80", "-y", "24", "cat"),
            ("split-window", "-t", "team", "cat"),
            ("set-option", "-w", "-t", "team", "synchronize-panes", "on"),
        ],
        {},
    )
    yield server
    server.ask("kill-server")


def test_keys_reach_one_pane_though_a_person_types_in_all(server: Server) -> None:
    first, second = (Pane(id, id, "tui") for id in server.ask("list-panes", "-t", "team", "-F", "#{pane_id}") or ())
    typing.empty(server, [(first, ("a b", "c"))])
    typing.enter(server, first)
    wait_for(lambda: "abc\nabc" in typing.screen(server, first))
    assert typing.screen(server, second) == ""
    assert server.ask("show-options", "-p", "-t", first.id) == []
    server.run(("send-keys", "-t", first.id, "for all"))
    wait_for(lambda: "for all" in typing.screen(server, second))
