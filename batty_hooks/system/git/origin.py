"""What the remote `origin` says of the trunk: which branch others call so, and whether that one is here."""

from __future__ import annotations

from pathlib import Path

from batty_hooks.system.git import call, refs


def default_branch(cwd: Path) -> str | None:
    """The branch other people call the trunk: origin's HEAD, whether or not there is a branch of that name here (a
    clone of one branch has that one alone), else the only one there is, else the usual."""
    remote = refs.pointed_to(cwd, "refs/remotes/origin/HEAD", "refs/remotes/origin/")
    branches = [name.removeprefix("refs/heads/") for name in refs.listed(cwd, "refs/heads")]
    if remote and (remote in branches or refs.resolve(cwd, f"refs/remotes/origin/{remote}")):
        return remote
    if len(branches) == 1:
        return branches[0]
    configured = call.ask("config", "--get", "init.defaultBranch", cwd=cwd)
    return next((name for name in (configured, "main", "master", "trunk") if name in branches), None)


def has_origin(cwd: Path) -> bool:
    """Whether there is a remote of that name, from which a branch that is not here may be had."""
    return bool(call.ask("config", "--get", "remote.origin.url", cwd=cwd))


def only_one_of_origin(cwd: Path) -> str:
    """The branch of origin's that this clone follows, if it follows one alone and does not know whether that is
    origin's trunk (`clone --single-branch -b feature`); else ""."""
    if refs.pointed_to(cwd, "refs/remotes/origin/HEAD", "refs/remotes/origin/"):
        return ""
    followed = (call.ask("config", "--get-all", "remote.origin.fetch", cwd=cwd) or "").splitlines()
    branch = followed[0].lstrip("+").partition(":")[0] if len(followed) == 1 else ""
    return branch.removeprefix("refs/heads/") if branch.startswith("refs/heads/") and "*" not in branch else ""


def branch_off_origin(cwd: Path, branch: str) -> None:
    """Make ``branch`` from origin's of that name, which it follows; nothing is checked out."""
    call.text("branch", "--quiet", "--track", branch, f"refs/remotes/origin/{branch}", cwd=cwd)
