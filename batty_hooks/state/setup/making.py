"""Making one worktree ready: copies, links, then the setup commands; what is remembered of it is written last.

Killed anywhere, it is made again. A gate worktree is ours alone: what the setup made there for other inputs goes first,
so that nothing one candidate has installed stays for the next.

A worktree is made ready from something, and that has one word. Settings, copies, links and the blobs of the lock files
make a hash; when it differs from the one remembered, the worktree is made ready again. So a setup runs as seldom as it
may, and nobody needs to know what has changed. An idle worktree that stands on an old commit is not set up for it: the
next card takes it to the trunk first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.setup import inputs, memory, ports
from batty_hooks.state.setup.bringing import ANY, bring
from batty_hooks.state.setup.memory import FAILED, GOING, LITTER, READY, Memory
from batty_hooks.state.setup.spec import Spec
from batty_hooks.system import directories, process
from batty_hooks.system.git import objects, refs, worktrees
from batty_hooks.system.records import dataclass, replace

_NOT_FOR_SETUP = ("BATTY_MEMBER", "BATTY_CARD", "BATTY_NO_WAKE", "BATTY_PROJECT", "BATTY_GATE")
_SHORT = 60


@dataclass(frozen=True)
class Job:
    """One worktree to be made ready for ``tree`` (what it has checked out); output goes to ``log``, ``timeout`` is in
    seconds for all commands together. ``ours``: a gate worktree, in which nobody works.

    ``started`` gets the pid of each command's supervisor, ``cancelled`` is asked now and then, as in process.run_user.
    ``ending`` gets what is going to be remembered, before it is.
    """

    project: Project
    name: str
    place: Path
    tree: str
    spec: Spec
    log: Path
    timeout: float
    ours: bool = False
    started: Callable[[int], None] | None = None
    cancelled: Callable[[], bool] | None = None
    ending: Callable[[Memory], None] | None = None

    def say(self, lines: Iterable[str]) -> None:
        """Add lines of our own to the log."""
        text = "".join(f"batty-hooks: {line}\n" for line in lines)
        if text:
            with open(self.log, "ab") as file:
                file.write(text.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True)
class Made:
    """What is remembered now, and how the command ended that did not end well (None: all did)."""

    memory: Memory
    outcome: process.Outcome | None = None
    command: str = ""


def fingerprint(project: Project, known: Memory | None, tree: str, spec: Spec) -> str:
    """The word that ``known`` has to have for ``tree``; whether the setup leaves litter, .gitignore has a say in."""
    word = inputs.word(project, tree, spec)
    litter = known and known.result == LITTER
    return f"{word} {objects.entry(project.root, tree, '.gitignore')}" if litter else word


def is_whole(place: Path, known: Memory) -> bool:
    """Whether what was made and brought is still there: an agent's `git clean -fdx` takes it away."""
    return _has_made(place, known) and all(os.path.lexists(place / path) for path in known.brought)


def _has_made(place: Path, known: Memory) -> bool:
    return all(os.path.lexists(place / path) for path in known.made if path.endswith("/"))  # files come and go


def make(job: Job) -> Made:
    """Make the worktree ready, unless (in a gate worktree) it is; call it under the worktree's lock."""
    known = memory.get(job.project, job.name)
    if known:
        memory.end_leftover(known)
    if known and known.worktree != memory.identity(job.place):
        known = None
    word = inputs.word(job.project, job.tree, job.spec)
    if job.ours and known and known.result == READY and known.inputs == word and _restore(job, known):
        job.say(known.says)
        return Made(known)
    return _make(job, known, word)


def _restore(job: Job, known: Memory) -> bool:
    """Put copies and links right after a run; False when that takes the setup too."""
    if not _has_made(job.place, known):
        return False
    spoilt = {path for path, (_, left) in known.copies.items() if directories.snapshot(job.place / path) != left}
    if any(known.copies[path][0] != known.copies[path][1] for path in spoilt):
        return False  # the setup had changed that copy
    copy = tuple(path for path in job.spec.copy if path in spoilt)
    made = tuple(path.rstrip("/") for path in known.made)
    bring(job.project, job.place, replace(job.spec, copy=copy), known.copies, made)
    return True


