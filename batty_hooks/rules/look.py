"""One look at the project, shared by all moves of one moment.

Whoever had an inbox may still own a card. A team.yaml that lacks somebody, for a second or for good, takes nothing from
him; that he is gone is told.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from batty_hooks.errors import FatalError
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.state import inbox, members, server, setup, team, trunk, watcher, worktrees
from batty_hooks.state.board import lanes
from batty_hooks.state.project import Project

# What is asked for less often is imported when it is: most commands need a part of all this.
if TYPE_CHECKING:
    from pathlib import Path

    from batty_hooks.state.board.text import Board, Card
    from batty_hooks.state.panes import Pane
    from batty_hooks.state.queue import Attempt, Offer
    from batty_hooks.state.slots import Running
    from batty_hooks.state.trunk import Candidate, Checkout
    from batty_hooks.state.verdicts import Verdict
    from batty_hooks.system.git.worktrees import Worktree

_Derived = TypeVar("_Derived")

_RANKS = {"highest": 0, "high": 0, "low": 2, "lowest": 2}
_PATIENCE_SECONDS = 600  # waiting so long is worth as much as one step of priority


class Look:
    """One look at the project; each part is read when it is first asked for, and once. ``at`` is when that is (seconds
    since the epoch), of a project as it was before; 0: now."""

    def __init__(self, project: Project, at: float = 0.0, shown_as: Path | None = None) -> None:
        self.project = project
        self.shown_as = shown_as or project.root  # where people know it, of a project as it was before
        self.is_past = bool(at)  # a state of before: what is checked out nobody knows
        self.at = at or time.time()
        self.is_kept_waiting = False  # a message, by a person who types or reads in a pane
        self._derived: dict[Hashable, Any] = {}
        self._foreseen = False
        self._together: dict[tuple[str, ...], Candidate] = {}
        self._keys: dict[str, str] = {}
        self._verdicts: dict[str, Verdict | None] = {}
        self._obstacles: dict[str, list[str]] = {}
        self._states: dict[str, members.State | None] = {}

    def once(self, what: Hashable, derive: Callable[[Look], _Derived]) -> _Derived:
        """What ``derive`` makes of this look, made when it is first asked for; ``what`` is its name."""
        if what not in self._derived:
            self._derived[what] = derive(self)
        found: _Derived = self._derived[what]
        return found

    @cached_property
    def team(self) -> team.Team:
        return team.load(self.project)

    @cached_property
    def setup(self) -> setup.Spec:
        """What each worktree is to be given."""
        return setup.Spec(self.team.setup, self.team.copy, self.team.link, self.team.ports)

    @cached_property
    def homes(self) -> dict[str, Worktree]:
        return worktrees.homes(self.project)

    @cached_property
    def names(self) -> frozenset[str]:
        """Who may own a card: the team and its human; in a repository without a team, the linked worktrees."""
        return self.team.names if self.team.members else self.team.names | frozenset(self.homes)

    @cached_property
    def owners(self) -> lanes.Names:
        """Whom a card may name as its owner: everybody who may own one, and who was in the team before (a team.yaml
        that lacks a member for a moment takes no card from him); with what the lanes are called here."""
        former = inbox.members(self.project)
        roles = {member.role.name for member in self.team.members}
        return lanes.Names(self.names.union(former), self.team.lanes, roles)

    @cached_property
    def board(self) -> Board:
        from batty_hooks.state.board import store  # 10 ms that `send` and `inbox` can do without

        return store.read(self.project, self.owners)

    @cached_property
    def no_board(self) -> FatalError | None:
        """Why there is no board to go by: no kanban.md, or one that is somebody's own; None when there is one."""
        from batty_hooks.state.board import store

        try:
            self.board  # noqa: B018 - read, and kept
        except store.NoBoard as error:
            return error
        return None

    @property
    def has_board(self) -> bool:
        """Whether there is a board to go by."""
        return self.no_board is None

    @property
    def doubt(self) -> str:
        """Why the board on disk is not gone by as it is, in one line; "" normally, and where there is no board."""
        return self.board.doubt if self.has_board else ""

    @cached_property
    def trunk(self) -> str:
        return trunk.name(self.project, self.team.trunk)

    @cached_property
    def tip(self) -> str:
        """The commit the trunk stands on: on the server, as last seen, where it lives on one."""
        remote = self.team.remote
        return (remote and server.tip(self.project, remote.name, self.trunk)) or self.local_tip

    @cached_property
    def local_tip(self) -> str:
        """The commit the branch of that name stands on here."""
        from batty_hooks.state.githooks import guard

        return trunk.tip(self.project, self.trunk, guard.last_let_pass(self.project, self.trunk))

    @cached_property
    def landed(self) -> dict[str, str]:
        return trunk.landed(self.project)

    @cached_property
    def paused(self) -> bool:
        """Whether nothing new is to be begun: by `pause`, or while `stop` waits."""
        return watcher.is_held(self.project)

    @cached_property
    def panes(self) -> tuple[Pane, ...]:
        """The panes of agents, by the names of their members."""
        from batty_hooks.state import panes

        return tuple(panes.listed(self.project))

    def state(self, member: str) -> members.State | None:
        """What a member is doing."""
        if member not in self._states:
            self._states[member] = members.state(self.project, member)
        return self._states[member]

    @property
    def cards(self) -> list[Card]:
        """The cards on the board; none where there is no board."""
        return self.board.cards if self.has_board else []

    def card(self, id: str) -> Card | None:
        """The card of that id; None where there is no board either."""
        return self.board.card(id) if id and self.has_board else None

    def in_hand(self, member: str) -> Card | None:
        """The one card a member is at (see state/board/hand.py): its brief stands, while others of its wait."""
        from batty_hooks.state.board import hand

        return hand.in_hand(self.cards, member, lambda id: standing_brief(self.project, member, id) is not None)

    @cached_property
    def offers(self) -> list[Offer]:
        """The queue: first in, first out within a priority; who has waited for long rises, so that nobody starves."""
        from batty_hooks.state import queue

        offers = queue.offers(self.project)
        if len(offers) < 2 or not any(offer.card for offer in offers):
            return offers
        return sorted(offers, key=lambda offer: (self._rank(offer), offer.at))

    def _rank(self, offer: Offer) -> int:
        card = self.card(offer.card)
        waited = datetime.fromtimestamp(self.at, timezone.utc) - datetime.fromisoformat(offer.at.replace("Z", "+00:00"))
        return _RANKS.get(card.priority if card else "", 1) - int(waited.total_seconds() // _PATIENCE_SECONDS)

    @cached_property
    def itself(self) -> Candidate:
        """The trunk as it is, as something to be tested."""
        return trunk.itself(self.project, self.tip)

    @cached_property
    def running(self) -> dict[str, Running]:
        """What is being tested at this moment, by the verdict's key."""
        from batty_hooks.state import slots

        return {run.key: run for run in slots.running(self.project)}

    def contains(self, commit: str) -> bool:
        """Whether the trunk holds ``commit``."""
        if commit in self.offered:
            self.foresee()
        return trunk.contains(self.project, self.tip, commit)

    def reverted(self, commits: Sequence[str]) -> dict[str, list[str]]:
        """Which of those landings, all of them in the trunk, reverts have taken back, and by which commits."""
        return trunk.reverted(self.project, self.tip, commits)

    @cached_property
    def offered(self) -> frozenset[str]:
        """The commits that are offered: of these git is asked all at once, of any other alone."""
        return frozenset(offer.commit for offer in self.offers)

    def foresee(self, more: Iterable[str] = ()) -> None:
        """Ask git about all offers, and ``more`` commits, at once, so that one by one they cost nothing more."""
        commits = [] if self._foreseen else [offer.commit for offer in self.offers]
        self._foreseen = True
        if commits := list(dict.fromkeys([*commits, *more])):
            trunk.foresee(self.project, self.tip, commits)

    def candidate(self, commit: str) -> Candidate:
        """What landing ``commit`` today would make of the trunk."""
        return self.together((commit,))

    def fork(self, commit: str) -> str | None:
        """The commit at which ``commit`` left the trunk; None when they have nothing in common."""
        return trunk.fork(self.project, self.tip, commit)

    def attempts(self, key: str) -> list[Attempt]:
        """What of an offer's key has come back, first one first."""
        from batty_hooks.state import queue

        return queue.attempts(self.project, key)

    def readable(self, commits: Iterable[str]) -> Iterator[Candidate]:
        """The candidates of those commits that git can read: a damaged one is its own offer's affair."""
        for commit in commits:
            with contextlib.suppress(FatalError):
                yield self.candidate(commit)

    def candidate_on(self, base: str, commit: str) -> Candidate:
        """What landing ``commit`` would have made of the trunk at ``base``."""
        return trunk.candidate(self.project, base, commit)

    def together(self, commits: tuple[str, ...]) -> Candidate:
        """What landing several commits today, one after the other, would make of the trunk."""
        if commits not in self._together:
            if commits[1:]:
                found = trunk.also(self.project, self.together(commits[:-1]), commits[-1])
            else:
                if commits[0] in self.offered:
                    self.foresee()
                found = trunk.candidate(self.project, self.tip, commits[0])
            self._together[commits] = found
        return self._together[commits]

    def key(self, candidate: Candidate) -> str:
        """The name of a candidate's verdict under today's test command, and in a worktree as it is made ready today."""
        from batty_hooks.state import verdicts

        if candidate.tree not in self._keys:
            gate = self.team.gate
            self._keys[candidate.tree] = verdicts.key_of(
                self.project, candidate.tree, gate.command or "", gate.inputs, self._settings
            )
        return self._keys[candidate.tree]

    @cached_property
    def _settings(self) -> str:
        return setup.settings_fingerprint(self.project, self.setup) + self.team.gate.far.word

    def verdict(self, candidate: Candidate) -> Verdict | None:
        """The verdict on a candidate, if there is one."""
        from batty_hooks.state import verdicts

        if candidate.conflicts or not self.team.gate.command:
            return None
        key = self.key(candidate)
        if key not in self._verdicts:
            self._verdicts[key] = verdicts.get(self.project, key)
        return self._verdicts[key]

    @cached_property
    def trunk_place(self) -> Path | None:
        """The worktree that has the trunk checked out, if one has and can follow it at the moment."""
        return None if self.is_past else trunk.checkout(self.project, self.trunk)

    @cached_property
    def _checkout(self) -> Checkout:
        return trunk.Checkout(self.project, self.trunk)

    def obstacles(self, candidate: Candidate) -> list[str]:
        """What in the checkout of the trunk keeps a candidate from landing now; nothing where it lands on a server."""
        if self.team.remote:
            return []
        if candidate.tree not in self._obstacles:
            self._obstacles[candidate.tree] = trunk.obstacles(
                self.project, self.trunk, self.tip, candidate.tree, self._checkout
            )
        return self._obstacles[candidate.tree]
