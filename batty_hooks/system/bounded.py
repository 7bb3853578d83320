"""Keeping what a program prints: its first part and its last part, however much there is.

The file never takes more than both together: the second is written over and over, as a ring, and put in order at the
end. Output goes through a pipe for it, which is faster than letting the command write a gigabyte to a file, takes no
more disk than it may, and lets a full disk be told from a red test.
"""

from __future__ import annotations

import os

HEAD = 1 << 20
TAIL = 8 << 20
PIECE = 1 << 18
_LONGEST_LINE = 1 << 16  # a part is cut at the end of a line, if there is one within so many bytes


class Log:
    """The file open at ``fd`` (for reading and writing, not for appending), from its present end on.

    ``refused`` is what the disk said when it took nothing more: from then on everything is let go.
    """

    def __init__(self, fd: int, head: int = HEAD, tail: int = TAIL) -> None:
        self._fd, self._head, self._tail = fd, head, tail
        self._start = os.fstat(fd).st_size
        self.taken = 0
        self.refused: OSError | None = None

    def add(self, data: bytes) -> None:
        """Keep ``data`` as what was printed last."""
        rest = memoryview(data)
        while rest and not self.refused:
            place, room = self._next()
            try:
                written = os.pwrite(self._fd, rest[:room], self._start + place)
            except OSError as error:
                self.refused = error
                return
            self.taken += written
            rest = rest[written:]

    def _next(self) -> tuple[int, int]:
        """Where the next byte goes, and how many may go there in one piece."""
        whole = self._head + self._tail
        if self.taken < whole:
            return self.taken, whole - self.taken
        place = (self.taken - self._head) % self._tail
        return self._head + place, self._tail - place

    def finish(self) -> int:
        """Put the last part in order, and a line between the parts that says how much is not there; gives that number
        of bytes (0: everything is kept)."""
        if self.taken <= self._head + self._tail:
            return 0
        turn = (self.taken - self._head) % self._tail
        first = os.pread(self._fd, self._head, self._start)
        older = os.pread(self._fd, self._tail - turn, self._start + self._head + turn)
        newer = os.pread(self._fd, turn, self._start + self._head)
        first = first[: first.rfind(b"\n", len(first) - _LONGEST_LINE) + 1] or first
        older = older[older.find(b"\n", 0, _LONGEST_LINE) + 1 :]
        cut = self.taken - len(first) - len(older) - len(newer)
        line = b"" if first.endswith(b"\n") else b"\n"
        line += f"[batty-hooks: {cut / 1e6:,.1f} MB of output are left out here]\n".encode()
        place = self._start
        for part in (first, line, older, newer):
            _write_all(self._fd, part, place)
            place += len(part)
        os.ftruncate(self._fd, place)
        return cut


def _write_all(fd: int, data: bytes, place: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, place)
        place, rest = place + written, rest[written:]
