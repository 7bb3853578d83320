"""On which machine a candidate is tested: what of this machine and the hosts may take it, in which order.

A verdict holds for a class of machines (system, architecture, and a label where a person gives one). Without
`gate.classes` that is this machine's: hosts of the same class do what a slot here does, others are left alone. With
them a candidate has to pass on each; the verdict that lands it is put together from one for each class (`Part`).

A run that was lost is nobody's failure: it is made on another host, and where none is left, here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batty_hooks.rules import sharing
from batty_hooks.rules.look import Look
from batty_hooks.state import hosts
from batty_hooks.state.hosts import UP, Host, Loss
from batty_hooks.state.project import Project
from batty_hooks.state.team import Far
from batty_hooks.state.verdicts import Verdict
from batty_hooks.system.machines.hosting import Hosting, here
from batty_hooks.system.records import dataclass

# For a host that has lost a run; its others wait elsewhere. Each further loss soon after doubles it.
REST_SECONDS, MOST_REST_SECONDS = 30.0, 300.0


@dataclass(frozen=True)
class Part:
    """What has to be known of a candidate for one class of machines, and the key of the verdict that says it."""

    wanted: str
    key: str


def classes(far: Far, home: Hosting) -> tuple[str, ...]:
    """The classes on which a candidate has to pass."""
    return far.classes or (home.name,)


def parts(key: str, far: Far) -> tuple[Part, ...]:
    """The verdicts of which the one called ``key`` is put together; itself alone where no classes are named."""
    if not far.classes:
        return (Part("", key),)
    return tuple(Part(wanted, f"{key}-{wanted}") for wanted in far.classes)


def due(parts: Sequence[Part], known: Mapping[str, Verdict | None], again: bool) -> Part | None:
    """The first part that has to be tested: one without a verdict, or a red one that is to be made sure of. None when
    the whole is known: a red part says it, whatever the others would."""
    red = [part for part in parts if (verdict := known.get(part.key)) and not verdict.passed]
    if red:
        return red[0] if again else None
    return next((part for part in parts if known.get(part.key) is None), None)


def why_not(host: Host, wanted: Sequence[str], needs: Mapping[str, int]) -> str:
    """Why a host can take nothing, though it is there; "" when it can."""
    if host.here is None:
        return ""
    if not any(host.here.is_of(word) for word in wanted):
        names = ", ".join(wanted)
        return f"it is {host.here.name}, and what passes there says nothing of {names} (gate.classes)"
    lacks = [name for name, many in needs.items() if host.here.offers.get(name, 0) < many]
    return f"it does not offer {', '.join(lacks)} (gate.needs)" if lacks else ""


def fits(host: Host, wanted: str, needs: Mapping[str, int]) -> bool:
    """Whether a host can take a run for that class."""
    return host.state == UP and host.here is not None and not why_not(host, (wanted,), needs)


def places(
    slots: int, far: Far, known: Sequence[Host], home: Hosting, wanted: str, tried: Mapping[str, float],
    rests: Mapping[str, float], busy: Mapping[str, int], now: float,
) -> list[tuple[int, str]]:  # fmt: skip
    """The slots to try for one run, (number, host), the best first: those here, then those of hosts with the least to
    do. ``tried`` says when hosts have lost it before ("": it was lost on the way there, whichever that was), ``rests``
    until when each rests, ``busy`` how many runs each has. None at all: it has to wait."""
    wanted = wanted or home.name
    own = [(number, "") for number in range(1, slots + 1)] if home.is_of(wanted) else []
    able = [
        host for host in known
        if fits(host, wanted, far.needs) and host.name not in tried and now > rests.get(host.name, 0.0)
    ]  # fmt: skip
    if now < tried.get("", 0.0) + REST_SECONDS:
        able = []  # a way that fails with this one every time must not have it forever
    elif not own and not able:  # no other machine can: who has lost it may try again, after a rest
        able = [host for host in known if fits(host, wanted, far.needs) and
                now > max(rests.get(host.name, 0.0), tried.get(host.name, 0.0) + REST_SECONDS)]  # fmt: skip
    able.sort(key=lambda host: busy.get(host.name, 0))
    return [*own, *(pair for host in able for pair in numbers(slots, far, host))]


def rests_until(loss: Loss) -> float:
    """Until when (seconds since the epoch) a host rests that has lost a run: one that keeps losing is tried seldom."""
    return loss.at + min(REST_SECONDS * (1 << (loss.times - 1)), MOST_REST_SECONDS)


def numbers(slots: int, far: Far, host: Host) -> list[tuple[int, str]]:
    """The slots of a host: they follow those here, host by host."""
    first = slots + host.number * far.slots
    return [(first + number, host.name) for number in range(1, (host.slots or far.slots) + 1)]


def capacity(look: Look) -> int:
    """How many candidates can be tested at once, here and on hosts."""
    gate = look.team.gate
    if not gate.far.elsewhere:
        return sharing.slots(look)
    wanted = classes(gate.far, look.once("home", _home))
    able = [host for host in known(look) if host.state == UP and not why_not(host, wanted, gate.far.needs)]
    return sharing.slots(look) + sum(host.slots or gate.far.slots for host in able)


def known(look: Look) -> list[Host]:
    """How the hosts stand."""
    return look.once("hosts", lambda look: _known(look.project, look.team.gate.far))


def _known(project: Project, far: Far) -> list[Host]:
    return hosts.known(project, far.hosts, far.scheduler)


def for_run(look: Look, key: str, wanted: str, now: float) -> list[tuple[int, str]]:
    """`places` for a run of the candidate ``key``, as everything stands now: who waits for a slot asks again."""
    from batty_hooks.state import slots  # (what needs only `capacity` can do without it)

    project, gate = look.project, look.team.gate
    busy: dict[str, int] = {}
    for run in slots.running(project):
        busy[run.host] = busy.get(run.host, 0) + 1
    tried, known = hosts.lost_on(project, key), _known(project, gate.far)
    rests = {host: rests_until(loss) for host, loss in hosts.last_lost(project).items()}
    found = places(gate.slots, gate.far, known, look.once("home", _home), wanted, tried, rests, busy, now)
    is_full = gate.auto and busy.get("", 0) >= sharing.slots(look)
    return [place for place in found if place[1]] if is_full else found


def is_one(look: Look) -> bool:
    """Whether one candidate is tested after the other, whatever else is going on."""
    return not look.team.gate.auto and capacity(look) == 1


def _home(look: Look) -> Hosting:
    return here()
