"""A real CLI is killed in the middle of a turn: it comes back in its session, goes on, and its work lands."""

from __future__ import annotations

import os
import signal

from real.crew import Crew

WORK = "SCRIPT: echo 102 > numbers/two && git add numbers && git commit -qm two && batty-hooks done"


def test_killed_in_the_middle_of_a_turn_it_resumes_and_lands(crew: Crew) -> None:
    # Somebody's environment says that this is CI: a CLI that goes by it would take its pane for no terminal.
    crew.hire_one().start(env={"CI": "true", "GITHUB_ACTIONS": "true"})
    first, then = ("SCRIPT: echo begun", WORK) if crew.cli.has_shell else ("", "WRITE: numbers/two 102")
    crew.scene.cards("- [ ] Add a number", f"  {first}", "  HANG: 6", f"  {then}")
    crew.wait(lambda: any("Hang" in each["answer"] for each in crew.server.requests()), seconds=180)
    before = crew.pane("engineer-1")
    os.kill(before.pid, signal.SIGKILL)
    crew.wait(lambda: crew.pane("engineer-1").pid != before.pid and "restarted" in crew.scene.log())
    crew.wait(lambda: crew.scene.lane("DONE") == ["- [x] Add a number (engineer-1) ^t1"], seconds=240)
    assert crew.scene.show("numbers/two") == "102"
    assert "in its session" in crew.scene.log()
