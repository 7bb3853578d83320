"""The one door to the program by which a person speaks with the forge that keeps his server's pull requests: GitHub's
`gh`, or GitLab's `glab`.

It is his own, with his own login; there is no client of the forge's interface here. What is asked for is asked for by
name, and nobody is asked for anything: no prompt, no pager, no look for a newer version.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.system.forge.asking import again, create, described, dropped, found, listed, log, remarks
    from batty_hooks.system.forge.places import GH, GLAB, Place, place, settings
    from batty_hooks.system.forge.pull import (
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
    from batty_hooks.system.forge.words import Words, asked_too_often, login_command, runs_again, words_at, words_of
    from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer
else:
    from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer

    __getattr__ = late.face(
        __name__,
        asking="again create described dropped found listed log remarks",
        places="GH GLAB Place place settings",
        pull="CLOSED MERGED MISSING OPEN PASSED RED RUNNING WAITS Check Pull Remark",
        words="Words asked_too_often login_command runs_again words_at words_of",
    )

__all__ = [
    "ACCEPTED", "CLOSED", "GH", "GLAB", "LOGIN", "MERGED", "MISSING", "NOT_THERE", "OPEN", "PASSED", "RED", "REFUSED",
    "RUNNING", "UNREACHABLE", "WAITS", "Answer", "Check", "Place", "Pull", "Remark", "Words", "again",
    "asked_too_often", "create", "described", "dropped", "found", "listed", "log", "login_command", "place", "remarks",
    "runs_again", "settings", "words_at", "words_of",
]  # fmt: skip
