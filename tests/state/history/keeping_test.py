"""The team's history: what a state holds, and that what is shown of the past is what was shown then."""

from __future__ import annotations

import json
import os
from pathlib import Path

from scene import Scene

from batty_hooks.state import members, panes
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import find
from batty_hooks.system import lock, process

_QUIET = {"BATTY_NO_WAKE": "1"}


def log(scene: Scene, *more: str) -> list[str]:
    return scene.git("log", "--reverse", "--format=%s", *more, "refs/batty/history").splitlines()


def test_a_card_s_way_is_a_commit_a_step_and_git_reads_it(scene: Scene) -> None:
    scene.install()
    script = scene.agent("engineer", 'echo 2 > numbers/two; git add numbers; git commit -qm Two; echo "$2"')
    scene.team(script, history="on")
    scene.cards("- [ ] Write two")
    scene.run("step", "--until-idle")
    said = "\n".join(log(scene))
    assert "t1 claimed" in said
    assert "t1 landed" in said
    assert "between: " not in scene.run("history")
    assert "t1 landed" in scene.run("history", "t1")
    assert "t1" not in scene.run("history", "t99")
    assert len(scene.run("history", "--all", "-n", "0").splitlines()) == len(log(scene))
    assert [one["gist"] for one in scene.json("history", "--all", "-n", "0")] == log(scene)
    boards = scene.git("log", "--reverse", "--format=", "-p", "refs/batty/history", "--", "kanban.md")
    assert "+- [x] Write two (engineer-1) ^t1" in boards
    assert "landed" in scene.git("log", "--format=", "-p", "refs/batty/history", "--", ".batty/events.jsonl")
    assert scene.git("diff", "refs/batty/history@{0}", "refs/batty/history@{1}")
    assert "history" not in scene.git("branch", "--all")
    tree = scene.git("ls-tree", "-r", "--name-only", "refs/batty/history")
    assert "refs/batty/landed/t1" in scene.show("refs", "refs/batty/history")
    assert ".log" not in tree
    assert ".tmp-" not in tree


def state(scene: Scene, *at: str) -> dict[str, object]:
    """`status`, `board`, `inbox` and `log` as they are, or were."""
    shown: dict[str, object] = {}
    for words in (("status",), ("board",)):
        shown[" ".join(words)] = scene.json(*words, *at)
    for name in ("engineer-1", "human"):  # (messages of the same second have an order as long as they are files)
        messages = scene.json("inbox", name, "--all", *at)
        shown[name] = sorted(messages, key=lambda message: (message["date"], message["id"]))
    shown["show"] = scene.run("show", "t1", *at, code=None)
    shown["log"] = scene.run("log", "--json", *at).splitlines()
    status = shown["status"]
    assert isinstance(status, dict)
    del status["ripe"], status["next"]  # what would be done next: of the past nobody asks
    for row in status["members"]:
        del row["dirty"]  # what was not committed nobody knows any more
    return shown


def test_the_past_is_shown_as_it_was_shown_then(scene: Scene) -> None:
    """After each move of a card's life all that is shown is recorded; in the end each is asked for again."""
    scene.install()
    work = (
        f'[ -e "{scene.root}.mended" ] && echo 2 > numbers/two || echo x >> numbers/two; git add .; git commit -qm Two'
    )
    scene.team(scene.agent("engineer", work), history="on", retries=1)
    recorded: dict[str, dict[str, object]] = {}

    def moved() -> None:
        """Make every move that is ripe alone, as long as there is one."""
        for _ in range(60):
            ripe = dict.fromkeys(item["move"] for item in scene.json("status")["ripe"])
            if not ripe and lock.is_free(scene.root / ".batty/run-engineer-1.lock"):
                return
            for name in ripe:
                scene.run("step", name, env=_QUIET, code=None)
                tip = scene.git("rev-parse", "--quiet", "--verify", "refs/batty/history")
                if tip not in recorded and is_kept(tip) and is_kept(tip, shown := state(scene)):
                    recorded[tip] = shown
        raise AssertionError(f"there is always something to do\n{scene.log()}")

    def is_kept(tip: str, shown: dict[str, object] | None = None) -> bool:
        """Whether that state is the one of now (an engineer's command goes on by itself, and reports)."""
        if (
            not lock.is_free(scene.root / ".batty/run-engineer-1.lock")
            or scene.git("rev-parse", "refs/batty/history") != tip
        ):
            return False
        logged = scene.events() if shown is None else shown["log"]
        return len(logged) == int(scene.show("seq", tip).split()[0])  # type: ignore[arg-type]

    scene.cards("- [ ] Write two", "- [ ] Write three [depends:: t1]")
    scene.run("step", "reconcile", env=_QUIET)
    moved()
    Path(f"{scene.root}.mended").touch()
    scene.run("task", "unblock", "t1", env=_QUIET)
    scene.run("send", "human", "a word", env=_QUIET)
    moved()
    scene.run("pause", env=_QUIET)
    moved()
    assert len(recorded) > 3
    for commit, shown in recorded.items():
        then = state(scene, "--at", commit)
        different = {part: (then[part], said) for part, said in shown.items() if then[part] != said}
        assert not different, json.dumps(different, indent=1)


def test_board_and_team_are_brought_back_as_a_new_state(scene: Scene) -> None:
    """What has landed stays landed, what was planned since is in the history, and the engineers go on by it."""
    scene.install()
    scene.team(None, history="on")
    scene.cards("- [ ] Write two ^t1", "- [ ] Write three ^t2")
    scene.run("step", env=_QUIET)
    before = scene.git("rev-parse", "refs/batty/history")
    team = scene.root / ".batty/team_config/team.yaml"
    was = team.read_text()
    scene.save(scene.board().replace("- [ ] Write three ^t2\n", "- [ ] Something else ^t3\n"))
    scene.run("step", env=_QUIET)
    team.write_text("roles: [broken\n")
    said = scene.run("history", "restore", before, code=1)
    assert "-roles: [broken" in said
    assert "+- [ ] Write three ^t2" in said
    assert "Write three" not in scene.board()
    scene.run("history", "restore", before, "--yes", env=_QUIET)
    assert team.read_text() == was
    assert "- [ ] Write three ^t2" in scene.board()
    assert "Something else" not in scene.board()
    scene.run("step", env=_QUIET)
    assert "- [ ] Write three ^t2" in scene.board()
    assert "Something else" in scene.run("board", "--at", scene.git("rev-parse", "refs/batty/history~2"))
    assert "roles: [broken" in scene.git("log", "-p", "--format=", "refs/batty/history", "--", ".batty/team_config")
    assert "nothing would change" in scene.run("history", "restore", before)


def test_who_lived_then_is_said_to_live(scene: Scene) -> None:
    """A pane with a process that lives, one whose process is gone; later both are gone."""
    scene.run("init", "--template", "simple", "--agent", "claude")
    project, here = find(scene.root), os.getpid()
    for member, pid, birth in (("engineer-1", here, process.birth(here)), ("manager", 2**22 + 1, "x")):
        panes.record(project, Pane(member, "%1", "claude", pid, birth, (1.0,)))
        members.set_state(project, member, members.WORKING, "a turn")
    scene.run("step", code=None, env=_QUIET)
    tip, now = scene.git("rev-parse", "refs/batty/history"), scene.json("status")
    for member in ("engineer-1", "manager"):
        panes.forget(project, member)
    scene.run("step", code=None, env=_QUIET)
    then = scene.json("status", "--at", tip)
    assert then["needs_you"] == now["needs_you"]
    for row in (*then["members"], *now["members"]):
        del row["dirty"]
    assert then["members"] == now["members"]
