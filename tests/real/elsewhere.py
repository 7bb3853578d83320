"""A scene whose candidates are tested elsewhere too: on hosts of its own, or at the workers of a cluster."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

from scene import Scene

from batty_hooks.state import events, hosts
from batty_hooks.state.project import Project

# The test says where it was made, and is red when the tree is not the one that was committed.
GATE = 'echo "home is $HOME"; test -z "$(git status --porcelain)" && sh check.sh && sleep ${NAP:-0}'


_Kill = TypeVar("_Kill")


def kills(kinds: Sequence[_Kill], usual: int) -> dict[str, _Kill]:
    """What is killed while each branch is tested: the first ones, or with KILLS=40 each kind as often, in an order that
    KILLS_SEED shuffles."""
    order = [kill for kill in kinds for _ in range(int(os.environ.get("KILLS", "0")))]
    random.Random(int(os.environ.get("KILLS_SEED", "0"))).shuffle(order)
    return {f"b{number}": kill for number, kill in enumerate(order or kinds[:usual])}


class Elsewhere:
    """The scene, what its commands find in the environment, and what the test has going on."""

    def __init__(self, scene: Scene, **env: str) -> None:
        self.scene = scene
        self.project = Project(scene.root, scene.root / ".git")
        self.env = {"NAP": "0.5", **env}
        self.started: list[subprocess.Popen[Any]] = []

    def branch(self, name: str, files: dict[str, str] | None = None) -> str:
        place = self.scene.root.parent / name
        self.scene.git("worktree", "add", "-q", "-b", name, str(place))
        return self.scene.commit(place, files or {f"numbers/{name}": f"{zlib.crc32(name.encode())}\n"})

    def start_gate(self, commit: str) -> subprocess.Popen[str]:
        """`batty-hooks gate COMMIT`, going on."""
        going = subprocess.Popen(
            [sys.executable, "-m", "batty_hooks", "gate", commit], cwd=self.scene.root, text=True,
            env={**os.environ, **self.env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.started.append(going)
        return going

    def watch(self) -> None:
        """A watcher, at work."""
        argv = [sys.executable, "-m", "batty_hooks", "watch", "--quiet"]
        env = {**os.environ, **self.env}
        env.pop("BATTY_NO_WAKE", None)
        nothing = subprocess.DEVNULL
        self.started.append(subprocess.Popen(argv, cwd=self.scene.root, env=env, stdout=nothing, stderr=nothing))

    def kill_last(self) -> None:
        """Kill what was started last."""
        self.started[-1].kill()
        self.started[-1].wait()

    def run(self, *words: str, code: int | None = 0) -> str:
        return self.scene.run(*words, env=self.env, code=code)

    def told(self, *names: str) -> list[dict[str, Any]]:
        return [event for event in events.read(self.project) if event["event"] in names]

    def where(self) -> dict[str, str]:
        """Which commits were tested where."""
        return {event["label"]: event.get("host", "") for event in self.told("gate passed")}

    def have_passed(self) -> set[str]:
        """The branches whose commit has passed by itself or with others."""
        return {event["label"].partition(" at ")[0] for event in self.told("gate passed")}

    def all_landed_and_nobody_is_charged(self, names: list[str]) -> None:
        """Merge what has passed, whatever was killed meanwhile."""
        self.run("merge", *names)
        log = self.scene.log()
        assert not any(word in log for word in ("handed back", "gate failed", "gate broken", "gate timeout"))
        assert {line.split()[1] for line in self.scene.landed()} == set(names)
        assert "run lost" in log
        self.started[-1].terminate()
        self.started[-1].wait()

    def kill_keeper(self) -> None:
        """Kill the process that keeps what is elsewhere at hand, if there is one."""
        with contextlib.suppress(KeyError, ProcessLookupError):
            os.kill(hosts._known(self.project)["pid"], signal.SIGKILL)

    def end(self) -> None:
        for going in self.started:
            going.kill()
            going.wait()
        hosts.end(self.project)
