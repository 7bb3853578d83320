"""Which of its agents a member runs: the first of its role, and while that is at its limit the next one.

Back to the first it goes with its next card only: in the middle of one it would lose what the other knows. Who has no
cards (who leads, who reviews) goes back when it has been idle for a while with nothing before it.
"""

from __future__ import annotations

from batty_hooks.rules import escalation, idle, own_files, questions, reviewing
from batty_hooks.rules.look import Look
from batty_hooks.state import accounts, members, milestones
from batty_hooks.state.accounts import Limit
from batty_hooks.state.panes import Pane
from batty_hooks.state.team import Member

_SHORT_SECONDS = 120.0  # a limit that is over so soon is waited for


def limit_of(look: Look, member: Member, agent: str) -> Limit | None:
    """The limit that lasts of the account of one of a member's agents, or of the whole team."""
    limits = look.once("limits", lambda look: accounts.limits(look.project))
    return limits.get(accounts.BUDGET) or limits.get(member.role.account_of(agent))


def waits_for_nothing(look: Look, member: Member, pane: Pane) -> bool:
    """Whether a member waits for a limit that somebody else had reached, and that is over."""
    state = look.state(member.name)
    is_parked = state is not None and (state.state, state.event) == (members.LIMIT, members.SHARED)
    return is_parked and not limit_of(look, member, pane.agent)


def next_agent(look: Look, member: Member, pane: Pane) -> str:
    """The agent that is to go on in a member's pane now; "" when it is the one that is there."""
    state = look.state(member.name)
    if not member.role.also or state is None or state.state not in (members.LIMIT, members.READY):
        return ""
    free = [agent for agent in member.role.agents if not limit_of(look, member, agent)]
    if state.state == members.LIMIT or limit_of(look, member, pane.agent):
        limit = limit_of(look, member, pane.agent) or Limit(state.since, state.until, state.why)
        is_short = bool(limit.until) and limit.until - look.at < _SHORT_SECONDS
        return "" if is_short else next((agent for agent in free if agent != pane.agent), "")
    first = next(iter(free), pane.agent)
    return first if first != pane.agent and _is_at_rest(look, member) else ""


def _is_at_rest(look: Look, member: Member) -> bool:
    """Whether somebody has nothing in hand, nothing to read and nothing to go on with."""
    name = member.name
    if look.in_hand(name) if member in look.team.engineers else not _is_calm(look, name):
        return False
    return not (own_files.unread(look, name) or own_files.on_its_way(look, name) or idle.cut_off(look, name))


def _is_calm(look: Look, name: str) -> bool:
    """Whether who has no cards is done with what it was told: it has been idle for as long as an engineer may be, has
    asked nothing, and no need, review or report to the human waits for it."""
    state = look.state(name)
    if state is None or look.at - state.since < look.team.nudge or questions.of(look, name):
        return False
    if any(level.who == name for _, level in escalation.needs(look)):
        return False
    if any(sent.to == name for sent in milestones.unreported(look.project)):
        return False
    return not any(reviewing.reviewer(look, offer) == name for offer in look.offers)


def shared_limit(look: Look, member: Member, pane: Pane) -> Limit | None:
    """The limit that somebody else on a member's account has reached, when its end is known and the member is ready: it
    waits as long, for its next turn would come to nothing."""
    state, limit = look.state(member.name), limit_of(look, member, pane.agent)
    is_ready = state is not None and state.state == members.READY
    return limit if limit and limit.until and is_ready and not next_agent(look, member, pane) else None
