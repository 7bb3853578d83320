"""The one way the trunk moves: by compare-and-swap, and in the checkout of a person only where it harms nothing of his.

Where nobody has it checked out that is `update-ref new old`; where it is checked out it is `merge --ff-only
--no-overwrite-ignore` there, which of nine ways is the only one that never harms a human's checkout (`update-ref` alone
would make his next `commit -a` revert the landing). `.batty/landing.json` is the journal of a move in a checkout.

The lock a killed git leaves is taken away where we can tell whose it was: index.lock in the checkout by the journal
(just made, or holding what was landing), a ref's lock when it is a minute old, for nobody alive holds one so long. Any
other index.lock is a person's, and is named.
"""

from __future__ import annotations

import json
import os
import time
from functools import cached_property
from pathlib import Path

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.state.project import Project, finding
from batty_hooks.system import atomic, process
from batty_hooks.system.git import config, edits, halfway, objects, refs, worktrees

_GIT_SECONDS, _POLL_SECONDS = 10.0, 0.05
_NAMED = 3  # paths


def checkout(project: Project, trunk: str) -> Path | None:
    """The worktree that has the trunk checked out, if one has and can follow it at the moment."""
    return _place(project, trunk)[0]


def stands_for(project: Project, trunk: str) -> str | None:
    """The ref that the trunk is only another name for (a symbolic ref), or None: then it is a branch of its own."""
    return refs.points_to(project.common, f"refs/heads/{trunk}")


class Checkout:
    """The checkout that must follow the trunk, as it was when it was first asked for: read once for all that may land,
    for nothing of it depends on what is to land."""

    def __init__(self, project: Project, trunk: str) -> None:
        self.project, self.trunk, self.is_landing = project, trunk, False
        self._changed: frozenset[str] | None = None

    @cached_property
    def place(self) -> tuple[Path | None, str]:
        """Where it is (None: there is none), and why it cannot follow at the moment ("": it can)."""
        return _place(self.project, self.trunk)

    @cached_property
    def marked(self) -> frozenset[str]:
        """The files whose edits `git status` was told not to show."""
        path = self.place[0]
        return frozenset(halfway.marked(path)) if path else frozenset()

    def changed(self, path: Path, head: str, names: set[str]) -> set[str]:
        """Which of ``names`` are tracked files that somebody has changed at ``path``, where ``head`` is checked out."""
        if self._changed is None:
            known = edits.recalled(path, head, names)
            if known is not None:
                return known
            # What another process is landing at this moment looks like somebody's changes until the trunk has moved.
            journal = _journal(self.project)
            self.is_landing = journal.exists()

            def is_still() -> bool:
                self.is_landing = self.is_landing or journal.exists()
                return not self.is_landing and refs.branch_tip(self.project.root, self.trunk) == head

            self._changed = edits.read(path, head, names, is_still)
            is_still()
        return names & self._changed


def obstacles(project: Project, trunk: str, old: str, new: str, checkout: Checkout | None = None) -> list[str]:
    """Why the trunk cannot move from ``old`` to ``new`` (a commit or tree) right now without harming somebody's
    work: the paths the human has changed, or what git is in the middle of, in words. Empty: it can.

    ``checkout`` is one that was looked at already, by whoever asks about several for the same moment.
    """
    checkout = checkout or Checkout(project, trunk)
    path, hindrance = checkout.place
    if hindrance:
        return [hindrance]
    found = _in_the_way(path, old, new, checkout) if path else []
    is_landing = bool(found) and (checkout.is_landing or _journal(project).exists())
    if not found or is_landing or refs.branch_tip(project.root, trunk) != old:
        return []
    more = f" and {len(found) - _NAMED} more" if found[_NAMED:] else ""
    return [f"{', '.join(found[:_NAMED])}{more} in your checkout"]


def unseen(project: Project, trunk: str, old: str, new: str) -> tuple[list[str], list[str]]:
    """Where `git status` shows none of the obstacles in the checkout: the edits that it was told to hide, and the files
    that git ignores. Nothing where it shows something of them."""
    checkout = Checkout(project, trunk)
    path = checkout.place[0]
    if not path:
        return [], []
    changes = objects.changes(path, old, new)
    hidden = halfway.hidden_edits(path, changes, checkout.marked)
    names = {change.path for change in changes}
    added = {_squatter(path, change.path, names) for change in changes if change.is_new} - {""}
    ignored = halfway.ignored(path, sorted(added))
    is_seen = checkout.changed(path, old, names).difference(hidden) or added.difference(ignored)
    return ([], []) if is_seen else (hidden, ignored)


