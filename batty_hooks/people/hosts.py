"""The other machines on which candidates are tested, for people: how they stand, what runs there, what they lack."""

from __future__ import annotations

from collections.abc import Iterator

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
    if not far.hosts or look.is_past:
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
            state, since, mend = RESTING, loss.at, f"{hosts.login(host.name)}  (and look there)"
            why = f"it has lost a run: {loss.why}; used again in {screen.ago(left)}"
        found.append(HostRow(host.name, state, kind, far.slots, len(runs), runs, since, why, mend))
    return found


def needs(look: Look) -> Iterator[tuple[str, float, str]]:
    """What only a person can mend: a class of machines of which there is none, the library that is not here."""
    far = look.team.gate.far
    if not far or look.is_past:
        return
    if far.hosts and hosts.lacks_library():
        yield "gate.hosts is set, and dask.distributed is not here: everything is tested here", 0.0, hosts.EXTRA
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
    if far.hosts and hosts.lacks_library():
        yield False, "gate.hosts: dask.distributed is not here, so everything is tested here", hosts.EXTRA
        return
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
    host = hosts.Host(name, UP, here=of(words))
    if why := hosting.why_not(host, hosting.classes(far, here()), far.needs):
        return False, f"host {name}: {why}", ""
    answer, _ = machines.check(name, far.python, {**asked, "pack": packs.make(look.project.root, commit, there)})
    if "lost" in answer:
        return False, f"host {name}: {answer['lost']}", f"{hosts.login(name)}  (and look there)"
    if answer["setup"] or answer["exit"]:
        failed = answer["setup"] or _TRUE
        what = f"host {name}: `{failed}` ended with exit {answer['exit']} there: {answer['log']}"
        return False, what, f"{hosts.login(name)}  (it lacks what the setup needs)"
    return True, f"host {name}: {of(words).name}, `{_TRUE}` on {look.trunk} took {answer['seconds']:.1f} s there", ""
