"""What a worker of a cluster that somebody else runs is asked to do: start our own program beside it, and hand on what
that says.

This file goes over as text, for nothing of ours is installed there: it needs Python and dask alone. What it starts is a
process of its own, sent along where the worker's machine has not yet got it (shipping.py), which lives by its standard
input: it ends with the worker, and when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

# Has a worker run this text: `eval` of that, with the text and what is asked as its names.
CALL = "(exec(source), carry_out(asked))[1]"
_TICK_SECONDS, _BEAT_SECONDS, _TIDY_SECONDS = 0.25, 3.0, 600.0
_LONGEST = 1 << 27
_ENDS = ("answer", "got", "unfit")  # of what it says, the last


def carry_out(asked: dict[str, Any]) -> dict[str, Any]:
    """Start our program by ``first`` with ``stream`` as its input; all that it says, and under ``last`` what was
    printed last beside that. ``lacks`` where the stream has not the ``whole`` of it and it is not there."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    code = os.path.join(cache, "batty-hooks", "machines", "code-" + asked["code"])
    if not asked["whole"] and not os.path.isdir(code):
        return {"lacks": True}
    child = _Child(asked, *_worker(asked["topic"]))
    threading.Thread(target=child.live, daemon=True).start()  # it may outlive the answer, and tidy up
    child.answered.wait()
    return child.said


def _worker(topic: str) -> tuple[Callable[[], object], Callable[[], bool]]:
    """How to be heard of, and how to know whether nobody waits for this any more."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_given_up() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state not in ("executing", "long-running") or str(worker.status) != "Status.running"

    return (lambda: worker.log_event(topic, {"at": time.time()})), is_given_up


class _Child:
    """Our program, at work."""

    def __init__(self, asked: dict[str, Any], beat: Callable[[], object], is_given_up: Callable[[], bool]) -> None:
        self.asked, self.beat, self.is_given_up = asked, beat, is_given_up
        self.said: dict[str, Any] = {"last": ""}
        self.answered = threading.Event()

    def live(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:
            self.said["last"] = f"{type(error).__name__}: {error}"[:200]
        finally:
            self.answered.set()

    async def _live(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", self.asked["first"], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True, limit=_LONGEST,
        )  # fmt: skip
        feeding = asyncio.ensure_future(self._feed())
        try:
            await self._listen()
            self.answered.set()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.process.wait(), _TIDY_SECONDS)
        finally:
            feeding.cancel()
            assert self.process.stdin
            self.process.stdin.close()
            await asyncio.gather(feeding, self.process.wait(), return_exceptions=True)

    async def _listen(self) -> None:
        assert self.process.stdout
        while not any(word in self.said for word in _ENDS) and (line := await self.process.stdout.readline()):
            text = line.decode("utf-8", "replace").strip("\n")
            if text.startswith(self.asked["mark"]):
                self.said.update(json.loads(text[len(self.asked["mark"]) :]))
            elif text.strip():
                self.said["last"] = text.strip()[:200]

    async def _feed(self) -> None:
        """Give it its input, and a byte now and then; end it where nobody waits for it."""
        assert self.process.stdin
        self.process.stdin.write(self.asked["stream"])
        heard = 0.0
        with contextlib.suppress(OSError):
            while self.answered.is_set() or not self.is_given_up():
                if time.monotonic() - heard > _BEAT_SECONDS:
                    heard = time.monotonic()
                    self.process.stdin.write(b".")
                    if not self.answered.is_set():
                        with contextlib.suppress(Exception):
                            self.beat()
                await self.process.stdin.drain()
                await asyncio.sleep(_TICK_SECONDS)
        self.process.stdin.close()
