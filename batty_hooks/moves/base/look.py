"""One look at the project, shared by all moves of one moment."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from batty_hooks.state import members, outfit, panes, queue, slots, team, trunk, verdicts, worktrees
from batty_hooks.state.githooks import guard
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.state.slots import Running
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.git.worktrees import Worktree

if TYPE_CHECKING:
    from batty_hooks.moves.base.batch import Plan
    from batty_hooks.moves.base.standing import Standing
    from batty_hooks.state.board.text import Board, Card
    from batty_hooks.state.inbox import Message


_RANKS = {"high": 0, "low": 2}
_PATIENCE_SECONDS = 600  # waiting so long is worth as much as one step of priority


class Look:
    """One look at the project; each part is read when it is first asked for, and once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.at = time.time()
        self.is_kept_waiting = False  # a message, by a person who types or reads in a pane
        self.questions: list[Message] | None = None
        self.standings: dict[Offer, Standing] = {}
        self.plan: Plan | None = None
        self._foreseen = False
        self._together: dict[tuple[str, ...], Candidate] = {}
        self._keys: dict[str, str] = {}
        self._verdicts: dict[str, Verdict | None] = {}
        self._obstacles: dict[str, list[str]] = {}
        self._states: dict[str, members.State | None] = {}

    @cached_property
    def team(self) -> team.Team:
        return team.load(self.project)

    @cached_property
    def wishes(self) -> outfit.Wishes:
        """What each worktree is to be given."""
        return outfit.Wishes(self.team.setup, self.team.copy, self.team.link, self.team.ports)

    @cached_property
    def homes(self) -> dict[str, Worktree]:
        return worktrees.homes(self.project)

    @cached_property
    def names(self) -> frozenset[str]:
        """Who may own a card: the team and its human; in a repository without a team, the linked worktrees."""
        return self.team.names if self.team.members else self.team.names | frozenset(self.homes)

    @cached_property
    def board(self) -> Board:
        from batty_hooks.state.board import store  # 10 ms that `send` and `inbox` can do without

        return store.read(self.project, self.names)

    @cached_property
    def trunk(self) -> str:
        return trunk.name(self.project, self.team.trunk)

    @cached_property
    def tip(self) -> str:
        return trunk.tip(self.project, self.trunk, guard.last_let_pass(self.project, self.trunk))

    @cached_property
    def landed(self) -> dict[str, str]:
        return trunk.landed(self.project)

    @cached_property
    def paused(self) -> bool:
        """Whether nothing new is to be begun: by `pause`, or while `stop` waits."""
        return self.project.pause_file.exists() or panes.being_stopped(self.project)

    @cached_property
    def panes(self) -> tuple[Pane, ...]:
        """The panes of agents, by the names of their members."""
        return tuple(panes.listed(self.project))

    def state(self, member: str) -> members.State | None:
        """What a member is doing."""
        if member not in self._states:
            self._states[member] = members.state(self.project, member)
        return self._states[member]

    def card(self, id: str) -> Card | None:
        return self.board.card(id) if id else None

    @cached_property
    def offers(self) -> list[Offer]:
        """The queue: first in, first out within a priority; who has waited for long rises, so that nobody starves."""
        offers = queue.offers(self.project)
        if len(offers) < 2 or not any(offer.card for offer in offers):
            return offers
        return sorted(offers, key=lambda offer: (self._rank(offer), offer.at))

    def _rank(self, offer: Offer) -> int:
        card = self.card(offer.card)
        waited = datetime.now(timezone.utc) - datetime.fromisoformat(offer.at.replace("Z", "+00:00"))
        return _RANKS.get(card.priority if card else "", 1) - int(waited.total_seconds() // _PATIENCE_SECONDS)

    @cached_property
    def itself(self) -> Candidate:
        """The trunk as it is, as something to be tested."""
        return trunk.itself(self.project, self.tip)

    @cached_property
    def running(self) -> dict[str, Running]:
        """What is being tested at this moment, by the verdict's key."""
        return {run.key: run for run in slots.running(self.project)}

    def contains(self, commit: str) -> bool:
        """Whether the trunk holds ``commit``."""
        self._foresee()
        return trunk.contains(self.project, self.tip, commit)

    def _foresee(self) -> None:
        """Ask git about all offers at once, so that one by one they cost nothing more."""
        if not self._foreseen:
            self._foreseen = True
            trunk.foresee(self.project, self.tip, [offer.commit for offer in self.offers])

    def candidate(self, commit: str) -> Candidate:
        """What landing ``commit`` today would make of the trunk."""
        return self.together((commit,))

    def candidate_on(self, base: str, commit: str) -> Candidate:
        """What landing ``commit`` would have made of the trunk at ``base``."""
        return trunk.candidate(self.project, base, commit)

    def together(self, commits: tuple[str, ...]) -> Candidate:
        """What landing several commits today, one after the other, would make of the trunk."""
        if commits not in self._together:
            if commits[1:]:
                found = trunk.also(self.project, self.together(commits[:-1]), commits[-1])
            else:
                self._foresee()
                found = trunk.candidate(self.project, self.tip, commits[0])
            self._together[commits] = found
        return self._together[commits]

    def key(self, candidate: Candidate) -> str:
        """The name of a candidate's verdict under today's test command, and in a worktree as it is made ready today."""
        if candidate.tree not in self._keys:
            gate = self.team.gate
            self._keys[candidate.tree] = verdicts.key_of(
                self.project, candidate.tree, gate.command or "", gate.inputs, self._settings
            )
        return self._keys[candidate.tree]

    @cached_property
    def _settings(self) -> str:
        return outfit.settings_word(self.project, self.wishes)

    def verdict(self, candidate: Candidate) -> Verdict | None:
        """The verdict on a candidate, if there is one."""
        if candidate.conflicts or not self.team.gate.command:
            return None
        key = self.key(candidate)
        if key not in self._verdicts:
            self._verdicts[key] = verdicts.get(self.project, key)
        return self._verdicts[key]

    def obstacles(self, candidate: Candidate) -> list[str]:
        """What in the checkout of the trunk keeps a candidate from landing now."""
        if candidate.tree not in self._obstacles:
            self._obstacles[candidate.tree] = trunk.obstacles(self.project, self.trunk, self.tip, candidate.tree)
        return self._obstacles[candidate.tree]
