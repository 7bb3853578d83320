"""failover: a member whose agent is at its usage limit goes on with the next agent of its role, in the same worktree.
Who has none waits with everybody else on the account until the limit is over, with its card.

The next agent is told what it has in hand, what came back of it, and to look what was done (see nudge). With its next
card, or idle with nothing before it where it has none, a member goes back to the first agent that may work again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.moves.base import hearing, interface, launching
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import succession
from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, events, members, panes, watcher
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.system import process
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, ids, keys

NAME = "failover"
ORDER = 8
WATCHES = ("members",)
SLOW = False
LOCK = interface.AGENTS
_END_SECONDS = 3.0
_GO, _WAIT, _OVER = "go", "wait", "over"


def ripe(look: Look) -> Iterator[Item]:
    """Members that another agent is to go on for, and those that are to wait for a limit somebody else has reached."""
    if watcher.is_being_stopped(look.project) or not look.panes:
        return
    for pane in look.panes:
        member = look.team.member(pane.member)
        if member is None or not pane.alive:
            continue
        if agent := succession.next_agent(look, member, pane):
            key = keys.join(_GO, pane.member, agent, f"{pane.started:.0f}")
            yield Item(key, f"{pane.member} is to go on with {agent}", member=pane.member)
        elif succession.waits_for_nothing(look, member, pane):
            yield Item(keys.join(_OVER, pane.member), f"{pane.member} need not wait any more", member=pane.member)
        elif limit := succession.shared_limit(look, member, pane):
            key = keys.join(_WAIT, pane.member, f"{limit.until:.0f}")
            yield Item(key, f"{pane.member} shares an account that is at its limit", member=pane.member)


def take(project: Project, item: Item) -> None:
    """Looked at again: another process may have made it."""
    look, pane, kind = Look(project), panes.of(project, item.member), keys.split(item.key)[0]
    member = look.team.member(item.member)
    if pane is None or member is None:
        return
    if kind == _GO:
        if agent := succession.next_agent(look, member, pane):
            _go_on(look, member, pane, agent)
    elif kind == _OVER:
        if succession.waits_for_nothing(look, member, pane):
            hearing.know(project, item.member, members.READY, "the limit is over", members.SHARED)
    elif limit := succession.shared_limit(look, member, pane):
        why = f"its account has reached its limit: {limit.why}"
        hearing.know(project, item.member, members.LIMIT, why, members.SHARED, until=limit.until)


def _go_on(look: Look, member: Member, pane: Pane, agent: str) -> None:
    """The event, the new process in the same pane and worktree; the old one is ended, for some outlive their pane."""
    project, now = look.project, time.time()
    text = f"{agent} goes on for {pane.agent}"
    events.append(project, ids.of_member(member.name, "failover", f"{agent}.{pane.started:.0f}"), happened.FAILOVER,
                  member=member.name, text=text)  # fmt: skip
    deliveries.forget(project, member.name)
    launching.respawn(look, member, replace(pane, agent=agent), False, (*panes.recent_starts(pane), now))
    if pane.pid:
        process.end(pane.pid, pane.birth, _END_SECONDS)
