"""Large things: a board of 10,000 cards, an inbox of 10,000 messages, 50 worktrees, a repository of 20,000 files."""

from __future__ import annotations

import mailbox
import os
import time
from collections.abc import Callable
from pathlib import Path

from base import Row, Scene, home, launched, main, medians, rest, watching

from batty_hooks.moves.base.runner import Runner
from batty_hooks.state import project as project_map

_CARDS = 10_000
_MESSAGES = 10_000
_WORKTREES = 50
_FILES = 20_000


def measure(rounds: int = 5) -> list[Row]:
    """Medians over ``rounds``."""
    return [*_board(rounds), *_inbox(rounds), *_worktrees(rounds), *_repository(rounds)]


def _board(rounds: int) -> list[Row]:
    """One card is added on top of a board of 10,000, most of them done; then copying the file is the alternative."""
    with home() as place:
        scene = Scene(place / "repository").create()
        scene.run("init", "--template", "large")
        done = "".join(f"- [x] Something that was done, number {n} (engineer-1-1)\n" for n in range(_CARDS))
        scene.save(f"## TODO\n\n## IN PROGRESS\n\n## DONE\n{done}")
        scene.step()
        numbers = iter(range(rounds + 1))
        with watching(scene) as watcher:
            found = medians(rounds, {
                "rest": lambda: rest(watcher, 0.6),
                "claim": lambda: _claimed(scene, f"Number {next(numbers)} of the new"),
                "copy": lambda: (scene.root / "copy.md").write_text(scene.board()),
            })  # fmt: skip
    return [Row("board of 10,000 cards: saved → claimed", found["claim"], 500, "copying the file", found["copy"])]


def _claimed(scene: Scene, title: str) -> None:
    scene.cards(f"- [ ] {title}")
    while not any(title in line for line in scene.lane("IN PROGRESS")):
        time.sleep(0.01)


def _inbox(rounds: int) -> list[Row]:
    """Ten unread messages among 10,000, and 10,000 unread ones, against Python's own Maildir reading all subjects."""
    with home() as place:
        scene = Scene(place / "repository").create().install()
        box = scene.root / ".batty/inboxes/human"
        scene.run("send", "human", "Good morning")
        one = next(iter((box / "new").iterdir())).read_bytes()
        for number in range(_MESSAGES):
            name = f"cur/m{number}:2,S" if number >= 10 else f"new/m{number}"
            (box / name).write_bytes(one)
        found = medians(rounds, _inbox_actions(scene, box))
        for path in list((box / "cur").iterdir()):
            path.rename(box / "new" / path.name.partition(":")[0])
        unread = medians(max(rounds // 2, 1), _inbox_actions(scene, box))
    maildir = found["maildir"]
    return [
        Row("inbox of 10,000 messages, 10 unread: `inbox`", found["inbox"], 300, "mailbox.Maildir", maildir),
        Row("inbox of 10,000 messages, 10 unread: `status`", found["status"], 300, "mailbox.Maildir", maildir),
        Row("inbox of 10,000 messages, 10,000 unread: `inbox`", unread["inbox"], 500, "mailbox.Maildir",
            unread["maildir"]),
        Row("inbox of 10,000 messages, 10,000 unread: `status`", unread["status"], 500, "mailbox.Maildir",
            unread["maildir"]),
    ]  # fmt: skip


def _inbox_actions(scene: Scene, box: Path) -> dict[str, Callable[[], object]]:
    return {
        "inbox": launched(scene, "inbox", "human"),
        "status": launched(scene, "status", codes=(0, 1)),
        "maildir": lambda: [message["Subject"] for message in mailbox.Maildir(box)],
    }


def _worktrees(rounds: int) -> list[Row]:
    """Fifty worktrees, each one commit ahead of the trunk, no team: `status`, and a sweep that finds nothing to do."""
    with home() as place:
        os.environ["BATTY_NO_WAKE"] = "1"
        scene = Scene(place / "repository").create().install()
        for number in range(_WORKTREES):
            scene.git("worktree", "add", "-q", "-b", f"agent-{number}/work", str(place / f"agent-{number}"))
            scene.commit(place / f"agent-{number}", {f"numbers/w{number}": f"{1000 + number}\n"})
        for path in (scene.root / ".batty/spool").iterdir():
            path.unlink()
        found = medians(rounds, {
            "status": launched(scene, "status", codes=(0, 1)),
            "sweep": lambda: sweep(scene),
            "git status": lambda: [scene.git("status", "--short", cwd=place / f"agent-{n}") for n in range(_WORKTREES)],
            "git worktree list": lambda: scene.git("worktree", "list"),
        })  # fmt: skip
    return [
        Row("50 worktrees: `status`", found["status"], 1000, "50 times `git status`", found["git status"]),
        Row("50 worktrees: idle sweep", found["sweep"], 100, "git worktree list", found["git worktree list"]),
    ]  # fmt: skip


def sweep(scene: Scene) -> None:
    """What the watcher does on each wake."""
    Runner(project_map.find(scene.root), None, lambda item, error: None).sweep()


def _repository(rounds: int) -> list[Row]:
    """Gate (a test that does nothing) and land a one-file branch in a repository of 20,000 files."""
    with home() as place:
        os.environ["BATTY_NO_WAKE"] = "1"
        scene = Scene(place / "repository").create()
        for number in range(_FILES):
            path = scene.root / f"src/{number // 200}/{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number}\n")
        scene.git("add", ".")
        scene.git("commit", "-qm", "Many files")
        scene.install("true")
        scene.git("worktree", "add", "-q", "-b", "work", str(place / "work"))
        numbers = iter(range(2 * rounds + 2))
        found = medians(rounds, {
            "commit": lambda: _commit(scene, place, next(numbers)),
            "gate": launched(scene, "gate", "work"),
            "merge": launched(scene, "merge", "work"),
            "commit too": lambda: _commit(scene, place, next(numbers)),
            "git merge": lambda: scene.git("merge", "-q", "--no-ff", "-m", "Merge", "work"),
        })  # fmt: skip
    return [
        Row("20,000 files: `gate`, test command `true`", found["gate"], 500, "git merge", found["git merge"]),
        Row("20,000 files: `merge` of a branch that passed", found["merge"], 500, "git merge", found["git merge"]),
    ]  # fmt: skip


def _commit(scene: Scene, place: Path, number: int) -> None:
    scene.git("merge", "-q", "--ff-only", "main", cwd=place / "work")
    scene.commit(place / "work", {"src/0/0.txt": f"again {number}\n"})
    for path in (scene.root / ".batty/spool").iterdir():
        path.unlink()


if __name__ == "__main__":
    main(measure)
