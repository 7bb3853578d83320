"""What the commands print: plain in a pipe, JSON for scripts, exit codes that say whose turn it is."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scene import Again, Scene, wait_for

VERBS = (
    "ask assign blocked board completion doctor done gate inbox init install log man merge pause read reject resume "
    "send show status step task uninstall validate watch"
).split()

# The first card is done, any other ends with an error.
AGENT = """
[ "$2" = t1 ] || { echo "no key" >&2; exit 3; }
echo 101 > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def at_work(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    scene.cards("- [ ] First", "- [ ] Second", "- [ ] Third [depends:: t2]")
    scene.step()
    scene.rest()


@pytest.fixture
def busy(again: Again, alone: None) -> Scene:
    """One card landed, one blocked, one waiting for another; nobody but the test makes moves."""
    return again(at_work)


def test_in_a_pipe_everything_is_plain(busy: Scene) -> None:
    for words, code in ((["status"], 1), (["board"], 0), (["log"], 0), (["doctor"], 1), ([], 0), (["inbox"], 0)):
        said = busy.run(*words, code=code)
        assert "\033" not in said and said.strip(), words
        assert not any(line.endswith(" ") for line in said.splitlines()), words
        assert "…" not in said, "nothing is cut"


def test_status_as_people_read_it(busy: Scene, alone: None) -> None:
    said = busy.run("status", code=1)
    head, _, rest = said.partition("\n")
    assert re.fullmatch(r"project: 1 to do, 1 in progress \(1 blocked\), 1 done; trunk main at \w{10}", head)
    lines = rest.splitlines()
    assert lines[1] == "needs you (1)", "what needs a person comes first, and once: the message says no more"
    assert lines[2].endswith("t2 is blocked: its command ended with exit 3: no key (batty-hooks task show t2)")
    assert lines[3].strip() == "→ batty-hooks task unblock t2"
    assert "\nengineer-1  ready" in said and "  t2 blocked\n" in said
    assert "Second" in busy.run("task", "show", "t2")
    assert "t2 can go on" in busy.run("task", "unblock", "t2")
    said = busy.run("status")
    assert "\nnothing needs you\n" in said, "the message of a block that is over needs nobody"
    assert said.endswith("next (with `batty-hooks step`, or soon)\n  t2 is not blocked any more\n")


def test_the_bare_command_counts_what_needs_you(busy: Scene) -> None:
    busy.run("task", "block", "t3", "where", "is", "the", "key?", code=2)  # t3 has no id yet
    busy.run("task", "block", "Third", "where is the key?")
    busy.run("send", "human", "Hello", env={"BATTY_MEMBER": "engineer-1"})
    busy.run("pause")
    said = busy.run()
    assert "1 to do (1 blocked), 1 in progress (1 blocked), 1 done; trunk main at" in said and ", paused" in said
    assert "3 things need you; no watcher is running." in said
    assert "  batty-hooks resume " in said and "all 3 things that need you" in said
    assert "ripe" not in said + busy.run("status", code=1) and "(s)" not in said


def test_status_as_json(busy: Scene) -> None:
    found = busy.json("status")
    assert set(found) >= {"members", "queue", "needs_you"}
    [member] = found["members"]
    assert set(member) >= {"name", "role", "role_type", "agent", "state", "since", "card"}
    assert (member["name"], member["role"], member["role_type"], member["agent"]) == (
        "engineer-1", "engineer", "engineer", "command",
    )  # fmt: skip
    assert member["card"] == "t2" and member["since"] > 0
    assert all(set(need) == {"what", "since", "command"} for need in found["needs_you"])
    assert found["queue"] == [] and found["next"] == [] and found["ripe"] == [] and found["paused"] is False
    assert found["cards"] == {"todo": 1, "in progress": 1, "done": 1, "blocked": 1}


def test_status_ends_with_0_when_nothing_needs_anybody(scene: Scene) -> None:
    scene.install()
    scene.run("step")
    assert "nothing needs you, and nothing waits" in scene.run("status")
    assert scene.json("status")["needs_you"] == []


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">&-", "2>&-"])
def test_a_command_that_is_started_without_streams(scene: Scene, alone: None, closed: str) -> None:
    """Of a daemon, say: what is said goes nowhere, and not into the next file that is opened."""
    scene.install()
    started = f"{sys.executable} -m batty_hooks"
    assert scene.sh(f"{started} task add Alpha {closed}", scene.root) == 0
    assert scene.sh(f"{started} status {closed}", scene.root) == 0
    assert scene.sh(f"{started} nothing {closed}", scene.root) == 2
    assert scene.lane("TODO") == ["- [ ] Alpha ^t1"]
    assert "nothing needs you\n" in scene.run("status")  # (a card waits to be done)


