"""A tmux server whose socket something has taken away is called back; one that lives elsewhere is left alone."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from batty_hooks.system import tmux
from batty_hooks.system.tmux import Server


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path, int]]:
    """A server's name, its socket and its pid."""
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    name = f"t{uuid.uuid4().hex[:8]}"
    words = ["tmux", "-L", name, "-f", "/dev/null"]
    subprocess.run([*words, "new-session", "-d", "-s", "team", "sleep 60"], check=True)
    pid = int(subprocess.run([*words, "display", "-p", "#{pid}"], check=True, capture_output=True).stdout)
    yield name, tmp_path / f"tmux-{os.getuid()}" / name, pid
    os.kill(pid, 15)


@pytest.mark.parametrize("directory_too", [False, True])
def test_a_socket_that_was_tidied_away_is_made_again(made: tuple[str, Path, int], directory_too: bool) -> None:
    name, socket, pid = made
    socket.unlink()
    if directory_too:
        socket.parent.rmdir()
    assert not Server(name).has("team") and "No such file" in Server(name).refusal()
    assert Server(name, lambda: pid).has("team") and socket.exists() and not Server(name).refusal()


def test_one_that_is_elsewhere_is_called_once(
    made: tuple[str, Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, socket, pid = made
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(tmux, "_CALL_SECONDS", 0.1)
    there = Server(name, lambda: pid)
    assert not there.has("team") and socket.exists()
    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", None)
        assert not there.has("team") and not Server(name, lambda: 0).has("team")
