"""Submodules: whether whoever clones the repository could follow a gitlink, and their checkout in worktrees of ours.

`git worktree add` leaves their places empty. Here they are checked out from the clones that the primary checkout has,
and from nowhere else: it costs no network, and what the primary checkout does without stays empty for everybody.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.system import directories
from batty_hooks.system.git import call, config, leftovers, objects, refs, settings
from batty_hooks.system.records import dataclass

_MODULES = ".gitmodules"
_GITLINK = "160000"
_URLS = r"^submodule\..*\.url$"


@dataclass(frozen=True)
class Module:
    """What .gitmodules says of one place: the submodule's name and where to clone it from ("": nothing)."""

    name: str
    url: str


def astray(cwd: Path, common: Path, base: str, tree: str) -> list[tuple[str, str]]:
    """(path, why) of each gitlink that nobody could follow once ``base`` has become ``tree``; what was so at ``base``
    already is not counted."""
    changes = objects.changes(cwd, base, tree)
    links = {change.path: change.new for change in changes if change.new_mode == _GITLINK}
    before: dict[str, Module] = {}
    if any(change.path == _MODULES for change in changes):
        before = _modules(cwd, base)
        links |= {path: oid for path, oid in _gitlinks(cwd, tree) if path in before}
    known = _modules(cwd, tree) if links else {}
    found = [(path, _why_astray(cwd, common, known.get(path), oid)) for path, oid in sorted(links.items())]
    lost = f"its entry in {_MODULES} is gone"
    return [(path, lost if path in before and path not in known else why) for path, why in found if why]


def _why_astray(cwd: Path, common: Path, module: Module | None, oid: str) -> str:
    if module is None:
        return f"it is a repository of its own that {_MODULES} does not have: take its .git away and add its files"
    if not module.url:
        return f"its entry in {_MODULES} has no url"
    clone = common / "modules" / module.name
    if clone.is_dir() and not _has(clone, oid, cwd):
        return f"its commit {oid[:10]} is not in the primary checkout's clone of it"
    return ""


def _modules(cwd: Path, tree: str) -> dict[str, Module]:
    """What .gitmodules in a tree or commit says, by path."""
    pattern = r"^submodule\..*\.(path|url)$"
    out = call.ask("config", "-z", f"--blob={tree}:{_MODULES}", "--get-regexp", pattern, cwd=cwd)
    facts: dict[str, dict[str, str]] = {}
    for key, value in _settings(out):
        name, _, what = key.removeprefix("submodule.").rpartition(".")
        facts.setdefault(name, {})[what] = value
    return {fact["path"]: Module(name, fact.get("url", "")) for name, fact in facts.items() if "path" in fact}


def _settings(out: str | None) -> Iterator[tuple[str, str]]:
    for line in filter(None, (out or "").split("\0")):
        key, _, value = line.partition("\n")
        yield key, value


def _gitlinks(cwd: Path, tree: str) -> Iterator[tuple[str, str]]:
    for line in call.fields("ls-tree", "-r", "-z", "--full-tree", tree, cwd=cwd):
        facts, _, path = line.partition("\t")
        if facts.startswith(_GITLINK):
            yield path, facts.split(" ")[2]


def update(path: Path, modules: Path) -> str | None:
    """Check out the submodules that the commit at ``path`` names, whatever lies there, however deep, from the clones in
    ``modules``; those that have no clone there stay empty. git's refusal, or None."""
    given, wanted = ["-c", "protocol.file.allow=always"], {}
    for place, module in _cloned(path, modules):
        given += ["-c", f"submodule.{module}.url={modules / module}"]
        wanted[place] = modules / module
    if not wanted:
        return None
    # (the environment's settings do not reach a repository within)
    command = ("submodule", "--quiet", "update", "--init", "--checkout", "--force", "--", *wanted)
    code, out, err = call.run(*settings.NO_HOOKS, *given, *command, cwd=path)
    if code == 0:  # what an earlier run left in a submodule, `clean` in the worktree itself does not see
        code, out, err = call.run("submodule", "--quiet", "foreach", "--recursive", "git clean -ffdq", cwd=path)
    if code:
        return (err or out).decode("utf-8", "replace")
    inner = (update(path / place, clone / "modules") for place, clone in wanted.items())
    return next(filter(None, inner), None)


