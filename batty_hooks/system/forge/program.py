"""Running a person's `gh` or `glab`: nobody is asked for anything, it has so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from batty_hooks.system import process
from batty_hooks.system.forge.pull import MISSING
from batty_hooks.system.git.server_words import ACCEPTED, UNREACHABLE, Answer
from batty_hooks.system.records import dataclass

_LOUD = ("GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "GLAB_DEBUG", "GLAB_DEBUG_HTTP", "FORCE_HYPERLINKS", "COLOR_ENABLED")
_QUIET = {"NO_COLOR": "1", "CLICOLOR_FORCE": "0"}


@dataclass(frozen=True)
class Done:
    """How it ended: its exit ``code``, and what it has printed."""

    code: int = 0
    out: str = ""
    err: str = ""


def run(
    argv: Sequence[str], root: Path, env: Mapping[str, str], limit: float, text: str = "", drop: Sequence[str] = ()
) -> tuple[Answer, Done]:
    """ACCEPTED when it has run, whatever came of it; MISSING, or UNREACHABLE when it had no answer before ``limit`` (of
    the monotonic clock)."""
    whole = process.clean_environment({**_QUIET, **env}, drop=(*_LOUD, *drop))
    try:
        done = process.capture(argv, root, text.encode(), whole, max(0.1, limit - time.monotonic()), alone=True)
    except FileNotFoundError:
        return Answer(MISSING, f"{argv[0]} is not installed"), Done()
    except TimeoutError:
        return Answer(UNREACHABLE, f"{' '.join(argv[:3])} had no answer in time"), Done()
    out, err = (each.decode("utf-8", "replace") for each in (done.stdout, done.stderr))
    return Answer(ACCEPTED), Done(done.returncode, out, err)
