"""docs/stages.md: every command of it, in its order, by one person in one shell, from one agent to a team of five."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene
from tui.company import Company

PAGE = Path(__file__).parents[2] / "docs/stages.md"
# What is played: an agent's work, where the page says so; and the CLIs of the templates are the scripted one.
PRELUDE = """
set -eu
number=0
work() {
    number=$((number + 1))
    echo "10$number" > "numbers/n$number"
    git add numbers
    git commit -qm "Work $number"
}
batty-hooks() {
    command batty-hooks "$@"
    [ "$1" != init ] || sed -i.before 's/^\\( *agent: \\).*/\\1tui/' "$ROOT/.batty/team_config/team.yaml"
}
"""


@pytest.fixture
def company(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    command = tmp_path / "bin/batty-hooks"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m batty_hooks "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ROOT", str(scene.root))
    scene.git("mv", "check.sh", "test.sh")
    scene.git("commit", "-qam", "The tests")
    found = Company(scene)
    found.adapter()
    yield found
    found.close()


def typed(page: str, prelude: str) -> list[tuple[str, str]]:
    """(heading, what is typed below it): comments that tell of an agent's work are the work."""
    found = []
    for part in page.split("\n## ")[1:]:
        blocks = "".join(re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL))
        found.append((part.partition("\n")[0], prelude + re.sub(r"^# … .*$", "work", blocks, flags=re.MULTILINE)))
    return [(heading, script) for heading, script in found if script != prelude]


def test_every_command_is_typed_and_each_stage_stands_on_the_one_before(company: Company) -> None:
    scene, stages = company.scene, typed(PAGE.read_text(), "")
    assert [heading[:1] for heading, _ in stages] == ["1", "2", "3", "4", "5"]
    *alone, team = [script for _, script in stages]
    said = sh(PRELUDE + "\n".join(alone), scene)
    company.wait(lambda: scene.lane("DONE") == ["- [x] Rate limits for the API (agent-2) ^t1"])
    assert {line for line in scene.landed() if "Rate limits" in line} == {"Land t1: Rate limits for the API (agent-2)"}
    assert len(list((scene.root / "numbers").iterdir())) == 6, said
    pair, _, larger = team.partition("batty-hooks init --template simple")
    sh(PRELUDE + pair, scene)
    company.ready("architect", "engineer-1")
    company.wait(lambda: any("GET /health" in prompt for prompt in company.taken("architect")))
    before, prompt = company.pane("architect").pid, company.project.team_file.parent / "architect.md"
    prompt.write_text(prompt.read_text() + "\nAsk twice.\n")
    sh(f"{PRELUDE}batty-hooks init --template simple{larger}", scene)
    company.ready("manager", "engineer-1", "engineer-2", "engineer-3")
    assert company.pane("architect").pid == before and prompt.read_text().endswith("\nAsk twice.\n")


def test_what_the_page_names_elsewhere_is_there(scene: Scene) -> None:
    verbs = set(re.findall(r"`batty-hooks ([a-z][a-z-]*)", PAGE.read_text()))
    for verb in sorted(verbs):
        scene.run(verb, "--help")


def sh(script: str, scene: Scene) -> str:
    size = {"COLUMNS": "240", "LINES": "60"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=scene.root, capture_output=True, text=True, check=False, env={**os.environ, **size}
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{json.dumps(scene.events()[-5:])}"
    return done.stdout
