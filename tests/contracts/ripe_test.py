"""The contract of every move's `ripe`: it reads and nothing else, and whatever is wrong ends in one line of words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contracts import busy
from scene import Scene

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import interface
from batty_hooks.rules.look import Look
from batty_hooks.state.project import Project

SERVED = (
    "fetch",
    "ahead",
    "adopt",
    "poll",
    "propose",
    "push",
    "upload",
    "follow",
)  # see served_test.py
MOVES = [move for move in interface.moves() if move.NAME not in SERVED]


@pytest.fixture
def project(scene: Scene, alone: None) -> Iterator[Project]:
    with busy.busy(scene) as found:
        yield found


def files(root: Path) -> dict[str, str]:
    """Everything on disk, but what git derives: objects, and the place where it merges."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock" and not {"objects", "batty-merging"} & set(path.parts)
    }


def test_ripe_only_reads_and_finds_what_is_to_be_done(project: Project) -> None:
    before = files(project.root)
    for move in MOVES:
        assert list(move.ripe(Look(project))), f"{move.NAME} has nothing to do here"
        assert files(project.root) == before, f"{move.NAME} has written while it looked"


def looked(project: Project) -> tuple[dict[str, int], dict[str, FatalError]]:
    """How many items each move finds in one look, and what those say that find none because something is wrong."""
    found, raised = {}, {}
    look = Look(project)
    for move in MOVES:
        try:
            found[move.NAME] = len(list(move.ripe(look)))
        except FatalError as error:
            assert error.what and error.mend and error.code != 3, error
            raised[move.NAME] = error
    return found, raised


def away(path: Path) -> Callable[[], object]:
    """Take a file or directory away; gives what brings it back."""
    kept = path.with_name(f"{path.name}.away")
    path.rename(kept)
    return lambda: kept.rename(path)


def written(path: Path, text: str) -> Callable[[], object]:
    """Put another text into a file; gives what brings the old one back."""
    old = path.read_bytes() if path.exists() else None
    path.write_text(text)
    return lambda: path.unlink() if old is None else path.write_bytes(old)


def _unwritable_words(project: Project) -> Callable[[], object]:
    back = [written(path, "{") for path in (*project.queue.glob("*.json"), *project.members.glob("*/*.json"))]
    return lambda: [one() for one in back]


RAISES = "NAME, PROGRAM, INTERACTIVE, MODES, CLEAR = 'tui', 'x', True, ('work',), ()\n" + "".join(
    f"def {name}(*a):\n    raise ZeroDivisionError\n" for name in ("start", "heard", "glance")
)
# What is wrong, the moves that may say so, and those that find as much as before (or, with a `!`, nothing).
WRONG: dict[str, tuple[Callable[[Project], Callable[[], object]], str, str]] = {
    "the board is away": (
        lambda project: away(project.board_file), "",
        "settle listen revive stray staff setup run_agent deliver label gate review land expire guard "
        "!reconcile !reopen !dispatch !replan !revise !unblock !park !end_turn",
    ),
    "kanban.md is a directory": (
        lambda project: _as_directory(project.board_file), "", "settle stray gate land expire guard"),
    "team.yaml is broken": (
        lambda project: written(project.own_team_file, "roles: [\n"), "any", "settle listen expire"),
    "team.yaml names another trunk": (
        lambda project: written(project.own_team_file, busy.TEAM.replace("trunk: main", "trunk: nowhere")), "any",
        "settle listen revive staff run_agent expire"),
    "an adapter raises": (
        lambda project: written(project.adapters / "tui.py", RAISES), "",
        " ".join(move.NAME for move in MOVES)),
    "an adapter is half written": (
        lambda project: written(project.adapters / "tui.py", "def heard(event, (\n"), "",
        " ".join(move.NAME for move in MOVES)),
    "an adapter is away": (lambda project: away(project.adapters / "tui.py"), "any", "settle expire"),
    "a worktree leads nowhere": (
        lambda project: away(project.worktree("engineer-1") / ".git"), "",
        "settle listen revive offer handback review land deliver label expire guard"),
    "a worktree is away": (
        lambda project: away(project.worktree("engineer-1")), "",
        "settle listen revive offer handback review land deliver label expire guard"),
    "our files are no JSON": (_unwritable_words, "", "settle stray staff run_agent expire guard"),
    "there are no directories of ours": (lambda project: away(project.members), "", "settle staff gate land expire"),
}  # fmt: skip


def _as_directory(path: Path) -> Callable[[], object]:
    back = away(path)
    path.mkdir()
    return lambda: (path.rmdir(), back())


def test_whatever_is_wrong_every_move_looks(project: Project) -> None:
    """No look ends in a bug of ours; what cannot be known is said in words, and everybody else goes on."""
    whole, raised = looked(project)
    assert not raised
    for what, (spoil, may_say, as_before) in WRONG.items():
        mend = spoil(project)
        found, raised = looked(project)
        mend()
        assert may_say == "any" or not raised, f"{what}: {raised}"
        for name in as_before.split():
            move, wanted = name.lstrip("!"), 0 if name[0] == "!" else whole[name]
            assert found.get(move) == wanted, f"{what}: {move} finds {found.get(move)}, not {wanted}"
    assert looked(project) == (whole, {})
