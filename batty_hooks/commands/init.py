"""batty-hooks init: a team, its prompts and a board in an existing repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from shlex import quote

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import choosing, installing
from batty_hooks.people.choosing import Template
from batty_hooks.state import project as project_map
from batty_hooks.state import team, testcommand
from batty_hooks.state.project import Project
from batty_hooks.state.team import agents as known_agents
from batty_hooks.state.team import one_agent, own_templates, starting
from batty_hooks.state.testcommand import Guess
from batty_hooks.system import atomic, screen
from batty_hooks.system.git import refs

_NEXT = (
    ("edit kanban.md", "write a card under ## TODO: `- [ ] what is to be done`"),
    ("batty-hooks validate", "after any change of team.yaml or the prompts beside it"),
    ("batty-hooks start --attach", "the team in tmux; saved cards are worked on, tested and landed"),
)
_COMMAND_NEXT = ("edit team.yaml", "`command:` is what runs for each card, in its worktree; exit 0 means done")


def _beginning(words: Callable[[], Iterable[str]]) -> Callable[..., list[str]]:
    """What a shell completes an option's value from."""
    return lambda context, option, typed: [word for word in words() if word.startswith(typed)]


def _agents() -> list[str]:
    """By the names of their files: pressing TAB in somebody else's repository runs nothing of it."""
    return known_agents.known(Path(".batty/team_config"))


@click.command()
@click.option(
    "--template",
    metavar="NAME",
    shell_complete=_beginning(starting.templates),
    help="Which team: `batty-hooks templates` shows them.",
)
@click.option(
    "--from",
    "source",
    metavar="NAME|DIR",
    shell_complete=_beginning(own_templates.names),
    help="A team of your own: of `export-template`, or of a directory.",
)
@click.option(
    "--agent",
    metavar="NAME",
    shell_complete=_beginning(_agents),
    help="One agent for every role, also of a team that is here already.",
)
@click.option(
    "--force", is_flag=True, help="Write team and prompts anew; the old ones are kept beside them as *.old-N."
)
@click.option(
    "--switch", is_flag=True, help="Go on with that team: its roles replace the old ones; settings and prompts stay."
)
def command(template: str | None, source: str | None, agent: str | None, force: bool, switch: bool) -> None:
    """Set up a team: team.yaml, prompts, board and git hooks.

    Without a template it asks which team and which agent; where nobody can answer, it is `pair`. What exists is kept.
    """
    if template and source:
        raise FatalError("one team is set up at a time", "give either --template or --from", USAGE)
    if force and switch:
        raise FatalError("--force writes all anew, and --switch the roles alone", "take one of them", USAGE)
    project = project_map.find(Path.cwd())
    chosen = _named(template, source) or (None if _has_team(project) and not (force or switch) else _asked(project))
    if chosen and not (template or source) and not agent and choosing.can_ask():
        agent = choosing.ask_agent(chosen, chosen.agents_beside(project.team_directory)) or None
    raw = _roles_with(project, chosen, agent)
    project.require_new_place()
    project.prepare()
    _require_team_of_checkout(project)
    for name, content in (
        own_templates.files(chosen.directory, chosen.team).items() if chosen and chosen.directory else ()
    ):
        _write(project, project.own_team_file.parent / name, content, force)  # team.yaml may name them
    guess = None
    if switch and chosen:
        _switch(project, chosen, raw)
    else:
        guess = _write_team(project, chosen, raw, agent, force)
    hired = team.load(project)
    for path, content in starting.shipped_prompts(project, hired).items():
        if not (path.exists() and chosen and chosen.directory):
            _write(project, path, content, force)
    trunk = installing.bring_trunk(project)
    is_new, done = installing.set_up(project)
    _say_file(project, project.board_file, is_new)
    for line in done:
        click.echo(f"  hooks {line}")
    _say_team(project, hired, guess, trunk)


def _named(template: str | None, source: str | None) -> Template | None:
    if source:
        return choosing.own_template(source)
    return choosing.shipped_template(template) if template else None


def _has_team(project: Project) -> bool:
    return project.team_file.exists() and starting.has_roles(
        project.team_file.read_text("utf-8-sig", "surrogateescape")
    )


def _asked(project: Project) -> Template:
    if choosing.can_ask():
        return choosing.ask_team()
    click.echo(f"the team is {choosing.USUAL}, which is the usual one: `batty-hooks templates` shows the others")
    return choosing.shipped_template(choosing.USUAL)


def _roles_with(project: Project, chosen: Template | None, agent: str | None) -> bytes:
    """The text of a template, all of one agent if that is wanted: what does not fit is said before anything is made."""
    if not chosen:
        return b""
    raw = chosen.text()
    return one_agent.cast(raw, agent, chosen.agents_beside(project.team_directory)) if agent else raw


