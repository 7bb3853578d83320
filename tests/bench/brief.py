"""A card is saved on the board → its brief lies in an engineer's inbox; a watcher is running for a team of 19.

The alternatives: a loop that compares the board once a second and only copies it into an inbox (the least that polling
can do), and the poll of the original tool, five seconds, of which half is waited on the average.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import time
from pathlib import Path

from base import Row, Scene, home, main, rest, wait_for, watching

_TEAM_SIZE = 15  # engineers: each gets one card
_LOOP = """
number=0
while :; do
    cmp -s kanban.md seen || { cp kanban.md seen; number=$((number + 1)); cp kanban.md "inbox/$number"; }
    sleep 1
done
"""


def measure(rounds: int = 14) -> list[Row]:
    """Medians over ``rounds`` saves (at most one for each engineer)."""
    with home() as place:
        ours = _ours(Scene(place / "ours").create(), min(rounds, _TEAM_SIZE))
        poll = _poll(place / "poll", min(rounds, 10))
    return [
        Row("board saved → brief in the inbox, watcher running", ours, 120, "loop that looks once a second", poll),
        Row("  the same", ours, 120, "the original: half of its 5 s poll (computed)", 2500),
    ]


def _ours(scene: Scene, rounds: int) -> float:
    scene.run("init", "--template", "large")
    taken = []
    with watching(scene) as watcher:
        for number in range(rounds):
            before = len(_briefs(scene))
            begun = time.perf_counter()
            scene.cards(f"- [ ] Card number {number}")
            while len(_briefs(scene)) == before:
                time.sleep(0.001)
            taken.append((time.perf_counter() - begun) * 1000)
            rest(watcher)
    return statistics.median(taken)


def _briefs(scene: Scene) -> list[Path]:
    return list((scene.root / ".batty/inboxes").glob("*/new/*.brief.*"))


def _poll(place: Path, rounds: int) -> float:
    place.mkdir()
    (place / "inbox").mkdir()
    (place / "kanban.md").write_text("## TODO\n")
    with subprocess.Popen(["sh", "-c", _LOOP], cwd=place) as loop:
        wait_for((place / "inbox" / "1").exists)
        taken = []
        for number in range(rounds):
            time.sleep(random.random())
            before = len(list((place / "inbox").iterdir()))
            begun = time.perf_counter()
            (place / "kanban.md").write_text(f"- [ ] Card number {number}\n")
            while len(list((place / "inbox").iterdir())) == before:
                time.sleep(0.001)
            taken.append((time.perf_counter() - begun) * 1000)
        loop.terminate()
    return statistics.median(taken)


if __name__ == "__main__":
    main(measure)
