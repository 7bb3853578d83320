"""The branches of cards: `<member>/<card id>-<slug>`, found again by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from shlex import quote

from batty_hooks.state.project import Project
from batty_hooks.state.worktrees.places import homes, is_managed
from batty_hooks.system import late
from batty_hooks.system.git import refs, worktrees

# What was kept of a member's own branch is named without the member, of another's with (see leaving.py).
_OF_A_CARD = late.pattern(r"refs/(?:heads/[^/]+/|batty/attempts/|batty/saved/[^/]+/(?:[^/]*?-)??)(t[0-9][^/.-]*)")
_NAMING = ("refs/heads/", "refs/batty/saved/", "refs/batty/attempts/")
_LONGEST_SLUG = 40


def branch_for(member: str, card: str, title: str) -> str:
    """The branch of a card: `<member>/<card id>-<slug>`."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return f"{member}/{card}-{plain}" if plain else f"{member}/{card}"


def branch_of(project: Project, member: str, card: str) -> str | None:
    """The branch a member has for a card: his own by name, else what the worktree he has made has checked out."""
    named = named_branch(project, member, card)
    if named or (project.worktree(member) / ".git").exists():
        return named
    home = homes(project).get(member)
    return home.branch if home and not is_managed(project, home.path) else None


def named_branch(project: Project, member: str, card: str) -> str | None:
    """A member's branch that is named after a card."""
    prefix = f"refs/heads/{member}/{card}"
    for name in refs.listed(project.root, f"refs/heads/{member}/"):
        if name == prefix or name.startswith(f"{prefix}-"):
            return name.removeprefix("refs/heads/")
    return None


def branches_for(project: Project, card: str) -> dict[str, str]:
    """Every branch that is named after a card, whosever it is, with its commit."""
    found = {}
    for name, commit in refs.listed(project.root, "refs/heads/").items():
        rest = name.removeprefix("refs/heads/").partition("/")[2]
        if rest == card or rest.startswith(f"{card}-"):
            found[name.removeprefix("refs/heads/")] = commit
    return found


def name_again(project: Project, branch: str, commit: str) -> None:
    """Have a branch of that name hold a commit: it is made, or brought up to it where it was left behind. Where it has
    gone another way, or is checked out somewhere, one with a number behind that name is."""
    checked_out = {home.branch for home in homes(project).values()}
    for name in (branch, *(f"{branch}-{number}" for number in range(2, 1000))):
        tip = refs.branch_tip(project.root, name)
        if tip and refs.contains(project.root, tip, commit):
            return
        may_move = tip is None or (name not in checked_out and refs.contains(project.root, commit, tip))
        if may_move and refs.update(project.root, f"refs/heads/{name}", commit, tip or refs.ZERO):
            return


def ids_in_refs(project: Project) -> set[str]:
    """The ids of cards that something is named after: a member's branch, what was kept of one, an attempt that came
    back. A card that got such an id would find the work of another one."""
    found = (_OF_A_CARD.match(name) for place in _NAMING for name in refs.listed(project.root, place))
    return {match[1] for match in found if match}


def moved_on(project: Project, branch: str, reported: str, again: str) -> str:
    """What has become of a branch since its commit ``reported`` was offered, for its engineer; "" while it stands.
    ``again`` is the command that reports it.

    The commit that was reported is pinned and is what counts, whatever its branch does.
    """
    now = refs.branch_tip(project.root, branch)
    if now == reported:
        return ""
    what = f"What counts is {reported[:10]}, the commit that was reported. {branch} "
    if now is None:
        return f"{what}has been deleted since: `git branch {quote(branch)} {reported[:10]}` brings it back.\n"
    if refs.contains(project.root, now, reported):
        return f"{what}has newer commits, up to {now[:10]}: report them with `{again}`.\n"
    return f"{what}has been moved to {now[:10]} since, which does not contain it.\n"


def drop_branches(project: Project, branches: Iterable[str], trunk_tip: str) -> None:
    """Delete branches that the trunk contains and nobody has checked out; the others stay."""
    tips = {branch: refs.branch_tip(project.root, branch) for branch in branches}
    landed = refs.contained(project.root, trunk_tip, filter(None, tips.values()))
    going = {branch: tip for branch, tip in tips.items() if tip and tip in landed}
    if going:
        in_use = {place.branch for place in worktrees.listed(project.root)}
        for branch in going.keys() - in_use:
            refs.delete(project.root, f"refs/heads/{branch}", going[branch])
