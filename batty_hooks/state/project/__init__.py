"""The map: where everything of one project lies. Every path of ours is named here and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from batty_hooks import __version__
from batty_hooks.errors import FatalError
from batty_hooks.state.project import finding, layout, moved
from batty_hooks.system import atomic, group
from batty_hooks.system.records import dataclass

FORM = 1  # of everything in .batty/; one more when an older batty-hooks could not read it any more


@dataclass(frozen=True)
class Project:
    """One git repository with batty-hooks in it.

    ``root`` is the primary checkout (the repository itself when it is bare), ``common`` the git directory all worktrees
    share. A place is put together once: each look asks for hundreds.
    """

    root: Path
    common: Path

    @cached_property
    def batty(self) -> Path:
        return self.root / ".batty"

    @cached_property
    def board_file(self) -> Path:
        return self.root / "kanban.md"

    @cached_property
    def board_history(self) -> Path:
        return self.batty / "board"

    @cached_property
    def own_team_file(self) -> Path:
        """team.yaml as the checkout has it, where a person writes it."""
        return self.batty / "team_config" / "team.yaml"

    @cached_property
    def trunk_config(self) -> Path:
        """The team's files as the trunk has them, by their tree: for while the checkout has none."""
        return self.batty / "trunk_config"

    @cached_property
    def trunk_config_pointer(self) -> Path:
        """Which branch and tree that is."""
        return self.trunk_config / "current"

    @property
    def team_directory(self) -> Path:
        """Where the team's files are read: in the checkout, or as the trunk has them where that has none."""
        if not self.own_team_file.exists():
            with contextlib.suppress(OSError, IndexError):
                return self.trunk_config / self.trunk_config_pointer.read_text().split("\n")[1]
        return self.own_team_file.parent

    @property
    def team_file(self) -> Path:
        return self.team_directory / "team.yaml"

    @cached_property
    def lessons(self) -> Path:
        """What the team has learned."""
        return self.batty / "lessons.md"

    @cached_property
    def planners_file(self) -> Path:
        return self.batty / "planners.json"

    @cached_property
    def inboxes(self) -> Path:
        return self.batty / "inboxes"

    @cached_property
    def worktrees(self) -> Path:
        return (self.batty / "worktrees").resolve()  # as git names it, where one of these is a link

    @cached_property
    def saved(self) -> Path:
        """What members left in their worktrees and git cannot hold."""
        return self.batty / "saved"

    @cached_property
    def queue(self) -> Path:
        return self.batty / "queue"

    @cached_property
    def verdicts(self) -> Path:
        return self.batty / "verdicts"

    @cached_property
    def logs(self) -> Path:
        return self.batty / "logs"

    @cached_property
    def members(self) -> Path:
        return self.batty / "members"

    @cached_property
    def told(self) -> Path:
        """What bosses and the human were told in digests."""
        return self.batty / "told"

    @cached_property
    def milestones_file(self) -> Path:
        return self.batty / "milestones.json"

    @cached_property
    def ready(self) -> Path:
        return self.batty / "ready"

    @cached_property
    def spool(self) -> Path:
        return self.batty / "spool"

    @cached_property
    def events_file(self) -> Path:
        return self.batty / "events.jsonl"

    @cached_property
    def branches(self) -> Path:
        """git's own directory of top-level branches: the trunk's file is in it when it has just moved."""
        return self.common / "refs" / "heads"

    @cached_property
    def version_file(self) -> Path:
        """The form of what is in `.batty/`, and which version set it up last."""
        return self.batty / "version"

    @cached_property
    def watcher_file(self) -> Path:
        return self.batty / "watch.pid"

    @cached_property
    def watcher_version_file(self) -> Path:
        return self.batty / "watch.version"

    @cached_property
    def notified_file(self) -> Path:
        return self.batty / "notified.json"

    @cached_property
    def aged_file(self) -> Path:
        """When it was looked last whether something has been kept long enough."""
        return self.batty / "aged"

    @cached_property
    def clashes_file(self) -> Path:
        """Which cards in hand will clash, as it was looked last."""
        return self.batty / "clashes.json"

    @cached_property
    def clash_objects(self) -> Path:
        """git's objects that were made to find that out."""
        return self.common / "batty-clashes"

    @cached_property
    def spent_file(self) -> Path:
        """How many tokens were used when that was counted last, where there is a budget."""
        return self.batty / "spent.json"

    @cached_property
    def limits_file(self) -> Path:
        """Which accounts have reached their limit, and until when."""
        return self.batty / "limits.json"

    @cached_property
    def troubles(self) -> Path:
        return self.batty / "troubles"

    @cached_property
    def pause_file(self) -> Path:
        return self.batty / "paused"

    @cached_property
    def stop_file(self) -> Path:
        """There while `stop` waits for the agents' turns to end."""
        return self.batty / "stopping"

    @property
    def adapters(self) -> Path:
        """Where a user keeps agents of his own, one file each."""
        return self.team_directory / "agents"

    def member_directory(self, member: str) -> Path:
        """What is kept of one member: its state, its report, its pane."""
        return self.members / member

    @cached_property
    def launcher(self) -> Path:
        """The file that starts this very batty-hooks, whatever the PATH of a hook or an agent says."""
        return self.batty / "bin" / "batty-hooks"

    def lock(self, name: str) -> Path:
        """The flock file of one kind of work; never deleted."""
        return self.batty / f"{name}.lock"

    def worktree(self, member: str) -> Path:
        """Where a member's own worktree lies (whether or not it is there yet)."""
        return self.worktrees / member

    @cached_property
    def place_file(self) -> Path:
        """Where the project lay when it was looked at last."""
        return self.batty / "place"

    def naming_processes(self) -> list[Path]:
        """The files that name living processes: of no meaning in a copy."""
        named = [self.watcher_file, self.stop_file, *self.batty.glob("gate-*.json")]
        return [*named, *(path for name in ("pane", "run") for path in self.members.glob(f"*/{name}.json"))]

    @property
    def is_bare(self) -> bool:
        return self.root == self.common

    @property
    def prepared(self) -> bool:
        """Whether `install` or `init` has been here. (.gitignore is committed: another branch may not have it.)"""
        return (self.batty / ".gitignore").exists() or self.launcher.exists()

    @property
    def written_by(self) -> tuple[int, str]:
        """The form of what is in `.batty/`, and the version that set it up last; (1, "") from before it was written."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            form, version = self.version_file.read_text().split()[:2]
            return int(form), version
        return 1, ""

    def require_known_form(self) -> None:
        """Raises FatalError when a newer batty-hooks has written what this one cannot read."""
        form, version = self.written_by
        if form > FORM:
            raise FatalError(
                f"{self.batty} was written by batty-hooks {version}, and this is {__version__}, which cannot read it",
                f"install batty-hooks {version} or newer, or type {self.launcher} instead",
            )

    def require_prepared(self) -> None:
        """Make deleted directories again. Raises FatalError when batty-hooks is not installed, or a newer one is."""
        self.require_known_form()
        if not self.prepared:
            atomic.require_kind(self.batty, True, "batty-hooks install")
            raise FatalError(
                f"batty-hooks is not installed in {self.root}",
                "run `batty-hooks install` (hooks only) or `batty-hooks init --template pair` (a team)",
            )
        self.prepare()

    @property
    def _directories(self) -> tuple[Path, ...]:
        own = (self.board_history, self.own_team_file.parent, self.inboxes, self.queue, self.logs, self.verdicts)
        return (*own, self.batty / "worktrees", self.members, self.ready, self.spool, self.launcher.parent)

    def in_the_way(self, and_then: str = "") -> Iterator[FatalError]:
        """What stands where something of ours belongs, and is of another kind; ``and_then`` is typed after it."""
        files = (self.batty / ".gitignore", self.own_team_file, self.events_file, self.version_file, self.place_file)
        return layout.in_the_way((self.batty, *self._directories), (self.board_file, *files), and_then)

    def prepare(self) -> None:
        """Make the directories of `.batty/`; what is there already stays as it is, and leads here if it was moved."""
        layout.make((self.batty, *self._directories), self.common)
        if not self.prepared:
            atomic.write(self.batty / ".gitignore", layout.IGNORE)
        moved.settle(self.place_file, self.root, self.common, self.worktrees, self.naming_processes, self.lock("watch"))

    def sign(self) -> None:
        """Write down which version has set things up here."""
        if self.written_by != (FORM, __version__):
            atomic.write(self.version_file, f"{FORM} {__version__}\n")

    def require_new_place(self) -> None:
        """Raises FatalError where batty-hooks could not work, or a newer one is at home, before anything is made."""
        from batty_hooks.system import probe

        for error in self.in_the_way("batty-hooks install"):
            raise error
        self.require_known_form()
        if not self.prepared and (why := finding.lacking(self.root, self.common) or probe.lacking(self.root)):
            raise FatalError(*why)


def find(start: Path) -> Project:
    """The project ``start`` lies in; see also `group.join`. Raises FatalError outside any git repository."""
    group.join((found := Project(*finding.place(start.absolute()))).common)
    return found


def here() -> Project:
    """The project of the current directory. Raises FatalError outside any, and where batty-hooks is not installed."""
    project = find(Path.cwd())
    project.require_prepared()
    return project
