"""Messages between people and agents: who may write to whom, who is writing, what is read."""

from __future__ import annotations

import mailbox
import re
import subprocess
import sys
import time

import pytest
from scene import Again, Scene

TEAM = """\
trunk: main
history: off
gate:
  command: sh check.sh
roles:
  - {name: boss, role_type: user}
  - {name: architect, role_type: architect, agent: command, command: "true", talks_to: [manager]}
  - {name: manager, role_type: manager, agent: command, command: "true", talks_to: [architect, engineer]}
  - {name: engineer, role_type: engineer, agent: claude, instances: 2, use_worktrees: true,
     talks_to: [manager]}
"""


def staffed(scene: Scene) -> None:
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
    scene.run("step", "staff")


@pytest.fixture
def team(again: Again, alone: None) -> Scene:
    """A human, an architect, a manager, two engineers; nobody but the test makes moves."""
    return again(staffed)


def test_a_message_arrives_is_listed_and_read_once(team: Scene) -> None:
    said = team.run("send", "manager", "Please", "look at", "t1", "--card", "t1")
    id = said.split()[0]
    assert said == f"{id} is in manager's inbox\n"
    listed = team.run("inbox", "manager")
    assert id in listed and "boss" in listed and "Please look at t1" in listed
    as_manager = {"BATTY_MEMBER": "manager"}
    read = team.run("read", env=as_manager)
    assert read.startswith("Please look at t1\nfrom boss,") and read.endswith("\n\nPlease look at t1\n")
    assert team.run("inbox", env=as_manager) == "no unread messages for manager\n"
    assert team.run("read", env=as_manager) == "no unread messages for manager\n"
    assert id in team.run("inbox", "--all", env=as_manager)
    assert team.run("read", id, env=as_manager).startswith("Please look at t1\n")
    [message] = mailbox.Maildir(team.root / ".batty/inboxes/manager")
    assert message["From"] == "boss <boss@team.local>" and message["X-Batty-Card"] == "t1"


def test_mail_of_another_program_is_read(team: Scene) -> None:
    """In HTML, without a Date (it came when its file was written), in bare 8 bit."""
    new = team.root / ".batty/inboxes/manager/new"
    head = "From: ci@x.org\nSubject: {}\n"
    html = "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Please <b>stop</b> the release</p>\n"
    (new / "1.a.host").write_text(head.format("html") + "Date: Sat, 28 Nov 2020 09:00:00 +0000\n" + html)
    (new / "2.b.host").write_text(head.format("bare") + "\nPlease stop the café\n")
    as_manager = {"BATTY_MEMBER": "manager", "TZ": "UTC"}
    listed = team.run("inbox", env=as_manager).splitlines()
    assert "ci@x.org  2020-11-28 09:00  new  html" in listed[1] and time.strftime("%H:%M", time.gmtime()) in listed[2]
    assert team.run("read", env=as_manager).endswith("2020-11-28 09:00, id 1.a.host\n\nPlease stop the release\n")
    assert team.run("read", env=as_manager).endswith("id 2.b.host\n\nPlease stop the café\n")


def test_read_can_leave_a_message_unread(team: Scene) -> None:
    team.run("send", "manager", "Hello")
    team.run("read", "--keep", env={"BATTY_MEMBER": "manager"})
    assert "Hello" in team.run("inbox", "manager")


def test_talks_to_is_checked(team: Scene) -> None:
    """Who may write to whom: state/team/team_test."""
    said = team.run("send", "engineer-2", "Hello", env={"BATTY_MEMBER": "engineer-1"}, code=1)
    assert "batty-hooks: engineer-1 may not write to engineer-2\n  → engineer-1 may write to: " in said
    assert team.messages("engineer-2", "new") == []
    team.run("send", "boss", "Hello", env={"BATTY_MEMBER": "engineer-1"})


def test_an_unknown_member_is_an_error_and_never_the_human(team: Scene) -> None:
    said = team.run("send", "engineer-3", "Hello", code=2)
    assert said.startswith("batty-hooks: there is no member 'engineer-3'\n  → did you mean 'engineer-")
    said = team.run("send", "manager", "Hello", env={"BATTY_MEMBER": "enginer-1"}, code=2)
    assert "there is no member 'enginer-1'" in said and "did you mean 'engineer-1'?" in said
    assert team.messages("boss") == team.messages("manager") == []
    assert "there is no member 'nobody'" in team.run("inbox", "nobody", code=2)


def test_who_stands_in_a_worktree_is_its_member(team: Scene) -> None:
    home = team.worktree("engineer-2")
    team.run("send", "manager", "From my worktree", cwd=home / "numbers")
    assert "engineer-2" in team.run("inbox", "manager")
    team.run("send", "engineer-2", "Back", env={"BATTY_MEMBER": "manager"})
    assert "Back" in team.run("inbox", cwd=home)
    assert team.run("inbox") == "no unread messages for boss\n"


