"""What happened in the demo: six facts, read from the events and the repository, each only if it was so."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from batty_hooks.commands.demo.telling import LANDED, TOGETHER, Event, report
from batty_hooks.rules.look import Look
from batty_hooks.state import events, trunk, verdicts
from batty_hooks.state.project import Project
from batty_hooks.system import screen
from batty_hooks.system.git import objects
from batty_hooks.vocabulary import happened

CARDS = 6
_PAIR = {"Weigh parcels in grams", "Price several parcels at once"}


# One fact in words, and nothing when it is not so; its docstring says what was to be seen.
Fact = Callable[[Project, list[Event]], str]


def sum_up(project: Project, scratch: Path) -> int:
    """Six lines of what happened and where to look; 1 when something the demo is for did not happen."""
    told = list(events.read(project))
    looks = (_landed, _mended, _together, _waited, _tested, _counted)
    logs = [f"less {Path(event['log']).relative_to(project.root)}" for event in of(told, happened.GATE_FAILED)]
    return say(project, scratch, looks, [*logs[:1], "git log --first-parent"])


def say(project: Project, scratch: Path, looks: Sequence[Fact], typed: Sequence[str]) -> int:
    """What each look has found, and where to see more, as it is ``typed`` in the project; 1 when one found nothing."""
    told = list(events.read(project))
    facts = [look(project, told) for look in looks]
    screen.heading("What happened")
    for look, words in zip(looks, facts, strict=True):
        screen.parts((" ✓ ", "green") if words else (" ✗ not seen: ", "bold red"), (words or str(look.__doc__), ""))
    screen.heading("Where to look")
    for line in (f"cd {shlex.quote(str(project.root))}", "cat kanban.md", *typed):
        screen.line(f"   {line}", "cyan")
    screen.line(f"When you have seen enough, delete {scratch}", "dim")
    return 0 if all(facts) else 1


def _landed(project: Project, told: list[Event]) -> str:
    """All cards landed, and engineers worked at the same time."""
    at_once = most = 0
    for event in told:
        at_once += {happened.STARTED: 1, happened.ENDED: -1}.get(event["event"], 0)
        most = max(most, at_once)
    landed, cards = len(of(told, happened.LANDED)), Look(project).board.cards
    words = f"{landed} cards landed; up to {most} engineers worked at once, each in its own worktree"
    return words if landed == CARDS and most > 1 and all(card.lane == "done" for card in cards) else ""


def _mended(project: Project, told: list[Event]) -> str:
    """An engineer whose first attempt failed its tests got the last lines, and mended it."""
    for event in of(told, happened.BACK_FAILED):
        said, tail = report(project, event), verdicts.lines_of(Path(event["log"]))
        if "\n".join(tail) in said and of(told, happened.LANDED, event["card"]):
            return f"{event['card']} failed its tests; {event['member']} got the last {len(tail)} lines and mended it"
    return ""


def _together(project: Project, told: list[Event]) -> str:
    """Two branches passed alone before either landed; then one landed, and the other was sent back because of it."""
    pair = [event["card"] for event in of(told, happened.CLAIMED) if event["title"] in _PAIR]
    landed = [event for event in of(told, happened.LANDED) if event["card"] in pair]
    backs = [event for card in pair for event in of(told, happened.BACK_TOGETHER, card)]
    why = TOGETHER.search(report(project, backs[0])) if len(backs) == 1 and len(landed) == 2 else None
    if not why or landed[0]["card"] not in LANDED.findall(why[2]):
        return ""
    alone = {run.get("commit") for run in of(told, happened.GATE_PASSED) if run["seq"] < landed[0]["seq"]}
    one, other = (event["card"] for event in landed)
    words = f"{one}, {other}: green alone, red together; {one} landed, {other} was sent back and mended"
    return words if alone.issuperset(of(told, happened.OFFERED, card)[0]["commit"] for card in pair) else ""


def _waited(project: Project, told: list[Event]) -> str:
    """A card was passed over until the one it depends on had landed."""
    for card in Look(project).board.cards:
        for landing in (event for id in card.depends for event in of(told, happened.LANDED, id)):
            before = [claim["card"] for claim in of(told, happened.CLAIMED) if claim["seq"] < landing["seq"]]
            words = f"{card.id} was passed over until {landing['card']}, which it depends on, had landed"
            return words if card.id not in before and len(before) > 1 else ""
    return ""


def _tested(project: Project, told: list[Event]) -> str:
    """Every tree of the trunk's first-parent line has a verdict, and passed."""
    look = Look(project)
    line = objects.first_parents(project.root, look.tip, 100)
    known = [look.verdict(trunk.itself(project, commit)) for commit, _, _ in line]
    passed = sum(verdict is not None and verdict.passed for verdict in known)
    return (
        f"all {passed} commits of {look.trunk}'s first-parent line were tested, and passed"
        if passed == len(line)
        else ""
    )


def _counted(project: Project, told: list[Event]) -> str:
    runs, offers = (
        [event for event in told if event["event"].startswith(happened.GATE)],
        of(told, happened.OFFERED),
    )
    late = [any(run.get("commit") == offer["commit"] and run["seq"] > offer["seq"] for run in runs) for offer in offers]
    red = len(runs) - len(of(runs, happened.GATE_PASSED))
    return f"{len(runs)} test runs, {red} red; {late.count(False)} of {len(offers)} reports met a verdict already there"


def of(told: list[Event], name: str, card: str = "") -> list[Event]:
    """The events of that name, of one card where it is named."""
    return [event for event in told if event["event"] == name and card in ("", event.get("card"))]
