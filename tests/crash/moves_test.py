"""Each move, killed at each of its writes and at each git call that moves a ref, then made again: the same end."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.killing import EVERY, EVERY_STATE, every_kill, in_child
from scene import Scene

from batty_hooks.moves import run_agent
from batty_hooks.moves.base import interface, under_lock
from batty_hooks.rules.look import Look
from batty_hooks.state import blocks
from batty_hooks.state.project import Project, find
from batty_hooks.system import lock

AGENT = """
[ -f numbers/$2 ] && exit 0
echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"
git add numbers
git commit -qm "Add $2"
"""
WHOLE = EVERY_STATE if EVERY else 41
RED = "echo x > numbers/x; git add numbers; git commit -qm x\n"


def everything(root: Path, passing: tuple[str, ...] = ("started", "trouble")) -> dict[str, object]:
    """The state that counts, without what differs from run to run (commit ids, times)."""
    scene = Scene(root)
    # A run begun again is really begun twice, and says so (``passing``); everything else is said once.
    ids = Counter(_plain(event["id"]) for event in scene.events() if event["event"] not in passing)
    ids = Counter({id: 1 if id.startswith("gate.") else count for id, count in ids.items()})
    return {
        "board": _plain(scene.board()),
        "trunk": _plain(scene.git("log", "--first-parent", "--format=%s %T", "main")),
        "refs": sorted(_plain(name) for name in scene.git("for-each-ref", "--format=%(refname)").splitlines()),
        "queue": sorted(path.name for path in (root / ".batty/queue").glob("*.json")),
        "messages": {
            box.name: sorted(_plain(name) for name in scene.messages(box.name) if not name.startswith(".tmp-"))
            for box in (root / ".batty/inboxes").glob("*")
        },
        "events": ids,
        "checkout": scene.git("status", "--porcelain", "--untracked-files=no"),
        "reports": sorted(str(path) for path in (root / ".batty/members").glob("*/report.json")),
    }


def _plain(name: str) -> str:
    """A text without the commits and times in it, and without the numbers of cards: a kill may waste an id."""
    text = re.sub(r"\bt\d+\b", "t#", name)
    return re.sub(r"20\d\d-[-0-9T:.]+Z|20\d{6}T\d{6}|(?<![a-z])[0-9a-f]{7,40}(?![a-z])", "#", text)


@pytest.fixture
def quiet(scene: Scene, alone: None) -> None:
    """Hooks find a "watcher" alive (this process), so nobody but the test makes moves."""
    scene.install()
    (scene.root / ".batty/watch.pid").write_text(f"{os.getpid()}\n")


def made(name: str, project: Project) -> Callable[[], object]:
    """The move, made until nothing is ripe for it."""
    [move] = interface.moves([name])

    def work() -> None:
        if move.SLOW:
            while items := list(move.ripe(Look(project))):
                for item in items:
                    move.take(project, item)
        else:
            under_lock.make(project, move, _fail, Counter())

    return work


def _fail(item: str, error: Exception) -> None:
    raise AssertionError(f"{item}: {error}")


def prepare(scene: Scene, upto: str, script: str = AGENT, cards: int = 2, **gate: object) -> Project:
    """A card brought to the row before the move ``upto``, and another that waits its turn."""
    scene.team(scene.agent("works", script), **gate)
    scene.cards("- [ ] Add a number", "  with a body", *["- [ ] Add another"][: cards - 1])
    project = find(scene.root)
    for name in ("reconcile", "staff", "dispatch", "run_agent", "offer", "gate", "land"):
        if name == upto:
            break
        if name == "run_agent":
            in_child(lambda: run_agent.work(project, "engineer-1"))
        else:
            in_child(made(name, project))
    return project


def survives(
    scene: Scene,
    work: Callable[[], object],
    after: Callable[[], object] | None = None,
    stride: int = EVERY_STATE,
    runs: bool = False,
) -> int:
    """Kill ``work`` everywhere; after each kill it is run again and must end where an undisturbed run ends."""
    finish = after or work
    kills = every_kill(scene.root, work, stride, runs=runs)
    states = []
    for number in kills:
        assert in_child(finish), f"run again after kill {number}"
        states.append((number, everything(scene.root)))
    assert in_child(finish)
    undisturbed = everything(scene.root)
    for number, state in states:
        assert state == undisturbed, f"after kill {number}"
    return len(states)


@pytest.mark.parametrize("name", ["reconcile", "staff", "dispatch", "offer", "gate", "land"])
def test_a_killed_move_made_again_ends_the_same(scene: Scene, quiet: None, name: str) -> None:
    project = prepare(scene, name)
    assert survives(scene, made(name, project), runs=name == "gate") >= (1 if name == "reconcile" else 2)


@pytest.mark.parametrize("where", ["at work in the checkout", "on no branch"])
def test_a_killed_landing_beside_a_person(scene: Scene, quiet: None, where: str) -> None:
    """The trunk follows in his checkout with his own changes in it, or is checked out nowhere."""
    scene.commit(scene.root, {"mine": "committed\n"})
    project = prepare(scene, "land", cards=1)
    if where == "on no branch":
        scene.git("switch", "-q", "--detach")
    (scene.root / "mine").write_text("not committed\n")
    assert survives(scene, made("land", project), stride=3) >= 2
    assert (scene.root / "mine").read_text() == "not committed\n"
    assert scene.git("status", "--porcelain", "--untracked-files=no") == " M mine"
    assert scene.subjects()[-1] == "Land t1: Add a number (engineer-1)"


def test_a_killed_runner_of_a_command_does_its_work_once(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "run_agent")
    assert survives(scene, lambda: run_agent.work(project, "engineer-1"), runs=True) >= 2
    assert scene.git("rev-list", "--count", "main..engineer-1/t1-add-a-number") == "1"


def test_a_killed_handback_counts_once_and_tells_once(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "land", RED)
    assert survives(scene, made("handback", project)) >= 2
    assert scene.git("for-each-ref", "--format=%(refname)", "refs/batty/attempts") == "refs/batty/attempts/t1/1-failed"


def test_a_killed_handback_that_blocks_the_card(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "land", RED, retries=0)
    survives(scene, made("handback", project))
    assert "[blocked:: its test failed 1 times" in scene.board()


def test_a_killed_word_that_an_engineer_is_stuck(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "offer")
    blocks.say_stuck(project, "engineer-1", "t1", "which database?")
    assert survives(scene, made("block", project)) >= 2
    assert scene.board().count("[blocked:: which database?]") == 1 and not blocks.stuck(project)
    assert len([name for name in scene.messages("human") if "blocked" in name]) == 1


def test_a_killed_dispatch_that_leaves_a_blocked_card_for_another(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "offer")
    scene.run("task", "block", "t1", "which database?")
    in_child(made("unblock", project))
    assert survives(scene, made("dispatch", project)) >= 2
    assert [key for key in scene.messages("engineer-1") if key.endswith(":2,ST")] == ["t1.brief.1:2,ST"]
    assert scene.git("rev-list", "--count", "main..engineer-1/t1-add-a-number") == "1"


def test_a_killed_word_of_a_changed_card_is_said_once(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "run_agent")
    for words in ("Add a number that is prime", "Add two numbers that are prime"):
        scene.save(re.sub(r"Add .*number.* \(eng", f"{words} (eng", scene.board()))
        in_child(made("reconcile", project))
        if words.startswith("Add a"):
            in_child(made("revise", project))
    assert survives(scene, made("revise", project)) >= 2
    assert [name.rpartition(".")[0] for name in scene.messages("engineer-1", "new")] == ["t1.brief", "t1.changed.2"]


def badly_planned(scene: Scene) -> Project:
    """Two cards with three mistakes of their planner's."""
    project = prepare(scene, "reconcile")
    team = project.own_team_file
    team.write_text(team.read_text() + "  - {name: lead, role_type: architect, agent: claude}\n")
    scene.cards("- [ ] For nobody [role:: none]", "- [ ] For a lead [owner:: lead] [depends:: t9]")
    in_child(made("reconcile", project))
    return project


