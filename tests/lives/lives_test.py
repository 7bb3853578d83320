"""Lives: any order of what people, agents and kills do, as rules of a state machine, and an auditor after each step.

The rules know what a person can know (the board, a worktree); what is right is the auditor's to say. By default two
fixed lives are lived; LIVES=200 lives others, at random, which takes an hour and a half on two processors with a load
of 35; SHRINK=1 makes a failing one as short as it can.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from crash.killing import in_child
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from lives.auditor import Auditor
from scene import Scene

from batty_hooks.main import run
from batty_hooks.moves.base.runner import Runner
from batty_hooks.people import needs
from batty_hooks.rules.look import Look
from batty_hooks.state import inbox
from batty_hooks.state.project import find

ENGINEERS = ("engineer-1", "engineer-2")
MANY = int(os.environ.get("LIVES", "0"))
TEAM = """\
trunk: main
gate: {command: sh check.sh, retries: 1, on: done}
roles:
  - {name: manager, role_type: manager, agent: claude, talks_to: [engineer]}
  - {name: engineer, role_type: engineer, agent: claude, instances: 2, talks_to: [manager]}
"""
_CARD = re.compile(r"^- \[.\] .*$", re.MULTILINE)
_ID = re.compile(r" \^(t\d+)")
_engineer = st.sampled_from(ENGINEERS)
_lane = st.sampled_from(["TODO", "IN PROGRESS", "DONE"])
_which = st.integers(0, 7)
_on = st.sampled_from([True, True, False])


class Life(RuleBasedStateMachine):
    """One repository, a manager, two engineers in worktrees, a person at board and trunk; time comes in steps."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="life-"))
        self.number = 100

    @initialize()
    def a_team(self) -> None:
        self.scene = Scene(self.base / "project").create()
        self.scene.run("install")
        (self.scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
        self.project = find(self.scene.root)
        self.auditor = Auditor(self.scene, self.project)
        self.before = self.old = self.scene.board()
        self.told: list[str] = []
        for title in ("First", "Second", "Third"):
            self.scene.cards(f"- [ ] {title}")
        self.step()

    def teardown(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)

    # --- what is typed -------------------------------------------------------------------------------------

    def typed(self, *words: str, who: str = "", place: Path | None = None) -> None:
        """A command: it may refuse (1), but is never used wrongly, never breaks, never says nothing."""
        out = self.base / "said"

        def command() -> None:
            with out.open("w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                os.chdir(place or self.scene.root)
                os.environ.update({"BATTY_MEMBER": who} if who else {})
                code = run(list(words))
            assert code in (0, 1, 2, 75), f"{words} → {code}"

        in_child(command)
        assert "Traceback" not in out.read_text(), out.read_text()
        self.told.append(f"{who or 'human'}: {' '.join(words)} → {out.read_text().strip()[:200]}")

    def save(self, text: str) -> None:
        self.before = self.scene.board()
        self.scene.save(text)

    def some_card(self, which: int, lanes: str = "") -> str:
        """The id of one of the cards that have one; "" when none has."""
        ids = _ID.findall(self.scene.board())
        return ids[which % len(ids)] if ids else ""

    def goes_on(self, on: bool) -> None:
        """Time goes on before the next act, or it does not."""
        if on:
            self.step()

    # --- people --------------------------------------------------------------------------------------------

    @rule(owner=st.sampled_from(["", "", " (engineer-1)", " (engineer-2)"]), waits=st.booleans(), which=_which, on=_on)
    def a_card_is_typed(self, owner: str, waits: bool, which: int, on: bool) -> None:
        self.number += 1
        before = self.some_card(which) if waits else ""
        after = f" [depends:: {before}]" if before else ""
        board = self.scene.board()
        self.save(board.replace("## TODO\n", f"## TODO\n- [ ] Work {self.number}{after}{owner}\n", 1))
        self.goes_on(on)

    @rule(which=_which, lane=_lane, on=_on)
    def a_card_is_dragged(self, which: int, lane: str, on: bool) -> None:
        board = self.scene.board()
        cards = _CARD.findall(board)
        if cards:
            card = cards[which % len(cards)]
            self.save(board.replace(f"{card}\n", "", 1).replace(f"## {lane}\n", f"## {lane}\n{card}\n", 1))
        self.goes_on(on)

    @rule()
    def an_editor_is_opened(self) -> None:
        self.old = self.scene.board()

    @rule(owner=st.sampled_from(["", " (engineer-1)"]), on=_on)
    def the_editor_saves(self, owner: str, on: bool) -> None:
        """From a buffer that may be old by now, with a new line in it."""
        self.number += 1
        self.save(self.old.replace("## TODO\n", f"## TODO\n- [ ] Stale {self.number}{owner}\n", 1))
        self.goes_on(on)

    @rule(on=_on)
    def the_last_save_is_undone(self, on: bool) -> None:
        self.save(self.before)
        self.goes_on(on)

    @rule(which=_which, by_hand=st.booleans())
    def a_card_is_blocked(self, which: int, by_hand: bool) -> None:
        id = self.some_card(which)
        if id and by_hand:
            self.save(
                re.sub(
                    rf"^(- .*?)( \([\w-]+\))? \^{id}$",
                    rf"\1 [blocked:: by hand]\2 ^{id}",
                    self.scene.board(),
                    count=1,
                    flags=re.M,
                )
            )
        elif id:
            self.typed("task", "block", id, "because")

    @rule(which=_which, how=st.sampled_from(["command", "words", "by hand"]))
    def a_card_is_unblocked(self, which: int, how: str) -> None:
        blocked = re.findall(r"\[blocked::.*?\^(t\d+)", self.scene.board())
        if not blocked:
            return
        id = blocked[which % len(blocked)]
        if how == "by hand":
            self.save(re.sub(rf" \[blocked:: [^\]]*\](.*\^{id})$", r"\1", self.scene.board(), count=1, flags=re.M))
        else:
            self.typed("task", "unblock", id, *(["go on"] if how == "words" else []), who="manager")
        self.goes_on(which % 2 == 0)

    @rule(which=_which, who=_engineer)
    def a_card_is_assigned(self, which: int, who: str) -> None:
        if id := self.some_card(which):
            self.typed("assign", who, id)

    @rule(which=_which, on=_on)
    def a_card_is_taken_back(self, which: int, on: bool) -> None:
        if id := self.some_card(which):
            self.typed("task", "release", id)
        self.goes_on(on)

    @rule(which=_which, who=_engineer)
    def a_card_is_claimed(self, which: int, who: str) -> None:
        if id := self.some_card(which):
            self.typed("task", "claim", id, who=who)

    @rule()
    def a_person_commits(self) -> None:
        self.number += 1
        self.scene.commit(self.scene.root, {"numbers/person": f"{self.number}\n"}, "By hand")
        self.auditor.typed.add(self.scene.tip())

    # --- engineers -----------------------------------------------------------------------------------------

    def home(self, name: str) -> Path | None:
        place = self.scene.worktree(name)
        return place if (place / ".git").exists() else None

    def branch(self, place: Path) -> str:
        return self.scene.git("branch", "--show-current", cwd=place)

    def commit(self, who: str, place: Path, path: str, text: str) -> None:
        branch = self.branch(place)
        (place / path).write_text(text)
        self.scene.git("add", path, cwd=place)
        self.scene.git("commit", "-q", "--allow-empty", "-m", f"Work {self.number}", cwd=place, check=False)
        found = re.match(r"engineer-\d/(t\d+)-", branch)
        head = self.scene.git("rev-parse", "HEAD", cwd=place)
        # A branch that is no card's counts for the card in hand.
        self.auditor.made.setdefault(head, found[1] if found else self.in_hand(who))
        self.told.append(f"commit {head[:10]} on {branch or 'no branch'}: {path} {text.strip()}")

    def in_hand(self, who: str) -> str:
        """The id of the card an engineer has in hand; "" when it has none."""
        card = Look(self.project).in_hand(who)
        return card.id if card else ""

    @rule(who=_engineer, kind=st.sampled_from(["good", "good", "good", "bad", "same"]), done=st.booleans())
    def an_engineer_commits(self, who: str, kind: str, done: bool) -> None:
        place = self.home(who)
        if place is None or self.branch(place) == "main":
            return
        self.number += 1
        path = "numbers/one" if kind == "same" else f"numbers/{who}-{self.number}"
        self.commit(who, place, path, f"x{self.number}\n" if kind == "bad" else f"{self.number}\n")
        if done:
            self.typed("done", who=who, place=place)
            self.step()

    @rule(who=_engineer, on=_on)
    def an_engineer_reports(self, who: str, on: bool) -> None:
        if place := self.home(who):
            self.typed("done", who=who, place=place)
        self.goes_on(on)

    @rule(who=_engineer, which=_which)
    def an_engineer_reports_by_name(self, who: str, which: int) -> None:
        place, id = self.home(who), self.some_card(which)
        if place and id:
            self.typed("done", id, who=who, place=place)

    @rule(who=_engineer, on=_on)
    def an_engineer_is_stuck(self, who: str, on: bool) -> None:
        if place := self.home(who):
            self.typed("blocked", "which database?", who=who, place=place)
        self.goes_on(on)

    @rule(who=_engineer, how=st.sampled_from(["detach", "own", "new"]), which=_which)
    def an_engineer_switches(self, who: str, how: str, which: int) -> None:
        place = self.home(who)
        if place is None:
            return
        mine = [name for name in self.heads() if name.startswith("engineer-")]
        if how == "detach":
            self.scene.git("switch", "-q", "--detach", cwd=place, check=False)
        elif how == "new":
            self.number += 1
            self.scene.git("switch", "-q", "-c", f"try-{self.number}", cwd=place, check=False)
        elif mine:
            self.scene.git("switch", "-q", mine[which % len(mine)], cwd=place, check=False)
        self.told.append(f"{who} stands on {self.branch(place) or 'no branch'}")

    @rule(who=_engineer, meanwhile=st.booleans())
    def a_branch_is_deleted_under_its_worktree(self, who: str, meanwhile: bool) -> None:
        """Somebody tidies up; a person then types what stands under needs you, where something is still to be done."""
        place = self.home(who)
        branch = self.branch(place) if place else ""
        if branch in ("", "main"):
            return
        self.scene.git("update-ref", "-d", f"refs/heads/{branch}")
        self.told.append(f"{branch} of {who} is deleted")
        if meanwhile:
            self.moves()
        for need in needs.of(Look(self.project)):
            if "was deleted while" in need.what:
                assert self.scene.sh(need.command, self.scene.root) == 0, need
                self.told.append(need.command)
        self.step()

    def heads(self) -> list[str]:
        return self.scene.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").splitlines()

    @rule(who=_engineer, what=st.sampled_from(["file", "staged", "repository", "merge"]))
    def an_engineer_leaves_something(self, who: str, what: str) -> None:
        place = self.home(who)
        if place is None:
            return
        self.number += 1
        if what in ("file", "staged"):
            (place / f"left-{self.number}").write_text("left\n")
            if what == "staged":
                self.scene.git("add", f"left-{self.number}", cwd=place)
        elif what == "repository":
            self.scene.git("init", "-q", f"tool-{self.number}", cwd=place)
            (place / f"tool-{self.number}/work").write_text("work\n")
        else:
            self.scene.git("merge", "-q", "--no-commit", "--no-ff", "main", cwd=place, check=False)

    # --- time ----------------------------------------------------------------------------------------------

    def moves(self, kill_at: int = 0) -> bool:
        said = self.base / "trouble"

        def work() -> None:
            with said.open("a") as file:
                Runner(self.project, None, lambda item, error: print(item, error.what, file=file)).until_idle()

        said.write_text("")
        ended = in_child(work, kill_at)
        self.told.append(f"step{'' if ended else f' killed at {kill_at}'}: {said.read_text().strip()[:300]}")
        return ended

    @rule()
    def step(self) -> None:
        """What is ripe; then everybody reads what came, as agents in panes do; and what follows from that."""
        self.moves()
        for name in ("manager", *ENGINEERS):
            for message in inbox.waiting(self.project, name):
                inbox.confirm(self.project, name, message.id)
        self.moves()
        self.check([*self.auditor.always(), *self.auditor.at_rest()])

    @rule(kill_at=st.integers(1, 120))
    def a_step_is_killed(self, kill_at: int) -> None:
        self.moves(kill_at)
        self.check(self.auditor.always())

    def check(self, wrong: list[str]) -> None:
        assert not wrong, "\n".join([*wrong, "", *self.told, "", self.scene.board(), self.scene.log(),
                                     self.scene.git("log", "--graph", "--oneline", "--all")])  # fmt: skip


@pytest.mark.limit(240 + 60 * MANY)
def test_whatever_happens(alone: None) -> None:
    phases = (Phase.generate, Phase.shrink) if os.environ.get("SHRINK") else (Phase.generate,)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=MANY or 2, stateful_step_count=30, derandomize=not MANY, deadline=None, database=None,
            phases=phases, suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
