"""A card typed into the board lands, worked on by a real CLI: red at first, mended, then green."""

from __future__ import annotations

from real.crew import Crew

RED = "SCRIPT: echo nonsense > numbers/two && git add numbers && git commit -qm two && batty-hooks done"
MENDED = "SCRIPT: echo 102 > numbers/two && git commit -qam mended && batty-hooks done"
GATE = f"sh check.sh || {{ echo '{MENDED}'; echo 'WRITE: numbers/two 102 instead of nonsense'; exit 1; }}"


def test_a_card_comes_back_red_and_lands_green(crew: Crew) -> None:
    crew.hire_one(gate=GATE).start()
    crew.scene.cards("- [ ] Add a number", f"  {RED if crew.cli.has_shell else 'WRITE: numbers/two nonsense'}")
    crew.wait(lambda: crew.scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"], seconds=180)
    assert crew.scene.show("numbers/two") == "102"
    assert "gate failed t1" in crew.scene.log()
    assert crew.scene.git("status", "--short", cwd=crew.scene.worktree("engineer-1")) == ""
