"""deliver: hands a message to its agent. For a `command` agent: starts its command, once per message.

The runner is a process of its own, so that an agent's hour of work survives the end of whoever started it. It keeps
how the command ended, reports, and only then moves the message to `cur/`: killed anywhere, it is run again and
does not repeat a command that has ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batty_hooks.agents import base as agents
from batty_hooks.agents import command as command_agent
from batty_hooks.errors import FatalError
from batty_hooks.moves.base import Item, Look, escalate, outfitting
from batty_hooks.state import events, inbox, members, outfit, verdicts, worktrees
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.system import lock, process
from batty_hooks.system.git import refs

NAME = "deliver"
ORDER = 50
WATCHES = ("inboxes", "members")
SLOW = False
_TO_RUN = ("brief", "failed", "together", "conflict", "rejected", "incomplete", "answer")
_START_SECONDS = 10.0


def ripe(look: Look) -> Iterator[Item]:
    """Messages for `command` agents that are not running; none while paused."""
    if look.paused:
        return
    for member in look.team.engineers:
        agent = agents.readable(member.role.agent, look.project.adapters)
        if agent is None or agent.INTERACTIVE or members.is_running(look.project, member.name):
            continue
        if outfit.is_going(look.project, member.name):
            continue  # his worktree is being made ready
        for message in inbox.waiting(look.project, member.name):
            yield Item(f"{member.name}:{message.id}", f"{message.id} for {member.name}", message.card, member.name)
            break


def take(project: Project, item: Item) -> None:
    """Start the member's runner and wait until it holds its lock (or has finished already).

    A message that asks for no work (a landing, a notice) counts as read at once: a command has nobody to tell.
    """
    kinds = {message.id: message.kind for message in inbox.waiting(project, item.member)}
    id = item.key.partition(":")[2]
    if kinds.get(id) not in _TO_RUN:
        inbox.confirm(project, item.member, id)
        return
    own = [str(project.launcher), "run-command", item.member]
    process.detach(own, project.root, process.clean_environment(drop=("BATTY_NO_WAKE",)))
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit:
        if members.is_running(project, item.member) or inbox.keys(project, item.member).get(id) != "":
            return
        time.sleep(0.005)
    raise FatalError(f"the runner of {item.member} did not start", "see .batty/logs/ and try `batty-hooks step`", 75)


def work(project: Project, name: str) -> bool:
    """The runner: run the command for each waiting message, oldest first. False when another runner is at it."""
    with lock.tried(members.run_lock(project, name)) as got:
        if not got:
            return False
        left = members.last_run(project, name)
        if left:
            process.end_run(left.group, left.birth)
        while message := next(iter(inbox.waiting(project, name)), None):
            look = Look(project)
            member = look.team.member(name)
            if member is None or look.paused:
                break
            if message.kind in _TO_RUN and _still_his(look, message, name):
                _run_once(look, member, message)
            inbox.confirm(project, name, message.id)
    # Written when the lock is free again: a watcher sees this file, and finds the member free.
    members.set_state(project, name, members.READY, "command ended")
    return True


def _still_his(look: Look, message: Message, name: str) -> bool:
    card = look.card(message.card)
    return bool(card and card.owner == name and card.lane == "in progress" and not card.blocked)


def _run_once(look: Look, member: Member, message: Message) -> None:
    """Run the command unless it has ended before, keep how it ended, then report or escalate."""
    project = look.project
    outcome = members.ran(project, member.name, message.id) or _run(look, member, message)
    events.append(project, f"{member.name}.{message.id}.ended", "ended", card=message.card,
                  member=member.name, message=message.id, exit=outcome["exit"], log=outcome["log"])  # fmt: skip
    card = look.card(message.card)
    branch, commit = str(outcome["branch"]), str(outcome["commit"])
    if outcome["exit"] == 0 and commit:
        members.report(project, members.Report(member.name, message.card, branch, commit, "exit", outcome["at"]))
    elif card:
        last = verdicts.last_lines(Path(outcome["log"]), 1)
        escalate(look, card, f"its command ended with exit {outcome['exit']}: {last or 'no output'}")


def _run(look: Look, member: Member, message: Message) -> dict[str, Any]:
    project, home = look.project, look.homes[member.name].path
    log = verdicts.log_path(project, f"{member.name}-{message.id}", "command")
    line = command_agent.line(member.role.command or "false", str(message.path), message.card, str(home))
    events.append(project, f"{member.name}.{message.id}.started.{log.name}", "started", card=message.card,
                  member=member.name, message=message.id, log=str(log))  # fmt: skip
    members.set_state(project, member.name, members.WORKING, message.id)
    outcome = process.run_user(
        line, home, log, _environment(look, member, message),
        started=lambda group: members.record_run(project, member.name, message.id, group), spare=True,
    )  # fmt: skip
    branch, commit = _left_at(project, home, member.name, message.card, outcome.homeless)
    kept = {
        "exit": outcome.exit, "seconds": outcome.seconds, "log": str(log), "at": time.time(), "branch": branch,
        "commit": commit,
    }  # fmt: skip
    members.record_ran(project, member.name, message.id, kept)
    return kept


def _left_at(project: Project, home: Path, member: str, card: str, homeless: bool) -> tuple[str, str]:
    """The branch ("": HEAD is detached) and the commit that a command left checked out. Where somebody has taken the
    worktree away (there may be a new one by now), the card's branch holds what was committed."""
    if not homeless and (home / ".git").exists():
        return refs.current_branch(home) or "", refs.resolve(home, "HEAD") or ""
    branch = worktrees.branch_of(project, member, card) or ""
    return branch, refs.branch_tip(project.root, branch) or ""


def _environment(look: Look, member: Member, message: Message) -> dict[str, str]:
    path = f"{look.project.launcher.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    own = {"BATTY_MEMBER": member.name, "BATTY_CARD": message.card, "PATH": path}
    ports = outfitting.environment(look, member.name)
    return process.clean_environment({**ports, **dict(member.role.env), **own}, drop=("BATTY_NO_WAKE",))
