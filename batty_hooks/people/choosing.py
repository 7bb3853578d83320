"""Which team, and which agent: what can be chosen, and the two questions of `init` on a terminal. Not a move."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from batty_hooks.agents import base as agents
from batty_hooks.errors import FatalError
from batty_hooks.state.team import agents as known_agents
from batty_hooks.state.team import one_agent, own_templates, starting
from batty_hooks.state.team.model import Team
from batty_hooks.state.team.picture import picture
from batty_hooks.system import screen
from batty_hooks.system.records import dataclass

USUAL = "pair"  # what a pipe gets, and who only presses Enter


@dataclass(frozen=True)
class Template:
    """A team that can be set up. ``directory`` is that of a person's own, None for one that comes along."""

    name: str
    what: str
    team: Team
    directory: Path | None = None

    @property
    def typed(self) -> str:
        """The command that sets it up."""
        return f"batty-hooks init --{'from' if self.directory else 'template'} {shlex.quote(self.name)}"

    @property
    def agents(self) -> list[str]:
        """The agents of its roles."""
        return list(dict.fromkeys(agent for member in self.team.members for agent in member.role.agents))

    def text(self) -> bytes:
        """Its team.yaml, without what belongs to one project alone."""
        if self.directory:
            return own_templates.general(own_templates.read(self.directory)[0])
        return starting.template_text(self.name).encode()

    def agents_beside(self, project: Path) -> Path:
        """Beside what the agents lie that it may have besides the shipped ones: its own team.yaml, or, of a template
        that comes along, that of the project it is set up in (``project``)."""
        return self.directory or project

    def roles_in(self, raw: bytes) -> str:
        """Its roles, of its text ``raw``, for a team.yaml that has settings of its own."""
        return own_templates.roles_of(raw) if self.directory else raw.decode()

    def picture(self) -> list[str]:
        """Who leads whom, a line each."""
        return picture(self.team)

    def facts(self) -> dict[str, object]:
        """For scripts."""
        members = [
            {"name": one.name, "role_type": one.role.role_type, "agents": [*one.role.agents], "boss": one.boss}
            for one in self.team.members
        ]
        return {
            "name": self.name, "what": self.what, "command": self.typed, "members": members,
            "directory": str(self.directory) if self.directory else None,
        }  # fmt: skip


def all_templates() -> list[Template]:
    """The shipped ones, smallest first, then those of this person that have no mistake."""
    shipped = [shipped_template(name) for name in starting.templates()]
    tried = [own_template_or_mistake(name) for name in own_templates.names()]
    return [*shipped, *(one for one in tried if isinstance(one, Template))]


def shipped_template(name: str) -> Template:
    """A template that comes along. Raises FatalError with the nearest right name."""
    what = starting.template_text(name).partition("\n")[0].lstrip("# ").removeprefix(f"{name}: ")
    return Template(name, what, starting.template_team(name))


def mistakes() -> list[FatalError]:
    """What is wrong with the other ones."""
    tried = [own_template_or_mistake(name) for name in own_templates.names()]
    return [one for one in tried if isinstance(one, FatalError)]


def own_template_or_mistake(name: str) -> Template | FatalError:
    """A template of this person, or what is wrong with it."""
    try:
        return own_template(name)
    except FatalError as error:
        return error


def own_template(word: str) -> Template:
    """The template of a name or directory. Raises FatalError when there is none, or it has a mistake."""
    directory = own_templates.find(word)
    _, team = own_templates.read(directory)
    return Template(word, f"of your own, in {directory}", team, directory)


def installed(directory: Path) -> list[str]:
    """The agents whose program is on the PATH here."""
    return [name for name in known_agents.known(directory) if _is_here(name, directory)]


def _is_here(name: str, directory: Path) -> bool:
    try:
        program = agents.named(name, directory / "agents").PROGRAM
    except FatalError:  # a file of the user's own that cannot be read
        return False
    return bool(program and shutil.which(program))


def can_do_all(team: Team, directory: Path) -> list[str]:
    """The agents that every role of a team could be, those that are installed here first."""
    here = installed(directory)
    able = [name for name in known_agents.known(directory) if not one_agent.unfit(team, name, directory)]
    return sorted(able, key=lambda name: (name not in here, name))


def can_ask() -> bool:
    """Whether a person is there who can answer: some agents, and some CI, type in a terminal and see no question."""
    is_machine = any(map(os.environ.get, ("CI", "BATTY_MEMBER", *agents.marks())))
    return sys.stdin.isatty() and sys.stdout.isatty() and not is_machine


def ask_team() -> Template:
    """The first question."""
    found = all_templates()
    rows = [(one.name, f"{one.what}  {_size(one.team)}") for one in found]
    names = [one.name for one in found]
    return found[names.index(_ask("Which team?", rows, USUAL))]


def ask_agent(template: Template, directory: Path) -> str:
    """The second question: an agent for all, or "" for those that the template names."""
    here = installed(directory)
    lacking = [name for name in template.agents if name not in here and name != known_agents.COMMAND]
    able = can_do_all(template.team, directory)
    as_written = ("as written", f"{' and '.join(template.agents)}{_missing(lacking)}")
    rows = [(name, "installed here" if name in here else _absent(name)) for name in able]
    usable = [name for name in able if name in here]
    if lacking and usable:
        rows.insert(len(usable), as_written)
    else:
        rows.insert(0, as_written)
    answer = _ask("Which agent?", rows, rows[0][0])
    return "" if answer == as_written[0] else answer


def _absent(name: str) -> str:
    return "any program, run for each card" if name == known_agents.COMMAND else "not installed here"


def _missing(lacking: Sequence[str]) -> str:
    return f" ({', '.join(lacking)} not installed here)" if lacking else ""


def _size(team: Team) -> str:
    number = len(team.members)
    return "one agent" if number == 1 else f"{number} agents"


def _ask(question: str, rows: Sequence[tuple[str, str]], usual: str) -> str:
    """The name that somebody chose: by its number, by itself or by its beginning; Enter is the usual one."""
    screen.line(question, "bold")
    for number, (name, words) in enumerate(rows, 1):
        screen.parts((f"  {number:>2}  {name:<11}", "green" if name == usual else ""), (words, ""))
    names = [name for name, _ in rows]
    while True:
        said = str(click.prompt("  number or name", default=usual)).strip()
        close = [names[int(said) - 1]] if said.isdecimal() and 0 < int(said) <= len(names) else []
        for same in (str, str.lower):  # (a template of one's own may have capitals)
            begun = [name for name in names if same(name).startswith(same(said))]
            close = close or [name for name in names if same(name) == same(said)] or begun
        if len(close) == 1:
            return close[0]
        screen.line(f"  {said!r} is none of them", "red")
