"""What test commands do besides testing: none of it gets out of the worktree they run in, nor into the next run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("tests")
LEFT = "it leaves processes behind: detached, and deaf to TERM"
RIGHTS = "it makes its files and directories read-only"
GIT = "it runs git where it is: commits, switches, stashes, tags"
CODES = "it prints bytes that are no text, and codes that a terminal obeys"
TERMINAL = "it wants a terminal (`/dev/tty`)"
TEMPORARY = "`TMPDIR` is a directory that is not there"
BOARD = "it writes over the board, and over a file of your checkout"
ROWS = [LEFT, RIGHTS, GIT, CODES, TERMINAL, TEMPORARY, BOARD]


def reported(scene: Scene, name: str = "agent-1", number: str = "2\n") -> Path:
    place = scene.root.parent / name
    scene.git("worktree", "add", "-q", str(place), "-b", f"{name}/work", scene.tip())
    scene.commit(place, {f"numbers/{name}": number})
    scene.run("done", cwd=place)
    scene.step()
    return place


def needed(scene: Scene) -> str:
    [need] = scene.json("status")["needs_you"]
    return re.sub(r"\b[0-9a-f]{10}\b", "…", need["what"])


def test_processes_that_stay(quiet: Scene, tmp_path: Path) -> None:
    stays = f"(trap '' TERM HUP; echo $$ >> {tmp_path}/pids; exec sleep 1000)"
    quiet.team(None, gate=f"setsid sh -c '{stays.replace(chr(39), chr(34))}' & nohup sleep 1001 & sleep 1; sh check.sh")
    reported(quiet)
    assert quiet.landed() == ["Land agent-1/work"]
    for pid in (tmp_path / "pids").read_text().split():
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
        assert state.strip()[:1] in ("", "Z"), state
    TABLE.check(LEFT, "they are ended with it")


def test_rights_that_are_taken_away(quiet: Scene) -> None:
    quiet.team(
        None, gate="mkdir -p made/below && touch made/below/file && sh check.sh && chmod -R a-rwx made numbers ."
    )
    reported(quiet)
    reported(quiet, "agent-2", "3\n")
    assert quiet.landed() == ["Land agent-1/work", "Land agent-2/work"]
    TABLE.check(RIGHTS, "the next run can write there again")


def test_git_in_the_worktree(quiet: Scene) -> None:
    commits = "git commit -q --allow-empty -m Bad && git switch -q -c made && git tag made && echo 9 > numbers/one"
    quiet.team(None, gate=f"sh check.sh && {commits} && git stash -q && git switch -q -d HEAD~1")
    reported(quiet)
    for kind in ("branch", "tag"):
        quiet.git(kind, "-D" if kind == "branch" else "-d", "made")
    reported(quiet, "agent-2", "3\n")
    assert quiet.landed() == ["Land agent-1/work", "Land agent-2/work"]
    assert "Bad" not in quiet.git("log", "--format=%s", "main").split()
    assert quiet.git("branch", "--list", "made", "--format=%(refname)") == "refs/heads/made"
    assert quiet.git("symbolic-ref", "HEAD") == "refs/heads/main" and quiet.show("numbers/one") == "1"
    TABLE.check(GIT, "what was reported lands, and nothing of that; the branch it has made stays")


def test_what_a_terminal_obeys(quiet: Scene) -> None:
    says = r"printf 'FAILED \033[2J\033]0;title\007\377 red\r\n'"
    quiet.team(None, gate=f"[ ! -e numbers/agent-1 ] || {{ {says}; exit 1; }}")
    place = reported(quiet)
    said = quiet.run("read", cwd=place)
    assert not {"\033", "\007", "\r"} & set(said)
    TABLE.check(CODES, said.splitlines()[0])


def test_a_test_that_wants_a_terminal(quiet: Scene) -> None:
    quiet.team(None, gate="exec 3</dev/tty && sh check.sh")
    reported(quiet)
    assert "/dev/tty" in needed(quiet)
    TABLE.check(TERMINAL, "it has none, and nobody is charged: main itself fails its test, with what it printed last")


def test_a_place_for_temporary_files_that_is_not_there(quiet: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.team(None, gate='[ -d "${TMPDIR:-/tmp}" ] || { echo "no $TMPDIR"; exit 3; }; sh check.sh')
    monkeypatch.setenv("TMPDIR", "/nowhere")
    reported(quiet)
    TABLE.check(TEMPORARY, f"needs you: {needed(quiet)}")
    monkeypatch.delenv("TMPDIR")
    quiet.run("gate", "--again", "main", code=None)
    quiet.step()
    assert quiet.landed() == ["Land agent-1/work"]


def test_it_writes_elsewhere(quiet: Scene) -> None:
    quiet.save("## TODO\n- [ ] One ^t1\n\n## IN PROGRESS\n\n## DONE\n")
    quiet.step()
    root = quiet.root
    quiet.team(None, gate=f"echo x > '{root}/kanban.md'; echo 5 > '{root}/numbers/one'; sh check.sh")
    reported(quiet)
    assert quiet.landed() == ["Land agent-1/work"] and (root / "numbers/one").read_text() == "5\n"
    [need] = quiet.json("status")["needs_you"]
    TABLE.check(BOARD, f"it lands as it was reported; needs you: {need['what']} → `{need['command']}`")
    quiet.run("board", "--restore")
    assert "One" in quiet.board() and os.path.exists(root / "numbers/agent-1")


def test_the_page_has_just_these() -> None:
    TABLE.finish(ROWS)
