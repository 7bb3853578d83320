"""What of the agents in their panes needs a person: (what, since when, the command to type)."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.rules import adapters, escalation, idle, limits
from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, members
from batty_hooks.system import lock, screen

_GONE_SECONDS = 10.0  # until then it is being started again
_START_SECONDS, _UNREAD_SECONDS, _TURN_SECONDS = 60.0, 60.0, 3600.0


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """Agents in panes: who asks, who is gone, whom a message does not reach, who stands still though he was asked
    and nobody below the human has mended it."""
    if look.panes and lock.is_free(look.project.lock("watch")):
        yield ("the team's watcher is not running", 0.0, "batty-hooks start")
    yield from (
        (error.what, 0.0, f"batty-hooks doctor  (once it is mended: {error.mend})")
        for error in adapters.problems(look.project)
    )
    for pane in look.panes:
        name, go = pane.member, f"batty-hooks attach {pane.member}"
        state, sent = look.state(name), deliveries.of(look.project, name)
        since = state.since if state else 0.0
        if not look.team.member(name):
            yield (f"{name} is not in team.yaml any more, and its agent still runs", 0.0, "batty-hooks start")
        elif state and state.state == members.ASKING:
            yield (f"{name} asks: {state.why}", since, go)
        elif state and state.state == members.LIMIT and not state.until:
            again = screen.moment(limits.tried_again_at(look.project, name, state))
            what = f"{name} has reached a limit: {state.why} (tried again at {again})"
            yield (what, since, f"batty-hooks start  (once that is mended; to look at it: {go})")
        elif state and state.state == members.GONE and (pane.is_given_up or look.at - since > _GONE_SECONDS):
            often = "ended again and again" if pane.is_given_up else "is gone"
            yield (f"{name}'s agent {often}: {state.why}", since, f"batty-hooks start  (its last words: {go})")
        elif state and state.state == members.STARTING and look.at - since > _START_SECONDS:
            yield (f"{name}'s agent does not get ready", since, go)
        elif state and state.state == members.WORKING and look.at - since > _TURN_SECONDS:
            yield (f"{name} has not ended its turn for {_TURN_SECONDS / 3600:g} h", since, go)
        elif state and state.state == members.READY and state.cut and idle.is_worn_out(look, name):
            what = f"{name} was cut off in its turn again and again, and is not told to go on any more"
            yield (what, since, f"batty-hooks send {name} 'what to do'  (to look at it: {go})")
        elif sent and (sent.is_hopeless or (sent.begun and look.at - sent.begun > _UNREAD_SECONDS)):
            yield (f"message {sent.message} does not reach {name}", sent.begun or sent.at, go)
        elif (
            (still := idle.stands_still(look, name))
            and idle.was_nudged(look, name, still[0])
            and escalation.is_with_human(look, escalation.idle_key(look, name))
        ):
            yield (f"{name} is idle with {still[0].id} and does not report it", still[1], go)
