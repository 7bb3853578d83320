"""batty-hooks log: what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from batty_hooks.moves import overview
from batty_hooks.state import events
from batty_hooks.state import project as project_map
from batty_hooks.system import screen

_STYLES = {"landed": "bold green", "gate passed": "green", "blocked": "bold red", "trouble": "red", "broken": "red"}


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on showing events as they come.")
@click.option("--json", "as_json", is_flag=True, help="The lines as they are written.")
@click.option("--card", help="Only what is about this card.")
@click.option("--lines", "-n", default=40, show_default=True, help="How many past events to show (0: all).")
def command(follow: bool, as_json: bool, card: str | None, lines: int) -> None:
    """Show what happened, oldest first."""
    project = project_map.here()
    wanted = (card or "").lstrip("^")
    start = events.size(project)
    past = [event for event in events.read(project) if not wanted or event.get("card") == wanted]
    _show(past[-lines:] if lines else past, as_json, wanted)
    if follow:
        _show(events.follow(project, start), as_json, wanted)


def _show(found: Iterable[dict[str, Any]], as_json: bool, wanted: str) -> None:
    for event in found:
        if wanted and event.get("card") != wanted:
            continue
        if as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            style = next((style for name, style in _STYLES.items() if event["event"].startswith(name)), "")
            if event["event"].startswith(("gate failed", "gate timeout", "handed back")):
                style = "yellow"
            screen.line(overview.event_line(event), style)
