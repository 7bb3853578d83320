"""A day that was lived, not made up: what a team of seven wrote to its log while it built something, in minutes.

An architect, a manager and five engineers (the template `squad`, whole, with scripted agents in real panes), the real
watcher, gate and landings, and a person who answers and approves now and then. `python tests/recorded.py` lives such a
day and writes it to `recorded.jsonl.gz`; the first line of that says what the events do not.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded.jsonl.gz"
_CARDS, _SECONDS = 24, 1500.0


@cache
def recorded() -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """What was known beside the events (who is in the team, who the human is, until when), and the events."""
    first, *lines = gzip.decompress(FILE.read_bytes()).decode().splitlines()
    return json.loads(first), tuple(map(json.loads, lines))


def live(place: Path) -> None:
    """Live a day in that directory, and write it down."""
    from scene import BOARD, Scene
    from tui import mind
    from tui.played import Played

    from batty_hooks.people.report import gathering
    from batty_hooks.rules.look import Look
    from batty_hooks.state import events

    scene = Scene(place / "parcels").create()
    company = Played(scene)
    try:
        silent = {"TUI_LIMITED": "engineer-2", "TUI_LIMIT_SECONDS": "20"}
        company.cast("squad", silent, nudge="10s", escalate="15s", merge={"mode": "auto"})
        company.start()
        cards = mind.plan(_CARDS, []).partition("\n\n")[2]
        scene.save(BOARD.replace("## TODO\n", f"## TODO\n{cards}"))
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and len(scene.lane("DONE")) < _CARDS:
            time.sleep(4)
            _help(scene)
            print(len(scene.events()), "events,", len(scene.lane("DONE")), "done", flush=True)
        _help(scene)
        look, told = Look(company.project), list(events.read(company.project))
        facts = gathering.facts(look, told)._asdict()
        scene.run("stop", "--wait", "0", code=None)
        told = list(events.read(company.project))
    finally:
        company.close()
    known = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in facts.items()}
    lines = [known, *told]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).replace(str(place), "/home/team")
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(told)} events, {FILE.stat().st_size} bytes")


def _help(scene: Any) -> None:
    """What a person does who looks in now and then: answers, unblocks, reads."""
    for need in scene.json("status")["needs_you"]:
        command = need["command"].split("  (")[0]
        if found := re.fullmatch(r"batty-hooks send (\S+) --re (\S+) .*", command):
            scene.run("send", found[1], "--re", found[2], "The second one.", code=None)
        elif found := re.fullmatch(r"batty-hooks (task unblock|merge|read) ?(\S*)", command):
            scene.run(*found[1].split(), *found[2].split(), code=None)
        else:
            print("left alone:", need["what"], "→", need["command"])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as directory:
        os.environ |= {"HOME": directory, "BATTY_TUI": "1"}
        for name in ("user.name=A Person", "user.email=person@example.org", "init.defaultBranch=main"):
            subprocess.run(["git", "config", "--global", *name.split("=", 1)], check=True)
        live(Path(directory))
