"""A project in which every move has something ripe at once, made of files and refs: nothing is run for it but git."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scene import Scene, wait_for

from batty_hooks.state import accounts, blocks, inbox, members, milestones, panes, queue, wording, worktrees
from batty_hooks.state.blocks import Block
from batty_hooks.state.githooks import guard, memory
from batty_hooks.state.members import GONE, READY, WORKING, State
from batty_hooks.state.panes import Pane
from batty_hooks.state.project import Project, find
from batty_hooks.state.queue import Offer
from batty_hooks.system import process
from batty_hooks.vocabulary import ids, kinds

TEAM = """\
trunk: main
guard: everyone
nudge: 1
budget: {day: 5M}
gate: {command: sh check.sh}
worktrees: {setup: ['true']}
roles:
  - {name: lead, role_type: architect, agent: tui}
  - {name: engineer, role_type: engineer, agent: command, command: 'true', instances: 3, use_worktrees: true}
  - {name: typist, role_type: engineer, agent: tui, instances: 5}
  - {name: pair, role_type: engineer, agent: aider, instances: 1, account: spent}
"""
BOARD = """\
## TODO
- [ ] Landed before ^t7
- [ ] For nobody ^t10 [role:: nobody]

## IN PROGRESS
- [x] To be briefed (engineer-1) ^t1
- [x] With other words (typist-3) ^t2
- [x] Blocked (typist-4) ^t3 [blocked:: no key]
- [x] Committed (pair-1) ^t4
- [x] Blocked just now (typist-5) ^t11 [blocked:: no door]

## DONE
- [x] Built (engineer-3) ^t6 [plan:: built]
"""
LONG_AGO = 1_700_000_000.0
_NOBODY = 2**22 + 1  # a pid that no process has


def make(scene: Scene) -> Project:
    """Bring a scene to where every move has something to do."""
    project = find(scene.root)
    project.prepare()
    memory.own(project).mkdir(parents=True)  # as `install` leaves it
    project.own_team_file.write_text(TEAM)
    adapter = Path(__file__).parent.parent / "tui" / "adapter.py"
    project.adapters.mkdir(parents=True)
    shutil.copy(adapter, project.adapters / "tui.py")
    scene.save(BOARD)  # (reconcile: a save nobody has taken in)
    _of_the_project(scene, project)
    _of_engineers(scene, project)
    _of_panes(project)
    _of_the_queue(scene, project)
    return project


def _of_the_project(scene: Scene, project: Project) -> None:
    project.place_file.write_text(f"{scene.root.resolve()}\nmoved from /elsewhere\n")  # settle
    os.utime(project.batty / ".gitignore", (LONG_AGO, LONG_AGO))  # expire
    scene.git("update-ref", "refs/batty/landed/t7", scene.tip())  # reopen
    scene.git("update-ref", "refs/batty/landed/t6", scene.tip())  # milestone
    scene.git("update-ref", "refs/batty/undo/t6", scene.tip())  # put_back
    milestones.remember(project, (), ())
    guard.set_up(project, guard.Guard("off", "refs/heads/main", "-"), None)  # guard


def _of_engineers(scene: Scene, project: Project) -> None:
    """engineer-2 has no worktree (staff); engineer-1's is not ready (setup), its card not briefed (dispatch)."""
    for member, branch in (("engineer-1", "engineer-1/t8-early"), ("engineer-3", "engineer-3/t9-old")):
        worktrees.begin(project, member, branch, scene.tip(), lambda kept: None)
    scene.commit(scene.worktree("engineer-1"), {"numbers/eight": "8\n"})
    scene.git("branch", "pair-1/t4-committed", "engineer-1/t8-early")  # end_turn
    (project.spool / "1.1.engineer-1").write_text(f"{scene.root}\n")  # stray
    message(project, "engineer-1", "m1")  # run
    members.report(project, members.Report("engineer-3", "", "x", scene.tip(), "done", 1.0))  # offer


