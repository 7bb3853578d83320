"""stray: sees a commit that an engineer made outside its worktree, and tells it and the human. Nothing is undone.

The git hook leaves who has committed where; the trunk itself is the guard's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from batty_hooks.moves.base.interface import Item
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, spool
from batty_hooks.state.project import Project
from batty_hooks.state.spool import Entry
from batty_hooks.system.git import refs
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "stray"
ORDER = 16
WATCHES = ("spool",)
SLOW = False


def ripe(look: Look) -> Iterator[Item]:
    """Commits of a member that has a worktree, made in another one."""
    for entry in spool.entries(look.project):
        home = look.homes.get(entry.member) if look.team.member(entry.member) else None
        if home is None or _same(home.path, entry.worktree):
            continue
        _, commit = refs.checked_out(entry.worktree)
        if commit and ids.stray(commit) not in inbox.keys(look.project, look.team.human):
            yield Item(keys.join(entry.path.name, commit), f"{entry.member} has committed in {entry.worktree}",
                       member=entry.member)  # fmt: skip


def take(project: Project, item: Item) -> None:
    """The engineer first, the human last."""
    look = Look(project)
    name, commit = keys.split(item.key)
    entry = spool.get(project, name)
    if entry is None:
        return
    id, text = ids.stray(commit), _text(look, entry, commit)
    subject = f"{entry.member} has committed {commit[:10]} in {entry.worktree}"
    events.append(project, id, happened.STRAY, member=entry.member, commit=commit, text=subject)
    for receiver in (entry.member, look.team.human):
        inbox.send(project, inbox.Message(id, "batty-hooks", receiver, subject, text, kinds.NOTICE))


def _text(look: Look, entry: Entry, commit: str) -> str:
    branch = refs.checked_out(entry.worktree)[0] or "a detached HEAD"
    home = look.homes[entry.member].path
    return (
        f"{entry.member} has committed {commit[:10]} on {branch} in {entry.worktree}.\n"
        f"Its own worktree is {home}; only what is committed there is its report.\n\n"
        f"To take the commit over there:\n    git -C {quote(str(home))} cherry-pick {commit[:10]}\n"
        f"The other checkout is left as it is: whoever works there decides whether to keep the commit.\n"
    )


def _same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return True  # one of them is gone: nothing to be said about it
