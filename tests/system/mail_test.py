"""Mail that any program may have delivered: its text is read, whatever it is written in."""

from __future__ import annotations

import email
import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.system import hypertext, mail

HTML = "Content-Type: text/html; charset=utf-8\n\n<p>Please <b>stop</b> the release</p>"
MULTI = "MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b\n\n{parts}--b--\n"


def parts(*each: str, kind: str = "alternative") -> str:
    return MULTI.format(kind=kind, parts="".join(f"--b\n{part}\n" for part in each))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Subject: s\n\nPlease stop\n", "Please stop\n"),
        (f"MIME-Version: 1.0\n{HTML}\n", "Please stop the release\n"),
        (
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
            "UGxlYXNlIHN0b3AK\n",
            "Please stop\n",
        ),
        ("Content-Transfer-Encoding: quoted-printable\n\nPlease=20stop the caf=C3=A9\n", "Please stop the café\n"),
        ("Subject: s\n\nPlease stop the café\n", "Please stop the café\n"),
        (b"Subject: s\n\nPlease stop the caf\xe9\n", "Please stop the café\n"),
        (b"Content-Type: text/plain; charset=us-ascii\n\ncaf\xc3\xa9\n", "café\n"),
        ("Content-Type: text/plain; charset=klingon\n\ncafé\n", "café\n"),
        (b"Content-Type: text/plain; charset=iso-8859-15\n\n5 \xa4\n", "5 €\n"),
        ("Subject: s\n\none\r\ntwo\r\n", "one\ntwo\n"),
        (parts("Content-Type: text/plain\n\nplain one", HTML), "plain one"),
        (parts("Content-Type: text/plain\n\n \n", HTML), "Please stop the release\n"),
        (parts(HTML, kind="related"), "Please stop the release\n"),
        (
            parts("\nsee this", "Content-Type: application/pdf; name=a.pdf\n\n%PDF", kind="mixed"),
            "see this\n(with it: a.pdf, application/pdf)\n",
        ),
        ("Content-Type: application/pdf\n\n%PDF", "\n(with it: application/pdf)\n"),
        ("Content-Type: text/markdown\n\n# stop\n", "# stop\n"),
        (
            parts("Content-Type: message/rfc822\n\nSubject: inner\n\nthe forwarded text", kind="mixed"),
            "the forwarded text",
        ),
        ("", ""),
    ],
)
def test_its_text_is_read(raw: str | bytes, text: str) -> None:
    assert mail.read(raw.encode() if isinstance(raw, str) else raw).text == text


def test_headers_in_one_line_and_in_any_encoding() -> None:
    read = mail.read("Subject: Grüße\n and =?utf-8?q?caf=C3=A9?=\nFrom: B <b@x>, c@y\n\n".encode())
    assert read.header("subject") == "Grüße and café" and read.header("To") == ""
    assert mail.address_in(read.header("From")) == "b@x" and mail.address_in("") == ""
    assert mail.address_in('"Last, First <a@b>" <c@x>') == "c@x" and mail.address_in("c@y, B <b@x>") == "c@y"
    assert mail.address_in("engineer-1") == "engineer-1"


@pytest.mark.parametrize(
    ("headers", "addresses"),
    [
        ("To: a@x", ["a@x"]),
        ("To: a@x,\n B <B@x>\nCc: c@x", ["a@x", "B@x", "c@x"]),
        ('To: "Last, First <q@y>" <a@x> (at (work) y), b@x', ["a@x", "b@x"]),
        ("To: the team: a@x, B <b@x>;, c@x", ["a@x", "b@x", "c@x"]),
        ("To: undisclosed-recipients:;", []),
        ("To: manager\nCc: <a@x>", ["manager", "a@x"]),
        ("Bcc: a@x", ["a@x"]),
        ("To:", []),
        ("Subject: x", []),
    ],
)
def test_whom_it_is_written_to(headers: str, addresses: list[str]) -> None:
    """Alike under every Python: what `email` makes of a header that is empty or odd differs from one to the next."""
    assert mail.addresses(mail.read(f"{headers}\n\nx\n".encode())) == addresses


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sat, 28 Nov 2026 09:00:00 +0100", datetime(2026, 11, 28, 8, tzinfo=timezone.utc).timestamp()),
        ("yesterday", None),
        ("Sat, 99 Nov 99999 09:00:00 +0100", None),
    ],
)
def test_when_it_was_sent(date: str, at: float | None) -> None:
    assert mail.read(f"Date: {date}\n\nx".encode()).at == at
    assert mail.read(b"\nx").at is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.sampled_from(["", "Subject: ", "From: ", "Date: ", "Content-Type: ", "To: =?x?b?"]))
def test_no_bytes_are_too_odd(raw: bytes, before: str) -> None:
    read = mail.read(before.encode() + raw)
    assert isinstance(read.text, str) and read.text == read.text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two", "one\n\ntwo"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<ul><li>x<li>y</ul>z", "- x\n- y\n\nz"),
        ("<head><title>T</title><style>p{}</style></head><body>seen", "seen"),
        ("<head><meta charset=x><body>an unclosed head", "an unclosed head"),
        ("<script>if (a<b) {}</script>ok", "ok"),
        ("a &amp; b &#228;&nbsp;&lt;c&gt;", "a & b ä <c>"),
        ('<a href="https://x.y/z">see</a> <a href="https://x.y">https://x.y</a>', "see (https://x.y/z) https://x.y"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</table>", "1 2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("  much \n\t space ", "much space"),
        ("<div><div><b>x</div></b></div></p>", "x"),
        ('<img src="x.png" alt="a chart">', "a chart"),
        ("5 < 6 and 7", "5 < 6 and 7"),
    ],
)
def test_html_as_a_person_reads_it(html: str, text: str) -> None:
    assert hypertext.text_of(html) == text


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])  # (at load everything is)
@given(st.text(), st.text(), st.sampled_from(["engineer-1", "Ann", "é", "a b", '"q"', "x@y"]))
@example("", "\x1f", "engineer-1")  # what Python counts as a space where it is text, and not where it is bytes
def test_what_is_read_line_by_line_is_what_the_email_package_reads(subject: str, body: str, name: str) -> None:
    composed = inbox.compose(Message("t1.gate.1", name, "human", subject, body, "failed", "t1", reply_to="t1.brief.1"))
    by_email = mail.read(b"X-Of-Another-Program: 1\n" + composed)  # what we do not write ourselves is not our form
    by_line = mail.read(composed)
    assert by_line.text == by_email.text and by_line.at == by_email.at
    assert by_line.headers == {key: by_email.headers[key] for key in by_email.headers if "another" not in key}


