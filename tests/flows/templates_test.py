"""Every shipped team, whole: started in tmux, given one sentence at the top, and left alone until the report is there.

Each role is a scripted agent that answers as its prompt tells it to (tests/tui/mind.py). One card of three is red at
first, one engineer asks before it goes on. EVERY_TEAM=1 plays all eight; else one without a boss, one with all roles,
and `simple`, which gives its cards out by hand. What each is given turn by turn: turns_test, for all of them; the
windows of all: layout_test and seating_test.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from flows.layout_test import drawn
from scene import Scene
from tui.played import Played

from batty_hooks.rules.look import Look
from batty_hooks.state.team.seating import seats

TEMPLATES = ["solo", "software"]
if os.environ.get("EVERY_TEAM"):
    TEMPLATES += ["pair", "research", "simple", "squad", "batty", "large"]
ROLES = {"software": "backend, frontend"}  # which engineers the plan names
CARDS = 3
# A brief for each card, the red one's report and the answer; what each kind of member is given in all.
TURNS = {
    "solo": {"engineer": CARDS},
    "pair": {"architect": 3, "engineer": CARDS + 2},  # the sentence, the question, what has become of it
    "": {"architect": 2, "manager": 1, "engineer": CARDS + 2},
}


@pytest.fixture
def played(scene: Scene) -> Iterator[Played]:
    found = Played(scene)
    yield found
    found.close()


@pytest.mark.parametrize("template", TEMPLATES)
def test_one_sentence_at_the_top_and_the_report_comes_back(played: Played, template: str) -> None:
    scene = played.scene
    played.cast(template)
    played.size = (120, 30)
    played.start()
    windows = {
        one.name: " | ".join(map(" / ".join, one.columns)) for one in seats(Look(played.project).team.members, 120, 29)
    }
    assert drawn(played) == {**windows, "watch": "-"}, "as docs/templates.md has them"
    if template == "solo":
        scene.cards(*[f"- [ ] Write number {number}" for number in range(1, CARDS + 1)])
    else:
        scene.run("send", played.members[0], f"Build {CARDS} cards for {ROLES.get(template, 'engineer')}")
    played.wait(lambda: len(scene.lane("DONE")) == CARDS, 120)
    assert [scene.show(f"numbers/n{number}") for number in range(1, CARDS + 1)] == ["1001", "1002", "1003"]
    owned = dict(re.findall(r"number (\d).* \((\S+)\) \^", "\n".join(scene.lane("DONE"))))
    assert set(owned.values()) <= {member.name for member in Look(played.project).team.engineers}
    if template == "software":
        assert [owned[number].partition("-")[0] for number in "123"] == ["frontend", "backend", "frontend"]
    if template != "solo":
        played.wait(lambda: "Built: " in scene.run("inbox"), 60)
        assert "number 3" in scene.run("read").lower()
    taken = Counter(dict.fromkeys(TURNS.get(template, TURNS[""]), 0))
    for member in Look(played.project).team.members:
        taken[member.role.role_type] += len(played.taken(member.name))
    assert taken == TURNS.get(template, TURNS[""])
    assert "nothing needs you" in scene.run("status")


def test_a_manager_gives_out_the_cards_where_that_is_done_by_hand(played: Played) -> None:
    played.cast("simple", dispatch="manual")
    played.start()
    played.scene.run("send", "architect", f"Build {CARDS} cards for engineer")
    played.wait(lambda: len(played.scene.lane("DONE")) == CARDS, 120)
    assert any("waits to be assigned, and engineer-" in prompt for prompt in played.taken("manager"))
