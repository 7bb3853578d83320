"""The screen of `top`, and its keys: what is shown and what a key does is decided in people/top.

textual draws, reads keys and keeps the terminal whole; nothing else of the program imports it, and this module is
imported by its verb alone. A command runs in a thread that ends with us: leaving waits for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from batty_hooks.commands.top.dialogs import Page, Question, Words
from batty_hooks.commands.top.looking import Gone, Looking
from batty_hooks.errors import FatalError
from batty_hooks.people.top import acts, drawing, rows
from batty_hooks.people.top.acts import Act
from batty_hooks.people.top.drawing import Line, Piece
from batty_hooks.people.top.glance import Glance
from batty_hooks.people.top.rows import Slot, View
from batty_hooks.state.project import Project
from batty_hooks.system import process, screen

INTERRUPTED = 130
_SLOW_SECONDS = 3.0  # a look that takes longer is told
_NOTICE_SECONDS = 15.0
_LINES = 3000  # of what a command has said
_COLOURS = ("yellow", "red", "green", "cyan", "magenta")


class Top(App[int]):
    """The team at a glance. What ended it (an error, Ctrl-C) is in ``trouble`` and the exit code."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: ansi_default; color: ansi_default; overflow: hidden; }
    #page { width: 100%; height: 100%; }
    ModalScreen { align: center middle; background: transparent; }
    .box { width: 90%; max-width: 100; height: auto; max-height: 100%; border: solid ansi_yellow; padding: 0 1;
           background: ansi_default; }
    .page { width: 100%; height: 100%; background: ansi_default; }
    .page VerticalScroll { height: 1fr; background: ansi_default; scrollbar-size-vertical: 1; }
    .title { text-style: bold; } .command { text-style: bold; } .keys { text-style: dim; }
    .line { border: none; height: 1; padding: 0; background: ansi_default; text-style: underline; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)"), Binding("up,k", "move(-1)"), Binding("pagedown", "move(10)"),
        Binding("pageup", "move(-10)"), Binding("home,g", "move(-9999)"), Binding("end,G", "move(9999)"),
        Binding("enter", f"press('{acts.GO}')"), Binding("a", f"press('{acts.DO}')"),
        Binding("r", f"press('{acts.READ}')"), Binding("question_mark,h", "explain"), Binding("q", "leave(0)"),
        Binding("ctrl+c,ctrl+q", f"leave({INTERRUPTED})", priority=True),
        Binding("x", f"press('{acts.BACK}')"), Binding("ctrl+z", "put_aside", priority=True),
    ]  # fmt: skip

    def __init__(self, project: Project) -> None:
        super().__init__(ansi_color=True)
        self.project = project
        self.looking = Looking(project, self._tell)
        self.view: View | None = None
        self.trouble: Exception | None = None
        self.error = ""
        self.begun = time.monotonic()  # of the look that goes on; 0: none does
        self.notice, self.noticed = "", 0.0
        self.drawn: tuple[Line, ...] = ()

    def compose(self) -> ComposeResult:
        """One field for all: its lines come from people/top/drawing."""
        yield Static(id="page")

    def on_mount(self) -> None:
        """Begin to look; and now and then draw again, for time passes."""
        self.looking.start()
        self.set_interval(1.0, self.draw)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):  # the terminal is left as it was
                asyncio.get_running_loop().add_signal_handler(number, self.action_leave, 128 + number)

    # --- what is seen -----------------------------------------------------------------------------------------

    def _tell(self, found: Glance | FatalError | None) -> None:
        """In the thread that looks."""
        self._later(self._take, found)

    def _later(self, act: Callable[..., None], *about: object) -> None:
        """Do that in the thread of the screen, if that is still there."""
        with contextlib.suppress(RuntimeError):
            self.call_later(act, *about)

    def _take(self, found: Glance | FatalError | None) -> None:
        self.begun = 0.0 if found is not None else time.monotonic()
        if isinstance(found, Gone):
            self.trouble = found
            self.action_leave(found.code)
        elif isinstance(found, FatalError):
            self.error = f"{found.what} → {found.mend}"
        elif found is not None:
            self.error, self.view = "", rows.after(self.view, found)
        self.draw()

    def draw(self) -> None:
        """Draw what differs from what is there."""
        size = self.size
        if self.view is None:
            begins: Line = ((f"looking at {self.project.root} …", "dim"),)
            drawn = (begins, (self._notice(),), *(drawing.failed(self.error, size.width) if self.error else ()))
        else:
            self.view = rows.with_room(self.view, drawing.seats(size.height, len(self.view.glance.members)))
            drawn = drawing.page(self.view, size.width, size.height, time.time(), self._notice(), self.error)
        if drawn != self.drawn and (found := self.query("#page")):
            self.drawn = drawn
            found.first(Static).update(_content(drawn))

    def _is_slow(self) -> bool:
        return bool(self.begun) and time.monotonic() - self.begun > _SLOW_SECONDS

    def _notice(self) -> Piece:
        if self._is_slow():
            return (f"looking for {screen.ago(time.monotonic() - self.begun)} now; what is shown is older", "yellow")
        if self.notice and time.monotonic() - self.noticed < _NOTICE_SECONDS:
            return (self.notice, "green")
        return ("cannot look now; what is shown is older, and why is said below", "red") if self.error else ("", "")

    def on_resize(self, event: events.Resize) -> None:
        """The same on another terminal."""
        self.draw()

    # --- keys -------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Select another row."""
        if self.view:
            self.view = rows.selected(self.view, self.view.place + by)
            self.draw()

    def action_explain(self) -> None:
        """Show the keys."""
        self.push_screen(Page("batty-hooks top", drawing.HELP))

    def action_leave(self, code: int) -> None:
        """Leave; the team goes on."""
        self.looking.over = True
        self.exit(code)

    def action_put_aside(self) -> None:
        """Ctrl-Z, where a shell could bring us back: whom none has started (a window of tmux) would stay stopped."""
        if os.getpgrp() != os.getsid(0):
            self.action_suspend_process()

    def action_press(self, key: str) -> None:
        """Do what a key does in the selected row."""
        act = acts.of(self.view.glance, self.view.row, key) if self.view else None
        if act is None or self.view is None:
            return
        row = self.view.row
        about = row.need.what if isinstance(row, Slot) else ""
        if act.how == acts.TELL:
            self.push_screen(Page(about, "\n".join(act.words)))
        elif act.how == acts.VISIT:
            self._visit(act)
        elif act.prompt:
            dialog = Words(act.prompt, about, act.typed, act.may_be_empty)
            self.push_screen(dialog, lambda said: None if said is None else self._run(act, said))
        elif act.question:
            self.push_screen(Question(act.question, act.typed), lambda yes: self._run(act) if yes else None)
        else:
            self._run(act)

    def _visit(self, act: Act) -> None:
        """Leave the terminal to a command until it ends."""
        is_attach = act.words[0] == "attach"
        argv = [str(self.project.launcher), *act.words] if is_attach else ["/bin/sh", "-c", act.words[0]]
        try:
            with self.suspend():
                code, said = process.attended(argv, self.project.root, is_heard=is_attach)
        except SuspendNotSupported:
            self._say(f"type: {act.typed}")
            return
        if code:
            self.push_screen(Page(act.typed, said or f"it ended with exit code {code}"))
        self.looking.now()

    def _run(self, act: Act, words: str = "") -> None:
        """Run a command of ours as it would be typed here, and show what it says."""
        argv = [*act.words, *(["--", words] if words else [])]
        typed = f"{act.typed} -- {shlex.quote(words)}" if words else act.typed
        page = None if act.prompt or act.question else Page(typed, "…")
        if page:
            self.push_screen(page)
        else:
            self._say(f"{typed} …")

        def run() -> None:
            try:
                done = process.capture([str(self.project.launcher), *argv])
                code, said = done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").strip()
            except OSError as error:
                code, said = 1, str(error)
            self._later(self._ran, typed, page, code, said)

        threading.Thread(target=run, daemon=True).start()

    def _ran(self, typed: str, page: Page | None, code: int, said: str) -> None:
        self.looking.now()
        lines = said.splitlines()
        if len(lines) > _LINES:
            said = "\n".join([*lines[:_LINES], "", f"… {len(lines) - _LINES} lines more: {typed}"])
        if page:
            if page.is_attached:
                page.say(said or "it said nothing")
        elif code or len(lines) > 1:
            self._say("")
            self.push_screen(Page(typed, said or f"it ended with exit code {code}"))
        else:
            self._say(said or "done")

    def _say(self, words: str) -> None:
        self.notice, self.noticed = words, time.monotonic()
        self.draw()

    def _handle_exception(self, error: Exception) -> None:
        """A bug of ours is told by main, after the terminal is as it was; textual would print pages."""
        self.trouble = self.trouble or error
        self._exception = self._exception or error
        self._exception_event.set()
        self.action_leave(1)


def _content(drawn: Sequence[Line]) -> Content:
    """The lines as textual has them, in the terminal's own colours."""
    pieces: list[tuple[str, str] | str] = []
    for number, line in enumerate(drawn):
        pieces += ["\n"] if number else []
        pieces += [(text, _style(style)) if style else text for text, style in line]
    return Content.assemble(*pieces)


def _style(words: str) -> str:
    return " ".join(f"ansi_{word}" if word in _COLOURS else word for word in words.split())
