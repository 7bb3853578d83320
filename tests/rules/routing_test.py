"""Who may take a card, in the teams of the templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.rules import routing
from batty_hooks.state.board.text import Board
from batty_hooks.state.team import Team, reading
from batty_hooks.system.records import replace

TEMPLATES = Path(__file__).parents[2] / "templates"


def team(name: str, **roles: str) -> Team:
    """A template's team; ``roles`` gives some of its roles another name."""
    text = (TEMPLATES / f"{name}.yaml").read_text()
    for old, new in roles.items():
        text = text.replace(f"name: {old}\n", f"name: {new}\n").replace(f"{old}]", f"{new}]")
    found, _ = reading.understand(text.encode(), TEMPLATES / "roles", name)
    return found


SOFTWARE, LARGE, SIMPLE = team("software"), team("large"), team("simple")
BACKEND = tuple(f"backend-{one}" for one in range(1, 5))
FRONTEND = tuple(f"frontend-{one}" for one in range(1, 5))


def route(among: Team, line: str) -> routing.Route:
    [card] = Board.parse(f"## TODO\n- [ ] {line}\n".encode(), among.names).cards
    return routing.of(among, card)


def may(line: str, among: Team = SOFTWARE) -> tuple[str, ...]:
    found = route(among, line)
    assert not found.trouble, found
    return found.members


def trouble(line: str, among: Team = SOFTWARE) -> str:
    found = route(among, line)
    assert found.trouble and found.mend and not found.members, found
    return f"{found.trouble} | {found.mend}"


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("Sign up", BACKEND + FRONTEND),
        ("Sign up (frontend-3)", ("frontend-3",)),
        ("Sign up [role:: backend] (frontend-3)", ("frontend-3",)),  # who is named is meant
        ("Sign up (frontend)", FRONTEND),
        ("Sign up (Backend)", BACKEND),
        ("Sign up @frontend", FRONTEND),
        ("Sign up (frontends)", BACKEND + FRONTEND),
        ("Sign up (mobile)", BACKEND + FRONTEND),
        ("Sign up (frontend) and in", BACKEND + FRONTEND),
        ("Sign up [role:: frontend]", FRONTEND),
        ("Sign up [Role:: FrontEnd]", FRONTEND),
        ("Sign up [role:: backend, frontend]", BACKEND + FRONTEND),
        ("Sign up [role:: engineer]", BACKEND + FRONTEND),
        ("Sign up [for:: frontend-lead]", FRONTEND),
        ("Sign up [for:: backend-lead, frontend-lead]", BACKEND + FRONTEND),
        ("Sign up [for:: tech-lead]", BACKEND + FRONTEND),
        ("Sign up [for:: human]", BACKEND + FRONTEND),
        ("Sign up [for:: frontend-2]", ("frontend-2",)),
        ("Sign up [for:: frontend-lead] [role:: engineer]", FRONTEND),
        ("Sign up #frontend", FRONTEND),
        ("Sign up #Frontend/forms", FRONTEND),
        ("Sign up #frontend #backend", BACKEND + FRONTEND),
        ("Sign up #frontend [for:: tech-lead]", FRONTEND),
        # tags and words that are people's own
        ("Sign up #urgent", BACKEND + FRONTEND),
        ("Sign up #frontends", BACKEND + FRONTEND),
        ("Fix issue#frontend", BACKEND + FRONTEND),
        ("Sign up #manager", BACKEND + FRONTEND),
        ("Sign up [rolle:: x]", BACKEND + FRONTEND),
        # how a title begins
        ("Frontend: sign-up form", FRONTEND),
        ("frontend: sign-up form", FRONTEND),
        ("**Frontend**: sign-up form", BACKEND + FRONTEND),
        ("Frontend(forms): sign-up", FRONTEND),
        ("Frontend (forms): sign-up", FRONTEND),
        ("Frontend:sign-up", BACKEND + FRONTEND),
        ("Frontends: sign-up", BACKEND + FRONTEND),
        ("Frontend-lead: sign-up", BACKEND + FRONTEND),
        ("The frontend: a sign-up form", BACKEND + FRONTEND),
        ("Frontend and backend: agree on names", BACKEND + FRONTEND),
        ("Fix the Frontend: it is slow", BACKEND + FRONTEND),
        ("Note: a thing", BACKEND + FRONTEND),
        # a weak word gives way to a strong one
        ("Frontend: sign-up [role:: backend]", BACKEND),
        ("Frontend: sign-up #backend", BACKEND),
        ("Frontend: sign-up [for:: backend-lead]", BACKEND),
        ("Frontend: sign-up [for:: tech-lead]", FRONTEND),
    ],
)
def test_who_may_take_a_card_of_software(line: str, members: tuple[str, ...]) -> None:
    assert may(line) == members


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Sign up (tech-lead)", "tech-lead takes no cards | give it to one of backend-1, "),
        ("Sign up (frontend-lead)", "frontend-lead takes no cards | give it to one of frontend-1, "),
        ("Sign up (human)", "human takes no cards | give it to an engineer"),
        ("Sign up [role:: backnd]", "there is no role “backnd” | did you mean 'backend'?"),
        ("Sign up [role:: design]", "there is no role “design” | the roles that take cards: backend, frontend"),
        ("Sign up [role:: backend-lead]", "nobody of the role “backend-lead” takes cards"),
        ("Sign up [role:: manager]", "nobody of the role “manager” takes cards"),
        ("Sign up [for:: backend-leed]", "there is nobody called “backend-leed” | did you mean 'backend-lead'?"),
        ("Sign up [for:: design]", "there is nobody called “design” | those who lead engineers: tech-lead, backend"),
        ("Sign up #frontend [role:: backend]", "`[role:: backend]` and `#frontend` leave nobody"),
        ("Sign up [role:: backend] (frontend)", "`[role:: backend]` and “(frontend)” leave nobody"),
        ("Sign up [role:: backend] [for:: frontend-lead]", "`[role:: backend]` and `[for:: frontend-lead]` leave"),
        ("Sign up #frontend [role:: engineer] [for:: backend-lead]", "`[for:: backend-lead]` and `#frontend` leave"),
    ],
)
def test_what_keeps_anybody_from_taking_one(line: str, said: str) -> None:
    assert said in trouble(line)


