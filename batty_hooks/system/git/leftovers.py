"""What a worktree holds beyond its commit and the branches: found, kept as a commit, and taken out of the way.

git can hold files, whatever flags they have in the index, and commits that nobody's branch has. It cannot hold another
repository, nor a file that `checkout` would write over though git ignores it: those are to be moved aside.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from batty_hooks.system import directories
from batty_hooks.system.git import call, config, objects, refs, unfinished
from batty_hooks.system.records import dataclass, field

# All that tells an edit is asked, whatever a person's git goes by: what is not seen here is written over.
_AS_IT_IS = (
    "-c", "advice.addEmbeddedRepo=false", "-c", "core.untrackedCache=false", "-c", "core.checkStat=default",
    "-c", "core.trustctime=true",
)  # fmt: skip
_BIG_BYTES = 50_000_000  # a larger untracked file is moved: that is done at once, and takes no second place on the disk


@dataclass(frozen=True)
class Leftovers:
    """What is in a worktree that its next commit would not keep: the tree of all files git can hold (also of those that
    are ``untracked``), what the index alone holds (None: nothing), commits on no branch, what git is in the middle of,
    and paths to be moved aside."""

    head: str | None
    tree: str
    changed: bool
    staged: str | None = None
    ends: tuple[str, ...] = ()
    operation: str = ""
    aside: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    state: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.staged or self.ends or self.operation or self.aside)


@dataclass(frozen=True)
class Index:
    """What the index lists: paths, those flagged so that git does not look at them (as lines for `update-index
    --index-info`), submodules."""

    paths: set[str] = field(default_factory=set)
    flagged: list[str] = field(default_factory=list)
    submodules: list[str] = field(default_factory=list)


def find(root: Path, path: Path, git_directory: Path, target: str, known: Index | None = None) -> Leftovers:
    """Everything at ``path`` in the way of commit ``target``; ``known``: its index. Reads only, but for objects."""
    head = refs.head(path)
    index = known or read_index(path)
    lines = call.fields(
        *_AS_IT_IS, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames",
        "--ignore-submodules=dirty", cwd=path,
    )  # fmt: skip
    ahead = {line[3:] for line in lines if line.startswith(" M ") and _is_there(path, index, line[3:], target)}
    lines = [line for line in lines if line[3:] not in ahead]
    listed = [line[3:] for line in lines if line.startswith("?? ")]
    untracked = [name.rstrip("/") for name in listed]
    away = {*_repositories(path, index, listed, target), *_hiding(path, index, listed), *_unfit(path, untracked),
            *_in_the_way(path, index, set(untracked), head, target)}  # fmt: skip
    aside = sorted(away)
    same = objects.tree_of(path, head) if head else call.text("mktree", cwd=path, stdin=b"")
    tree, staged = same, None
    if index.flagged or set(untracked) - set(aside) or len(lines) > len(untracked):
        staged, tree = _trees(path, git_directory, index, sorted((away & {*untracked, *index.paths}) | ahead))
    return Leftovers(
        head, tree, tree != same, staged if staged not in (None, same, tree) else None,
        tuple(unfinished.loose_ends(root, git_directory)), unfinished.operation(git_directory), tuple(aside),
        tuple(name for name in untracked if name not in aside), tuple(unfinished.state(git_directory)),
    )  # fmt: skip


def of_gone(root: Path, git_directory: Path) -> Leftovers:
    """What the repository alone knows of a worktree that is not there any more."""
    environment = {"GIT_DIR": str(git_directory), "GIT_WORK_TREE": str(root)}
    head = call.ask("rev-parse", "--verify", "--quiet", "HEAD", cwd=root, env=environment)
    same = objects.tree_of(root, head) if head else call.text("mktree", cwd=root, stdin=b"")
    staged = call.ask("write-tree", cwd=root, env=environment) if (git_directory / "index").exists() else None
    ends = tuple(unfinished.loose_ends(root, git_directory))
    return Leftovers(head, same, False, staged if staged != same else None, ends)


def directory_of(path: Path) -> Path:
    """The git directory of the repository or worktree at ``path`` itself. Raises GitError where there is none."""
    directory = config.git_directory(path)
    if directory is None:
        raise call.GitError(("status",), 128, f"{path} is no repository")
    return directory


def keep(
    cwd: Path, found: Leftovers, known: str | None, message: str, identity: tuple[str, str], part: bool = False
) -> str:
    """A commit that holds all of it that git can hold; ``known`` where that holds the same already (``part``: or
    more)."""
    parents = [*([found.head] if found.head else []), *found.ends]
    if found.staged:
        parents.append(objects.commit(cwd, found.staged, parents[:1], "What was staged\n", identity))
    parents = list(dict.fromkeys(parents))
    if known and objects.tree_of(cwd, known) == found.tree and _same(cwd, objects.parents(cwd, known), parents):
        return known
    if known and part and _holds(cwd, known, found):
        return known
    return objects.commit(cwd, found.tree, parents, message, identity)


def _holds(cwd: Path, known: str, found: Leftovers) -> bool:
    """Whether the commit ``known`` has all changed files as they were found, and nothing but files was found."""
    if found.staged or found.operation or found.aside or not found.head:
        return False
    changed = objects.changed_paths(cwd, objects.tree_of(cwd, found.head), found.tree)
    other = objects.changed_paths(cwd, found.tree, objects.tree_of(cwd, known))
    return not set(changed) & set(other) and all(refs.contains(cwd, known, end) for end in found.ends)


def _same(cwd: Path, first: list[str], second: list[str]) -> bool:
    """Whether two lists of parents hold the same; what was staged is a commit of another time."""
    return len(first) == len(second) and all(
        one == other or objects.tree_of(cwd, one) == objects.tree_of(cwd, other)
        for one, other in zip(first, second, strict=True)
    )


def move_aside(path: Path, found: Leftovers, place: Path) -> None:
    """Move what git cannot hold, and what it remembers of an operation, to the directory ``place``."""
    for name in found.aside:
        move(path / name, place / name)
    for state in found.state if found.operation else ():
        move(state, place / "operation" / state.name)


def leave(path: Path, target: str, found: Leftovers) -> None:
    """Check out ``target`` on no branch and take away the files of ``found``, once they are kept; nothing else goes, so
    look again: a .gitignore that is gone now may have hidden more."""
    _look_again(path, read_index(path))
    call.text("checkout", "--quiet", "--force", "--detach", target, cwd=path)
    now = read_index(path).paths
    for name in found.untracked:
        if name not in now and directories.is_inside(path, path / name):
            (path / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for parent in _parents(name):
                    (path / parent).rmdir()


def submodules(path: Path, target: str, index: Index | None = None) -> Iterator[tuple[Path, str]]:
    """The submodules that are checked out at ``path`` and have a place in ``target`` too, each with the commit it gets
    there (its own where it does not have that one)."""
    for name in (index or read_index(path)).submodules:
        place, known = path / name, (objects.entry(path, target, name) or "").split(" ")
        top = config.top_level(place) if (place / ".git").exists() else None
        if known[0] == "160000" and top and os.path.samefile(top, place):  # git goes up where a `.git` is broken
            wanted = refs.resolve(place, known[2]) or refs.resolve(place, "HEAD")
            if wanted:
                yield place, wanted


def _is_there(path: Path, index: Index, name: str, target: str) -> bool:
    """Whether ``name`` is a submodule that is on the commit ``target`` has of it."""
    if name not in index.submodules:
        return False
    oid = refs.resolve(path / name, "HEAD")
    return bool(oid) and objects.entry(path, target, name) == f"160000 commit {oid}"


def read_index(path: Path) -> Index:
    """What the index at ``path`` lists."""
    found = Index()
    for line in call.fields("ls-files", "-v", "--stage", "-z", cwd=path):
        facts, _, name = line.partition("\t")
        tag, mode, oid, _ = facts.split(" ")
        found.paths.add(name)
        if mode == "160000":
            found.submodules.append(name)
        elif (tag == "S" or tag.islower()) and os.path.lexists(path / name):
            # (Outside a sparse checkout a path has the same mark, and is not there.)
            found.flagged.append(f"{mode} {oid}\t{name}\0")
    return found


def _repositories(path: Path, index: Index, untracked: Iterable[str], target: str) -> Iterator[str]:
    """Repositories in the worktree that are no submodules of the commit it goes to: as a whole, or what makes a
    directory of tracked files one."""
    yield from (name.rstrip("/") for name in untracked if name.endswith("/"))
    for name in index.submodules:
        if os.path.lexists(path / name / ".git") and not (objects.entry(path, target, name) or "").startswith("160000"):
            yield name
    directories_of_files = {parent for name in index.paths for parent in _parents(name)}
    yield from (f"{name}/.git" for name in directories_of_files if os.path.lexists(path / name / ".git"))


def _hiding(path: Path, index: Index, listed: Iterable[str]) -> Iterator[str]:
    """A .gitignore beside tracked files that hides itself as well: the next card's files would be hidden too."""
    for directory in {"", *(parent for name in index.paths for parent in _parents(name))}:
        name = os.path.join(directory, ".gitignore")
        if name not in index.paths and name not in listed and os.path.lexists(path / name):
            yield name


