"""How `doctor` tries the server on which the trunk lives: is it there, is the trunk there, may we push, and with
`land: pr`, does `gh` or `glab` get to its forge?

Nothing is moved: the push is a dry run. That asks none of the server's hooks, so whether the trunk is protected there
is known only by the first landing that is refused.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator

from batty_hooks.people import at_forge, served
from batty_hooks.rules import pulls, reasons
from batty_hooks.rules.look import Look
from batty_hooks.state.team import Remote
from batty_hooks.system import forge
from batty_hooks.system.git import config, refs, server
from batty_hooks.system.git.server import Answer

_LIMIT_SECONDS = 20.0  # of each question
_TRIAL = "batty/trial"  # a branch that is not there, and is not made

Found = tuple[bool, str, str]


def checked(look: Look, remote: Remote) -> Iterator[Found]:
    """(whether it is well, what was found, what mends it: "" for a note)."""
    root, name = look.project.root, remote.name
    if found := served.not_there(look, ""):
        yield False, f"server: {found[0]}", found[1]
        return
    began = time.monotonic()
    answer, oid = server.ask(root, name, look.trunk, _LIMIT_SECONDS)
    took = f"{time.monotonic() - began:.1f} s"
    if answer.outcome != server.ACCEPTED:
        yield _away(look, name, answer, took)
        return
    where = server.address(root, name)
    yield True, f"server: {name} ({where}) has {look.trunk} at {(oid or '')[:10]}; it answered within {took}", ""
    yield _may_push(look, name)
    if remote.land == "pr":
        yield _forge(look, name)
    yield from _depth(look, name)


def _away(look: Look, name: str, answer: Answer, took: str) -> Found:
    typed = shlex.quote(name)
    if answer.outcome == server.NOT_THERE and (found := served.not_there(look, answer.said)):
        return False, f"server: {found[0]} (it answers within {took})", found[1]
    says = {
        server.LOGIN: "does not let us in", server.NOT_THERE: "is not there",
    }.get(answer.outcome, f"cannot be reached (tried for {took})")  # fmt: skip
    where = server.address(look.project.root, name)
    what = f"server: {name} ({where}) {says}: {answer.said or answer.outcome}"
    return False, what, f"git ls-remote {typed}  (once that works, it goes on by itself)"


def _may_push(look: Look, name: str) -> Found:
    root, typed = look.project.root, shlex.quote(name)
    answer = server.push(root, name, _TRIAL, refs.ZERO, look.local_tip, _LIMIT_SECONDS, trial=True, hook=False)
    if answer.outcome == server.ACCEPTED:
        return (
            True,
            f"server: {name} takes pushes (a dry run; whether {look.trunk} is protected is its hooks' to say)",
            "",
        )
    mend = f"git push --dry-run {typed} HEAD:refs/heads/{_TRIAL}  (once that works)"
    if len(config.push_urls(root, name)) > 1:
        mend = f"git remote set-url --delete --push {typed} ADDRESS  (until one is left)"
    return False, f"server: nothing can be pushed to {name}: {answer.said or answer.outcome}", mend


def _forge(look: Look, name: str) -> Found:
    """Whether the program by which pull requests are made gets to where they are."""
    place = pulls.place_of(look)
    answer, _ = forge.found(look.project.root, place, look.trunk, _TRIAL, _LIMIT_SECONDS)
    if answer.outcome != forge.ACCEPTED:
        what, mend = at_forge.trouble(place, name, answer)
        return False, f"server: {what}", mend
    where = "/".join(filter(None, (place.host, place.path)))
    return True, f"server: {place.program} gets to {where}, where {forge.words_at(place).name}s are made", ""


def _depth(look: Look, name: str) -> Iterator[Found]:
    """Notes: neither keeps work from landing by itself."""
    if (look.project.common / "shallow").exists():
        yield False, (f"this clone is shallow: a branch that left {look.trunk} before it begins cannot be merged "
                      f"(`{reasons.DEEPEN}`)"), ""  # fmt: skip
    if config.get(look.project.root, f"remote.{name}.promisor") == "true":
        yield (
            False,
            f"this clone is partial: while {name} is away, a merge that needs what is not here waits for it",
            "",
        )
