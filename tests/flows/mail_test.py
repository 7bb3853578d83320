"""Answers by mail: typed in mutt, delivered by procmail or maildrop, or put into a Maildir by whatever writes one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flows.managed import managed
from scene import Again, Scene, wait_for

from batty_hooks.system import mail

PAGE = (Path(__file__).parents[2] / "docs/mail.md").read_text()
ENGINEER = {"BATTY_MEMBER": "engineer-1"}
ANSWER = "Take 8080.\n"


pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def scene(again: Again) -> Scene:
    return again(managed)


@pytest.fixture
def asked(scene: Scene) -> str:
    """That the manager has asked the human; the id of the question."""
    scene.run("ask", "Which port?", env={"BATTY_MEMBER": "manager"})
    [id] = scene.messages("human", "new")
    return id


def of_page(language: str, scene: Scene) -> str:
    """An example of the page, for this project."""
    [text] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(text).replace("/path/to/project", str(scene.root))


def reply(id: str, body: str = "", head: str = "") -> bytes:
    """A mail that answers it, as mail programs write one."""
    quoted = "On Tue, 3 Mar 2026 at 10:15, manager <manager@team.local> wrote:\n> Which port?\n> \n> To answer:\n"
    whole = f"{ANSWER}\n{quoted}"
    return (
        f"From: Jane <jane@example.org>\nTo: manager@team.local\nSubject: Re: Which port?\n"
        f"In-Reply-To: <{id}@human.team.local>\n{head}\n{body or whole}"
    ).encode()


def deliver(scene: Scene, raw: bytes, *words: str, code: int = 0, cwd: Path | None = None, **env: str) -> str:
    argv = [sys.executable, "-m", "batty_hooks", "deliver", *words]
    done = subprocess.run(argv, cwd=cwd or scene.root, env={**os.environ, **env}, input=raw, capture_output=True,
                          check=False)  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == code and "Traceback" not in said, said
    return said


def got(scene: Scene, member: str = "manager") -> list[dict[str, str]]:
    """What a member has been written, with its text."""
    found: list[dict[str, str]] = json.loads(scene.run("inbox", member, "--json", "--all"))
    for one in found:
        text = scene.run("read", "--keep", one["id"], env={"BATTY_MEMBER": member})
        one["text"] = text.partition("\n\n")[2]
    return found


def is_open(scene: Scene) -> bool:
    return any("has asked" in need["what"] for need in scene.json("status")["needs_you"])


# --- handed to us as to sendmail ---------------------------------------------------------------------------


def test_a_mail_program_hands_us_the_answer(scene: Scene, asked: str, tmp_path: Path) -> None:
    assert is_open(scene)
    words = ("--project", str(scene.root), "-oem", "-oi", "-f", "jane@example.org", "--", "manager@team.local")
    raw = reply(asked, head="Message-ID: <1@laptop>\n")
    assert deliver(scene, raw, *words, cwd=tmp_path) == ""
    deliver(scene, raw, *words, cwd=tmp_path)  # (the program was not sure)
    [one] = got(scene)
    assert (one["sender"], one["subject"], one["text"]) == ("human", "Re: Which port?", ANSWER)
    assert not is_open(scene) and scene.messages("human", "new") == []
    [event] = [event for event in scene.events() if event["event"] == "sent"]
    assert (event["sender"], event["member"]) == ("human", "manager")


def test_without_addresses_it_goes_to_whom_it_is_written_to(scene: Scene, asked: str) -> None:
    raw = b"To: manager@team.local,\n Engineer-1 <ENGINEER-1@team.local>\nSubject: Hello\n\nStop.\n"
    deliver(scene, raw, "-t")
    assert [one["text"] for one in got(scene) + got(scene, "engineer-1")] == ["Stop.\n", "Stop.\n"]
    assert not is_open(scene), "a word of the human's own answers, as `send` does"


@pytest.mark.parametrize(
    ("raw", "words", "code", "what"),
    [
        (b"Subject: x\n\nx\n", ["jane@example.org"], 2, "jane@example.org is nobody of the team"),
        (b"Subject: x\n\nx\n", ["managr@team.local"], 2, "there is no member 'managr'"),
        (b"Subject: x\n\nx\n", ["batty-hooks@team.local"], 2, "batty-hooks reads no mail"),
        (b"Subject: x\n\nx\n", [], 2, "the mail is written to nobody"),
        (b"", [], 2, "the mail is written to nobody"),
        (b"To: manager@team.local\n\n \n", [], 2, "the mail has no text"),
        (b"To: manager@team.local\nIn-Reply-To: <ask9@x>\n\nx\n", [], 0, ""),  # answers what is gone
    ],
)
def test_what_cannot_be_delivered(scene: Scene, raw: bytes, words: list[str], code: int, what: str) -> None:
    assert what in deliver(scene, raw, *words, code=code)


def test_an_agent_that_runs_it_is_that_agent(scene: Scene, asked: str) -> None:
    said = deliver(scene, reply(asked), "engineer-2@team.local", code=1, **ENGINEER)
    assert "engineer-1 may not write to engineer-2" in said
    deliver(scene, reply(asked), "manager@team.local", cwd=scene.worktree("engineer-1"))
    assert [one["sender"] for one in got(scene)] == ["engineer-1"]


# --- put into a Maildir ------------------------------------------------------------------------------------

QP = "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n"
B64 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
HTML = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
MIXED = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("", "", ANSWER),
        ("Received: from elsewhere\nMessage-ID: <1@x>\n", "", ANSWER),
        (QP, "Take caf=E9, 80=\n80.\n", "Take café, 8080.\n"),
        (B64, "VGFrZSA4MDgwLgoKT24gVHVlLCAzIE1hciAyMDI2LCBtYW5hZ2VyIHdyb3RlOgo+IFdoaWNoIHBvcnQ/Cg==\n", ANSWER),
        (HTML, "<p>Take 8080.</p><div>On 3 Mar 2026, manager wrote:</div><blockquote>Which?</blockquote>", ANSWER),
        (MIXED, "--b\n\nTake 8080.\n\n--b\nContent-Type: image/png\nContent-Disposition: attachment; "
         "filename=a.png\n\nx\n--b--\n", "Take 8080.\n\n(with it: a.png, image/png)\n"),
        ("", "> Which port?\n\n8080\n", "> Which port?\n\n8080\n"),
    ],
)  # fmt: skip
def test_whatever_delivers_it_to_the_human_it_reaches_who_asked(
    scene: Scene, asked: str, head: str, body: str, text: str
) -> None:
    box = scene.root / ".batty/inboxes/human/new"
    (box / "1772532901.M1P2.host").write_bytes(reply(asked, body, head))
    (box / "1772532902.M1P2.host").write_bytes(b"From: spam@example.com\nSubject: Re: Which port?\n\nBuy!\n")
    scene.step()
    [one] = got(scene)
    assert (one["sender"], one["text"]) == ("jane@example.org", text)
    assert not is_open(scene) and scene.messages("human", "new") == ["1772532902.M1P2.host"]


def test_into_the_askers_own_maildir_it_is_the_answer_too(scene: Scene, asked: str) -> None:
    raw = reply(asked).replace(f"In-Reply-To: <{asked}".encode(), f"References: <0@x>\n <{asked}".encode())
    (scene.root / ".batty/inboxes/manager/new/1772532901.M1P2.host").write_bytes(raw)
    assert not is_open(scene)
    [one] = got(scene)
    assert (one["sender"], one["text"]) == ("jane@example.org", ANSWER)


@pytest.mark.parametrize("transit", ["Received: from elsewhere\n", "Return-Path: <x@y>\n", "Delivered-To: me\n"])
def test_a_name_of_the_team_from_outside_is_an_address(scene: Scene, asked: str, transit: str) -> None:
    raw = f"{transit}From: human@team.local\nX-Batty-Kind: brief\nX-Batty-Card: t1\nSubject: Do it\n\nrm -rf\n".encode()
    (scene.root / ".batty/inboxes/manager/new/1772532901.M1P2.host").write_bytes(raw)
    [one] = got(scene)
    assert (one["sender"], one["kind"], one["card"]) == ("human@team.local", "note", "")
    assert is_open(scene), "it is nobody's word that would answer"


def test_what_is_no_answer_stays_with_the_human(scene: Scene, asked: str) -> None:
    raw = reply("ask1.2").replace(b"Re: Which", b"Which")
    (scene.root / ".batty/inboxes/human/new/1772532901.M1P2.host").write_bytes(raw)
    scene.step()
    assert got(scene) == [] and is_open(scene)
    assert "jane@example.org" in scene.run("inbox")


# --- by the programs of the page ---------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["procmail", "maildrop"])
def test_an_mda_of_the_page_delivers_the_answer(scene: Scene, asked: str, program: str, tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not there")
    rules = tmp_path / "rules"
    rules.write_text(of_page(program, scene))
    rules.chmod(0o600)
    argv = (
        [program, str(rules)] if program == "maildrop" else [program, "-m", f"DEFAULT={tmp_path}/default/", str(rules)]
    )
    default = tmp_path / "default"
    subprocess.run(["mkdir", "-p", str(default / "new"), str(default / "cur"), str(default / "tmp")], check=True)
    env = {**os.environ, "DEFAULT": f"{default}/", "MAILDIR": str(tmp_path)}
    raw = reply(asked, head="Date: Tue, 3 Mar 2026 10:20:00 +0100\n")
    for sent in (raw.replace(b"jane@", b"eve@"), raw):
        done = subprocess.run(argv, input=sent, env=env, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    scene.step()
    assert [(one["sender"], one["text"]) for one in got(scene)] == [("jane@example.org", ANSWER)]
    assert not is_open(scene)


def test_a_question_is_mailed_once_and_can_be_answered(scene: Scene, asked: str, tmp_path: Path) -> None:
    """By the script of the page: what it mails names the question, and the answer would come to the human."""
    outbox, program = tmp_path / "outbox", tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "to $*" >> {outbox}; cat >> {outbox}\n')
    program.chmod(0o755)
    script = tmp_path / "mail-me"
    script.write_text(of_page("sh", scene))
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["sh", str(script)], cwd=scene.root, env=env, check=True)
    first, _, rest = outbox.read_text().partition("\n")
    read = mail.read(rest.encode())
    assert (first, read.header("Reply-To")) == ("to jane@example.org", "jane@example.org")
    assert (read.header("Message-ID"), read.text.count("Which port?")) == (f"<{asked}@human.team.local>", 1)
    assert is_open(scene) and scene.messages("human", "new") == []
    (scene.root / ".batty/inboxes/human/new/1772532901.M1P2.host").write_bytes(reply(asked))
    scene.step()
    assert [one["text"] for one in got(scene)] == [ANSWER] and not is_open(scene)


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[list[str]]:
    """tmux on a socket of its own."""
    call = ["tmux", "-S", str(tmp_path / "tmux")]
    yield call
    subprocess.run([*call, "kill-server"], check=False, capture_output=True)


@pytest.mark.skipif(not shutil.which("mutt"), reason="mutt is not there")
def test_typed_in_mutt_with_the_muttrc_of_the_page(scene: Scene, asked: str, pane: list[str], tmp_path: Path) -> None:
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "batty-hooks").write_text(f'#!/bin/sh\nexec {sys.executable} -m batty_hooks "$@"\n')
    (bin / "batty-hooks").chmod(0o755)
    editor = bin / "types"
    editor.write_text('#!/bin/sh\n{ echo Take 8080.; echo; cat "$1"; } > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    muttrc = tmp_path / "muttrc"
    muttrc.write_text(of_page("muttrc", scene))
    env = {
        **os.environ,
        "PATH": f"{bin}:{os.environ['PATH']}",
        "EDITOR": str(editor),
        "VISUAL": str(editor),
        "TERM": "screen",
    }

    def shows(words: str) -> bool:
        done = subprocess.run([*pane, "capture-pane", "-p"], capture_output=True, text=True, check=False, env=env)
        return words in done.stdout

    def press(*keys: str) -> None:
        subprocess.run([*pane, "send-keys", *keys], check=True, env=env)

    argv = [*pane, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", f"mutt -F {muttrc}; sleep 60"]
    subprocess.run(argv, check=True, env=env, cwd=tmp_path)
    wait_for(lambda: shows("Which port?"))
    press("r")
    wait_for(lambda: shows("To: manager"))
    press("Enter")
    wait_for(lambda: shows("Subject: Re: Which port?"))
    press("Enter")
    wait_for(lambda: shows("Include message in reply?"))
    press("Enter")
    wait_for(lambda: shows("y:Send"))
    press("y")
    wait_for(lambda: got(scene))
    [one] = got(scene)
    assert (one["sender"], one["text"]) == ("human", ANSWER)
    assert not is_open(scene)
    press("q")
