"""One look at the project, shared by all moves of one moment."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from batty_hooks.state import team, trunk, verdicts, worktrees
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.git.worktrees import Worktree

if TYPE_CHECKING:
    from batty_hooks.moves.base.standing import Standing
    from batty_hooks.state.board.text import Board, Card


class Look:
    """One look at the project; each part is read when it is first asked for, and once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.standings: dict[Offer, Standing] = {}

    @cached_property
    def team(self) -> team.Team:
        return team.load(self.project)

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
        return trunk.tip(self.project, self.trunk)

    @cached_property
    def landed(self) -> dict[str, str]:
        return trunk.landed(self.project)

    @cached_property
    def paused(self) -> bool:
        return self.project.pause_file.exists()

    def card(self, id: str) -> Card | None:
        return self.board.card(id) if id else None

    def candidate(self, commit: str) -> Candidate:
        """What landing ``commit`` today would make of the trunk."""
        return trunk.candidate(self.project, self.tip, commit)

    def key(self, candidate: Candidate) -> str:
        """The name of a candidate's verdict under today's test command."""
        gate = self.team.gate
        return verdicts.key_of(self.project, candidate.tree, gate.command or "", gate.inputs)

    def verdict(self, candidate: Candidate) -> Verdict | None:
        """The verdict on a candidate, if there is one."""
        known = verdicts.get(self.project, self.key(candidate))
        return None if candidate.conflicts or not self.team.gate.command else known