def test_a_killed_word_to_a_planner_is_said_once(scene: Scene, quiet: None) -> None:
    """With all that is wrong in one message."""
    project = badly_planned(scene)
    assert survives(scene, made("replan", project)) >= 2
    assert len(scene.messages("lead", "new")) == 1 and not scene.messages("human")
    [path] = (scene.root / ".batty/inboxes/lead/new").iterdir()
    assert path.read_text().count("cannot be begun: ") == 3


def test_a_killed_withdrawal_of_such_a_word_takes_it_back(scene: Scene, quiet: None) -> None:
    """When all of it is mended before it was read."""
    project = badly_planned(scene)
    in_child(made("replan", project))
    scene.save(scene.board().replace("[role:: none]", ""))
    in_child(made("replan", project))
    assert len(scene.messages("lead", "new")) == 1, "two of them are left"
    scene.save(scene.board().replace("[owner:: lead] [depends:: t9]", ""))
    assert survives(scene, made("replan", project)) >= 2
    assert [":2,ST" in name for name in scene.messages("lead")] == [True]


def test_a_killed_answer_by_mail_is_passed_on_once(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "run_agent")
    scene.run("ask", "Which port?", env={"BATTY_MEMBER": "engineer-1"})
    [id] = scene.messages("human", "new")
    mail = f"From: me@example.org\nSubject: Re: Which port?\nIn-Reply-To: <{id}@human.team.local>\n\n8080\n"
    (project.inboxes / "human/new/1772532901.M1P2.host").write_text(mail)
    assert survives(scene, made("forward", project)) >= 2
    assert len([name for name in scene.messages("engineer-1", "new") if name.startswith("mail.")]) == 1
    assert scene.messages("human", "new") == []


