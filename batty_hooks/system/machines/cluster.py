"""The home's side of the machines: what a host has, and one run on it, asked of the keeper and waited for.

The keeper alone speaks with dask (desk.py): who tests neither imports it nor waits until it is connected. A run counts
as lost when the keeper says so, and when nothing is heard of it; whatever comes after that is nobody's. To let go of
the line is to give up the run.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from batty_hooks.system.machines import wire
from batty_hooks.system.machines.lost import Lost

_CONNECT_SECONDS = 10.0
_ASK_SECONDS = 0.25
SILENCE_SECONDS = 30.0  # the keeper says every second that it lives
_ANSWER_SECONDS = 30.0


class Cluster:
    """The keeper's desk, at a ``port`` of the loopback; ``proof`` holds the certificate that both sides show, and its
    key (PEM)."""

    def __init__(self, port: int, proof: Path) -> None:
        self.port, self.proof = port, proof

    def got(self, host: str, project: str) -> list[str]:
        """The commits that ``host`` has whole. Raises Lost."""
        answer = self._ask({"what": "got", "host": host, "project": project}, lambda: False, _ANSWER_SECONDS)
        if answer is None or "got" not in answer:
            raise Lost(str((answer or {}).get("lost", "no answer")))
        return [str(one) for one in answer["got"]]

    def run(
        self, host: str, key: str, job: dict[str, Any], needs: dict[str, int], cancelled: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Have ``host`` carry out a job; its answer, or None when it was ``cancelled``. Raises Lost."""
        asked = {"what": "run", "host": host, "key": key, "job": job, "needs": needs}
        return self._ask(asked, cancelled, float(job["timeout"]) + _ANSWER_SECONDS)

    def _ask(self, asked: dict[str, Any], cancelled: Callable[[], bool], seconds: float) -> dict[str, Any] | None:
        try:
            with self._line() as line:
                line.sendall(wire.framed(wire.packed(asked)))
                return _answer(line, cancelled, time.monotonic() + seconds)
        except (OSError, ValueError) as error:
            raise Lost(f"the process that keeps the hosts at hand does not answer: {error}", False) from error

    @contextmanager
    def _line(self) -> Iterator[ssl.SSLSocket]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate is known by itself
        context.load_verify_locations(self.proof)
        context.load_cert_chain(self.proof)
        with (
            socket.create_connection(("127.0.0.1", self.port), _CONNECT_SECONDS) as plain,
            context.wrap_socket(plain) as line,
        ):
            yield line


def _answer(line: ssl.SSLSocket, cancelled: Callable[[], bool], limit: float) -> dict[str, Any] | None:
    """What came back; None when it was cancelled. Raises Lost, OSError."""
    came, heard = b"", time.monotonic()
    while not cancelled():
        line.settimeout(_ASK_SECONDS)
        try:
            more = line.recv(1 << 20)
            if not more:
                raise Lost("the process that keeps the hosts at hand is gone", False)
            came, heard = came + more, time.monotonic()
        except TimeoutError:
            pass
        while (said := wire.first(came)) is not None:
            came, answer = wire.after_first(came), wire.unpacked(said)
            if "lost" in answer:
                raise Lost(str(answer["lost"]), bool(answer["by_host"]))
            if "answer" in answer:
                return dict(answer["answer"])
        if time.monotonic() - heard > SILENCE_SECONDS:
            raise Lost(f"nothing was heard of who keeps the hosts at hand for {SILENCE_SECONDS:.0f} s", False)
        if time.monotonic() > limit:
            raise Lost("no answer in time")
    return None
