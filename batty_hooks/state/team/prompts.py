"""Role prompts (`team_config/*.md`), rendered: each agent is told who it is, whom it works with and what it can type.

A prompt may place these facts itself (`{{name}}`, `{{boss}}`, … or the blocks `{{you}}` and `{{commands}}`). Blocks it
does not place are added at its end, so a prompt from elsewhere tells an agent its own name too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.team.document import suggest
from batty_hooks.state.team.model import ARCHITECT, ENGINEER, MANAGER, Member, Role, Team
from batty_hooks.system import shipped

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")
PLACEHOLDERS = (
    "name", "role", "team", "boss", "human", "reports", "engineers", "may_write_to", "trunk", "test_command",
    "you", "commands",
)  # fmt: skip
_BLOCKS = ("you", "commands")
_COMMON = (
    ("batty-hooks inbox", "list your unread messages"),
    ("batty-hooks read", "read the oldest unread message"),
    ('batty-hooks send WHO "TEXT"', "write to somebody: {writes}"),
    ('batty-hooks ask "QUESTION"', "ask {boss}; go on with what does not depend on the answer"),
    ("batty-hooks board", "see the board"),
    ("batty-hooks task show CARD", "see one card whole"),
)
_OF_TYPE = {
    ENGINEER: (
        ("batty-hooks done", "report your card: its branch is tested and, if that passes, lands by itself"),
        ('batty-hooks blocked "WHY"', "say that you cannot go on, and what you need; {boss} is told"),
    ),
    MANAGER: (
        ("batty-hooks status", "see who works on what, what waits, and what needs somebody"),
        ('batty-hooks task add "TITLE" --body -', "put a new card under TODO, its body from stdin"),
        ("batty-hooks assign WHO CARD", "give a card to an engineer ({reports})"),
        ("batty-hooks task release CARD", "take a card back, so that another engineer gets it"),
        ('batty-hooks task block CARD "WHY"', "hold a card back"),
        ("batty-hooks task unblock CARD", "let it go on"),
        ("batty-hooks log --card CARD", "see what has happened to a card"),
    ),
    ARCHITECT: (
        ("batty-hooks status", "see who works on what, what waits, and what needs somebody"),
        ('batty-hooks task add "TITLE" --after CARD --body -', "put a new card under TODO, its body from stdin"),
        ('batty-hooks task block CARD "WHY"', "hold a card back"),
        ("batty-hooks task unblock CARD", "let it go on"),
        ("batty-hooks log --card CARD", "see what has happened to a card"),
    ),
}
_OF_LEADERS = (
    ("batty-hooks show CARD", "see what a card would land: its commits, its verdict, the diff; needed for a review"),
    ("batty-hooks merge CARD", "let a card land that waits for your review (with --approve: its protected paths too)"),
    ('batty-hooks reject CARD "WHY"', "send a card back to its engineer with the reason; it costs no retry"),
)


def render(text: str, team: Team, member: Member, test_command: str) -> str:
    """A role's prompt for one member. Raises FatalError with the file and the word of an unknown placeholder."""
    for line, word in unknown(text):
        raise FatalError(
            f"{member.role.prompt or member.role.name}:{line}: there is no placeholder {{{{{word}}}}}",
            suggest(word, PLACEHOLDERS),
        )
    facts = _facts(team, member, test_command)
    lacking = [block for block in _BLOCKS if f"{{{{{block}}}}}" not in _squeezed(text)]
    whole = "\n\n".join([text.strip(), *(f"{{{{{block}}}}}" for block in lacking)])
    return _PLACEHOLDER.sub(lambda found: facts[found[1]], whole) + "\n"


def unknown(text: str) -> list[tuple[int, str]]:
    """The placeholders of a prompt that cannot be filled, each with its line."""
    return [
        (text.count("\n", 0, found.start()) + 1, found[1])
        for found in _PLACEHOLDER.finditer(text)
        if found[1] not in PLACEHOLDERS
    ]


def file_of(directory: Path, role: Role) -> Path | None:
    """Where a role's prompt lies: beside team.yaml, else among the shipped ones; without `prompt:` the shipped one
    of its role type. None when it is nowhere."""
    name = role.prompt or f"{role.role_type}.md"
    return next((place for place in (directory / name, _shipped() / name) if place.is_file()), None)


def known_files(directory: Path) -> list[str]:
    """The names a `prompt:` can have."""
    return sorted({path.name for place in (directory, _shipped()) for path in place.glob("*.md")})


def _shipped() -> Path:
    return shipped.templates() / "roles"


def _squeezed(text: str) -> str:
    return _PLACEHOLDER.sub(lambda found: f"{{{{{found[1]}}}}}", text)


def _facts(team: Team, member: Member, test_command: str) -> dict[str, str]:
    writes = sorted(name for name in team.names - {member.name} if team.may_write(member.name, name))
    facts = {
        "name": member.name,
        "role": member.role.name,
        "team": team.name,
        "boss": member.boss,
        "human": team.human,
        "reports": _listed(member.reports),
        "engineers": _listed(engineer.name for engineer in team.engineers),
        "may_write_to": _listed(writes),
        "trunk": team.trunk or "the trunk",
        "test_command": test_command or "(no test command is set yet; ask for one before you report)",
    }
    commands = _commands(
        member, _leads_engineers(team, member), writes=facts["may_write_to"], boss=member.boss, reports=facts["reports"]
    )
    return {**facts, "you": _you(team, member, facts), "commands": commands}


def _leads_engineers(team: Team, member: Member) -> bool:
    return any(engineer.boss == member.name for engineer in team.engineers)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _you(team: Team, member: Member, facts: dict[str, str]) -> str:
    boss = "the human who runs this team" if member.boss == team.human else "who you report to and ask"
    lines = [
        "## Who you are",
        f"- You are **{member.name}**, {_article(member.role.name)} of the team {team.name}.",
        f"- Your boss is **{member.boss}**: {boss}.",
        *([f"- You lead: {facts['reports']}."] if member.reports else []),
        f"- You may write to: {facts['may_write_to']}. A message to anybody else is refused.",
        f"- Tested work lands on {facts['trunk']}. The test command is: {_code(test=facts['test_command'])}",
    ]
    return "\n".join(lines)


def _article(role: str) -> str:
    return f"{'an' if role[0].lower() in 'aeiou' else 'a'} {role}"


def _code(test: str) -> str:
    return test if test.startswith("(") else f"`{test}`"


def _commands(member: Member, leads: bool, **words: str) -> str:
    rows = (*_OF_TYPE.get(member.role.role_type, ()), *(_OF_LEADERS if leads else ()), *_COMMON)
    return "\n".join(["## What you can type", *(f"- `{typed}`: {what.format(**words)}" for typed, what in rows)])
