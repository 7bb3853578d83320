"""A cluster that somebody else runs (one process, Slurm, Kubernetes …): we are its guest. A worker of it is a host.

Nothing of ours is there: each task is text that starts our own program as a child of the worker (errand.py), and that
program does there what it does on a host. Its caches are by the worker's machine, so workers that share a home do not
share them. What a worker has of a project is remembered here, from its own answers.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import inspect
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.machines import errand, reach, shipping, tasks, wire
from batty_hooks.system.machines import host as remote
from batty_hooks.system.machines.known import DOWN, STARTING, UNFIT, UP, Known, Wish
from batty_hooks.system.machines.line import Down
from batty_hooks.system.machines.lost import Lost
from batty_hooks.system.records import replace

_MOST_WORKERS = 64
_LOOK_SECONDS, _AGAIN_SECONDS, _UNFIT_SECONDS = 1.0, 5.0, 30.0
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS, _PROBE_SECONDS = 20.0, 60.0
_AT_ONCE = 8
_GOT = 16
_GONE = "its worker is gone"
EMPTY = "the cluster has no workers"


class _Worker:
    """A worker as the scheduler tells of it: its address, threads and resources; and what is known of its machine."""

    def __init__(self, address: str, facts: Mapping[str, Any]) -> None:
        self.address, self.machine = address, str(facts.get("host", ""))
        self.threads = int(facts.get("nthreads", 1))
        self.resources = {str(name): int(many) for name, many in (facts.get("resources") or {}).items()}
        self.has_program = False
        self.got: list[str] = []
        self.tried = 0.0


class Guest:
    """The connection to it; ``changed`` is called whenever a worker stands otherwise than before."""

    def __init__(self, wish: Wish, changed: Callable[[], None]) -> None:
        self.wish, self.changed = wish, changed
        self.workers: dict[str, _Worker] = {}
        self.known: dict[str, Known] = {}
        self.trouble: Known | None = Known(wish.scheduler, STARTING, time.time())
        self.client: Any = None
        self.probing: dict[str, asyncio.Future[None]] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)

    def hosts(self) -> list[Known]:
        """How each of the workers stands; the scheduler itself where something is wrong with it."""
        return [*self.known.values(), *([self.trouble] if self.trouble else [])]

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Keep in touch with it."""
        tending = asyncio.ensure_future(self._tend())
        try:
            yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)

    async def _tend(self) -> None:
        while True:
            try:
                async with self.visit():
                    while str(self.client.status) == "running":
                        await self.look()
                        await asyncio.sleep(_LOOK_SECONDS)
                raise Down("the scheduler is gone")
            except Exception as error:
                down = error if isinstance(error, Down) else Down(f"the scheduler does not answer: {_words(error)}")
                self.workers, self.known = {}, {}
                self._trouble(UNFIT if down.mend else DOWN, down.why, down.mend)
                await asyncio.sleep(_UNFIT_SECONDS if down.mend else _AGAIN_SECONDS)

    @contextlib.asynccontextmanager
    async def visit(self) -> AsyncIterator[None]:
        """Be connected. Raises Down."""
        await asyncio.to_thread(reach.require, self.wish.scheduler, self.wish.tls)
        distributed = late.whole("distributed")
        remote.be_quiet()
        try:
            self.client = await distributed.Client(
                self.wish.scheduler, security=self._security(), asynchronous=True, set_as_default=False,
                timeout=_CONNECT_SECONDS, name="batty-hooks",
            )  # fmt: skip
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise Down(f"it does not answer as dask.distributed {distributed.__version__}: {_words(error)}") from error
        try:
            there = (await self.client.scheduler.versions())["packages"]["distributed"]
            if there != distributed.__version__:
                mend = f"pip install distributed=={there}  (into the Python that runs batty-hooks)"
                raise Down(f"dask.distributed there is {there}, here {distributed.__version__}", mend)
            yield
        finally:
            for probe in self.probing.values():
                probe.cancel()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.client.close(), _AGAIN_SECONDS)

    def _security(self) -> Any:
        if not self.wish.scheduler.startswith("tls:"):
            return None
        ca, certificate, key = map(str, self.wish.tls)
        return late.whole("distributed").Security(
            tls_ca_file=ca, tls_client_cert=certificate, tls_client_key=key, require_encryption=True
        )

    async def look(self) -> None:
        """See who is there."""
        identity = late.whole("distributed").Scheduler.identity
        more = {"n_workers": -1} if "n_workers" in inspect.signature(identity).parameters else {}
        found: dict[str, _Worker] = {}
        for address, facts in list((await self.client.scheduler.identity(**more))["workers"].items())[:_MOST_WORKERS]:
            name = str(facts.get("name") or address).rpartition("://")[2]
            if str(facts.get("status", "running")) == "running":
                found[name] = _Worker(str(address), facts)
        for name in [name for name, worker in self.workers.items()
                     if name not in found or found[name].address != worker.address]:  # fmt: skip
            del self.workers[name]
            if self.known.pop(name, None):
                self.changed()
        for name, worker in found.items():
            old = self.workers.setdefault(name, worker)
            is_due = time.monotonic() - old.tried > _UNFIT_SECONDS or not old.tried
            if self.known.get(name, Known("")).state != UP and name not in self.probing and is_due:
                old.tried = time.monotonic()
                self.probing[name] = probe = asyncio.ensure_future(self._probe(name, old))
                probe.add_done_callback(partial(self._probed, name))
        mend = f"start some: `dask worker {self.wish.scheduler} …` (they are seen by themselves)"
        self._trouble(*("", "", "") if found else (UNFIT, EMPTY, mend))

    def _probed(self, name: str, done: object) -> None:
        self.probing.pop(name, None)

    async def _probe(self, name: str, worker: _Worker) -> None:
        """Log in, as it were: what machine it is, and what it has."""
        known = Known(name, since=time.time(), number=self._number())
        self.known[name] = known
        self.changed()
        try:
            async with self._few:
                said = await self._errand(worker, f"batty-hooks-look-{name}-{time.time_ns()}", "look", {}, b"", {},
                                          _PROBE_SECONDS)  # fmt: skip
        except Lost as lost:
            known = replace(known, state=DOWN, why=str(lost))
        else:
            if "got" in said:
                here = said["here"]
                here = {**here, "offers": {**here["offers"], **worker.resources}}
                worker.got = [str(one) for one in said["got"]]
                known = replace(known, state=UP, here=here, slots=min(self.wish.slots, worker.threads))
            else:
                why = str(said.get("unfit") or said["last"] or "our program did not start there")
                known = replace(known, state=UNFIT, why=why, mend=str(said.get("do") or "mend it at that worker"))
        if self.workers.get(name) is worker:
            self.known[name] = known
            self.changed()

    def _number(self) -> int:
        taken = {known.number for known in self.known.values()}
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def _trouble(self, state: str, why: str, mend: str) -> None:
        new = Known(self.wish.scheduler, state, time.time(), why, mend) if why else None
        old = self.trouble
        if (old and (old.state, old.why)) != (new and (new.state, new.why)):
            self.trouble = new
            self.changed()

    # what is asked at the desk

    async def got(self, host: str, project: str) -> list[str]:
        """The commits that ``host`` has whole. Raises Lost."""
        return list(self._worker(host).got)

    async def run(self, host: str, key: str, job: dict[str, Any], needs: dict[str, int]) -> dict[str, Any]:
        """Have ``host`` carry out a job. Raises Lost."""
        worker = self._worker(host)
        beside = sum(
            min(self.wish.slots, one.threads) for one in self.workers.values() if one.machine == worker.machine
        )
        asked = wire.packed({**job, "slots": beside})
        resources = {name: many for name, many in needs.items() if name in worker.resources}
        task = f"batty-hooks-{self.wish.project}-{key}"
        said = await self._errand(worker, task, "job", {"tail": len(asked)}, asked, resources,
                                  float(job["timeout"]) + _ANSWER_SECONDS)  # fmt: skip
        if "answer" not in said:
            raise Lost(str(said.get("unfit") or said["last"] or "our program ended there without an answer"))
        answer = wire.unpacked(base64.b64decode(said["answer"]))
        if "lost" in answer:
            worker.got = []  # it may be that it has lost that
        elif "tree" in answer:
            worker.got = [str(job["commit"]), *(one for one in worker.got if one != job["commit"])][:_GOT]
        return dict(answer)

    def _worker(self, host: str) -> _Worker:
        if host not in self.workers:
            raise Lost(_GONE if self.workers else "the scheduler is gone", bool(self.workers))
        return self.workers[host]

    async def _errand(
        self, worker: _Worker, key: str, mode: str, more: Mapping[str, Any], tail: bytes,
        resources: Mapping[str, int], seconds: float,
    ) -> dict[str, Any]:  # fmt: skip
        """Have a worker start our program: what that said. Raises Lost."""
        if worker.has_program:
            said = await self._sent(worker, key, mode, more, tail, resources, seconds, b"")
            if "lacks" not in said:
                return said
            key = f"{key}.whole"
        said = await self._sent(worker, key, mode, more, tail, resources, seconds, shipping.code()[1])
        worker.has_program = True
        return said

    async def _sent(
        self, worker: _Worker, key: str, mode: str, more: Mapping[str, Any], tail: bytes,
        resources: Mapping[str, int], seconds: float, program: bytes,
    ) -> dict[str, Any]:  # fmt: skip
        code = shipping.code()[0]
        head = {
            "code": code,
            "bytes": len(program),
            "venv": "",
            "mode": mode,
            "project": self.wish.project,
            "apart": True,
            **more,
        }
        stream = wire.framed(shipping.BOOT.encode()) + wire.framed(json.dumps(head).encode()) + program + tail
        topic = f"batty-{key}"
        asked = {"first": shipping.FIRST, "mark": shipping.MARK, "code": code, "whole": bool(program),
                 "stream": stream, "topic": topic}  # fmt: skip
        there = {"source": errand_text(), "asked": asked}
        with tasks.hearing(self.client, topic) as heard:
            future = tasks.submit(self.client, worker.address, key, resources, eval, errand.CALL, there)
            return await tasks.answer(self.client, future, seconds, heard, lambda: self._why_gone(worker))

    def _why_gone(self, worker: _Worker) -> str:
        return "" if any(one is worker for one in self.workers.values()) else _GONE


