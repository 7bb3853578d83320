"""Typing in a pane: a text is pasted, then Enter is pressed a moment later; what stands in its input box is taken out
first; and who else is typing there.

The text goes as a bracketed paste, so that its lines are not taken for many messages. CLIs take what comes at once
with Enter for one more pasted line: hence the pause. A pane that somebody left in copy-mode would take the keys, so
that is left first.

CLIs draw from time to time, and some take a key for what was last drawn: a Backspace that would leave the mode for
shell commands, pressed at a box that has just been emptied, leaves it only when the emptied box has been drawn. No
pause is long enough for that on a busy machine. So a character is typed, and seen on the screen, before more is
pressed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.panes import SESSION, Pane
from batty_hooks.system import terminals
from batty_hooks.system.tmux import Server

READING_SECONDS = 20.0
_BEFORE_ENTER_SECONDS = 0.2
_READ_SECONDS = 2.0
_TYPED = "^"  # rare in what people type, and nowhere a key that answers, completes or opens something
_DRAWN_SECONDS = 5.0  # a CLI that has drawn nothing until then draws no typing now
_TYPED_AGAIN_SECONDS = 1.0
_LOOK_SECONDS = 0.03
_TYPING_SECONDS = 15.0  # people think in the middle of a line
_ESCAPE = "\x1b"
_WAS_SYNCHRONIZED = "@batty_synchronized"
_LAST_ATTACHED = "#{session_last_attached}"  # empty when nobody ever was


def paste(server: Server, pane: Pane, file: Path, buffer: str) -> None:
    """Paste a file's text by way of a buffer of tmux."""
    server.run(
        _leave_copy_mode(pane),
        ("load-buffer", "-b", buffer, str(file)),
        ("paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t", pane.id),
    )


def pause_before_enter(server: Server, pasted: Sequence[Pane]) -> None:
    """Wait as long as CLIs need to see that what was pasted is over, and a little longer for those that have not read
    it: one that stood still finds Enter and text at once otherwise."""
    time.sleep(_BEFORE_ENTER_SECONDS)
    limit = time.monotonic() + _READ_SECONDS
    while (late := unread(server, pasted)) and time.monotonic() < limit:
        pasted = [pane for pane in pasted if pane.id in late]
        time.sleep(_BEFORE_ENTER_SECONDS)


def unread(server: Server, chosen: Sequence[Pane]) -> frozenset[str]:
    """The panes (by their ids) whose program has not read yet what was typed there: it stands still, or the machine is
    too busy for it."""
    if not chosen:
        return frozenset()
    lines = server.ask("list-panes", "-a", "-F", "#{pane_id} #{pane_tty}") or ()
    places = dict(line.split(" ", 1) for line in lines if " " in line)
    return frozenset(pane.id for pane in chosen if terminals.unread(places.get(pane.id, "")))


def enter(server: Server, pane: Pane) -> None:
    """Press Enter."""
    _press(server, pane, "Enter")


def screen(server: Server, pane: Pane) -> str:
    """What a pane shows; "" when it is not there."""
    return "\n".join(line.rstrip() for line in server.ask("capture-pane", "-p", "-t", pane.id) or ()).strip("\n")


def empty(server: Server, wanted: Sequence[tuple[Pane, Sequence[str]]]) -> frozenset[str]:
    """Press keys in several panes, step by step, each step when the CLI has drawn what the one before has done.

    A step are keys in tmux's names with spaces between, pressed at once, or an escape sequence. Returns the panes (by
    their ids) that stand still: nothing of it was read there, and nothing more is typed.
    """
    still: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()
    for number in range(max((len(steps) for _, steps in wanted), default=0)):
        pressed = [(pane, steps[number]) for pane, steps in wanted if steps[number:] and pane.id not in still]
        for pane, keys in pressed:
            _press(server, pane, *(_raw(keys) if keys.startswith(_ESCAPE) else keys.split()))
        undrawn = _see_typing(server, [pane for pane, _ in pressed if pane.id not in blind])
        still |= unread(server, undrawn)
        blind |= {pane.id for pane in undrawn}
    return still


def _see_typing(server: Server, chosen: Sequence[Pane]) -> Sequence[Pane]:
    """Type a character, wait until it is on the screen, and take it back: what was pressed before it is drawn then.
    Returns those that have not drawn it. (One that begins may throw away what it has read, so it is typed again.)"""
    before = {pane.id: _count(server, pane) for pane in chosen}
    typed = dict.fromkeys(before, 0)
    late, heard, limit = chosen, chosen, time.monotonic() + _DRAWN_SECONDS
    while late and time.monotonic() < limit:
        for pane in heard:
            _press(server, pane, _TYPED)
            typed[pane.id] += 1
        until = min(limit, time.monotonic() + _TYPED_AGAIN_SECONDS)
        late = _wait(server, late, lambda pane, count: count > before[pane.id], until)
        unheard = unread(server, late)
        heard = [pane for pane in late if pane.id not in unheard]
    for pane in chosen:
        _press(server, pane, *["BSpace"] * typed[pane.id])
    drawn = [pane for pane in chosen if pane not in late]
    _wait(server, drawn, lambda pane, count: count <= before[pane.id], time.monotonic() + _DRAWN_SECONDS)
    return late


def _wait(
    server: Server, chosen: Sequence[Pane], is_drawn: Callable[[Pane, int], bool], limit: float
) -> Sequence[Pane]:
    """Returns those that have not drawn it by then (of the monotonic clock)."""
    while chosen and time.monotonic() < limit:
        chosen = [pane for pane in chosen if not is_drawn(pane, _count(server, pane))]
        time.sleep(_LOOK_SECONDS if chosen else 0.0)
    return chosen


def _count(server: Server, pane: Pane) -> int:
    return screen(server, pane).count(_TYPED)


def _raw(sequence: str) -> tuple[str, ...]:
    return ("-H", *(f"{byte:x}" for byte in sequence.encode()))


def _press(server: Server, pane: Pane, *keys: str) -> None:
    """In this pane alone. Where panes are synchronized (a person types in all of them at once) tmux would press them in
    the others too, and an Enter says yes to the dialog that is open there."""
    alone = f"set-option -p -t {pane.id} synchronize-panes off ; set-option -p -t {pane.id} {_WAS_SYNCHRONIZED} 1"
    again = f"set-option -p -u -t {pane.id} synchronize-panes ; set-option -p -u -t {pane.id} {_WAS_SYNCHRONIZED}"
    server.run(
        _leave_copy_mode(pane),
        ("if-shell", "-F", "-t", pane.id, "#{pane_synchronized}", alone),
        ("send-keys", "-t", pane.id, *keys),
        ("if-shell", "-F", "-t", pane.id, f"#{{{_WAS_SYNCHRONIZED}}}", again),
    )


def _leave_copy_mode(pane: Pane) -> tuple[str, ...]:
    return ("if-shell", "-F", "-t", pane.id, "#{pane_in_mode}", f"send-keys -t {pane.id} -X cancel")


def was_ever_attached(server: Server) -> bool:
    """Returns True if a person has looked at the team's session."""
    return any(server.ask("display-message", "-p", "-t", f"={SESSION}:", _LAST_ATTACHED) or ())


def last(server: Server) -> float:
    """When a person has pressed a key in the team's tmux last, or has come to it (whole seconds since the epoch); 0 if
    nobody ever has. (What is sent by `send-keys`, and what programs print, counts as nothing.)"""
    if not was_ever_attached(server):
        return 0.0
    return max((float(at) for at in server.ask("list-sessions", "-F", "#{session_activity}") or () if at), default=0.0)


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
