"""outfit: makes an engineer's worktree ready to work in: copies, links and setup commands, before there is a brief.

A setup may take minutes, so it is a slow move: it holds up its own member and nobody else. What failed is not tried
again by itself, for that is a person's turn (`batty-hooks ready MEMBER`), unless what it was made from changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from batty_hooks.agents import base as agents
from batty_hooks.moves.base import Item, Look, outfitting
from batty_hooks.moves.base.briefs import standing_brief
from batty_hooks.moves.base.outfitting import DUE
from batty_hooks.state import members, outfit
from batty_hooks.state.outfit import Memory
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.system import lock

NAME = "outfit"
ORDER = 35
WATCHES = ("ready", "worktrees")
SLOW = True


def ripe(look: Look) -> Iterator[Item]:
    """Engineers who are not at work and whose worktree is not ready for what comes next."""
    if look.paused or not look.wishes:
        return
    for member in look.team.engineers:
        if member.name not in look.homes or _is_at_work(look, member):
            continue
        if outfitting.readiness(look, member.name) == DUE:
            head = look.homes[member.name].head[:10]
            yield Item(f"{member.name}:{head}", f"{member.name}'s worktree is to be made ready", "", member.name)


def take(project: Project, item: Item) -> None:
    """Make the worktree ready; what is remembered of it goes last."""
    with lock.tried(outfit.own_lock(project, item.member)) as got:
        look = Look(project)
        if got and outfitting.readiness(look, item.member, holding=True) == DUE:
            home, log = look.homes[item.member], outfitting.new_log(look, item.member)
            outfitting.for_member(look, item.member, home, log)


def running(project: Project) -> Sequence[Memory]:
    """The worktrees being made ready at this moment, here or in other processes."""
    return outfit.going(project)


def room(look: Look) -> int:
    """How many may be made ready at once: they share disk and network, and one that hangs must not hold up all."""
    return max(2, os.cpu_count() or 1)


def _is_at_work(look: Look, member: Member) -> bool:
    if members.is_running(look.project, member.name):
        return True
    known = members.state(look.project, member.name)
    agent = agents.readable(member.role.agent, look.project.adapters)
    in_a_turn = bool(known and known.state in (members.WORKING, members.ASKING))
    if in_a_turn and (agent is None or agent.INTERACTIVE):
        return True
    if not look.project.board_file.exists():
        return False
    mine = [card for card in look.board.cards if card.lane == "in progress" and card.owner == member.name]
    return any(card.id and not card.blocked and standing_brief(look.project, member.name, card.id) for card in mine)
