"""The one door to the program by which a person speaks with the forge that keeps his server's pull requests: `gh`.

It is his own, with his own login; there is no client of the forge's interface here. What is asked for is asked for by
name, and nobody is asked for anything: no prompt, no pager, no look for a newer version.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.system.forge.gh import create, described, found, listed, log, place, remarks
    from batty_hooks.system.forge.gh_answers import (
        CLOSED,
        MERGED,
        MISSING,
        OPEN,
        PASSED,
        RED,
        RUNNING,
        WAITS,
        Check,
        Pull,
        Remark,
    )
    from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer
else:
    from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer

    __getattr__ = late.face(
        __name__,
        gh="create described found listed log place remarks",
        gh_answers="CLOSED MERGED MISSING OPEN PASSED RED RUNNING WAITS Check Pull Remark",
    )

__all__ = [
    "ACCEPTED", "CLOSED", "LOGIN", "MERGED", "MISSING", "NOT_THERE", "OPEN", "PASSED", "RED", "REFUSED", "RUNNING",
    "UNREACHABLE", "WAITS", "Answer", "Check", "Pull", "Remark", "create", "described", "found", "listed", "log",
    "place", "remarks",
]  # fmt: skip
