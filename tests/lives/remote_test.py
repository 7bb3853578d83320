"""Two batty-hooks on two clones of one server, and a stranger: whatever happens in whatever order, nothing is lost, no
tip of ours was untested, and nothing counts as landed that only one of them has. (INTERLEAVINGS=200 lives two
hundred, by the seeds from FIRST_SEED on.)
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import in_child
from scene import Scene
from servers import DOWN, UP, Daemon, Proxy, git

from batty_hooks.moves.base.runner import Runner
from batty_hooks.people import served
from batty_hooks.rules.look import Look
from batty_hooks.state import queue, server
from batty_hooks.state.project import find

MANY = int(os.environ.get("INTERLEAVINGS", "0"))
FIRST = int(os.environ.get("FIRST_SEED", "0"))
SEEDS = range(FIRST, FIRST + MANY) if MANY else (11,)
ACTS = 14


class Person:
    """Somebody with a clone, and batty-hooks in it."""

    def __init__(self, root: Path, url: str) -> None:
        self.scene, self.count = Scene(root), 0
        git("clone", "-q", url, str(root), cwd=root.parent)
        self.scene.run("install")
        self.scene.team(None)
        path = root / ".batty/team_config/team.yaml"
        path.write_text(path.read_text() + "remote: {name: origin}\n")
        (root / ".batty/watch.pid").write_text(f"{os.getpid()}\n")

    def reports(self, number: int) -> tuple[str, str, str]:
        """A branch with a number of its own, offered: its name and commit, and what was said to that."""
        self.count += 1
        name = f"{self.scene.root.name}-{self.count}"
        place = self.scene.root.parent / f"at-{name}"
        self.scene.git("worktree", "add", "-q", "-b", name, str(place), "main")
        commit = self.scene.commit(place, {f"numbers/{name}": f"{number}\n"}, f"Work on {name}")
        return name, commit, self.scene.run("merge", "--no-wait", name, code=None)

    def works(self, kill_at: int = 0) -> None:
        """batty-hooks does what is to be done; killed at a write, if so said. The server is looked at first."""
        root = self.scene.root
        (root / ".batty/server.json").unlink(missing_ok=True)

        def work() -> None:
            Runner(find(root), None, lambda item, error: None).until_idle()

        in_child(work, kill_at)


class World:
    """The server, the line to it, two people and a stranger."""

    def __init__(self, tmp_path: Path, seed: int) -> None:
        self.chance, self.told, self.next = random.Random(seed), [f"seed {seed}"], 100
        source = Scene(tmp_path / "source").create().root
        self.server = Daemon(tmp_path / "server", source)
        self.server.start()
        self.server.hook("post-receive", 'while read old new ref; do echo "$new $ref"; done >> pushes\n')
        self.proxy = Proxy(self.server.port)
        self.server.behind(self.proxy)
        self.people = [Person(tmp_path / name, self.server.url) for name in ("ann", "ben")]
        self.stranger = self.server.stranger()
        self.strange: list[str] = []
        self.tips = {self.server.tip()}
        self.reported: dict[str, tuple[Person, str]] = {}
        self.own: list[tuple[Person, str]] = []
        self.rewound = False

    def close(self) -> None:
        self.proxy.close()
        self.server.stop()

    # --- what may happen -----------------------------------------------------------------------------------

    def a_stranger_pushes(self) -> None:
        number = self.chance.choice([self._number(), self.next - 1])  # now and then one that somebody has taken already
        self.strange.append(self.stranger.push({f"numbers/strange-{self.next}-{len(self.strange)}": f"{number}\n"}))

    def a_stranger_rewinds(self) -> None:
        if self.chance.random() < 0.3 and git("rev-list", "--count", "main", cwd=self.server.root) != "1":
            self.stranger.rewind()
            self.rewound = True
            self.strange = [commit for commit in self.strange if self.has(commit)]

    def a_card_is_reported(self) -> None:
        person = self._somebody()
        name, commit, said = person.reports(self._number())
        if f"{name} is offered" in said:
            self.reported[name] = (person, commit)
        else:
            self.told.append(said)

    def somebody_works(self) -> None:
        self._somebody().works()

    def somebody_is_killed(self) -> None:
        self._somebody().works(self.chance.randint(1, 120))

    def the_line_breaks(self) -> None:
        break_ = self.chance.choice([self.proxy.cut, self.proxy.cut, self.proxy.refuse])
        if break_ == self.proxy.refuse:
            self.proxy.refuse()
        else:
            self.proxy.cut(self.chance.randint(1, 4000), self.chance.choice([UP, DOWN]))
        self._somebody().works()
        self.proxy.let_pass()

    def somebody_commits_on_the_trunk(self) -> None:
        person = self._somebody()
        number = self._number()
        commit = person.scene.commit(person.scene.root, {f"numbers/own-{number}": f"{number}\n"}, f"By hand {number}")
        self.own.append((person, commit))

    def a_checkout_is_dirty(self) -> None:
        path = self._somebody().scene.root / "numbers/one"
        path.write_text("1\n" if path.read_text() != "1\n" else "1\n\n")

    # --- what must hold ------------------------------------------------------------------------------------

    def has(self, commit: str) -> bool:
        """Whether the server's trunk contains it."""
        asked = ["merge-base", "--is-ancestor", commit, "main"]
        return git("cat-file", "-t", commit, cwd=self.server.root, check=False) == "commit" and not _code(
            asked, self.server.root
        )

    def check(self) -> None:
        """After everything that happens."""
        self.tips.add(self.server.tip())
        pushes = self.server.root / "pushes"
        for line in pushes.read_text().splitlines() if pushes.exists() else ():
            tip, ref = line.split()
            assert ref == "refs/heads/main", line
            self.tips.add(tip)
            assert self.is_green(tip), f"{tip} was pushed, and is red"
        for commit in self.strange:
            assert self.has(commit), f"the stranger's {commit} is lost"
        for person in self.people:
            for event in person.scene.events():
                if event["event"] == "landed":
                    assert self.was_there(event["commit"]), f"{event} was never on the server"
        for person, commit in self.own:
            assert commit in person.scene.git("rev-list", "main") or self.was_there(commit), f"{commit} is lost"

    def is_green(self, tip: str) -> bool:
        listed = git("ls-tree", "-r", "--name-only", tip, "numbers/", cwd=self.server.root).splitlines()
        numbers = [git("show", f"{tip}:{name}", cwd=self.server.root).strip() for name in listed]
        return len(set(numbers)) == len(numbers) and all(re.fullmatch(r"\d+", number) for number in numbers)

    def was_there(self, commit: str) -> bool:
        asked = ["merge-base", "--is-ancestor", commit]
        return any(not _code([*asked, tip], self.server.root) for tip in self.tips)

    def comes_to_rest(self) -> None:
        """The line holds, nobody is in the way, a rewrite is accepted: then everything reported lands or came back."""
        self.proxy.let_pass()
        if not self.is_green(self.server.tip()):  # the stranger's own doing: ours push nothing red
            listed = git("ls-tree", "-r", "--name-only", "main", "numbers/", cwd=self.server.root).splitlines()
            self.strange.append(
                self.stranger.push({name: f"{self._number()}\n" for name in listed if "strange" in name}, "Mended")
            )
        for _ in range(6):
            before = self._stands()
            for person in self.people:
                (person.scene.root / "numbers/one").write_text("1\n")
                person.scene.git("checkout", "-q", "numbers/one", check=False)
                self._accept(person)
                person.works()
                self.check()
            if self._stands() == before:
                break
        for name, (person, commit) in self.reported.items():
            project = find(person.scene.root)
            came_back = [one.commit for one in queue.attempts(project, queue.branch_key(name))]
            assert self.was_there(commit) or commit in came_back, self.words(f"{name} stands still", person)
            log = git("log", "--format=%s", "main", cwd=self.server.root).splitlines()
            assert log.count(f"Land {name}") <= 1, f"{name} has landed twice"
        for person, commit in [] if self.rewound else self.own:
            came_back = [one.commit for one in queue.attempts(find(person.scene.root), queue.branch_key("main"))]
            assert self.has(commit) or came_back, self.words(f"{commit} stands still", person)

    def _stands(self) -> object:
        """Where all stand; when a whole round has left that as it was, another one does too."""
        refs = [person.scene.git("for-each-ref") for person in self.people]
        return self.server.tip(), refs, [person.scene.messages("*") for person in self.people]

    def _accept(self, person: Person) -> None:
        project = find(person.scene.root)
        (project.batty / "server.json").unlink(missing_ok=True)
        person.scene.run("remote", code=None)
        if found := server.rewritten(project, "origin", "main"):
            person.scene.run("remote", "--accept", found.now, code=None)

    def words(self, what: str, person: Person) -> str:
        look = Look(find(person.scene.root))
        notes = (person.scene.root / ".batty/server.json").read_text()
        return "\n".join([what, served.words(look), notes, person.scene.run("status", code=None), person.scene.log()])

    def _number(self) -> int:
        self.next += 1
        return self.next

    def _somebody(self) -> Person:
        return self.chance.choice(self.people)

    def lives(self) -> None:
        acts: list[Callable[[], None]] = [
            self.a_stranger_pushes, self.a_stranger_pushes, self.a_stranger_rewinds, self.a_card_is_reported,
            self.a_card_is_reported, self.somebody_works, self.somebody_works, self.somebody_is_killed,
            self.the_line_breaks, self.somebody_commits_on_the_trunk, self.a_checkout_is_dirty,
        ]  # fmt: skip
        for _ in range(ACTS):
            act = self.chance.choice(acts)
            self.told.append(act.__name__)
            act()
            self.check()
        self.told.append("comes to rest")
        self.comes_to_rest()


def _code(arguments: list[str], cwd: Path) -> int:
    import subprocess

    return subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=False).returncode


@pytest.mark.limit(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_two_of_us_and_a_stranger(tmp_path: Path, alone: None, seed: int) -> None:
    world = World(tmp_path, seed)
    try:
        world.lives()
    except BaseException:
        print(json.dumps(world.told, indent=1))
        raise
    finally:
        world.close()
