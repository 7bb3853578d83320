"""A word that is sent is acted on: each kind of message, for each kind of receiver; and commands that run again."""

from __future__ import annotations

import ast

import pytest
from pages import DOCS
from scene import Again, Scene
from situations.situation import table

from batty_hooks.vocabulary import kinds

TABLE = table("messages")
PACKAGE = DOCS.parent / "batty_hooks"
RECORDS = 'cp "$1" "$(dirname "$0")/prompt-$(ls "$(dirname "$0")" | grep -c prompt-)"\n'
WORK = 'echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"\ngit add numbers\ngit commit -qm "Add $2"\n'


def prompts(scene: Scene) -> list[str]:
    """What the command was run with, run by run."""
    return [path.read_text() for path in sorted(scene.root.parent.glob("prompt-*"))]


def stopped(scene: Scene) -> None:
    stops = '[ -f "$(dirname "$0")/prompt-1" ] || { echo no database; exit 1; }\n'
    scene.install().team(scene.agent("stops", RECORDS + stops + WORK))
    scene.cards("- [ ] Add a number", "  with a body")
    scene.step()
    scene.rest()


def test_a_command_is_not_run_before_all_that_it_is_to_be_told_is_written(again: Again, alone: None) -> None:
    """A look between the unblock on the board and the message about it (a hook's wake, say) waits for that message."""
    quiet = again(stopped)
    quiet.run("send", "engineer-1", "Take SQLite")
    quiet.run("task", "unblock", "t1", "there", "is", "one")
    quiet.run("step", "run_agent")
    assert len(prompts(quiet)) == 1
    quiet.step()
    assert len(prompts(quiet)) == 2
    assert all(words in prompts(quiet)[1] for words in ("there is one", "Take SQLite"))


def test_a_command_runs_again_when_its_card_is_unblocked(again: Again, alone: None) -> None:
    quiet = again(stopped)
    assert "[blocked:: its command ended with exit 1: no database]" in quiet.board()
    said = quiet.run("send", "engineer-1", "Take SQLite")
    assert said.endswith("; engineer-1 gets it when its card goes on (`batty-hooks board`)\n")
    quiet.run("task", "unblock", "t1", "there", "is", "one")
    quiet.step()
    assert quiet.subjects()[1:] == ["Land t1: Add a number (engineer-1)"]
    first, again = prompts(quiet)
    assert "with a body" in first
    assert all(words in again for words in ("with a body", "there is one", "Take SQLite", "batty-hooks done"))
    TABLE.check("A command's card is unblocked", "it runs again; its prompt holds the card, and all that was said "
                "meanwhile")  # fmt: skip


def test_a_brief_that_somebody_else_has_read_is_run(quiet: Scene) -> None:
    quiet.team(quiet.agent("works", f"{RECORDS}{WORK}"))
    quiet.cards("- [ ] Add a number")
    quiet.run("step", "staff", "setup", "dispatch")
    box = quiet.root / ".batty/inboxes/engineer-1"
    (box / "new/t1.brief.1").rename(box / "cur/t1.brief.1:2,S")
    quiet.step()
    assert len(prompts(quiet)) == 1 and quiet.landed() == ["Land t1: Add a number (engineer-1)"]
    quiet.step()
    assert len(prompts(quiet)) == 1
    TABLE.check("A person reads a command's mailbox in a mail reader, which marks the brief as read",
                "it is run all the same, once")  # fmt: skip


