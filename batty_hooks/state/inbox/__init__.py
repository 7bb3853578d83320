"""`.batty/inboxes/<member>/`: a Maildir each, one RFC 5322 message a file; any mail reader can read it.

A message is in `new/` until it is confirmed (by the agent's own event, or by a reader), then in `cur/`. Ids are
deterministic where a move writes (`t12.gate.2`), and are the file's name, so a move made twice delivers once;
at worst, when a reader moves the file in that very moment, a message comes twice, never not at all.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path

from batty_hooks.state.inbox import files
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late, regular
from batty_hooks.system.directories import names
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import kinds

DOMAIN = "team.local"  # of the addresses of members
_NO_MESSAGE = (errno.ENOENT, errno.EISDIR, errno.EINVAL, errno.ELOOP)  # gone, or no file at all
_LONGEST = 500  # characters of a subject: what is said of a message's kind stands behind it, in its first bytes
_NAMED = late.pattern(r"\w[\w-]{0,63}|[\w+=-][\w.+=-]{0,63}@\w[\w.-]{0,254}")  # `email` cannot write any other sender


@dataclass(frozen=True)
class Message:
    """One message as it lies in a Maildir. ``kind`` says what it is for: brief, gate, conflict, landed, note …; one
    that no program of ours wrote is ``foreign``, and its ``sender`` is the address that it names."""

    id: str
    sender: str
    to: str
    subject: str
    body: str
    kind: str = kinds.NOTE
    card: str = ""
    date: str = ""
    reply_to: str = ""
    unread: bool = True
    path: Path | None = None
    foreign: bool = False


def make(project: Project, member: str) -> None:
    """Make the member's Maildir."""
    for name in ("tmp", "new", "cur"):
        (project.inboxes / member / name).mkdir(parents=True, exist_ok=True)


def send(project: Project, message: Message) -> bool:
    """Put a message into its receiver's `new/`; False when it is there (or was read) already."""
    make(project, message.to)
    box, key = project.inboxes / message.to, files.named(message.id)
    if key in keys(project, message.to):
        return False
    raw = compose(message, _thread(project, message))
    return atomic.place(atomic.write_temporary(box / "tmp", raw), box / "new" / key)


def members(project: Project) -> list[str]:
    """Everybody who has an inbox, also those who have left the team."""
    return list(names(project.inboxes))


def keys(project: Project, member: str) -> dict[str, str]:
    """The id of every message of a member, with its flags ("" in `new/`; "S" seen, "T" withdrawn …)."""
    found = {}
    for place in ("new", "cur"):
        for name in names(f"{project.inboxes}/{member}/{place}"):
            key, _, flags = name.partition(":2,")
            found[key] = flags if place == "cur" else ""
    return found


def waiting(project: Project, member: str) -> list[Message]:
    """What nobody has read yet, oldest first: `new/`, and what a mail reader moved to `cur/` without reading it."""
    return list(each_waiting(project, member))


def each_waiting(project: Project, member: str, wanted: Callable[[str], bool] | None = None) -> Iterator[Message]:
    """The same one by one, those whose id is ``wanted``: who takes but the first ones reads no more than those."""

    def paths(box: Path) -> list[str]:
        return [path for path in files.unread_paths(box) if wanted is None or wanted(files.id_of(path))]

    return _messages(project.inboxes / member, paths)


def listed(project: Project, member: str, prefix: str = "", since: float = 0.0) -> list[Message]:
    """Every message of a member, oldest first: those whose id begins with ``prefix``, written ``since`` then."""

    def paths(box: Path) -> list[str]:
        return [path for path in files.all_paths(box) if files.id_of(path).startswith(prefix)]

    return sorted(
        _messages(project.inboxes / member, paths, since), key=lambda message: datetime.fromisoformat(message.date)
    )


def foreign(project: Project, member: str, since: float = 0.0) -> list[Message]:
    """The mails of a member that another program delivered since then, oldest first: by the convention of Maildirs
    their names begin with a time, as none of ours does."""

    def paths(box: Path) -> list[str]:
        return [path for path in files.all_paths(box) if files.id_of(path)[:1].isdigit()]

    return [one for one in _messages(project.inboxes / member, paths, since) if one.foreign]


def unread_besides(project: Project, member: str, leaving_out: Collection[str]) -> tuple[int, Message | None]:
    """How many messages that are of none of those kinds nobody has read yet, and the oldest of them, which alone is
    read whole."""
    from batty_hooks.system import mail

    kinds_left_out = {kind.encode() for kind in leaving_out}
    counted = [
        path
        for path in files.oldest_first(files.unread_paths(project.inboxes / member))
        if (head := files.head(path)) is not None and not mail.is_of(head, b"X-Batty-Kind", kinds_left_out)
    ]
    return len(counted), next(filter(None, map(_parse, counted)), None)


def count_waiting(project: Project, member: str) -> int:
    """How many messages nobody has read yet."""
    return len(files.unread_paths(project.inboxes / member))


