"""Whether work waits for the gate more than for anything else, and what one more slot would bring."""

from __future__ import annotations

from batty_hooks.rules import hosting, sharing
from batty_hooks.rules.batch import plan
from batty_hooks.rules.look import Look
from batty_hooks.rules.standing import WAITING, standing
from batty_hooks.state import events, pace
from batty_hooks.system import screen
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class Crowd:
    """How many offers are ``waiting`` though every slot is in use, of how many ``slots``; how many seconds a ``test``
    takes, and how much ``sooner`` one more slot would begin with them."""

    waiting: int
    slots: int
    test: float
    sooner: float


def of(look: Look) -> Crowd | None:
    """The gate as the bottleneck: None unless somebody has waited for longer than a test takes and is in none."""
    if look.is_past or not look.running or not look.team.gate.command:
        return None
    paces = pace.known(look.project, look.team.gate.command)
    slots = hosting.capacity(look)
    if not paces or len(look.running) < slots:
        return None
    test = max(paces.items())[1].seconds if slots > 1 else min(paces.items())[1].seconds
    tested = {commit for run in look.running.values() for commit in run.commits}
    waiting = [offer for offer in look.offers if offer.commit not in tested and standing(look, offer).row == WAITING]
    asked = any(batch.key not in look.running for batch in plan(look).test)
    if not asked or all(look.at - events.seconds(offer.at) <= test for offer in waiting):
        return None
    ends = min(run.since for run in look.running.values()) + test
    return Crowd(len(waiting), slots, test, max(0.0, ends - look.at))


def words(look: Look) -> str:
    """That in a line; "" where it is not so."""
    found = of(look)
    if not found:
        return ""
    gate = look.team.gate
    if gate.auto and sharing.slots(look) < gate.slots:
        more = "this machine has room for no more, `hosts:` below `gate:` adds others"
    elif gate.auto:
        more = "there are as many slots as processors, `hosts:` below `gate:` adds others"
    else:
        more = f"`slots: {gate.slots + 1}` below `gate:`, or `auto`"
    sooner = f" {screen.ago(found.sooner)} sooner" if found.sooner >= 1 else " at once"
    what = f"{found.waiting} {'waits' if found.waiting == 1 else 'wait'} for a slot of {found.slots}"
    return (
        f"the gate is the bottleneck: {what}, a test takes {screen.ago(found.test)}; "
        f"one more slot would begin with them{sooner} ({more})"
    )
