"""A member's state, and the event when it is another one: what shows later where a member's time went."""

from __future__ import annotations

from batty_hooks.state import events, members
from batty_hooks.state.project import Project
from batty_hooks.vocabulary import happened, ids


def know(
    project: Project, member: str, word: str, why: str, event: str = "", at: float = 0.0, until: float = 0.0
) -> None:
    """Enter what a member does, as `members.set_state` does. The event comes first, named after the state that it ends:
    killed in between it is the same event again. One and the same state, said once more, is none."""
    before = members.state(project, member)
    if before is None or before.state != word:
        id = ids.of_member(member, f"state.{word}", f"{before.since:.3f}" if before else "0")
        events.append(project, id, happened.STATE, member=member, state=word, text=why if why != event else "")
    members.set_state(project, member, word, why, event, at, until)
