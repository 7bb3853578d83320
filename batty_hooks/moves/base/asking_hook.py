"""Asking the pre-push hook here ahead of a push, where it takes longer than one may: push and propose do that alike.

git itself runs it, in a push that sends nothing. Meanwhile that is what everything waits for, and no lock is held that
others wait for. Who is killed here asks it again.
"""

from __future__ import annotations

import time

from batty_hooks.rules import serving
from batty_hooks.rules.look import Look
from batty_hooks.state import server
from batty_hooks.system import lock
from batty_hooks.system.git import server as asked


def ask(look: Look, remote: str, branch: str, base: str | None, tip: str) -> asked.Answer | None:
    """What it says to a push of ``tip`` to the server's ``branch``, from ``base`` or (None) from where it stands; None
    while somebody else is asking it."""
    project = look.project
    with lock.tried(project.lock("hook")) as got:
        if not got:
            return None
        begun = time.time()
        server.note(project, hook_at=begun)
        answer = server.ask_hook(project, remote, branch, base, tip)
        if answer.outcome == asked.ACCEPTED:
            server.note(project, **serving.after_hook(time.time() - begun))
        return answer
