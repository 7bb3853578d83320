"""The team's files while a branch is checked out that has none: as the trunk has them.

`.batty/team_config/` is meant to be committed, so a `git switch` to an older branch takes it away. Then it is read from
`.batty/trunk_config/`, which no branch has, and where this module puts what the trunk has.
"""

from __future__ import annotations

import contextlib

from batty_hooks.state.project import Project
from batty_hooks.state.team import reading
from batty_hooks.system import atomic, directories
from batty_hooks.system.git import objects, origin, refs


def bring(project: Project) -> str:
    """Have `.batty/trunk_config/` hold what the trunk has of the team; the branch, "" where none has a team.

    Made again, it costs a few questions to git. Call it when the checkout has no team.yaml.
    """
    branch, tip = _find(project)
    if not branch:
        atomic.remove(project.trunk_config_pointer)
        return ""
    tree = objects.blob_at(project.root, tip, _name(project).rpartition("/")[0]) or ""
    before = _pointer(project)
    if before != f"{branch}\n{tree}\n":
        with directories.made_at_once(project.trunk_config / tree) as new:
            for name, _ in objects.listing(project.root, tree):
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                atomic.write(new / name, objects.content(project.root, tree, name) or b"")
        atomic.write(project.trunk_config_pointer, f"{branch}\n{tree}\n")
        for old in project.trunk_config.glob("*"):
            if old.is_dir() and old.name != tree and old.name not in before:  # somebody may be reading that one
                directories.remove(old)
    return branch


def source(project: Project) -> str:
    """The branch whose team is read at the moment; "" while the checkout has its own, or nobody has any."""
    return "" if project.own_team_file.exists() else _pointer(project).partition("\n")[0]


def strayed(project: Project) -> str:
    """A branch that has the team's files though neither the checkout nor the trunk has: they went along with what
    somebody committed there (`git add -A`), and left the checkout with it; "" where it is not so."""
    if project.own_team_file.exists() or _find(project)[0]:
        return ""
    return next(iter(sorted(_having(project))), "")


def _pointer(project: Project) -> str:
    with contextlib.suppress(OSError):
        return project.trunk_config_pointer.read_text()
    return ""


def _name(project: Project) -> str:
    return str(project.own_team_file.relative_to(project.root))


def _find(project: Project) -> tuple[str, str]:
    """The branch whose team counts, with its tip: the one that its own team.yaml calls the trunk, or the one that
    people take for it."""
    if not (project.common / "HEAD").exists():
        return "", ""
    name, usual = _name(project), origin.default_branch(project.root)
    tips = _having(project)
    for branch in sorted(tips, key=lambda branch: branch != usual):
        raw = objects.content(project.root, tips[branch], name) or b""
        trunk = reading.understand(raw, project.own_team_file.parent, "")[0].trunk
        if trunk == branch or (trunk is None and branch == usual):
            return branch, tips[branch]
    return "", ""


def _having(project: Project) -> dict[str, str]:
    """The branches that have a team.yaml, with their tips."""
    tips = {ref.removeprefix("refs/heads/"): tip for ref, tip in refs.listed(project.root, "refs/heads").items()}
    objects.look_up_entries(project.root, list(tips.values()), _name(project))
    return {branch: tip for branch, tip in tips.items() if objects.entry(project.root, tip, _name(project))}
