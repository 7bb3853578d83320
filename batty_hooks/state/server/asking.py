"""Asking the server, and moving its trunk: the only two things here that take a network's time.

The trunk moves there by compare-and-swap: an explicit lease on the commit that was tested upon, and a check of our own
that what lands holds it (a lease alone lets a rewind through). Of a push that was not answered only the server knows,
so its journal stays until the next look.
"""

from __future__ import annotations

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.server import journal, seen
from batty_hooks.system.git import refs, server

_SOON = 5.0  # seconds


def look(project: Project, remote: str, trunk: str, seconds: float) -> server.Answer:
    """See where the trunk stands on the server, and go by that; what a push has left open is known then."""
    left = journal.under_way(project)
    answer = server.fetch(project.root, remote, trunk, seconds)
    if answer.outcome == server.ACCEPTED:
        seen.go_by(project, remote, trunk)
        if left and not left.is_alive:
            journal.forget(project)
    return answer


def publish(project: Project, remote: str, trunk: str, base: str, tip: str, seconds: float) -> server.Answer:
    """Move the server's trunk from ``base`` to ``tip``. Raises FatalError where ``tip`` does not hold ``base``: that
    would take somebody's commits off the trunk. Call it under the landing lock."""
    if not refs.contains(project.root, tip, base):
        raise FatalError(f"{tip[:10]} does not hold {base[:10]}, so it is not pushed", "batty-hooks doctor")
    journal.begun(project, base, tip)
    answer = push(project, remote, trunk, base, tip, seconds)
    if answer.outcome == server.UNREACHABLE:
        journal.unanswered(project, base, tip)
        return answer
    if answer.outcome == server.ACCEPTED:
        if server.seen(project.root, remote, trunk) != tip:  # (git has seen to that itself, where its refspec says so)
            refs.update(project.root, f"refs/remotes/{remote}/{trunk}", tip, base, "batty-hooks: land")
        seen.go_by(project, remote, trunk)
    journal.forget(project)
    return answer


def push(project: Project, remote: str, branch: str, base: str, tip: str, seconds: float) -> server.Answer:
    """Move the server's ``branch`` from ``base`` ("": it is not there) to ``tip``. One that has not ended in time is
    REFUSED where the server answers: the upload takes longer, or a hook does. Each try begins anew: what is to be
    uploaded is brought there ahead of the next one (uploading.py), and where that does not help it is told, and tried
    ever more seldom."""
    answer = server.push(project.root, remote, branch, base, tip, seconds)
    if not answer.late:
        return answer
    there, oid = server.ask(project.root, remote, branch, _SOON)
    if there.outcome == server.ACCEPTED and oid == tip:
        return there
    stands = oid == base if there.outcome == server.ACCEPTED else there.outcome == server.NOT_THERE and not base
    return server.Answer(server.REFUSED, f"{answer.said}, though {remote} answers", late=True) if stands else answer


def accept(project: Project, remote: str, trunk: str) -> seen.Rewritten | None:
    """Go by the server's rewritten trunk from now on; what it was is kept as `refs/batty/rewritten/…`. None where
    nothing was rewritten."""
    found = seen.rewritten(project, remote, trunk)
    if found:
        refs.update(project.root, f"{seen.REWRITTEN}{found.was[:12]}", found.was)
        refs.update(project.root, seen.gone_by(trunk), found.now, found.was, "batty-hooks: accepted as rewritten")
    return found
