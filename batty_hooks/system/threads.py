"""Several things at once, in threads of this process. (concurrent.futures does as much, and takes as long to import as
Python to start.)"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def each(work: Callable[[_Item], _Result], items: Sequence[_Item], most: int) -> list[_Result]:
    """What ``work`` gives for each of ``items``, in their order; ``most`` are under way at once. Raises what the first
    of them raises that fails, once all have ended."""
    left, found, failed = deque(enumerate(items)), dict[int, _Result](), dict[int, BaseException]()

    def run() -> None:
        while left:
            try:
                number, item = left.popleft()
            except IndexError:  # another one took it
                return
            try:
                found[number] = work(item)
            except BaseException as error:
                failed[number] = error

    threads = [threading.Thread(target=run, daemon=True) for _ in items[: max(most, 1)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [found[number] for number in range(len(items))]
