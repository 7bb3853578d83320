"""What the trunk is called, where it stands, and which cards have landed on it."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from batty_hooks.errors import FatalError
from batty_hooks.state.project import Project
from batty_hooks.system.git import names, origin, refs


def name(project: Project, configured: str | None) -> str:
    """The trunk's branch name. Raises FatalError when it is neither configured nor to be found."""
    found = configured or origin.default_branch(project.root)
    if not found and refs.listed(project.root, "refs/heads"):
        mend = f"${{EDITOR:-vi}} {quote(str(project.own_team_file))}  (name it there: `trunk: NAME`)"
        raise FatalError("cannot tell which branch is the trunk", mend)
    if not found:
        mend = "git commit --allow-empty -m 'First commit'"
        raise FatalError("cannot tell which branch is the trunk: there is no commit yet", mend)
    return found


def tip(project: Project, trunk: str, last: str = "") -> str:
    """The commit the trunk stands on. Raises FatalError when the branch is not there; ``last`` is where it was."""
    found = refs.branch_tip(project.root, trunk)
    file = project.branches / trunk
    if not found and file.is_file():  # git makes no branch over a file of its own that it cannot read
        mend = f"rm {quote(str(file))} && git branch {quote(trunk)} {last[:12] or 'COMMIT'}"
        where = "" if last else f"  (the last line of {quote(f'{project.common}/logs/refs/heads/{trunk}')} names it)"
        raise FatalError(f"git's file of the trunk {trunk!r} is damaged", f"{mend}{where}")
    if not found and last:
        renamed = [name for name, oid in refs.listed(project.root, "refs/heads/").items() if oid == last]
        now = renamed[0].removeprefix("refs/heads/") if len(renamed) == 1 else "NAME"
        mend = f"git branch {quote(trunk)} {last[:12]}  (or, if it is called {now} now: `trunk: {now}` in team.yaml)"
        raise FatalError(f"the trunk {trunk!r} is gone", mend)
    if not found and refs.resolve(project.root, f"refs/remotes/origin/{trunk}"):
        raise FatalError(
            f"the trunk {trunk!r} is only on origin", f"git branch {quote(trunk)} {quote(f'origin/{trunk}')}"
        )
    if not found:
        raise _missing(project, trunk)
    return found


def _missing(project: Project, trunk: str) -> FatalError:
    """That the trunk is not here, and how it comes here."""
    otherwise = f"(or correct `trunk:` in {project.own_team_file})"
    if not refs.resolve(project.root, "HEAD"):
        mend = f"git commit --allow-empty -m 'First commit'  {otherwise}"
        return FatalError(f"the trunk {trunk!r} has no commit yet", mend)
    if not names.may_be_a_branch(project.root, trunk):
        mend = f"${{EDITOR:-vi}} {quote(str(project.own_team_file))}  (`trunk:` names a branch)"
        return FatalError(f"{trunk!r} can be no branch, and is to be the trunk", mend)
    what = f"there is no branch {trunk!r}, which is to be the trunk"
    if origin.has_origin(project.root):  # a clone of one branch alone
        return FatalError(what, f"git fetch origin {quote(f'{trunk}:{trunk}')}  {otherwise}")
    return FatalError(what, f"git branch {quote(trunk)}  {otherwise}")


def bring(project: Project, trunk: str, last: str = "") -> bool:
    """Make the trunk's branch where it is only on origin and never was here: True when this call did it."""
    if last or not refs.resolve(project.root, "HEAD") or (project.branches / trunk).exists():
        return False
    if refs.branch_tip(project.root, trunk) or not refs.resolve(project.root, f"refs/remotes/origin/{trunk}"):
        return False
    origin.branch_off_origin(project.root, trunk)
    return True


def contains(project: Project, trunk_tip: str, commit: str) -> bool:
    """Whether the trunk holds ``commit``."""
    return refs.contains(project.root, trunk_tip, commit)


def landed(project: Project, within: str = "") -> dict[str, str]:
    """The cards that have landed, with their merge commits; with ``within`` those whose merges that commit holds."""
    prefix = "refs/batty/landed/"
    return {name.removeprefix(prefix): oid for name, oid in refs.listed(project.root, prefix, within).items()}


def record_landed(project: Project, cards: Mapping[str, str]) -> None:
    """Remember with which commit each of some cards has landed, whatever becomes of its branch and of the board."""
    refs.update_all(project.root, {f"refs/batty/landed/{card}": commit for card, commit in cards.items()})


def reopen(project: Project, card: str, landed: str) -> None:
    """Let a card count as not landed any more; that it had landed with the commit ``landed`` is kept."""
    refs.update(project.root, f"refs/batty/reopened/{card}/{landed[:12]}", landed)
    refs.delete(project.root, f"refs/batty/landed/{card}", landed)


def landed_before(project: Project, card: str) -> list[str]:
    """The commits with which a card had landed before it was reopened."""
    return list(refs.listed(project.root, f"refs/batty/reopened/{card}").values())
