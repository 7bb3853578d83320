"""docs/templates.md: the eight teams as pages, made from the templates themselves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pages import DOCS, REWRITE

from batty_hooks.people.choosing import Template, all_templates
from batty_hooks.state.team import reading
from batty_hooks.state.team.model import Team
from batty_hooks.state.team.seating import seats
from batty_hooks.system import shipped

PAGE = DOCS / "templates.md"
SIZES = ((260, 62), (120, 30))
HEAD = """\
# The teams

What `batty-hooks templates` shows, with where each member sits and whom it turns to. `batty-hooks init --template NAME`
sets one up; [stages.md](stages.md) says when to take which. This page is made by a test from the templates themselves.

A question, a block, a card that came back too often goes to the next one in a member's line; who does not answer is
passed by. The **windows** are those of tmux: `a / b` stand above each other, `∣` is between columns.
"""


def test_the_page_is_what_the_templates_are() -> None:
    said = HEAD + "".join(f"\n{part}" for template in all_templates() for part in page(template))
    if REWRITE:
        PAGE.write_text(said)
    assert PAGE.read_text() == said, "REWRITE_TABLES=1 python -m pytest tests/contracts/templates_page_test.py"


def page(template: Template) -> Iterator[str]:
    """The parts of one team's page."""
    file = shipped.templates() / f"{template.name}.yaml"
    team = reading.read(file, template.name)[0]
    yield f"## {template.name}\n\n{template.what[:1].upper()}{template.what[1:]}\n"
    yield "```text\n" + "\n".join(template.picture()) + "\n```\n"
    yield "| | |\n|---|---|\n" + "".join(f"| {what} | {said} |\n" for what, said in facts(team))


def facts(team: Team) -> Iterator[tuple[str, str]]:
    """(what, what it is)."""
    for boss, members in groupby(team.members, lambda member: line_of(team, member.name)):
        names = [member.name for member in members]
        yield f"{spanned(names)} asks" if len(names) == 1 else f"{spanned(names)} ask", boss
    for role in team.roles:
        if role.prompt:
            yield f"prompt of {role.name}", f"[{role.prompt}](../templates/roles/{role.prompt})"
    for width, height in SIZES:
        windows = [
            f"**{one.name}** {' | '.join(map(stacked, one.columns))}" for one in seats(team.members, width, height)
        ]
        yield f"windows at {width} × {height}", "; ".join(windows).replace(" | ", " ∣ ")


def line_of(team: Team, name: str) -> str:
    """Whom a member turns to, and to whom it goes from there."""
    line = []
    while name != team.human:
        name = team.boss(name)
        line.append(name)
    return " → ".join(line)


def spanned(names: list[str]) -> str:
    return f"{names[0]} … {names[-1]}" if len(names) > 2 else ", ".join(names)


def stacked(column: tuple[str, ...]) -> str:
    return " / ".join(column)
