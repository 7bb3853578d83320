"""`batty-hooks demo --remote`: the trunk lives on a server, and a stranger pushes there in the middle of a landing.

The server is a bare repository in the scratch folder. The stranger is a script (templates/demo/remote/push) that git
starts as the project's pre-push hook: he comes after the test, and before the landing has reached the server.
"""

from __future__ import annotations

from pathlib import Path

from batty_hooks.commands.demo import facts
from batty_hooks.commands.demo.facts import of
from batty_hooks.commands.demo.telling import Event
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk
from batty_hooks.state.project import Project
from batty_hooks.system.git import objects, refs
from batty_hooks.vocabulary import happened

INTRODUCTION = """\
A scratch repository whose main lives on a server, scripted engineers, a board of three cards, and a stranger who
pushes to that server just when the first card is about to land there:"""
TEAM = """\
remote:
  name: origin
  land: push
"""


def sum_up(project: Project, scratch: Path) -> int:
    """Six lines of what happened and where to look; 1 when something the demo is for did not happen."""
    looks = (_landed, _met, _tested_anew, _nobody_charged, _tested, _counted)
    return facts.say(project, scratch, looks, ["git -C ../server.git log --graph --oneline"])


def _landed(project: Project, told: list[Event]) -> str:
    """All cards landed, on the server first, and main here stands where it does."""
    look, server = Look(project), _server(project)
    landed = of(told, happened.LANDED)
    at_last = refs.branch_tip(server, look.trunk) or ""
    there = refs.contained(server, at_last, [event["commit"] for event in landed])
    cards = {event["card"] for event in landed if event["commit"] in there}
    words = f"{len(cards)} cards landed: the server's main holds all of them, and main here has followed"
    done = {card.id for card in look.board.cards if card.lane == "done"}
    return words if cards == done == {card.id for card in look.board.cards} and look.local_tip == at_last else ""


def _met(project: Project, told: list[Event]) -> str:
    """A stranger's push came between a test and its landing: the server took his, and refused ours."""
    lost, his = of(told, happened.PUSH_LOST), _his(project)
    if len(lost) != 1 or not _is_there(project, his):
        return ""
    return f"{lost[0]['label']} was tested and on its way when a stranger pushed {his[:8]}: it overwrote nothing"


def _tested_anew(project: Project, told: list[Event]) -> str:
    """What had met the stranger was tested once more, merged with his commit, and landed."""
    for lost in of(told, happened.PUSH_LOST):
        later = [event for event in told if event["seq"] > lost["seq"]]
        passed = [event["seq"] for event in of(later, happened.GATE_PASSED) if event["base"] == _his(project)]
        landed = {event["card"]: event["seq"] for event in of(later, happened.LANDED)}
        if passed and all(landed.get(card, 0) > passed[0] for card in lost["label"].split(", ")):
            return f"{lost['label']} was tested anew, merged with the stranger's commit, and landed upon it"
    return ""


def _nobody_charged(project: Project, told: list[Event]) -> str:
    """Nothing came back to an engineer."""
    back = [event for event in told if event["event"].startswith(happened.HANDED_BACK)]
    offered = of(told, happened.OFFERED)
    words = "nobody was charged: each card was reported once, and nothing came back to an engineer"
    return words if not back and len(offered) == len({event["card"] for event in offered}) else ""


def _tested(project: Project, told: list[Event]) -> str:
    """Every tree that we put on the server's main has a verdict, and passed."""
    look, his = Look(project), _his(project)
    line = objects.first_parents(_server(project), look.trunk, 100)
    known = [look.verdict(trunk.itself(project, commit)) for commit, _, _ in line if commit != his]
    words = f"all {len(known)} commits that are not his on the server's main were tested, and passed"
    return words if all(verdict is not None and verdict.passed for verdict in known) else ""


def _counted(project: Project, told: list[Event]) -> str:
    runs = [event for event in told if event["event"].startswith(happened.GATE)]
    pushes, lost = len(of(told, happened.PUSHED)), len(of(told, happened.PUSH_LOST))
    red = len(runs) - len(of(runs, happened.GATE_PASSED))
    return f"{len(runs)} test runs, {red} red; {pushes + lost} pushes, {lost} of them too late"


def _server(project: Project) -> Path:
    return project.root.parent / "server.git"


def _his(project: Project) -> str:
    """The stranger's commit."""
    return refs.branch_tip(project.root.parent / "stranger", Look(project).trunk) or ""


def _is_there(project: Project, commit: str) -> bool:
    server = _server(project)
    return bool(commit) and refs.contains(server, refs.branch_tip(server, Look(project).trunk) or "", commit)