def _of_panes(project: Project) -> None:
    """Two typists are dead, one to be heard of and one to be revived; everybody else is this very process."""
    here, birth = os.getpid(), process.birth(os.getpid())
    pane(project, Pane("typist-1", "%1", "tui", _NOBODY, "x", (LONG_AGO,)), State(READY, LONG_AGO, ""))  # listen
    pane(project, Pane("typist-2", _dead_pane(project), "tui", _NOBODY, "x", (LONG_AGO,)), State(GONE, LONG_AGO, ""))
    pane(project, Pane("typist-3", "%3", "tui", here, birth, (LONG_AGO,)), State(READY, LONG_AGO, ""))
    pane(project, Pane("typist-4", "%4", "tui", here, birth), State(READY, LONG_AGO, "", cut=LONG_AGO))  # nudge
    pane(project, Pane("pair-1", "%5", "aider", here, birth), State(READY, LONG_AGO, ""))
    pane(project, Pane("typist-5", "%6", "tui", here, birth), State(WORKING, LONG_AGO, ""))  # (its own file is asked)
    (project.batty / "spent.json").write_text('{"at": 1, "took": 0, "day": 5, "cards": {}}')  # budget
    accounts.note(project, "aider spent", accounts.Limit(LONG_AGO, time.time() + 3600, "usage limit"))  # failover
    pane(project, Pane("lead", "%7", "tui", here, birth), State(READY, LONG_AGO, ""))  # digest
    blocks.note(project, Block("typist-4", "t3", "no key", LONG_AGO))  # escalate
    blocks.note(project, Block("typist-3", "t2", "no key", LONG_AGO))  # unblock
    blocks.say_stuck(project, "typist-3", "t2", "no key")  # block
    message(project, "typist-3", ids.brief("t2", 1), kinds.BRIEF, "t2")  # deliver
    question = ids.question(int(LONG_AGO * 1e9), 1)  # forward
    message(project, "human", question, kinds.ASK, sender="engineer-3")
    mail = f"From: me@example.org\nIn-Reply-To: <{question}@human.team.local>\n\nYes.\n"
    (project.inboxes / "human/new/1772532901.M1P2.host").write_text(mail)
    wording.keep(project, "typist-3", "t2", "other words")  # revise


def _of_the_queue(scene: Scene, project: Project) -> None:
    waits = scene.git("rev-parse", "engineer-1/t8-early")
    offer(project, Offer("b-waits", "", "waits", waits, "", "", stamp(1), 1))  # gate
    offer(project, Offer("b-back", "", "back", waits, "", "", stamp(2), 1, rejected="no", by="human"))  # review
    offer(project, Offer("t99", "t99", "engineer-1/t99", waits, "engineer-1", "Gone", stamp(3), 1))  # handback
    offer(project, Offer("b-landed", "", "landed", scene.tip(), "", "", stamp(4), 1))  # land


def pane(project: Project, found: Pane, state: State) -> None:
    panes.record(project, found)
    members._store(project.member_directory(found.member) / "state.json", members.asdict(state))


def message(project: Project, to: str, id: str, kind: str = kinds.NOTE, card: str = "", sender: str = "human") -> None:
    inbox.send(project, inbox.Message(id, sender, to, id, "text", kind, card))


def offer(project: Project, found: Offer) -> None:
    queue.put(project, found)


def stamp(minute: int) -> str:
    return f"2026-01-01T00:{minute:02}:00.000Z"


def _dead_pane(project: Project) -> str:
    """A pane of the project's tmux whose program has ended."""
    call = ["tmux", "-L", panes.socket(project)]
    subprocess.run([*call, "new-session", "-d", "-s", panes.SESSION, "sleep 60", ";", "set-option", "-g",
                    "remain-on-exit", "on"], check=True)  # fmt: skip
    new = [*call, "new-window", "-d", "-P", "-F", "#{pane_id}", "exit 0"]
    id = subprocess.run(new, check=True, capture_output=True, text=True).stdout.strip()
    wait_for(lambda: panes.in_tmux(panes.server(project)).get(id) == 0)
    return id


@contextmanager
def busy(scene: Scene) -> Iterator[Project]:
    """The project, and the end of its tmux."""
    try:
        yield make(scene)
    finally:
        subprocess.run(["tmux", "-L", panes.socket(find(scene.root)), "kill-server"], check=False, capture_output=True)
