"""How the local trunk stands to the server's: behind it, ahead of it, both; and what is to be done about that."""

from __future__ import annotations

from batty_hooks.rules import guarding, merged
from batty_hooks.rules.look import Look
from batty_hooks.state import queue, server, trunk
from batty_hooks.system.git import refs
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Following:
    """The local trunk beside that of the ``remote`` ("": it lives here). ``is_behind``: it lacks something; ``ahead``
    is its commit where that is not on the server ("": it is); ``held_by`` is what in its checkout keeps it from
    following; ``came_back``: its commits were offered as they are, and came back;
    ``taken_off``: it holds what was taken off the server, which nobody but a person puts there again."""

    remote: str = ""
    is_behind: bool = False
    ahead: str = ""
    held_by: tuple[str, ...] = ()
    came_back: bool = False
    taken_off: bool = False

    @property
    def can_follow(self) -> bool:
        """Whether it may be moved now."""
        return self.is_behind and not self.ahead and not self.held_by


def of(look: Look) -> Following:
    """How it stands now."""
    return look.once("following", _of)


def _of(look: Look) -> Following:
    remote = look.team.remote
    if not remote:
        return Following()
    here, there = look.local_tip, look.tip
    if here == there:
        return Following(remote.name)
    ahead = "" if look.contains(here) else here
    is_behind = not ahead or not trunk.contains(look.project, here, there)
    held = () if ahead or not is_behind else tuple(_held_by(look, here, there))
    back, off = (_came_back(look, ahead), _has_taken_off(look, ahead)) if ahead else (False, False)
    return Following(remote.name, is_behind, ahead, held, back, off)


def _held_by(look: Look, here: str, there: str) -> list[str]:
    left = server.under_way(look.project)
    if left and left.is_alive:  # the lock is taken
        return [f"a push to {look.team.remote and look.team.remote.name}"]
    return trunk.obstacles(look.project, look.trunk, here, there)


def _has_taken_off(look: Look, commit: str) -> bool:
    """Whether it leads to something that the server's trunk had and, since a rewrite that was accepted, has no more."""
    shared = (refs.merge_base(look.project.root, was, commit) for was in server.taken_off(look.project))
    return any(one and not look.contains(one) for one in shared)


def _came_back(look: Look, commit: str) -> bool:
    return any(attempt.commit == commit for attempt in look.attempts(queue.branch_key(look.trunk)))


def to_offer(look: Look) -> str:
    """The commit of the local trunk that is to be offered: a person's work, made or pulled there, that the server does
    not have. "" when there is none, when it waits already or came back, or was moved there past the guard."""
    now = of(look)
    if not now.ahead or now.came_back or now.taken_off or guarding.strayed(look):
        return ""
    if merged.has_landed(look, queue.branch_key(look.trunk), now.ahead):
        return ""
    waiting = queue.get(look.project, queue.branch_key(look.trunk))
    return "" if waiting and waiting.commit == now.ahead else now.ahead
