"""The map: where everything of one project lies. Every path of ours is named here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.system import atomic
from batty_hooks.system.git import config, worktrees

HUMAN = "human"
_IGNORE = """\
# Everything here is state of this machine, but the team and its prompts.
*
!.gitignore
!team_config/
!team_config/**
"""


@dataclass(frozen=True)
class Project:
    """One git repository with batty-hooks in it.

    ``root`` is the primary checkout (the repository itself when it is bare), ``common`` the git directory
    all worktrees share.
    """

    root: Path
    common: Path

    @property
    def batty(self) -> Path:
        return self.root / ".batty"

    @property
    def board_file(self) -> Path:
        return self.root / "kanban.md"

    @property
    def board_history(self) -> Path:
        return self.batty / "board"

    @property
    def team_directory(self) -> Path:
        return self.batty / "team_config"

    @property
    def team_file(self) -> Path:
        return self.team_directory / "team.yaml"

    @property
    def inboxes(self) -> Path:
        return self.batty / "inboxes"

    @property
    def worktrees(self) -> Path:
        return self.batty / "worktrees"

    @property
    def queue(self) -> Path:
        return self.batty / "queue"

    @property
    def verdicts(self) -> Path:
        return self.batty / "verdicts"

    @property
    def logs(self) -> Path:
        return self.batty / "logs"

    @property
    def members(self) -> Path:
        return self.batty / "members"

    @property
    def ready(self) -> Path:
        return self.batty / "ready"

    @property
    def spool(self) -> Path:
        return self.batty / "spool"

    @property
    def events_file(self) -> Path:
        return self.batty / "events.jsonl"

    @property
    def branches(self) -> Path:
        """git's own directory of top-level branches: the trunk's file is in it when it has just moved."""
        return self.common / "refs" / "heads"

    @property
    def watcher_file(self) -> Path:
        return self.batty / "watch.pid"

    @property
    def notified_file(self) -> Path:
        return self.batty / "notified.json"

    @property
    def pause_file(self) -> Path:
        return self.batty / "paused"

    @property
    def stop_file(self) -> Path:
        """There while `stop` waits for the agents' turns to end."""
        return self.batty / "stopping"

    @property
    def adapters(self) -> Path:
        """Where a user keeps agents of his own, one file each."""
        return self.team_directory / "agents"

    def room(self, member: str) -> Path:
        """What is kept of one member: its state, its report, its pane."""
        return self.members / member

    @property
    def launcher(self) -> Path:
        """The file that starts this very batty-hooks, whatever the PATH of a hook or an agent says."""
        return self.batty / "bin" / "batty-hooks"

    def lock(self, name: str) -> Path:
        """The flock file of one kind of work; never deleted."""
        return self.batty / f"{name}.lock"

    def worktree(self, member: str) -> Path:
        """Where a member's own worktree lies (whether or not it is there yet)."""
        return self.worktrees / member

    @property
    def is_bare(self) -> bool:
        return self.root == self.common

    @property
    def prepared(self) -> bool:
        """Whether `install` or `init` has been here."""
        return (self.batty / ".gitignore").exists()

    def require_prepared(self) -> None:
        """Make directories again that somebody deleted. Raises FatalError when batty-hooks was never installed."""
        if not self.prepared:
            raise FatalError(
                f"batty-hooks is not installed in {self.root}",
                "run `batty-hooks install` (hooks only) or `batty-hooks init --template pair` (a team)",
            )
        self.prepare()

    def prepare(self) -> None:
        """Make the directories of `.batty/`; what is there already stays as it is."""
        for directory in (
            self.board_history, self.team_directory, self.inboxes, self.worktrees, self.queue,
            self.verdicts, self.logs, self.members, self.ready, self.spool, self.launcher.parent,
        ):  # fmt: skip
            directory.mkdir(parents=True, exist_ok=True)
        if not self.prepared:
            atomic.write(self.batty / ".gitignore", _IGNORE)


def find(start: Path) -> Project:
    """The project ``start`` lies in. Raises FatalError outside any git repository."""
    start = start.absolute()
    return _by_files(start) or _by_git(start)


def here() -> Project:
    """The project of the current directory. Raises FatalError outside any, and where batty-hooks is not installed."""
    project = find(Path.cwd())
    project.require_prepared()
    return project


def _by_files(start: Path) -> Project | None:
    """The usual layouts, read without starting git: a command that an agent calls fifty times a day."""
    for directory in (start, *start.parents):
        dot_git = directory / ".git"
        if dot_git.is_dir():
            return Project(directory, dot_git) if (dot_git / "HEAD").exists() else None
        if dot_git.is_file():
            return _of_linked(directory, dot_git)
        if (directory / "HEAD").is_file() and (directory / "objects").is_dir():
            return None  # a bare repository, or the inside of a git directory
    return None


def _of_linked(directory: Path, dot_git: Path) -> Project | None:
    try:
        own = directory / dot_git.read_text().removeprefix("gitdir:").strip()
        common = (own / (own / "commondir").read_text().strip()).resolve()
    except OSError:
        return None
    return Project(common.parent, common) if common.name == ".git" and common.is_dir() else None


def _by_git(start: Path) -> Project:
    common = config.common_directory(start)
    if common is None:
        raise FatalError(f"{start} is not in a git repository", "go to your project, or make it one with `git init`")
    primary = worktrees.listed(start)[0]
    if primary.bare:
        return Project(common, common)
    # A submodule or --separate-git-dir: git lists the primary worktree by its git directory.
    root = config.top_level(start) if primary.path == common else primary.path
    return Project(root or primary.path, common)
