"""What the agents have used, by member and card: read from the files their CLIs keep, which is all that is known of it.

A card's share is what its engineer used from when it read the card's brief to when it read the next one. Prices are
not ours: a cost is what the CLI itself states, or what team.yaml's `prices:` make of the tokens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from batty_hooks.agents import base as agents
from batty_hooks.agents.base import Spent
from batty_hooks.errors import FatalError
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, members
from batty_hooks.vocabulary import ids

_MILLION = 1e6


class Used(NamedTuple):
    """Answers of a model and their tokens (see Spent); ``cost`` of those of which it is known, ``unpriced`` how many
    tokens it is not known of."""

    answers: int = 0
    read: int = 0
    written: int = 0
    cached: int = 0
    cost: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """What counts against a budget: what came from a cache does not."""
        return self.read + self.written


class Share(NamedTuple):
    """An answer with the member and the card it was for ("": none)."""

    member: str
    card: str
    spent: Spent


def shares(look: Look) -> list[Share]:
    """Everything that the members have used, and those who have left the team: what they did is not undone by that."""
    names = dict.fromkeys([*(member.name for member in look.team.members), *members.with_sessions(look.project)])
    found = []
    for name in names:
        briefs = briefs_of(look, name)
        found += [Share(name, card_at(briefs, spent.at), spent) for spent in of_member(look, name)]
    return found


def by_card(look: Look, found: Iterable[Share], since: float = 0.0) -> dict[tuple[str, str], Used]:
    """(member, card) → what was used since then; the card is "" for what was about none."""
    used: dict[tuple[str, str], Used] = {}
    for name, card, spent in found:
        if spent.at >= since:
            used[name, card] = added(used.get((name, card), Used()), spent, look.team.prices)
    return used


def of_member(look: Look, name: str) -> list[Spent]:
    """Everything a member has used in all its sessions, whatever CLI they were of. One that tells nothing, or cannot be
    read now, counts for nothing; a session that goes on from another one may begin with a copy of that, which counts
    once."""
    found: list[Spent] = []
    before: set[Spent] = set()
    room = look.project.member_directory(name) / "settings"
    for cli, session in members.sessions(look.project, name):
        usage = getattr(agents.readable(cli, look.project.adapters), "usage", None)
        with contextlib.suppress(FatalError):
            told = [one for one in (usage(room, session) if usage else []) if isinstance(one, Spent)]
            found += [one for one in told if one not in before]
            before.update(told)
    return found


def briefs_of(look: Look, name: str) -> list[tuple[float, str]]:
    """(when it was read, card) of each brief of a member, oldest first."""
    read = inbox.read_at(look.project, name, lambda id: bool(ids.card_of_brief(id)))
    return sorted((at, ids.card_of_brief(key)) for key, at in read.items())


def card_at(briefs: Sequence[tuple[float, str]], at: float) -> str:
    """The card whose brief was read last at that time."""
    return next((card for since, card in reversed(briefs) if since <= at), "")


def added(used: Used, spent: Spent, prices: Mapping[str, tuple[float, ...]]) -> Used:
    """What was used with one answer more."""
    cost = spent.cost if spent.cost is not None else cost_of(spent, prices)
    return Used(
        used.answers + 1, used.read + spent.read, used.written + spent.written, used.cached + spent.cached,
        used.cost + (cost or 0.0), used.unpriced + (spent.read + spent.written if cost is None else 0),
    )  # fmt: skip


def cost_of(spent: Spent, prices: Mapping[str, tuple[float, ...]]) -> float | None:
    """What it costs by the longest name of a model that its own begins with; None where there is none."""
    name = max((name for name in prices if spent.model.startswith(name)), key=len, default=None)
    if name is None:
        return None
    read, written, *rest = prices[name]
    cached = rest[0] if rest else read
    return (spent.read * read + spent.written * written + spent.cached * cached) / _MILLION


def total(used: Iterable[Used]) -> Used:
    """All of it together."""
    return Used(*(sum(column) for column in zip(*used, strict=True))) if (used := list(used)) else Used()