def _require_team_of_checkout(project: Project) -> None:
    team.file(project)
    if branch := team.source(project):
        now = refs.current_branch(project.root) or "what is checked out here"
        raise FatalError(
            f"the team is committed on {branch}, and {now} has none of it",
            f"git switch {quote(branch)} && batty-hooks init",
        )


def _write_team(project: Project, chosen: Template | None, raw: bytes, agent: str | None, force: bool) -> Guess | None:
    """A team.yaml that holds just a gate (hooks-only use) gets the roles added at its end. Gives what was guessed and
    written as the test command, if a new file was written and there is one."""
    path = project.team_file
    if path.exists() and not (force and chosen):
        if _has_team(project):
            _keep(project, chosen, agent)
        elif chosen:
            atomic.write(path, starting.changed_roles(path.read_bytes(), chosen.roles_in(raw), project.team_directory))
            click.echo(f"  added {_shown(project, path)}: the roles of {chosen.name}; the rest is as it was")
        return None
    guess, trunk = testcommand.find(project), installing.trunk_of(project)
    if chosen and chosen.directory:
        _write(project, path, own_templates.for_project(raw, trunk), force)
        return guess if guess.command and team.set_command(project, guess.command) else None
    name = chosen.name if chosen else ""
    text = starting.settings(f"The team ({name}) and its gate", trunk, guess.command, installing.remote_of(project))
    _write(project, path, f"{text}\n{raw.decode()}".encode(), force)
    return guess if guess.command else None


def _keep(project: Project, chosen: Template | None, agent: str | None) -> None:
    """The team that is here stays; ``agent`` is given to all of it."""
    path = project.team_file
    if not agent or chosen:
        more = f" (--switch: the roles of {chosen.name}; --force: all anew)" if chosen else ""
        more += "; --agent without a template changes its agents" if agent else ""
        click.echo(f"  kept  {_shown(project, path)}{more}")
        return
    before, raw = team.load(project), path.read_bytes()
    new = one_agent.cast(raw, agent, project.team_directory)
    if new == raw:
        click.echo(f"  kept  {_shown(project, path)}: every agent is {agent}")
        return
    atomic.write(path, new)
    click.echo(f"  changed {_shown(project, path)}: every agent is {agent}; the rest is as it was")
    for role, key in one_agent.left_over(before, agent):
        click.echo(f"  look at {_shown(project, path)}: role {role} has `{key}:`, written for another agent")


def _switch(project: Project, chosen: Template, raw: bytes) -> None:
    """The roles alone: the gate, the settings and the prompts that somebody has made better are not the template's."""
    path = project.team_file
    if not path.exists():
        raise FatalError("there is no team here to switch from", chosen.typed, USAGE)
    then = starting.changed_roles(path.read_bytes(), chosen.roles_in(raw), project.team_directory)
    _write(project, path, then, force=True)
    click.echo(f"        the roles of {chosen.name}; the rest is as it was")


def _write(project: Project, path: Path, content: bytes, force: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if force and path.exists() and path.read_bytes() != content:
        old = _set_aside(path)
        atomic.write(path, content)
        click.echo(f"  made  {_shown(project, path)} (the old one is {old.name})")
    else:
        _say_file(project, path, atomic.create(path, content))


def _set_aside(path: Path) -> Path:
    number = 1
    while not atomic.create(path.with_name(f"{path.name}.old-{number}"), path.read_bytes()):
        number += 1
    return path.with_name(f"{path.name}.old-{number}")


def _say_file(project: Project, path: Path, made: bool) -> None:
    click.echo(f"  {'made ' if made else 'kept '} {_shown(project, path)}")


def _shown(project: Project, path: Path) -> str:
    return str(path.relative_to(project.root))


def _say_team(project: Project, hired: team.Team, guess: Guess | None, trunk: str | None) -> None:
    click.echo(f"\n{hired.name}: {', '.join(member.name for member in hired.members)}")
    facts = {
        "trunk": installing.say_trunk(project, trunk),
        "server": installing.say_remote(project),
        "gate": installing.say_gate(project, guess),
        "commit": installing.say_commit(project),
        "note": testcommand.find_onlookers(project),
    }
    for about, lines in facts.items():
        for number, line in enumerate(lines):
            click.echo(f"  {'' if number else about:<6} {line}")
    click.echo("\nNext:")
    to_fill = any(role.command == one_agent.OWN_COMMAND for role in hired.roles)
    for typed, why in (*([_COMMAND_NEXT] if to_fill else []), *_NEXT):
        screen.parts((f"  {typed:<28}", "green"), (why, "dim"))
