"""Inboxes are Maildirs: exactly-once by id, readable by any mail reader (mutt is run for real)."""

from __future__ import annotations

import itertools
import mailbox
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from scene import wait_for

from batty_hooks.state import inbox
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.system import mail


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, tmp_path / ".git")


def a_message(id: str = "t1.brief.1", **changes: str) -> Message:
    facts = {"subject": "t1: Grüße", "body": "Zeile eins\nline two — ünïcode\n", "kind": "brief", "card": "t1"}
    return Message(id, "batty-hooks", "engineer-1", **{**facts, **changes})  # type: ignore[arg-type]


def test_what_is_sent_is_what_is_read(project: Project) -> None:
    assert inbox.send(project, a_message(reply_to="t1.brief.0"))
    [found] = inbox.waiting(project, "engineer-1")
    assert (found.subject, found.body, found.kind, found.card) == (
        "t1: Grüße", "Zeile eins\nline two — ünïcode\n", "brief", "t1",
    )  # fmt: skip
    assert found.sender == "batty-hooks" and found.to == "engineer-1" and found.unread


def test_an_id_is_delivered_once_even_after_it_was_read(project: Project) -> None:
    assert inbox.send(project, a_message())
    assert not inbox.send(project, a_message(body="again"))
    assert inbox.confirm(project, "engineer-1", "t1.brief.1")
    assert not inbox.send(project, a_message(body="again"))
    assert inbox.waiting(project, "engineer-1") == []
    [read] = inbox.listed(project, "engineer-1")
    assert not read.unread and "Zeile eins" in read.body


def test_what_was_taken_back_stays_so_when_it_is_read(project: Project) -> None:
    inbox.send(project, a_message())
    inbox.confirm(project, "engineer-1", "t1.brief.1", "ST")
    inbox.confirm(project, "engineer-1", "t1.brief.1")
    assert inbox.keys(project, "engineer-1") == {"t1.brief.1": "ST"}


def test_flags_of_mail_readers_are_understood(project: Project) -> None:
    inbox.send(project, a_message())
    box = project.inboxes / "engineer-1"
    (box / "new" / "t1.brief.1").rename(box / "new" / "t1.brief.1:2,F")
    assert inbox.keys(project, "engineer-1") == {"t1.brief.1": ""}
    assert inbox.confirm(project, "engineer-1", "t1.brief.1", "ST")
    assert inbox.keys(project, "engineer-1") == {"t1.brief.1": "ST"}


def test_odd_texts_arrive_as_they_were_sent(project: Project) -> None:
    for number, body in enumerate(["From me\n", "x" * 20_000 + "\n", "$(rm) `x` \"'\\\n", ".\n", "a\r\nb\n"]):
        inbox.send(project, a_message(f"m{number}", body=body))
        [found] = [message for message in inbox.waiting(project, "engineer-1") if message.id == f"m{number}"]
        assert found.body.replace("\r\n", "\n") == body.replace("\r\n", "\n")


def test_headers_cannot_be_smuggled_in_a_subject(project: Project) -> None:
    inbox.send(project, a_message(subject="one\nX-Batty-Kind: landed"))
    [found] = inbox.waiting(project, "engineer-1")
    assert found.kind == "brief" and found.subject == "one X-Batty-Kind: landed"


def test_python_reads_the_maildir(project: Project) -> None:
    inbox.send(project, a_message())
    [mail] = list(mailbox.Maildir(project.inboxes / "engineer-1", create=False))
    assert mail["X-Batty-Card"] == "t1" and mail["Message-ID"] == "<t1.brief.1@engineer-1.team.local>"


def test_mutt_reads_and_marks_a_message(project: Project, tmp_path: Path) -> None:
    assert shutil.which("mutt"), "mutt is needed: ./install.sh --test installs it"
    inbox.send(project, a_message(subject="the gist of it"))
    rc = tmp_path / "muttrc"
    rc.write_text(f"set mbox_type=Maildir\nset folder={tmp_path}\nset delete=no\nset sleep_time=0\n")
    tmux = ["tmux", "-L", f"batty-test-{os.getpid()}", "-f", "/dev/null"]

    def screen() -> str:
        return subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout

    mutt = f"mutt -n -F {rc} -f {project.inboxes / 'engineer-1'}"
    subprocess.run([*tmux, "new-session", "-d", "-x", "120", "-y", "40", mutt], check=True)
    try:
        wait_for(lambda: "the gist of it" in screen())
        subprocess.run([*tmux, "send-keys", "Enter"], check=True)
        wait_for(lambda: "line two — ünïcode" in screen() or "line two" in screen())
        subprocess.run([*tmux, "send-keys", "q", "q"], check=True)
        wait_for(lambda: "S" in inbox.keys(project, "engineer-1").get("t1.brief.1", ""))
    except AssertionError:
        print(screen(), inbox.keys(project, "engineer-1"))
        raise
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    assert inbox.waiting(project, "engineer-1") == []