def test_the_queue_as_json(scene: Scene, alone: None) -> None:
    scene.install()
    scene.git("switch", "-qc", "two")
    scene.commit(scene.root, {"numbers/two": "2\n"})
    scene.git("switch", "-q", "main")
    assert scene.run("merge", "--no-wait", "two").startswith("two is offered at ")
    [row] = scene.json("status")["queue"]
    assert row["branch"] == "two" and row["stage"] == "waiting" and row["place"] == 1 and row["since"] > 0


def test_a_card_shows_its_last_test(scene: Scene, alone: None) -> None:
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent-1/two")
    scene.save(scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [x] Two (agent-1) ^t1\n  the body\n"))
    scene.commit(place, {"numbers/two": "two\n"})
    scene.run("done", cwd=place)
    scene.step()
    said = scene.run("task", "show", "t1")
    assert "attempt 1  failed at" in said and "last test  failed" in said and said.endswith("\nthe body\n")
    [line] = [line for line in said.splitlines() if line.startswith("its log")]
    assert "FAILED numbers/two is not a number" in (scene.root / line.split()[-1]).read_text()


def test_the_board_as_people_and_scripts_read_it(busy: Scene) -> None:
    said = busy.run("board")
    assert "TODO (1)" in said and "IN PROGRESS (1)" in said and "DONE (1)" in said
    assert "waits for t2" in said and "blocked: its command ended" in said
    cards = busy.json("board")
    assert [(card["id"], card["lane"], card["owner"]) for card in cards if card["id"]] == [
        ("t2", "in progress", "engineer-1"), ("t1", "done", "engineer-1"),
    ]  # fmt: skip


def test_the_log_of_one_card(busy: Scene) -> None:
    said = busy.run("log", "--card", "t1")
    happened = [line.split()[2] for line in said.splitlines()]
    assert happened[:3] == ["claimed", "briefed", "started"] and happened[-1] == "landed"
    assert set(happened) >= {"ended", "offered", "gate"}, "(a commit may be tested before it is offered)"
    assert "First" in said
    lines = [json.loads(line) for line in busy.run("log", "--json", "--card", "^t1").splitlines()]
    assert {line["card"] for line in lines} == {"t1"} and all(line["v"] == 1 and line["ts"] for line in lines)
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)
    assert len(busy.run("log", "-n", "2").splitlines()) == 2
    path = busy.root / ".batty/events.jsonl"
    path.write_text(path.read_text() + json.dumps({"event": "sent", "ts": "2020-01-31T12:00:00.000Z"}) + "\n")
    assert re.match(r"2020-\d\d-\d\d \d\d:\d\d:\d\d  ", busy.run("log", "-n", "1"))  # today's have the clock's time


