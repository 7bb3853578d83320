"""batty-hooks undo: take what a card has landed off the trunk again, through the gate."""

from __future__ import annotations

from pathlib import Path

import click

from batty_hooks.errors import USAGE, YOUR_TURN, FatalError
from batty_hooks.people import identity
from batty_hooks.rules import advice, undoing
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state import queue, trunk
from batty_hooks.state.team import rights
from batty_hooks.system import screen


@click.command()
@click.argument("card")
@click.argument("why", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask, whatever stands on it.")
@click.option("--no-wait", is_flag=True, help="Only offer it; `batty-hooks status` shows how it fares.")
def command(card: str, why: tuple[str, ...], yes: bool, no_wait: bool) -> int:
    """Take what CARD has landed off the trunk again.

    The revert is an offer like any other: it is tested, merged with the trunk as it is, and lands with WHY in its
    message. Then the card is in TODO again. What stands on it is said first. Nothing that landed since is touched.
    """
    look, id = Look(project_map.here()), card.lstrip("^")
    landed, owner = _landing(look, id)
    identity.require(look, Path.cwd(), rights.UNDO, owner, id)
    if queue.get(look.project, queue.branch_key(trunk.undo_branch(id))):
        raise FatalError(f"{id} is being taken back already", "batty-hooks status  (shows how that fares)", YOUR_TURN)
    on_it = list(undoing.above(look, id))
    for words in on_it:
        screen.line(words, "yellow")
    if on_it and not yes and not (screen.is_terminal() and click.confirm(f"Take {id} back all the same?")):
        raise FatalError(f"{id} is left where it is", f"batty-hooks undo --yes {id}  (takes it back all the same)")
    _prepare(look, id, landed, " ".join(why).strip())
    return _merge(trunk.undo_branch(id), no_wait)


def _merge(branch: str, no_wait: bool) -> int:
    """What `batty-hooks merge BRANCH` does."""
    context = click.get_current_context()
    group = context.find_root().command
    verb = group.get_command(context, "merge") if isinstance(group, click.Group) else None
    assert verb
    code: int = context.invoke(verb, what=(branch,), approve=False, commit=None, no_wait=no_wait)
    return code


def _landing(look: Look, id: str) -> tuple[str, str]:
    """The commit with which a card has landed, and whose work it was. Raises FatalError when there is nothing to take
    back."""
    landed, found = look.landed.get(id, ""), look.card(id)
    if not landed or not look.contains(landed):
        if found is None and not landed:
            raise FatalError(f"there is no card {id!r}", "batty-hooks board  (shows them all)", USAGE)
        raise FatalError(f"{id} is not on {look.trunk}: there is nothing to take back", f"batty-hooks task show {id}")
    if reverts := look.reverted([landed]).get(landed):
        mend = f"batty-hooks task release {id}  (to have it done anew)"
        raise FatalError(f"{id} was taken back already, by {reverts[0][:10]}", mend)
    return landed, trunk.landing_facts(look.project, landed).get("member", "") or (found.owner if found else "")


def _prepare(look: Look, id: str, landed: str, why: str) -> None:
    """Make the branch that takes it back. Raises FatalError where git cannot make the revert by itself."""
    before, branch = undoing.before(look, id, landed), trunk.undo_branch(id)
    commit = trunk.prepare(look.project, id, landed, why, before)
    if commit is None:
        mend = f"batty-hooks merge {branch}  (if it is what takes {id} back; else: git branch -m {branch} another-name)"
        raise FatalError(f"there is a branch {branch} already", mend)
    conflicts = look.candidate(commit).conflicts
    if conflicts:
        paths = f"{', '.join(conflicts[:5])}{' …' if conflicts[5:] else ''}"
        solve = f"git switch {branch} && git merge {advice.trunk_to_merge(look)}"
        mend = f"{solve}  (solve it, commit, then: batty-hooks merge {branch})"
        raise FatalError(f"{id} cannot be taken back by itself: {paths} was changed since", mend)
