"""The process that keeps other machines at hand: hosts that are reached by ssh (own.py), or the workers of a cluster
that somebody else runs (guest.py).

It alone speaks with dask; whoever tests asks it (desk.py). It ends when nobody has asked for it for a while, and when
it is told to (SIGTERM). Nothing is lost with it: who waits for a run finds it gone, and no verdict was made.

Its certificate is made anew each time. It lives in memory, in a file of its person (0600) and at the far ends of the
lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable

from batty_hooks.system import atomic
from batty_hooks.system.machines import certificate
from batty_hooks.system.machines.desk import Desk
from batty_hooks.system.machines.guest import Guest
from batty_hooks.system.machines.known import Known, Wish
from batty_hooks.system.machines.own import Own

_LOOK_SECONDS = 1.0


def keep(wish: Wish, say: Callable[[int, list[Known]], None]) -> None:
    """Keep machines at hand until nobody needs them; ``say`` is told the port of the desk, and how they stand, whenever
    one stands otherwise than before."""
    asyncio.run(_Keeper(wish, say).live())


class _Keeper:
    def __init__(self, wish: Wish, say: Callable[[int, list[Known]], None]) -> None:
        self.wish, self._say = wish, say
        self.over = asyncio.Event()

    async def live(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.over.set)

        def tell() -> None:
            self._say(desk.port, pool.hosts())

        own, secret = certificate.made()
        atomic.write(self.wish.proof, own + secret, mode=0o600, lasting=False)
        pool = Guest(self.wish, tell) if self.wish.scheduler else Own(self.wish, own, secret, tell)
        desk = Desk(pool)
        async with pool.at_work(), await desk.open(self.wish.proof):
            pool.changed()
            await self._until_idle(desk)

    async def _until_idle(self, desk: Desk) -> None:
        while not self.over.is_set() and (desk.is_busy or self._idle(desk) < self.wish.idle):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.over.wait(), _LOOK_SECONDS)

    def _idle(self, desk: Desk) -> float:
        """For how many seconds nobody has asked for it."""
        wished = float("inf")
        with contextlib.suppress(OSError):
            wished = max(0.0, time.time() - self.wish.mark.stat().st_mtime)
        return min(time.monotonic() - desk.asked, wished)
