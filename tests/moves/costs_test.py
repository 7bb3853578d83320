"""What a look costs, counted: it does not grow with what waits."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.people import needs, overview
from batty_hooks.rules import batch
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import HELD, PASSED, standing
from batty_hooks.state import project as project_map
from batty_hooks.state import queue, verdicts, worktrees
from batty_hooks.state.project import Project
from batty_hooks.state.queue import Offer
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.git import call, halfway, objects
from batty_hooks.system.records import asdict


def offered(scene: Scene, numbers: range) -> Project:
    """Branches that each change a file of their own, all of them offered."""
    base = scene.tip()
    stream = "".join(
        f"commit refs/heads/b{number}\ncommitter Test <test@example.org> {1_700_000_000 + number} +0000\ndata 1\nx\n"
        f"from {base}\nM 100644 inline numbers/n{number}\ndata 5\n{1000 + number}\n\n"
        for number in numbers
    )
    (scene.root.parent / "stream").write_text(stream)
    assert scene.sh("git fast-import --quiet <../stream", scene.root) == 0
    project = project_map.find(scene.root)
    project.prepare()
    team = project.team_file
    team.parent.mkdir(parents=True, exist_ok=True)
    team.write_text("trunk: main\ngate:\n  command: ./check.sh\n  protect: [secret/]\n")
    for number in numbers:
        tip = scene.git("rev-parse", f"b{number}")
        offer = Offer(f"b-b{number}", "", f"b{number}", tip, "", "x", f"2026-01-01T00:{number:02}:00.000Z", 1)
        (project.queue / f"{offer.key}.json").write_text(json.dumps(asdict(offer)))
    return project


def seen(project: Project) -> tuple[int, list[str]]:
    """What `status` derives: how many rows there are, and what comes next."""
    look = Look(project)
    rows, _ = overview.queue_rows(look), needs.of(look)
    return len(rows), overview.next_words(look)


def test_git_is_asked_as_often_for_sixty_offers_as_for_twenty(scene: Scene, git_calls: list[str]) -> None:
    project = offered(scene, range(20))
    call._memory.clear()
    git_calls.clear()
    seen(project)
    for_twenty = sorted(git_calls)
    offered(scene, range(20, 60))
    call._memory.clear()
    git_calls.clear()
    count, coming = seen(project)
    assert count == 60 and "to be tested together" in coming[-1]
    assert sorted(git_calls) == for_twenty


@pytest.fixture
def files_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the queue that are read, as they are."""
    found: list[str] = []
    original = queue._read
    monkeypatch.setattr(queue, "_read", lambda path: found.append(Path(path).stem) or original(path))
    return found


def test_a_look_reads_each_offer_once(scene: Scene, files_read: list[str]) -> None:
    seen(offered(scene, range(3)))
    assert sorted(files_read) == ["b-b0", "b-b1", "b-b2"]


def test_the_checkout_is_looked_at_once_for_all_that_may_land(scene: Scene, git_calls: list[str]) -> None:
    """Four that passed alone, each of which may have something of a person's in its way."""
    project = offered(scene, range(4))
    look = Look(project)
    for offer in look.offers:
        candidate = look.candidate(offer.commit)
        facts = {"base": look.tip, "commit": offer.commit, "at": "2026-01-01T00:00:00.000Z"}
        verdict = Verdict(look.key(candidate), candidate.tree, "./check.sh", "passed", 0, 1.0, "", **facts)
        verdicts.put(project, verdict)
    (scene.root / "numbers/n2").write_text("mine\n")
    git_calls.clear()
    look = Look(project)
    rows = [standing(look, offer) for offer in look.offers]
    assert [now.row for now in rows] == [PASSED, PASSED, HELD, PASSED] and "numbers/n2" in rows[2].held_by[0]
    assert {name: git_calls.count(name) for name in ("worktree", "status", "ls-files")} == {
        "worktree": 0, "status": 1, "ls-files": 1,
    }  # fmt: skip


def test_edits_that_git_was_told_not_to_show_are_looked_for_once_an_index(scene: Scene, git_calls: list[str]) -> None:
    """Once it is older than the clock of the file system is coarse: until then another one may look the same."""
    mark(scene)
    assert halfway.marked(scene.root) == set() == halfway.marked(scene.root)
    assert git_calls.count("ls-files") == 1
    mark(scene, "--assume-unchanged", "check.sh")
    assert halfway.marked(scene.root) == {"check.sh"} == halfway.marked(scene.root)
    mark(scene, "--no-assume-unchanged", "check.sh")
    mark(scene, "--skip-worktree", "numbers/one")
    assert halfway.marked(scene.root) == {"numbers/one"}
    mark(scene, "--no-skip-worktree", "numbers/one")
    assert halfway.marked(scene.root) == set() and git_calls.count("ls-files") == 4
    os.utime(scene.root / ".git/index", ns=(time.time_ns() + 10**10,) * 2)
    assert halfway.marked(scene.root) == set() == halfway.marked(scene.root) and git_calls.count("ls-files") == 6


def mark(scene: Scene, *arguments: str) -> None:
    scene.git("update-index", *arguments)
    os.utime(scene.root / ".git/index", (1, 1))


def test_what_a_commit_is_made_of_is_asked_once(scene: Scene, git_calls: list[str]) -> None:
    first, second = scene.tip(), scene.commit(scene.root, {"x": "1\n"})
    for _ in range(2):
        assert objects.parents(scene.root, second) == [first]
        assert objects.newest_date(scene.root, [first, second]) == f"@{scene.git('log', '-1', '--format=%ct')} +0000"
    assert git_calls == ["rev-list", "log"]
    assert objects.parents(scene.root, first) == []


def test_a_look_at_an_empty_queue_asks_git_nothing(scene: Scene, git_calls: list[str]) -> None:
    look = Look(offered(scene, range(0)))
    call._memory.clear()
    git_calls.clear()
    assert batch.plan(look) == batch.Plan() and git_calls == []


def test_what_git_is_asked_when_a_worktree_goes_to_its_first_card_and_home(scene: Scene, git_calls: list[str]) -> None:
    scene.install()
    project = project_map.find(scene.root)
    worktrees.ensure(project, "engineer-1", scene.tip(), print)
    call._memory.clear()
    git_calls.clear()
    worktrees.begin(project, "engineer-1", "engineer-1/t1", scene.tip(), print)
    assert git_calls == ["ls-files", "status", "rev-parse", "rev-list", "switch"]
    scene.commit(project.worktree("engineer-1"), {"numbers/two": "2\n"})
    scene.git("merge", "-q", "--no-ff", "engineer-1/t1")
    git_calls.clear()
    worktrees.go_home(project, "engineer-1", "engineer-1/t1", scene.tip(), print)
    looked = ["ls-files", "status", "diff-tree", "rev-parse", "rev-list"]
    assert git_calls == [*looked, "switch", "merge-base", "update-ref"]