def _make(job: Job, known: Memory | None, word: str) -> Made:
    project, place = job.project, job.place
    before = _before(job, known)
    tied = (refs.current_branch(place) or "-") if inputs.touches(before, job.spec.setup) else ""
    going = Memory(GOING, word, memory.identity(place), time.time(), tied, log=str(job.log), tester=os.getpid(),
                   before=before, spared=_spared(job, known), copies=known.copies if known else {})  # fmt: skip
    memory.put(project, job.name, going)
    if job.ours:
        for path in _made(job, going):
            directories.remove(place / path)
    ours, said = bring(project, place, job.spec, going.copies, () if job.ours else None)
    going = replace(going, copies={path: (signature, ANY) for path, signature in ours.items()})
    memory.put(project, job.name, going)  # or a setup that is killed would leave copies that nobody knows for ours
    job.say(said)
    command, outcome = _run(job, going)
    if outcome and outcome.spoilt:  # it proves nothing: the next one makes it anew
        return Made(going, outcome, command)
    done = replace(
        going, result=READY, at=time.time(), tester=0, says=tuple(said), before=(), spared=(),
        copies={path: (signature, directories.snapshot(place / path)) for path, signature in ours.items()},
        brought=tuple(path for path in job.spec.brought if os.path.lexists(place / path)),
    )  # fmt: skip
    if job.spec.setup:
        done = _tidy(job, replace(done, made=_made(job, going)), set(before))
    if outcome:
        done = replace(done, result=FAILED, inputs=word, exit=outcome.exit, says=(*said, _ending(command, outcome)))
    if job.ending:
        job.ending(done)
    memory.put(project, job.name, done)
    return Made(done, outcome, command)


def _before(job: Job, known: Memory | None) -> tuple[str, ...]:
    """The changed and untracked paths that no setup has left; there are none in a gate worktree."""
    if job.ours or not job.spec.setup:
        return ()
    return known.before if known and known.result == GOING else tuple(worktrees.dirty_paths(job.place))


def _spared(job: Job, known: Memory | None) -> tuple[str, ...]:
    """The ignored paths that no setup has made; none of a gate worktree's when nobody knows."""
    if known and known.result == GOING:
        return known.spared
    if known is None and job.ours and job.spec.setup:
        return ()
    return tuple(sorted(worktrees.ignored_paths(job.place, job.ours).difference(known.made if known else ())))


def _made(job: Job, going: Memory) -> tuple[str, ...]:
    """The ignored paths that a setup has made, and nobody has brought."""
    there = worktrees.ignored_paths(job.place, job.ours).difference(going.spared, job.spec.brought)
    return tuple(sorted(path for path in there if directories.is_inside(job.place, job.place / path)))


def _run(job: Job, going: Memory) -> tuple[str, process.Outcome | None]:
    """The setup commands, one after the other; the one that did not end well, and how it ended."""
    variables = ports.environment(job.project, job.name, job.spec.ports)
    memory.write_environment(job.project, job.name, variables)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "BATTY_GATE": "1"} if job.ours else {}
    environment = process.clean_environment({**own, **variables}, drop=_NOT_FOR_SETUP)
    limit = time.monotonic() + job.timeout

    def started(group: int) -> None:
        memory.put(job.project, job.name, replace(going, group=group, birth=process.birth(group)))
        if job.started:
            job.started(group)

    for command in job.spec.setup:
        job.say([f"setup: {command}"])
        left = max(0.1, limit - time.monotonic())
        outcome = process.run_user(command, job.place, job.log, environment, left, started, job.cancelled)
        if outcome.exit or outcome.timed_out or outcome.spoilt:
            return command, outcome
    return "", None


def _ending(command: str, outcome: process.Outcome) -> str:
    how = f"was stopped after {outcome.seconds:.0f} s" if outcome.timed_out else f"ended with exit {outcome.exit}"
    short = command if len(command) <= _SHORT else command[: _SHORT - 1] + "…"
    return f"`{' '.join(short.split())}` {how}"


def _tidy(job: Job, done: Memory, before: set[str]) -> Memory:
    """Put back tracked files that the setup has changed, and see what else it left."""
    changed = set(worktrees.dirty_paths(job.place, untracked=False)) - before
    if changed:
        worktrees.put_back(job.place, "HEAD", sorted(changed))
        done = _said(job, done, f"the setup changed what git tracks: put back {_some(changed)}")
    left = set(worktrees.dirty_paths(job.place, exact=job.ours)) - before
    if not left:
        return done
    done = _said(job, done, f"the setup leaves files that git does not ignore: {_some({_top(path) for path in left})}")
    littered = replace(done, result=LITTER)
    return replace(littered, inputs=fingerprint(job.project, littered, job.tree, job.spec))


def _said(job: Job, done: Memory, line: str) -> Memory:
    job.say([line])
    return replace(done, says=(*done.says, line))


def _top(path: str) -> str:
    head, slash, _ = path.partition("/")
    return head + slash


def _some(paths: set[str]) -> str:
    return ", ".join(sorted(paths)[:5]) + (" …" if len(paths) > 5 else "")
