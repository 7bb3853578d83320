"""batty-hooks inbox: what has been written to a member."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import click

from batty_hooks.people import identity, past
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import screen

_SHOWN = 200  # unread ones, the oldest; nobody reads more at a time, and each of them is a file to be read


@click.command()
@click.argument("who", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what has been read.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--at", "when", default="", metavar="TIME", help=past.OPTION)
def command(who: str | None, everything: bool, as_json: bool, when: str) -> None:
    """List the unread messages of WHO (when not said, yours).

    WHO may also be somebody who is not in the team any more.
    """
    project = project_map.here()
    look = Look(project)
    name = identity.whose_inbox(look, who) if who else identity.sender(look, Path.cwd())
    with past.looked(project, when) as look:
        _show(look.project, name, everything, as_json)


def _show(project: Project, name: str, everything: bool, as_json: bool) -> None:
    if everything or as_json:
        messages = inbox.listed(project, name) if everything else inbox.waiting(project, name)
        more = 0
    else:
        messages = list(islice(inbox.each_waiting(project, name), _SHOWN))
        more = inbox.count_waiting(project, name) - _SHOWN if len(messages) == _SHOWN else 0  # (a directory is none)
    if as_json:
        fields = ("id", "sender", "subject", "kind", "card", "date", "unread")
        click.echo(json.dumps([{field: getattr(message, field) for field in fields} for message in messages], indent=1))
        return
    if not messages:
        click.echo(f"no {'' if everything else 'unread '}messages for {name}")
        return
    rows = [
        (m.id, m.sender, screen.moment(events.seconds(m.date)), "new" if m.unread else "", m.subject) for m in messages
    ]
    screen.table(("id", "from", "at", "", "subject"), rows)
    if more > 0:
        screen.line(f"and {more} more, which have come since; `batty-hooks inbox --all` lists every message", "dim")
    screen.line("\n`batty-hooks read ID` shows one (`batty-hooks read` the oldest unread)", "dim")
