"""What the trunk's hook is told: what it goes by, and each verdict where it goes by verdicts."""

from __future__ import annotations

from batty_hooks.rules import guarding
from batty_hooks.rules.look import Look
from batty_hooks.state import githooks
from batty_hooks.state.githooks import guard
from batty_hooks.state.verdicts import Verdict


def set_up(look: Look) -> None:
    """Have the hooks go by what team.yaml says now; made twice, it changes nothing. Where the trunk lives on a server
    from now on, the hook that guards pushes is put in first."""
    right, known = guarding.wanted(look), guard.read(look.project)
    if right and known != right:
        if right.remote and not (known and known.remote):
            githooks.install(look.project, pushes=True)
        guard.set_up(look.project, right, guarding.tip(look))


def remember(look: Look, verdict: Verdict) -> None:
    """Tell the hook of a verdict, where it goes by verdicts."""
    if look.team.guard == guard.EVERYONE and guard.is_installed(look.project):
        set_up(look)
        guard.judge(look.project, verdict.tree, verdict.passed)
