"""batty-hooks remote: look at the server on which the trunk lives."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import TRY_AGAIN, YOUR_TURN, FatalError
from batty_hooks.moves import poll
from batty_hooks.moves.base import forging, reaching
from batty_hooks.people import identity, served
from batty_hooks.rules import serving
from batty_hooks.rules.look import Look
from batty_hooks.state import events, pulls, server, team, watcher
from batty_hooks.state import project as project_map
from batty_hooks.state.team import Remote
from batty_hooks.system import lock, screen
from batty_hooks.system.git import server as asked
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, ids


@click.command()
@click.option("--accept", metavar="COMMIT", help="Go on from COMMIT, to which the trunk was rewritten there.")
def command(accept: str | None) -> int:
    """Look at the trunk's server now, and say how it stands.

    What waits for it is tried again at once. The exit code is 75 when it does not answer.
    """
    project = project_map.here()
    look = Look(project)
    remote = look.team.remote
    if remote is None:
        file = team.shown(project)
        raise FatalError("the trunk lives here, on no server",
                         f"${{EDITOR:-vi}} {file}  (`remote: {{name: origin}}` says on which it does)")  # fmt: skip
    if found := served.not_there(look, ""):
        raise FatalError(*found)
    with lock.held(project.lock("server"), serving.LOOK_LIMIT), screen.working(f"looking at {remote.name}"):
        reaching.ask(look)
    if remote.land == "pr":
        _ask_forge(look)
    if accept:
        _accept(Look(project), remote, accept)
    elif server.notes(project).refusals:
        server.note(project, **serving.again(server.notes(project)))
    for upload in server.uploads(project).values():
        server.enter_upload(project, replace(upload, refused="", failures=0))
    look = Look(project)
    screen.line(served.words(look))
    watcher.wake(project)
    known = server.notes(project)
    if known.outcome == asked.NOT_THERE and (found := served.not_there(look, known.said)):
        raise FatalError(*found, TRY_AGAIN)
    if known.outcome:
        raise FatalError(f"{remote.name} cannot be asked: {known.said or known.outcome}",
                         f"git fetch {remote.name}  (once that works)", TRY_AGAIN)  # fmt: skip
    return YOUR_TURN if server.rewritten(project, remote.name, look.trunk) else 0


def _ask_forge(look: Look) -> None:
    """What could not be offered is tried again at once, whoever had to log in for that."""
    project = look.project
    with forging.at_the_forge(project), screen.working("looking at pull requests"):
        for pull in pulls.known(project):
            if pull.trouble:
                pulls.put(project, replace(pull, trouble=""))
        pulls.note(project, pulls.Notes())
        poll.ask(Look(project))


def _accept(look: Look, remote: Remote, commit: str) -> None:
    """Only a person says so, and of the very commit that is there."""
    project = look.project
    found = server.rewritten(project, remote.name, look.trunk)
    if not found:
        raise FatalError(
            f"{look.trunk} on {remote.name} has what it had: there is nothing to accept", "batty-hooks status"
        )
    if len(commit) < 7 or not found.now.startswith(commit):
        raise FatalError(f"{look.trunk} on {remote.name} is at {found.now[:12]}, not at {commit}",
                         f"batty-hooks remote --accept {found.now[:12]}")  # fmt: skip
    if identity.sender(look, Path.cwd()) != look.team.human:
        raise FatalError(
            "only a person accepts that a trunk was rewritten", f"batty-hooks ask {look.team.human} QUESTION"
        )
    id = ids.of_server("accepted", f"{found.was} {found.now}")
    text = (
        f"{found.now[:10]} is gone by from here on; {found.was[:10]} is kept as refs/batty/rewritten/{found.was[:12]}"
    )
    events.append(project, id, happened.SERVER_ACCEPTED, label=remote.name, commit=found.now, text=text)
    server.accept(project, remote.name, look.trunk)
