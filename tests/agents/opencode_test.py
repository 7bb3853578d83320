"""OpenCode's adapter, on what our plugins told of a real one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from agents.recordings import HOOK, launch, states, told

from batty_hooks.agents import opencode
from batty_hooks.agents.base import ASKING, LIMIT, READY, WORKING

SESSION = "ses_decc8ea0bffeJGBXz2gU5L3ec4"


def written(room: Path, **more: object) -> dict[str, str]:
    start = opencode.start(launch(room, **more))
    return {path.name: text for path, text in start.files.items()}


def test_its_configuration_lies_in_the_room_and_names_our_plugins(tmp_path: Path) -> None:
    start = opencode.start(launch(tmp_path / "a room", session=SESSION, model="a/b", args=("--pure",)))
    assert start.argv == ("opencode", "-s", SESSION, "-m", "a/b", "--pure") and start.session == SESSION
    assert all(path.is_relative_to(tmp_path / "a room") for path in start.files)
    config = json.loads(start.files[Path(start.env["OPENCODE_CONFIG"])])
    assert config["plugin"] == [(tmp_path / "a room/opencode/events.js").as_uri()]
    assert config["instructions"] == [str(tmp_path / "a room/opencode/role.md")]
    assert json.loads(written(tmp_path)["tui.json"]) == {"plugin": [(tmp_path / "opencode/ready.js").as_uri()]}


@pytest.mark.parametrize("name", ["events.js", "ready.js"])
def test_the_plugins_are_javascript_that_calls_the_hook(tmp_path: Path, name: str) -> None:
    text = written(tmp_path)[name]
    assert json.dumps(str(HOOK)) in text
    node = shutil.which("node")
    assert node, "the tests bring node along"
    file = tmp_path / name.replace(".js", ".mjs")
    file.write_text(text)
    done = subprocess.run([node, "--check", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_modes(tmp_path: Path) -> None:
    found = {mode: json.loads(written(tmp_path, mode=mode)["opencode.json"])["permission"] for mode in opencode.MODES}
    assert found["unattended"]["bash"] == "allow" and found["unattended"]["question"] == "deny"
    outside = found["unattended"]["external_directory"]
    assert outside == {"*": "ask", "/projects/my project/.batty/**": "allow"}
    assert found["ask"]["bash"] == "ask" and found["read-only"]["bash"] == "deny" and found["full"] == {"*": "allow"}


def test_its_events_say_its_states() -> None:
    assert states(opencode) == [
        READY, WORKING, ASKING, WORKING, READY, WORKING, ASKING, WORKING, READY, WORKING, READY, WORKING, LIMIT,
        WORKING, READY, WORKING, LIMIT, WORKING, LIMIT,
    ]  # fmt: skip
    prompts = [heard.took for event, heard in told(opencode) if event == "chat.message"]
    assert prompts[:2] == ["SCRIPT: touch numbers/seven", "SCRIPT: touch numbers/eight"]
    assert {heard.session for event, heard in told(opencode) if event != "ready"} == {SESSION}


def test_what_ended_a_turn_is_told_in_words() -> None:
    ends = [heard for event, heard in told(opencode) if event == "session.idle"]
    assert [heard.why for heard in ends] == [
        "its turn ended", "its turn ended", "was interrupted", "log in again: a scripted error 401",
        "stopped: a scripted error 400",
    ]  # fmt: skip
    asked = [heard.why for event, heard in told(opencode) if event == "permission.asked"]
    assert asked[0] == "may it use bash: touch numbers/seven"
    limits = [heard for event, heard in told(opencode) if event == "session.status" and heard.state == LIMIT]
    assert limits[0].until == 1795618760.034
