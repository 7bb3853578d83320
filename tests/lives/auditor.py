"""The auditor of a life: what holds of a repository whatever was done to it, asked of git, the board and what is said.

While anything goes on: every landed merge brought exactly commits made for its own card, every commit of the trunk's
first-parent line passed, every commit anybody made is on a ref. At rest: every card is landed, waiting, in hand, or
named under "needs you"; every message has somebody who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from scene import Scene

from batty_hooks.people import needs
from batty_hooks.rules import dispatching
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.look import Look
from batty_hooks.state import queue, worktrees
from batty_hooks.state.board.text import Card
from batty_hooks.state.project import Project


class Auditor:
    """Looks at one repository. ``made`` is who made a commit for which card: oid → card; "" for none, then it is of the
    card that its engineer reports it as."""

    def __init__(self, scene: Scene, project: Project) -> None:
        self.scene, self.project = scene, project
        self.made: dict[str, str] = {}
        self.typed: set[str] = {scene.tip()}
        self._passed: set[str] = set()
        self._seen: set[str] = set()

    def always(self) -> list[str]:
        """What is wrong, whatever is going on or was killed."""
        return [*self._red(), *self._foreign(), *self._lost()]

    def at_rest(self) -> list[str]:
        """What is wrong when nothing is left to do."""
        look = Look(self.project)
        if look.board.doubt:
            return [] if self._named(look, "not acted on") else [f"in doubt, unsaid: {look.board.doubt}"]
        wrong = [f"{card.id or card.title} {why}" for card in look.board.cards if (why := self._standing(look, card))]
        return [*wrong, *self._unheard(look)]

    def _red(self) -> Iterator[str]:
        for oid in self.scene.git("rev-list", "--first-parent", self.scene.trunk).splitlines():
            if oid not in self._passed and oid not in self.typed:
                self._passed.add(oid)
                if not self._is_green(oid):
                    yield f"{oid[:10]} is on the trunk and red"

    def _is_green(self, oid: str) -> bool:
        place = self.scene.root.parent / "look"
        if not place.exists():
            self.scene.git("worktree", "add", "-q", "--detach", str(place), oid)
        self.scene.git("checkout", "-q", "--force", "--detach", oid, cwd=place)
        return self.scene.sh("sh check.sh", place) == 0

    def _foreign(self) -> Iterator[str]:
        """Landings that brought in a commit made for another card, or for none."""
        lines = self.scene.git("log", "--merges", "--format=%H %s", self.scene.trunk).splitlines()
        for oid, _, subject in (line.partition(" ") for line in lines):
            if oid in self._seen or not subject.startswith("Land t") or " together: " in subject:
                continue
            self._seen.add(oid)
            card = subject.removeprefix("Land ").partition(":")[0].split()[0]
            brought = self.scene.git("rev-list", f"{oid}^2", "--not", f"{oid}^1").split()
            for commit in brought:
                if self.made.get(commit, card) not in (card, ""):
                    yield f"{subject!r} brought {commit[:10]}, which was made for {self.made[commit]}"

    def _lost(self) -> Iterator[str]:
        held = set(self.scene.git("rev-list", "--all").splitlines())
        yield from (
            f"no ref leads to {commit[:10]} (of {card})" for commit, card in self.made.items() if commit not in held
        )

    def _standing(self, look: Look, card: Card) -> str:
        """Why a card stands nowhere; "" when it is landed, waiting, in hand or named."""
        if card.lane not in ("todo", "in progress", "done") or self._named(look, card.id or card.title):
            return ""
        if card.blocked and card.lane != "done":
            return "is blocked, and nobody is told"
        return {"todo": _todo, "in progress": _in_progress, "done": _done}[card.lane](look, card)

    def _named(self, look: Look, word: str) -> bool:
        return any(word in f"{need.what} {need.command}".replace(":", " ").split() or word in need.what
                   for need in needs.of(look))  # fmt: skip

    def _unheard(self, look: Look) -> Iterator[str]:
        boxes = self.project.inboxes
        for box in boxes.iterdir() if boxes.is_dir() else ():
            waiting = list((box / "new").glob("*"))
            if waiting and box.name not in look.names:
                yield f"{len(waiting)} message(s) for {box.name}, who is nobody"


def _todo(look: Look, card: Card) -> str:
    if not card.title or dispatching.waits_for(look, card) or look.paused:
        return ""
    if any(card.id in words.replace(",", "").split() for words in dispatching.waiting_words(look)):
        return ""
    if card.owner and card.owner not in look.names:
        return f"is for {card.owner}, who is nobody"
    free = [member.name for member in look.team.engineers if _has_nothing(look, member.name)]
    idle = [name for name in free if card.owner in ("", name)]
    return f"is ready, {idle[0]} has nothing to do, and does not get it" if idle else ""


def _has_nothing(look: Look, member: str) -> bool:
    return not any(c.owner == member and c.lane == "in progress" and not c.blocked for c in look.board.cards)


def _in_progress(look: Look, card: Card) -> str:
    if not card.owner:
        return "is in progress, and nobody has it"
    if card.owner == look.team.human:
        return ""
    if queue.get(look.project, card.id):
        return "waits in the queue, and for what is not said"
    if standing_brief(look.project, card.owner, card.id) is None and len(_mine(look, card.owner)) == 1:
        return f"is {card.owner}'s, who was never told"
    return ""


def _mine(look: Look, member: str) -> list[Card]:
    return [
        card for card in look.board.cards if card.owner == member and card.lane == "in progress" and not card.blocked
    ]


def _done(look: Look, card: Card) -> str:
    if not card.id or card.id in look.landed or not card.owner:
        return ""
    return "is in DONE and has not landed" if worktrees.branch_of(look.project, card.owner, card.id) else ""


def branches(place: Path, scene: Scene) -> Mapping[str, str]:
    """Every local branch and its tip."""
    lines = scene.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads", cwd=place)
    return dict(line.split() for line in lines.splitlines())
