"""What of the work that a pull request offered is on the trunk, in whatever form it was merged.

A squash and a rebase make other commits of it, so git's history tells nothing then: the commit by which the forge says
that it was merged is on the trunk, and what was merged held ours, or ours would not have changed anything there.
"""

from __future__ import annotations

from batty_hooks.rules.look import Look
from batty_hooks.state import pulls, trunk
from batty_hooks.state.pulls import Pull
from batty_hooks.system import forge


def holds(look: Look, head: str, commit: str) -> bool:
    """Whether ``head`` has all that ``commit`` brings, be it by other commits; what is not here has nothing."""
    return bool(head) and trunk.has_all(look.project, head, commit)


def would_change_nothing(look: Look, merge: str, commit: str) -> bool:
    """Whether the trunk had all that is in ``commit`` when it stood at ``merge``."""
    was = look.once(("trunk at", merge), lambda look: trunk.itself(look.project, merge))
    return look.candidate_on(merge, commit).tree == was.tree


def is_plain(look: Look, head: str, commit: str) -> bool:
    """Whether the ``head`` of a pull request is ``commit``, or what the forge has made of it on a newer trunk: GitLab
    rebases what it is to merge, GitHub merges the trunk into it."""
    return bool(head) and trunk.is_renewed(look.project, look.tip, head, commit)


def has_landed(look: Look, key: str, commit: str) -> bool:
    """Whether ``commit`` has landed by a pull request of that key, in whatever form."""
    pull = pulls.get(look.project, key)
    if pull is None or pull.state != forge.MERGED or not pull.merge:
        return False
    if not trunk.contains(look.project, look.tip, pull.merge):
        return False
    return holds(look, pull.head, commit) or would_change_nothing(look, pull.merge, commit)


def came_back_and_was_merged(look: Look, pull: Pull) -> bool:
    """Whether its last attempt has come back here, was merged on the server all the same, and was not entered yet (nor
    taken back since)."""
    back = look.attempts(pull.key) if pull.state == forge.MERGED else []
    if not back or back[-1].commit != pull.commit or pull.merge in trunk.landed_before(look.project, pull.key):
        return False
    return has_landed(look, pull.key, pull.commit)


def landed_as(look: Look, key: str) -> str:
    """The commit by which the forge has merged it; "" when it has not."""
    pull = pulls.get(look.project, key)
    return pull.merge if pull and pull.state == forge.MERGED else ""
