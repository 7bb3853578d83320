"""A team with every level, of whom a test says how they stand: facts for what is told to bosses."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rules.facts import Facts

from batty_hooks.state import inbox, panes
from batty_hooks.state.inbox import Message
from batty_hooks.state.panes import Pane
from batty_hooks.state.team import Role, Team
from batty_hooks.state.team.members import hire
from batty_hooks.system import process
from batty_hooks.system.records import replace
from batty_hooks.vocabulary import ids, kinds

ROLES = (
    Role("architect", "architect", "tui", talks_to=("manager",)),
    Role("manager", "manager", "tui", 2, talks_to=("architect", "engineer")),
    Role("engineer", "engineer", "tui", 2, talks_to=("manager",)),
)
ME, MANAGER, ARCHITECT, HUMAN = "engineer-1-1", "manager-1", "architect", "human"


def ladder(root: Path) -> Facts:
    """An architect, two managers and four engineers, nobody of whom runs yet."""
    look = Facts(root)
    look.team = Team("test", "main", look.team.gate, nudge=60.0, escalate=600.0, roles=ROLES, members=hire(ROLES))
    return look


def runs(look: Facts, name: str, word: str = "ready", seconds_ago: float = 300.0, started: float = 1.0) -> None:
    """Let a member's agent run in a pane (as this very process), and be in that state for so long."""
    pane = Pane(name, "%1", "tui", os.getpid(), process.birth(os.getpid()), (started,))
    panes.record(look.project, pane)
    look.says(name, word, seconds_ago)
    look.__dict__.pop("panes", None)


def get(look: Facts, to: str, id: str, kind: str = kinds.NOTE, card: str = "", flags: str = "S", sender: str = HUMAN,
        reply_to: str = "") -> None:  # fmt: skip
    """A message, which was read if it has flags."""
    inbox.send(look.project, Message(id, sender, to, id, "x", kind, card, reply_to=reply_to))
    if flags:
        inbox.confirm(look.project, to, id, flags)
    look.again()


def ask(look: Facts, sender: str = ME, to: str = MANAGER, seconds_ago: float = 5.0, flags: str = "S") -> str:
    """A question, and its id."""
    id = ids.question(int((time.time() - seconds_ago) * 1e9), 1)
    get(look, to, id, kinds.ASK, flags=flags, sender=sender)
    return id


def later(look: Facts, seconds: float) -> None:
    """Let that time go by for the look."""
    look.at += seconds
    look.again()


def escalate(look: Facts, **times: float) -> None:
    look.team = replace(look.team, **times)
    look.again()
