"""`.batty/inboxes/<member>/`: a Maildir each, one RFC 5322 message a file; any mail reader can read it.

A message is in `new/` until it is confirmed (by the agent's own event, or by a reader), then in `cur/`. Ids are
deterministic where a move writes (`t12.gate.2`), and are the file's name, so a move made twice delivers once;
at worst, when a reader moves the file in that very moment, a message comes twice, never not at all.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic

AGAIN = ".again."  # in the id of a message that tells somebody to go on: it goes before all others
_SAFE = re.compile(r"[^A-Za-z0-9._@+-]")
_DOMAIN = "team.local"


@dataclass(frozen=True)
class Message:
    """One message as it lies in a Maildir. ``kind`` says what it is for: brief, gate, conflict, landed, note …"""

    id: str
    sender: str
    to: str
    subject: str
    body: str
    kind: str = "note"
    card: str = ""
    date: str = ""
    reply_to: str = ""
    unread: bool = True
    path: Path | None = None


def make(project: Project, member: str) -> None:
    """Make the member's Maildir."""
    for name in ("tmp", "new", "cur"):
        (project.inboxes / member / name).mkdir(parents=True, exist_ok=True)


def send(project: Project, message: Message) -> bool:
    """Put a message into its receiver's `new/`; False when it is there (or was read) already."""
    make(project, message.to)
    box = project.inboxes / message.to
    key = _SAFE.sub("_", message.id)
    if key in keys(project, message.to):
        return False
    temporary = atomic.write_temporary(box / "tmp", _compose(message, _thread(project, message)))
    try:
        os.link(temporary, box / "new" / key)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    atomic.sync_directory(box / "new")
    return True


def keys(project: Project, member: str) -> dict[str, str]:
    """The id of every message of a member, with its flags ("" in `new/`; "S" seen, "T" withdrawn …)."""
    found = {}
    for place in ("new", "cur"):
        for name in _names(project.inboxes / member / place):
            key, _, flags = name.partition(":2,")
            found[key] = flags if place == "cur" else ""
    return found


def waiting(project: Project, member: str) -> list[Message]:
    """What nobody has read yet, oldest first: `new/`, and what a mail reader moved to `cur/` without reading it."""
    return [message for message in _messages(project.inboxes / member, _unread_paths) if message.unread]


def listed(project: Project, member: str, prefix: str = "", since: float = 0.0) -> list[Message]:
    """Every message of a member, oldest first: those whose id begins with ``prefix``, written ``since`` then."""

    def paths(box: Path) -> list[Path]:
        return [path for path in _all_paths(box) if path.name.startswith(prefix)]

    return sorted(_messages(project.inboxes / member, paths, since), key=lambda message: message.date)


def count_waiting(project: Project, member: str) -> int:
    """How many messages nobody has read yet."""
    return len(_unread_paths(project.inboxes / member))


def confirm(project: Project, member: str, id: str, flags: str = "S") -> bool:
    """Move a message from `new/` to `cur/`, or give one in `cur/` other flags; False when it is not there."""
    key = _SAFE.sub("_", id)
    box = project.inboxes / member
    for place in ("new", "cur"):
        for name in _names(box / place):
            if name.partition(":")[0] == key:
                target = box / "cur" / f"{key}:2,{''.join(sorted(flags))}"
                if box / place / name != target:
                    os.rename(box / place / name, target)
                    atomic.sync_directory(box / "cur")
                return True
    return False


def moved_at(project: Project, member: str, id: str) -> float:
    """When a message was moved to where it lies now (seconds since the epoch): for one in `cur/`, when it was read. 0
    when there is none."""
    box = project.inboxes / member
    for path in (box / place / name for place in ("cur", "new") for name in _names(box / place)):
        if path.name.partition(":")[0] == _SAFE.sub("_", id):
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_ctime
    return 0.0


def _names(directory: Path) -> list[str]:
    try:
        return [name for name in os.listdir(directory) if not name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _all_paths(box: Path) -> list[Path]:
    return [box / place / name for place in ("new", "cur") for name in _names(box / place)]


def _unread_paths(box: Path) -> list[Path]:
    return [path for path in _all_paths(box) if _is_unread(path)]


def _is_unread(path: Path) -> bool:
    flags = path.name.partition(":2,")[2]
    return path.parent.name == "new" or not set(flags) & {"S", "T"}


def _messages(box: Path, paths: Callable[[Path], list[Path]], since: float = 0.0) -> Iterator[Message]:
    dated = []
    for path in paths(box):
        try:
            written = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue
        if written >= since * 1e9:
            dated.append((written, path))
    for _, path in sorted(dated):
        message = _parse(path)
        if message:
            yield message


def _address(name: str) -> str:
    return f"{name} <{name}@{_DOMAIN}>"


def _message_id(id: str, receiver: str) -> str:
    return f"<{_SAFE.sub('_', id)}@{receiver}.{_DOMAIN}>"


def _thread(project: Project, message: Message) -> str:
    """The Message-ID of what a message answers: a person answers what lies in his own inbox, a move what the
    receiver has got already."""
    if not message.reply_to:
        return ""
    own = _SAFE.sub("_", message.reply_to) in keys(project, message.sender)
    return _message_id(message.reply_to, message.sender if own else message.to)


def _compose(message: Message, thread: str) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import formatdate

    mail = EmailMessage(policy=SMTP.clone(linesep="\n", utf8=True, cte_type="8bit"))
    mail["From"] = _address(message.sender)
    mail["To"] = _address(message.to)
    mail["Subject"] = " ".join(message.subject.split()) or "(no subject)"
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = _message_id(message.id, message.to)
    if thread:
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    mail["X-Batty-Kind"] = message.kind
    if message.card:
        mail["X-Batty-Card"] = message.card
    body = message.body.encode("utf-8", "replace").decode()
    mail.set_content(body if body.endswith("\n") else body + "\n", charset="utf-8", cte="8bit")
    return mail.as_bytes()


def _parse(path: Path) -> Message | None:
    from email import message_from_bytes
    from email.policy import default
    from email.utils import parseaddr, parsedate_to_datetime

    try:
        raw = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
    mail = message_from_bytes(raw, policy=default)
    part = mail.get_body(("plain",))
    try:
        body = part.get_content() if part else ""
        date = parsedate_to_datetime(str(mail["Date"])).isoformat()
    except (LookupError, ValueError, TypeError, AttributeError):
        body, date = raw.decode("utf-8", "replace"), ""
    key = path.name.partition(":2,")[0]
    return Message(
        id=key,
        sender=parseaddr(str(mail["From"] or ""))[1].partition("@")[0] or "somebody",
        to=path.parent.parent.name,
        subject=" ".join(str(mail["Subject"] or "").split()),  # a long one is folded
        body=body,
        kind=str(mail["X-Batty-Kind"] or "note"),
        card=str(mail["X-Batty-Card"] or ""),
        date=date,
        reply_to=str(mail["In-Reply-To"] or "").partition("@")[0].strip(" <"),
        unread=_is_unread(path),
        path=path,
    )
