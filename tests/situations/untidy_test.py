"""The board, taken in ways nobody foresees: what lies in its place, what is copied, renamed, cancelled."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("untidy")
NO_FILE = "kanban.md is a directory, a named pipe, a device, a link to nothing or to itself"
COPIED = "a card's line is copied to write the next one, and its id comes along"
LOST = "the id of a card in hand is deleted with the end of its line, or is another one"
STEPS = "a card in hand is moved by copying its line to DONE, and deleting the first one in a later save"
EMPTIED = "kanban.md is emptied, cut off or overwritten while a card's work lands"
ENCODED = "kanban.md is saved as UTF-16, or a line is appended so (PowerShell's `>>`)"
CANCELLED = "a card is cancelled, as Obsidian's task plugins write it: `- [-] Alpha`"
PARKED = "a card in TODO depends on one in a lane of your own (`## ICEBOX`)"
BELOW = "headings below `# TODO` (`## Epic`) group its cards"
NO_TODO = "no lane is TODO (`## Ideas`, `## Doing`, `## Done`)"
SEVERAL = "two names are in the brackets: `(engineer-1, engineer-2)`"
ROLE = "a role's name is in the owner's place: `(engineer)`"
ANOTHER = "Syncthing, Dropbox or Nextcloud puts another save of the board beside it"
LETTERS = "the board is called KANBAN.md"
LINK = "an engineer's link to the board is deleted, or a directory or another link is in its place"
STEERS = "a title or a mail holds what steers a terminal (colours, its window's title, clearing it)"
HARD = "kanban.md is a hard link, and its other name lies elsewhere"
LOCKED = "kanban.md is locked against any change (`chattr +i`; “Locked” in the Finder)"
PAGE = [
    NO_FILE,
    LETTERS,
    EMPTIED,
    ENCODED,
    ANOTHER,
    COPIED,
    LOST,
    STEPS,
    CANCELLED,
    PARKED,
    BELOW,
    NO_TODO,
    SEVERAL,
    ROLE,
    STEERS,
    LINK,
    HARD,
    LOCKED,
]
IN_ITS_PLACE = {
    "a directory": Path.mkdir,
    "a named pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("/nowhere/kanban.md"),
    "a link that leads to itself": lambda path: path.symlink_to(path.name),
}


def test_a_hard_link(quiet: Scene) -> None:
    other = quiet.root.parent / "vault.md"
    os.link(quiet.root / "kanban.md", other)
    quiet.run("task", "add", "Alpha")
    quiet.run("task", "add", "Beta")
    assert "Alpha" not in other.read_text(), "a file is never written in place: who reads it would see half of it"
    quiet.step()
    [need] = [need for need in quiet.json("status")["needs_you"] if "hard link" in need["what"]]
    assert str(quiet.root / "kanban.md") in need["what"]
    TABLE.check(HARD, f"needs you, once: {need['what'].replace(str(quiet.root), '.')}")


def test_locked_against_any_change(quiet: Scene) -> None:
    if subprocess.run(["chattr", "+i", "kanban.md"], cwd=quiet.root, capture_output=True, check=False).returncode:
        pytest.skip("no file can be locked here")
    try:
        said = quiet.run("task", "add", "Alpha", code=75).replace(str(quiet.root), ".")
        [first, mend] = said.splitlines()
        TABLE.check(LOCKED, f"{first} {mend.strip().replace('→ ', '→ `')}`; nothing of it is done")
    finally:
        subprocess.run(["chattr", "-i", "kanban.md"], cwd=quiet.root, check=True)
    quiet.step()
    assert "Alpha" not in quiet.board()


@pytest.mark.parametrize("kind", IN_ITS_PLACE)
def test_what_lies_in_the_boards_place(quiet: Scene, kind: str) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    (quiet.root / "kanban.md").unlink()
    IN_ITS_PLACE[kind](quiet.root / "kanban.md")
    quiet.step(code=None)
    [need] = quiet.json("status")["needs_you"]
    assert need["what"].endswith(f"kanban.md is in the way: it is {kind}")
    for words in (("task", "add", "Beta"), ("board", "--restore"), ("board", "--accept"), ("board",)):
        assert f"in the way: it is {kind}\n" in quiet.run(*words, code=None)
    assert need["command"].endswith("kanban.md.away && batty-hooks install")
    assert quiet.sh(need["command"].partition(" && ")[0], quiet.root) == 0
    quiet.run("install")
    assert quiet.board() == board
    TABLE.check(NO_FILE, "needs you: …/kanban.md is in the way: it is …, with the `mv` that takes it away, and "
                "`batty-hooks install`, which brings the last known board back; nothing waits for a pipe")  # fmt: skip


def test_what_is_no_message_lies_in_an_inbox(quiet: Scene) -> None:
    quiet.run("send", "human", "hello")
    box = quiet.root / ".batty/inboxes/human/new"
    os.mkfifo(box / "1.a.pipe")
    (box / "2.a.folder").mkdir()
    (box / "3.a.link").symlink_to("3.a.link")
    said = quiet.run("inbox")
    assert "hello" in said and "more" not in said
    assert "human has no message '1.a.pipe'" in quiet.run("read", "1.a.pipe", code=2)
    assert "hello" in quiet.run("read")
    assert quiet.json("status")["needs_you"] == []


def test_a_board_in_doubt_is_named_once(quiet: Scene) -> None:
    quiet.team("git commit -q --allow-empty -m Work")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    for text, why in (
        ("", "it is empty"),
        ("?" * 999, "it has no lanes any more"),
        (board[:130], "cards have vanished"),
    ):
        quiet.save(text)
        quiet.step(code=None)
        [need] = quiet.json("status")["needs_you"]
        assert need["what"].startswith("kanban.md is not acted on: ") and need["what"].endswith(why)
        assert need["command"].startswith("batty-hooks board --restore  (")
        said = quiet.run("task", "add", "Beta", code=75).splitlines()
        assert said[0].startswith("batty-hooks: kanban.md is in doubt: ")
        assert said[1].startswith("  → batty-hooks board --restore  (")
    quiet.run("board", "--restore")
    quiet.step()
    assert quiet.lane("DONE") == ["- [x] Alpha (engineer-1) ^t1"]
    TABLE.check(EMPTIED, "needs you, once, whatever waits for it: kanban.md is not acted on: it is empty → "
                "`batty-hooks board --restore`; then it lands")  # fmt: skip


def test_a_board_in_another_encoding(quiet: Scene) -> None:
    quiet.cards("- [ ] Alpha")
    quiet.run("task", "claim", "Alpha")
    board = quiet.board()
    for raw in (board.encode("utf-16"), board.encode() + "- [ ] Beta\r\n".encode("utf-16-le")):
        (quiet.root / "kanban.md").write_bytes(raw)
        [need] = quiet.json("status")["needs_you"]
        why = "it holds NUL bytes, as a text does that is saved as UTF-16; save it as UTF-8"
        assert need["what"] == f"kanban.md is not acted on: {why}"
    TABLE.check(ENCODED, f"needs you: {need['what']}")
    quiet.run("board", "--accept")
    assert quiet.json("status")["needs_you"] == []
    (quiet.root / "kanban.md").write_bytes(b"\xef\xbb\xbf" + board.replace("Alpha", "Älpha").encode())
    assert quiet.json("board")[0]["title"] == "Älpha"


def test_an_id_is_one_cards_and_for_good(quiet: Scene) -> None:
    quiet.team(
        quiet.agent("works", 'echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"\ngit add .\ngit commit -qm "$2"\n')
    )
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    quiet.cards("- [ ] Beta ^t1", "- [ ] Gamma ^t1")
    quiet.step()
    quiet.cards("- [ ] Alpha again ^t1")
    quiet.step()
    assert quiet.lane("DONE") == [f"- [x] {title} (engineer-1) ^t{number}" for number, title in
                                  enumerate(("Alpha", "Beta", "Gamma", "Alpha again"), 1)]  # fmt: skip
    assert quiet.landed() == ["Land t1: Alpha (engineer-1)", "Land t2: Beta (engineer-1)",
                              "Land t3: Gamma (engineer-1)", "Land t4: Alpha again (engineer-1)"]  # fmt: skip
    assert quiet.json("status")["needs_you"] == []
    TABLE.check(COPIED, "the copy gets one of its own; the card that had it goes on, and stays landed if it has landed")


def test_a_card_in_hand_keeps_its_id(quiet: Scene) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    for line in ("(engineer-1)", "(engineer-1) ^auth"):
        quiet.save(board.replace("(engineer-1) ^t1", line))
        quiet.run("step", "reconcile", "dispatch")
        assert quiet.board() == board
    [told] = [one for one in quiet.messages("human") if one.startswith("board.")]
    said = quiet.run("read", told).splitlines()[0]
    assert said == "t1 “Alpha” is in the hands of engineer-1, so it keeps its id: ^auth was taken back"
    TABLE.check(LOST, f"it has its own again; who gave it another is told: {said}")


def test_a_card_is_moved_in_two_saves(quiet: Scene) -> None:
    quiet.team("true")
    quiet.cards("- [ ] Alpha")
    quiet.run("step", "staff", "setup", "dispatch")
    board = quiet.board()
    quiet.commit(quiet.worktree("engineer-1"), {"numbers/two": "2\n"})
    quiet.save(f"{board}- [x] Alpha (engineer-1) ^t1\n")
    quiet.run("step", "reconcile")
    first, _, rest = quiet.board().partition("- [x] Alpha (engineer-1) ^t1\n")
    assert rest.endswith("## DONE\n- [x] Alpha (engineer-1)\n")
    quiet.save(first + rest)
    quiet.step()
    assert quiet.lane("DONE") == ["- [x] Alpha (engineer-1) ^t1"] and quiet.subjects()[1:] == [
        "Land t1: Alpha (engineer-1)"
    ]
    TABLE.check(STEPS, "it is reported, as by a drag: the copy is that card once the first line is gone")


def needed(scene: Scene) -> list[str]:
    """What needs a person, each with the command."""
    return [f"{need['what']} → `{need['command']}`" for need in scene.json("status")["needs_you"]]


def what(said: str) -> str:
    """The same without the command."""
    return said.partition(" → ")[0]


def test_what_is_cancelled_is_not_begun(quiet: Scene) -> None:
    quiet.team("git commit -q --allow-empty -m Work")
    quiet.cards("- [ ] Beta", "- [-] Alpha ^t8", "- [ ] Gamma [depends:: t8] ^t9")
    quiet.run("step", "staff", "setup", "dispatch")
    quiet.save(quiet.board().replace("[x] Beta", "[-] Beta"))
    waits, in_hand = sorted(needed(quiet), key=len, reverse=True)
    assert in_hand == "t10 is cancelled (`[-]`), and engineer-1 has it in hand → `batty-hooks task release t10`"
    assert waits.startswith("t9 cannot be begun: it waits for t8, which is cancelled; ")
    quiet.run("task", "release", "t10")
    quiet.step()
    assert quiet.lane("TODO") == ["- [-] Beta ^t10", "- [-] Alpha ^t8", "- [ ] Gamma [depends:: t8] ^t9"]
    assert needed(quiet) == [waits.replace("+4", "+5")] and "cancelled (`[-]`)" in quiet.run("board")
    TABLE.check(CANCELLED, "it is not begun; needs you while somebody has it in hand (released, it stays so), or while "
                f"another card depends on it: {what(waits).replace('t9', 't2').replace('t8', 't1')}")  # fmt: skip
    quiet.save(quiet.board().replace("[-]", "[ ]"))
    quiet.run("step", "reconcile", "dispatch")
    assert needed(quiet) == [] and len(quiet.lane("IN PROGRESS")) == 1


def test_lanes_that_nothing_is_begun_from(quiet: Scene) -> None:
    quiet.team("git commit -q --allow-empty -m Work")
    quiet.save("## TODO\n- [ ] Beta [depends:: t1]\n## DOING\n## DONE\n## ICEBOX\n- [ ] Alpha ^t1\n")
    [said] = needed(quiet)
    assert "it waits for t1, which is in ICEBOX, where nothing is begun; move t1 to TODO, or take" in said
    TABLE.check(PARKED, f"needs you: {what(said)}")
    quiet.run("task", "move", "t1", "todo")
    assert needed(quiet) == []


def test_lanes_that_nobody_knows(quiet: Scene) -> None:
    quiet.team("git commit -q --allow-empty -m Work")
    quiet.save("# TODO\n## Epic\n- [ ] Alpha\n## Empty\n# DOING\n# DONE\n## 2025\n- [x] Old\n")
    [said] = needed(quiet)
    TABLE.check(BELOW, f"needs you: {what(said)}")
    with (quiet.root / ".batty/team_config/team.yaml").open("a") as file:
        file.write("dispatch: {Epic: auto}\n")
    assert needed(quiet) == []
    quiet.team("git commit -q --allow-empty -m Work")

    quiet.save("# Todo list\n## Ideas\n- [ ] Alpha\n## Doing\n## Done\n")
    assert needed(quiet) == []  # (a title, then, below which all lanes stand)
    quiet.save("## Ideas\n- [ ] Alpha\n## Doing\n## Done\n## Archive\n- [x] Old\n")
    [said] = needed(quiet)
    TABLE.check(NO_TODO, f"needs you: {what(said)}")
    with (quiet.root / ".batty/team_config/team.yaml").open("a") as file:
        file.write("board: {todo: Ideas}\n")
    assert needed(quiet) == []


def test_what_steers_a_terminal_is_not_shown(quiet: Scene) -> None:
    odd = "Red \x1b[31mal\x1b]0;window\x07ert\x1b[0m \x1b[2Jnow \u202eback"
    quiet.cards(f"- [ ] {odd}")
    mail = f"From: x@example.org\nSubject: {odd}\n\n{odd}\n\ttabbed\n"
    (quiet.root / ".batty/inboxes/human/new").mkdir(parents=True, exist_ok=True)
    (quiet.root / ".batty/inboxes/human/new/1.a.host").write_text(mail)
    quiet.run("task", "claim", "t1", code=None)
    quiet.run("task", "claim", "Red")
    quiet.run("task", "block", "t1", odd)
    for words in (("status",), ("board",), ("log",), ("inbox",), ("doctor",), ("task", "show", "t1"), ()):
        said = quiet.run(*words, code=None)
        assert not {"\x1b", "\x07", "\u202e"} & {*said}, words
    said = quiet.run("read", "1.a.host")
    assert said.endswith("\n\nRed alert now back\n\ttabbed\n") and said.startswith("Red alert now back\nfrom x@")
    assert quiet.json("board")[0]["title"] == "Red alert now back"
    assert "\x1b[31m" in quiet.board()
    TABLE.check(STEERS, "it is shown without; in the file it stays")


@pytest.mark.parametrize("kind", [*IN_ITS_PLACE, "a link to elsewhere", "nothing"])
def test_what_lies_in_the_place_of_an_engineers_link_to_the_board(quiet: Scene, kind: str) -> None:
    quiet.team("true")
    quiet.run("step", "staff")
    link = quiet.worktree("engineer-1") / "kanban.md"
    link.unlink()

    def kept() -> list[str]:
        return [name for place in quiet.root.glob(".batty/saved/engineer-1/*") for name in os.listdir(place)]

    if kind == "a link to elsewhere":
        link.symlink_to("check.sh")
    elif kind != "nothing":
        IN_ITS_PLACE[kind](link)
    quiet.run("step", "staff")
    assert link.is_symlink() and link.samefile(quiet.root / "kanban.md")
    assert kept() == ([] if kind == "nothing" else ["kanban.md"])
    if kind == "a directory":
        said = quiet.run("log").replace(f"{quiet.root}/", "").splitlines()[-1]
        assert "kanban.md was a directory, no link to the board any more: moved to .batty/saved/engineer-1/" in said
        TABLE.check(LINK, "It is there again; in `log`: .batty/worktrees/engineer-1/kanban.md was a directory, no link "
                    "to the board any more: moved to .batty/saved/engineer-1/…")  # fmt: skip
    quiet.run("step", "staff")
    assert kept() == ([] if kind == "nothing" else ["kanban.md"])


def test_two_names_are_no_owner(quiet: Scene) -> None:
    quiet.team("true", engineers=2)
    for words in ("engineer-1, engineer-2", "engineer-1 & Bob", "@engineer-1/engineer-2", "Bob and engineer-2"):
        quiet.save(f"## TODO\n- [ ] Alpha ({words})\n## DOING\n## DONE\n")
        [said] = needed(quiet)
        assert said.startswith(f"kanban.md: line 2: “{words.removeprefix('@')}” are several: a card has one owner → ")
    TABLE.check(SEVERAL, "needs you: kanban.md: line 2: “engineer-1, engineer-2” are several: a card has one owner")
    for words in ("input, output", "read/write", "fish and chips"):
        quiet.save(f"## TODO\n- [ ] Alpha ({words})\n## DOING\n## DONE\n")
        assert needed(quiet) == []


def test_a_role_in_the_owners_place_is_any_of_it(quiet: Scene) -> None:
    quiet.team("true", engineers=2)
    quiet.save("## TODO\n- [ ] Alpha (engineer)\n- [ ] Beta @Engineer\n## DOING\n## DONE\n")
    assert needed(quiet) == []
    quiet.run("step", "staff", "setup", "dispatch")
    assert [line.split("(")[-1][:10] for line in quiet.lane("DOING")] == ["engineer-1", "engineer-2"]
    TABLE.check(ROLE, "any of that role may have it, as by `[role:: engineer]`")


def test_files_beside_the_board(quiet: Scene) -> None:
    quiet.team("true")
    board = quiet.root / "kanban.md"
    for name in (".#kanban.md", "kanban.md~", ".kanban.md.swp", "4913", "kanban.md.orig", "kanban-archive.md"):
        (quiet.root / name).write_text("x")
    assert needed(quiet) == []
    for name in ("kanban.sync-conflict-20261201-120000-ABCDEFG.md", "kanban (U's conflicted copy 2026-12-01).md",
                 "kanban.Conflict.md"):  # fmt: skip
        (quiet.root / name).write_text(board.read_text())
        [said] = needed(quiet)
        assert said.startswith(f"{name} is another save of the board, ")
        (quiet.root / name).unlink()
    TABLE.check(ANOTHER, f"needs you: {said.replace('.Conflict', '.sync-conflict-…')}")
    board.rename(quiet.root / "KANBAN.md")
    if not board.exists():  # (some file systems know no capitals)
        [said] = needed(quiet)
        assert said == "there is no kanban.md here, but KANBAN.md → `mv KANBAN.md kanban.md`"
    TABLE.check(LETTERS, "needs you: there is no kanban.md here, but KANBAN.md → `mv KANBAN.md kanban.md`")


def test_the_page_has_just_these() -> None:
    TABLE.finish(PAGE)
