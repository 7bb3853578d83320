"""A cluster of our own: dask's scheduler on the loopback, and a line to each host, tried for ever."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.machines import host as remote
from batty_hooks.system.machines import shipping, tasks
from batty_hooks.system.machines.known import DOWN, UNFIT, UP, Known, Wish
from batty_hooks.system.machines.line import Down, Line, free_ports
from batty_hooks.system.machines.lost import Lost
from batty_hooks.system.records import replace

_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
_UNFIT_PAUSE = 30.0
_LOST_SECONDS = 30.0
_ANSWER_SECONDS = 20.0
_GATE = "gate"  # the name of what each slot of a host is one of, for dask


class Own:
    """Scheduler and lines; ``changed`` is called whenever a host stands otherwise than before."""

    def __init__(self, wish: Wish, certificate: str, secret: str, changed: Callable[[], None]) -> None:
        self.wish, self.changed = wish, changed
        self.head = {"certificate": certificate, "secret": secret}
        self.known = {name: Known(name, since=time.time(), number=at) for at, name in enumerate(wish.hosts)}
        self.address = ""
        self.client: Any = None

    def hosts(self) -> list[Known]:
        """How each of them stands."""
        return list(self.known.values())

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Keep them at hand."""
        distributed, dask = late.whole("distributed"), late.whole("dask")
        dask.config.set(
            {
                "distributed.scheduler.http.routes": [],
                "distributed.scheduler.work-stealing": False,
                "distributed.scheduler.active-memory-manager.start": False,
            }
        )
        remote.be_quiet()
        security = remote.security(self.head)
        async with (
            distributed.Scheduler(
                host="127.0.0.1", port=0, protocol="tls", security=security, dashboard=False,
                dashboard_address="127.0.0.1:0", allowed_failures=0, worker_ttl=f"{_LOST_SECONDS}s",
            ) as scheduler,
            distributed.Client(
                scheduler.address, asynchronous=True, security=security, set_as_default=False, name="batty-hooks"
            ) as self.client,
        ):  # fmt: skip
            self.address = str(scheduler.address)
            lines = [asyncio.ensure_future(self._hold(host)) for host in self.wish.hosts]
            try:
                yield
            finally:
                for line in lines:
                    line.cancel()
                await asyncio.gather(*lines, return_exceptions=True)

    async def got(self, host: str, project: str) -> list[str]:
        """The commits that ``host`` has whole. Raises Lost."""
        key = f"got-{project}-{time.time_ns()}"
        future = tasks.submit(self.client, host, key, {}, remote.got, shipping.code()[0], project)
        answer = await tasks.answer(self.client, future, _ANSWER_SECONDS)
        if "got" not in answer:
            raise Lost(str(answer.get("lost", "no answer")))
        return [str(one) for one in answer["got"]]

    async def run(self, host: str, key: str, job: dict[str, Any], needs: dict[str, int]) -> dict[str, Any]:
        """Have ``host`` carry out a job. Raises Lost."""
        topic = f"batty-{key}"
        with tasks.hearing(self.client, topic) as heard:
            resources = {_GATE: 1, **needs}
            future = tasks.submit(self.client, host, key, resources, remote.run, shipping.code()[0], job, topic)
            return await tasks.answer(self.client, future, float(job["timeout"]) + _ANSWER_SECONDS, heard)

    async def _hold(self, host: str) -> None:
        """Keep the line to one host."""
        failed = 0
        while True:
            begun = time.monotonic()
            ports = free_ports(3)
            line = Line(host, self.wish.python, lambda said: self._heard(host, said), through=ports[1])
            try:
                await self._connect(line, ports)
            except Down as down:
                failed = 0 if line.serves else failed + 1
                self._set(host, UNFIT if down.mend else DOWN, down.why, down.mend)
                pause = _UNFIT_PAUSE if down.mend else _PAUSES[min(failed, len(_PAUSES)) - 1 if failed else 0]
                await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)) or 0.1)

    async def _connect(self, line: Line, ports: list[int]) -> None:
        port, contact, far = ports
        near = self.address.rpartition(":")[2]
        forwards = (
            "-L", f"127.0.0.1:{contact}:127.0.0.1:{port}",
            "-R", f"127.0.0.1:{far}:127.0.0.1:{near}",
        )  # fmt: skip
        more = {
            "mode": "serve", "name": line.host, "project": self.wish.project, "slots": self.wish.slots, "port": port,
            "contact": contact, "scheduler": f"tls://127.0.0.1:{far}", **self.head,
        }  # fmt: skip
        await line.hold(forwards, more)

    def _heard(self, host: str, said: dict[str, Any]) -> None:
        if "here" in said:
            self.known[host] = replace(self.known[host], here=said["here"])
        if said.get("serving"):
            self._set(host, UP)

    def _set(self, host: str, state: str, why: str = "", mend: str = "") -> None:
        before = self.known[host]
        if (before.state, before.why) != (state, why):
            since = before.since if before.state == state else time.time()
            self.known[host] = replace(before, state=state, since=since, why=why, mend=mend)
            self.changed()
