"""What several moves and views say alike: the command that helps, and the words for a card that waits.

What helps is a line that can be typed. What else there is to say of it stands behind it: `COMMAND  (words)`. Copied
with the words it is an error of syntax and does nothing; after a `#` not every shell would pass them over.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from batty_hooks.rules import circling
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk
from batty_hooks.state.project import finding
from batty_hooks.state.queue import Offer

if TYPE_CHECKING:
    from pathlib import Path

    from batty_hooks.state.board.text import Card


_PROGRAMS = ("${EDITOR:-vi}", "batty-hooks", "cat", "df", "dmesg", "echo", "env", "find", "gh", "git", "glab", "kill",
             "ls", "mv", "pipx", "pkill", "quota", "rm", "ulimit", "unset")  # fmt: skip

_NO_TEST = "batty-hooks install  (it looks for one; or set gate.command in .batty/team_config/team.yaml)"

_SHOWING = ("batty-hooks doctor", "cat ", "df ", "dmesg", "git config", "git fsck", "git status", "ls ", "quota")


def no_test(look: Look) -> str:
    """What helps where no test command is set; the settings may have gone along with a branch."""
    from batty_hooks.state.team import committed

    branch = committed.strayed(look.project)
    if not branch:
        return _NO_TEST
    command = f"git checkout {shlex.quote(branch)} -- .batty/team_config"
    return f"{command}  (the settings were committed on {branch} alone; commit them on {look.trunk})"


def as_typed(mend: str, after: str = "") -> str:
    """What mends something as a line that can be typed, all else that it says in brackets behind it; ``after`` is the
    command for then. Prose that names no command stays as it is, or stands behind ``after``."""
    command, is_more, words = mend.partition("  (")
    words = words.removesuffix(")") if is_more else ""
    if not is_command(command):
        command = next(filter(is_command, re.findall("`([^`]+)`", mend)), "")
        words = mend
    if after and command != after:
        does = command and not command.startswith(_SHOWING)
        words = words if does else f"once that is mended: {mend}"
        command = f"{command} && {after}" if does else after
    return f"{command}  ({words})" if command and words else command or mend


def is_command(text: str) -> bool:
    """Whether a text is a command line as our words have them, and no prose."""
    first, _, rest = text.partition(" ")
    return first in _PROGRAMS and "; " not in rest and ", " not in rest and "…" not in rest


def to_free_the_checkout(look: Look, offer: Offer) -> str:
    """What to type where work that passed waits for something in the checkout of the trunk, or for the board."""
    if offer.card and not look.has_board:
        return "batty-hooks board --restore  (it brings back the last version; then it lands by itself)"
    if bare := finding.taken_for_bare(look.project.root, look.project.common):
        return bare[1]
    place = look.trunk_place
    if place and (unseen := _unseen(look, offer, place)):
        return unseen
    see = f"git -C {shlex.quote(str(place))} status" if place and place != look.project.root else "git status"
    return f"{see}  (commit, put away or finish that: then it lands by itself)"


def _unseen(look: Look, offer: Offer, place: Path) -> str:
    """The same where that is something that `git status` does not show; "" where it shows all."""
    at = f"git -C {shlex.quote(str(place))}" if place != look.project.root else "git"
    hidden, ignored = trunk.unseen(look.project, look.trunk, look.tip, look.candidate(offer.commit).tree)
    if hidden:
        paths = " ".join(map(shlex.quote, hidden))
        marks = ("--no-assume-unchanged", "--no-skip-worktree")  # of both, git would take but one
        lift = " && ".join(f"{at} update-index {mark} -- {paths}" for mark in marks)
        return f"{lift}  (its edits were hidden from `git status`, which shows them then)"
    if ignored:
        file = shlex.quote(str(place / ignored[0]))
        return f"mv {file} {shlex.quote(f'{place / ignored[0]}.mine')}  (git ignores it; what lands has a file there)"
    return ""


def trunk_to_merge(look: Look) -> str:
    """What the trunk is called for who merges it into a branch: the server's, as last seen, where it lives on one. What
    is here may be older, and a conflict solved against that comes back."""
    remote = look.team.remote
    return shlex.quote(f"{remote.name}/{look.trunk}" if remote else look.trunk)


def how_to_report(look: Look, offer: Offer) -> str:
    """The command by which changed work is reported again: `done` where its member stands on its branch, else `merge`,
    for a branch that nobody works on needs no worktree."""
    home = look.homes.get(offer.member)
    is_there = bool(offer.card) or (home is not None and home.branch == offer.branch)
    return "batty-hooks done" if is_there else f"batty-hooks merge {shlex.quote(offer.branch)}"


def types_commands(look: Look, member: str) -> bool:
    """Whether the model of a member's agent types commands. One that does not is told of none: the end of a turn with
    a new commit is its report."""
    from batty_hooks.agents import base as agents  # most commands that import this ask no agent

    known = look.team.member(member)
    name = next((pane.agent for pane in look.panes if pane.member == member), known.role.agent if known else "")
    agent = agents.readable(name, look.project.adapters) if known else None
    return bool(getattr(agent, "SHELL", True))


def without_commands(done: str) -> str:
    """What such a member is told where others are told what to type: ``done`` says when its turn is to end."""
    return (
        f"{done}, end your turn: what you changed is committed for you, and that reports it.\n"
        f"If you cannot go on, change nothing more and say why: a person is told that you stopped.\n"
    )


def blocked_words(look: Look, card: Card, reason: str = "") -> str:
    """What its engineer is told of a blocked card (or of one to be blocked for that ``reason``): who was asked, and
    what waits for that."""
    return (
        f"{card.id} is blocked: {reason or card.blocked}; {circling.asked(look, card)} is asked, and nothing of it is "
        f"tested or lands before it is unblocked"
    )
