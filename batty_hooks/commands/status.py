"""batty-hooks status: what needs you, who does what, what waits, and what happens next."""

from __future__ import annotations

import time

import click

from batty_hooks.people import past
from batty_hooks.state import project as project_map

_AGAIN_SECONDS = 2.0


@click.command()
@click.option("--watch", "again", is_flag=True, help="Draw it again every two seconds.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: needs_you, members, queue, next …")
@click.option("--at", "when", default="", metavar="TIME", help=past.OPTION)
def command(again: bool, as_json: bool, when: str) -> int:
    """Show what needs you, the members, the queue, the next.

    The exit code is 1 when something needs you.
    """
    from batty_hooks.people import standing_page  # half of what `status` imports: not for who mistypes an option

    project = project_map.here()
    while True:
        with past.looked(project, when) as look:
            needed = standing_page.as_json(look) if as_json else standing_page.show(look, again)
        if not again or when:
            return 1 if needed else 0
        time.sleep(_AGAIN_SECONDS)
