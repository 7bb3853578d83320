"""Real processes and real editors at the same board."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from batty_hooks.state.board import store
from batty_hooks.state.project import Project

MEMBERS = tuple(f"engineer-{number}" for number in range(1, 9))
CLAIMER = """
import sys
from pathlib import Path
from batty_hooks.state.board import store
from batty_hooks.state.project import Project

root, owner = Path(sys.argv[1]), sys.argv[2]
project = Project(root, root / ".git")
members = [f"engineer-{number}" for number in range(1, 9)]

def claim(board, new_id):
    free = [card for card in board.cards if card.lane == "todo"]
    return board.claim(free[0], owner, new_id) if free else None

while card := store.edit(project, members, claim):
    print(card.id, card.title, flush=True)
"""
SAVER = """
import os, sys
from pathlib import Path

# A person's editor: load, type a card, save; in place or by a rename, never looking at what others did meanwhile.
path, name, count, way = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
for number in range(count):
    while True:
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            continue
        if b"## DONE" in text:
            break
    text = text.replace(b"## IN PROGRESS", b"- [ ] typed %s %d\\n## IN PROGRESS" % (name.encode(), number), 1)
    if way == "rename":
        beside = path.with_name(f".{path.name}.{name}")
        beside.write_bytes(text)
        os.rename(beside, path)
    else:
        path.write_bytes(text)
    print(number, flush=True)
    sys.stdin.readline()
"""


def board_of(tmp_path: Path, text: str) -> Project:
    (tmp_path / ".git").mkdir()
    project = Project(tmp_path, tmp_path / ".git")
    project.prepare()
    store.create(project, text.encode())
    return project


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_eight_processes_claim_fifty_cards(tmp_path: Path) -> None:
    text = "## TODO\n" + "".join(f"- [ ] Card {number}\n" for number in range(50)) + "## IN PROGRESS\n## DONE\n"
    project = board_of(tmp_path, text)
    running = [start(CLAIMER, tmp_path, member) for member in MEMBERS]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 8
    claims = [line.split(" ", 1) for output in outputs for line in output.splitlines()]
    cards = store.read(project, MEMBERS).cards
    assert len(claims) == len(cards) == 50
    assert {id for id, _ in claims} == {f"t{number}" for number in range(1, 51)}
    assert Counter(title for _, title in claims) == Counter(f"Card {number}" for number in range(50))
    owners = {card.id: card.owner for card in cards}
    for member, output in zip(MEMBERS, outputs, strict=True):
        assert {owners[line.split(" ", 1)[0]] for line in output.splitlines()} <= {member}


@pytest.mark.parametrize("way", ["rename", "in-place"])
def test_hammering_saves_beside_our_edits(tmp_path: Path, way: str) -> None:
    project = board_of(tmp_path, "## TODO\n- [ ] First\n## IN PROGRESS\n## DONE\n")
    count, added = 25, 0
    saver = start(SAVER, project.board_file, "human", count, way)
    assert saver.stdin and saver.stdout
    for _ in range(count):
        for _ in range(2):
            store.edit(project, MEMBERS, lambda board, new_id, n=added: board.add(f"added {n}"))
            added += 1
        saver.stdin.write("\n")
        saver.stdin.flush()
        saver.stdout.readline()
    saver.communicate(timeout=120)
    limit = time.monotonic() + 120
    while store.unseen(project) and time.monotonic() < limit:
        store.absorb(project, MEMBERS)
    titles = Counter(card.title for card in store.read(project, MEMBERS).cards)
    wanted = {f"added {n}" for n in range(added)} | {f"typed human {n}" for n in range(count)}
    assert wanted - set(titles) == set()
    assert sum(titles.values()) - len(titles) <= 1


START = "## TODO\n- [ ] Alpha report\n- [ ] Beta login\n## IN PROGRESS\n## DONE\n"


class Terminal:
    """An editor in a terminal of its own: typed at, once it shows what one waits for."""

    def __init__(self, *command: str) -> None:
        self.shown = b""
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm"})
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError):
            while shown := os.read(self.screen, 4096):
                self.shown += shown

    def type(self, keys: str, until: bytes) -> None:
        """Type, and wait until the editor has shown ``until``."""
        self.shown = b""
        os.write(self.screen, keys.encode())
        wait_for(lambda: until in self.shown)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.screen)


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not condition() and time.monotonic() < limit:
        time.sleep(0.002)
    assert condition()


def claim_first(project: Project) -> None:
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.cards[0], "engineer-1", new_id))


def both_are_there(project: Project) -> None:
    assert store.absorb(project, MEMBERS)
    text = project.board_file.read_text()
    assert "- [ ] Beta login page\n" in text and "- [x] Alpha report (engineer-1) ^t1\n" in text
    assert text.count("Alpha") == text.count("Beta") == 1


@pytest.mark.parametrize("options", ["set backupcopy=auto", "set backupcopy=yes", "set backup", "set nowritebackup"])
def test_vim_writes_a_stale_buffer_over_our_claim(tmp_path: Path, options: str) -> None:
    project = board_of(tmp_path, START)
    # By its short name: with a path of some lengths vim asks for Enter when it has read the file.
    there = f"cd '{tmp_path}' && exec vim -u NONE -i NONE -n {project.board_file.name}"
    vim = Terminal("sh", "-c", there)
    try:
        wait_for(lambda: b"Beta login" in vim.shown)  # before it has begun, the terminal itself echoes what is typed
        vim.type(f":{options}|set report=0\r:%s/Beta login/Beta login page/\r", until=b"1 substitution")
        claim_first(project)
        vim.type(
            ":w!\r", until=b"y/n"
        )  # the file has been changed since reading it; do you really want to write to it?
        vim.type("y", until=b"written")
        both_are_there(project)
    finally:
        vim.close()


def test_nano_writes_a_stale_buffer_over_our_claim(tmp_path: Path) -> None:
    project = board_of(tmp_path, START)
    nano = Terminal("nano", "-I", str(project.board_file))
    try:
        wait_for(lambda: b"Beta login" in nano.shown)
        nano.type("\x0e\x0e\x05 page", until=b"page")
        claim_first(project)
        nano.type("\x0f", until=b"Write")
        nano.type("\r", until=b"Yes")  # the file on disk has changed; save anyway?
        nano.type("y", until=b"Wrote")
        both_are_there(project)
    finally:
        nano.close()


def test_sed_in_place_and_a_copy_from_before(tmp_path: Path) -> None:
    project = board_of(tmp_path, START)
    copy = tmp_path / "copy.md"
    shutil.copy(project.board_file, copy)
    store.edit(project, MEMBERS, lambda board, new_id: board.claim(board.cards[0], "engineer-1", new_id))
    subprocess.run(["sed", "-i.bak", "s/Beta login/Beta login page/", str(project.board_file)], check=True)
    store.absorb(project, MEMBERS)
    subprocess.run(["sh", "-c", f"sed 's/Beta/Better/' '{copy}' > '{project.board_file}'"], check=True)
    store.absorb(project, MEMBERS)
    text = project.board_file.read_text()
    assert "- [x] Alpha report (engineer-1) ^t1\n" in text
    assert "Better login" in text and "login page" in text