def test_a_command_runs_again_when_it_is_spoken_to(quiet: Scene) -> None:
    quiet.team(quiet.agent("works", f'{RECORDS}grep -q \'Add seven\' "$1" && set -- "$1" seven7\n{WORK}'))
    file = quiet.root / ".batty/team_config/team.yaml"
    file.write_text(f"{file.read_text()}merge: {{mode: review}}\n")
    said = quiet.run("send", "engineer-1", "Add seven", code=1)
    assert said.startswith("batty-hooks: nobody reads that: engineer-1 has no card in hand, and a command is told")
    assert quiet.messages("engineer-1") == []
    TABLE.check("`send` to a command that has no card in hand", "refused: `nobody reads that: engineer-1 has no card "
                "in hand, and a command is told something with its card only`")  # fmt: skip
    quiet.cards("- [ ] Add a number", "  with a body")
    quiet.step()
    quiet.run("send", "engineer-1", "Add seven", "too")
    quiet.step()
    assert len(prompts(quiet)) == 2 and "with a body" in prompts(quiet)[1]
    assert quiet.git("ls-tree", "--name-only", "refs/batty/queue/t1", "numbers/").split() == [
        "numbers/one", "numbers/seven7", "numbers/t1",
    ]  # fmt: skip
    TABLE.check("`send` to a command that has a card in hand", "it runs again with the words and the card; what it "
                "commits is reported")  # fmt: skip
    quiet.run("reject", "t1", "no seven")
    quiet.step()
    assert len(prompts(quiet)) == 3 and "no seven" in prompts(quiet)[2] and "with a body" in prompts(quiet)[2]
    TABLE.check("A command's work is rejected, or comes back red", "it runs again with the reason and the card")


def test_what_is_typed_after_the_brief_is_heard(quiet: Scene) -> None:
    """An editor that saves every second: half a line is briefed, the rest is told; never more than the newest."""
    quiet.team(quiet.agent("works", f"{RECORDS}{WORK}"))
    quiet.cards("- [ ] Add a nu")
    typed = quiet.board()
    quiet.run("step", "staff", "setup", "dispatch")
    for more in ("Add a number", "Add a number that is prime\n  small ones first"):
        quiet.save(typed.replace("Add a nu", more))  # the editor knows nothing of the claim
        quiet.run("step", "reconcile", "revise")
    card = "- [x] Add a number that is prime (engineer-1) ^t1\n  small ones first\n"
    assert f"## TODO\n\n## IN PROGRESS\n{card}\n## DONE\n" in quiet.board()
    unread = quiet.messages("engineer-1", "new")
    assert [id.rpartition(".")[0] for id in unread] == ["t1.brief", "t1.changed.2"]
    quiet.step()
    [prompt] = prompts(quiet)  # the brief's own words are not run any more, and nothing is run twice
    assert "t1: Add a number that is prime\n\nsmall ones first\n" in prompt
    assert quiet.subjects()[1:] == ["Land t1: Add a number that is prime (engineer-1)"]
    assert quiet.messages("engineer-1", "new") == []
    TABLE.check("A card is still being typed when it is given to an engineer (an editor that saves by itself)",
                "it stays one card; what was typed since comes as a message, the newest alone; a command that has not "
                "begun is run with the card as it is")  # fmt: skip


def test_a_command_that_writes_into_its_card_is_not_run_for_ever(quiet: Scene) -> None:
    notes = 'sed -i "s/ (eng/ and more (eng/" ../../../kanban.md\ngit commit -q --allow-empty -m More\n'
    quiet.team(quiet.agent("notes", f"{RECORDS}{notes}"))
    file = quiet.root / ".batty/team_config/team.yaml"
    file.write_text(f"{file.read_text()}merge: {{mode: review}}\n")
    quiet.cards("- [ ] Take notes", "  - [ ] first", "  - [ ] last")
    quiet.run("step", "staff", "setup", "dispatch")
    quiet.save(quiet.board().replace("[ ] first", "[x] first").replace("^t1", "^t1 #api ✅ 2026-01-31"))
    quiet.step()
    assert len(prompts(quiet)) == 4 and "is not run for another one" in quiet.run("read", code=None)
    TABLE.check("A command writes into the text of its own card each time it runs", "it is run again three times; then "
                "the human is told, and how to have it run again")  # fmt: skip


@pytest.mark.parametrize("number", ["5", "bad"])
def test_a_person_does_the_card_before_its_command_is_begun(quiet: Scene, number: str) -> None:
    quiet.team(quiet.agent("fails", f'{RECORDS}[ -z "{number.strip("5")}" ] && exit 3\n{WORK.replace("$2", "t1")}'))
    quiet.cards("- [ ] Add a number")
    quiet.run("step", "staff", "setup", "dispatch")
    quiet.commit(quiet.worktree("engineer-1"), {"numbers/t1": f"{number}\n"}, "By hand")
    quiet.run("done", cwd=quiet.worktree("engineer-1"))
    quiet.step()
    assert quiet.landed() == ["Land t1: Add a number (engineer-1)"]
    assert len(prompts(quiet)) == (number == "bad"), "what comes back is the command's"
    TABLE.check("A person does a command's card in its worktree, and types `done` before the command is begun",
                "it is not run; for what comes back it is")  # fmt: skip


