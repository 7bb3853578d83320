"""Mail: written as plain text, and read for its text as any program may have delivered it: HTML, base64, a foreign
charset, or none said.

What is plain is written and read here, line by line; `email`, which takes as long to import as all the rest of a short
command, is for everything else.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from email.errors import MessageError
from typing import TYPE_CHECKING

from batty_hooks.system import late
from batty_hooks.system.records import dataclass

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

_PLAIN_NAMES = {
    b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"x-batty-kind", b"x-batty-card",
    b"mime-version", b"content-type", b"content-transfer-encoding",
}  # fmt: skip
_PLAIN_CONTENT = {
    b"content-type": b'text/plain; charset="utf-8"', b"content-transfer-encoding": b"8bit", b"mime-version": b"1.0",
}  # fmt: skip
_KNOWN = {
    *(name.decode() for name in _PLAIN_NAMES), "cc", "bcc", "reply-to", "received", "return-path", "delivered-to",
}  # fmt: skip
_LINE = 78  # characters of a header, then it goes on in the next line
# What is read of a message, which anybody may have sent: `email` takes time that grows with the square of some of it.
_MOST, _LONGEST = 1_000_000, 10_000  # bytes of all, characters of a header
_ODD = (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLAIN_DATE = late.pattern(r"\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", re.ASCII)
_QUOTED = late.pattern(r'"(?:\\.|[^"\\])*"')
_FIRST_ADDRESS = late.pattern(r"<\s*([^<>\s]*@[^<>\s]*)\s*>|([^\s<>,;:()@]+@[^\s<>,;:()]+)")
_COMMENT = late.pattern(r"\([^()]*\)")
_GROUP = late.pattern(r"[^,;:<>@]*:")  # "the team: engineer-1@team.local, …;"
_PLAIN_ADDRESS = late.pattern(r"(?:[\w.+-]+ )?<([\w.+-]+)@[\w.-]+>", re.ASCII)


@dataclass(frozen=True)
class Letter:
    """One message. ``at`` is when it was sent (seconds since the epoch; None when it does not say)."""

    headers: dict[str, str]
    text: str
    at: float | None

    def header(self, name: str) -> str:
        """The value of a header in one line; "" when it is not there."""
        return self.headers.get(name.lower(), "")


def written(headers: Mapping[str, str], body: str) -> bytes:
    """A message with these headers and a text. Raises ValueError when a header has more than one line."""
    text = body.encode("utf-8", "replace")
    if not all(map(_is_plain, headers.values())) or not all(
        _PLAIN_ADDRESS.fullmatch(headers[name]) for name in ("From", "To")
    ):
        return _written_by_email(headers, text.decode())
    lines = [_folded(f"{name}: {value}").encode() for name, value in headers.items()]
    lines += [name.title().replace(b"Mime", b"MIME") + b": " + value for name, value in _PLAIN_CONTENT.items()]
    return b"\n".join([*lines, b"", *(text.splitlines() or [b""]), b""])


def _is_plain(value: str) -> bool:
    return value.isprintable() and "=?" not in value and all(0 < len(word) < _LINE for word in value.split(" "))


def _folded(line: str) -> str:
    folded, width = "", 0
    for word in line.split(" "):
        starts = bool(folded) and width + len(word) >= _LINE
        folded += f"{chr(10) if starts else ''}{' ' if folded else ''}{word}"
        width = len(word) + 1 + (0 if starts else width)
    return folded


def _written_by_email(headers: Mapping[str, str], body: str) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP

    mail = EmailMessage(policy=SMTP.clone(linesep="\n", utf8=True, cte_type="8bit"))
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(body if body.endswith("\n") else body + "\n", charset="utf-8", cte="8bit")
    return mail.as_bytes()


def date(at: float) -> str:
    """A time (seconds since the epoch) as a header says it."""
    then = datetime.fromtimestamp(at).astimezone()
    return f"{_DAYS[then.weekday()]}, {then:%d} {_MONTHS[then.month - 1]} {then:%Y %H:%M:%S %z}"


def read(raw: bytes) -> Letter:
    """What a message says. Never raises: what is broken in it is shown as it is written."""
    return _plain(raw) or _read(raw)


def is_of(raw: bytes, name: bytes, values: Collection[bytes]) -> bool:
    """Whether a header of the message that ``raw`` is, or begins, has one of ``values``: without reading the rest."""
    head = raw[: raw.find(b"\n\n") + 1 or None]
    found = re.search(rb"^%b:[ \t]*(.*?)[ \t\r]*$" % re.escape(name), head, re.IGNORECASE | re.MULTILINE)
    return found is not None and found[1] in values


def _plain(raw: bytes) -> Letter | None:
    """A message in the form in which ours are written; None for any other, which `email` reads."""
    head, end, body = raw.partition(b"\n\n")
    if b"=?" in head or b"\r" in head or not end or not body.strip():
        return None
    found: dict[bytes, bytes] = {}
    for line in head.replace(b"\n ", b" ").split(b"\n"):
        name, colon, value = line.partition(b": ")
        key = name.lower()
        if not colon or key in found or key not in _PLAIN_NAMES or value != _PLAIN_CONTENT.get(key, value):
            return None
        found[key] = value
    if not _PLAIN_CONTENT.keys() <= found.keys():
        return None
    try:
        headers = {key.decode(): " ".join(value.decode().split()) for key, value in found.items()}
        text = body.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if not all(_PLAIN_ADDRESS.fullmatch(headers.get(name, "")) for name in ("from", "to")):
        return None
    return Letter(headers, text, _sent(headers.get("date", "")))


def _read(raw: bytes) -> Letter:
    from email import message_from_bytes
    from email.parser import BytesHeaderParser
    from email.policy import default

    read = raw[:_MOST]
    try:
        text = _text(message_from_bytes(read, policy=default))
    except _ODD:
        text = read.decode("utf-8", "replace")
    headers: dict[str, str] = {}
    for name, value in BytesHeaderParser(policy=default).parsebytes(read).raw_items():
        if (key := name.lower()) in _KNOWN and key not in headers:
            headers[key] = _header(key, value)
    more = f"\n(and {len(raw) - _MOST:,} bytes more)\n" if raw[_MOST:] else ""
    return Letter(headers, f"{text}{more}", _sent(headers.get("date", "")))


def came_by_mail(letter: Letter) -> bool:
    """Whether it has come through a mail server or a program that delivers mail: these say so, and take whatever
    address it names."""
    return any(map(letter.header, ("Received", "Return-Path", "Delivered-To")))


def answer(letter: Letter) -> str:
    """What somebody wrote who answers: its text without the message that it answers, as far as that can be told."""
    from batty_hooks.system import quotes

    return quotes.above(letter.text) if answers(letter) else letter.text


def answers(letter: Letter) -> str:
    """The name (what stands before the @) of the message that it answers, or, where only that is said, of the last one
    of its thread; "" when it answers none."""
    named = letter.header("In-Reply-To") or (letter.header("References").split() or [""])[-1]
    return named.strip().partition("@")[0].strip(" <")


def address_in(address: str) -> str:
    """The address in a header; "" when there is none."""
    if plain := _PLAIN_ADDRESS.fullmatch(address):
        return plain[0].rpartition("<")[2].rstrip(">")
    # (Python's own reads nothing, from some version on, where there are several addresses.)
    found = _FIRST_ADDRESS.search(_QUOTED.sub("", address))
    return (found[1] or found[2] or "") if found else "".join(address.split()[:1])


def addresses(letter: Letter) -> list[str]:
    """Those it is written to; what is there instead of an address as it is written.

    Read here: from Python 3.13 on (and in what distributions made of older ones), `email`'s own finds nobody at all
    where one header is empty, or one address is odd.
    """
    headers = ", ".join(filter(None, map(letter.header, ("To", "Cc", "Bcc"))))
    pieces = re.split("[,;]", _GROUP.sub("", _COMMENT.sub("", _QUOTED.sub("", headers))))
    return [address_in(piece) for piece in pieces if piece.strip()]


def _header(name: str, value: str) -> str:
    from email.policy import default

    if len(value) <= _LONGEST:
        with contextlib.suppress(*_ODD):
            return " ".join(str(default.header_fetch_parse(name, value)).split())  # a long one is folded
    plain = " ".join(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())
    return plain[-_LONGEST:] if name == "references" else plain[:_LONGEST]  # (the last one is what it answers)


def _sent(date: str) -> float | None:
    with contextlib.suppress(ValueError, TypeError, OverflowError, OSError, IndexError):
        at = _time(date)
        datetime.fromtimestamp(at).astimezone()  # (the last hours of the year 9999 are none everywhere)
        return at
    return None


def _time(date: str) -> float:
    if (plain := _PLAIN_DATE.fullmatch(date)) and plain[2] in _MONTHS:
        day, month, year, clock, *zone = plain.groups()
        number = f"{_MONTHS.index(month) + 1:02}"
        return datetime.fromisoformat(f"{year}-{number}-{day}T{clock}{':'.join(zone)}").timestamp()
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(date).timestamp()


def _text(mail: EmailMessage) -> str:
    """The plain text; where that is empty, the HTML's; else any text; and the names of what comes with it."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    written = _decoded(plain) if plain else ""
    if not written.strip() and html:
        from batty_hooks.system.hypertext import text_of

        written = text_of(_decoded(html)) + "\n"
    if not written.strip():
        texts = [part for part in mail.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
        written = "\n".join(filter(str.strip, map(_decoded, texts))) or written
    with_it = [_called(part) for part in mail.walk() if part.get_filename() or _is_no_text(part)]
    return written + (f"\n(with it: {', '.join(with_it)})\n" if with_it else "")


def _is_no_text(part: MIMEPart) -> bool:
    return not part.is_multipart() and part.get_content_maintype() != "text"


def _called(part: MIMEPart) -> str:
    return f"{part.get_filename()}, {part.get_content_type()}" if part.get_filename() else part.get_content_type()


def _decoded(part: MIMEPart) -> str:
    """Its characters: by the charset it names if that fits, else as UTF-8 or, last, Latin-1, which fits always."""
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    charset = part.get_content_charset("utf-8")
    for encoding in (charset, "utf-8"):
        with contextlib.suppress(LookupError, ValueError):
            return data.decode(encoding).replace("\r\n", "\n")
    return data.decode("latin-1").replace("\r\n", "\n")
