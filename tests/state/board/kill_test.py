"""Killed at any system call that writes, and run again: nothing lost, nothing twice, no id given to two cards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.system import atomic

MEMBERS = ("engineer-1", "engineer-2")
START = b"## TODO\n- [ ] Alpha report\n- [ ] Beta login\n- [ ] Gamma export\n## IN PROGRESS\n## DONE\n"
CALLS = ("rename", "link", "unlink", "write", "open")


def project_at(root: Path) -> Project:
    (root / ".git").mkdir(parents=True)
    project = Project(root, root / ".git")
    project.prepare()
    store.create(project, START)
    return project


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do ``work`` in a child that kills itself right before its ``number``-th write; False when it made fewer."""
    child = os.fork()
    if child == 0:
        left = [number]

        def deadly(function: Callable[..., object], writes: Callable[..., bool]) -> Callable[..., object]:
            def call(*arguments: object, **named: object) -> object:
                if writes(*arguments):
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **named)

            return call

        try:
            for name in CALLS:
                creates = (lambda path, flags=0, *_: bool(flags & os.O_CREAT)) if name == "open" else lambda *_: True
                setattr(os, name, deadly(getattr(os, name), creates))
            atomic.exchange = deadly(atomic.exchange, lambda *_: True)
            Path.unlink = deadly(Path.unlink, lambda *_: True)
            work()
        except BaseException:
            os._exit(7)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return os.waitstatus_to_exitcode(status) != 0


def claim(title: str, owner: str):  # type: ignore[no-untyped-def]
    return lambda board, new_id: board.claim(board.find(title), owner, new_id)


def claim_unless_claimed(title: str, owner: str):  # type: ignore[no-untyped-def]
    """What a step does that is run again: it looks first."""
    return lambda board, new_id: None if board.find(title).owner else board.claim(board.find(title), owner, new_id)


def settle(project: Project) -> None:
    then = time.time() - 10
    os.utime(project.board_file, (then, then))


@pytest.mark.parametrize("way", ["exchange", "rename"])
def test_a_claim_killed_anywhere(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "rename":
        monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    number = 0
    while True:
        number += 1
        project = project_at(tmp_path / f"{way}-{number}")
        store.edit(project, MEMBERS, claim("gamma", "engineer-2"))
        killed = killed_at(number, lambda: store.edit(project, MEMBERS, claim("alpha", "engineer-1")))  # noqa: B023
        other = store.edit(project, MEMBERS, claim("beta", "engineer-2"))
        store.edit(project, MEMBERS, claim_unless_claimed("alpha", "engineer-1"))
        cards = {card.title: card for card in store.read(project, MEMBERS).cards}
        assert len(store.read(project, MEMBERS).cards) == 3
        assert cards["Alpha report"].owner == "engineer-1" and cards["Alpha report"].lane == "in progress"
        assert cards["Beta login"].id == other.id and cards["Gamma export"].id == "t1"
        assert len({card.id for card in cards.values()}) == 3
        if not killed:
            break
    assert number > 8


def test_taking_in_a_stale_save_killed_anywhere(tmp_path: Path) -> None:
    number = 0
    while True:
        number += 1
        project = project_at(tmp_path / str(number))
        store.edit(project, MEMBERS, claim("alpha", "engineer-1"))
        without = START.replace(b"- [ ] Alpha report\n", b"").replace(b"Beta login", b"Beta login page")
        project.board_file.write_bytes(without + b"- [x] typed\n")
        settle(project)
        killed = killed_at(number, lambda: store.absorb(project, MEMBERS))  # noqa: B023
        store.absorb(project, MEMBERS)
        text = project.board_file.read_text()
        assert text.count("- [x] Alpha report (engineer-1) ^t1\n") == 1
        assert text.count("Beta login page\n") == text.count("- [x] typed\n") == text.count("Gamma export\n") == 1
        assert [notice.members for _, notice in store.pending_notices(project)] == [("engineer-1",)]
        if not killed:
            break
    assert number > 8


def test_a_save_that_landed_in_the_exchange_survives_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = atomic.exchange

    def landing(first: Path, second: Path) -> bool:
        if b"typed" not in first.read_bytes() + second.read_bytes():
            first.with_name("landed").touch()
            with open(first, "wb") as editor:
                editor.write(START + b"- [x] typed\n")
        return real(first, second)

    number = 0
    while True:
        number += 1
        project = project_at(tmp_path / str(number))
        monkeypatch.setattr(atomic, "exchange", landing)
        killed = killed_at(number, lambda: store.edit(project, MEMBERS, claim("alpha", "engineer-1")))  # noqa: B023
        monkeypatch.setattr(atomic, "exchange", real)
        for path in project.board_history.glob("swap-*"):
            then = time.time() - 1
            os.utime(path, (then, then))
        store.edit(project, MEMBERS, claim_unless_claimed("alpha", "engineer-1"))
        text = project.board_file.read_text()
        assert text.count("- [x] Alpha report (engineer-1) ^t") == 1
        assert text.count("Beta login\n") == text.count("Gamma export\n") == 1
        assert text.count("- [x] typed\n") == (tmp_path / str(number) / "landed").exists()
        if not killed:
            break
    assert number > 8
