"""Cards typed into the board land, worked on by a real CLI: one is red at first; in the other the CLI is killed."""

from __future__ import annotations

import os
import signal

from real.crew import Crew

RED = "SCRIPT: echo nonsense > numbers/two && git add numbers && git commit -qm two && batty-hooks done"
MENDED = "SCRIPT: echo 102 > numbers/two && git commit -qam mended && batty-hooks done"
GATE = f"sh check.sh || {{ echo '{MENDED}'; echo 'WRITE: numbers/two 102 instead of nonsense'; exit 1; }}"
WORK = "SCRIPT: echo 103 > numbers/three && git add numbers && git commit -qm three && batty-hooks done"


def test_cards_land_though_one_is_red_and_the_cli_is_killed(crew: Crew) -> None:
    # Somebody's environment says that this is CI: a CLI that goes by it would take its pane for no terminal.
    crew.hire_one(gate=GATE).start(env={"CI": "true", "GITHUB_ACTIONS": "true"})
    comes_back_red_and_lands_green(crew)
    killed_in_the_middle_of_a_turn_it_resumes_and_lands(crew)


def comes_back_red_and_lands_green(crew: Crew) -> None:
    crew.scene.cards("- [ ] Add a number", f"  {RED if crew.cli.has_shell else 'WRITE: numbers/two nonsense'}")
    crew.wait(lambda: "- [x] Add a number (engineer-1) ^t1" in crew.scene.lane("DONE"), seconds=180)
    assert crew.scene.show("numbers/two") == "102"
    assert "gate failed t1" in crew.scene.log()
    assert crew.scene.git("status", "--short", cwd=crew.scene.worktree("engineer-1")) == ""


def killed_in_the_middle_of_a_turn_it_resumes_and_lands(crew: Crew) -> None:
    first, then = ("SCRIPT: echo begun", WORK) if crew.cli.has_shell else ("", "WRITE: numbers/three 103")
    crew.scene.cards("- [ ] Add another", f"  {first}", "  HANG: 6", f"  {then}")
    crew.wait(lambda: any("Hang" in each["answer"] for each in crew.server.requests()), seconds=180)
    before = crew.pane("engineer-1")
    os.kill(before.pid, signal.SIGKILL)
    crew.wait(lambda: crew.pane("engineer-1").pid != before.pid and "restarted" in crew.scene.log())
    crew.wait(lambda: "- [x] Add another (engineer-1) ^t2" in crew.scene.lane("DONE"), seconds=240)
    assert crew.scene.show("numbers/three") == "103"
    assert "in its session" in crew.scene.log()
