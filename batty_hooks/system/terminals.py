"""What waits at a terminal: bytes that were typed and that nobody has read yet (FIONREAD, see tty_ioctl(2))."""

from __future__ import annotations

import os


def unread(path: str) -> int:
    """How many bytes the program at that terminal has not read yet; 0 where there is no such terminal. It is asked
    without becoming anybody's controlling terminal, and takes nothing away."""
    import fcntl
    import struct
    import termios

    try:
        terminal = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        if not os.isatty(terminal):
            return 0
        return int(struct.unpack("i", fcntl.ioctl(terminal, termios.FIONREAD, b"\0\0\0\0"))[0])
    except OSError:
        return 0
    finally:
        os.close(terminal)
