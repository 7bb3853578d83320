"""The largest shipped team, nineteen scripted agents in tmux, works off sixty cards with dependencies: every fifth is
red at first, every fifth asks, every tenth gets stuck, six write one file; an engineer and a manager never say a word,
and another engineer comes to a usage limit, which its account shares."""

from __future__ import annotations

import itertools
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

from base import Row, Scene, home, main, wait_for
from tui import mind
from tui.played import Played

_CARDS = 60
_SECONDS = 1500.0


def measure(rounds: int = 1) -> list[Row]:
    """One run: how long, how many runs of the gate, and whether anybody was left out."""
    rows: list[Row] = []
    for _ in range(rounds):
        with home() as place:
            rows = _run(Scene(Path(tempfile.mkdtemp(dir=place)) / "project").create())
    return rows


def _run(scene: Scene) -> list[Row]:
    team = Played(scene)
    silent = {"TUI_MUTE": "engineer-1-1 manager-3", "TUI_LIMITED": "engineer-2-1"}
    team.cast("large", silent, nudge="5s", escalate="20s")
    try:
        team.start()
        before, cards = _processor_seconds(), mind.plan(_CARDS, []).partition("\n\n")[2]
        begun = time.monotonic()
        scene.save(f"## TODO\n{cards}\n## IN PROGRESS\n\n## DONE\n")
        wait_for(lambda: len(scene.lane("DONE")) == _CARDS, _SECONDS)
        seconds = time.monotonic() - begun
        ours, theirs = (after - was for after, was in zip(_processor_seconds(), before, strict=True))
    except AssertionError as error:
        raise AssertionError(f"{error}\n{scene.run('status', code=None)}") from None
    finally:
        team.close()
    share = Counter(re.findall(r"\((engineer-\S+)\)", "\n".join(scene.lane("DONE"))))
    runs = sum(event["event"].startswith("gate ") for event in scene.events())
    least, most = min(share.values()), max(share.values())
    return [
        Row("60 cards, 19 agents: from the save to the last landing", seconds, None, unit="s"),
        Row("60 cards, 19 agents: landings a minute", _CARDS / seconds * 60, None, unit="a minute"),
        Row("60 cards, 19 agents: runs of the gate", runs, None, unit="runs"),
        Row("60 cards, 19 agents: processor, ours and git's", ours, None, "the agents'", theirs, "s"),
        Row("60 cards, 19 agents: engineers that can work, without a card", 14 - len(share), 0, unit="engineers"),
        Row("60 cards, 19 agents: cards of the busiest", most, None, "of the idlest", least, "cards"),
        Row("60 cards, 19 agents: red commits on the trunk", _red(scene), 0, unit="commits"),
    ]  # fmt: skip


def _processor_seconds() -> tuple[float, float]:
    """What the running processes of this bench have used: batty-hooks with what it ran, and the scripted agents with
    theirs."""
    found, own = [0.0, 0.0], f"HOME={os.environ['HOME']}\0".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            if own not in (place / "environ").read_bytes():
                continue
            numbers = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used = sum(map(int, itertools.islice(numbers, 11, 15))) / os.sysconf("SC_CLK_TCK")
        if b"tui.py" in words:
            found[1] += used
        elif b"batty_hooks" in words or b"batty-hooks" in words:
            found[0] += used
    return found[0], found[1]


def _red(scene: Scene) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            scene.every_trunk_commit_passes(Path(scratch))
        except AssertionError:
            return 1
    return 0


if __name__ == "__main__":
    main(measure)
