"""Bringing the board and the team's files back from the history, as a new state.

Writes in order: each of the team's files, the event, kanban.md. Killed in between, the same command does the rest. What
is there now was kept as a state before, and is as one more when the next step is made. Nothing lands meanwhile: what is
landing is waited for by nobody, the command is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import TRY_AGAIN, FatalError
from batty_hooks.moves.base.chronicling import Chronicler
from batty_hooks.rules import restoring
from batty_hooks.rules.look import Look
from batty_hooks.state import events, history, inbox, team
from batty_hooks.state.board import lanes, store
from batty_hooks.state.history import Entry
from batty_hooks.state.project import Project
from batty_hooks.system import lock
from batty_hooks.vocabulary import happened, ids

BOARD = "kanban.md"


def wanted(project: Project, entry: Entry, board: bool, team_files: bool) -> dict[str, tuple[bytes, bytes]]:
    """What of the board and the team's files would change: each path with its text now and as it would be. What was
    added since stays where it is. Raises FatalError when the board is in doubt."""
    found: dict[str, tuple[bytes, bytes]] = {}
    for name, text in (history.team_files(project, entry) if team_files else {}).items():
        found[name] = (team.text_of(project, name), text)
    before = history.file(project, entry, BOARD) if board else None
    if before is not None:
        now = store.read(project, _owners(project))
        found[BOARD] = (now.raw, restoring.board(before, now, Look(project).landed, _owners(project)))
    return {name: texts for name, texts in found.items() if texts[0] != texts[1]}


def shown(changes: dict[str, tuple[bytes, bytes]]) -> Iterator[str]:
    """The lines that would change, as a patch."""
    import difflib

    for name, texts in changes.items():
        one, other = (text.decode("utf-8", "replace").splitlines() for text in texts)
        yield from difflib.unified_diff(one, other, f"{name} now", f"{name} then", lineterm="", n=1)


def take(project: Project, entry: Entry, changes: dict[str, tuple[bytes, bytes]]) -> None:
    """Write them. Raises FatalError (75) while something lands."""
    with lock.tried(project.lock("move-land")) as got:
        if not got:
            mend = "batty-hooks history restore TIME  (again, in a moment)"
            raise FatalError("something is landing at this moment", mend, TRY_AGAIN)
        Chronicler(project, lambda item, error: None).keep(Look(project))
        for name, (_, text) in changes.items():
            if name != BOARD:
                team.bring_back(project, name, text)
        id = ids.of_command("restored", f"{entry.commit}.{events.now()}")
        said = f"{', '.join(changes)} as of {events.stamp(entry.at)}"
        events.append(project, id, happened.RESTORED, commit=entry.commit, text=said)
        if BOARD in changes:
            owners, landed, before = _owners(project), Look(project).landed, history.file(project, entry, BOARD) or b""
            store.replace(project, owners, lambda now: restoring.board(before, now, landed, owners))


def _owners(project: Project) -> lanes.Names:
    """Whom a card may name; where team.yaml cannot be read (it may be why something is brought back), who has mail."""
    try:
        return Look(project).owners
    except FatalError:
        return lanes.Names(frozenset(inbox.members(project)), {})