def test_a_question_and_its_answer(team: Scene) -> None:
    home = team.worktree("engineer-1")
    assert team.run("ask", "Which", "port?", cwd=home) == "manager is asked; the answer comes to your inbox\n"
    as_manager = {"BATTY_MEMBER": "manager"}
    [id] = team.messages("manager", "new")
    assert "there is no message ask1 to answer" in team.run("send", "engineer-1", "8080", "--re", "ask1", code=2)
    team.run("send", "engineer-1", "8080", "--re", id, env=as_manager)
    assert team.messages("manager") == [f"{id}:2,RS"], "it is read and answered"
    asked = team.run("read", id, env=as_manager)
    assert "Which port?" in asked and f"batty-hooks send engineer-1 --re {id}" in asked
    assert "8080" in team.run("read", cwd=home)
    [answer] = list(mailbox.Maildir(team.root / ".batty/inboxes/engineer-1"))
    [question] = list(mailbox.Maildir(team.root / ".batty/inboxes/manager"))
    assert answer["In-Reply-To"] == question["Message-ID"], "mail readers show them as one thread"


def test_a_question_that_is_typed_twice_is_one(team: Scene) -> None:
    as_engineer = {"BATTY_MEMBER": "engineer-1"}
    first = team.run("ask", "which one?\nthis?", env=as_engineer)
    assert first == "manager is asked; the answer comes to your inbox\n"
    again = team.run("ask", "which one?\nthis?", env=as_engineer)
    [id] = team.messages("manager")
    assert again == f"manager is asked that already ({id}); the answer comes to your inbox\n"
    team.run("ask", "which one?", env=as_engineer)
    assert len(team.messages("manager")) == 2, "it is another one"
    team.run("send", "engineer-1", "--re", id, "this", env={"BATTY_MEMBER": "manager"})
    assert team.run("ask", "which one?\nthis?", env=as_engineer) == first, "it was answered, and is asked anew"


def test_mail_of_somebody_who_has_left_is_named_and_can_be_read(team: Scene) -> None:
    team.run("send", "architect", "Think of the index")
    team.run("ask", "which one?", env={"BATTY_MEMBER": "manager"})
    file = team.root / ".batty/team_config/team.yaml"
    file.write_text(re.sub(r".*role_type: architect.*\n", "", file.read_text()).replace("[architect, eng", "[eng"))
    said = team.run("status", code=None)
    assert "1 unread message to architect, who is not in the team any more: Think of the index (from boss)" in said
    assert "→ batty-hooks read --of architect\n" in said
    assert "manager has asked architect, who is not in the team any more: which one?" in said
    said = team.run("read", "--of", "architect") + team.run("read", "--of", "architect")
    assert "which one?" in said and "Think of the index" in said
    assert "unread message to architect" not in team.run("status", code=None)
    assert "Think of the index" in team.run("inbox", "--all", "architect")
    assert "may not read what was written to architect" in team.run(
        "read", "--of", "architect", env={"BATTY_MEMBER": "manager"}, code=1
    )
    assert "manager reads its own messages" in team.run("read", "--of", "manager", code=2)
    assert "there is no member 'nobody'" in team.run("read", "--of", "nobody", code=2)


def test_the_text_may_come_from_standard_input(team: Scene) -> None:
    text = "\n  Größe: ✓\n\nmore, with 'quotes' and $dollars\n"
    done = subprocess.run(
        [sys.executable, "-m", "batty_hooks", "send", "manager", "-"], cwd=team.root, input=text.encode(), check=False
    )
    assert done.returncode == 0
    read = team.run("read", env={"BATTY_MEMBER": "manager"})
    assert read.startswith("Größe: ✓\n") and "more, with 'quotes' and $dollars" in read
    assert "there is nothing to send" in team.run("send", "manager", " ", code=2)


def test_an_unknown_id_says_where_to_look(team: Scene) -> None:
    said = team.run("read", "nothing", code=2)
    assert said == "batty-hooks: boss has no message 'nothing'\n  → `batty-hooks inbox --all` lists them\n"


def test_as_json(team: Scene) -> None:
    team.run("send", "boss", "Hello", env={"BATTY_MEMBER": "manager"})
    [message] = team.json("inbox")
    assert message["sender"] == "manager" and message["subject"] == "Hello" and message["unread"] is True
    [need] = [need for need in team.json("status")["needs_you"] if "unread" in need["what"]]
    assert need["command"] == "batty-hooks read"
