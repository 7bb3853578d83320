"""The digest on request: what landed, is in hand, blocked, waiting, by member."""

from __future__ import annotations

from scene import Scene

AGENT = """
[ "$2" = t2 ] && exit 0
echo "10${2#t}" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""


def test_standup(scene: Scene, alone: None) -> None:
    scene.install()
    scene.team(scene.agent("works", AGENT), engineers=2)
    scene.cards("- [ ] One", "- [ ] Two")
    scene.step()
    scene.rest()  # (an agent's commit and its end wake somebody, who would go on with what comes next)
    scene.cards("- [ ] Three (engineer-1)", "- [ ] Four [hold:: later]")
    scene.run("task", "block", "t2", "which colour?", code=None)
    scene.run("step", "reconcile", "dispatch")
    said = scene.run("standup")
    assert "1 landed, 1 in hand, 1 to do (1 held back)" in said, said
    assert "landed   t1 One" in said and "in hand  t3 Three" in said, said
    assert "blocked  t2 Two: which colour?" in said, said
    rows = {row["member"]: row for row in scene.json("standup", "--since", "1h")}
    assert rows["engineer-1"]["landed"] == ["t1 One"]
    assert "since 2020-01-31" in scene.run("standup", "--since", "2020-01-31")
    assert "is no time" in scene.run("standup", "--since", "soon", code=2)
    assert "nothing is known to have been used" in scene.run("usage", "--since", "3d")
    assert scene.json("usage") == []
