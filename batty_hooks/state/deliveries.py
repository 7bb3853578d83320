"""`.batty/members/<member>/sent.json`: the message that was pasted to an agent and is not confirmed yet.

Its text lies beside it as `paste.txt`, made fit for a terminal: control characters would be keys, and the sequence
that ends a bracketed paste would end it.

Before that, the input box is emptied. What a person had left there stays in `half-typed`: the screens as they were, the
newest first.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, json_files, late
from batty_hooks.system.records import asdict, dataclass

_SENT = "sent.json"
_SCREEN, _HALF_TYPED = "screen", "half-typed"
_RULE = f"\n{'-' * 72}\n"  # between two screens
_KEPT_CHARACTERS = 100_000  # some twenty screens
PASTES, ENTERS = 3, 2  # how often a text is pasted, and Enter pressed for each paste
_PASTE_MARKS = late.pattern(r"\x1b\[20[01]~")
_CONTROL = late.pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Sent:
    """A message on its way: its id, when it was last touched (seconds since the epoch), how often its text was pasted
    (0: the CLI stands still, and it waits), how often Enter was pressed since, and when it was to be pasted first."""

    message: str
    at: float
    pastes: int = 1
    enters: int = 0
    begun: float = 0.0

    @property
    def is_hopeless(self) -> bool:
        """Whether it was tried often enough."""
        return self.pastes >= PASTES and self.enters >= ENTERS


def of(project: Project, member: str) -> Sent | None:
    """What is on its way to a member, or None."""
    with contextlib.suppress(TypeError):
        return Sent(**(json_files.read(f"{project.members}/{member}/{_SENT}") or {}))
    return None


def record(project: Project, member: str, sent: Sent) -> None:
    """Remember what is on its way."""
    atomic.write(_file(project, member), json.dumps(asdict(sent)) + "\n")


def forget(project: Project, member: str) -> None:
    """Nothing is on its way any more."""
    atomic.remove(_file(project, member))


def remember(project: Project, member: str, message: str) -> None:
    """Write down what a member's agent has taken last."""
    atomic.write(_last(project, member), f"{message}\n")


def last(project: Project, member: str) -> str:
    """The id of the message that a member's agent has taken last; "" for none."""
    try:
        return _last(project, member).read_text("utf-8").strip()
    except OSError:
        return ""


def taken_at(project: Project, member: str) -> float:
    """When that was (seconds since the epoch); 0 for never."""
    try:
        return _last(project, member).stat().st_mtime
    except OSError:
        return 0.0


def write_text(project: Project, member: str, text: str) -> Path:
    """Put down the text to be pasted; its file."""
    path = project.member_directory(member) / "paste.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text)
    return path


def text_of(project: Project, member: str) -> str:
    """The text that was pasted last, "" when there is none."""
    return _text(project.member_directory(member) / "paste.txt")


def keep_screen(project: Project, member: str, screen: str) -> Path | None:
    """Keep what a pane shows before its input box is emptied. Returns the file with what an earlier one has kept that
    nobody has compared: who emptied the box was killed, or the CLI stood still."""
    place = project.member_directory(member)
    kept = _put_aside(place)
    atomic.write(place / _SCREEN, f"{screen}\n")
    return kept


def compare_screen(project: Project, member: str, screen: str) -> Path | None:
    """What a pane shows now that its box is empty: the file in which it stands what had been there, or None where
    nothing had."""
    place = project.member_directory(member)
    if _text(place / _SCREEN) == f"{screen}\n":
        atomic.remove(place / _SCREEN)
    return _put_aside(place)


def _put_aside(place: Path) -> Path | None:
    """To what was put aside before: of an emptying that was cut off, the screen that comes next holds no more than what
    was typed to try it."""
    before, screen = _text(place / _HALF_TYPED), _text(place / _SCREEN)
    if not screen:
        return None
    if screen not in before:
        whole = f"{screen}{_RULE}{before}" if before else screen
        atomic.write(place / _HALF_TYPED, whole[:_KEPT_CHARACTERS])
    atomic.remove(place / _SCREEN)
    return place / _HALF_TYPED


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def wrapped(id: str, sender: str, card: str, body: str) -> str:
    """A message as an agent gets it. Neither its first nor its last line can be taken for a command: a CLI runs what
    begins with `/` or `!`, and completes a path at the end."""
    about = f", about {card}" if card else ""
    return f"[message {id} from {sender}{about}]\n{fit(body).strip()}\n\n(end of message {id})"


def fit(text: str) -> str:
    """A text without what is no text: a terminal's control characters, and marks of a paste's end."""
    plain = _PASTE_MARKS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", plain)


def is_taken(text: str, took: str) -> bool:
    """Whether a prompt that an agent took is this text, or holds it (a person had begun to type before it). How the
    words are spaced does not count: CLIs change tabs and ends of lines."""
    return bool(text) and " ".join(text.split()) in " ".join(took.split())


def _last(project: Project, member: str) -> Path:
    return project.member_directory(member) / "delivered"


def _file(project: Project, member: str) -> Path:
    return project.member_directory(member) / _SENT
