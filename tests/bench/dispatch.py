"""How long engineers idle while a card that they may take is ready: sixty cards that wait for each other, nineteen of
two roles, who work for half a second each.

A pair of an idle engineer and a ready card begins when the later of the two is there (it has a worktree, and its last
card has landed; what the card waits for has), and ends with the claim. What a look takes to come round counts in the
first row; a look that saw the pair and left it alone is a fault of the dispatch: all the time after it counts in the
second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from base import Row, Scene, home, main

from batty_hooks.moves import dispatch
from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules.look import Look
from batty_hooks.state import events
from batty_hooks.state.project import Project, find
from batty_hooks.system import lock

_CARDS, _BACKEND, _FRONTEND = 60, 10, 9
_AGENT = 'sleep 0.5\necho "1000$(echo "$2" | tr -dc 0-9)" > "numbers/$2"\ngit add numbers\ngit commit -qm "Add $2"\n'
Seen = list[tuple[float, dict[str, str]]]  # looks of the dispatch: when each began, and who was to get which card


def measure(cards: int = _CARDS) -> list[Row]:
    """One run of so many ``cards``."""
    with home() as place:
        project = _prepared(Scene(place / "repository").create(), cards)
        begun = time.time()
        seen = _worked_off(project)
        lags, missed, done = _idle(project, begun, seen)
        assert done == cards, f"{done} of {cards} cards have landed"
        all_seconds = (_BACKEND + _FRONTEND) * (time.time() - begun)
    engineers = f"{cards} cards, {_BACKEND + _FRONTEND} engineers"
    return [
        Row(f"idle while a card that fits is ready ({engineers})", sum(lags), None, "all their time", all_seconds, "s"),
        Row("the same, beyond one look", missed, 0.0, "all their time", all_seconds, "s"),
    ]


def _prepared(scene: Scene, cards: int) -> Project:
    work = scene.agent("works", _AGENT)
    scene.install()
    role = '  - {{name: {}, role_type: engineer, agent: command, instances: {}, command: "{}"}}\n'
    (scene.root / ".batty/team_config/team.yaml").write_text(
        "trunk: main\ngate: {command: sh check.sh}\nroles:\n"
        + role.format("backend", _BACKEND, work) + role.format("frontend", _FRONTEND, work)
    )  # fmt: skip
    scene.cards(*(_card(number) for number in range(cards)))
    return find(scene.root)


def _card(number: int) -> str:
    """Of three cards one is for a role each and one for anybody; every second of the later ones waits for an earlier
    one."""
    mark = ("#backend", "#frontend", "")[number % 3]
    waits = f"[depends:: c{number - 20}]" if number >= 20 and number % 2 else ""
    return f"- [ ] Card {number} {mark} {waits} ^c{number}"


def _worked_off(project: Project) -> Seen:
    """Make all moves until nothing is left to do, and write down each look of the dispatch."""
    seen: Seen = []
    ripe = dispatch.ripe

    def noted(look: Look) -> Iterator[Item]:
        at, items = time.time(), list(ripe(look))
        seen.append((at, {item.card: item.member for item in items}))
        return iter(items)

    dispatch.ripe = noted
    try:
        with lock.held(project.lock("watch")):  # (nobody else makes moves meanwhile)
            Runner(project, None, lambda item, error: print(f"{item}: {error.what}", file=sys.stderr)).until_idle()
    finally:
        dispatch.ripe = ripe
    return seen


def _idle(project: Project, begun: float, seen: Seen) -> tuple[list[float], float, int]:
    """For each claim how long its pair was there before; how long of that in all after a look that left it alone; and
    how many cards have landed."""
    free: dict[str, float] = {}
    landed: dict[str, float] = {}
    waits = {f"c{number}": f"c{number - 20}" for number in range(20, _CARDS * 9) if number % 2}
    lags, missed = [], 0.0
    for event in _events(project):
        card, member, at = str(event.get("card")), str(event.get("member")), events.seconds(str(event["ts"]))
        if event["event"] == "landed":
            landed[card], free[member] = at, at
        elif event["event"] == "worktree":
            free[member] = at
        elif event["event"] == "claimed":
            since = max(free.get(member, begun), landed.get(waits.get(card, ""), begun))
            looks = [when for when, given in seen if since < when < at and card not in given]
            lags.append(at - since)
            missed += at - looks[0] if looks and member in free else 0.0
    return lags, missed, len(landed)


def _events(project: Project) -> Iterator[dict[str, object]]:
    import json

    for line in Path(project.batty / "events.jsonl").read_text().splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    main(measure)
