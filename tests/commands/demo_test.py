"""batty-hooks demo for real: everything it promises happens, in its scratch folder alone, and nothing outlives it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scene import Scene, wait_for

# What a person may have set for himself, all of it in the way of a scripted play.
HOSTILE = """\
[user]
	useConfigOnly = true
[commit]
	gpgSign = true
	template = /nowhere
[core]
	hooksPath = {hooks}
	autocrlf = true
[merge]
	ff = only
"""
DEMO = [sys.executable, "-m", "batty_hooks", "demo"]


class Demo:
    """One demo that has run: what it said, its exit code, its scratch folder, and the folders before and after."""

    def __init__(self, base: Path, *options: str) -> None:
        self.home, self.temporary, hooks = base / "home", base / "a temporary place", base / "hooks"
        for folder in (self.home, self.temporary, hooks):
            folder.mkdir()
        for name in ("pre-commit", "commit-msg"):
            (hooks / name).write_text("#!/bin/sh\nexit 1\n")
            (hooks / name).chmod(0o755)
        (self.home / ".gitconfig").write_text(HOSTILE.format(hooks=hooks))
        own = {
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
        }
        self.before = snapshot(self.home)
        done = subprocess.run(
            [*DEMO, *options],
            cwd=self.home,
            env=foreign_free(own),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        self.said, self.complaint, self.code = done.stdout, done.stderr, done.returncode
        self.after = snapshot(self.home)
        [self.scratch] = self.temporary.iterdir()
        self.scene = Scene(self.scratch / "project")
        self.events = self.scene.events()

    def of(self, name: str, card: str = "") -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name and card in ("", event.get("card"))]

    def facts(self) -> list[str]:
        return self.said.partition("What happened\n")[2].partition("\n\n")[0].splitlines()

    def where_to_look(self) -> str:
        """What the lines that it says to type have printed."""
        typed = self.said.partition("Where to look\n")[2].partition("When")[0]
        done = subprocess.run(["sh", "-ec", typed.replace("less", "cat")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def card(self, title: str) -> str:
        [card] = [event["card"] for event in self.of("claimed") if event["title"] == title]
        return str(card)

    def report(self, event: dict[str, Any]) -> str:
        """What a `handed back` event brought to its engineer."""
        inbox = self.scratch / "project/.batty/inboxes" / event["member"]
        [path] = inbox.glob(f"*/{event['card']}.gate.{event['attempt']}*")
        return path.read_text()


def foreign_free(own: dict[str, str]) -> dict[str, str]:
    foreign = ("GIT_", "BATTY_", "XDG_", "TMUX")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1", **own}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left_running(scratch: Path) -> list[str]:
    """Processes whose command line names the folder, or that stand in it (Linux tells)."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = [line for line in listed.splitlines() if str(scratch) in line]
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = os.readlink(link)
        except OSError:
            continue
        if place.startswith(str(scratch)):
            found.append(f"{link.parent.name} stands in {place}")
    return found


# What `python -m pytest -q` does in each folder, in forks of one Python that has imported pytest once.
PYTEST = """
import os, sys, pytest
for place in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os.chdir(place)
        sys.path.insert(0, place)
        os._exit(pytest.main(["-q", "-p", "no:cacheprovider"]))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == 0, (place, code)
"""


def assert_tests_pass(*places: Path) -> None:
    argv = [sys.executable, "-c", PYTEST, *map(str, places)]
    env = foreign_free({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^\d+ passed", done.stdout, re.MULTILINE)) == len(places), done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo").resolve())


def test_it_shows_everything_and_says_so(demo: Demo) -> None:
    assert demo.code == 0, demo.said + demo.complaint
    assert demo.complaint == ""
    assert len(demo.facts()) == 6 and all(line.startswith(" ✓ ") for line in demo.facts())
    assert "\033" not in demo.said, "plain text in a pipe"


def test_six_cards_landed(demo: Demo) -> None:
    assert len(demo.of("landed")) == 6
    assert len(demo.scene.lane("DONE")) == 6
    assert demo.scene.lane("TODO") == demo.scene.lane("IN PROGRESS") == []
    assert len(demo.scene.landed()) == 6
    assert {event["member"] for event in demo.of("started")} == {"engineer-1", "engineer-2", "engineer-3"}


def test_engineers_work_at_the_same_time(demo: Demo) -> None:
    order = [event["event"] for event in demo.events if event["event"] in ("started", "ended")]
    assert order[:2] == ["started", "started"]


def test_a_failed_attempt_is_mended_with_its_last_fifty_lines(demo: Demo) -> None:
    card = demo.card("Check postcodes")
    [back] = demo.of("handed back: failed", card)
    tail = Path(back["log"]).read_text().splitlines()[-50:]
    assert len(tail) == 50 and "\n".join(tail) in demo.report(back)
    assert "it fails together" not in demo.report(back)
    assert [event["attempt"] for event in demo.of("offered", card)] == [1, 2]


