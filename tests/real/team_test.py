"""A whole team of real CLIs of different makes: one sentence to the architect, three cards landed, and the report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from real.crew import CLIS, move_in, where_they_are
from real.model_server import ModelServer
from scene import Scene
from tui.company import Company

from batty_hooks.rules.look import Look
from batty_hooks.state import panes

ROLES = (
    ("architect", "architect", "claude"),
    ("manager", "manager", "claude"),
    ("coder", "engineer", "codex"),
    ("builder", "engineer", "gemini"),
)
REVIEWED = (("coder", "engineer", "codex"), ("reviewer", "reviewer", "claude"))
ROLE = """\
  - name: {name}
    role_type: {type}
    agent: {agent}
    model: {model}
    instances: 1
    mode: unattended
    args: {args}
"""
DONE = "git add numbers && git commit -qm {n} && batty-hooks done"
PLAN = f"""\
- [ ] Write number 2 ^n2
	SCRIPT: echo 102 > numbers/n2 && {DONE.format(n=2)}
- [ ] Write number 3 [for:: coder-1] ^n3
	SCRIPT: test -e begun && echo 103 > numbers/n3 && {DONE.format(n=3)}; test -e begun || batty-hooks blocked 'which?'
	SCRIPT: touch begun
- [ ] Write number 4 [role:: builder] [depends:: n2] ^n4
	SCRIPT: echo 104 > numbers/n4 && {DONE.format(n=4)}
"""


class Team(Company):
    """Four members on three makes, all of which talk to the scripted model."""

    def __init__(self, scene: Scene, server: ModelServer) -> None:
        super().__init__(scene)
        self.server = server
        self.clis = {cli.name: cli for cli in CLIS if cli.name in {agent for _, _, agent in ROLES}}

    def come(self, agent: str = "", only: str = "", roles_of: Sequence[tuple[str, str, str]] = ROLES) -> None:
        """Their homes, the team.yaml, and the start: of all, or of ``only`` that role with these agents."""
        self.scene.run("install")
        roles = ""
        led = where_they_are()
        for cli in self.clis.values():
            move_in(cli, self.scene, self.server.url)
            led |= cli.env(self.server.url)
        for name, kind, usual in [role for role in roles_of if only in ("", role[0])]:
            cli = self.clis[usual]
            roles += ROLE.format(name=name, type=kind, agent=agent or usual, model=cli.model, args=list(cli.args))
        self.project.team_file.write_text(f"trunk: main\ngate:\n  command: sh check.sh\nroles:\n{roles}")
        self.start(env=led)
        names = [member.name for member in Look(self.project).team.members]
        self.wait(lambda: all(self.state(name) == "ready" for name in names), 240)


@pytest.fixture
def team(scene: Scene, tmp_path: Path) -> Iterator[Team]:
    with ModelServer(tmp_path / "requests.jsonl") as server:
        found = Team(scene, server)
        yield found
        found.close()


def test_at_its_limit_another_cli_goes_on_in_the_same_worktree(team: Team) -> None:
    scene = team.scene
    team.come(agent="[codex, claude]", only="coder")
    scene.cards(
        "- [ ] Write number 5",
        "\tSCRIPT: echo 105 > numbers/n5",
        "\tFAIL: 429 exec_command",
        f"\tSCRIPT: {DONE.format(n=5)}",
    )
    team.wait(lambda: len(scene.lane("DONE")) == 1, 240)
    assert scene.show("numbers/n5") == "105"
    assert panes.of(team.project, "coder-1").agent == "claude"  # type: ignore[union-attr]
    assert "codex" in (scene.root / ".batty/limits.json").read_text(), "and whoever shares the account waits"


def test_one_sentence_three_cards_a_block_solved_and_the_report(team: Team) -> None:
    scene = team.scene
    (scene.root / ".gitignore").write_text("begun\n")
    scene.git("add", ".gitignore")
    scene.git("commit", "-qm", "What agents leave")
    team.come()
    plan = scene.root.parent / "plan.md"
    plan.write_text(PLAN)
    scene.run("send", "architect", "--", f"Three numbers, please.\n\nSCRIPT: batty-hooks plan --name numbers {plan}")
    team.wait(lambda: len(scene.lane("DONE")) == 3, 300)
    assert [scene.show(f"numbers/n{number}") for number in (2, 3, 4)] == ["102", "103", "104"]
    team.wait(lambda: "Built: " in scene.run("inbox"), 120)
    [card] = re.findall(r"number 3.* \^(\w+)", scene.board())
    assert f"blocked {card} coder-1" in scene.log() and f"unblocked {card}" in scene.log()
    assert [one for one in scene.messages("human") if "blocked" in one] == [], "the manager has solved it"


def by_place(reviewer: str, engineer: str) -> str:
    """What each of the two does about a card, whose words both read."""
    return f"SCRIPT: case $PWD in */worktrees/*) {engineer} ;; *) {reviewer} ;; esac"


def test_a_reviewer_sends_back_once_and_then_lets_it_land(team: Team) -> None:
    scene, seen = team.scene, team.scene.root.parent / "seen"
    team.come(roles_of=REVIEWED)
    again = by_place("true", "echo 103 > numbers/n2 && git commit -qam 103 && batty-hooks done")
    judge = f"if [ -e {seen} ]; then batty-hooks merge t1; else touch {seen}; batty-hooks reject t1 '{again}'; fi"
    work = f"echo 102 > numbers/n2 && {DONE.format(n=2)}"
    scene.cards("- [ ] Write number 2", f"\t{by_place(judge, work)}")
    team.wait(lambda: len(scene.lane("DONE")) == 1, 240)
    assert scene.show("numbers/n2") == "103"
    said = [(event["event"], event.get("by")) for event in scene.events()]
    assert ("handed back: rejected", "reviewer") in said and ("approved", "reviewer") in said