def fill(path: Path, modules: Path) -> None:
    """Check out the submodules whose places at ``path`` are empty, however deep, as far as ``modules`` has the commits.

    Killed anywhere, it is made again. Raises GitError.
    """
    for place, module in _cloned(path, modules):
        clone, commit = modules / module, _gitlink(path, "HEAD", place)
        if commit and _is_empty(path / place) and _has(clone, commit, path):
            own = Path(f"{config.git_directory(path)}/modules/{module}")
            if not own.exists():
                _clone(own, clone)
            _fetch(own, clone, commit)
            command = ("submodule", "--quiet", "update", "--init", "--checkout", "--force", "--", place)
            call.text(*settings.NO_HOOKS, "-c", f"submodule.{module}.url={clone}", *command, cwd=path)
        if (path / place / ".git").exists():
            fill(path / place, clone / "modules")


def bring(path: Path, target: str, modules: Path) -> None:
    """Bring the commits that ``target`` names into the submodules that are checked out at ``path``, however deep, so
    that these can go there: the clones in ``modules`` may be ahead of them. Raises GitError."""
    for place, module in _cloned(path, modules):
        clone, commit = modules / module, _gitlink(path, target, place)
        if commit and (path / place / ".git").exists():
            if refs.resolve(path / place, commit) is None and _has(clone, commit, path):
                _fetch(leftovers.directory_of(path / place), clone, commit)
            bring(path / place, commit, clone / "modules")


def nowhere_else(path: Path, modules: Path) -> Iterator[tuple[Path, str]]:
    """The submodules checked out at ``path``, however deep, that hold something that neither a remote of theirs nor the
    clones in ``modules`` have, each with what it is: their repositories go with the worktree."""
    names = dict(_cloned(path, modules))
    for place, _ in leftovers.submodules(path, call.text("rev-parse", "HEAD", cwd=path)):
        clone = modules / names.get(str(place.relative_to(path)), "-")
        yield from nowhere_else(place, clone / "modules")
        if call.fields("status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=dirty", cwd=place):
            yield place, "changes that are in no commit"
            continue
        commits = call.text("rev-list", "--all", "HEAD", "--not", "--remotes", "--tags", cwd=place).split()
        if not all(clone.is_dir() and _has(clone, commit, path) for commit in commits):
            yield place, "commits that are on no branch of its remote"


def _cloned(path: Path, modules: Path) -> list[tuple[str, str]]:
    """(place, name) of each submodule of the checkout at ``path`` that is in use where ``modules`` is, with a clone."""
    if not (path / _MODULES).is_file() or not modules.is_dir():
        return []
    in_use = call.ask(f"--git-dir={modules.parent}", "config", "-z", "--get-regexp", _URLS, cwd=path)
    names = {key.removeprefix("submodule.").removesuffix(".url") for key, _ in _settings(in_use)}
    out = call.ask("config", "-z", "--file", _MODULES, "--get-regexp", r"^submodule\..*\.path$", cwd=path)
    found = ((place, key.removeprefix("submodule.").removesuffix(".path")) for key, place in _settings(out))
    return [(place, name) for place, name in found if name in names and (modules / name).is_dir()]


def _gitlink(path: Path, commit: str, place: str) -> str:
    """The commit that a submodule has in ``commit``; "" where there is none."""
    mode, _, oid = (call.ask("ls-tree", commit, "--", place, cwd=path) or "").partition("\t")[0].partition(" commit ")
    return oid if mode == _GITLINK else ""


def _is_empty(place: Path) -> bool:
    """Whether nothing is checked out in a submodule's place: git was not told to, or was killed at it."""
    return place.is_dir() and not place.is_symlink() and set(os.listdir(place)) <= {".git"}


def _has(clone: Path, commit: str, cwd: Path) -> bool:
    return call.holds(f"--git-dir={clone}", "cat-file", "-e", f"{commit}^{{commit}}", cwd=cwd)


def _clone(own: Path, clone: Path) -> None:
    """Make ``own`` a clone of ``clone`` that knows the same remote; it has its name when it is whole."""
    half = own.with_name(f"{own.name}.batty")
    if half.exists():
        directories.remove(half)
    half.parent.mkdir(parents=True, exist_ok=True)
    call.text(*settings.NO_HOOKS, "clone", "--quiet", "--no-checkout", str(clone), str(half), cwd=half.parent)
    url = call.ask(f"--git-dir={clone}", "config", "remote.origin.url", cwd=half)
    if url:
        call.text("config", "remote.origin.url", url, cwd=half)
    (half / ".git").rename(own)
    half.rmdir()


def _fetch(own: Path, clone: Path, commit: str) -> None:
    """Bring a commit of ``clone`` into the repository ``own``, and what the clone knows of its remote."""
    known = ("+refs/remotes/origin/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    command = ("fetch", "--quiet", "--no-write-fetch-head", str(clone), *known, commit)
    call.text(f"--git-dir={own}", *settings.NO_HOOKS, *command, cwd=own)
