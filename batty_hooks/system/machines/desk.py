"""Where the keeper is asked: a port of the loopback, where both sides show the certificate that the keeper has made.

A line is one question. Every second until it is answered the keeper says that it lives; who lets go of the line has
given the question up. Two who ask for a run of one key have one run.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from pathlib import Path
from typing import Any, Protocol

from batty_hooks.system.machines import wire
from batty_hooks.system.machines.lost import Lost

_BEAT_SECONDS = 1.0


class Pool(Protocol):
    """Machines that somebody may be asked about."""

    async def got(self, host: str, project: str) -> list[str]:
        """The commits that ``host`` has whole. Raises Lost."""

    async def run(self, host: str, key: str, job: dict[str, Any], needs: dict[str, int]) -> dict[str, Any]:
        """Have ``host`` carry out a job. Raises Lost."""


class Desk:
    """One such port; ``asked`` says when somebody was served last (seconds of the monotonic clock)."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.asked = time.monotonic()
        self.port = 0
        self._lines = 0
        self._runs: dict[str, _Run] = {}

    @property
    def is_busy(self) -> bool:
        """Whether somebody is being served."""
        return self._lines > 0

    async def open(self, proof: Path) -> asyncio.AbstractServer:
        """Begin to serve; ``proof`` holds the certificate and its key (PEM)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(proof)
        context.load_cert_chain(proof)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, ssl_handshake_timeout=10)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines += 1
        try:
            with contextlib.suppress(OSError, EOFError, ValueError):
                size = int(await reader.readexactly(8), 16)
                await self._answer(wire.unpacked(await reader.readexactly(size)), reader, writer)
        finally:
            self._lines -= 1
            self.asked = time.monotonic()
            writer.close()

    async def _answer(self, asked: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(**what: object) -> None:
            writer.write(wire.framed(wire.packed(what)))
            await writer.drain()

        answer, gone = asyncio.ensure_future(self._made(asked)), asyncio.ensure_future(reader.read(1))
        try:
            while not answer.done():
                await asyncio.wait({answer, gone}, timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return
                if not answer.done():
                    await say(beat=True)
            await say(answer=answer.result())
        except Lost as lost:
            await say(lost=str(lost), by_host=lost.by_host)
        finally:
            for task in (answer, gone):
                task.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)

    async def _made(self, asked: dict[str, Any]) -> dict[str, Any]:
        host = str(asked["host"])
        if asked["what"] == "got":
            return {"got": await self.pool.got(host, str(asked["project"]))}
        key = str(asked["key"])
        while (run := self._runs.get(key)) and not run.waiting:  # it is being given up at this moment
            await asyncio.wait({run.task})
        if run is None:
            made = asyncio.ensure_future(self.pool.run(host, key, asked["job"], asked["needs"]))
            self._runs[key] = run = _Run(made)
            made.add_done_callback(lambda done: self._runs.pop(key, None))
        run.waiting += 1
        try:
            return await asyncio.shield(run.task)
        finally:
            run.waiting -= 1
            if not run.waiting:
                run.task.cancel()


class _Run:
    """A run, and how many wait for it."""

    def __init__(self, task: asyncio.Future[dict[str, Any]]) -> None:
        self.task, self.waiting = task, 0
