"""A person who is elsewhere is told what needs him: by his own command, once for each thing, and soon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from forked import Begun
from scene import Scene, wait_for

from batty_hooks.people import notify
from batty_hooks.state.project import find

TELL = '''printf '%s | %s\\n' "$BATTY_WHAT" "$BATTY_NEEDS" >>"$BATTY_PROJECT/../told"'''
SUICIDE = """
import os
from pathlib import Path
from batty_hooks.people import notify
from batty_hooks.state.project import find
Path("told-by").write_text(str(os.getpid()))
notify.tell(find(Path.cwd()))
"""


@pytest.fixture
def person(scene: Scene, alone: None) -> Scene:
    """Hooks only, with `notify:`; nothing wakes anybody by itself."""
    scene.install()
    write(scene, TELL)
    return scene


def write(scene: Scene, command: str) -> None:
    team = find(scene.root).team_file
    rest, _, _ = team.read_text().partition("notify:")
    team.write_text(f"{rest}notify: {json.dumps(command)}\n")


def block(scene: Scene, title: str) -> None:
    scene.cards(f"- [ ] {title} [blocked:: no key for the API]")
    scene.step()


def told(scene: Scene) -> list[str]:
    file = scene.root.parent / "told"
    return file.read_text().splitlines() if file.exists() else []


def test_each_thing_is_told_once_for_as_long_as_it_lasts(person: Scene) -> None:
    project = find(person.root)
    notify.tell(project)
    assert told(person) == []
    block(person, "Pay")
    notify.tell(project)
    notify.tell(project)
    [line] = told(person)
    assert "no key for the API" in line and "→ batty-hooks task unblock Pay" in line
    board = person.board()
    person.save(board.replace(" [blocked:: no key for the API]", ""))
    person.step()
    notify.tell(project)
    person.save(person.board().replace("Pay", "Pay [blocked:: no key for the API]"))
    person.step()
    notify.tell(project)
    assert len(told(person)) == 2


def test_several_are_one_message(person: Scene) -> None:
    block(person, "Pay")
    block(person, "Be paid")
    notify.tell(find(person.root))
    first, *rest = told(person)
    assert "(and 1 more) | " in first and len(rest) == 1


def test_what_is_over_in_a_moment_is_not_told(person: Scene) -> None:
    project = find(person.root)
    block(person, "Pay")
    before = notify.tell(project, frozenset())
    assert before and told(person) == []
    assert notify.tell(project, before) == frozenset() and len(told(person)) == 1


def test_what_was_told_by_a_killed_process_is_told_again_rather_than_never(person: Scene) -> None:
    """The command kills its caller at the worst moment: it has run, and that is not written yet."""
    project = find(person.root)
    block(person, "Pay")
    write(person, TELL + '; kill -9 "$(cat told-by)"')
    done = subprocess.run([sys.executable, "-c", SUICIDE], cwd=person.root, check=False)
    assert done.returncode == -signal.SIGKILL
    wait_for(lambda: len(told(person)) == 1)
    write(person, TELL)
    notify.tell(project)
    notify.tell(project)
    assert len(told(person)) == 2


@pytest.mark.parametrize(("command", "how"), [("echo no such service; exit 3", "exit 3"), ("sleep 60", "took over")])
def test_a_command_that_fails_harms_nobody_and_is_in_the_log(
    person: Scene, monkeypatch: pytest.MonkeyPatch, command: str, how: str
) -> None:
    monkeypatch.setattr(notify, "_LIMIT_SECONDS", 0.5 if how == "took over" else 120.0)
    write(person, command)
    block(person, "Pay")
    notify.tell(find(person.root))
    notify.tell(find(person.root))
    assert person.log().count("the command of `notify:` failed") == 1 and how in person.log()
    assert (person.root / ".batty/logs/notify.log").exists()


def test_nothing_breaks_on_a_team_file_that_is_half_typed(person: Scene) -> None:
    block(person, "Pay")
    team = find(person.root).team_file
    whole = team.read_text()
    team.write_text("gate: [\n")
    notify.tell(find(person.root))
    team.write_text(whole)
    notify.tell(find(person.root))
    assert len(told(person)) == 1


@pytest.fixture
def watcher(person: Scene) -> Iterator[Begun]:
    child = person.begin("watch", "-q")
    yield child
    child.terminate()
    child.wait()


def test_the_watcher_tells(person: Scene, watcher: Begun) -> None:
    person.cards("- [ ] Pay [blocked:: no key for the API]")
    wait_for(lambda: told(person))
    assert watcher.poll() is None


def test_a_wake_tells_where_no_watcher_lives(person: Scene) -> None:
    person.cards("- [ ] Pay [blocked:: no key for the API]")
    person.run("wake", env={"BATTY_NO_WAKE": ""})
    assert len(told(person)) == 1
    assert os.path.exists(Path(person.root) / ".batty/notified.json")
