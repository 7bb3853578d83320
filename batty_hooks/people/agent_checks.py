"""Whether the agents' CLIs can be used (logged in, a sandbox that works), as far as that is known before a start.

Whether somebody is logged in is the CLI's to say (its own status command, side by side, twenty seconds at most); only
where it has none do we look at settings and keys. A doubt counts as yes: a team that cannot log in shows it in its
panes, one that may not start shows nothing.
"""

from __future__ import annotations

import glob
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from batty_hooks.agents.base import Agent, Check
from batty_hooks.moves.base import launching
from batty_hooks.rules.look import Look
from batty_hooks.state.team import Member
from batty_hooks.system import process, threads

_QUESTIONS = ("login", "sandbox")  # what an adapter may have
# Where installers put a CLI and leave the PATH to the person, or to an alias in the file of one shell.
_INSTALLERS = (
    "~/.local/bin", "~/.npm-global/bin", "~/.bun/bin", "~/.volta/bin",
    "~/.local/share/pnpm", "~/.nvm/versions/node/*/bin", "/opt/homebrew/bin", "/usr/local/bin",
)  # fmt: skip
_PATIENCE_SECONDS = 20.0  # a CLI that has not answered by then (no network, say) may know; we do not


def lacking(look: Look) -> list[tuple[str, str]]:
    """What is known to be missing and how to mend it, by role. The CLIs are asked side by side."""
    first = {member.role.name: member for member in reversed(look.team.members) if launching.adapter(look, member)}
    asked = [member for member in first.values() if shutil.which(_program(look, member))]
    found = threads.each(lambda member: list(_of(look, member)), asked, len(asked))
    return [pair for pairs in reversed(found) for pair in pairs]


def off_the_path(agent: Agent) -> str:
    """The directory in which the program of an agent lies that is not on the PATH, where its own installer or one for
    many puts it; "" when it is in none of those."""
    places = (
        place
        for pattern in (*getattr(agent, "PLACES", ()), *_INSTALLERS)
        for place in sorted(glob.glob(os.path.expanduser(pattern)))
    )
    return next((place for place in places if shutil.which(agent.PROGRAM, path=place)), "")


def _program(look: Look, member: Member) -> str:
    agent = launching.adapter(look, member)
    return agent.PROGRAM if agent else ""


def _of(look: Look, member: Member) -> Iterator[tuple[str, str]]:
    agent = launching.adapter(look, member)
    questions = [question for name in _QUESTIONS if (question := getattr(agent, name, None))]
    if agent is None or not questions:
        return
    launch = launching.launch_of(look, member, agent)
    for question in questions:
        check: Check = question(launch)
        what = check.lacking or (_asked(check, look.project.root, launch.env) if check.ask else "")
        if what:
            yield f"role {member.role.name!r}: {agent.NAME}: {what}", check.mend


def _asked(check: Check, root: Path, env: Mapping[str, str]) -> str:
    """What a CLI's own answer means; whatever it starts for it ends with it."""
    with tempfile.TemporaryDirectory(prefix="batty-check-") as directory:
        log = Path(directory) / "said"
        outcome = process.run_user(f"exec {shlex.join(check.ask)} 2>/dev/null", root, log, env, _PATIENCE_SECONDS)
        said = log.read_text("utf-8", "replace") if log.exists() else ""
    return "" if outcome.timed_out or outcome.spoilt else check.means(outcome.exit, said)
