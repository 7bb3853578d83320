"""end_turn: the end of a turn is the report of an agent whose model can run no commands (Aider). It cannot say `done`.

Only work that was not reported yet counts: a new commit on the card's branch. An agent that stops without one is asked,
as any other that stops without a word.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.agents import base as agents
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import own_files
from batty_hooks.rules.look import Look
from batty_hooks.state import members, queue, signals, trunk, worktrees
from batty_hooks.state.members import Report
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.system.git import refs
from batty_hooks.vocabulary import keys

NAME = "end_turn"
ORDER = 58  # after nudge: who was killed in its turn is first told to go on, and has a message to read then
WATCHES = ("members",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Members that are ready, have nothing to read, and stand on a commit that nobody has seen."""
    for pane in look.panes:
        if _has_stopped(look, pane) and (report := _report(look, pane.member)):
            yield Item(_key(report), f"{report.card} is done", report.card, report.member)


def take(project: Project, item: Item) -> None:
    """Leave the report for the offer move."""
    report = _report(Look(project), item.member)
    if report and _key(report) == item.key:
        members.report(project, report)


def _key(report: Report) -> str:
    return keys.join(report.member, report.commit)


def _has_stopped(look: Look, pane: Pane) -> bool:
    agent, member = agents.readable(pane.agent, look.project.adapters), pane.member
    if getattr(agent, "SHELL", True):
        return False
    known = look.state(member)
    is_ready = bool(known and known.state == members.READY) and not signals.first(look.project, member)
    return is_ready and not own_files.unread(look, member) and own_files.on_its_way(look, member) is None


def _report(look: Look, member: str) -> Report | None:
    """What is to be reported; None when there is nothing new."""
    project, card = look.project, look.in_hand(member)
    if (
        card is None
        or card.blocked
        or queue.get(project, card.id)
        or any(one.member == member for one in own_files.reports(look))
    ):
        return None
    branch = worktrees.branch_of(project, member, card.id) or ""
    commit = refs.branch_tip(project.root, branch) if branch else None
    if not commit or trunk.contains(project, look.tip, commit):
        return None
    back = queue.attempts(project, card.id)
    if back and back[-1].commit == commit:
        return None
    return Report(member, card.id, branch, commit, "turn", time.time())
