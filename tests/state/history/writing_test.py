"""How the history is written: whoever is killed when, whoever else writes, whatever the repository is like."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crash.killing import every_kill
from scene import Scene

from batty_hooks.errors import FatalError
from batty_hooks.moves.base.chronicling import Chronicler
from batty_hooks.rules.look import Look
from batty_hooks.state.project import Project, find
from batty_hooks.system import atomic
from batty_hooks.system.git import chronicle

REF = "refs/batty/history"
_QUIET = {"BATTY_NO_WAKE": "1"}


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.install()
    scene.team(None, history="on")
    scene.cards("- [ ] One ^t1")
    scene.run("step", env=_QUIET)
    return scene


def refuse(item: str, error: FatalError) -> None:
    raise AssertionError(f"{item}: {error.what}")


def keep(project: Project) -> None:
    Chronicler(project, refuse).keep(Look(project))


def holds_what_is_there(scene: Scene) -> None:
    """The newest state is the one on disk, and the line leads to its beginning."""
    before = scene.git("rev-parse", REF)
    keep(find(scene.root))
    assert scene.git("rev-parse", REF) == before, scene.git("show", "--stat", REF)
    assert scene.show("kanban.md", REF) == scene.board().rstrip("\n")
    assert scene.git("rev-list", "--count", "--min-parents=2", REF) == "0"
    assert scene.git("rev-list", "--count", "--max-parents=0", REF) == "1"


def test_killed_at_any_write_the_last_state_is_there_or_the_one_before(scene: Scene) -> None:
    before = scene.git("rev-parse", REF)
    scene.cards("- [ ] Two ^t2")
    scene.run("send", "human", "a word", env=_QUIET)
    found = set()
    for _ in every_kill(scene.root, lambda: keep(find(scene.root)), runs=True):
        found.add(scene.git("rev-list", "--count", f"{before}..{REF}"))
        keep(find(scene.root))
        assert scene.git("rev-list", "--count", f"{before}..{REF}") == "1"
        holds_what_is_there(scene)
    assert found <= {"0", "1"}


def test_killed_with_its_git_at_any_time_nothing_wrong_is_kept(scene: Scene) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from batty_hooks.moves.base.chronicling import Chronicler; from batty_hooks.rules.look import Look\n"
        "from batty_hooks.state.project import find\n"
        "project = find(Path(sys.argv[1])); print('begun', flush=True)\n"
        "Chronicler(project, print).keep(Look(project))\n"
    )
    chance = random.Random(int(os.environ.get("SEED", "7")))
    for number in range(int(os.environ.get("KILLS", "12"))):
        scene.save(scene.board() + f"\n<!-- {number} -->\n")
        with subprocess.Popen(
            [sys.executable, "-c", script, str(scene.root)], stdout=subprocess.PIPE, start_new_session=True
        ) as going:
            assert going.stdout
            going.stdout.readline()
            time.sleep(chance.random() * 0.05)
            os.killpg(going.pid, signal.SIGKILL)
        assert scene.git("log", "--format=%H", REF, check=False)
        left = scene.root / ".git" / f"{REF}.lock"
        if left.exists():  # a minute later: nobody alive holds the lock of a ref so long
            os.utime(left, (1, 1))
        keep(find(scene.root))
        holds_what_is_there(scene)
    assert "missing" not in scene.git("fsck", "--connectivity-only", check=False)


def test_no_git_is_started_for_a_state_and_git_finds_no_fault_with_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Directories come, go and stand where a file was; names are odd; the same content is there twice."""
    project, team = find(scene.root), scene.root / ".batty/team_config"
    chronicler = Chronicler(project, refuse)
    chronicler.keep(Look(project))
    trees = []
    for number, change in enumerate(
        (
            lambda: [(team / "a").mkdir(), (team / "a/one").write_text("1\n"), (team / "a.b").write_text("1\n")],
            lambda: (team / "a-b \udcff\n'").write_text("odd\n"),
            lambda: [(team / "a/one").unlink(), (team / "a").rmdir(), (team / "a").write_text("2\n")],
            lambda: [(team / "a").unlink(), (team / "a.b").unlink(), scene.save(scene.board() + "\n")],
        )
    ):
        change()
        with monkeypatch.context() as patched:
            patched.setattr(chronicle, "_import", None)
            chronicler.keep(Look(project))
        trees.append(scene.git("rev-parse", f"{REF}^{{tree}}"))
        assert len(set(trees)) == number + 1
    scene.git("update-ref", "-d", REF)
    keep(project)
    assert scene.git("rev-parse", f"{REF}:.batty/team_config") == scene.git(
        "rev-parse", f"{trees[-1]}:.batty/team_config"
    )
    holds_what_is_there(scene)
    said = scene.git("fsck", "--strict", "--no-dangling", *trees)
    assert said == ""