def test_whoever_was_asked_leaves_the_team(quiet: Scene) -> None:
    quiet.team("true")
    file = quiet.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text() + "  - {name: lead, role_type: architect, agent: command, command: 'true'}\n")
    quiet.run("step", "staff")
    quiet.run("ask", "which one?", env={"BATTY_MEMBER": "engineer-1"})
    quiet.team("true")
    said = quiet.run("status", code=None)
    words = "engineer-1 has asked lead, who is not in the team any more: which one?"
    assert words in said
    TABLE.check(
        "Whoever was asked something is taken out of team.yaml",
        f"needs you: {words}; where somebody else is above engineer-1 now, that one is asked",
    )


def test_mail_to_a_member_that_was_taken_out_of_the_team(quiet: Scene) -> None:
    quiet.team("true", engineers=2)
    quiet.run("step", "staff")
    box = quiet.root / ".batty/inboxes/engineer-2"
    (box / "new/note1").write_text("From: human <human@team.local>\nSubject: The keys are in the safe\n\nhello\n")
    quiet.team("true", engineers=1)
    said = quiet.run("status", code=None)
    words = "1 unread message to engineer-2, who is not in the team any more: The keys are in the safe (from human)"
    assert f"{words}\n" in said and "→ batty-hooks read --of engineer-2\n" in said
    assert "The keys are in the safe" in quiet.run("inbox", "engineer-2")
    quiet.run("read", "--of", "engineer-2")
    assert "engineer-2" not in quiet.run("status", code=None)
    TABLE.check(
        "Unread mail of a member that is taken out of team.yaml",
        f"needs you: {words} → `batty-hooks read --of engineer-2`; `batty-hooks inbox engineer-2` lists it",
    )


def test_the_same_end_twice_is_told_twice(quiet: Scene) -> None:
    quiet.team(quiet.agent("fails", "echo no database; exit 1\n"))
    quiet.cards("- [ ] Add a number")
    quiet.step()
    quiet.run("task", "unblock", "t1")
    quiet.step()
    assert len([event for event in quiet.events() if event["event"] == "blocked"]) == 2
    assert len([key for key in quiet.messages("human") if key.startswith("t1.blocked.")]) == 2


@pytest.mark.parametrize("kind", kinds.TABLE)
def test_each_kind_has_a_receiver_of_each_sort(kind: str) -> None:
    one = kinds.of(kind)
    TABLE.check(f"`{kind}`: {one.says}", f"an agent in a pane: {one.pane}; a command: {one.command}; a person: "
                f"{one.person}")  # fmt: skip


def test_every_kind_that_is_sent_or_asked_for_is_one_of_the_table() -> None:
    """No kind is spelled out: not where a message is made, and not where a message's kind is looked at."""
    sent: set[str] = set()
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py") if "state" not in path.parts}
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)) if "Message(" in text or ".kind" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("inbox.Message", "Message"):
                given = [word.value for word in node.keywords if word.arg == "kind"] or node.args[5:6]
                sent |= {ast.unparse(one) for one in given}
            elif isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".kind"):
                spelled = [one for one in ast.walk(node) if isinstance(one, ast.Constant) and one.value in kinds.TABLE]
                assert not spelled or "attempt" in ast.unparse(node), f"{path}: {ast.unparse(node)}"
    # `why.kind` is what a report came back for, and the kind of its message: failed, together or conflict
    named = {word.removeprefix("kinds.").lower() for word in sent if word.startswith("kinds.")}
    assert sent - {f"kinds.{word.upper()}" for word in named} == {"why.kind"}
    assert named | {"failed", "together", "conflict"} == set(kinds.TABLE)
