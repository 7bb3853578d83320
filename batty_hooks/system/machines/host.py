"""What runs on a host: dask's worker, for as long as the ssh that started it lives; and the task that it is given.

The line is our life. Home writes a byte now and then; an end of it, or no byte for a minute, and this process is gone.
The supervisors of its runs see their orders end with it, and leave nothing behind.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from batty_hooks.errors import FatalError
from batty_hooks.system import late
from batty_hooks.system.machines import hosting, job, shipping, tidying, wire

_SILENCE_SECONDS = 60.0
_BEAT_SECONDS = 3.0
_CALL_SECONDS = 10.0
_LEAST_BYTES = 64 << 20


def say(**facts: object) -> None:
    """Tell home something, over the line."""
    print(f"\n{shipping.MARK}{json.dumps(facts)}", flush=True)


def main(head: dict[str, Any]) -> None:
    """Be a worker; or tell what is here ("look"), and test one candidate: for doctor ("check"), for a worker of another
    cluster ("job")."""
    if why := _lacking(head):
        say(unfit=why[0], run=why[1], do=why[2])
        return
    say(here=hosting.here().words())
    if head["mode"] == "look":
        _be_called(head.get("port", 0))
        say(got=job.got(_project(head)))
        return
    if head["mode"] == "job":
        _do_one_job(head)
        return
    if head["mode"] == "check":
        asked = cast(job.Job, wire.unpacked(_read(head["tail"])))
        answer = job.run(asked, lambda: False)
        say(answer={name: value for name, value in answer.items() if name != "log"}, log=job.last_line(answer))
        return
    threading.Thread(target=_live_by_the_line, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        late.whole("asyncio").run(_serve(head))  # (a job alone is done without it)
    os._exit(0)


def _project(head: dict[str, Any]) -> str:
    """What a project's caches are called here: where machines may share a home (``apart``), each has its own."""
    return f"{head['project']}@{os.uname().nodename}" if head.get("apart") else str(head["project"])


def _be_called(port: int) -> None:
    """Wait until home has called through the line, as it will call the worker: it tells by itself when it cannot."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as server:
        if port:
            server.settimeout(_CALL_SECONDS)
            say(serving=True)
            server.accept()[0].sendall(b".")


def _do_one_job(head: dict[str, Any]) -> None:
    """Carry out one job, for as long as the line lives; tidy up behind the answer."""
    asked = cast(job.Job, wire.unpacked(_read(head["tail"])))
    asked["project"] = _project(head)
    threading.Thread(target=_live_by_the_line, daemon=True).start()
    say(answer=base64.b64encode(wire.packed(job.run(asked, lambda: False))).decode())
    with contextlib.suppress(OSError, FatalError):
        tidying.now_and_then(job.room(), asked["project"], asked["slots"], Path(__file__).parents[3])


def _read(size: int) -> bytes:
    with open(0, "rb", closefd=False, buffering=0) as line:
        data = b""
        while len(data) < size and (more := line.read(size - len(data))):
            data += more
    return data


def _lacking(head: dict[str, Any]) -> tuple[str, str, str] | None:
    """What this host lacks, the command that mends it there, or what else does."""
    if not shutil.which("git"):
        return "there is no git on its PATH", "", "install git there"
    place = job.room()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(place).free
    if free < _LEAST_BYTES:
        return f"the disk that holds {place} there is full", "", f"make room there: {free >> 20} MB are free"
    if "distributed" not in head:  # it was started by one that has it
        return None
    try:
        found = late.whole("distributed").__version__
    except ImportError as error:
        return f"its Python ({sys.executable}) has no dask.distributed: {error}", head["venv"], ""
    if found != head["distributed"]:
        return f"dask.distributed there is {found}, here {head['distributed']}", head["venv"], ""
    return None


def _live_by_the_line() -> None:
    while select.select([0], [], [], _SILENCE_SECONDS)[0]:
        if not os.read(0, 64):
            break
    os._exit(0)


async def _serve(head: dict[str, Any]) -> None:
    """Take tasks until the scheduler is gone."""
    distributed, dask = late.whole("distributed"), late.whole("dask")
    dask.config.set({"distributed.worker.http.routes": [], "distributed.worker.profile.enabled": False})
    be_quiet()
    place = job.room() / head["project"] / "dask"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    worker = distributed.Worker(
        head["scheduler"], name=head["name"], nthreads=head["slots"] + 2, security=security(head),
        resources={**hosting.here().offers, "gate": head["slots"]}, host="127.0.0.1", port=head["port"],
        contact_address=f"tls://127.0.0.1:{head['contact']}", protocol="tls", memory_limit=0,
        local_directory=str(place), dashboard=False, dashboard_address="127.0.0.1:0", death_timeout=20,
    )  # fmt: skip
    async with worker:
        say(serving=True)
        kept = (job.room(), head["project"], head["slots"], Path(__file__).parents[3])
        threading.Thread(target=tidying.for_ever, args=kept, daemon=True).start()
        await worker.finished()


def security(head: dict[str, Any]) -> Any:
    """Mutual TLS with the one certificate of a cluster."""
    own = {"tls_ca_file": head["certificate"], "require_encryption": True}
    for role in ("client", "worker", "scheduler"):
        own |= {f"tls_{role}_cert": head["certificate"], f"tls_{role}_key": head["secret"]}
    return late.whole("distributed").Security(**own)


def be_quiet() -> None:
    """Keep dask's log to itself: what there is to say of a run, home says. Call it once dask is imported."""
    import logging

    for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)


# what home submits


def got(code: str, project: str) -> dict[str, Any]:
    """What the host has of a project."""
    return {"lost": _other(code)} if code not in __file__ else {"got": job.got(project)}


def run(code: str, asked: dict[str, Any], topic: str) -> dict[str, Any]:
    """Carry out one job; home hears of it while it lives, and ends it by giving up the task."""
    if code not in __file__:
        return {"lost": _other(code)}
    worker = late.whole("distributed").get_worker()
    key = worker.get_current_task()
    with _beating(worker, topic):
        answer = job.run(cast(job.Job, asked), lambda: _is_given_up(worker, key))
    threading.Thread(target=_tidy, args=(str(asked["project"]),), daemon=True).start()
    return answer


def _tidy(project: str) -> None:
    with contextlib.suppress(OSError, FatalError):  # the next run, or the next hour, tries again
        tidying.repository(job.room() / project)


def _other(code: str) -> str:
    return f"the worker has our program from {Path(__file__).parents[3]}, not as {code}: another version of it"


def _is_given_up(worker: Any, key: str) -> bool:
    """Whether nobody waits for a task any more: its client took it back, or is gone, or the scheduler is."""
    task = worker.state.tasks.get(key)
    return task is None or task.state not in ("executing", "long-running") or str(worker.status) != "Status.running"


@contextlib.contextmanager
def _beating(worker: Any, topic: str) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.is_set():
            with contextlib.suppress(Exception):
                worker.log_event(topic, {"at": time.time()})
            over.wait(_BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        over.set()
