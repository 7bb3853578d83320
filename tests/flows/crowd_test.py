"""What `tests/bench large` measures with nineteen agents and sixty cards, on a smaller scale: a third of the cards go
wrong on the way, two members never say a word, one comes to a usage limit; all is built, and nobody is left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import Scene
from tui import mind
from tui.played import Played

CARDS, SECONDS = 12, 400.0
MUTE_ENGINEER, MUTE_LEAD, LIMITED = "researcher-1-1", "sub-lead-3", "researcher-2-1"
ABLE = {f"researcher-{lead}-{number}" for lead in (1, 2, 3) for number in (1, 2)} - {MUTE_ENGINEER}


@pytest.fixture
def played(scene: Scene) -> Iterator[Played]:
    found = Played(scene)
    yield found
    found.close()


@pytest.mark.limit(480)
def test_all_is_built_though_two_are_mute_and_one_is_at_its_limit(played: Played, tmp_path: Path) -> None:
    scene = played.scene
    silent = {"TUI_MUTE": f"{MUTE_ENGINEER} {MUTE_LEAD}", "TUI_LIMITED": LIMITED, "TUI_LIMIT_SECONDS": "1"}
    # (A boss in the middle of a turn is no mute one: on a busy machine a turn takes longer than a few seconds.)
    played.cast("research", silent, nudge="2s", escalate="30s")
    played.start()
    cards = mind.plan(CARDS, []).partition("\n\n")[2]
    scene.save(f"## TODO\n{cards}\n## IN PROGRESS\n\n## DONE\n")
    played.wait(lambda: len(scene.lane("DONE")) == CARDS, SECONDS)
    share = Counter(re.findall(r"\((researcher-\S+)\)", "\n".join(scene.lane("DONE"))))
    assert set(share) == ABLE, "who can work has landed something, and who says nothing has not"
    assert sum(share.values()) == CARDS and max(share.values()) <= CARDS / 2, share
    landed = scene.landed()
    assert sorted(re.findall(r"number (\d+)", " ".join(landed)), key=int) == [f"{n}" for n in range(1, CARDS + 1)]
    assert all(re.search(r"\((researcher-\S+)\)$", subject) for subject in landed), "each under its own name"
    scene.every_trunk_commit_passes(tmp_path / "check")
    assert "usage limit" in scene.log(), "one was at its limit"
    needs = [one["what"] for one in scene.json("status")["needs_you"]]
    assert [one for one in needs if "Built: " not in one] == [], "those above have solved what the mute ones did not"
