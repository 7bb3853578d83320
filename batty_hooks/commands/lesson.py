"""batty-hooks lesson: what the team has learned, for every brief from now on."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.people import identity
from batty_hooks.rules.look import Look
from batty_hooks.state import lessons
from batty_hooks.state import project as project_map
from batty_hooks.state.team import rights


@click.command()
@click.argument("text", nargs=-1)
def command(text: tuple[str, ...]) -> None:
    """Add TEXT to what the team has learned, or show that.

    Every brief carries the newest lessons, so that no mistake is made twice. They stand in .batty/lessons.md, which
    may be edited.
    """
    project = project_map.here()
    words = " ".join(text).strip()
    if not words:
        known = lessons.everything(project)
        click.echo("\n".join(f"- {lesson}" for lesson in known) or "nothing yet: `batty-hooks lesson TEXT` adds one")
        return
    look = Look(project)
    identity.require(look, Path.cwd(), rights.LESSON, "", "a lesson")
    is_new = lessons.add(project, words, identity.sender(look, Path.cwd()))
    left = len(lessons.everything(project)) - len(lessons.newest(project))
    said = "every brief carries it" if is_new else "it is there already"
    older = f"; older ones that go along no more: {left}" if left else ""
    click.echo(f"{project.lessons.relative_to(project.root)}: {said}{older}")