def test_two_branches_green_alone_are_red_together(demo: Demo) -> None:
    pair = [demo.card("Weigh parcels in grams"), demo.card("Price several parcels at once")]
    [back] = [event for card in pair for event in demo.of("handed back: together", card)]
    [first] = [card for card in pair if card != back["card"]]
    landing = demo.of("landed", first)[0]
    assert landing["seq"] < back["seq"]
    for card in pair:
        commit = demo.of("offered", card)[0]["commit"]
        assert any(run.get("commit") == commit and run["seq"] < landing["seq"] for run in demo.of("gate passed"))
    assert re.search(rf"it fails together with .*\b{first} \(engineer-\d\), landed at [0-9a-f]+", demo.report(back))
    assert "price() got an unexpected keyword argument 'kg'" in demo.report(back)
    assert "it fails together with " in demo.said


def test_a_dependent_card_waits_for_the_landing(demo: Demo) -> None:
    card = demo.card("Charge more for bulky parcels")
    landing = demo.of("landed", "t1")[0]["seq"]
    assert landing < demo.of("claimed", card)[0]["seq"]
    assert sum(claim["seq"] < landing for claim in demo.of("claimed")) > 1, "others below it were taken before"


def test_every_commit_of_the_trunk_passes(demo: Demo, tmp_path: Path) -> None:
    commits = demo.scene.git("rev-list", "--first-parent", "main").splitlines()
    for oid in commits:
        (tmp_path / oid).mkdir()
        archive = subprocess.run(["git", "archive", oid], cwd=demo.scene.root, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=tmp_path / oid, input=archive, check=True)
    assert len(commits) > 1
    assert_tests_pass(*(tmp_path / oid for oid in commits))


def test_where_it_says_to_look_there_is_something(demo: Demo) -> None:
    said = demo.where_to_look()
    assert "## DONE" in said and "FAILED tests/" in said and "Sort parcels by size" in said


def test_nothing_outside_the_scratch_folder_is_touched(demo: Demo) -> None:
    assert demo.before == demo.after
    assert [path.name for path in demo.temporary.iterdir()] == [demo.scratch.name]
    assert demo.scene.git("config", "--local", "user.name") == "batty-hooks demo"


def test_nothing_is_left_running(demo: Demo) -> None:
    wait_for(lambda: not left_running(demo.scratch))


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    base = tmp_path_factory.mktemp("remote").resolve()
    return Demo(base, "--remote", "--dir", str(base / "a temporary place/a new one"))


def test_a_stranger_pushes_in_the_middle_of_a_landing_and_it_says_how_that_ends(remote: Demo) -> None:
    assert remote.code == 0, remote.said + remote.complaint
    assert remote.complaint == ""
    assert len(remote.facts()) == 6 and all(line.startswith(" ✓ ") for line in remote.facts())
    said = remote.where_to_look()
    assert "## DONE" in said and "Send parcels to Great Britain" in said and "Sort parcels by size" in said


def test_the_server_holds_both_and_only_what_was_tested(remote: Demo, tmp_path: Path) -> None:
    server, clone = remote.scratch / "server.git", tmp_path / "clone"
    [lost] = remote.of("push lost")
    [his] = [
        oid
        for oid in remote.scene.git("rev-list", "--first-parent", "main", cwd=server).splitlines()
        if remote.scene.git("log", "-1", "--format=%an", oid, cwd=server) == "Stranger"
    ]
    anew = [run for run in remote.of("gate passed") if run["seq"] > lost["seq"] and run["base"] == his]
    assert anew and anew[0]["seq"] < remote.of("pushed")[0]["seq"]
    assert len(remote.of("landed")) == len(remote.of("offered")) == len(remote.scene.lane("DONE")) == 3
    assert remote.scene.tip() == remote.scene.git("rev-parse", "main", cwd=server)
    remote.scene.git("clone", "-q", str(server), str(clone))
    assert (clone / "parcels/label.py").exists() and "GB" in zones(clone)
    assert_tests_pass(clone)


def zones(clone: Path) -> str:
    return (clone / "parcels/zones.py").read_text()


def test_with_a_server_too_nothing_outside_is_touched_or_left_running(remote: Demo) -> None:
    assert remote.before == remote.after
    assert [path.name for path in remote.temporary.iterdir()] == [remote.scratch.name]
    wait_for(lambda: not left_running(remote.scratch))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_half_way_it_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    scratch = tmp_path / "scratch"
    running = subprocess.Popen(
        [*DEMO, "--dir", str(scratch)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        # Whoever runs the tests in the background has Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    log = scratch / "project/.batty/events.jsonl"
    wait_for(lambda: log.exists() and log.read_text().count('"started"') >= 2)
    running.send_signal(number)
    complaint = running.communicate(timeout=120)[1]
    assert running.returncode == 130
    assert complaint.strip() == f"Stopped; what there is so far is in {scratch}"
    begun = log.read_text().count('"claimed"')
    wait_for(lambda: not left_running(scratch))
    assert log.read_text().count('"claimed"') == begun, "an engineer that was on its way has gone on with the play"
    assert log.read_text().count('"landed"') < 6


def test_nobody_reading_on_ends_it(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    line = subprocess.list2cmdline([*DEMO, "--dir", str(scratch)])
    done = subprocess.run(
        ["sh", "-c", f"{line} | head -n 12"], capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr
    wait_for(lambda: not left_running(scratch))


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    done = subprocess.run([*DEMO, "--dir", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not an empty folder" in done.stderr and done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