def test_a_message_mutt_moved_but_nobody_read_still_waits(project: Project) -> None:
    inbox.send(project, a_message())
    box = project.inboxes / "engineer-1"
    (box / "new" / "t1.brief.1").rename(box / "cur" / "t1.brief.1:2,")
    [found] = inbox.waiting(project, "engineer-1")
    assert found.unread and inbox.count_waiting(project, "engineer-1") == 1


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every message that is read from its first to its last line, as it comes."""
    found: list[bytes] = []
    original = mail.read
    monkeypatch.setattr(mail, "read", lambda raw: found.append(raw) or original(raw))
    return found


def test_a_full_inbox_is_counted_by_its_listing_and_read_as_far_as_it_is_shown(
    project: Project, read_whole: list[bytes]
) -> None:
    inbox.send(project, a_message("first", kind="ask"))
    box = project.inboxes / "engineer-1/new"
    one = (box / "first").read_bytes()
    for number in range(300):
        (box / f"m{number}").write_bytes(one.replace(b"X-Batty-Kind: ask", b"X-Batty-Kind: note"))
        os.utime(box / f"m{number}", (2e9 + number, 2e9 + number))
    assert inbox.count_waiting(project, "engineer-1") == 301 and not read_whole
    count, oldest = inbox.unread_besides(project, "engineer-1", {"ask", "review"})
    assert (count, oldest and oldest.id, len(read_whole)) == (300, "m0", 1)
    shown = itertools.islice(inbox.each_waiting(project, "engineer-1"), 2)
    assert [message.id for message in shown] == ["first", "m0"] and len(read_whole) == 3
    assert next(inbox.each_waiting(project, "engineer-1", "m299".__eq__)).id == "m299" and len(read_whole) == 4


@pytest.mark.parametrize(
    "name", ["1772532901.M1P2.host,S=1234", "1772532901.M1P2V0I0_0.host,S=12,W=13", "17.1_2.ho st"]
)
def test_a_mail_has_whatever_name_another_program_gave_it(project: Project, name: str) -> None:
    inbox.make(project, "human")
    box = project.inboxes / "human"
    (box / "new" / name).write_text("From: jane@example.org\n\nhello\n")
    [found] = inbox.foreign(project, "human")
    assert inbox.confirm(project, "human", found.id) and inbox.waiting(project, "human") == []
    assert [path.name for path in box.glob("*/*")] == [f"{name}:2,S"]
    assert inbox.moved_at(project, "human", found.id) > 0 and inbox.written_at(project, "human", found.id) > 0
    answer = Message("t1.answer", "human", "engineer-1", "s", "b", reply_to=found.id)
    assert b"@human.team.local>\nReferences" in inbox.compose(answer, inbox._thread(project, answer))


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("From: undisclosed-recipients:;", "somebody"),
        ("From: a@", "somebody"),
        ("From: a@[::1", "somebody"),
        ("From: <.a@b>", "somebody"),
        ("From: <\x01@b\x02>", "somebody"),
        (f"From: a@{'b.' * 1000}c", "somebody"),
        (f"From: {'(' * 3000}", "somebody"),
        ("From: Jos\u00e9 <jos\u00e9@b\u00fccher.example>", "jos\u00e9@b\u00fccher.example"),
        ("From: a@b\nDate: Fri, 31 Dec 9999 23:59:59 -1200", "a@b"),
        ("From: a@b\nDate: Mon, 01 Jan 0001 00:00:00 +1400", "a@b"),
        (f"From: a@b\nSubject: {'long ' * 5000}", "a@b"),
    ],
)
def test_a_mail_from_anybody_is_listed_and_can_be_passed_on(project: Project, head: str, sender: str) -> None:
    inbox.make(project, "human")
    (project.inboxes / "human/new/1772532901.M1P2.host").write_text(f"{head}\n\nhello\n")
    [found] = inbox.listed(project, "human")
    assert (found.sender, found.body) == (sender, "hello\n")
    inbox.send(project, Message("q.forwarded", found.sender, "engineer-1", found.subject, found.body, "ask"))
    [passed_on] = inbox.waiting(project, "engineer-1")
    assert (passed_on.sender, passed_on.body) == (sender, "hello\n")
    assert inbox.unread_besides(project, "engineer-1", ["ask"]) == (0, None)
