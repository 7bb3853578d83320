"""listen: takes in what the agents' own hooks say, and sees whose process has ended. The only source of their states.

Agents are heard, never looked at: a state comes from the CLI's own hook (one file an event, in the member's room; what
it means is the adapter's to say) or from the file the CLI keeps of itself. That file lags behind the hook now and then:
what it says is taken only when it is younger than the state that is known. A prompt that an agent took confirms the
message that was pasted.

That an agent is gone is never taken from what it says, only from its process: a killed one says nothing, and one that
says good-bye may go on in another session. (tmux's `pane-died` hook says "look now", and is lost now and then, so
processes are looked at each second.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from batty_hooks.agents.base import Heard
from batty_hooks.errors import FatalError
from batty_hooks.moves.base import effects, hearing, interface
from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import adapters, limits, presence
from batty_hooks.rules.look import Look
from batty_hooks.state import accounts, deliveries, events, inbox, members, panes, signals
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.state.signals import Signal
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "listen"
ORDER = 3
WATCHES = ("members",)
SLOW = False
LOCK = interface.AGENTS
_BUSY = (members.STARTING, members.WORKING, members.ASKING)
_LIFE_SECONDS = 1.0
_SCREEN_SECONDS = 0.2
_SCREEN_IS_UP, _DIALOG = "its screen is up", "something in its pane"
_TRIED_SECONDS = 10.0
_MARGIN_SECONDS = 3.0


def ripe(look: Look) -> Iterator[Item]:
    """Members who have said something, whose own file says something else than we know, or who are dead."""
    for pane in look.panes:
        key = _news(look.project, pane, look.state(pane.member))
        if key:
            yield Item(keys.join(pane.member, key), f"{pane.member} has said something", member=pane.member)


def due(look: Look) -> float:
    """When to look again though nothing was heard: a process can end, and a person press Esc, without a word."""
    soon = float("inf")
    for pane in look.panes:
        state = look.state(pane.member)
        word = state.state if state else ""
        if presence.news(word, pane, lambda: 0):
            return time.time()
        if word in (*_BUSY, members.LIMIT) and _seen(look.project, pane, state):
            return time.time()
        starting = word == members.STARTING and _awaits_screen(look.project, pane, state)
        soon = min(soon, time.time() + (_SCREEN_SECONDS if starting else _LIFE_SECONDS))
    return soon


def take(project: Project, item: Item) -> None:
    """Everything one member has said, oldest first; each signal is dropped when it was taken in."""
    pane = panes.of(project, item.member)
    if pane is None:
        return
    told = signals.waiting(project, item.member)
    heeded = adapters.of(project, pane) is not None  # (what was said waits for an adapter that can be read)
    for signal in told if heeded else ():
        _take_in(project, pane, signal)
    news = _of_its_process(project, pane, members.state(project, pane.member))
    if news == presence.ENDED:
        _bury(project, pane, next((str(one.data.get("status", "")) for one in told if one.event == signals.DIED), ""))
    elif news == presence.FOUND:
        panes.record(project, panes.found_at(pane, pane.id, _in_tmux(project, pane)))
    elif news == presence.BACK:
        _enter(project, pane, _said_of_itself(project, pane), "its process lives", time.time())
    elif (seen := _seen(project, pane, members.state(project, pane.member))) is not None:
        _enter(project, pane, seen, "its own file", seen.at or time.time())


def _news(project: Project, pane: Pane, known: members.State | None) -> str:
    """A word for what there is to take in, "" when there is nothing."""
    said = signals.first(project, pane.member)
    if said and adapters.of(project, pane):
        return said
    if news := _of_its_process(project, pane, known):
        return f"{news}.{pane.pid}"
    seen = _seen(project, pane, known)
    return f"{seen.state}.{seen.took[:40]}.{known.since if known else 0}" if seen else ""


def _of_its_process(project: Project, pane: Pane, known: members.State | None) -> str:
    return presence.news(known.state if known else "", pane, lambda: _in_tmux(project, pane))


def _in_tmux(project: Project, pane: Pane) -> int:
    return panes.at_home(panes.server(project)).get(pane.id, 0)


def _said_of_itself(project: Project, pane: Pane) -> Heard:
    """What its own file says of who is back; else it counts as starting, until it says more."""
    seen = adapters.glance(project, pane)
    return seen if seen and seen.state not in ("", members.GONE) else Heard(members.STARTING)


def _seen(project: Project, pane: Pane, known: members.State | None) -> Heard | None:
    """What the file that the CLI keeps of itself says, when that is news to what is known of the member."""
    word = known.state if known else ""
    if word == members.STARTING and _on_screen(project, pane, known):
        return Heard(state=members.READY, why=_SCREEN_IS_UP)
    if known and word == members.LIMIT:
        return _after_limit(project, pane, known)
    sent = deliveries.of(project, pane.member)
    if word not in _BUSY and not (word == members.READY and sent):
        return None
    if known and (seen := _of_a_dialog(project, pane, known)):
        return seen
    seen = adapters.glance(project, pane)
    if seen is None or (known and 0 < seen.at < known.since):
        return None  # older than what the last event said
    confirms = bool(sent and seen.took) and deliveries.is_taken(deliveries.text_of(project, pane.member), seen.took)
    return seen if confirms or (seen.state and seen.state not in (word, members.GONE)) else None


def _of_a_dialog(project: Project, pane: Pane, known: members.State) -> Heard | None:
    """What only the terminal shows: who was ready asks something, or has been answered."""
    if known.state == members.READY and adapters.is_in_a_dialog(project, pane):
        return Heard(members.ASKING, _DIALOG)
    if known.why == _DIALOG and not adapters.is_in_a_dialog(project, pane):
        return Heard(members.READY, "it was answered")
    return None


def _after_limit(project: Project, pane: Pane, known: members.State) -> Heard | None:
    """Its end when that is known; a turn that has begun since by its own file (that it is idle says nothing: so is who
    has reached a limit); else a try, so that nobody waits for ever."""
    seen = adapters.glance(project, pane)
    if seen and seen.state in (members.WORKING, members.ASKING) and seen.at > known.since:
        return seen
    if known.until:  # (a CLI that tries again by itself at that very time is first)
        is_over = time.time() > known.until + _MARGIN_SECONDS
        return Heard(members.READY, "the limit is over") if is_over else None
    is_tried = time.time() > limits.tried_again_at(project, pane.member, known)
    return Heard(members.READY, "whether the limit is over is tried") if is_tried else None


def _awaits_screen(project: Project, pane: Pane, known: members.State | None) -> bool:
    starting = bool(known and known.state == members.STARTING and pane.alive)
    return starting and bool(getattr(adapters.of(project, pane), "READY_ON_SCREEN", False))


def _on_screen(project: Project, pane: Pane, known: members.State | None) -> bool:
    if not _awaits_screen(project, pane, known):
        return False
    said = panes.server(project).ask("display-message", "-p", "-t", pane.id, "#{alternate_on}")
    return said == ["1"]


def _take_in(project: Project, pane: Pane, signal: Signal) -> None:
    """What cannot be understood is not tried for ever; what cannot be written down now (a full disk) is heard again."""
    agent, heard = adapters.of(project, pane), None
    try:
        if agent and signal.event != signals.DIED:  # (of that the look at the process says it)
            heard = agent.heard(signal.event, signal.data)
            _enter(project, pane, heard, signal.event, signal.at)
    except Exception as error:
        if heard is None or not isinstance(error, (FatalError, OSError)):
            signals.drop(signal)
        raise
    signals.drop(signal)


def _enter(project: Project, pane: Pane, heard: Heard, event: str, at: float) -> None:
    """The session, the message that is confirmed, and the state: who is ready again gets the next message, so that is
    known last; who is at work is known to be before his message counts as read, or he would be taken for idle then. A
    prompt that is neither ours nor the CLI's own was typed by a person."""
    member, at_work = pane.member, heard.state in (members.WORKING, members.ASKING)
    if heard.session:
        members.set_session(project, member, heard.session, pane.agent)
    if at_work:
        _know(project, member, heard, event, at)
    by_hand = bool(heard.took) and not _confirm(project, member, heard.took) and not heard.is_own
    _note_limit(project, pane, heard, at)
    if not at_work:
        _know(project, member, heard, event, at)
    if by_hand:
        effects.answered_by_hand(Look(project), member, at)