def test_a_killed_unblock_of_a_card_that_was_left(scene: Scene, quiet: None) -> None:
    """Its engineer, who waits for a word about the other one, gets it again, with what was said."""
    project = prepare(scene, "offer")
    for card in ("t1", "t2"):
        scene.run("task", "block", card, "which database?")
        in_child(made("unblock", project))
        in_child(made("dispatch", project))
    scene.run("task", "unblock", "t1", "Take SQLite")

    def work() -> None:
        for name in ("unblock", "dispatch"):
            made(name, project)()

    assert survives(scene, work) >= 2
    assert "Take SQLite" in (scene.root / ".batty/inboxes/engineer-1/new/t1.brief.2").read_text()
    assert scene.git("branch", "--show-current", cwd=scene.worktree("engineer-1")) == "engineer-1/t1-add-a-number"


def test_a_killed_staff_brings_the_link_to_the_board_back(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "dispatch")
    link = scene.worktree("engineer-1") / "kanban.md"
    link.unlink()
    link.mkdir()
    (link / "notes").write_text("mine\n")
    assert survives(scene, made("staff", project)) >= 2
    [notes] = project.saved.glob("engineer-1/*/kanban.md/notes")
    assert notes.read_text() == "mine\n" and link.samefile(scene.root / "kanban.md")


def test_a_killed_expiry_goes_on(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "staff", cards=1)
    old = [project.logs / "20200101T000000-t0.log", project.ready / "nobody.json",
           project.batty / "rejections" / "t9-0123456789.eml", project.aged_file]  # fmt: skip
    for path in old:
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
        os.utime(path, (1e9, 1e9))
    scene.git("update-ref", "refs/batty/attempts/t9/1-failed", "main")
    assert survives(scene, made("expire", project)) >= 2
    assert [path.exists() for path in old] == [False, False, False, True]
    assert scene.git("for-each-ref", "refs/batty/attempts") == ""


def test_a_killed_reopening_keeps_the_landing_before(scene: Scene, quiet: None) -> None:
    project = prepare(scene, "none of them", cards=1)
    landed = scene.git("rev-parse", "refs/batty/landed/t1")
    scene.run("task", "release", "t1")
    assert survives(scene, made("reopen", project)) >= 2
    assert scene.git("for-each-ref", "--format=%(objectname)", "refs/batty/reopened", "refs/batty/landed") == landed
    assert scene.messages("engineer-1", "cur") == ["t1.brief.1:2,ST"]


def test_a_whole_card_killed_anywhere_in_one_process(scene: Scene, quiet: None) -> None:
    """Every move in one process, killed here and there (each is killed at every write above); then
    `step --until-idle`: landed, once. EVERY=1 kills at every write."""
    project = prepare(scene, "staff")

    def work() -> None:
        for name in ("staff", "dispatch"):
            made(name, project)()
        run_agent.work(project, "engineer-1")
        for name in ("offer", "gate", "land"):
            made(name, project)()

    for number in every_kill(scene.root, work, stride=WHOLE, runs=True):
        with lock.held(project.lock("watch")):  # or each runner that ends wakes somebody, who goes on after the step
            scene.step()
        assert len(scene.lane("DONE")) == 2, f"after kill {number}: {scene.board()}"
        assert len(scene.subjects()) == 3, f"after kill {number}"
        assert scene.git("for-each-ref", "refs/batty/queue") == ""


def test_a_killed_look_at_clashes_tells_once(scene: Scene, quiet: None) -> None:
    scene.commit(scene.root, {"numbers/shared": "1\n"})
    scene.team("true", engineers=2)
    scene.cards("- [ ] One", "- [ ] Two")
    project = find(scene.root)
    for name in ("reconcile", "staff", "dispatch"):
        in_child(made(name, project))
    for number, name in enumerate(("engineer-1", "engineer-2"), 11):
        scene.commit(scene.worktree(name), {"numbers/shared": f"{number}\n"})
    assert survives(scene, made("clash", project)) >= 2
    assert len([name for name in scene.messages("engineer-2", "new") if ".clash." in name]) == 1
