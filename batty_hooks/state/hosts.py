"""`.batty/hosts/`: the other machines on which candidates are tested, and the process that keeps them at hand.

`known.json` is written by that process (the keeper, under the flock `hosts.lock`) and says how each host stands, and at
which port it is asked; `proof.pem` is what one has to show there: only its person may read it. `lost.json` says on
which hosts a run of a candidate came to nothing: it is made elsewhere, at last here. Without either, everything is
tested here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock, process
from batty_hooks.system.machines.hosting import Hosting, of
from batty_hooks.system.records import asdict, dataclass

if TYPE_CHECKING:
    from batty_hooks.system.machines import Cluster
    from batty_hooks.system.machines.known import Known, Wish

STARTING, UP, DOWN, UNFIT = "starting", "up", "down", "unfit"
LOCK = "hosts"
EXTRA = "pip install 'batty-hooks[machines]'  (into the Python that runs batty-hooks)"
_IDLE_SECONDS = 600.0  # without anybody who needs a host
_AGAIN_SECONDS = 15.0  # from one start of a keeper to the next
_END_SECONDS = 5.0
_FORGET_SECONDS = 3600.0
_OFTEN_SECONDS, _TOGETHER_SECONDS = 900.0, 5.0


@dataclass(frozen=True)
class Host:
    """A host: starting, up, down (tried again by itself) or unfit (``mend`` is what a person has to do), ``since`` when
    (seconds since the epoch), ``why``, and what kind of machine it is (None: nobody knows yet). ``number`` says which
    slots are its own, ``slots`` how many it has at the most (0: as many as each)."""

    name: str
    state: str
    since: float = 0.0
    why: str = ""
    mend: str = ""
    here: Hosting | None = None
    number: int = 0
    slots: int = 0


@dataclass(frozen=True)
class Loss:
    """A host has lost a run: ``at`` when (seconds since the epoch) and why; how many ``times`` it did in the last
    quarter of an hour, those that were lost together counted as one."""

    at: float
    why: str = ""
    times: int = 1


def known(project: Project, names: tuple[str, ...], scheduler: str = "") -> list[Host]:
    """How each of those hosts stands, or each worker of a ``scheduler`` (which is named itself where something is wrong
    with it); "down" where nobody keeps it at hand."""
    data = _known(project) if is_kept(project) else {}
    found = {host.name: host for host in map(_host, data.get("hosts", []))}
    names = tuple(found) or (scheduler,) if scheduler else names
    idle = "nothing needs it at the moment"
    return [found.get(name) or Host(name, DOWN, why=idle, number=at) for at, name in enumerate(names)]


def is_kept(project: Project) -> bool:
    """Whether the keeper lives."""
    return not lock.is_free(project.lock(LOCK))


def lacks_library() -> bool:
    """Whether this Python has not what it takes."""
    from importlib.util import find_spec

    return any(find_spec(name) is None for name in ("distributed", "cryptography"))


def ensure(project: Project, hosts: tuple[str, ...], slots: int, python: str, scheduler: str = "") -> None:
    """Have hosts, or the workers of a ``scheduler``, kept at hand by a process of its own; nobody waits for it."""
    wish = [list(hosts), slots, python, scheduler]
    if is_kept(project):
        data = _known(project)
        if data.get("wish") in (None, wish):
            with contextlib.suppress(OSError):
                _needed(project).touch()
            return
        end(project)
    _place(project).mkdir(mode=0o700, exist_ok=True)
    mark = _place(project) / "begun"
    with contextlib.suppress(OSError):
        if time.time() - mark.stat().st_mtime < _AGAIN_SECONDS and mark.read_text() == json.dumps(wish):
            return
    atomic.write(mark, json.dumps(wish), lasting=False)
    process.detach([str(project.launcher), "keep-hosts"], project.root, process.clean_environment())


def keep(project: Project, hosts: tuple[str, ...], slots: int, python: str, up: Any, scheduler: str = "") -> bool:
    """Keep these hosts at hand until nobody needs them (``up`` is called when one can be used); False where somebody
    does already."""
    from batty_hooks.system.machines import keeper

    wish = [list(hosts), slots, python, scheduler]

    def say(port: int, now: list[Known]) -> None:
        facts = {"wish": wish, "pid": os.getpid(), "birth": process.birth(os.getpid()), "port": port,
                 "hosts": [asdict(one) for one in now]}  # fmt: skip
        atomic.write(_place(project) / "known.json", json.dumps(facts, indent=1) + "\n", mode=0o600, lasting=False)
        if any(one.state == UP for one in now):
            up()

    with lock.tried(project.lock(LOCK)) as got:
        if got:
            _place(project).mkdir(mode=0o700, exist_ok=True)
            atomic.remove(_place(project) / "known.json")
            keeper.keep(this_wish(project, hosts, slots, python, scheduler), say)
            atomic.remove(_place(project) / "known.json")
            atomic.remove(_proof(project))
    return got


def this_wish(project: Project, hosts: tuple[str, ...], slots: int, python: str, scheduler: str) -> Wish:
    """What a keeper is asked to keep."""
    from batty_hooks.system.machines.known import Wish

    tls = tuple(project.batty / "tls" / f"{name}.pem" for name in ("ca", "cert", "key"))
    own = (name_there(project), _IDLE_SECONDS, _proof(project), _needed(project))
    return Wish(hosts, slots, python, *own, scheduler, tls)


def end(project: Project) -> None:
    """End the keeper, and with it all that is on hosts."""
    data = _known(project)
    if is_kept(project) and data:
        from batty_hooks.system import descendants

        keeper = descendants.Process(int(data["pid"]), 0, str(data["birth"]))
        import signal

        descendants.send(keeper, signal.SIGTERM)
        process.end(keeper.pid, keeper.birth, _END_SECONDS)


def connect(project: Project) -> Cluster:
    """The keeper's desk. Raises machines.Lost where there is none."""
    from batty_hooks.system import machines

    try:
        port = int((_known(project) if is_kept(project) else {})["port"])  # (a killed keeper leaves its words)
    except (KeyError, TypeError, ValueError):
        raise machines.Lost("nobody keeps the hosts at hand", False) from None
    return machines.Cluster(port, _proof(project))


