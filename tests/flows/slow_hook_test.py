"""A pre-push hook of the project's own that takes longer than a push may: it is asked ahead of the push, and what it
lets through lands. Nothing goes to the server that it refuses."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest
from crash.killing import in_child
from forges import forge_at
from scene import Scene, until, wait_for
from served import Served
from servers import Daemon, Proxy

from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules import serving
from batty_hooks.state import server
from batty_hooks.state.project import find
from batty_hooks.vocabulary import happened

LIMIT = 2.0
SLOW = "sleep 4\n"


@pytest.fixture
def served(scene: Scene, alone: None, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setattr(serving, "PUSH_LIMIT", LIMIT)
    scene.install()
    return Served(scene.root).serve()


def hook(scene: Scene, script: str) -> Path:
    """The project's own hook; it keeps what it was asked in the file that is given."""
    asked = scene.root.parent / "asked"
    path = scene.root / ".git/hooks/pre-push.before-batty"
    path.write_text(f'#!/bin/sh\ncat >> "{asked}"\n{script}')
    path.chmod(0o755)
    return asked


def work(scene: Scene) -> None:
    """As `step --until-idle`, in a child that knows the limit of this test; what was refused is tried again at once."""
    project = find(scene.root)

    def made() -> None:
        server.note(project, **serving.again(server.notes(project)))
        Runner(project, None, lambda item, error: None).until_idle()

    in_child(made)


def lands(served: Served, name: str) -> None:
    commit = served.git("rev-parse", name)
    while commit not in served.git("rev-list", "main", cwd=served.server):
        work(served)
    work(served)
    assert "landed" in served.log()


def known_as_slow(served: Served) -> None:
    server.note(find(served.root), hook_first=True)


def test_what_it_lets_through_lands(served: Served) -> None:
    asked = hook(served, SLOW)
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    lands(served, "two")
    assert server.notes(find(served.root)).hook_first and not served.json("status")["needs_you"]
    before = len(asked.read_text().splitlines())
    served.branch("three", {"numbers/three": "3\n"})
    served.run("merge", "--no-wait", "three")
    lands(served, "three")
    [line] = asked.read_text().splitlines()[before:]
    assert line.split()[1:3] == [served.there(), "refs/heads/main"], "it is asked of the very commit that lands, once"


def test_what_it_refuses_goes_nowhere(served: Served) -> None:
    hook(served, f"{SLOW}echo 'not on a Friday' >&2; exit 1\n")
    known_as_slow(served)
    tip = served.there()
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    work(served)
    assert served.there() == tip and not served.git("for-each-ref", "refs/batty", cwd=served.server)
    assert "two passed, but origin does not take it: the pre-push hook here: not on a Friday" in served.run(
        "status", code=1
    )


def test_others_are_tested_meanwhile_and_a_lock_is_held_for_nobody(served: Served, tmp_path: Path) -> None:
    hook(served, f"touch '{tmp_path}/runs'; {until(tmp_path / 'go')}\n")
    known_as_slow(served)
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    at_work = threading.Thread(target=served.run, args=("step", "--until-idle"))
    at_work.start()
    wait_for((tmp_path / "runs").exists)
    assert "tested, waits for the pre-push hook here, running since" in served.run("status", code=None)
    server.note(find(served.root), hook_at=time.time() - 601)
    [need] = served.json("status")["needs_you"]
    assert need["what"].startswith("the pre-push hook here runs since") and "one waits" in need["what"]
    served.branch("three", {"numbers/three": "3\n"})
    served.run("merge", "--no-wait", "three")
    served.run("step", "gate")
    assert happened.GATE_PASSED in served.log() and served.git("rev-list", "--count", served.there()) == "1"
    (tmp_path / "go").touch()
    at_work.join()
    served.run("step", "--until-idle")
    assert {"numbers/two", "numbers/three"} <= set(
        served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server).splitlines()
    )


def test_what_is_taken_back_while_it_runs_does_not_land(served: Served, tmp_path: Path) -> None:
    hook(served, f"touch '{tmp_path}/runs'; {until(tmp_path / 'go')}\n")
    known_as_slow(served)
    tip = served.there()
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    at_work = threading.Thread(target=served.run, args=("step", "--until-idle"))
    at_work.start()
    wait_for((tmp_path / "runs").exists)
    served.run("reject", "two", "not like this")
    (tmp_path / "go").touch()
    at_work.join()
    assert served.there() == tip and "handed back" in served.log()


def test_whoever_is_killed_while_it_runs_asks_it_again(served: Served, tmp_path: Path) -> None:
    asked = hook(served, f"touch '{tmp_path}/runs'; {until(tmp_path / 'go')}\n")
    known_as_slow(served)
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    begun = served.begin("step", "--until-idle")
    wait_for((tmp_path / "runs").exists)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    assert served.git("rev-list", "--count", served.there()) == "1"
    (tmp_path / "go").touch()
    lands(served, "two")
    assert len(asked.read_text().splitlines()) == 2


def test_a_line_that_is_cut_while_it_runs_is_no_word_of_the_hooks(served: Served, tmp_path: Path) -> None:
    """Some servers end a line that is silent for minutes."""
    there = Daemon(tmp_path / "far", served.root)
    there.start()
    with Proxy(there.port) as line:
        there.behind(line)
        served.git("remote", "set-url", "origin", there.url)
        hook(served, f"touch '{tmp_path}/runs'; {until(tmp_path / 'go')}\n")
        known_as_slow(served)
        tip = served.branch("two", {"numbers/two": "2\n"})
        served.run("merge", "--no-wait", "two")
        at_work = threading.Thread(target=served.run, args=("step", "--until-idle"))
        at_work.start()
        wait_for((tmp_path / "runs").exists)
        line.refuse()
        line.let_pass()
        (tmp_path / "go").touch()
        at_work.join()
        assert tip in served.git("rev-list", "main", cwd=there.root)
    there.stop()


def test_as_a_pull_request(scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PUSH_LIMIT", LIMIT)
    forge = forge_at(scene, tmp_path, monkeypatch)
    asked = hook(forge.served, SLOW)
    known_as_slow(forge.served)
    tip = forge.served.branch("two", {"numbers/two": "2\n"})
    forge.served.run("merge", "--no-wait", "two")
    work(forge.served)
    assert forge.there() == tip and forge.pulls()[0]["headRefName"] == "batty/two"
    assert asked.read_text().split()[2] == "refs/heads/batty/two"
