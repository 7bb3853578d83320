"""What git has said that can never change (what a merge of two given commits gives), kept within a bound.

In two halves: when the younger is full, what is in the older goes, and the younger becomes the older; what is asked for
again moves up. So what one look at thousands of offers needs is there at the next one. (A memory that is emptied when
it is full forgets in the middle of each look what that look has just learned.)
"""

from __future__ import annotations

import threading

_SIZE = 10_000_000  # of a half, about in bytes
_OVERHEAD = 300  # of a fact, about


class Memory:
    """Facts by their keys; used by several threads at once."""

    def __init__(self, size: int = _SIZE) -> None:
        self.size = size
        self._guard = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._young: dict[tuple[str, ...], str] = {}
        self._old: dict[tuple[str, ...], str] = {}
        self._used = 0

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._clear()

    def get(self, key: tuple[str, ...]) -> str | None:
        """The fact of that key, if it is known."""
        with self._guard:
            known = self._young.get(key)
            if known is None and (known := self._old.pop(key, None)) is not None:
                self._put(key, known)
            return known

    def put(self, key: tuple[str, ...], fact: str) -> None:
        """Keep a fact."""
        with self._guard:
            self._put(key, fact)

    def _put(self, key: tuple[str, ...], fact: str) -> None:
        if self._used > self.size:
            self._old, self._young, self._used = self._young, {}, 0
        if key not in self._young:
            self._used += _OVERHEAD + len(fact) + sum(map(len, key))
        self._young[key] = fact
