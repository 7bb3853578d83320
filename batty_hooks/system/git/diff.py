"""What differs between two commits or trees: for people to read, and which of certain paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from batty_hooks.system.git import call, objects

# Also one that .gitmodules or a setting says is to be ignored.
_SUBMODULES = ("--ignore-submodules=none",)
# The user's own settings for renames and colours count, and nothing that would make it another patch than `git apply`
# takes: a program he has set for reading diffs may page, ask, or print anything.
_PATCH = (
    "diff", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "--submodule=short", "-O/dev/null",
    *_SUBMODULES,
)  # fmt: skip

_FOR_PROGRAMS = ("--color=never", "--no-textconv", "-U3", "--inter-hunk-context=0")


def of_each(
    cwd: Path, pairs: Sequence[tuple[str, str]], pathspecs: Iterable[str], env: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """What differs in each of many pairs of trees, with one git: path → `:mode mode blob blob letter`. As far as git
    came: shorter than ``pairs`` where one of them is not there."""
    lines = "".join(f"{old} {new}\n" for old, new in pairs).encode()
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", *_SUBMODULES)
    code, out, _ = call.run("diff-tree", "--stdin", *options, "--", *pathspecs, cwd=cwd, stdin=lines, env=env)
    fields, found = iter(out.decode("utf-8", "surrogateescape").split("\0")), list[dict[str, str]]()
    for facts in () if code else fields:  # each is followed by its path, whatever that holds
        *heads, facts = facts.split("\n")
        for head in heads:  # a line for each pair that is begun
            if head != " ".join(pairs[len(found)]):
                return found
            found.append({})
        if facts:
            found[-1][next(fields)] = facts
    return found


def look_up_touched(cwd: Path, pairs: Sequence[tuple[str, str]], pathspecs: Iterable[str]) -> None:
    """Find out with one git for many pairs of trees what ``touched`` would say, so that it knows it."""
    specs = tuple(pathspecs)
    asked = [pair for pair in pairs if call.remember("touched", str(cwd), *pair, *specs) is None]
    if len(asked) > 1:
        for pair, changed in zip(asked, of_each(cwd, asked, specs), strict=False):
            call.remember("touched", str(cwd), *pair, *specs, value="\0".join(changed))


def look_up_changes(cwd: Path, old: str, trees: Iterable[str]) -> None:
    """Find out with one git how many trees differ from the commit ``old``, so that `objects.changes` knows it."""
    asked = [tree for tree in dict.fromkeys(trees) if call.remember("changes", str(cwd), old, tree) is None]
    if len(asked) > 1:
        before = objects.tree_of(cwd, old)
        for tree, changed in zip(asked, of_each(cwd, [(before, tree) for tree in asked], ()), strict=False):
            raw = "".join(f"{facts}\0{path}\0" for path, facts in changed.items())
            call.remember("changes", str(cwd), old, tree, value=raw)


def touched(cwd: Path, old: str, new: str, pathspecs: Iterable[str]) -> list[str]:
    """The paths matching one of git's pathspecs that are not the same in both (a rename gives both names)."""
    specs = tuple(pathspecs)
    known = call.remember("touched", str(cwd), old, new, *specs)
    if known is None:
        arguments = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", *_SUBMODULES, old, new, "--", *specs)
        known = call.text(*arguments, cwd=cwd)
        call.remember("touched", str(cwd), old, new, *specs, value=known)
    return [path for path in known.split("\0") if path]


def patch(cwd: Path, old: str, new: str, colour: bool = False) -> bytes:
    """The patch from ``old`` to ``new``, byte for byte (a file need not be text in any encoding); with ``colour`` it is
    for people, and converted for reading where the user has set that."""
    return _shown(cwd, *(("--color=always",) if colour else _FOR_PROGRAMS), old, new)


def stat(cwd: Path, old: str, new: str, width: int, colour: bool = False) -> bytes:
    """How much of which files differs, in lines of at most ``width`` columns."""
    wide = (f"--stat={width}", "--stat-graph-width=40", f"--color={'always' if colour else 'never'}")
    return _shown(cwd, *wide, old, new)


def counts(cwd: Path, old: str, new: str) -> list[tuple[str, int | None, int | None]]:
    """(path, lines added, lines deleted) of what differs; None where it is no text."""
    found = []
    for line in call.fields(
        "diff-tree", "-r", "-z", "--numstat", "--no-renames", *_SUBMODULES, old, new, "--", cwd=cwd
    ):
        added, deleted, path = line.split("\t", 2)
        found.append((path, _number(added), _number(deleted)))
    return found


def commits(cwd: Path, old: str, new: str) -> list[tuple[str, str]]:
    """(commit, subject) of what ``new`` has and ``old`` has not, newest first."""
    lines = call.text("log", "--format=%H %s", f"{old}..{new}", "--", cwd=cwd).split("\n")
    return [(commit, subject) for commit, _, subject in (line.partition(" ") for line in lines) if commit]


def _shown(cwd: Path, *arguments: str) -> bytes:
    code, out, err = call.run(*_PATCH, *arguments, "--", cwd=cwd)
    if code:
        raise call.GitError((*_PATCH, *arguments), code, err.decode("utf-8", "replace"))
    return out


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else None