def _place(project: Project, trunk: str) -> tuple[Path | None, str]:
    """The checkout that must follow the trunk (None: there is none), and why it cannot at the moment ("": it can)."""
    if bare := finding.taken_for_bare(project.root, project.common):
        return None, bare[0]
    places = [place for place in worktrees.listed(project.root) if not place.bare and not place.prunable]
    for place in places:
        directory = config.git_directory(place.path) if place.path.is_dir() else None
        busy = worktrees.busy(directory, trunk) if directory else None
        if busy and (place.branch == trunk or busy == "rebase"):
            return None, f"a {busy} is in progress in {place.path}"
    having = [place.path for place in places if place.branch == trunk]
    if having[1:]:
        return None, f"{trunk} is checked out twice, in {having[0]} and in {having[1]}"
    if having and not having[0].is_dir():  # locked, so that nobody takes it for gone: a disk that is not mounted
        return None, f"{trunk} is checked out in {having[0]}, which is not there"
    return next(iter(having), None), ""


def _journal(project: Project) -> Path:
    return project.batty / "landing.json"


def _in_the_way(path: Path, old: str, new: str, checkout: Checkout) -> list[str]:
    changes = objects.changes(path, old, new)
    changed = {change.path for change in changes}
    dirty = checkout.changed(path, old, changed)
    hidden = halfway.hidden_edits(path, changes, checkout.marked)
    added = {_squatter(path, change.path, changed) for change in changes if change.is_new}
    return sorted(dirty.union(hidden, added) - {""})


def _squatter(path: Path, name: str, changed: set[str]) -> str:
    """What lies on disk where the new file ``name`` must go and is not the landing's own to take away ("": nothing):
    a file of that name, one where a directory must be, or one in a directory where the file must be."""
    for parent in list(Path(name).parents)[:-1]:
        full = path / parent
        if os.path.lexists(full) and (full.is_symlink() or not full.is_dir()):
            return "" if str(parent) in changed else str(parent)
    full = path / name
    if full.is_dir() and not full.is_symlink():
        below = (os.path.relpath(os.path.join(at, file), path) for at, _, files in os.walk(full) for file in files)
        return next((file for file in below if file not in changed), "")
    return name if os.path.lexists(full) else ""


def publish(project: Project, trunk: str, old: str, new: str) -> str | None:
    """Move the trunk from ``old`` to ``new``, which has ``old`` as its first parent. Call it under the landing lock.

    Returns why it did not move (somebody moved it first, or git refused), or None when it did. The journal lets
    the next call heal a checkout in which git was killed half-way.
    """
    if target := stands_for(project, trunk):
        return f"{trunk} only stands for {target}"
    path, hindrance = _place(project, trunk)
    if hindrance:
        return hindrance
    if path is None:
        moved = refs.update(project.root, f"refs/heads/{trunk}", new, old, "batty-hooks: land")
        return None if moved else f"{trunk} moved meanwhile"
    _enter(project, path, old, new)
    refused = worktrees.fast_forward(path, trunk, new)
    if refused is None and refs.branch_tip(project.root, trunk) == old:
        refused = f"git said yes, but {trunk} has not moved"
    if refused:
        _take_back(project, trunk, path, old, new)  # it may have begun: a full disk, a directory that is read-only
    atomic.remove(_journal(project))
    return refused


def recover(project: Project, trunk: str) -> None:
    """Finish with what a killed landing left behind in the checkout. Call it under the landing lock.

    Only files that hold what the landing was writing are put back; everything else is somebody's work. Raises
    FatalError (try again) while the git of the killed landing is still writing.
    """
    journal = _journal(project)
    try:
        facts = json.loads(journal.read_text())
        path, old, new = Path(facts["worktree"]), str(facts["old"]), str(facts["new"])
        begun = journal.stat().st_mtime
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        atomic.remove(journal)  # whatever it was, it cannot be made use of
        return
    _wait_for_its_git(old, new)
    if path.is_dir():
        halfway.drop_index_lock(path, old, new, begun)
        _enter(project, path, old, new)  # what follows locks the index too, later than the landing did
        _take_back(project, trunk, path, old, new)
    atomic.remove(journal)


def _enter(project: Project, path: Path, old: str, new: str) -> None:
    facts = {"old": old, "new": new, "worktree": str(path), "pid": os.getpid(), "birth": process.birth(os.getpid())}
    atomic.write(_journal(project), json.dumps(facts) + "\n")


def _take_back(project: Project, trunk: str, path: Path, old: str, new: str) -> None:
    if refs.branch_tip(project.root, trunk) == old and refs.current_branch(path) == trunk:
        halfway.take_back(path, old, new)


def _wait_for_its_git(old: str, new: str) -> None:
    """A lander that is killed alone leaves its git at work, and that may yet land what it was to land."""
    limit = time.monotonic() + _GIT_SECONDS
    while left := process.with_argument(new, f"--source={old}"):
        if time.monotonic() > limit:
            raise FatalError(
                f"git (process {left[0]}) is still at work for a landing that was killed",
                f"batty-hooks step  (it looks again; if that git hangs: kill {left[0]})",
                TRY_AGAIN,
            )
        time.sleep(_POLL_SECONDS)
