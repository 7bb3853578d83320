"""An agent reaches its limit in the middle of a card: the next one of its role goes on, in the same worktree."""

from __future__ import annotations

import json
import time

import pytest
from tui.company import Company

TEAM = """\
trunk: main
gate: {command: sh check.sh}
roles:
  - {name: builder, role_type: engineer, agent: [tui, other], instances: 1}
  - {name: second, role_type: engineer, agent: tui, instances: 1}
"""


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("lead", "architect", 1))
    own = company.project.adapters
    (own / "other.py").write_text((own / "tui.py").read_text().replace('NAME = "tui"', 'NAME = "other"'))
    company.project.team_file.write_text(TEAM)
    company.scene.run("validate")
    company.start()
    company.ready("builder-1", "second-1")
    return company


def test_the_next_agent_goes_on_and_the_first_one_comes_back_with_the_next_card(company: Company) -> None:
    scene, place = company.scene, company.scene.worktree("builder-1")
    until = time.time() + 3600
    scene.cards("- [ ] Add seven (builder-1)", "  The body of it.")
    company.wait(lambda: company.taken("builder-1"))
    scene.run("send", "builder-1", f"LIMIT {until}")
    company.wait(lambda: company.pane("builder-1").agent == "other")
    company.wait(lambda: any("cut off" in text for text in company.taken("builder-1")))
    last = company.taken("builder-1")[-1]
    assert f"> LIMIT {until}" in last
    assert "t1: Add seven" in last and "The body of it." in last and "git status; git log" in last
    assert scene.git("branch", "--show-current", cwd=place).startswith("builder-1/t1-")
    assert list(json.loads(company.project.limits_file.read_text())) == ["tui"]
    company.wait(lambda: company.told("second-1").get("until") == pytest.approx(until))
    assert company.told("second-1")["state"] == "limit", "it shares the account, and has no other agent"
    assert "failover" in scene.log() and "other goes on for tui" in scene.log()
    company.project.limits_file.unlink()
    scene.commit(place, {"numbers/seven": "17\n"})
    scene.run("done", cwd=place)
    company.wait(lambda: len(scene.subjects()) == 2)
    company.wait(lambda: company.pane("builder-1").agent == "tui")
