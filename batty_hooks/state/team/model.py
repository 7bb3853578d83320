"""What a team is, once it is read: roles, the members they make, the gate, and who may write to whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from batty_hooks.system.records import dataclass, field
from batty_hooks.vocabulary.names import HUMAN

USER, ARCHITECT, MANAGER, ENGINEER, REVIEWER = "user", "architect", "manager", "engineer", "reviewer"
ROLE_TYPES = (USER, ARCHITECT, MANAGER, ENGINEER, REVIEWER)
AUTO, MANUAL = "auto", "manual"  # who gets a card: whoever is free and may take it, or who somebody names


@dataclass(frozen=True)
class Problem:
    """One mistake in team.yaml: on which line (from 1), what it is, what to do about it."""

    line: int
    what: str
    mend: str


@dataclass(frozen=True)
class Role:
    """One entry of `roles:`. ``talks_to`` holds role names, role types or member names; ``mode`` is a permission mode
    of its agent; ``command`` is for the agent "command" alone, with `{brief}`, `{card}` and `{worktree}` in it;
    ``wip`` is how many of its cards may be in progress at one time (0: as many as it has members).
    ``also`` are the agents that go on when the one before is at its limit; ``account`` names what its agents' limits
    are shared by, where that is not everybody with the same agent."""

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
    wip: int = 0
    also: tuple[str, ...] = ()
    account: str | None = None

    @property
    def agents(self) -> tuple[str, ...]:
        """Its agents, the one it begins with first."""
        return (self.agent, *self.also)

    def account_of(self, agent: str) -> str:
        """What the limit of one of its agents is shared by: the same CLI is the same account, unless it is said."""
        return f"{agent} {self.account}" if self.account else agent

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
class Far:
    """Test runs on other machines: the ``hosts`` as ssh knows them, how many ``slots`` each has, its ``python`` ("":
    found there); the names of variables of home's environment (``env``) and the untracked files (``copy``) that go
    there; ``needs`` are labels that a host must offer, with how much of each; ``classes`` are those on which a
    candidate has to pass (none: that of this machine alone). Or the address of the ``scheduler`` of a cluster of dask's
    that is running: each of its workers is a host."""

    hosts: tuple[str, ...] = ()
    slots: int = 4
    python: str = ""
    env: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    needs: Mapping[str, int] = field(default_factory=dict, hash=False)
    classes: tuple[str, ...] = ()
    scheduler: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything beyond this machine, as it is."""
        return bool(self.elsewhere or self.classes)

    @property
    def elsewhere(self) -> str:
        """The key in team.yaml that says which other machines are used; "" where none does."""
        return "gate.hosts" if self.hosts else "gate.scheduler" if self.scheduler else ""

    @property
    def word(self) -> str:
        """What a verdict's key has of it: the classes of machines for which it holds; "" where there is one machine."""
        if not self:
            return ""
        from batty_hooks.system.machines.hosting import here

        return f" on {' '.join(self.classes) or here().name}"


@dataclass(frozen=True)
class Gate:
    """How a candidate is tested. ``command`` None: to be found from the project. ``timeout`` in seconds; ``slots`` is
    how many are tested at once here, at the most where it is ``auto``: then as many as the machine has room for.
    ``inputs`` are further commands or files a verdict depends on; ``on`` is when the gate looks: at each "commit", or
    at "done" only; ``protect`` are paths that engineers may not change; ``far`` is about other machines."""

    command: str | None = None
    timeout: float = 600.0
    retries: int = 2
    slots: int = 1
    inputs: tuple[str, ...] = ()
    on: str = "commit"
    protect: tuple[str, ...] = ()
    far: Far = Far()
    auto: bool = False


@dataclass(frozen=True)
class Review:
    """How a reviewer is asked: how often it may send a card back (``rounds``), and for how many seconds it may say
    nothing (``wait``: ``escalate``, as long as a boss has, when not said), before whoever is above the engineer is
    asked in its place."""

    rounds: int = 3
    wait: float = 600.0


@dataclass(frozen=True)
class Budget:
    """How many tokens (read and written; not what comes from a cache) all may use on a day, and one card: 0 is no
    limit."""

    day: int = 0
    card: int = 0


@dataclass(frozen=True)
class Remote:
    """The server on which the trunk lives: its ``name`` as git knows it, and how work lands there (``land``): by a
    "push", or by a pull request ("pr") that a person or the server merges. ``forge`` is the program by which those are
    made, "gh" or "glab" ("": as the remote's address says)."""

    name: str
    land: str = "push"
    forge: str = ""


