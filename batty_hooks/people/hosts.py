"""The other machines on which candidates are tested, for people: how they stand, what runs there, what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import away
from batty_hooks.rules import hosting
from batty_hooks.rules.batch import one
from batty_hooks.rules.look import Look
from batty_hooks.state import hosts, trunk
from batty_hooks.state.hosts import DOWN, UNFIT, UP
from batty_hooks.system import machines, screen
from batty_hooks.system.git import packs
from batty_hooks.system.machines.hosting import here, of
from batty_hooks.system.records import dataclass

UNUSED, RESTING = "not used", "resting"
_MOST_WORKERS = 8  # that are tried
_TRUE = "true"  # the test that is made to see whether one can be made at all


@dataclass(frozen=True)
class HostRow:
    """A host: its name, state (up, resting, starting, down, unfit, not used), class of machine ("": not known), slots
    and how many of them are busy, what is tested there, since when it is in that state (seconds since the epoch), and
    why; what a person can do about it."""

    name: str
    state: str
    kind: str
    slots: int
    busy: int
    testing: tuple[str, ...]
    since: float
    why: str
    mend: str


def rows(look: Look) -> list[HostRow]:
    """How each of the hosts stands; none where no hosts are named, or of the past."""
    far = look.team.gate.far
    if not far.elsewhere or look.is_past:
        return []
    wanted = hosting.classes(far, here())
    found, lost = [], hosts.last_lost(look.project)
    for host in hosting.known(look):
        unfit = hosting.why_not(host, wanted, far.needs) if host.state == UP else ""
        runs = tuple(run.label for run in look.running.values() if run.host == host.name)
        kind = host.here.name if host.here else ""
        state, since, why, mend = UNUSED if unfit else host.state, host.since, unfit or host.why, host.mend
        loss = lost.get(host.name)
        if state == UP and loss and (left := hosting.rests_until(loss) - look.at) > 0:
            state, since, mend = RESTING, loss.at, "" if far.scheduler else _and_look(host.name)
            why = f"it has lost a run: {loss.why}; used again in {screen.ago(left)}"
        found.append(HostRow(host.name, state, kind, host.slots or far.slots, len(runs), runs, since, why, mend))
    return found


def _and_look(name: str) -> str:
    return f"{hosts.login(name)}  (and look there)"


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """What only a person can mend: a class of machines of which there is none, the library that is not here."""
    far = look.team.gate.far
    if not far or look.is_past:
        return
    if far.elsewhere and hosts.lacks_library():
        yield f"{far.elsewhere} is set, and dask.distributed is not here: everything is tested here", 0.0, hosts.EXTRA
    known, home = hosting.known(look), here()
    for wanted in far.classes if look.offers else ():
        able = [host for host in known if host.here is None or host.here.is_of(wanted)]
        if home.is_of(wanted) or any(host.state not in (DOWN, UNFIT) for host in able):
            continue
        said = [f"{host.name}: {host.why}" for host in able if host.why]
        yield (f"what waits has to pass on {wanted}, and no such machine is there{_because(said)}", look.at,
               "batty-hooks doctor  (it logs in to each host; gate.classes is what has to be passed)")  # fmt: skip


def _because(said: list[str]) -> str:
    return f" ({'; '.join(said)})" if said else ""


def checked(look: Look) -> Iterator[tuple[bool, str, str]]:
    """Log in to each host and test the trunk there with `true`: (well, what was found, what mends it)."""
    far = look.team.gate.far
    if far.elsewhere and hosts.lacks_library():
        yield False, f"{far.elsewhere}: dask.distributed is not here, so everything is tested here", hosts.EXTRA
        return
    if far.scheduler:
        yield from _checked_cluster(look)
    for name in far.hosts:
        try:
            yield _check(look, name)
        except machines.Down as down:
            mend = down.mend or f"{hosts.login(name)} true  (until that works without a question)"
            yield False, f"host {name}: {down.why}", mend
        except FatalError as error:
            yield False, f"host {name}: {error.what}", error.mend


def _check(look: Look, name: str) -> tuple[bool, str, str]:
    far, batch = look.team.gate.far, one(look, look.itself, look.trunk)
    commit = trunk.for_test(look.project, batch.candidate, look.trunk)
    asked = away.job(look, batch, commit, b"", command=_TRUE)
    there, words = machines.look_at(name, far.python, asked["project"])
    if why := _unfit(look, words, name):
        return False, f"host {name}: {why}", ""
    answer, _ = machines.check(name, far.python, {**asked, "pack": packs.make(look.project.root, commit, there)})
    return _told(look, f"host {name}", answer, words, hosts.login(name))


def _unfit(look: Look, words: dict[str, Any], name: str) -> str:
    """Why a machine that is there can take nothing; "" when it can."""
    far = look.team.gate.far
    return hosting.why_not(hosts.Host(name, UP, here=of(words)), hosting.classes(far, here()), far.needs)


def _told(
    look: Look, who: str, answer: dict[str, Any], words: dict[str, Any], there: str
) -> tuple[bool, str, str]:  # fmt: skip
    """What the run of `true` says of a machine."""
    if "lost" in answer:
        return False, f"{who}: {answer['lost']}", f"{there}  (and look there)"
    if answer["setup"] or answer["exit"]:
        what = f"{who}: `{answer['setup'] or _TRUE}` ended with exit {answer['exit']} there: {answer['log']}"
        return False, what, f"{there}  (it lacks what the setup needs)"
    return True, f"{who}: {of(words).name}, `{_TRUE}` on {look.trunk} took {answer['seconds']:.1f} s there", ""


def _checked_cluster(look: Look) -> Iterator[tuple[bool, str, str]]:
    """The same of the workers of a cluster that somebody runs."""
    far, batch = look.team.gate.far, one(look, look.itself, look.trunk)
    commit = trunk.for_test(look.project, batch.candidate, look.trunk)

    def asked(there: list[str]) -> dict[str, Any]:
        return away.job(look, batch, commit, packs.make(look.project.root, commit, there), command=_TRUE)

    wish = hosts.this_wish(look.project, (), far.slots, "", far.scheduler)
    try:
        found = machines.check_cluster(wish, asked, _MOST_WORKERS)
    except machines.Down as down:
        yield False, f"scheduler {far.scheduler}: {down.why}", down.mend or "start it, or its tunnel; it is tried again"
        return
    untried = 0
    for known, answer in found:
        who, there = f"worker {known.host}", f"at that worker of {far.scheduler}"
        if known.state != UP:
            yield False, f"{who}: {known.why}", known.mend or there
        elif why := _unfit(look, known.here, known.host):
            yield False, f"{who}: {why}", ""
        elif answer:
            yield _told(look, who, {**answer, "log": machines.last_line(answer)}, known.here, there)
        else:
            untried += 1
    if untried:
        yield True, f"scheduler {far.scheduler}: {untried} more workers were not tried", ""
