"""Whose session is resumed: the agent's own, as long as it can be."""

from __future__ import annotations

import pytest
from tui.company import Company

from batty_hooks.state import members

# Its screen is up before it finds out that the session is no more (as with a CLI that is ready by its screen).
ON_SCREEN = """\
READY_ON_SCREEN = True


def start(launch: Launch) -> Start:
    if launch.session:
        return Start(("sh", "-c", r"printf '\\033[?1049h'; sleep 1; exit 1"))
    return made(launch)


def made("""


@pytest.fixture
def company(company: Company) -> Company:
    company.hire(("lead", "architect", 1))
    return company


def script(company: Company) -> str:
    return (company.room("lead") / "start").read_text()


def test_another_agent_does_not_resume_the_session_of_the_one_before(company: Company) -> None:
    adapters, team = company.project.adapters, company.project.team_file
    (adapters / "other.py").write_text((adapters / "tui.py").read_text().replace('NAME = "tui"', 'NAME = "other"'))
    company.start()
    company.ready("lead")
    first = members.session(company.project, "lead", "tui")
    assert first
    company.scene.run("stop")
    team.write_text(team.read_text().replace("agent: tui", "agent: other"))
    company.start()
    company.ready("lead")
    assert "--session" not in script(company)
    # (That it is ready its own file may have said first; its session comes with its event.)
    company.wait(lambda: members.session(company.project, "lead", "other"))
    assert members.session(company.project, "lead", "other") != first


def test_a_session_that_is_no_more_is_given_up_for_a_new_one(company: Company) -> None:
    company.start()
    company.ready("lead")
    company.scene.run("stop")
    adapter = company.project.adapters / "tui.py"
    adapter.write_text(adapter.read_text().replace("def start(", ON_SCREEN))
    company.start()
    company.wait(lambda: "in a new session" in company.scene.log())
    company.ready("lead")
    company.scene.run("send", "lead", "Hello")
    company.wait(lambda: not company.unread("lead"))


def test_a_session_that_was_idle_for_a_while_is_kept(company: Company) -> None:
    """Ready by its screen alone, and killed long after its start."""
    from batty_hooks.moves import listen
    from batty_hooks.state import panes
    from batty_hooks.system.records import replace

    company.start()
    company.ready("lead")
    pane = replace(company.pane("lead"), pid=0, birth="", resumed=True)
    company.scene.run("stop")
    for started, tried in ((1.0, False), (members.time.time(), True)):
        panes.record(company.project, replace(pane, starts=(started,)))
        members.set_state(company.project, "lead", members.READY, listen._SCREEN_IS_UP)
        listen._bury(company.project, panes.listed(company.project)[0])
        assert panes.listed(company.project)[0].resumed is tried