def errand_text() -> str:
    """The text of errand.py."""
    return inspect.getsource(errand)


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__).split("\n")[0][:160]


def check_cluster(
    wish: Wish, job: Callable[[list[str]], dict[str, Any]], most: int
) -> list[tuple[Known, dict[str, Any]]]:
    """Try a cluster: each of its workers, and what ``most`` of them answer to a job, which is made of what each has
    ({}: it was not asked). Raises Down."""
    return asyncio.run(_checked(wish, job, most))


async def _checked(
    wish: Wish, job: Callable[[list[str]], dict[str, Any]], most: int
) -> list[tuple[Known, dict[str, Any]]]:
    guest = Guest(wish, lambda: None)

    async def tried(known: Known, is_asked: bool) -> tuple[Known, dict[str, Any]]:
        if known.state != UP or not is_asked:
            return known, {}
        try:
            asked = job(await guest.got(known.host, wish.project))
            return known, await guest.run(known.host, f"doctor-{known.host}-{time.time_ns()}", asked, {})
        except Lost as lost:
            return known, {"lost": str(lost)}

    async with guest.visit():
        await guest.look()
        if guest.trouble:
            raise Down(guest.trouble.why, guest.trouble.mend)
        await asyncio.gather(*guest.probing.values(), return_exceptions=True)
        hosts = guest.hosts()
        return await asyncio.gather(*(tried(known, at < most) for at, known in enumerate(hosts)))
