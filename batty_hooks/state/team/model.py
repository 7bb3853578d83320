"""What a team is, once it is read: roles, the members they make, the gate, and who may write to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from batty_hooks.state.project import HUMAN

USER, ARCHITECT, MANAGER, ENGINEER = "user", "architect", "manager", "engineer"
ROLE_TYPES = (USER, ARCHITECT, MANAGER, ENGINEER)


@dataclass(frozen=True)
class Problem:
    """One mistake in team.yaml: on which line (from 1), what it is, what to do about it."""

    line: int
    what: str
    mend: str


@dataclass(frozen=True)
class Role:
    """One entry of `roles:`. ``talks_to`` holds role names, role types or member names; ``mode`` is a permission mode
    of its agent; ``command`` is for the agent "command" alone, with `{brief}`, `{card}` and `{worktree}` in it."""

    name: str
    role_type: str
    agent: str = ""
    instances: int = 1
    prompt: str | None = None
    talks_to: tuple[str, ...] = ()
    use_worktrees: bool = False
    model: str | None = None
    mode: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    command: str | None = None

    def talks_to_role(self, other: Role) -> bool:
        """Whether ``talks_to`` names the other role, by its name or its type."""
        return other.name in self.talks_to or other.role_type in self.talks_to


@dataclass(frozen=True)
class Member:
    """One agent of the team; ``boss`` is whom it escalates to, ``reports`` are those it is the boss of."""

    name: str
    role: Role
    boss: str
    reports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """How a candidate is tested. ``command`` None: to be found from the project. ``timeout`` in seconds;
    ``inputs`` are further commands or files a verdict depends on; ``on`` is when the gate looks: at each "commit", or
    at "done" only; ``protect`` are paths that engineers may not change."""

    command: str | None = None
    timeout: float = 600.0
    retries: int = 2
    slots: int = 1
    inputs: tuple[str, ...] = ()
    on: str = "commit"
    protect: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team:
    """The whole of team.yaml. ``lock_timeout`` in seconds; ``setup`` are commands run in a new worktree, ``copy`` and
    ``link`` untracked paths it gets from the primary checkout, ``ports`` how many ports each worktree gets; ``nudge``
    after how many seconds an engineer that is idle with a card in hand is asked how it stands; ``notify`` is the
    command that tells the human what needs him; ``without_effect`` are keys that may be there and do nothing."""

    name: str
    trunk: str | None = None
    gate: Gate = Gate()
    lock_timeout: float = 60.0
    merge_mode: str = "auto"
    setup: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    ports: int = 0
    guard: str = "agents"
    notify: str = ""
    without_effect: tuple[str, ...] = ()
    nudge: float = 60.0
    members: tuple[Member, ...] = ()
    roles: tuple[Role, ...] = ()

    def member(self, name: str) -> Member | None:
        """The member of that name, or None (the human is no member)."""
        return next((member for member in self.members if member.name == name), None)

    @property
    def human(self) -> str:
        """What the human is called here: the name of the user role, else "human"."""
        return next((role.name for role in self.roles if role.role_type == USER), HUMAN)

    @property
    def names(self) -> frozenset[str]:
        """Everybody a message can be sent to: all members and the human."""
        return frozenset([self.human, *(member.name for member in self.members)])

    @property
    def engineers(self) -> tuple[Member, ...]:
        """The members that cards are given to."""
        return tuple(member for member in self.members if member.role.role_type == ENGINEER)

    def boss(self, name: str) -> str:
        """Whom ``name`` escalates to; the human for the human himself and for strangers (hooks-only worktrees)."""
        member = self.member(name)
        return member.boss if member else self.human

    def may_write(self, sender: str, to: str) -> bool:
        """Whether `talks_to` lets ``sender`` write to ``to``.

        The human writes to all and all to the human. Where no team is configured there is nothing to check.
        """
        if self.human in (sender, to) or not self.members:
            return True
        writer, reader = self.member(sender), self.member(to)
        if not writer or not reader:
            return False
        return writer.role.talks_to_role(reader.role) or to in writer.role.talks_to