def test_after_git_has_packed_refs_and_objects_it_goes_on(scene: Scene) -> None:
    project = find(scene.root)
    chronicler = Chronicler(project, refuse)
    for number, pack in enumerate((["pack-refs", "--all"], ["gc", "--quiet", "--prune=now"], ["repack", "-adq"])):
        scene.git(*pack)
        (scene.root / ".batty/lessons.md").write_text(f"- {number}\n")
        chronicler.keep(Look(project))
        holds_what_is_there(scene)
        assert scene.git("rev-parse", f"{REF}@{{0}}") == scene.git("rev-parse", REF)


def test_where_git_holds_the_ref_the_state_is_kept_with_the_next(scene: Scene) -> None:
    before, lock = scene.git("rev-parse", REF), scene.root / ".git" / f"{REF}.lock"
    lock.touch()
    (scene.root / ".batty/lessons.md").write_text("- one\n")
    keep(find(scene.root))
    assert scene.git("rev-parse", REF) == before
    assert lock.exists()
    lock.unlink()
    keep(find(scene.root))
    assert scene.git("rev-parse", f"{REF}~") == before
    holds_what_is_there(scene)


def test_several_at_once_leave_one_line_with_the_newest_state(scene: Scene) -> None:
    children = []
    for name in ("a", "b", "c"):
        pid = os.fork()
        if pid == 0:
            try:
                for number in range(6):
                    (scene.root / ".batty/lessons.md").write_text(f"- {name} {number}\n")
                    keep(find(scene.root))
            finally:
                os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
    holds_what_is_there(scene)


def test_a_file_replaced_by_an_older_one_is_seen(scene: Scene) -> None:
    """`cp -p` of a backup has the time of the backup."""
    team = scene.root / ".batty/team_config/team.yaml"
    old = team.read_text().replace("\n", "\n# old\n", 1)
    team.write_text(old)
    os.utime(team, (1, 1))
    keep(find(scene.root))
    assert "# old" in scene.show(".batty/team_config/team.yaml", REF)


def test_forgetting_keeps_the_newest_and_what_it_says(scene: Scene) -> None:
    for number in range(3):
        scene.cards(f"- [ ] More {number}")
        scene.run("step", env=_QUIET)
    shown = scene.git("log", "-p", "-1", "--format=%an %ct %B", REF)
    tree = scene.git("rev-parse", f"{REF}^{{tree}}")
    count = int(scene.git("rev-list", "--count", REF))
    said = scene.run("history", "forget", "--before", "0s")
    assert f"{count - 1} states forgotten" in said
    assert scene.git("rev-parse", f"{REF}^{{tree}}") == tree
    assert scene.git("rev-list", "--count", REF) == "1"
    assert shown.splitlines()[0] == scene.git("log", "-1", "--format=%an %ct %B", REF).splitlines()[0]
    scene.cards("- [ ] And on")
    scene.run("step", env=_QUIET)
    holds_what_is_there(scene)
    assert "0 states forgotten" in scene.run("history", "forget", "--before", "1d")


