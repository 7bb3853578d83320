"""batty-hooks templates: the teams that `init` can set up, each with a picture of who leads whom."""

from __future__ import annotations

import json

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people.choosing import Template, all_templates, mistakes
from batty_hooks.state.team.document import suggest
from batty_hooks.system import screen


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Show the teams that `init` can set up.

    Each with its members, who leads them, and their agents; those of your own (`export-template`) too.
    """
    known = {template.name: template for template in all_templates()}
    for name in names:
        if name not in known:
            raise FatalError(f"there is no template {name!r}", suggest(name, known), USAGE)
    shown = [template for template in known.values() if not names or template.name in names]
    if as_json:
        click.echo(json.dumps([template.facts() for template in shown], indent=1, ensure_ascii=False))
        return
    for template in shown:
        _say(template)
    for mistake in mistakes():
        screen.parts(("left out: ", "red"), (f"{mistake.what} ({mistake.mend})", ""))
    screen.parts(("batty-hooks init --template NAME", "green"), ("  sets one up; without a template it asks", "dim"))


def _say(template: Template) -> None:
    screen.parts((f"{template.name}: ", "bold"), (template.what, ""))
    for line in template.picture():
        screen.parts((f"  {line}", ""))
    screen.line(f"  {template.typed}", "dim")
    click.echo()