def _parents(name: str) -> Iterator[str]:
    while name := os.path.dirname(name):
        yield name


def _unfit(path: Path, untracked: Iterable[str]) -> Iterator[str]:
    """Untracked files too big to be hashed and stored a second time."""
    for name in untracked:
        with contextlib.suppress(OSError):
            known = (path / name).lstat()
            if stat.S_ISREG(known.st_mode) and known.st_size > _BIG_BYTES:
                yield name


def _in_the_way(path: Path, index: Index, untracked: set[str], head: str | None, target: str) -> Iterator[str]:
    """What git ignores and ``target`` has a file at: `checkout` would write over it without a word."""
    if head:
        changes = objects.changes(path, head, target) if head != target else []
        coming = [change.path for change in changes if not change.is_gone]
    else:
        coming = [name for name, _ in objects.listing(path, target)]
    for name in coming:
        for place in (name, *_parents(name)):
            full = path / place
            if place in index.paths or place in untracked or full.is_symlink() or not full.exists():
                continue
            if not full.is_dir() or (place == name and not any(known.startswith(f"{place}/") for known in index.paths)):
                yield place


def _trees(path: Path, git_directory: Path, index: Index, without: Iterable[str]) -> tuple[str | None, str]:
    """The tree of the index (None while there are conflicts in it) and that of all files, flags or not."""
    copy = git_directory / "batty-save-index"
    environment = {"GIT_INDEX_FILE": str(copy)}
    Path(f"{copy}.lock").unlink(missing_ok=True)  # of one that was killed
    copy.unlink(missing_ok=True)
    if (git_directory / "index").exists():
        # With what git remembers of each file, so that few have to be read; and with its time, by which git knows which
        # may have been edited in the second they were checked out in.
        import shutil

        shutil.copy2(git_directory / "index", copy)
    staged = call.ask("write-tree", cwd=path, env=environment)
    _look_again(path, index, environment)
    wanted = "".join(f"{name}\0" for name in (".", *(f":(exclude,top,literal){name}" for name in without)))
    call.text(
        *_AS_IT_IS, "add", "--all", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul", cwd=path,
        stdin=wanted.encode("utf-8", "surrogateescape"), env=environment,
    )  # fmt: skip
    tree = call.text("write-tree", cwd=path, env=environment)
    copy.unlink(missing_ok=True)
    return staged, tree


