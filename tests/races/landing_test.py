"""Several processes land from one queue, and steps run while a person saves: everything lands once."""

from __future__ import annotations

import re
from pathlib import Path

from scene import Scene, wait_for

OFFERS, LANDERS = 5, 4
AGENT = """
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def test_four_processes_land_five_offers(scene: Scene, tmp_path: Path, alone: None) -> None:
    scene.install("true")  # one verdict for all: what would land changes with each landing, and "true" is quick
    lines = []
    for number in range(1, OFFERS + 1):
        place = tmp_path / f"agent-{number}"
        scene.git("worktree", "add", "-q", str(place), "-b", f"agent-{number}/work")
        scene.commit(place, {f"numbers/a{number}": f"10{number}\n"})
        lines.append(f"- [x] Work {number} (agent-{number}) ^t{number}\n")
    scene.save(scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n" + "".join(lines)))
    for number in range(1, OFFERS + 1):
        scene.run("done", cwd=tmp_path / f"agent-{number}")
    # A landing changes what the others would land as, so gate and land take turns until the queue is empty; what has
    # been tested together lands together.
    landers = [scene.begin("step", "--until-idle", "gate", "land") for _ in range(LANDERS)]
    assert {process.wait(300) for process in landers} == {0}
    scene.run("step", "--until-idle", "gate", "land")
    assert sorted(scene.landed()) == [
        f"Land t{number}: Work {number} (agent-{number})" for number in range(1, OFFERS + 1)
    ]
    landed = sorted(event["card"] for event in scene.events() if event["event"] == "landed")
    assert landed == [f"t{number}" for number in range(1, OFFERS + 1)]
    merges = scene.git("log", "--merges", "--format=%s", "main").splitlines()
    assert sum(" together: " not in merge for merge in merges) == OFFERS, "one merge commit each"
    for number in range(1, OFFERS + 1):
        assert len([name for name in scene.messages(f"agent-{number}") if ".landed." in name]) == 1
    assert len(scene.lane("DONE")) == OFFERS and scene.lane("IN PROGRESS") == []
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""
    assert not list((scene.root / ".batty/queue").glob("*.json"))


def test_two_steppers_and_a_person_who_saves(scene: Scene) -> None:
    """Two processes make all moves while a person goes on typing cards: each is done once, none is lost."""
    scene.install()
    scene.team(scene.agent("adds", AGENT), engineers=2)
    scene.cards("- [ ] Typed 0")
    steppers = [scene.begin("step", "--until-idle") for _ in range(2)]
    for number in range(1, 3):
        before = len(scene.events())
        scene.cards(f"- [ ] Typed {number}")
        wait_for(lambda: len(scene.events()) > before, 60)  # noqa: B023 - it is waited for here and now
    for process in steppers:
        assert process.wait(300) in (0, 75)
    scene.step()
    titles = re.findall(r"Typed \d", "\n".join(scene.lane("DONE")))
    assert sorted(titles) == [f"Typed {number}" for number in range(3)], scene.board()
    assert scene.lane("TODO") == scene.lane("IN PROGRESS") == []
    landed = [event["card"] for event in scene.events() if event["event"] == "landed"]
    assert len(landed) == len(set(landed)) == 3
    assert len(scene.landed()) == 3