def confirm(project: Project, member: str, id: str, flags: str = "S") -> bool:
    """Move a message from `new/` to `cur/`, or give one in `cur/` more flags; False when it is not there.

    Flags stay: a brief that was taken back is not given again by being read.
    """
    box = project.inboxes / member
    for path in files.paths_of(box, id):
        had = path.partition(":2,")[2] if path.startswith(f"{box}/cur/") else ""
        target = f"{box}/cur/{files.id_of(path)}:2,{''.join(sorted({*had, *flags}))}"
        with contextlib.suppress(FileNotFoundError):  # a mail reader has just moved it: then it is the next one
            if path != target:
                os.rename(path, target)
                atomic.sync_directory(box / "cur")
            return True
    return False


def put_back(project: Project, member: str, id: str) -> bool:
    """Have a message that was withdrawn unread lie in `new/` again; False when there is none."""
    box = project.inboxes / member
    for path in files.paths_of(box, id):
        if path.startswith(f"{box}/cur/"):
            with contextlib.suppress(FileNotFoundError):
                os.rename(path, f"{box}/new/{files.id_of(path)}")
                atomic.sync_directory(box / "new")
                return True
    return False


def moved_at(project: Project, member: str, id: str) -> float:
    """When a message was moved to where it lies now (seconds since the epoch): for one in `cur/`, when it was read. 0
    when there is none."""
    for path in sorted(files.paths_of(project.inboxes / member, id)):  # (`cur` before `new`)
        with contextlib.suppress(FileNotFoundError):
            return os.stat(path).st_ctime
    return 0.0


def read_at(project: Project, member: str, wanted: Callable[[str], bool]) -> dict[str, float]:
    """When each message was read whose id is ``wanted`` (seconds since the epoch), by its id: when it came to lie in
    `cur/`. One that was withdrawn since was renamed for that, so of it counts when it was written."""
    found = {}
    for path in files.all_paths(project.inboxes / member):
        flags = path.rpartition("/")[2].partition(":2,")[2]
        if "S" in flags and wanted(files.id_of(path)):
            with contextlib.suppress(FileNotFoundError):
                known = os.stat(path)
                found[files.id_of(path)] = known.st_mtime if "T" in flags else known.st_ctime
    return found


def written_at(project: Project, member: str, id: str) -> float:
    """When a message was written (seconds since the epoch); 0 when there is none."""
    for path in files.paths_of(project.inboxes / member, id):
        with contextlib.suppress(FileNotFoundError):
            return os.stat(path).st_mtime
    return 0.0


def newest(project: Project, member: str, wanted: Callable[[str], bool]) -> float:
    """When the last one was written of a member's messages whose id is ``wanted`` (seconds since the epoch); 0 when
    there is none."""
    paths = [path for path in files.all_paths(project.inboxes / member) if wanted(files.id_of(path))]
    for path in files.oldest_first(paths)[-1:]:
        with contextlib.suppress(FileNotFoundError):
            return os.stat(path).st_mtime
    return 0.0


def _messages(box: Path, paths: Callable[[Path], list[str]], since: float = 0.0) -> Iterator[Message]:
    return filter(None, map(_parse, files.oldest_first(paths(box), since)))


def _address(name: str) -> str:
    return name if "@" in name else f"{name} <{name}@{DOMAIN}>"


def _message_id(id: str, receiver: str) -> str:
    return f"<{files.named(id)}@{receiver}.{DOMAIN}>"


def _thread(project: Project, message: Message) -> str:
    """The Message-ID of what a message answers: a person answers what lies in his own inbox, a move what the
    receiver has got already."""
    if not message.reply_to:
        return ""
    own = any(files.paths_of(project.inboxes / message.sender, message.reply_to))
    return _message_id(message.reply_to, message.sender if own else message.to)


def compose(message: Message, thread: str = "") -> bytes:
    """A message as it lies in a Maildir; ``thread`` is the Message-ID of what it answers."""
    from batty_hooks.system import mail

    headers = {
        "From": _address(message.sender),
        "To": _address(message.to),
        "Subject": " ".join(message.subject.split())[:_LONGEST] or "(no subject)",
        "Date": mail.date(time.time()),
        "Message-ID": _message_id(message.id, message.to),
        "In-Reply-To": thread,
        "References": thread,
        "X-Batty-Kind": message.kind,
        "X-Batty-Card": message.card,
    }
    return mail.written({name: value for name, value in headers.items() if value}, message.body)


def _parse(path: str) -> Message | None:
    from batty_hooks.system import mail

    try:
        raw, status = regular.read(path)
    except OSError as error:
        if error.errno in _NO_MESSAGE:
            return None
        raise
    letter = mail.read(raw)
    here, kind = not mail.came_by_mail(letter), letter.header("X-Batty-Kind")
    is_ours, address = here and bool(kind), mail.address_in(letter.header("From"))
    name = address.removesuffix(f"@{DOMAIN}") if here else address
    at = letter.at if letter.at is not None else status.st_mtime  # it came by no later than that
    return Message(
        id=files.id_of(path),
        sender=name if _NAMED.fullmatch(name) else "somebody",
        to=path.rsplit("/", 3)[1],
        subject=letter.header("Subject"),
        body=letter.text if is_ours else mail.answer(letter),
        kind=kind if is_ours else kinds.NOTE,
        card=letter.header("X-Batty-Card") if is_ours else "",
        date=datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds"),
        reply_to=mail.answers(letter),
        unread=files.is_unread(path),
        path=Path(path),
        foreign=not is_ours,
    )
