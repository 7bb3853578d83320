"""What lies over the screen of `top` for a moment: a question, a line to type, a text to read."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Question(ModalScreen[bool]):
    """Yes or no, by y or n: Enter, pressed once too often, does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)"), Binding("n,escape,q", "dismiss(False)"),
    ]  # fmt: skip

    def __init__(self, question: str, command: str) -> None:
        super().__init__()
        self.question, self.command = question, command

    def compose(self) -> ComposeResult:
        """The question, what would be typed for it, and the keys."""
        with Vertical(classes="box"):
            yield Static(Content(self.question))
            yield Static(Content(f"\n{self.command}\n"), classes="command")
            yield Static(Content("y  yes, do that      n  no"), classes="keys")


class _Line(Input):
    """A line in which what is pasted goes on after its first line, too."""

    def _on_paste(self, event: events.Paste) -> None:
        self.insert_text_at_cursor(" ".join(event.text.split()))
        event.stop()
        event.prevent_default()


class Words(ModalScreen[str | None]):
    """A line to type; None when nothing is to be done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)")]

    def __init__(self, prompt: str, about: str, command: str, may_be_empty: bool) -> None:
        super().__init__()
        self.prompt, self.about, self.command, self.may_be_empty = prompt, about, command, may_be_empty

    def compose(self) -> ComposeResult:
        """What it is about, the line, and the keys."""
        with Vertical(classes="box"):
            yield Static(Content(self.about))
            yield Static(Content(f"\n{self.prompt}:"))
            yield _Line(classes="line")
            yield Static(Content(f"\n{self.command} …"), classes="command")
            yield Static(Content("\nEnter  send it      Esc  leave it"), classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send what there is."""
        if event.value.strip() or self.may_be_empty:
            self.dismiss(event.value.strip())


class Page(ModalScreen[None]):
    """A text, as long as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss"), Binding("j,down", "go('down')"), Binding("k,up", "go('up')"),
        Binding("space,pagedown", "go('page_down')"), Binding("b,pageup", "go('page_up')"),
        Binding("g,home", "go('home')"), Binding("G,end", "go('end')"),
    ]  # fmt: skip

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.heading, self.text = title, text

    def compose(self) -> ComposeResult:
        """The text between its title and the keys."""
        with Vertical(classes="page"):
            yield Static(Content(self.heading), classes="title")
            with VerticalScroll(can_focus=False):
                yield Static(Content(self.text), id="text")
            yield Static(Content("j k space b  scroll      q  back"), classes="keys")

    def say(self, text: str) -> None:
        """Another text."""
        self.query_one("#text", Static).update(Content(text))

    def action_go(self, where: str) -> None:
        """Scroll."""
        getattr(self.query_one(VerticalScroll), f"scroll_{where}")(animate=False)
