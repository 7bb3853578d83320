"""git killed in the middle of `worktree add`: what it leaves is nobody's home, and is made anew."""

from __future__ import annotations

import pytest
from scene import Scene

AGENT = 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'


@pytest.mark.parametrize("gone", [(), ("commondir", "HEAD"), ("gitdir", "commondir", "HEAD")])
def test_a_half_made_worktree_is_made_anew(scene: Scene, alone: None, gone: tuple[str, ...]) -> None:
    scene.install()
    scene.team(scene.agent("adds", AGENT))
    scene.run("step", "staff")
    own = scene.root / ".git/worktrees/engineer-1"
    (own / "locked").write_text("initializing\n")  # how git marks it until it is whole
    for name in gone:
        (own / name).unlink()
    (scene.worktree("engineer-1") / "check.sh").unlink()
    scene.cards("- [ ] Add a number")
    scene.step()
    assert scene.subjects() == ["A project", "Land t1: Add a number (engineer-1)"]
