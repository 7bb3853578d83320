"""The home's side of a scheduler: what a host has, and one run on it, waited for.

The task's key is the caller's, and a task is tried once and on one host: where it goes next is decided at home. A run
counts as lost when dask says that its worker died, when the scheduler is gone, and when nothing was heard of it for
half a minute; whatever comes after that is nobody's.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.machines import host as remote
from batty_hooks.system.machines import shipping
from batty_hooks.system.machines.lost import Lost

SILENCE_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_ASK_SECONDS = 0.25
_ANSWER_SECONDS = 20.0
_GATE = "gate"  # the name of what each slot of a host is one of, for dask

_connecting = threading.Lock()
_connected: dict[str, Cluster] = {}
_in_vain: dict[str, float] = {}  # when a scheduler did not answer: who waited for that attempt makes none of his own


def connect(address: str, certificate: str, secret: str) -> Cluster:
    """The connection of this process to a scheduler, made when it is first asked for. Raises Lost."""
    with _connecting:
        known = _connected.get(address)
        if known and known.lives:
            return known
        if time.monotonic() - _in_vain.get(address, -_CONNECT_SECONDS) < _CONNECT_SECONDS:
            raise Lost(f"the scheduler at {address} does not answer")
        for old in list(_connected):
            _connected.pop(old).close()
        try:
            _connected[address] = made = Cluster(address, certificate, secret)
        except Lost:
            _in_vain.clear()
            _in_vain[address] = time.monotonic()
            raise
        return made


class Cluster:
    """A connection to a scheduler."""

    def __init__(self, address: str, certificate: str, secret: str) -> None:
        distributed = late.whole("distributed")
        remote.be_quiet()
        security = remote.security({"certificate": certificate, "secret": secret})
        try:
            self.client = distributed.Client(
                address, security=security, set_as_default=False, timeout=_CONNECT_SECONDS, name="batty-hooks"
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise Lost(
                f"the scheduler at {address} does not answer: {str(error) or type(error).__name__:.120}"
            ) from error

    @property
    def lives(self) -> bool:
        """Whether the scheduler is there."""
        return str(self.client.status) == "running"

    def close(self) -> None:
        """Let go of it."""
        with contextlib.suppress(Exception):
            self.client.close(timeout=1)

    def got(self, host: str, project: str) -> list[str]:
        """The commits that ``host`` has whole. Raises Lost."""
        code = shipping.code()[0]
        key = f"got-{project}-{time.time_ns()}"
        waiting = _Waiting(self, self._submit(host, key, {}, remote.got, code, project), None)
        answer = waiting.answer(lambda: False, _ANSWER_SECONDS)
        if answer is None or "got" not in answer:
            raise Lost(str((answer or {}).get("lost", "no answer")))
        return [str(one) for one in answer["got"]]

    def run(
        self, host: str, key: str, job: dict[str, Any], needs: dict[str, int], cancelled: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Have ``host`` carry out a job; its answer, or None when it was ``cancelled``. Raises Lost."""
        topic = f"batty-{key}"
        heard = _Heard()
        self.client.subscribe_topic(topic, heard)
        try:
            resources = {_GATE: 1, **needs}
            future = self._submit(host, key, resources, remote.run, shipping.code()[0], job, topic)
            return _Waiting(self, future, heard).answer(cancelled, float(job["timeout"]) + _ANSWER_SECONDS)
        finally:
            with contextlib.suppress(Exception):
                self.client.unsubscribe_topic(topic)

    def _submit(self, host: str, key: str, resources: dict[str, int], function: Any, *arguments: Any) -> Any:
        try:
            return self.client.submit(
                function, *arguments, key=key, workers=[host], allow_other_workers=False, retries=0, pure=True,
                resources=resources or None,
            )  # fmt: skip
        except Exception as error:  # a client that is closing says so in many ways
            raise Lost(f"the scheduler is gone: {error}") from error


class _Heard:
    """When something was last heard of a run."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def __call__(self, event: object) -> None:
        self.at = time.monotonic()


class _Waiting:
    """Somebody waits for a task."""

    def __init__(self, cluster: Cluster, future: Any, heard: _Heard | None) -> None:
        self.cluster, self.future, self.heard = cluster, future, heard
        self.ended = threading.Event()
        future.add_done_callback(lambda future: self.ended.set())

    def answer(self, cancelled: Callable[[], bool], seconds: float) -> dict[str, Any] | None:
        """What came back; None when it was cancelled. Raises Lost."""
        limit = time.monotonic() + seconds
        try:
            while not self.ended.wait(_ASK_SECONDS):
                if cancelled():
                    return None
                if why := self._silence(limit):
                    raise Lost(why)
            return self._result()
        finally:
            with contextlib.suppress(Exception):
                self.future.cancel()
                self.future.release()

    def _silence(self, limit: float) -> str:
        now = time.monotonic()
        if not self.cluster.lives:
            return "the scheduler is gone"
        if self.heard and now - self.heard.at > SILENCE_SECONDS:
            return f"nothing was heard of it for {SILENCE_SECONDS:.0f} s"
        return "no answer in time" if now > limit else ""

    def _result(self) -> dict[str, Any]:
        try:
            found = self.future.result(timeout=_ANSWER_SECONDS)
        except Exception as error:  # KilledWorker, a task cancelled by the scheduler's end, whatever it raised there
            raise Lost(_words(error)) from error
        if not isinstance(found, dict):
            raise Lost(f"an answer that is none: {found!r:.80}")
        return found


def _words(error: Exception) -> str:
    """Why a task has no result, for people."""
    kind, said = type(error).__name__, str(error).split("\n")[0]
    if kind == "KilledWorker":
        return "its worker died"
    return "the scheduler is gone" if "connection-lost" in said else f"{kind}: {said}"[:200]
