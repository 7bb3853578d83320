"""git's settings, its version and where it keeps its own files."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from batty_hooks.system.git import call
from batty_hooks.system.records import dataclass

OLDEST = (2, 38)  # the first whose merge-tree merges two commits


def version() -> tuple[int, ...] | None:
    """git's version as numbers, or None when git is missing or speaks in riddles."""
    said = call.text("--version", cwd=Path("/"))
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def too_old() -> tuple[str, str] | None:
    """That git is older than what works here, and what mends that; None where it is new enough, or does not say."""
    found = version()
    if found is None or found >= OLDEST:
        return None
    named, needed = (".".join(map(str, one)) for one in (found, OLDEST))
    return f"git {named} is too old for batty-hooks", f"install git {needed} or newer"


def refused(cwd: Path) -> tuple[str, str] | None:
    """Why git works in no repository there, in its words, and what mends that; None where it does."""
    try:
        call.text("rev-parse", "--git-dir", cwd=cwd)
    except call.GitError as error:
        return error.what, error.mend
    return None


def get(cwd: Path, key: str, scope: str | None = None) -> str | None:
    """A setting, in every scope together or in one ("--local", "--global")."""
    return call.ask("config", *([scope] if scope else []), "--get", key, cwd=cwd)


@dataclass(frozen=True)
class Person:
    """Whose name git would put on a commit here: ours when none is set; ``signs``: each is to be signed."""

    name: str
    email: str
    signs: bool

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self.email


def person(cwd: Path) -> Person:
    """What a person has told git to commit as."""
    said = call.ask("config", "-z", "--get-regexp", r"^(user\.(name|email)|commit\.gpgsign)$", cwd=cwd) or ""
    found = dict(_setting(one) for one in said.split("\0") if one)  # the last of one name counts, as it does for git
    signs = found.get("commit.gpgsign", "").lower()
    return Person(
        found.get("user.name") or "batty-hooks",
        found.get("user.email") or "batty-hooks@localhost",
        signs in ("true", "yes", "on") or (signs.lstrip("+-").isdigit() and bool(int(signs))),
    )


def _setting(said: str) -> tuple[str, str]:
    key, is_given, value = said.partition("\n")
    return key, value if is_given else "true"  # (a key alone says yes)


def of_file(file: Path, key: str) -> str:
    """A setting in one file alone, "" for none; asked again only when the file has changed."""
    try:
        known = file.stat()
    except OSError:
        return ""
    memo = (key, str(file), f"{known.st_ino} {known.st_size} {known.st_mtime_ns} {known.st_ctime_ns}")
    value = call.remember(*memo)
    if value is None:
        value = call.ask("config", "--file", str(file), "--get", key, cwd=file.parent) or ""
        call.remember(*memo, value=value)
    return value


def set_local(cwd: Path, key: str, value: str) -> None:
    """Set a value in the repository's own config."""
    call.text("config", "--local", key, value, cwd=cwd)


def unset_local(cwd: Path, key: str) -> None:
    """Take a value out of the repository's own config; no error when it is not there."""
    call.run("config", "--local", "--unset-all", key, cwd=cwd)


def git_directory(cwd: Path) -> Path | None:
    """The absolute git directory of the worktree at ``cwd`` (its own, not the common one)."""
    dot_git = cwd / ".git"
    if dot_git.is_dir():
        return dot_git
    with contextlib.suppress(OSError):  # a linked worktree: a file that says where, as `git worktree add` writes it
        said = dot_git.read_text(errors="surrogateescape").strip()
        return Path(os.path.normpath(cwd / said.removeprefix("gitdir:").strip()))
    found = call.ask("rev-parse", "--absolute-git-dir", cwd=cwd)
    return Path(found) if found else None


def common_directory(cwd: Path) -> Path | None:
    """The directory all worktrees of the repository share, or None outside any repository."""
    found = call.ask("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=cwd)
    return Path(found) if found else None


def top_level(cwd: Path) -> Path | None:
    """The root of the worktree ``cwd`` is in; None in a bare repository or outside."""
    found = call.ask("rev-parse", "--path-format=absolute", "--show-toplevel", cwd=cwd)
    return Path(found) if found else None


def push_urls(cwd: Path, remote: str) -> list[str]:
    """The addresses that a push to ``remote`` goes to."""
    return (call.ask("remote", "get-url", "--push", "--all", "--", remote, cwd=cwd) or "").splitlines()
