"""batty-hooks report: a page of what happened, its numbers, or a trace of it."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.people import since as since_map
from batty_hooks.people.report import gathering, numbers, page, trace, writing
from batty_hooks.state import project as project_map
from batty_hooks.state.project import Project


@click.command()
@click.option("--since", "said", default="", help="Since when: 2h, 3d, today, yesterday, a date (when not said, all).")
@click.option("-o", "file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE",
              help="Where to write it; - for the standard output.  [default: .batty/report.html]")  # fmt: skip
@click.option("--open", "is_opened", is_flag=True, help="Open it in your browser.")
@click.option("--live", is_flag=True, help="Keep it current until Ctrl-C; the page reads itself again.")
@click.option("--trace", "as_trace", is_flag=True, help="A trace for ui.perfetto.dev instead.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: the numbers instead.")
def command(said: str, file: Path | None, is_opened: bool, live: bool, as_trace: bool, as_json: bool) -> None:
    """Write a page of what happened: who did what, what waited.

    One file, without a server: the timeline, where each card's time went, the gate, who was waited for.
    """
    project, since = project_map.here(), since_map.moment(said)
    is_page = not as_trace and not as_json
    if (as_trace and as_json) or ((live or is_opened) and (not is_page or str(file) == "-")):
        raise FatalError(
            "these do not go together", "give --json or --trace alone, --open and --live for a page", USAGE
        )
    if as_trace:
        _put(
            project,
            file,
            json.dumps(trace.as_data(gathering.gather(project, since, with_words=False)), ensure_ascii=False),
        )
    elif as_json:
        data = numbers.as_data(gathering.gather(project, since, with_words=False))
        _put(project, file, json.dumps(data, indent=1, ensure_ascii=False, default=str))
    elif str(file) == "-":
        _put(project, file, page.page(gathering.gather(project, since)).rstrip("\n"))
    else:
        _page(project, writing.place(project, file), said, is_opened, live)


def _put(project: Project, file: Path | None, text: str) -> None:
    if file is None or str(file) == "-":
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "replace"))
    else:
        path = writing.place(project, file)
        writing.put(path, f"{text}\n")
        click.echo(path)


def _page(project: Project, path: Path, said: str, is_opened: bool, live: bool) -> None:
    writing.write(project, path, since_map.moment(said), live)
    click.echo(path)
    if is_opened and not webbrowser.open(path.as_uri()):
        click.echo("no browser was found: open the file yourself", err=True)
    if live:
        click.echo("kept current until Ctrl-C", err=True)
        try:
            for _ in writing.keep(project, path, lambda: since_map.moment(said)):
                pass
        finally:
            writing.write(project, path, since_map.moment(said))