@dataclass(frozen=True)
class Team:
    """The whole of team.yaml. ``lock_timeout`` in seconds; ``setup`` are commands run in a new worktree, ``copy`` and
    ``link`` untracked paths it gets from the primary checkout, ``ports`` how many ports each worktree gets; ``nudge``
    after how many seconds an engineer that is idle with a card in hand is asked how it stands, ``escalate`` after how
    many a boss that does not solve what it was told is passed by; ``notify`` is the command that tells the human what
    needs him; ``without_effect`` are keys that may be there and do nothing; ``lanes`` are the titles of lanes of the
    board ("todo", "in progress", "done") that have names of their own; ``dispatch`` is what is said of lanes, by title:
    "auto" or "manual"; ``wip`` how many may be in progress at one time (0: no limit); ``history`` for how many seconds
    each state of the team is kept (0: none is); ``prices`` what a million tokens read, written and read from a cache
    cost, by the beginnings of models' names; ``remote`` is where the trunk lives (None: here)."""

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
    escalate: float = 600.0
    lanes: Mapping[str, str] = field(default_factory=dict, hash=False)
    review: Review = Review()
    dispatch: Mapping[str, str] = field(default_factory=lambda: {"todo": AUTO}, hash=False)
    wip: int = 0
    budget: Budget = Budget()
    history: float = 30 * 86400.0
    prices: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)
    remote: Remote | None = None
    members: tuple[Member, ...] = ()
    roles: tuple[Role, ...] = ()

    def member(self, name: str) -> Member | None:
        """The member of that name, or None (the human is no member)."""
        return next((member for member in self.members if member.name == name), None)

    @property
    def human(self) -> str:
        """What the human is called here: the name of the user role, else "human"."""
        return next((role.name for role in self.roles if role.role_type == USER), HUMAN)

    @cached_property
    def names(self) -> frozenset[str]:
        """Everybody a message can be sent to: all members and the human."""
        return frozenset([self.human, *(member.name for member in self.members)])

    @cached_property
    def engineers(self) -> tuple[Member, ...]:
        """The members that cards are given to."""
        return tuple(member for member in self.members if member.role.role_type == ENGINEER)

    @cached_property
    def reviewers(self) -> tuple[Member, ...]:
        """The members that look at what has passed its test."""
        return tuple(member for member in self.members if member.role.role_type == REVIEWER)

    def is_reviewer(self, name: str) -> bool:
        """Whether that member looks at others' work and has no cards."""
        return any(member.name == name for member in self.reviewers)

    def reviewers_of(self, name: str) -> tuple[str, ...]:
        """Who may review the work of ``name`` (which of them does, rules/reviewing.py says); nobody's is no engineer's.
        Those whose roles talk with its own, else all."""
        member, reviewers = self.member(name), self.reviewers
        if not reviewers or member is None or member not in self.engineers:
            return ()
        near = [one for one in reviewers if one.role.talks_to_role(member.role) or member.role.talks_to_role(one.role)]
        return tuple(one.name for one in near or reviewers)

    def boss(self, name: str) -> str:
        """Whom ``name`` escalates to; the human for the human himself and for strangers (hooks-only worktrees)."""
        member = self.member(name)
        return member.boss if member else self.human

    def may_write(self, sender: str, to: str) -> bool:
        """Whether `talks_to` lets ``sender`` write to ``to``.

        The human writes to all and all to the human. Where no team is configured there is nothing to check. A role's
        name or type means those of that role that ``sender`` works with: where several lead a role in blocks, its own
        leader and its own reports. Somebody of another block is named by name. Who reviews the work of somebody and
        that one write to each other whatever their roles say: a rejection may be asked back about.
        """
        if self.human in (sender, to) or not self.members:
            return True
        if to in self.reviewers_of(sender) or sender in self.reviewers_of(to):
            return True
        writer, reader = self.member(sender), self.member(to)
        if not writer or not reader:
            return False
        if to in writer.role.talks_to:
            return True
        parted = self._parted(writer, reader) or self._parted(reader, writer)
        return writer.role.talks_to_role(reader.role) and not parted

    def writes_to(self, sender: str) -> list[str]:
        """Everybody ``sender`` may write to."""
        return sorted(name for name in self.names - {sender} if self.may_write(sender, name))

    def _parted(self, one: Member, other: Member) -> bool:
        """Whether ``other`` leads members of ``one``'s role, and ``one`` has another leader of that same role."""
        boss = self.member(one.boss)
        if boss is None or boss.role is not other.role or boss is other:
            return False
        return any(member.role is one.role for member in self.members if member.boss == other.name)
