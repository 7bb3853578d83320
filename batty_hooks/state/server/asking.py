"""Asking the server, and moving its trunk: the only two things here that take a network's time.

The trunk moves there by compare-and-swap: an explicit lease on the commit that was tested upon, and a check of our own
that what lands holds it (a lease alone lets a rewind through). Of a push that was not answered only the server knows,
so its journal stays until the next look.
"""

from __future__ import annotations

import hashlib

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.server import journal, seen
from batty_hooks.system import atomic
from batty_hooks.system.git import refs, server

_SOON, _ASKED = 5.0, 30.0  # seconds
_HOOK_LIMIT, _HOOK_SILENCE = 6 * 3600.0, 1800.0  # that a pre-push hook may take, and go on without a word


def look(project: Project, remote: str, trunk: str, seconds: float) -> server.Answer:
    """See where the trunk stands on the server, and go by that; what a push has left open is known then."""
    left = journal.under_way(project)
    answer = server.fetch(project.root, remote, trunk, seconds)
    if answer.outcome == server.ACCEPTED:
        seen.go_by(project, remote, trunk)
        if left and not left.is_alive:
            journal.forget(project)
    return answer


def publish(
    project: Project, remote: str, trunk: str, base: str, tip: str, seconds: float, hook: bool = True
) -> server.Answer:
    """Move the server's trunk from ``base`` to ``tip``; ``hook``: the pre-push hook here is still to be asked. Raises
    FatalError where ``tip`` does not hold ``base``: that would take somebody's commits off the trunk. Call it under the
    landing lock."""
    if not refs.contains(project.root, tip, base):
        raise FatalError(f"{tip[:10]} does not hold {base[:10]}, so it is not pushed", "batty-hooks doctor")
    journal.begun(project, base, tip)
    answer = push(project, remote, trunk, base, tip, seconds, hook)
    if answer.outcome == server.UNREACHABLE:
        journal.unanswered(project, base, tip)
        return answer
    if answer.outcome == server.ACCEPTED:
        if server.seen(project.root, remote, trunk) != tip:  # (git has seen to that itself, where its refspec says so)
            refs.update(project.root, f"refs/remotes/{remote}/{trunk}", tip, base, "batty-hooks: land")
        seen.go_by(project, remote, trunk)
    journal.forget(project)
    return answer


def push(
    project: Project, remote: str, branch: str, base: str, tip: str, seconds: float, hook: bool = True
) -> server.Answer:
    """Move the server's ``branch`` from ``base`` ("": it is not there) to ``tip``. One that has not ended in time is
    REFUSED where the server answers: the upload takes longer, or a hook does. Each try begins anew: what is to be
    uploaded is brought there ahead of the next one (uploading.py), and where that does not help it is told, and tried
    ever more seldom."""
    answer = server.push(project.root, remote, branch, base, tip, seconds, hook=hook)
    if not answer.late:
        return answer
    there, oid = server.ask(project.root, remote, branch, _SOON)
    if there.outcome == server.ACCEPTED and oid == tip:
        return there
    stands = oid == base if there.outcome == server.ACCEPTED else there.outcome == server.NOT_THERE and not base
    return server.Answer(server.REFUSED, f"{answer.said}, though {remote} answers", late=True) if stands else answer


def ask_hook(project: Project, remote: str, branch: str, base: str | None, tip: str) -> server.Answer:
    """What the pre-push hook here says to a push of ``tip`` to the server's ``branch``, from ``base`` or (None) from
    where it stands: ACCEPTED or REFUSED, or why it was not asked. Nothing is sent. It may take its time: hold no lock
    that others wait for."""
    there, oid = server.ask(project.root, remote, branch, _ASKED)
    if there.outcome not in (server.ACCEPTED, server.NOT_THERE):
        return there
    if base is not None and (oid or "") != base:
        return server.Answer(server.STALE, f"{branch}: it has moved")
    trace = project.batty / f"hook-{hashlib.sha1(branch.encode()).hexdigest()[:12]}.trace"
    atomic.remove(trace)  # of one who was killed
    try:
        answer = server.push(project.root, remote, branch, oid or "", tip, _HOOK_LIMIT, trial=True,
                             silence=_HOOK_SILENCE, trace=trace)  # fmt: skip
    finally:
        atomic.remove(trace)
    waited, _, _ = answer.said.partition(";")
    return server.Answer(server.REFUSED, f"the pre-push hook here: {waited}") if answer.late else answer


def accept(project: Project, remote: str, trunk: str) -> seen.Rewritten | None:
    """Go by the server's rewritten trunk from now on; what it was is kept as `refs/batty/rewritten/…`. None where
    nothing was rewritten."""
    found = seen.rewritten(project, remote, trunk)
    if found:
        refs.update(project.root, f"{seen.REWRITTEN}{found.was[:12]}", found.was)
        refs.update(project.root, seen.gone_by(trunk), found.now, found.was, "batty-hooks: accepted as rewritten")
    return found
