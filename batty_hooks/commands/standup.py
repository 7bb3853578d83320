"""batty-hooks standup: what has become of each member's work since yesterday; no model is asked."""

from __future__ import annotations

import json
import time

import click

from batty_hooks.people import colours, needs
from batty_hooks.people import since as since_map
from batty_hooks.rules import standup
from batty_hooks.rules.look import Look
from batty_hooks.rules.standup import Part
from batty_hooks.state import project as project_map
from batty_hooks.system import screen


@click.command()
@click.option("--since", "said", default="yesterday", help="Since when: 2h, 3d, today, yesterday (as it is), a date.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one entry for each member.")
def command(said: str, as_json: bool) -> None:
    """Tell what each member landed, has in hand, waits for.

    Read from the board, the trunk and the queue; no agent is asked.
    """
    look, since = Look(project_map.here()), since_map.moment(said)
    parts = standup.parts(look, since)
    if as_json:
        click.echo(json.dumps([part._asdict() for part in parts], indent=1, ensure_ascii=False))
        return
    landed = sum(len(part.landed) for part in parts)
    todo, held = standup.to_be_begun(look)
    screen.line(
        f"{look.team.name}, since {screen.moment(since) if since else 'its beginning'}: {landed} landed, "
        f"{sum(len(part.in_hand) for part in parts)} in hand, {todo} to do{f' ({held} held back)' if held else ''}",
        "bold",
    )
    for part in parts:
        _say(part)
    idle = [part.member for part in parts if part.is_empty]
    if idle:
        screen.line(f"\nnothing of: {', '.join(idle)}", "dim")
    needed = needs.of(look)
    if needed:
        screen.heading(f"needs you ({len(needed)}; `batty-hooks status`)")
        for need in needed:
            age = f" (for {screen.ago(time.time() - need.since)})" if need.since else ""
            screen.line(f"  {need.what}{age}", colours.NEED, hang=4)


def _say(part: Part) -> None:
    if part.is_empty:
        return
    screen.heading(part.member or "(nobody)")
    for heading, style in colours.STANDUP.items():
        for words in getattr(part, heading):
            screen.line(f"  {heading.replace('_', ' '):<8} {words}", style, hang=11)