def name_there(project: Project) -> str:
    """What this project's caches are called on a host: no other project, nor another home's copy, has the same."""
    own = f"{os.uname().nodename}:{os.getuid()}:{os.path.realpath(project.root)}"
    return f"{project.root.name[:24]}-{hashlib.sha256(own.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


# what came to nothing


def tell_lost(project: Project, key: str, host: str, why: str = "") -> None:
    """A run of the candidate ``key`` on ``host`` came to nothing ("": on the way there, which says nothing of it)."""
    now = time.time()
    with lock.held(project.lock("hosts-lost"), 10):
        kept = {name: hosts for name, hosts in _lost(project).items() if now - max(hosts.values())[0] < _FORGET_SECONDS}
        kept.setdefault(key, {})[host] = now, why
        atomic.write(_place(project) / "lost.json", json.dumps(kept, indent=1) + "\n", lasting=False)


def lost_on(project: Project, key: str) -> Mapping[str, float]:
    """The hosts on which a run of that candidate came to nothing, and when."""
    return {host: at for host, (at, _) in _lost(project).get(key, {}).items()}


def last_lost(project: Project) -> dict[str, Loss]:
    """When each host last lost a run, and how often it did."""
    found: dict[str, list[tuple[float, str]]] = {}
    for hosts in _lost(project).values():
        for host, loss in hosts.items():
            found.setdefault(host, []).append(loss)
    return {host: _last(sorted(losses)) for host, losses in found.items() if host}


def _last(losses: list[tuple[float, str]]) -> Loss:
    at, why = losses[-1]
    times = [0.0, *(moment for moment, _ in losses)]
    begun = [now for before, now in pairwise(times) if now - before > _TOGETHER_SECONDS]
    return Loss(at, why, sum(at - one < _OFTEN_SECONDS for one in begun) or 1)


def _place(project: Project) -> Path:
    return project.batty / "hosts"


def _needed(project: Project) -> Path:
    return _place(project) / "needed"


def _proof(project: Project) -> Path:
    return _place(project) / "proof.pem"


def _lost(project: Project) -> dict[str, dict[str, tuple[float, str]]]:
    try:
        data = json.loads((_place(project) / "lost.json").read_text("utf-8"))
        return {
            str(key): {str(host): (float(at), str(why)) for host, (at, why) in hosts.items()}
            for key, hosts in data.items() if hosts
        }  # fmt: skip
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _known(project: Project) -> dict[str, Any]:
    try:
        found = json.loads((_place(project) / "known.json").read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _host(data: Mapping[str, Any]) -> Host:
    here = of(data["here"]) if data.get("here") else None
    more = data.get("number", 0), data.get("slots", 0)
    return Host(data["host"], data["state"], data["since"], data["why"], data["mend"], here, *more)


def login(name: str) -> str:
    """What a person types to go there."""
    return f"ssh {shlex.quote(name)}"
