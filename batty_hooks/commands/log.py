"""batty-hooks log: what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import click

from batty_hooks.people import colours, overview, past
from batty_hooks.state import events
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project
from batty_hooks.system import reader, screen
from batty_hooks.vocabulary import happened


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on showing events as they come.")
@click.option("--json", "as_json", is_flag=True, help="The lines as they are written.")
@click.option("--card", help="Only what is about this card.")
@click.option("--flaky", is_flag=True, help="Only tests that have both failed and passed on the same tree.")
@click.option("--lines", "-n", default=40, show_default=True, help="How many past events to show (0: all).")
@click.option("--at", "when", default="", metavar="TIME", help=past.OPTION)
def command(follow: bool, as_json: bool, card: str | None, flaky: bool, lines: int, when: str) -> None:
    """Show what happened, oldest first.

    What agents in panes say of themselves (state) is shown with --json alone.
    """
    with past.looked(project_map.here(), when) as look:
        _log(look.project, follow and not when, as_json, card, flaky, lines)


def _log(project: Project, follow: bool, as_json: bool, card: str | None, flaky: bool, lines: int) -> None:
    wanted = (card or "").lstrip("^")
    start = events.size(project)

    def is_wanted(event: dict[str, Any]) -> bool:
        about = (event.get("card"), *event.get("cards", ()))
        is_shown = as_json or event["event"] != happened.STATE
        return is_shown and (not wanted or wanted in about) and (not flaky or event["event"] == happened.GATE_FLAKY)

    if lines:
        _show(reversed(list(islice(filter(is_wanted, events.newest(project)), lines))), as_json)
    else:
        _show(filter(is_wanted, events.read(project)), as_json)
    if follow:
        _show(filter(is_wanted, events.follow(project, start, goes_on=reader.is_there)), as_json)


def _show(found: Iterable[dict[str, Any]], as_json: bool) -> None:
    for event in found:
        if as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            screen.line(overview.event_line(event), colours.of_event(event["event"]), hang=10)