@pytest.mark.parametrize(
    ("raw", "is_so"),
    [
        (b"Subject: s\nX-Kind: ask\n\nX-Kind: note\n", True),
        (b"x-kind:ask \r\n\r\n", True),
        (b"X-Kind: ask", True),  # cut off there
        (b"Subject: s\n\nX-Kind: ask\n", False),
        (b"X-Kind: asks\n\n", False),
        (b"X-Kind-Of: ask\n\n", False),
        (b"", False),
    ],
)
def test_one_header_is_found_without_reading_the_rest(raw: bytes, is_so: bool) -> None:
    assert mail.is_of(raw, b"X-Kind", {b"ask", b"review"}) is is_so


def test_what_we_write_is_read_without_the_email_package(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = (
        "t12 came back: FAILED tests/größe_test.py::test_it - assert 3 == 4, and some more words to be folded here"
    )
    composed = inbox.compose(Message("t12.gate.1", "batty-hooks", "engineer-1", subject, "ünï\n", "failed", "t12"))
    monkeypatch.setattr(email, "message_from_bytes", None)
    assert mail.read(composed).header("subject") == subject


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_a_date_is_written_as_the_email_package_writes_it(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for at in (0.0, 1_700_000_000.0, 1_720_000_000.0):
            assert mail.date(at) == formatdate(at, localtime=True)
            assert mail.read(f"Date: {mail.date(at)}\n\nx".encode()).at == at
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_is_plain_is_written_without_the_email_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_written_by_email", None)
    subject = " ".join(["größe"] * 30)
    raw = inbox.compose(Message("t1.gate.1", "batty-hooks", "engineer-1", subject, "a\r\nb\rc\n\n", "failed"))
    assert max(map(len, raw.decode().split("\n"))) <= 78
    assert mail.read(b"X-Of-Another-Program: 1\n" + raw).header("subject") == subject
    assert raw.endswith(b"\n\na\nb\nc\n\n")


DEEP = 1200  # Python's stack ends at a thousand
ODD = {
    "parts in parts": "MIME-Version: 1.0\n" + "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(DEEP)
    ) + "\nPlease stop\n",
    "messages in messages": "MIME-Version: 1.0\n" + "Content-Type: message/rfc822\n\n" * DEEP + "\n\nPlease stop\n",
    "a name in parentheses": f"From: {'(' * DEEP}a@b\n\nPlease stop\n",
    "receivers in parentheses": f"To: {'(' * DEEP}a@b\n\nPlease stop\n",
    "a mark of Word's": "MIME-Version: 1.0\nContent-Type: text/html\n\n<![x]><p>Please stop</p>",
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_what_is_deeper_or_odder_than_anybody_writes_is_read(odd: str) -> None:
    raw = f"X-Batty-Kind: brief\nReceived: from elsewhere\n{ODD[odd]}".encode()
    letter = mail.read(raw)
    assert "Please stop" in letter.text and mail.came_by_mail(letter)
    assert isinstance(mail.addresses(letter), list)


@pytest.mark.parametrize("make", [
    lambda n: b"Subject: s\nIn-Reply-To: <q@x>\n\nHi\n@" + b"a" * n,
    lambda n: b"Subject: s\nIn-Reply-To: <q@x>\n\nHi\n" + b"1" * n + b"\n> x\n",
    lambda n: b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + b"<a b" * n,
    lambda n: b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + b"<blockquote>x" * n,
    lambda n: b"".join(b"X-%d: x\n" % at for at in range(n)) + b"\nx\n",
    lambda n: b"To: " + b"a " * n + b"\n\nx\n",
])  # fmt: skip
def test_what_is_long_takes_no_longer_than_it_is(make: Callable[[int], bytes]) -> None:
    def needed(size: int) -> float:
        raw, began = make(size), time.process_time()
        mail.answer(mail.read(raw))
        return time.process_time() - began

    small = needed(2_000)
    assert needed(20_000) < 60 * max(small, 0.02), "it would be a hundred times as much if it grew with the square"


def test_of_a_huge_one_the_beginning_is_read() -> None:
    part = "--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n"
    raw = MULTI.format(kind="mixed", parts=f"--b\n\nsee this\n{part}{('A' * 76 + chr(10)) * 30_000}").encode()
    text = mail.read(raw).text
    assert text.startswith("see this") and "(with it: a.png, image/png)" in text
    assert text.endswith(f"\n(and {len(raw) - 1_000_000:,} bytes more)\n")


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -1200", "Mon, 01 Jan 0001 00:00:00 +1400", "1"])
def test_a_time_that_has_no_name_is_none(date: str) -> None:
    at = mail.read(f"Date: {date}\n\nx".encode()).at
    assert at is None or datetime.fromtimestamp(at).astimezone()
