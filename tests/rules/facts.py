"""A look whose facts a test sets: what a decider derives from them is then a matter of milliseconds, without git.

What git would say is given through the look; verdicts, messages, reports and states are real files of a real `.batty/`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from batty_hooks.rules.look import Look
from batty_hooks.state import verdicts
from batty_hooks.state.board.text import Board
from batty_hooks.state.members import State
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Attempt, Offer
from batty_hooks.state.team import Gate, Member, Role, Team
from batty_hooks.state.trunk import Candidate
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.records import asdict, replace

ROLE = Role("engineer", "engineer", "command")
ENGINEERS = tuple(Member(f"engineer-{number}", ROLE, "human") for number in (1, 2, 3))
TIP = "a" * 40


class Facts(Look):
    """A project of three engineers with a trunk, a test command, no offers and no board; each test sets the rest."""

    def __init__(self, root: Path) -> None:
        super().__init__(Project(root, root / ".git"))
        self.team = Team("test", "main", Gate("check"), roles=(ROLE,), members=ENGINEERS)
        self.trunk, self.paused, self.homes, self.running = "main", False, {}, {}
        self.tip = self.local_tip = TIP
        self.trunk_place = root
        self.landed: dict[str, str] = {}
        self.offers: list[Offer] = []
        self.itself = Candidate(TIP, TIP, _tree([]), ())
        self.inside: dict[str, frozenset[str]] = {TIP: frozenset()}  # which commits each tip of the trunk holds
        self.held: set[str] = set()  # commits that the trunk contains
        self.reverts: dict[str, list[str]] = {}  # by landing: the commits that took it back
        self.apart: set[frozenset[str]] = set()  # commits that conflict with each other, or one with the trunk
        self.forks: dict[str, str] = {}  # where commits left the trunk, if not at its tip
        self.back: dict[str, list[Attempt]] = {}
        self.in_the_way: dict[str, list[str]] = {}  # by commit: what the checkout of the trunk holds against it
        self.protected: dict[str, tuple[str, ...]] = {}  # by commit: the protected paths it changes
        self.project.common.mkdir(exist_ok=True)
        for room in (self.project.verdicts, self.project.queue, self.project.logs, self.project.members):
            room.mkdir(parents=True, exist_ok=True)

    # what git would say

    def foresee(self, more: Iterable[str] = ()) -> None:
        """There is no git to be asked ahead."""

    def contains(self, commit: str) -> bool:
        return commit in self.held

    def reverted(self, commits: Sequence[str]) -> dict[str, list[str]]:
        return {commit: by for commit, by in self.reverts.items() if commit in commits}

    def fork(self, commit: str) -> str | None:
        return self.forks.get(commit, self.tip)

    def attempts(self, key: str) -> list[Attempt]:
        return self.back.get(key, [])

    def together(self, commits: tuple[str, ...]) -> Candidate:
        return self._merged(self.tip, commits)

    def candidate_on(self, base: str, commit: str) -> Candidate:
        return self._merged(base, (commit,))

    def _merged(self, base: str, commits: tuple[str, ...]) -> Candidate:
        holds = self.inside.get(base, frozenset({base})) | set(commits)
        clash = any(pair <= holds for pair in self.apart)
        found = Candidate(base, commits[-1], _tree(holds), ("numbers/one",) if clash else (), commits[:-1])
        touched = tuple(path for commit in commits for path in self.protected.get(commit, ()))
        self.once(("touched", found), lambda look: touched)
        return found

    def obstacles(self, candidate: Candidate) -> list[str]:
        return [path for commit in (*candidate.before, candidate.commit) for path in self.in_the_way.get(commit, ())]

    # what a test sets

    def gate(self, **settings: object) -> None:
        """Change what team.yaml says of the gate."""
        self.team = replace(self.team, gate=replace(self.team.gate, **settings))

    def write_board(self, todo: str = "", progress: str = "", done: str = "") -> None:
        """Let there be a board with these lines in its lanes."""
        lanes = {"TODO": todo, "IN PROGRESS": progress, "DONE": done}
        text = "".join(f"## {title}\n{lines}\n\n" for title, lines in lanes.items())
        self.board, self.no_board = Board.parse(text.encode(), self.team.names), None

    def offer(self, commit: str, card: str = "", **more: object) -> Offer:
        """Put a commit into the line; the branch of that name, or engineer-1's work on a card."""
        branch = f"engineer-1/{card}" if card else commit
        at = f"2026-01-01T00:{len(self.offers):02}:00.000Z"
        found = Offer(card or f"b-{commit}", card, branch, commit, "engineer-1" if card else "", "Work", at, 1)
        self.offers.append(replace(found, **more))
        return self.offers[-1]

    def judge(self, candidate: Candidate, result: str, commits: Iterable[str] = (), **more: object) -> Verdict:
        """Write the verdict on a candidate; what was derived before is forgotten, as in a new look."""
        found = Verdict(self.key(candidate), candidate.tree, "check", result, 1, 0.1, "log", candidate.base,
                        candidate.commit, "2026-01-02T00:00:00.000Z", commits=tuple(commits))  # fmt: skip
        found = replace(found, **more)
        verdicts.put(self.project, found)
        self.again()
        return found

    def says(self, member: str, word: str, seconds_ago: float = 0.0, cut: float = 0.0) -> None:
        """A member has been in that state for so long."""
        room = self.project.member_directory(member)
        room.mkdir(exist_ok=True)
        state = State(word, time.time() - seconds_ago, "", cut=cut)
        (room / "state.json").write_text(json.dumps(asdict(state)))
        self.again()

    def wait(self, offer: Offer) -> None:
        """Write an offer's file, too."""
        (self.project.queue / f"{offer.key}.json").write_text(json.dumps(asdict(offer)))
        self.again()

    def land(self, *commits: str) -> None:
        """Take the trunk on to hold these too; whoever else waits was made from where it has stood until now."""
        before, self.tip = self.tip, f"{len(self.inside):040}"
        self.inside[self.tip] = self.inside[before] | set(commits)
        self.held |= set(commits)
        self.itself = Candidate(self.tip, self.tip, _tree(self.inside[self.tip]), ())
        self.offers = [offer for offer in self.offers if offer.commit not in self.held]
        for offer in self.offers:
            self.forks.setdefault(offer.commit, before)
        self.again()

    def again(self) -> None:
        """Look again: only what was set stays."""
        self._derived.clear()
        for tip, holds in self.inside.items():  # (the trunk as it was, of which git would say)
            self._derived["trunk at", tip] = Candidate(tip, tip, _tree(holds), ())
        self._verdicts.clear()
        self._states.clear()


def _tree(commits: Iterable[str]) -> str:
    """A tree is what is in it, whatever the way to it."""
    return f"tree of {'+'.join(sorted(commits))}"