def _look_again(path: Path, index: Index, environment: dict[str, str] | None = None) -> None:
    """Have git look at flagged files again, by their content: whatever it remembers of them goes with the flag."""
    if index.flagged:
        data = "".join(index.flagged).encode("utf-8", "surrogateescape")
        call.text("update-index", "-z", "--index-info", cwd=path, stdin=data, env=environment)


def move(source: Path, target: Path) -> None:
    """Move a file or tree, over whatever borders; what lies at ``target`` already stays there."""
    if not os.path.lexists(source):
        return
    free = target
    for number in range(2, 1000):
        if not os.path.lexists(free):
            break
        free = target.with_name(f"{target.name}.{number}")
    free.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(free)
    except OSError:
        directories.open_up(source.parent)
        import shutil

        shutil.move(source, free)
    _relink(free, source)


def _relink(place: Path, before: Path) -> None:
    """A worktree somebody has made in ours, moved from ``before``: its repository is told where it lies now, and it
    where that is, if it said so by a way from where it was."""
    with contextlib.suppress(OSError):
        said = (place / ".git").read_text(errors="surrogateescape").strip().removeprefix("gitdir:").strip()
        directory = Path(os.path.normpath(before / said))
        if (directory / "gitdir").is_file():
            (directory / "gitdir").write_text(f"{place / '.git'}\n", errors="surrogateescape")
            if not os.path.isabs(said):
                (place / ".git").write_text(f"gitdir: {directory}\n", errors="surrogateescape")
