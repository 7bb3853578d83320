"""batty-hooks history: what the team's state was, and what has changed it."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path

import click

from batty_hooks.errors import USAGE, YOUR_TURN, FatalError
from batty_hooks.moves.base import bringing_back
from batty_hooks.people import identity, past, since
from batty_hooks.rules.look import Look
from batty_hooks.state import history, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.history import Entry
from batty_hooks.system import screen


class _History(click.Group):
    """Without one of its verbs, it lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_History)
def command() -> None:
    """List, compare, restore and forget the team's states.

    Each is a commit: `git log -p refs/batty/history -- kanban.md` shows them too. `--at TIME` of status, board, show,
    inbox and log shows one. `list [CARD|MEMBER]` is what is meant when no verb is said.
    """


@command.command("list")
@click.argument("about", required=False, metavar="[CARD|MEMBER]")
@click.option("--since", "said", default="", help="Since when: 2h, 3d, today, 10:40, a date.")
@click.option("--lines", "-n", default=40, show_default=True, help="How many, the newest (0: all).")
@click.option("--all", "everything", is_flag=True, help="Also those between, in which nothing had happened.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def listed(about: str | None, said: str, lines: int, everything: bool, as_json: bool) -> None:
    """List the states, oldest first: when, and what had happened."""
    project = project_map.here()
    found = history.entries(project, since.moment(said))
    wanted = (one for one in found if everything or not one.message.startswith(history.BETWEEN))
    shown = list(islice((one for one in wanted if not about or _is_about(one, about)), lines or None))[::-1]
    if as_json:
        click.echo(json.dumps([_facts(one) for one in shown], indent=1, ensure_ascii=False))
        return
    for one in shown:
        gist = one.message.partition("\n")[0]
        screen.line(f"{screen.moment(one.at, seconds=True)}  {one.commit[:10]}  {gist}", hang=10)
    if not shown and not about:
        off = not Look(project).team.history
        click.echo("no history is kept: team.yaml says `history: off`" if off else "no history yet")


def _is_about(entry: Entry, what: str) -> bool:
    return what.lstrip("^") in "".join(c if c.isalnum() or c in "-_" else " " for c in entry.message).split()


def _facts(entry: Entry) -> dict[str, object]:
    gist, _, rest = entry.message.partition("\n")
    return {"commit": entry.commit, "at": entry.at, "author": entry.author, "gist": gist, "text": rest.strip()}


@command.command()
@click.argument("one", metavar="TIME")
@click.argument("other", metavar="TIME", required=False)
@click.argument("paths", nargs=-1)
def diff(one: str, other: str | None, paths: tuple[str, ...]) -> None:
    """Show what has changed from one time to another (now)."""
    project = project_map.here()
    before = past.found(project, one)
    after = past.found(project, other) if other else next(iter(history.entries(project)))
    text = history.diff(project, before, after, paths, screen.is_terminal() and "NO_COLOR" not in os.environ)
    if screen.is_terminal():
        os.environ.setdefault("LESS", "FRX")
        click.echo_via_pager(text.decode("utf-8", "replace"), color=True)
    else:
        click.echo(text, nl=False)


@command.command()
@click.argument("when", metavar="TIME")
@click.option("--board", "only_board", is_flag=True, help="Only kanban.md, with its claims.")
@click.option("--team", "only_team", is_flag=True, help="Only team.yaml, prompts and agents of your own.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(when: str, only_board: bool, only_team: bool, yes: bool) -> int:
    """Bring the board and the team's files back as they were.

    What would change is shown first. What has landed since stays landed; the trunk and the worktrees are not touched.
    The state of now is in the history too, and can be brought back in the same way.
    """
    project = project_map.here()
    identity.require_person(project, Path.cwd(), "bring back what was")
    entry = past.found(project, when)
    both = only_board == only_team
    changes = bringing_back.wanted(project, entry, both or only_board, both or only_team)
    if not changes:
        click.echo("nothing would change: it is as it was then")
        return 0
    for line in bringing_back.shown(changes):
        screen.line(line, "green" if line.startswith("+") else "red" if line.startswith("-") else "")
    if not yes and not (screen.is_terminal() and click.confirm("Bring it back?")):
        click.echo("nothing was changed; with --yes it is")
        return YOUR_TURN
    bringing_back.take(project, entry, changes)
    click.echo(f"{', '.join(changes)} as at {screen.moment(entry.at, seconds=True)}")
    watcher.wake(project)
    return 0


@command.command()
@click.option("--before", "said", required=True, metavar="AGE", help="What is older goes: 30d, a date.")
def forget(said: str) -> None:
    """Forget what is older than a time; the newest state stays."""
    moment = since.moment(said, "--before")
    if not moment:
        raise FatalError("--before is empty", "batty-hooks history forget --before 30d", USAGE)
    gone = history.forget(project_map.here(), moment)
    click.echo(f"{screen.counted(gone, 'state')} forgotten; git frees their space with its next `git gc`")
