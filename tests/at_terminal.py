"""A command at a terminal of its own: what a person sees who types it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

SECONDS = 180.0  # of a busy machine


def typed(
    place: Path, *arguments: str, code: int = 0, keys: bytes = b"", after: bytes = b"", **environment: str
) -> str:
    """What batty-hooks shows there until it ends with ``code``; once ``after`` is seen these keys are pressed."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "batty_hooks", *arguments]
    env = {**os.environ, "TERM": "xterm", **environment}
    process = subprocess.Popen(command, cwd=place, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    said = b""
    while data := read(master, said, process):
        said += data
        if keys and after in said:
            os.write(master, keys)
            keys = b""
    os.close(master)
    assert process.wait(SECONDS) == code, said
    return said.decode(errors="replace").replace("\r\n", "\n")


def read(master: int, said: bytes, process: subprocess.Popen[bytes]) -> bytes:
    """What comes next from a terminal, b"" at its end; a command that shows nothing for minutes is ended, and fails
    with what it has ``said``."""
    if not select.select([master], [], [], SECONDS)[0]:
        process.kill()
        raise AssertionError(f"{process.args} shows nothing for {SECONDS:g} s, after {said!r}")
    try:
        return os.read(master, 65536)
    except OSError:  # Linux's word for the end
        return b""