def test_what_has_gathered_is_packed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "_PACKED_ONCE_IN", ("",))
    (scene.root / ".batty/lessons.md").write_text("- one\n")
    keep(find(scene.root))
    loose = scene.git("count-objects", "-v").splitlines()[0]
    packs = list((scene.root / ".git/objects/pack").glob("*.pack"))
    packed = "".join(scene.git("verify-pack", "-v", str(pack)) for pack in packs)
    assert scene.git("rev-parse", f"{REF}:.batty/lessons.md") in packed
    assert loose.startswith("count:")
    holds_what_is_there(scene)


def test_off_keeps_nothing_and_says_so(scene: Scene) -> None:
    scene.git("update-ref", "-d", REF)
    scene.team(None)
    scene.run("step", env=_QUIET)
    assert "`history: off`" in scene.run("history")
    assert "no history is kept here yet" in scene.run("status", "--at", "10m", code=1)
    assert scene.git("for-each-ref", REF) == ""


def test_a_history_that_was_deleted_or_damaged_begins_anew(scene: Scene) -> None:
    for spoil in ("rm", "damage"):
        if spoil == "rm":
            scene.git("update-ref", "-d", REF)
        else:
            before = scene.git("rev-parse", REF)
            scene.cards("- [ ] One more")
            scene.run("step", env=_QUIET)
            (scene.root / ".git" / REF).write_text("0" * 39 + "1\n")
        scene.run("step", env=_QUIET)
        holds_what_is_there(scene)
    assert before in scene.git("rev-list", REF)


def test_a_worktree_elsewhere_is_looked_at_without_touching_it(scene: Scene) -> None:
    place = scene.root.parent / f"{scene.root.name}-agent"
    scene.git("worktree", "add", "-q", str(place), "-b", "agent/work")
    scene.commit(place, {"numbers/two": "2\n"})
    scene.run("step", env=_QUIET)
    before = sorted(path.name for path in scene.root.parent.iterdir())
    now, then = scene.json("status"), scene.json("status", "--at", scene.git("rev-parse", REF))
    assert then["members"] == now["members"]
    assert then["members"][0]["ahead"] == 1
    assert sorted(path.name for path in scene.root.parent.iterdir()) == before


def test_all_of_a_state_is_handed_to_the_disk_before_the_ref_names_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a power cut leaves this state or the one before: each object is on its way, then one fsync, then the ref."""
    did: list[str] = []

    def noted(module: Any, name: str, words: Callable[..., str]) -> None:
        function = getattr(module, name)

        def call(*arguments: Any) -> Any:
            did.append(words(*arguments))
            return function(*arguments)

        monkeypatch.setattr(module, name, call)

    project = find(scene.root)
    chronicler = Chronicler(project, refuse)
    (scene.root / ".batty/lessons.md").write_text("- one\n")
    noted(atomic, "hand_over", lambda fd: "object")
    noted(os, "fsync", lambda fd: "fsync")
    noted(os, "rename", lambda old, new: "ref" if str(new).endswith(REF) else "named")
    noted(os, "link", lambda old, new: "lock")
    chronicler.keep(Look(project))
    objects = did.count("object")
    assert objects >= 5
    assert did == ["object", "named"] * objects + ["fsync", "lock", "ref"]


@pytest.mark.parametrize("form", ["sha256", "bare", "shared"])
def test_other_repositories(tmp_path: Path, form: str) -> None:
    scene = Scene(tmp_path / "project").create(*(["--object-format=sha256"] if form == "sha256" else []))
    if form == "shared":
        scene.git("config", "core.sharedRepository", "group")
    if form == "bare":
        scene.git("clone", "-q", "--bare", str(scene.root), str(tmp_path / "bare.git"))
        scene = Scene(tmp_path / "bare.git")
    scene.install()
    scene.team(None, history="on")
    scene.run("step", env=_QUIET)
    at = scene.git("rev-parse", REF)
    scene.cards("- [ ] One")
    scene.run("step", env=_QUIET)
    holds_what_is_there(scene)
    assert "1 to do" in scene.run("status", code=None)
    assert "0 to do" in scene.run("status", "--at", at, code=None)
