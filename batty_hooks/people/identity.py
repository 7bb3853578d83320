"""Who is who when a command is typed: the sender, a name that was meant, what a member may do. Not a move."""

from __future__ import annotations

import os
from pathlib import Path

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox, worktrees
from batty_hooks.state.project import Project
from batty_hooks.state.team import rights
from batty_hooks.state.team.rights import Act


def sender(look: Look, place: Path) -> str:
    """Who is typing: $BATTY_MEMBER, else the member whose worktree this is, else the human.

    Raises FatalError for a $BATTY_MEMBER nobody knows: an unknown name is never taken for the human.
    """
    named = os.environ.get("BATTY_MEMBER")
    if named:
        return known(look, named)
    at_home = worktrees.member_at(look.project, place)
    return at_home if at_home in look.names else look.team.human


def approvers(look: Look, owner: str, protected: bool = False) -> tuple[str, ...]:
    """Who says yes or no to a member's work: who reviews it, whoever is above him on any level, and the human always.
    What changes ``protected`` paths is no reviewer's to allow."""
    reviewers = () if protected else look.team.reviewers_of(owner)
    return tuple(filter(None, dict.fromkeys((*reviewers, *rights.above(look.team, owner), look.team.human))))


def approver(look: Look, place: Path, owner: str) -> str | None:
    """Who is typing, if that is somebody who says yes or no to ``owner``'s work; else None."""
    who = present(look, place)
    return who if who in approvers(look, owner) else None


def present(look: Look, place: Path) -> str:
    """Who is typing, where it matters who does: in a worktree of the team that is its member, whatever $BATTY_MEMBER
    says, so that no engineer becomes the human by setting it (a guard against shortcuts: he can still go elsewhere)."""
    said, at_home = sender(look, place), worktrees.member_at(look.project, place)
    if at_home and (at_home in look.names or place.absolute().is_relative_to(look.project.worktree(at_home))):
        return at_home
    return said


def refusal(look: Look, place: Path, owner: str, act: str, mend: str) -> FatalError:
    """The words for somebody who may not ``act`` ("approve t12"): who may, and where to type it."""
    names = " or ".join(approvers(look, owner))
    return FatalError(f"{present(look, place)} may not {act}: {names} may", f"{mend}, typed in {look.project.root}")


def require(look: Look, place: Path, act: Act, owner: str, about: str) -> None:
    """Raises FatalError unless who is typing may do this to ``about``, which is ``owner``'s ("": nobody's)."""
    who = present(look, place)
    if not rights.may(look.team, who, act, owner):
        names = " or ".join(rights.who_may(look.team, act, owner))
        raise FatalError(f"{who} may not {act.words.format(about)}: {names} may", "batty-hooks ask 'why'  (ask for it)")


def require_person(project: Project, place: Path, act: str) -> None:
    """Raises FatalError when a member of the team is typing: it says that by $BATTY_MEMBER, or by where it is. Asks
    nothing of team.yaml, which may be broken."""
    at_home = worktrees.member_at(project, place)
    ours = at_home if at_home and place.absolute().is_relative_to(project.worktree(at_home)) else ""
    if member := os.environ.get("BATTY_MEMBER") or ours:
        mend = f"`batty-hooks ask 'why'` asks for it; a person types it in {project.root}"
        raise FatalError(f"{member} may not {act}: a person does", mend)


def known(look: Look, name: str) -> str:
    """``name`` if somebody is called so. Raises FatalError with the nearest name."""
    if name in look.names:
        return name
    import difflib

    close = difflib.get_close_matches(name, sorted(look.names), 1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    raise FatalError(f"there is no member {name!r}", f"{guess}the members are: {', '.join(sorted(look.names))}", USAGE)


def reader_of(look: Look, place: Path, name: str) -> str:
    """``name``, whose mail somebody else wants to read: of the team that is everybody's own to read. Raises FatalError
    unless it is somebody who has left, and whoever is typing is a person."""
    if name in look.names or name not in inbox.members(look.project):
        known(look, name)
        raise FatalError(f"{name} reads its own messages", f"`batty-hooks inbox {name}` lists them", USAGE)
    require_person(look.project, place, f"read what was written to {name}")
    return name


def whose_inbox(look: Look, name: str) -> str:
    """``name`` if somebody is called so, or was: what was written to who has left the team can be seen. Raises
    FatalError with the nearest name."""
    return name if name in inbox.members(look.project) else known(look, name)


def may_write(look: Look, sender: str, receiver: str) -> bool:
    """Whether ``sender`` may write to ``receiver``; without a team everybody may. Who was told of something that
    ``receiver`` needs, because nobody nearer has solved it, may answer, whatever `talks_to` says."""
    return not look.team.members or look.team.may_write(sender, receiver) or _was_asked(look, sender, receiver)


def _was_asked(look: Look, sender: str, receiver: str) -> bool:
    from batty_hooks.rules import escalation  # seldom needed by a verb that starts often

    needs = [need for need, _ in escalation.needs(look) if need.member == receiver]
    return any(escalation.told_at(look, sender, need) for need in needs)
