"""One task of dask, waited for by the keeper: what came of it, or why nothing did.

A task is tried once and on one host: where it goes next is decided by who asked. It counts as lost when dask says that
its worker died, when the scheduler is gone, and when nothing was heard of it for half a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from batty_hooks.system.machines.lost import Lost

SILENCE_SECONDS = 30.0
_ASK_SECONDS = 0.5
_CANCEL_SECONDS = 5.0
_GONE = "the scheduler is gone"


class Heard:
    """When something was last heard of a run, and whether anything was."""

    def __init__(self) -> None:
        self.at, self.any = time.monotonic(), False

    def __call__(self, event: object) -> None:
        self.at, self.any = time.monotonic(), True


@contextlib.contextmanager
def hearing(client: Any, topic: str) -> Iterator[Heard]:
    """Hear of a run what its worker says under a topic."""
    heard = Heard()
    with contextlib.suppress(Exception):
        client.subscribe_topic(topic, heard)
    try:
        yield heard
    finally:
        with contextlib.suppress(Exception):
            client.unsubscribe_topic(topic)


def submit(client: Any, worker: str, key: str, resources: Mapping[str, int], function: Any, *arguments: Any) -> Any:
    """Have one worker carry out a function; the future of it. Raises Lost."""
    try:
        return client.submit(
            function, *arguments, key=key, workers=[worker], allow_other_workers=False, retries=0, pure=True,
            resources=dict(resources) or None,
        )  # fmt: skip
    except Exception as error:  # a client that is closing says so in many ways
        raise Lost(f"{_GONE}: {error}", False) from error


async def answer(
    client: Any, future: Any, seconds: float, heard: Heard | None = None, gone: Callable[[], str] = lambda: ""
) -> dict[str, Any]:
    """What came of a task within ``seconds``; ``gone`` says why its worker is none any more. Raises Lost."""
    limit = time.monotonic() + seconds
    result = asyncio.ensure_future(future.result())
    try:
        while not result.done():
            await asyncio.wait({result}, timeout=_ASK_SECONDS)
            if not result.done():
                _require_life(client, limit, heard, gone)
        found = _result(result)
    finally:
        result.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.cancel([future]), _CANCEL_SECONDS)
        future.release()
    return found


def _require_life(client: Any, limit: float, heard: Heard | None, gone: Callable[[], str]) -> None:
    now = time.monotonic()
    if str(client.status) != "running":
        raise Lost(_GONE, False)
    if why := gone():
        raise Lost(why)
    if heard and now - heard.at > SILENCE_SECONDS:
        what = "nothing was heard of it for" if heard.any else "its worker did not begin it within"
        raise Lost(f"{what} {SILENCE_SECONDS:.0f} s")
    if now > limit:
        raise Lost("no answer in time")


def _result(result: asyncio.Future[Any]) -> dict[str, Any]:
    try:
        found = result.result()
    except BaseException as error:  # KilledWorker, a task cancelled by the scheduler's end, whatever it raised there
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        why = words(error)
        raise Lost(why, why != _GONE) from error
    if not isinstance(found, dict):
        raise Lost(f"an answer that is none: {found!r:.80}")
    return found


def words(error: BaseException) -> str:
    """Why a task has no result, for people."""
    kind, said = type(error).__name__, str(error).split("\n")[0]
    if kind == "KilledWorker":
        return "its worker died"
    return _GONE if "connection-lost" in said else f"{kind}: {said}"[:200]
