"""Rendered prompts: who somebody is, whom it works with, what it can type and nothing else, on two pages."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from batty_hooks.errors import FatalError
from batty_hooks.state.team import Member, Team, prompts, repertoire, starting
from batty_hooks.state.team.model import ROLE_TYPES
from batty_hooks.system import shipped
from batty_hooks.system.records import replace

TEMPLATES = list(starting.templates())
ROLES = shipped.templates() / "roles"
WIDTH, LINES = 90, 120  # two pages
TYPED = re.compile(r"`batty-hooks ([a-z-]+(?: (?:add|show|depend|block|unblock|release|claim|hold|unhold))?)[^`]*`")


def rendered(team: Team, member: Member, shell: bool = True) -> str:
    file = prompts.file_of(Path("/nowhere"), member.role)
    assert file
    return prompts.render(file.read_text(), team, member, "make test", shell)


def everybody() -> list[tuple[str, Team, Member]]:
    found = []
    for name in TEMPLATES:
        team = replace(starting.template_team(name), trunk="main")
        seen = set()
        for member in team.members:  # one of each role
            if member.role.name not in seen:
                seen.add(member.role.name)
                found.append((f"{name} {member.name}", team, member))
    return found


EVERYBODY = everybody()
one_of_each = pytest.mark.parametrize(
    ("team", "member"), [(team, member) for _, team, member in EVERYBODY], ids=[id for id, _, _ in EVERYBODY]
)


@one_of_each
@pytest.mark.parametrize("mode", ["auto", "review"])
def test_it_says_who_somebody_is_on_two_pages(team: Team, member: Member, mode: str) -> None:
    text = rendered(replace(team, merge_mode=mode), member)
    assert "{{" not in text and "}}" not in text
    assert f"You are **{member.name}**" in text and f"Your boss is **{member.boss}**" in text
    assert all(report in text for report in member.reports)
    assert f"You may write to: {', '.join(team.writes_to(member.name))}." in text
    assert "`make test`" in text
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH) or [""]]
    assert len(lines) <= LINES, f"{len(lines)} lines of {WIDTH}"
    assert "\n\n\n" not in text


@one_of_each
@pytest.mark.parametrize("mode", ["auto", "review"])
def test_it_names_the_commands_that_its_list_has_and_no_others(team: Team, member: Member, mode: str) -> None:
    text = rendered(replace(team, merge_mode=mode), member)
    head, _, listed = text.partition("## What you can type")
    able = {found[1] for found in TYPED.finditer(listed)}
    assert {found[1] for found in TYPED.finditer(head)} <= able
    leads = repertoire.abilities(team, member, True).leads
    kind = member.role.role_type
    assert ("done" in able, "blocked" in able) == (kind == "engineer",) * 2
    assert ("assign" in able, "task release" in able) == (leads, leads)
    assert ("merge" in able, "reject" in able) == (leads and mode == "review",) * 2
    assert ("lesson" in able, "task add" in able, "status" in able) == (kind != "engineer",) * 3


@pytest.mark.parametrize(
    ("team", "member"), [(team, member) for _, team, member in EVERYBODY if member.role.role_type == "engineer"],
    ids=[id for id, _, member in EVERYBODY if member.role.role_type == "engineer"],
)  # fmt: skip
def test_who_types_no_commands_is_told_of_none(team: Team, member: Member) -> None:
    text = rendered(team, member, shell=False)
    assert "batty-hooks" not in text and not re.search(r"`git |`[A-Z]* ?TEXT|write to\b.*:", text)
    assert "The end of a turn that has changed something reports" in text
    assert f"You are **{member.name}**" in text and "{{" not in text


def test_cards_that_wait_to_be_assigned_are_the_managers_to_give() -> None:
    _, team, manager = next(one for one in EVERYBODY if one[0] == "simple manager")
    by_hand = rendered(replace(team, dispatch={"todo": "manual"}), manager)
    assert "begun only when it has an owner" in by_hand and "by themselves" not in by_hand
    assert "by themselves" in rendered(team, manager)


def test_who_leads_engineers_itself_is_told_how() -> None:
    texts = {id: rendered(team, member) for id, team, member in EVERYBODY}
    assert "## Your engineers" in texts["pair architect"] and "`[for:: MANAGER]`" not in texts["pair architect"]
    assert "## Your engineers" not in texts["simple architect"] and "`[for:: MANAGER]`" in texts["simple architect"]
    assert "`#backend` or `#frontend`" in texts["software tech-lead"]
    assert "`#backend`" in texts["software backend-lead"] and "`#frontend`" in texts["software frontend-lead"]


@pytest.mark.parametrize("name", ["backend.md", "frontend.md"])
def test_what_all_engineers_are_told_is_the_same_for_each_kind(name: str) -> None:
    ours, theirs = (ROLES / "engineer.md").read_text(), (ROLES / name).read_text()
    for part in ("## How you work", "## When something is in the way", "## Rules"):
        section = ours[ours.index(part) :].partition("\n## ")[0]
        assert section in theirs


@pytest.mark.parametrize("file", sorted(ROLES.glob("*.md")), ids=lambda file: file.name)
def test_no_shipped_prompt_is_without_a_template_that_uses_it(file: Path) -> None:
    used = {member.role.prompt for _, team, member in EVERYBODY} | {f"{kind}.md" for kind in ROLE_TYPES}
    assert file.name in used and prompts.unknown(file.read_text()) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{{#shell}}a{{/shell}}{{^shell}}b{{/shell}} {{ name }}", []),
        ("{{#shell}}{{#leads}}a{{/leads}}{{/shell}}", []),
        ("one\n{{#shel}}\ntwo\n{{/shel}}\n", [(2, "#shel"), (4, "/shel")]),
        ("one\n{{#shell}}\ntwo\n", [(2, "#shell")]),
        ("{{/shell}}", [(1, "/shell")]),
        ("{{nmae}}", [(1, "nmae")]),
        ("{{#shell}}{{boos}}{{/shell}}", [(1, "boos")]),
    ],
)
def test_sections(text: str, wrong: list[tuple[int, str]]) -> None:
    assert prompts.unknown(text) == wrong
    team = starting.template_team("solo")
    if wrong:
        with pytest.raises(FatalError, match=f":{wrong[0][0]}: there is no placeholder"):
            prompts.render(text, team, team.members[0], "")
    else:
        assert prompts.render(text, team, team.members[0], "").startswith(("a engineer-1", "\n\n", "##"))
