"""A test run on another machine, as home sees it: what goes over, and whether what comes back is believed.

Home is the only truth. The answer must be about the candidate that was asked about, key and tree; the verdict is made
and written here, as that of a run here is. Whatever else comes, or nothing at all, is `Lost`: no verdict, nobody
charged.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import setting_up
from batty_hooks.rules.batch import Batch
from batty_hooks.rules.look import Look
from batty_hooks.state import hosts, setup
from batty_hooks.state.slots import Slot
from batty_hooks.system import machines, process
from batty_hooks.system.git import objects, packs
from batty_hooks.system.machines import Lost
from batty_hooks.system.machines.hosting import here, of

_MOST_BYTES = 16 << 20  # of a log, and of all files that are copied


def run(
    look: Look, slot: Slot, batch: Batch, commit: str, log: Path, needed: Callable[[], bool] | None, wanted: str = ""
) -> process.Outcome:
    """Have a host of the class that is ``wanted`` ("": this machine's) test ``commit``; how that ended, its output in
    ``log``. Raises Lost."""
    cluster = hosts.connect(look.project)
    there = cluster.got(slot.host, hosts.name_there(look.project))
    try:
        asked = job(look, batch, commit, packs.make(look.project.root, commit, there))
    except (FatalError, OSError) as error:
        raise Lost(f"it could not be sent: {error}", False) from error
    needs = dict(look.team.gate.far.needs)
    task = f"{batch.key}.{batch.again}.{len(hosts.lost_on(look.project, batch.key))}"
    answer = cluster.run(slot.host, task, asked, needs, (lambda: not needed()) if needed else lambda: False)
    if answer is None or answer.get("cancelled"):
        return process.Outcome(-1, 0.0, cancelled=True)
    return believed(look, batch, answer, log, wanted or here().name)


def job(look: Look, batch: Batch, commit: str, pack: bytes, command: str = "") -> dict[str, Any]:
    """What is asked of a host (see machines.job): plain words and bytes."""
    project, gate, spec = look.project, look.team.gate, look.setup
    ready = setup.fingerprint(project, None, batch.candidate.tree, spec) if spec.setup else ""
    return {
        "key": batch.key,
        "code": machines.code()[0],
        "project": hosts.name_there(project),
        "commit": commit,
        "tree": batch.candidate.tree,
        "pack": pack,
        "command": command or gate.command or "false",
        "timeout": gate.timeout,
        "setup": list(spec.setup),
        "ready": ready,
        "copies": dict(_copies(project.root, gate.far.copy)),
        "ports": spec.ports,
        "env": {name: os.environ[name] for name in gate.far.env if name in os.environ},
        "slots": gate.far.slots,
    }


def _copies(root: Path, names: tuple[str, ...]) -> Iterator[tuple[str, list[Any]]]:
    """The files that the person has listed for hosts, with mode and content. Raises Lost where they are too much."""
    left = _MOST_BYTES
    for name in names:
        top = root / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not path.is_symlink():
                left -= path.stat().st_size
                if left < 0:
                    too_much = f"gate.host_copy is more than {_MOST_BYTES >> 20} MB: too much to send for each run"
                    raise Lost(too_much, False)
                yield str(path.relative_to(root)), [path.stat().st_mode & 0o777, path.read_bytes()]


def believed(look: Look, batch: Batch, answer: dict[str, Any], log: Path, wanted: str) -> process.Outcome:
    """An answer as the outcome of a run on a machine of the class that is ``wanted``, its output put into ``log``.
    Raises Lost where it is none."""
    if "lost" in answer:
        raise Lost(str(answer["lost"]))
    if (answer.get("key"), answer.get("tree")) != (batch.key, batch.candidate.tree):
        raise Lost("its answer is about another candidate")
    try:
        there = of(answer["here"])
        if not there.is_of(wanted):
            raise Lost(f"its answer is of {there.name}, which says nothing of {wanted}")
        outcome = process.Outcome(
            int(answer["exit"]), float(answer["seconds"]), timed_out=bool(answer["timed_out"]), cut=int(answer["cut"])
        )
        output = zlib.decompressobj().decompress(answer["log"], _MOST_BYTES)
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise Lost(f"its answer is none: {error}") from error
    log.write_bytes(output)
    failed = str(answer.get("setup", ""))
    how = f"`{failed}` ended with exit {outcome.exit}"
    return setting_up.judged(look, batch.candidate, log, how, outcome) if failed else outcome


def can(look: Look, batch: Batch) -> bool:
    """Whether a candidate can be tested anywhere but here: submodules come from the primary checkout."""
    return objects.entry(look.project.root, batch.candidate.tree, ".gitmodules") is None