def _know(project: Project, member: str, heard: Heard, event: str, at: float) -> None:
    if heard.state and heard.state != members.GONE:
        hearing.know(project, member, heard.state, heard.why or event, event, at, heard.until)


def _note_limit(project: Project, pane: Pane, heard: Heard, at: float) -> None:
    """An account at its limit concerns everybody on it; and one that works again has no limit any more."""
    is_limit = heard.state == members.LIMIT
    if not is_limit and (heard.state != members.WORKING or not project.limits_file.exists()):
        return
    member = Look(project).team.member(pane.member)
    if member and is_limit:
        limit = accounts.Limit(at or time.time(), heard.until, heard.why)
        accounts.note(project, member.role.account_of(pane.agent), limit)
    elif member:
        accounts.clear(project, member.role.account_of(pane.agent), at)


def _confirm(project: Project, member: str, took: str) -> bool:
    """Whether it was one of our messages that was taken."""
    sent, text = deliveries.of(project, member), deliveries.text_of(project, member)
    if not deliveries.is_taken(text, took):
        return False
    if sent is None:
        return True  # it was heard before
    message = next(inbox.each_waiting(project, member, sent.message.__eq__), None)
    events.append(project, ids.about_message(member, sent.message, "delivered"), happened.DELIVERED,
                  member=member, message=sent.message,
                  card=message.card if message else "", text=message.subject if message else "")  # fmt: skip
    if message and message.kind != kinds.NUDGE:  # which is not what it is to be reminded of
        deliveries.remember(project, member, message.id)
    inbox.confirm(project, member, sent.message)
    deliveries.forget(project, member)
    return True


def _bury(project: Project, pane: Pane, status: str = "") -> None:
    """A message on its way died with the process: it is pasted anew to the next one. ``status`` is the exit code that
    tmux told, if it did."""
    before = members.state(project, pane.member)
    was = before.state if before else members.STARTING
    how = f" with exit code {status}" if status.strip("0") else ""
    deliveries.forget(project, pane.member)
    hearing.know(project, pane.member, members.GONE, f"its process ended{how} while it was {was}", signals.DIED)
    # A session counts as one that can be resumed once its agent has said something, or was on the screen for a while.
    only_seen = before is not None and before.why == _SCREEN_IS_UP and time.time() - pane.started < _TRIED_SECONDS
    panes.record(project, pane if was == members.STARTING or only_seen else replace(pane, resumed=False))
