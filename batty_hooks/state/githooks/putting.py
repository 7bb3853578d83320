"""The hooks put in, looked after and taken out again; how they are found by git, see the package."""

from __future__ import annotations

import contextlib

from batty_hooks.state.githooks import excluding, forwarders, hooks_path, launcher, memory, plain
from batty_hooks.state.project import Project
from batty_hooks.system import directories
from batty_hooks.system.git import config


def install(project: Project, pushes: bool = False) -> list[str]:
    """Put the hooks in, or mend what somebody changed since; what was done, in lines. ``pushes``: those are to be
    guarded from now on.

    Takes no hook away from anybody; made twice, it changes nothing the second time. Raises FatalError where
    core.hooksPath is set for one worktree alone, which no setting of the repository can override.
    """
    memory.own(project).mkdir(exist_ok=True)
    excluding.exclude(project)
    forwarders.write_actions(project)
    before = memory.read(project)
    if not (project.common / "hooks").exists() and "hooks" not in before.made:
        before.made.append("hooks")
    memory.store(project, before)
    effective = config.get(project.root, hooks_path.KEY)
    if effective is None and not plain.tied(project, pushes):
        return plain.put(project, pushes=pushes)
    if effective is None or not hooks_path.is_ours(project, before, effective):
        hooks_path.write_previous(project, effective)
        hooks_path.point_to_ours(project, before)
    elif effective != str(memory.hooks_directory(project)):
        hooks_path.follow_a_move(project, before)
    hooks_path.write_all(project)
    if hooks_path.previous(project):
        plain.put(project, only_free=True, pushes=pushes)  # they take over when somebody unsets core.hooksPath
    else:
        plain.take_away(project)
    chained = hooks_path.previous(project) or project.common / "hooks"
    return [f"core.hooksPath leads to {memory.hooks_directory(project)}, which runs every hook of {chained} as well"]


def uninstall(project: Project) -> list[str]:
    """Take the hooks and the exclude lines away and put back what was there, byte for byte where nobody else has
    changed it since; what was done, in lines."""
    if not memory.own(project).exists():
        return ["there are no git hooks of ours here"]
    before = memory.read(project)
    lines = [*hooks_path.give_back(project, before), *plain.take_away(project)]
    excluding.give_back(project, before)
    for directory in before.made:
        with contextlib.suppress(OSError):
            (project.common / directory).rmdir()
    directories.remove(memory.own(project))
    return [*lines, "the git hooks are as they were before batty-hooks"]


def are_here(project: Project) -> bool:
    """Whether our hooks were put in, and not taken out since."""
    return (memory.own(project) / memory.FILE).exists()


def mend(project: Project) -> str:
    """The command that mends all `problems`: `install`, which sets nothing that is of one worktree alone."""
    unset = f"git config --worktree --unset {hooks_path.KEY} && " if hooks_path.is_of_one_worktree(project) else ""
    return f"{unset}batty-hooks install"


def problems(project: Project) -> list[str]:
    """Why commits may go unnoticed, a line each; `mend` is what mends them all. One git call, a few file reads."""
    if not are_here(project):
        return ["the git hooks are not installed"]
    effective = config.get(project.root, hooks_path.KEY)
    if effective is not None and not memory.same(effective, memory.hooks_directory(project)):
        return [f"core.hooksPath is {effective!r}, set by somebody else: our git hooks do not run"]
    place = project.common / "hooks" if effective is None else memory.hooks_directory(project)
    found = [
        f"the {name} hook in {place} is missing, replaced or not executable"
        for name in forwarders.needed_names(project)
        if not plain.runs_ours(place / name)
    ]
    return [*found, *launcher.launcher_problems(project)]
