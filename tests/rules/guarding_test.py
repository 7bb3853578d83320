"""Whether the trunk was moved past its guard, what is said of it, and the command that mends it."""

from __future__ import annotations

import pytest
from rules.facts import TIP, Facts

from batty_hooks.errors import FatalError
from batty_hooks.rules import guarding
from batty_hooks.state.githooks import guard, memory
from batty_hooks.state.verdicts import BROKEN, FAILED, PASSED, TIMEOUT
from batty_hooks.system.records import replace

BEFORE = "b" * 40


@pytest.fixture
def look(look: Facts) -> Facts:
    """The trunk came under guard where it stood before, and stands elsewhere now."""
    memory.own(look.project).mkdir(parents=True)
    right = guarding.wanted(look)
    assert right
    guard.set_up(look.project, right, BEFORE)
    return look


def past(look: Facts) -> tuple[str, str] | None:
    look.again()
    found = guarding.bypass(look)
    return (found.what, found.command) if found else None


def test_a_trunk_that_nothing_has_let_stand_there(look: Facts) -> None:
    assert guarding.strayed(look) and not guarding.out_of_date(look)
    assert past(look) == ("main was moved to aaaaaaaaaa past the gate: nobody has tested it", "batty-hooks gate main")


def test_where_the_hook_or_a_landing_has_let_it_is_fine(look: Facts) -> None:
    guard.let_pass(look.project, TIP)
    assert not guarding.strayed(look) and past(look) is None


def test_its_tree_has_passed_since(look: Facts) -> None:
    look.judge(look.itself, PASSED)
    assert guarding.strayed(look) and past(look) is None


@pytest.mark.parametrize(
    ("result", "first", "says"),
    [(FAILED, "FAILED one", "and it fails its test: FAILED one"),
     (TIMEOUT, "", "and it fails its test: the test was stopped after 0 s"),
     (BROKEN, "", "its test could not be started")],
)  # fmt: skip
def test_its_tree_is_red(look: Facts, result: str, first: str, says: str) -> None:
    look.judge(look.itself, result, first=first)
    found = past(look)
    assert found and says in found[0]
    assert ("batty-hooks gate main" in found[1]) == (result == BROKEN)


@pytest.mark.parametrize(
    ("place", "is_bare", "command"),
    [
        ("", False, f"git reset --keep {BEFORE[:12]}"),
        (None, False, f"git update-ref refs/heads/main {BEFORE}"),
        (".batty/worktrees/engineer-1", False, f"git update-ref refs/heads/main {BEFORE}"),
        ("my place", True, f"git -C 'my place' reset --keep {BEFORE[:12]}"),
        (".batty/worktrees/engineer-1", True, f"git update-ref refs/heads/main {BEFORE}"),
    ],
)
def test_the_way_back_is_a_persons_own_checkout_or_past_everybody_elses(
    look: Facts, place: str | None, is_bare: bool, command: str
) -> None:
    look.judge(look.itself, FAILED)
    look.trunk_place = None if place is None else look.project.root / place
    last = guard.last_let_pass(look.project, "main")
    if is_bare:
        look.project = replace(look.project, common=look.project.root)
    assert guarding._back(look, last).replace(f"{look.project.root}/", "") == command


def test_without_a_test_command_that_is_set_first(look: Facts) -> None:
    look.gate(command=None)
    found = past(look)
    assert found and found[1].startswith("batty-hooks gate main  (once gate.command is set")


def test_a_trunk_that_only_stands_for_another_branch(look: Facts) -> None:
    head = look.project.common / "refs" / "heads" / "main"
    head.parent.mkdir(parents=True)
    head.write_text("ref: refs/heads/other\n")
    guard.let_pass(look.project, TIP)
    found = past(look)
    assert found and "only stands for" in found[0] and found[1].startswith("git update-ref --no-deref refs/heads/main")


@pytest.mark.parametrize("known", ["off", "another trunk", "nothing"])
def test_before_this_trunk_was_under_guard_nobody_knows(look: Facts, known: str) -> None:
    right = guarding.wanted(look)
    assert right
    changed = {"off": replace(right, mode="off"), "another trunk": replace(right, trunk="refs/heads/other")}
    if known in changed:
        guard.set_up(look.project, changed[known], None)
    else:
        guard._file(look.project).unlink()
    assert past(look) is None and not guarding.strayed(look) and guarding.out_of_date(look)


def test_without_our_hooks_there_is_no_guard(look: Facts) -> None:
    for path in sorted(look.project.common.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert guarding.wanted(look) is None and not guarding.out_of_date(look) and past(look) is None


@pytest.mark.parametrize(("mode", "changes"), [("agents", False), ("off", False), ("everyone", True)])
def test_only_a_guard_of_everyone_asks_for_the_test(look: Facts, mode: str, changes: bool) -> None:
    look.team = replace(look.team, guard=mode)
    before = guarding.wanted(look)
    look.gate(command="another check")
    look._keys.clear()
    assert (guarding.wanted(look) != before) == changes


def test_a_trunk_that_nobody_can_name_or_find_is_not_guarded() -> None:
    class Nowhere:
        project = None

        @property
        def local_tip(self) -> str:
            raise FatalError("it is gone", "bring it back")

    assert guarding.tip(Nowhere()) is None  # type: ignore[arg-type]
