"""Random histories: engineers commit, amend and report, people type and commit, steps are killed; what must hold holds.

A history is made from a seed, which is in the test's name. Two are made each time, for tests/lives lives at random too;
HISTORIES=1,2,3,4,5,6 makes six, or any others. What a history did is printed when it fails.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.moves.base import offering
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules.look import Look
from batty_hooks.state import members
from batty_hooks.state.members import Report
from batty_hooks.state.project import find

SEEDS = [int(word) for word in os.environ.get("HISTORIES", "1,2").split(",")]
ACTS = 28
ENGINEERS = ("agent-1", "agent-2", "agent-3")
GATE = "sleep 0.0$(od -An -N1 -tu1 /dev/urandom | tr -d ' '); sh check.sh"


class History:
    """A repository with three engineers in worktrees of their own and a person at the primary checkout."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.dice = scene, random.Random(seed)
        self.told: list[str] = []
        self.made: set[str] = set()  # every commit an engineer made and did not amend away
        self.typed: set[str] = {scene.tip()}  # every commit a person made on the trunk
        self.number = 1000
        self.passed: set[str] = set()
        scene.install(GATE, slots=self.dice.choice([1, 1, 2]))
        self.project = find(scene.root)
        for name in ENGINEERS:
            scene.git("worktree", "add", "-q", str(self.home(name)), "-b", f"{name}/start")

    def home(self, name: str) -> Path:
        return self.scene.root.parent / name

    def act(self) -> None:
        """One thing happens."""
        acts: list[tuple[int, Callable[[], str]]] = [
            (4, self.a_card_is_given), (6, self.an_engineer_commits), (2, self.an_engineer_amends),
            (6, self.an_engineer_reports), (2, self.an_engineer_merges_the_trunk), (2, self.a_branch_is_offered),
            (2, self.a_person_commits), (2, self.a_card_is_moved), (1, self.refs_are_packed), (3, self.a_step_is_made),
            (7, self.a_step_is_killed),
        ]  # fmt: skip
        act = self.dice.choices([act for _, act in acts], [weight for weight, _ in acts])[0]
        self.told.append(f"{act.__name__.replace('_', ' ')}: {act()}")

    # --- engineers -----------------------------------------------------------------------------------------

    def an_engineer_commits(self) -> str:
        name = self.dice.choice(ENGINEERS)
        return f"{name} {self.commit(self.home(name), name)}"

    def commit(self, place: Path, name: str) -> str:
        path, text = self.work(name)
        (place / path).write_text(text)
        self.scene.git("add", path, cwd=place)
        self.scene.git("commit", "-q", "--allow-empty", "-m", f"Work {self.number}", cwd=place)
        self.made.add(self.scene.git("rev-parse", "HEAD", cwd=place))
        return f"{path} {text.strip()}"

    def work(self, name: str) -> tuple[str, str]:
        """Most of it is good; some is broken, some does not go together with another's, or is in conflict with it."""
        self.number += 1
        text = self.dice.choice([str(self.number)] * 6 + [f"x{self.number}"] * 2 + [str(self.dice.choice([7, 8]))])
        path = self.dice.choice([f"numbers/{name}"] * 6 + ["numbers/one"])
        return path, f"{text}\n"

    def an_engineer_amends(self) -> str:
        name = self.dice.choice(ENGINEERS)
        place, scene = self.home(name), self.scene
        old = scene.git("rev-parse", "HEAD", cwd=place)
        if old not in self.made:
            return "nothing of his to amend"
        (place / "numbers" / name).write_text(f"{self.number}\n")
        scene.git("add", ".", cwd=place)
        scene.git("commit", "-q", "--amend", "--allow-empty", "-m", f"Amended {self.number}", cwd=place)
        self.made.discard(old)
        self.made.add(scene.git("rev-parse", "HEAD", cwd=place))
        return f"{name} {old[:8]}"

    def an_engineer_merges_the_trunk(self) -> str:
        name = self.dice.choice(ENGINEERS)
        self.scene.git("merge", "-q", "-X", "ours", "--no-edit", "main", cwd=self.home(name), check=False)
        self.made.add(self.scene.git("rev-parse", "HEAD", cwd=self.home(name)))
        return name

    def an_engineer_reports(self) -> str:
        """His card in hand, or what he has checked out; the report may lack something, or be of what was reported."""
        name = self.dice.choice(ENGINEERS)
        place = self.home(name)
        branch, commit = (
            self.scene.git("branch", "--show-current", cwd=place),
            self.scene.git("rev-parse", "HEAD", cwd=place),
        )
        card = Look(self.project).in_hand(name)
        report = Report(name, card.id if card else "", branch, commit, "done", time.time())
        members.report(self.project, report)
        return f"{name} {report.card} {branch} {commit[:8]}"

    # --- people --------------------------------------------------------------------------------------------

    def a_card_is_given(self) -> str:
        """A card is typed under IN PROGRESS, and its engineer begins a branch for it."""
        name, scene = self.dice.choice(ENGINEERS), self.scene
        self.number += 1
        card = f"t{self.number}"
        lane = f"## IN PROGRESS\n- [x] Work {self.number} ({name}) ^{card}\n"
        scene.save(scene.board().replace("## IN PROGRESS\n", lane))
        scene.git("switch", "-q", "-c", f"{name}/{card}-work", "main", cwd=self.home(name))
        return f"{card} to {name}"

    def a_card_is_moved(self) -> str:
        """To TODO, to DONE, or to another engineer."""
        board = self.scene.board()
        cards = re.findall(r"^- \[x\] Work \d+ \(agent-\d\) \^t\d+\n", board.partition("## DONE")[0], re.MULTILINE)
        if not cards:
            return "none"
        card, to = self.dice.choice(cards), self.dice.choice(["TODO", "DONE", "IN PROGRESS"])
        moved = re.sub(r"agent-\d", self.dice.choice(ENGINEERS), card) if to == "IN PROGRESS" else card
        self.scene.save(board.replace(card, "", 1).replace(f"## {to}\n", f"## {to}\n{moved}", 1))
        return f"{moved.strip()} to {to}"

    def a_branch_is_offered(self) -> str:
        """A branch without a card, made from the trunk of this moment or from an engineer's work."""
        self.number += 1
        branch, start = f"side-{self.number}", self.dice.choice(["main", *(f"{name}/start" for name in ENGINEERS)])
        place = self.scene.root.parent / "side"
        self.scene.git("worktree", "add", "-q", "-b", branch, str(place), start)
        said = self.commit(place, "side")
        self.scene.git("worktree", "remove", str(place))
        commit = self.scene.git("rev-parse", branch)
        offering.make_offer(Look(self.project), Report("", "", branch, commit, "done", time.time()), approved=commit)
        return f"{branch} from {start}: {said}"

    def a_person_commits(self) -> str:
        """On the trunk, in his checkout; sometimes what breaks it."""
        self.number += 1
        name = self.dice.choice(["person", "one"])
        text = self.dice.choice([str(self.number)] * 4 + ["broken"])
        return self.commit_by_hand(f"numbers/{name}", f"{text}\n")

    def commit_by_hand(self, path: str, text: str) -> str:
        scene = self.scene
        (scene.root / path).write_text(text)
        scene.git("add", "--", path, check=False)
        scene.git("commit", "-qm", "By hand", "--", path, check=False)
        self.typed.add(scene.tip())
        return f"{path} {text.strip()} {scene.tip()[:8]}"

    # --- time ----------------------------------------------------------------------------------------------

    def refs_are_packed(self) -> str:
        self.scene.git("pack-refs", "--all")
        return ""

    def a_step_is_made(self) -> str:
        return str(self.step())

    def a_step_is_killed(self) -> str:
        seconds = self.dice.random() ** 2 * 1.5
        return f"after {seconds:.3f} s: {self.step(seconds)}"

    def step(self, seconds: float = 600.0) -> str:
        """Every move until nothing is left to do, or until it is killed."""
        pid = os.fork()
        if pid == 0:
            try:
                Runner(self.project, None, lambda item, error: None).until_idle()
            finally:
                os._exit(0)
        limit = time.monotonic() + seconds
        ended = 0
        while not ended and time.monotonic() < limit:
            ended, _ = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.002)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.what_always_holds()
        return "to its end" if ended else "killed"

    # --- what must hold ------------------------------------------------------------------------------------

    def what_always_holds(self) -> None:
        """Whatever was killed: the trunk is green, nothing landed twice, no work is lost."""
        scene = self.scene
        for oid in scene.git("rev-list", "--first-parent", "main").splitlines():
            if oid not in self.typed | self.passed:
                assert self.is_green(oid), f"{oid} is on the trunk and red"
                self.passed.add(oid)
        sides = [line.split()[2] for line in scene.git("rev-list", "--merges", "--parents", "main").splitlines()]
        landed = Counter(side for side in sides if side in self.made)
        subjects = Counter(line.partition(":")[0] for line in scene.landed() if line.startswith("Land t"))
        assert not [twice for twice, count in (landed + subjects).items() if count > 1]
        lost = self.made - set(scene.git("rev-list", "--all").splitlines())
        assert not lost, f"no ref leads to {lost}"

    def is_green(self, oid: str) -> bool:
        place = self.scene.root.parent / "look"
        if not place.exists():
            self.scene.git("worktree", "add", "-q", "--detach", str(place), oid)
        self.scene.git("checkout", "-q", "--detach", oid, cwd=place)
        return self.scene.sh("sh check.sh", place) == 0

    def what_holds_at_rest(self) -> None:
        """With nothing left to do: one row of the state table for each card, and the queue agrees with its pins."""
        scene = self.scene
        queue = [json.loads(path.read_text()) for path in (scene.root / ".batty/queue").glob("*.json")]
        pins = scene.git("for-each-ref", "--format=%(refname:lstrip=3) %(objectname)", "refs/batty/queue")
        assert sorted(pins.splitlines()) == sorted(f"{offer['key']} {offer['commit']}" for offer in queue)
        assert not queue, "the trunk is green and nothing is in the way, and yet something waits"
        landed = set(scene.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/batty/landed").split())
        cards = [
            (card, lane) for lane in ("TODO", "IN PROGRESS", "DONE") for line in scene.lane(lane)
            for card in re.findall(r"\^(t\d+)$", line)
        ]  # fmt: skip
        assert len(cards) == len(dict(cards)) and set(cards) >= {(card, "DONE") for card in landed}
        assert {card for card, lane in cards if lane == "DONE"} <= landed | self.done_by_hand()

    def done_by_hand(self) -> set[str]:
        """Cards without a branch of their own: who drags such a card to DONE is taken at his word."""
        names = self.scene.git("for-each-ref", "--format=%(refname)", "refs/heads").splitlines()
        return {
            card for card, owner in re.findall(r"\((agent-\d)\) \^(t\d+)$", "\n".join(self.scene.lane("DONE")), re.M)
            if not any(f"/{owner}/{card}" in name for name in names)
        }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens(scene: Scene, alone: None, seed: int) -> None:
    history = History(scene, seed)
    try:
        for _ in range(ACTS):
            history.act()
        for path, text in (("numbers/person", "3\n"), ("numbers/one", "1\n")):
            history.told.append(f"the trunk is mended: {history.commit_by_hand(path, text)}")
        history.told.append(f"a last step: {history.step()}")
        history.what_holds_at_rest()
    except BaseException:
        print("\n".join([*history.told, scene.log(), scene.git("log", "--graph", "--oneline", "--all")]))
        raise
