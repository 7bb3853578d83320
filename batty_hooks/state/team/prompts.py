"""Role prompts (`team_config/*.md`), rendered: each agent is told who it is, whom it works with and what it can type.

A prompt may place these facts itself (`{{name}}`, `{{boss}}`, … or the blocks `{{you}}` and `{{commands}}`). Blocks it
does not place are added at its end, so a prompt from elsewhere tells an agent its own name too. What is for some
members of a role only stands between `{{#shell}}` and `{{/shell}}` (for those that type commands) or `{{^shell}}` and
`{{/shell}}` (for the others), as in Mustache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.team import repertoire
from batty_hooks.state.team.document import suggest
from batty_hooks.state.team.model import Member, Role, Team
from batty_hooks.state.team.repertoire import Abilities
from batty_hooks.system import late, shipped

_PLACEHOLDER = late.pattern(r"\{\{\s*([^{}\n]*?)\s*\}\}")
PLACEHOLDERS = (
    "name", "role", "team", "boss", "human", "reports", "engineers", "may_write_to", "trunk", "test_command",
    "you", "commands",
)  # fmt: skip
CONDITIONS = ("shell", "leads", "managers", "review", "manual")
_BLOCKS = ("you", "commands")
_MARK = late.pattern(r"\{\{\s*([#^/])\s*(\w+)\s*\}\}")
_LINE_OF_A_MARK = late.pattern(r"^[ \t]*(\{\{\s*[#^/]\s*\w+\s*\}\})[ \t]*\n", re.MULTILINE)
_SECTION = late.pattern(r"\{\{\s*([#^])\s*(\w+)\s*\}\}((?:(?!\{\{\s*[#^/]).)*)\{\{\s*/\s*\2\s*\}\}", re.DOTALL)
_MUTE = """\
## What you can do
- You read and change files of this worktree; what you change is committed for you. What you say is read by whoever
  looks at this pane, and by nobody else.
- You cannot type commands, run the tests or write to anybody. The end of a turn that has changed something reports
  your card: its branch is tested and, if that passes, lands by itself."""


def render(text: str, team: Team, member: Member, test_command: str, shell: bool = True) -> str:
    """A role's prompt for one member; ``shell`` says whether its model types commands. Raises FatalError with the file
    and the word of an unknown placeholder."""
    for line, word in unknown(text):
        raise FatalError(
            f"{member.role.prompt or member.role.name}:{line}: there is no placeholder {{{{{word}}}}}",
            suggest(word, (*PLACEHOLDERS, *CONDITIONS)),
        )
    able = repertoire.abilities(team, member, shell)
    facts = _facts(team, member, able, test_command)
    text = _for(able, text)
    lacking = [block for block in _BLOCKS if f"{{{{{block}}}}}" not in _squeezed(text)]
    whole = "\n\n".join([text.strip(), *(f"{{{{{block}}}}}" for block in lacking)])
    return _PLACEHOLDER.sub(lambda found: facts[found[1]], whole) + "\n"


def unknown(text: str) -> list[tuple[int, str]]:
    """The placeholders of a prompt that cannot be filled, each with its line; a section that has no end, or is of a
    word that there is not, is one too."""
    left = text
    while (found := _SECTION.search(left)) and found[2] in CONDITIONS:
        inside = found[0][found[0].index("}}") + 2 : found[0].rindex("{{")]
        left = f"{left[: found.start()]}{inside}{left[found.end() :]}"
    open_ones = {mark[0] for mark in _MARK.finditer(left)}
    return [
        (text.count("\n", 0, found.start()) + 1, found[1])
        for found in _PLACEHOLDER.finditer(text)
        if (found[0] in open_ones if _MARK.fullmatch(found[0]) else found[1] not in PLACEHOLDERS)
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


def _for(able: Abilities, text: str) -> str:
    """The text with the sections that hold for a member; a mark alone on its line takes the line with it."""
    left = _LINE_OF_A_MARK.sub(r"\1", text)
    while found := _SECTION.search(left):
        holds = getattr(able, found[2]) == (found[1] == "#")
        left = f"{left[: found.start()]}{found[3] if holds else ''}{left[found.end() :]}"
    return left


def _facts(team: Team, member: Member, able: Abilities, test_command: str) -> dict[str, str]:
    facts = {
        "name": member.name,
        "role": member.role.name,
        "team": team.name,
        "boss": member.boss,
        "human": team.human,
        "reports": _listed(member.reports),
        "engineers": _listed(engineer.name for engineer in team.engineers),
        "may_write_to": _listed(team.writes_to(member.name)),
        "trunk": f"{team.remote.name}/{team.trunk}" if team.remote and team.trunk else team.trunk or "the trunk",
        "test_command": test_command or "(no test command is set yet; ask for one before you report)",
    }
    rows = [f"- `{typed}`: {what}" for typed, what in repertoire.commands(team, member, able)]
    commands = "\n".join(["## What you can type", *rows]) if able.shell else _MUTE
    return {**facts, "you": _you(team, member, able, facts), "commands": commands}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _you(team: Team, member: Member, able: Abilities, facts: dict[str, str]) -> str:
    boss = "the human who runs this team" if member.boss == team.human else "who you report to and ask"
    lines = [
        "## Who you are",
        f"- You are **{member.name}**, {_article(member.role.name)} of the team {team.name}.",
        f"- Your boss is **{member.boss}**{f': {boss}' if able.shell else ''}.",
        *([f"- You lead: {facts['reports']}."] if member.reports else []),
        *(
            [f"- You may write to: {facts['may_write_to']}. A message to anybody else is refused."]
            if able.shell
            else []
        ),
        f"- Tested work lands on {facts['trunk']}. The test command is: {_code(test=facts['test_command'])}",
    ]
    return "\n".join(lines)


def _article(role: str) -> str:
    return f"{'an' if role[0].lower() in 'aeiou' else 'a'} {role}"


def _code(test: str) -> str:
    return test if test.startswith("(") else f"`{test}`"
