"""Typing in a pane: a text is pasted, then Enter is pressed a moment later; and who else is typing there.

The text goes as a bracketed paste, so that its lines are not taken for many messages. CLIs take what comes at once
with Enter for one more pasted line: hence the pause. A pane that somebody left in copy-mode would take the keys, so
that is left first.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.panes import SESSION, Pane
from batty_hooks.system.tmux import Server

READING_SECONDS = 20.0
_BEFORE_ENTER_SECONDS = 0.2
_BETWEEN_KEYS_SECONDS = 0.15  # sent together they count as pasted text
_TYPING_SECONDS = 15.0  # people think in the middle of a line
_LAST_ATTACHED = "#{session_last_attached}"  # empty when nobody ever was


def paste(server: Server, pane: Pane, file: Path, buffer: str) -> None:
    """Paste a file's text by way of a buffer of tmux."""
    server.run(
        _leave_copy_mode(pane),
        ("load-buffer", "-b", buffer, str(file)),
        ("paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t", pane.id),
    )


def pause_before_enter() -> None:
    """Wait as long as CLIs need to see that what was pasted is over."""
    time.sleep(_BEFORE_ENTER_SECONDS)


def enter(server: Server, pane: Pane) -> None:
    """Press Enter."""
    _key(server, pane, "Enter")


def press(server: Server, wanted: Sequence[tuple[Pane, Sequence[str]]]) -> None:
    """Press keys in several panes, one after the other in each."""
    for number in range(max((len(keys) for _, keys in wanted), default=0)):
        for pane, keys in wanted:
            if keys[number:]:
                _key(server, pane, keys[number])
        time.sleep(_BETWEEN_KEYS_SECONDS)


def _key(server: Server, pane: Pane, key: str) -> None:
    server.run(_leave_copy_mode(pane), ("send-keys", "-t", pane.id, key))


def _leave_copy_mode(pane: Pane) -> tuple[str, ...]:
    return ("if-shell", "-F", "-t", pane.id, "#{pane_in_mode}", f"send-keys -t {pane.id} -X cancel")


def was_ever_attached(server: Server) -> bool:
    """Returns True if a person has looked at the team's session."""
    return any(server.ask("display-message", "-p", "-t", f"={SESSION}:", _LAST_ATTACHED) or ())


def in_use(server: Server) -> dict[str, tuple[float, float]]:
    """The panes a person has pressed a key in (seconds since the epoch) and for how long after that they are kept: a
    half-written line would become part of ours; and who reads what has scrolled by would be thrown out of it."""
    wanted = "#{client_activity} #{client_created} #{client_readonly} #{pane_in_mode} #{pane_id}"
    try:
        lines = server.ask("list-clients", "-F", wanted) or []
    except FatalError:
        return {}
    fields = [line.split() for line in lines]
    seen = [(id, float(at), _spared(int(at) > int(came), read_only, mode)) for at, came, read_only, mode, id in fields]
    return {id: (at, spared) for id, at, spared in sorted(seen, key=lambda one: one[1]) if time.time() - at < spared}


def _spared(typed: bool, read_only: str, mode: str) -> float:
    """For how long after the last key a client keeps a pane; not because somebody has just come to look."""
    if mode not in ("", "0"):
        return READING_SECONDS
    return _TYPING_SECONDS if typed and read_only == "0" else 0.0
