"""Whether the agents' CLIs are logged in, as far as that can be known before they are started."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from batty_hooks.agents.base import Login
from batty_hooks.moves.base import launching
from batty_hooks.moves.base.look import Look
from batty_hooks.state.team import Member
from batty_hooks.system import process

_PATIENCE_SECONDS = 10.0  # a CLI that has not answered by then (no network, say) may know; we do not


def lacking(look: Look) -> list[tuple[str, str]]:
    """What is known to be missing and how to mend it, a pair for each role. CLIs are asked, side by side."""
    first = {member.role.name: member for member in reversed(look.team.members) if launching.adapter(look, member)}
    asked = [member for member in first.values() if shutil.which(_program(look, member))]
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        found = list(pool.map(lambda member: _of(look, member), asked))
    return [(what, mend) for what, mend in reversed(found) if what]


def _program(look: Look, member: Member) -> str:
    agent = launching.adapter(look, member)
    return agent.PROGRAM if agent else ""


def _of(look: Look, member: Member) -> tuple[str, str]:
    agent = launching.adapter(look, member)
    question = getattr(agent, "login", None)
    if agent is None or question is None:
        return "", ""
    launch = launching.launch_of(look, member, agent)
    login: Login = question(launch)
    what = login.lacking or (_asked(login, look.project.root, launch.env) if login.ask else "")
    return (f"role {member.role.name!r}: {agent.NAME}: {what}" if what else ""), login.mend


def _asked(login: Login, root: Path, env: Mapping[str, str]) -> str:
    """What a CLI's own answer means; whatever it starts for it ends with it."""
    with tempfile.TemporaryDirectory(prefix="batty-login-") as directory:
        log = Path(directory) / "said"
        outcome = process.run_user(f"exec {shlex.join(login.ask)} 2>/dev/null", root, log, env, _PATIENCE_SECONDS)
        said = log.read_text("utf-8", "replace") if log.exists() else ""
    return "" if outcome.timed_out or outcome.spoilt else login.means(outcome.exit, said)
