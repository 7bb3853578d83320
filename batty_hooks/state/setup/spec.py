"""What each worktree is to be given: the settings under `worktrees:` of team.yaml."""

from __future__ import annotations

from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Spec:
    """``setup`` are commands run in each worktree, ``copy`` and ``link`` untracked paths it gets from the primary
    checkout, ``ports`` how many ports are its own."""

    setup: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    ports: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to do at all."""
        return bool(self.setup or self.copy or self.link or self.ports)

    @property
    def brought(self) -> tuple[str, ...]:
        """The paths that come from the primary checkout."""
        return (*self.copy, *self.link)
