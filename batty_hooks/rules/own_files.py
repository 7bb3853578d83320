"""What the files of each member say (its inbox, its report, its pane, what is on its way to it), read once in a look:
every rule asks for the same few of them, for each of nineteen members."""

from __future__ import annotations

from collections.abc import Mapping

from batty_hooks.rules.look import Look
from batty_hooks.state import deliveries, inbox, members
from batty_hooks.state.deliveries import Sent
from batty_hooks.state.members import Report
from batty_hooks.state.panes import Pane


def keys(look: Look, member: str) -> Mapping[str, str]:
    """The id of every message of a member, with its flags (see inbox.keys)."""
    return look.once(("keys", member), lambda look: inbox.keys(look.project, member))


def unread(look: Look, member: str) -> int:
    """How many messages a member has not read yet."""
    return look.once(("unread", member), lambda look: inbox.count_waiting(look.project, member))


def on_its_way(look: Look, member: str) -> Sent | None:
    """The message that was pasted to a member and is not confirmed yet."""
    return look.once(("on its way", member), lambda look: deliveries.of(look.project, member))


def reports(look: Look) -> list[Report]:
    """All reports that nobody has taken up yet, oldest first."""
    return look.once("reports", lambda look: members.reports(look.project))


def pane(look: Look, member: str) -> Pane | None:
    """The pane of a member, or None."""
    return look.once("panes by member", lambda look: {pane.member: pane for pane in look.panes}).get(member)
