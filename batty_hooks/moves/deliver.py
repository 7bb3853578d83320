"""deliver: gives an agent that is ready its next message, as a bracketed paste into its pane.

Enter follows a moment later, and only where state, waiting signals and the CLI's own file agree that no dialog is open:
it would approve whatever is asked. The agent confirms: what was pasted is compared with what it says it took (see
listen). Until then the message stays in `new/`: after three seconds Enter is pressed once more, then the text is pasted
again under the same id, then a person is asked. As long as the CLI has not read what was typed, nothing more is.
Everything about it is in the delivery's record, so a kill anywhere costs a repetition at worst. What needs nothing of
an agent is put away without a turn of its model (rules/quiet.py).

What a person has half typed is put aside, not sent along. No CLI tells what stands in its input box, and the screen
tells nothing for sure. So a message waits while somebody types; where anybody has ever been attached, the keys that
empty the box go before the paste, and where that has changed the screen, the screen as it was is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules import adapters, branch_owner, idle, own_files, quiet
from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, events, inbox, members, panes, signals
from batty_hooks.state.deliveries import Sent
from batty_hooks.state.inbox import Message
from batty_hooks.state.panes import Pane, typing
from batty_hooks.state.project import Project
from batty_hooks.system.records import replace
from batty_hooks.system.tmux import Server
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "deliver"
ORDER = 53
WATCHES = ("inboxes", "members")
SLOW = False
_PATIENCE_SECONDS = 3.0
_LOOK_SECONDS = 1.0  # how often it is seen whether he still does
_NOTHING = float("inf")


def ripe(look: Look) -> Iterator[Item]:
    """What may be put away; then one item for all members that can be given something now: the pause before Enter is
    waited for once."""
    for pane in look.panes:
        for message in quiet.needing_nothing(look, pane.member):
            yield Item(keys.join(pane.member, message.id), f"a message to {pane.member} needs nothing of it any more",
                       message.card, pane.member)  # fmt: skip
    steps = [(pane, step) for pane in look.panes if (step := _step(look, pane))]
    if steps and (used := typing.in_use(panes.server(look.project))):
        kept = [pane.id for pane, _ in steps if _is_kept(look, pane, used)]
        look.is_kept_waiting = bool(kept)
        steps = [(pane, step) for pane, step in steps if pane.id not in kept]
    if steps:
        words = [word for pane, step in steps for word in (pane.member, step)]
        yield Item(keys.join(*words), f"messages for {', '.join(pane.member for pane, _ in steps)}")


def due(look: Look) -> float:
    """When an unconfirmed message has to be looked at, or a person has stopped typing or reading."""
    times = [look.at + _LOOK_SECONDS if look.is_kept_waiting else _NOTHING]
    for pane in look.panes:
        state = look.state(pane.member)
        if not state or state.state != members.READY:
            continue
        sent = own_files.on_its_way(look, pane.member)
        if sent and not sent.is_hopeless:
            times.append(sent.at + (_PATIENCE_SECONDS if sent.enters else _LOOK_SECONDS))
    return min(times)


def take(project: Project, item: Item) -> None:
    """Paste what is to be pasted, wait, and press Enter where nothing has happened meanwhile."""
    look = Look(project)
    if item.member:
        _put_away(look, item.member, keys.split(item.key)[1])
        return
    server = panes.server(project)
    words = keys.split(item.key)
    wanted = dict(zip(words[::2], words[1::2], strict=True))
    entered: list[tuple[Pane, Sent]] = []
    due = [(pane, wanted.get(pane.member, "")) for pane in panes.listed(project)]
    due = [(pane, step) for pane, step in due if step and step == _step(look, pane)]
    late = _not_now(server, project, due)
    _wait_on(look, [pane for pane, _ in due if pane.id in late])
    due = [(pane, step) for pane, step in due if pane.id not in late]
    for pane, step in due:
        sent = deliveries.of(project, pane.member)
        if step.startswith("paste"):
            sent = _paste(server, look, pane, sent)
        if sent:
            entered.append((pane, sent))
    anew = [pane for pane, step in due if step.startswith("paste")]
    if anew:
        typing.pause_before_enter(server, anew)
    late = typing.unread(server, anew)
    for pane, sent in entered:
        if pane.id not in late:
            _press_enter(server, project, pane, sent)


def _not_now(server: Server, project: Project, due: list[tuple[Pane, str]]) -> frozenset[str]:
    """Empty the input boxes that are pasted to. Returns the panes (by their ids) that nothing is typed in now: they
    stand still, or a dialog is open there, or has opened meanwhile."""
    late = typing.unread(server, [pane for pane, _ in due])
    late |= {pane.id for pane, step in due if step.startswith("paste") and _asks(project, pane)}
    pasted = [(pane, _is_first(step)) for pane, step in due if step.startswith("paste") and pane.id not in late]
    late |= _clear(server, project, pasted)
    return late | {pane.id for pane, _ in pasted if _asks(project, pane)}


def _is_first(step: str) -> bool:
    return step.startswith("paste.") and step.split(".")[-2] == "1"


def _wait_on(look: Look, chosen: list[Pane]) -> None:
    """They have not even read what was typed last: typed again, a CLI that stood still for ten seconds would find the
    message twice. Or a dialog is open there, as CLIs offer something at their start, and a text may hold the key that
    says yes to it. (What is noted here has their own files looked at, which tell when it is closed: see listen.)"""
    for pane in chosen:
        before, message, now = own_files.on_its_way(look, pane.member), _next(look, pane.member), time.time()
        if message and (before is None or before.message != message.id):
            _write_text(
                look, pane.member, message
            )  # what is compared with what was taken is this one's, not the last's
            before = Sent(message.id, now, pastes=0, begun=now)
        if before:
            deliveries.record(look.project, pane.member, replace(before, at=now))


def _put_away(look: Look, member: str, id: str) -> None:
    """Count it as read, if that is still so."""
    if any(message.id == id for message in quiet.needing_nothing(look, member)):
        inbox.confirm(look.project, member, id)


def _step(look: Look, pane: Pane) -> str:
    """What is to be done for a member now: `paste.<message>.<n>.<waited>`, `enter.<message>.<n>.<n>.<waited>`, or
    "". (What has had to wait is another item: of one that comes to nothing again and again fewer are taken.)"""
    member = pane.member
    if not _is_ready(look, pane):
        return ""
    sent, message = own_files.on_its_way(look, member), _next(look, member)
    if sent is None or message is None or sent.message != message.id:
        return f"paste.{message.id}.1.0" if message else ""
    if not sent.pastes:
        return f"paste.{message.id}.1.{sent.at:.0f}" if time.time() - sent.at >= _LOOK_SECONDS else ""
    state = look.state(member)
    had_a_turn = state is not None and state.since > sent.at and sent.enters > 0  # and it was not about this
    again = f"paste.{message.id}.{sent.pastes + 1}.{sent.at:.0f}"
    if had_a_turn and sent.pastes < deliveries.PASTES:
        return again
    if sent.is_hopeless or time.time() - sent.at < (_PATIENCE_SECONDS if sent.enters else _LOOK_SECONDS):
        return ""
    if sent.enters < deliveries.ENTERS:
        return f"enter.{message.id}.{sent.pastes}.{sent.enters}.{sent.at:.0f}"
    return again


def _is_ready(look: Look, pane: Pane) -> bool:
    state = look.state(pane.member)
    return bool(state and state.state == members.READY) and not signals.first(look.project, pane.member) and pane.alive


def _next(look: Look, member: str) -> Message | None:
    """The message that is on its way, else one that says to go on, else the oldest that waits; while paused no brief:
    it would begin new work."""
    if not own_files.unread(look, member):
        return None
    sent = own_files.on_its_way(look, member)
    on_its_way = inbox.each_waiting(look.project, member, lambda id: sent is not None and id == sent.message)
    going_on = inbox.each_waiting(look.project, member, lambda id: ids.AGAIN in id)
    first = next(on_its_way, None) or next(going_on, None)
    if first is None and not look.paused and idle.cut_off(look, member):
        return None  # he is to go on with what he was told before (see nudge)
    if first:
        return first
    away, later = {one.id for one in quiet.needing_nothing(look, member)}, None
    for one in inbox.each_waiting(look.project, member):
        if one.id in away or not _may_be_told(look, member, one):
            continue
        if one.kind != kinds.CLASH:
            return one
        later = later or one
    return later


def _may_be_told(look: Look, member: str, message: Message) -> bool:
    """While paused no brief; of a clash only who stands idle with that card: it is not worth a turn otherwise."""
    if message.kind == kinds.CLASH:
        card = idle.unreported(look, member)
        return card is not None and card.id == message.card
    return message.kind != kinds.BRIEF or not look.paused


def _paste(server: Server, look: Look, pane: Pane, before: Sent | None) -> Sent | None:
    """The text and the record first, then the paste."""
    project, member = look.project, pane.member
    message = _next(look, member)
    if message is None:
        return None
    file = _write_text(look, member, message)
    again = before is not None and before.message == message.id
    now = time.time()
    sent = Sent(message.id, now, 1, 0, now)
    if before and again:
        sent = replace(sent, pastes=before.pastes + 1, begun=before.begun)
    deliveries.record(project, member, sent)
    typing.paste(server, pane, file, f"batty-{member}")
    return sent


def _write_text(look: Look, member: str, message: Message) -> Path:
    body = f"{message.body}\n{branch_owner.reminder(look, member, message.card)}"
    text = deliveries.wrapped(message.id, message.sender, message.card, body)
    return deliveries.write_text(look.project, member, text)


def _clear(server: Server, project: Project, chosen: list[tuple[Pane, bool]]) -> frozenset[str]:
    """Empty the input boxes, if a person has ever been there: what was left half typed would become part of the
    message, and if that begins with `!` many CLIs would run the message in a shell. It is kept in a file. Where it is
    pasted again (not ``first``), what stands there may be the text itself.

    Returns the panes that stand still: nothing is pasted there now.
    """
    typed = typing.last(server) if chosen else 0.0
    ready = [pane for pane, first in chosen if typed or not first or _may_still_begin(project, pane)]
    left = [pane for pane in ready if typed and typed >= int(deliveries.taken_at(project, pane.member))]
    for pane in left:
        _say(project, pane.member, deliveries.keep_screen(project, pane.member, typing.screen(server, pane)))
    still = typing.empty(server, [(pane, getattr(adapters.of(project, pane), "CLEAR", ())) for pane in ready])
    for pane in (pane for pane in left if pane.id not in still):
        _say(project, pane.member, deliveries.compare_screen(project, pane.member, typing.screen(server, pane)))
    return still


def _may_still_begin(project: Project, pane: Pane) -> bool:
    """Whether no more is known of a process than that its screen is up: it may draw another thing before it takes in
    what is typed. (When it has drawn a `^`, it has begun.)"""
    is_guessed = getattr(adapters.of(project, pane), "READY_ON_SCREEN", False)
    return bool(is_guessed) and deliveries.taken_at(project, pane.member) < pane.started


def _say(project: Project, member: str, kept: Path | None) -> None:
    if kept:
        text = f"what stood half typed in its pane: {kept.relative_to(project.root)}"
        id = ids.of_member(member, "put-aside", f"{time.time():.3f}")
        events.append(project, id, happened.PUT_ASIDE, member=member, text=text)


def _press_enter(server: Server, project: Project, pane: Pane, sent: Sent) -> None:
    """Only where the agent is still ready, by its signals and by its own file."""
    if not _is_ready(Look(project), pane) or _asks(project, pane):
        return
    deliveries.record(project, pane.member, replace(sent, at=time.time(), enters=sent.enters + 1))
    typing.enter(server, pane)


def _asks(project: Project, pane: Pane) -> bool:
    seen = adapters.glance(project, pane)
    return bool(seen and seen.state == members.ASKING) or adapters.is_in_a_dialog(project, pane)


def _is_kept(look: Look, pane: Pane, used: Mapping[str, tuple[float, float]]) -> bool:
    """Whether a person has the pane, and has not sent off what he typed there: then a turn has begun since."""
    at, spared = used.get(pane.id, (0.0, 0.0))
    state = look.state(pane.member)
    return spared == typing.READING_SECONDS or (spared > 0 and not (state and state.since > at))
