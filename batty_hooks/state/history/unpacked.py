"""A state of the past as a project of its own, in a directory that is thrown away: whatever shows a project shows it.

Its repository has the objects of the real one and the refs of then; its worktrees are registered and empty; the locks
that were held then are held by this process, and whose pane lived then is said to live.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.state import history
from batty_hooks.state.history import Entry, content
from batty_hooks.state.project import Project
from batty_hooks.system import lock, process
from batty_hooks.system.git import chronicle


@contextlib.contextmanager
def unpacked(project: Project, entry: Entry, into: Path, events: bytes) -> Iterator[Project]:
    """The project as it was, in the empty directory ``into``, for the length of a with-block; ``events`` are the lines
    of its log."""
    blobs = history.files(project, entry)
    texts = dict(zip(blobs, chronicle.contents(project.root, blobs.values()), strict=True))
    made = {name: (texts.pop(name, None) or b"").decode("utf-8", "surrogateescape") for name in
            (content.REFS, content.HOMES, content.ALIVE, content.SEQ, content.EVENTS)}  # fmt: skip
    living = made[content.ALIVE].splitlines()
    for name, data in texts.items():
        if data is not None:
            _write(into / name, _lives(name, data, living))
    _write(into / content.EVENTS, events)
    then = Project(into, into if project.is_bare else into / ".git")
    _repository(project, then, made)
    with contextlib.ExitStack() as stack:
        for name in living:
            if not name.startswith(content.PANE) and "/" not in name:
                stack.enter_context(lock.held(then.batty / name))
        yield then


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _lives(name: str, data: bytes, living: list[str]) -> bytes:
    """A record of a pane, with a process that lives (this one) where its own lived then, and with none where not."""
    path = Path(name)
    if path.name != "pane.json":
        return data
    with contextlib.suppress(ValueError, TypeError):
        pid = os.getpid()
        mine = (pid, process.birth(pid)) if f"{content.PANE}{path.parent.name}" in living else (1, "")
        return json.dumps({**json.loads(data), "pid": mine[0], "birth": mine[1], "space": ""}).encode()
    return data


def _repository(project: Project, then: Project, made: dict[str, str]) -> None:
    """A repository with the refs of then; what they name and git has collected since is left out."""
    git = then.common
    for name in ("refs/heads", "objects/info", "objects/pack"):
        (git / name).mkdir(parents=True)
    shutil.copyfile(project.common / "config", git / "config")
    for name in ("hooks", "batty"):  # what git runs, and what the guard knows: only looked at
        (git / name).symlink_to(project.common / name)
    (then.batty / "bin").symlink_to(project.launcher.parent)
    _write(git / "objects/info/alternates", f"{project.common / 'objects'}\n".encode())
    _write(git / "HEAD", b"ref: refs/heads/batty-hooks-then\n")
    lines = [line.split(" ", 1) for line in made[content.REFS].splitlines()]
    there = chronicle.present(project.root, [oid for oid, _ in lines])
    packed = [f"{oid} {name}\n" for oid, name in sorted(lines, key=lambda line: line[1]) if oid in there]
    header = "# pack-refs with: sorted \n"
    _write(git / "packed-refs", "".join([header, *packed]).encode("utf-8", "surrogateescape"))
    for number, line in enumerate(made[content.HOMES].splitlines()[1:]):
        head, branch, place = line.split(" ", 2)
        room = then.root if not place.startswith("..") else then.batty / "elsewhere" / str(number)
        inside = room / (Path(place).name if place.startswith("..") else place)
        if head in there:
            _worktree(git / "worktrees" / f"{inside.name}-{number}", inside, head, branch)


def _worktree(registration: Path, place: Path, head: str, branch: str) -> None:
    _write(registration / "HEAD", f"{head if branch == '-' else f'ref: refs/heads/{branch}'}\n".encode())
    _write(registration / "commondir", b"../..\n")
    _write(registration / "gitdir", f"{place / '.git'}\n".encode())
    _write(place / ".git", f"gitdir: {registration}\n".encode())
