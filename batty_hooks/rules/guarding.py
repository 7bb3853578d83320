"""The guard of the trunk: what the hook goes by, and whether the trunk was moved past it.

The hook refuses what git asks it about. What never reaches it (hooks off by configuration, a branch copied over the
trunk, a ref file written by hand) is found at the next look, by comparison: the trunk must stand on a commit it was let
move to (`.git/batty/let-pass`, written by the hook for a person and by a landing), or on a tree that passed. A landing
that was killed before its line was written is covered by its verdict, and a person is never told of his own commits.

A refusal goes by the kind of command. After a refused merge git has moved index and files, after a refused commit the
index holds the work: advice that mends the one loses the other. The hook reads its caller's command line for it, which
is also how a `branch -M other main` is refused before git has deleted `other`.
"""

from __future__ import annotations

import shlex

from batty_hooks.errors import FatalError
from batty_hooks.rules.look import Look
from batty_hooks.state import trunk, verdicts
from batty_hooks.state.githooks import guard
from batty_hooks.state.githooks.guard import Guard
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.git import objects
from batty_hooks.system.records import dataclass
from batty_hooks.vocabulary import ids

_SETTINGS = ".batty/team_config/team.yaml"


@dataclass(frozen=True)
class Bypass:
    """The trunk stands on ``commit``, and neither a landing nor the hook has let it: what there is to say of it, and
    the command that mends it."""

    commit: str
    what: str
    command: str

    @property
    def id(self) -> str:
        """The id of its event."""
        return ids.past_guard(self.commit)


def wanted(look: Look) -> Guard | None:
    """What the hook should go by; None without our hooks, or as long as nobody can tell which branch is the trunk."""
    if not guard.is_installed(look.project):
        return None
    try:
        ref = f"refs/heads/{look.trunk}"
    except FatalError:
        return None
    # The name of a verdict on no tree: it changes with the test command and with what else a verdict depends on.
    suite = look.key(Candidate("", "", "", ())) if look.team.guard == guard.EVERYONE else "-"
    return Guard(look.team.guard, ref, suite, look.team.remote.name if look.team.remote else "")


def out_of_date(look: Look) -> bool:
    """Whether the hook goes by something else than it should."""
    right = wanted(look)
    return right is not None and guard.read(look.project) != right


def strayed(look: Look) -> bool:
    """Whether the trunk stands where the hook has not seen it go and no landing has put it."""
    stands = tip(look) if _on(look) else None
    if stands is None or guard.was_let_pass(look.project, stands):
        return False
    return not (look.team.remote and look.contains(stands))  # what is on the server, the server has let pass


def _on(look: Look) -> bool:
    """Whether this trunk has been under guard until now: before that nobody knows who moved it."""
    right, known = wanted(look), guard.read(look.project)
    return bool(right and known and right.on and known.on and right.trunk == known.trunk)


def is_landing(look: Look) -> bool:
    """Whether the commit the trunk stands on says of itself that it is a landing."""
    return objects.message(look.project.root, look.local_tip).startswith("Land ")


def bypass(look: Look) -> Bypass | None:
    """How the trunk was moved past the guard; None when it was not, or when its tree has passed its test since."""
    if not _on(look):
        return None
    here, last = look.local_tip, guard.last_let_pass(look.project, look.trunk)
    if target := trunk.stands_for(look.project, look.trunk):
        what = f"{look.trunk} is no branch of its own any more: it only stands for {target}"
        trunk_ref = shlex.quote(f"refs/heads/{look.trunk}")
        return Bypass(here, what, f"git update-ref --no-deref {trunk_ref} {last or here}")
    if not strayed(look):
        return None
    verdict = look.verdict(look.itself if here == look.tip else trunk.itself(look.project, here))
    what = f"{look.trunk} was moved to {here[:10]} past the gate"
    test = f"batty-hooks gate {shlex.quote(look.trunk)}"
    if not look.team.gate.command:
        return Bypass(here, what, f"{test}  (once gate.command is set in {_SETTINGS})")
    if verdict is None:
        return Bypass(here, f"{what}: nobody has tested it", test)
    if verdict.result == verdicts.BROKEN:
        return Bypass(here, f"{what}: its test could not be started", f"{test}  (once that is mended)")
    if verdict.passed:
        return None
    what += f", and it fails its test: {verdicts.why(verdict)}"
    return Bypass(here, what, _back(look, last) if last else "batty-hooks merge BRANCH  (the branch that mends it)")


def _back(look: Look, last: str) -> str:
    """The command by which a person takes the trunk back, in his own checkout of it or past everybody else's."""
    project, place = look.project, look.trunk_place
    if place == project.root:
        return f"git reset --keep {last[:12]}"
    if place and project.is_bare and place.parent != project.worktrees:
        return f"git -C {shlex.quote(str(place))} reset --keep {last[:12]}"
    return f"git update-ref {shlex.quote(f'refs/heads/{look.trunk}')} {last}"


def tip(look: Look) -> str | None:
    """The commit the trunk stands on here; None as long as nobody can tell."""
    try:
        return look.local_tip
    except FatalError:
        return None
