"""A command at a terminal of its own: what a person sees who types it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path


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
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux's word for the end
            break
        if not data:
            break
        said += data
        if keys and after in said:
            os.write(master, keys)
            keys = b""
    os.close(master)
    assert process.wait() == code, said
    return said.decode(errors="replace").replace("\r\n", "\n")
