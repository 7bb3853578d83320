"""setup: makes an engineer's worktree ready to work in: copies, links and setup commands, before there is a brief.

A setup may take minutes, so it is a slow move: it holds up its own member and nobody else. What failed is not tried
again by itself, for that is a person's turn (`batty-hooks ready MEMBER`), unless what it was made from changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from batty_hooks.agents import base as agents
from batty_hooks.moves.base import setting_up
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import readiness
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.rules.readiness import DUE
from batty_hooks.state import members, setup
from batty_hooks.state.project import Project
from batty_hooks.state.setup import Memory
from batty_hooks.state.team import Member
from batty_hooks.system import lock
from batty_hooks.vocabulary import keys

NAME = "setup"
ORDER = 35
WATCHES = ("ready", "worktrees")
SLOW = True


def ripe(look: Look) -> Iterator[Item]:
    """Engineers who are not at work and whose worktree is not ready for what comes next."""
    if look.paused or not look.setup:
        return
    for member in look.team.engineers:
        if member.name not in look.homes or _is_at_work(look, member):
            continue
        if readiness.of(look, member.name) == DUE:
            head = look.homes[member.name].head[:10]
            yield Item(keys.join(member.name, head), f"{member.name}'s worktree is to be made ready", "", member.name)


def take(project: Project, item: Item) -> None:
    """Make the worktree ready; what is remembered of it goes last."""
    with lock.tried(setup.own_lock(project, item.member)) as got:
        look = Look(project)
        if got and readiness.of(look, item.member, holding=True) == DUE:
            home, log = look.homes[item.member], setting_up.new_log(look, item.member)
            setting_up.for_member(look, item.member, home, log)


def running(project: Project) -> Sequence[Memory]:
    """The worktrees being made ready at this moment, here or in other processes."""
    return setup.going(project)


def capacity(look: Look) -> int:
    """How many may be made ready at once: they share disk and network, and one that hangs must not hold up all."""
    return max(2, os.cpu_count() or 1)


def _is_at_work(look: Look, member: Member) -> bool:
    if members.is_running(look.project, member.name):
        return True
    known = look.state(member.name)
    agent = agents.readable(member.role.agent, look.project.adapters)
    in_a_turn = bool(known and known.state in (members.WORKING, members.ASKING))
    if in_a_turn and (agent is None or agent.INTERACTIVE):
        return True
    card = look.in_hand(member.name)
    return bool(card and not card.blocked and standing_brief(look.project, member.name, card.id))