def test_following_the_log(busy: Scene) -> None:
    following = subprocess.Popen(
        [sys.executable, "-m", "batty_hooks", "log", "--follow", "--json", "-n", "1"], cwd=busy.root,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert following.stdout and json.loads(following.stdout.readline())["event"]
        busy.run("send", "human", "Hello there")
        assert json.loads(following.stdout.readline())["text"] == "Hello there"
    finally:
        following.kill()
        following.wait()


def test_doctor(busy: Scene) -> None:
    said = busy.run("doctor", code=1)
    assert "git 2." in said and "trunk main at" in said and "gate: sh check.sh" in said
    findings = busy.json("doctor")
    assert all(set(finding) == {"well", "what", "mend"} for finding in findings)
    (busy.root / ".git/hooks/post-commit").unlink()
    assert "batty-hooks install" in busy.run("doctor", code=1)


def test_help_lists_every_verb(scene: Scene) -> None:
    said = scene.run("--help")
    listed = [line.split()[0] for line in said.partition("Commands:\n")[2].splitlines()]
    assert set(VERBS) <= set(listed)
    assert all(len(line.split()) > 1 for line in said.partition("Commands:\n")[2].splitlines() if line.strip())
    assert "..." not in said.partition("Commands:\n")[2], "each fits in its line"
    assert "wake" not in listed and "run-command" not in listed, "what nobody types is not listed"


def test_each_verb_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    from batty_hooks.main import run

    for verb in VERBS:
        assert run([verb, "--help"]) == 0
        said = capsys.readouterr().out
        assert said.startswith(f"Usage: batty-hooks {verb}") and len(said.splitlines()) > 3


def test_the_manual_page_is_whole(scene: Scene) -> None:
    page = scene.run("man")
    listed = [line.split()[0] for line in scene.run("--help").partition("Commands:\n")[2].splitlines()]
    for verb in listed:
        assert re.search(rf"^\\fB{verb}( \w+)*\\fR ".replace("-", r"\\-"), page, re.MULTILINE), verb
    assert "task unblock\\fR" in page and ".B \\-\\-until\\-idle\n" in page
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-Kutf8", "-man", "-ww", "-Tutf8"], input=page, capture_output=True, text=True, check=True
        )
        assert done.stderr == "" and "the team, its gate and settings" in done.stdout


def test_completion(scene: Scene) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_BATTY_HOOKS_COMPLETE" in scene.run("completion", shell)
    said = scene.run(env={"_BATTY_HOOKS_COMPLETE": "bash_complete", "COMP_WORDS": "batty-hooks sta", "COMP_CWORD": "1"})
    assert "plain,status" in said


def test_a_reader_that_goes_away_is_no_error(busy: Scene) -> None:
    line = f"'{sys.executable}' -m batty_hooks log -n 0 | head -1"
    done = subprocess.run(["sh", "-c", line], cwd=busy.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""


def test_an_output_that_takes_nothing_is_no_full_disk(busy: Scene) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "batty_hooks", "status"], cwd=busy.root, stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("batty-hooks: what it prints cannot be written: No space left on device\n  → ")


def test_pause_and_resume(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("adds", 'echo "10${2#t}" > "numbers/$2"\ngit add .\ngit commit -qm "$2"\n'))
    scene.run("pause")
    assert ", paused" in scene.run("status", code=None)
    scene.cards("- [ ] First")
    scene.step()
    assert scene.lane("TODO") == ["- [ ] First"]
    scene.run("resume")
    wait_for(lambda: scene.lane("DONE") == ["- [x] First (engineer-1) ^t1"])


def test_completion_runs_nothing_of_the_repository(scene: Scene) -> None:
    """Somebody else's, just cloned."""
    own = scene.root / ".batty/team_config/agents/theirs.py"
    own.parent.mkdir(parents=True)
    own.write_text(f"open({str(scene.root / 'ran')!r}, 'w')\n")
    words = {"_BATTY_HOOKS_COMPLETE": "bash_complete", "COMP_WORDS": "batty-hooks init --agent ", "COMP_CWORD": "3"}
    said = scene.run(env=words)
    assert "plain,claude" in said and "plain,theirs" in said and not (scene.root / "ran").exists()


@pytest.mark.parametrize("arguments", [("doctor",), ("status",), ("nonsense",), ("stop",), ("watch",)])
def test_a_command_whose_terminal_is_gone_is_no_bug_of_ours(
    scene: Scene, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scene.install()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    terminal, its_end = pty.openpty()
    os.close(terminal)
    done = subprocess.run(
        [sys.executable, "-m", "batty_hooks", *arguments], cwd=scene.root, stdout=its_end, stderr=its_end, check=False
    )
    os.close(its_end)
    assert done.returncode in (1, 2, 130)
    assert not list(tmp_path.glob("batty-hooks-crash-*"))