def test_each_manager_of_large_has_its_own() -> None:
    own = {f"manager-{one}": may(f"X [for:: manager-{one}]", LARGE) for one in (1, 2, 3)}
    assert own["manager-2"] == tuple(f"engineer-2-{one}" for one in range(1, 6))
    assert sorted(sum(own.values(), ())) == sorted(member.name for member in LARGE.engineers)
    assert may("X [for:: manager]", LARGE) == may("X", LARGE) and len(may("X", LARGE)) == 15


def test_a_manager_without_engineers_leads_nobody() -> None:
    alone = replace(SIMPLE, members=(*SIMPLE.members, replace(SIMPLE.members[1], name="other", reports=())))
    assert "other leads no engineers" in trouble("X [for:: other]", alone)


def test_a_role_is_meant_by_its_stem_where_none_has_the_very_name() -> None:
    longer = team("software", frontend="frontend-dev")
    meant = tuple(f"frontend-dev-{one}" for one in range(1, 5))
    for line in ("X #frontend", "X [role:: frontend]", "Frontend: X", "frontend-dev: X"):
        assert may(line, longer) == meant, line


def test_without_engineers_nobody_and_nothing_is_wrong() -> None:
    assert may("X [role:: nobody]", Team("hooks only")) == ()
    assert may("X (engineer-1)", Team("hooks only")) == ()


def test_in_a_team_of_one_role_marks_hinder_nobody() -> None:
    everybody = ("engineer-1", "engineer-2", "engineer-3")
    for line in ("X", "Frontend: X", "X #frontend", "Engineer: X", "X #engineer", "X [for:: manager]"):
        assert may(line, SIMPLE) == everybody, line
