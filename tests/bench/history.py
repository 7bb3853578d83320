"""The history of a team of nineteen: what a state costs, what ten thousand take on disk, how long `--at` looks for one.

A state is kept by a running watcher, which has read team.yaml before; the alternatives are `git add -A` and
`git commit` of a copy of the same files, one `git fast-import` of what has changed, and a look that finds nothing to
keep.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from pathlib import Path

from base import Row, Scene, home, main

from batty_hooks.moves.base.chronicling import Chronicler
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox
from batty_hooks.state.project import Project, find
from batty_hooks.system.git import growing
from batty_hooks.vocabulary import happened, kinds

_BY_GIT = 20


def measure(states: int = 10_000) -> list[Row]:
    """``states`` states, each an event, a message and a board that has changed."""
    with home() as place:
        scene = Scene(place / "repository").create()
        scene.run("init", "--template", "large")
        scene.save(
            "## TODO\n" + "".join(f"- [ ] Card {n} ^t{n}\n" for n in range(60)) + "\n## IN PROGRESS\n\n## DONE\n"
        )
        project = find(scene.root)
        chronicler, before = Chronicler(project, print), _size(project)
        took: dict[str, list[float]] = {"ours": [], "imported": [], "nothing": []}
        for number in range(states):
            _change(scene, project, number)
            took["imported" if number % 4 == 0 else "ours"].append(_kept(chronicler, number % 4 > 0))
            took["nothing"].append(_kept(chronicler, True))
            if number == _BY_GIT:
                beside = _by_git(scene, place / "copy")
        size = (_size(project) - before) / 1e6
        middle = scene.git("rev-parse", f"refs/batty/history~{states // 2}")
        now, then = _seconds(scene, "status"), _seconds(scene, "status", "--at", f"#{states // 2}")
        named = _seconds(scene, "status", "--at", middle)
    ours, imported, nothing = (1000 * statistics.median(times) for times in took.values())
    packing = 1000 * statistics.mean(took["ours"]) - ours
    return [
        Row("history, team of 19: a state", ours, 15, "git add -A, git commit", beside, "ms"),
        Row("history, team of 19: a state", ours, 15, "one git fast-import", imported, "ms"),
        Row("history, team of 19: a state", ours, 15, "nothing to keep", nothing, "ms"),
        Row("history, team of 19: packing, a state's part", packing, unit="ms"),
        Row(f"history of {states:,} states: on disk", size, 50 * states / 10_000, unit="MB"),
        Row(f"history of {states:,} states: `status --at #EVENT`", 1000 * then, None, "status", 1000 * now, "ms"),
        Row(f"history of {states:,} states: `status --at COMMIT`", 1000 * named, None, "status", 1000 * now, "ms"),
    ]  # fmt: skip


def _kept(chronicler: Chronicler, is_by_itself: bool) -> float:
    """Have the state kept, with a git or without; how long it took, in seconds."""
    look, grow = Look(chronicler.project), growing.grow
    assert look.team
    if not is_by_itself:
        growing.grow = lambda *_: ""
    begun = time.perf_counter()
    chronicler.keep(look)
    growing.grow = grow
    return time.perf_counter() - begun


def _change(scene: Scene, project: Project, number: int) -> None:
    """An event, a message (of which two hundred stay), and a card that is somewhere else on the board."""
    card, member = f"t{number % 60}", f"engineer-1-{number % 5 + 1}"
    events.append(
        project, f"{card}.bench.{number}", happened.OFFERED, card=card, member=member, text=f"number {number}"
    )
    inbox.send(project, inbox.Message(f"m{number}", "human", member, f"Word {number}", "A few words.\n", kinds.NOTE))
    (project.inboxes / member / "new" / f"m{number - 200}").unlink(missing_ok=True)
    lines = scene.board().splitlines()
    lines.insert(1, lines.pop(1 + number % 60))
    scene.save("\n".join(lines) + "\n")


def _by_git(scene: Scene, copy: Path) -> float:
    """What the same costs by hand, in milliseconds: the files copied, added and committed."""
    subprocess.run(["git", "init", "-q", str(copy)], check=True)
    begun = time.perf_counter()
    for number in range(_BY_GIT):
        _change(scene, find(scene.root), 20_000 + number)
        shutil.copyfile(scene.root / "kanban.md", copy / "kanban.md")
        for name in ("inboxes", "team_config", "queue", "members"):
            shutil.copytree(scene.root / ".batty" / name, copy / name, dirs_exist_ok=True)
        subprocess.run(["git", "add", "-A"], cwd=copy, check=True)
        subprocess.run(["git", "commit", "-qm", "A state"], cwd=copy, check=True)
    return 1000 * (time.perf_counter() - begun) / _BY_GIT


def _size(project: Project) -> int:
    """What git's objects take, in bytes of the disk."""
    return sum(path.stat().st_blocks * 512 for path in (project.common / "objects").rglob("*"))


def _seconds(scene: Scene, *words: str) -> float:
    begun = time.perf_counter()
    scene.run(*words, code=None)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(measure)
