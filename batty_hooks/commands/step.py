"""batty-hooks step: make the moves that are ripe."""

from __future__ import annotations

import click

from batty_hooks.errors import FatalError
from batty_hooks.moves.runner import Runner
from batty_hooks.state import project as project_map


@click.command()
@click.argument("moves", nargs=-1, metavar="[MOVE]...")
@click.option("--until-idle", is_flag=True, help="Go on, waiting for running tests and agents, until nothing is ripe.")
def command(moves: tuple[str, ...], until_idle: bool) -> int:
    """Make every ripe move once, or only the named ones.

    The moves are: dispatch, gate, land …
    """
    project = project_map.here()
    troubles: dict[str, int] = {}

    def say(item: str, error: FatalError) -> None:
        troubles[f"{item}: {error.what}\n  → {error.mend}"] = error.code

    runner = Runner(project, list(moves) or None, say)
    if until_idle:
        runner.until_idle()
    else:
        runner.once()
    for words in troubles:
        click.echo(words, err=True)
    return max(troubles.values(), default=0)
