"""run_agent: hands a message to its agent. For a `command` agent: starts its command, once per message.

The runner is a process of its own, so that an agent's hour of work survives the end of whoever started it. It keeps
how the command ended, reports, and only then moves the message to `cur/`: killed anywhere, it is run again and
does not repeat a command that has ended.

A command that is ended for `stop --all` has no outcome. The runner that waits for it goes first, so nobody takes its
end for a failure; its message is still unread, and the next step runs it anew.
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
from batty_hooks.moves.base.effects import escalate
from batty_hooks.moves.base.interface import Item
from batty_hooks.moves.base.launching import place_of
from batty_hooks.rules import dispatching, instructions, readiness, uprooted
from batty_hooks.rules.briefs import standing_brief
from batty_hooks.rules.heeding import RUN, UNREAD, act, awaits_word, nobody
from batty_hooks.rules.look import Look
from batty_hooks.state import events, inbox, members, setup, verdicts, worktrees
from batty_hooks.state.board.text import Card
from batty_hooks.state.inbox import Message
from batty_hooks.state.project import Project
from batty_hooks.state.team import Member
from batty_hooks.system import lock, process
from batty_hooks.system.git import refs
from batty_hooks.vocabulary import happened, ids, keys, kinds

NAME = "run_agent"
ORDER = 50
WATCHES = ("inboxes", "members")
SLOW = False
_START_SECONDS = 10.0


def ripe(look: Look) -> Iterator[Item]:
    """Messages for `command` agents that are not running; none while paused."""
    if look.paused:
        return
    for member in (*look.team.engineers, *look.team.reviewers):
        agent = agents.readable(member.role.agent, look.project.adapters)
        if agent is None or agent.INTERACTIVE or members.is_running(look.project, member.name):
            continue
        if setup.is_going(look.project, member.name) or awaits_word(look, member.name):
            continue  # his worktree is being made ready; or what he is told first is not written yet
        if uprooted.is_waiting(look, member.name):
            continue
        if message := next(inbox.each_waiting(look.project, member.name), None):
            yield Item(
                keys.join(member.name, message.id),
                f"{member.name}'s command is to be run for {message.card or 'a message'}",
                message.card,
                member.name,
            )
        elif card := _unheard(look, member.name):
            yield Item(
                keys.join(member.name, standing_brief(look.project, member.name, card.id) or ""),
                f"{member.name}'s command is to be run for {card.id}: somebody else has read its brief",
                card.id,
                member.name,
            )


def _unheard(look: Look, member: str) -> Card | None:
    """The card in hand whose brief somebody else has marked as read, in a mail reader say: no command was run for it,
    and nothing was made of it."""
    card = look.in_hand(member)
    brief = standing_brief(look.project, member, card.id) if card and card.id and not card.blocked else None
    if not card or not brief or members.ran(look.project, member, brief) or dispatching.begun(look, card):
        return None
    return card


def take(project: Project, item: Item) -> None:
    """Start the member's runner and wait until it holds its lock (or has finished already).

    What asks for no work (a landing, a notice) is put away at once: a command has nobody to tell.
    """
    (_, id), look = keys.split(item.key), Look(project)
    message = next(inbox.each_waiting(project, item.member, id.__eq__), None)
    if message is None and _unheard(look, item.member) and inbox.put_back(project, item.member, id):
        message = next(inbox.each_waiting(project, item.member, id.__eq__), None)
    if message is None or act(look, item.member, message) != RUN:
        _put_away(look, item.member, message)
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
        while message := next(inbox.each_waiting(project, name), None):
            look = Look(project)
            member = look.team.member(name)
            if member is None or look.paused or awaits_word(look, name) or uprooted.is_waiting(look, name):
                break
            card = look.in_hand(name)
            message = _brief_first(look, name, message)
            if look.team.is_reviewer(name) and act(look, name, message) == RUN:
                _review_once(look, member, message)
                inbox.confirm(project, name, message.id)
            elif card and act(look, name, message) == RUN:
                ended = members.ran(project, name, message.id)  # what has come since was not told
                along = [] if ended else [one.id for one in _along(look, name, message)]
                _run_once(look, member, card, message, bool(along))
                for id in (message.id, *along):
                    inbox.confirm(project, name, id)
            else:
                _put_away(look, name, message)
    # Written when the lock is free again: a watcher sees this file, and finds the member free.
    members.set_state(project, name, members.READY, "command ended")
    return True


def _along(look: Look, name: str, message: Message) -> list[Message]:
    """What else waits and is told in the prompt for a message."""
    waiting = inbox.waiting(look.project, name)
    changed = [one for one in waiting if (one.kind, one.card) == (kinds.CHANGED, message.card)]
    waiting = [one for one in waiting if instructions.is_told_along(one) or one in changed]
    return [one for one in waiting if one.id != message.id and act(look, name, one) == RUN]


def _brief_first(look: Look, name: str, message: Message) -> Message:
    """The brief of the card in hand, where it waits behind a message that is told along with it: the command is run
    once for both."""
    brief = standing_brief(look.project, name, card.id) if (card := look.in_hand(name)) and card.id else None
    if not brief or not instructions.is_told_along(message):
        return message
    return next(inbox.each_waiting(look.project, name, brief.__eq__), message)


def _put_away(look: Look, name: str, message: Message | None) -> None:
    """Count a message as read; who has written what nobody reads is told so first."""
    if message is None:
        return
    told = kinds.is_note(message.kind) and message.sender in look.names and act(look, name, message) == UNREAD
    if told:
        gist = f"nobody reads {message.id}: {name} {nobody(look, name)}"
        text, id = f"{gist}.\n\n{message.body}", ids.unread(message.id)
        inbox.send(look.project, Message(id, "batty-hooks", message.sender, gist, text, kinds.NOTICE, message.card))
    inbox.confirm(look.project, name, message.id)


def _run_once(look: Look, member: Member, card: Card, message: Message, anew: bool) -> None:
    """Run the command for a card unless it has ended before, keep how it ended, then report or escalate."""
    project = look.project
    outcome = members.ran(project, member.name, message.id) or _run(look, member, card, message, anew)
    events.append(project, ids.about_message(member.name, message.id, "ended"), happened.ENDED, card=card.id,
                  member=member.name, message=message.id, exit=outcome["exit"], log=outcome["log"])  # fmt: skip
    branch, commit = str(outcome["branch"]), str(outcome["commit"])
    if outcome["exit"] == 0 and commit:
        members.report(project, members.Report(member.name, card.id, branch, commit, "exit", outcome["at"]))
    elif (now := Look(project).card(card.id)) and not now.blocked:  # (it may have said so itself)
        last = verdicts.last_lines(Path(outcome["log"]), 1)
        escalate(look, now, f"its command ended with exit {outcome['exit']}: {last or 'no output'}")


def _review_once(look: Look, member: Member, message: Message) -> None:
    """Run a reviewer's command for an offer unless it has ended before. Its word is what it has typed; that it typed
    none shows by itself (see rules/reviewing)."""
    outcome = members.ran(look.project, member.name, message.id) or _run(look, member, None, message, False)
    events.append(look.project, ids.about_message(member.name, message.id, "ended"), happened.ENDED, card=message.card,
                  member=member.name, message=message.id, exit=outcome["exit"], log=outcome["log"])  # fmt: skip


def _run(look: Look, member: Member, card: Card | None, message: Message, anew: bool) -> dict[str, Any]:
    """Run a command for a message, about a card of its own or about somebody else's, which it reviews; how it ended."""
    project, home, about = look.project, place_of(look, member), card.id if card else message.card
    prompt = _prompt(look, card, message, anew) if card else message.path
    log = verdicts.log_path(project, f"{member.name}-{message.id}", "command")
    line = command_agent.line(member.role.command or "false", str(prompt), about, str(home))
    events.append(project, ids.about_message(member.name, message.id, "started", log.name), happened.STARTED,
                  card=about,
                  member=member.name, message=message.id, log=str(log))  # fmt: skip
    members.set_state(project, member.name, members.WORKING, message.id)
    outcome = process.run_user(
        line, home, log, _environment(look, member, about),
        started=lambda group: members.record_run(project, member.name, message.id, group), spare=True,
    )  # fmt: skip
    branch, commit = _left_at(project, home, member.name, card.id, outcome.homeless) if card else ("", "")
    kept = {
        "exit": outcome.exit, "seconds": outcome.seconds, "log": str(log), "at": time.time(), "branch": branch,
        "commit": commit,
    }  # fmt: skip
    members.record_ran(project, member.name, message.id, kept)
    return kept


def _prompt(look: Look, card: Card, message: Message, anew: bool) -> Path | None:
    """The file a command reads: the brief itself (``anew``, in today's words), or the message with the card it is
    about."""
    is_brief = message.kind == kinds.BRIEF
    if is_brief and not anew:
        return message.path
    branch = worktrees.branch_of(look.project, card.owner, card.id) or look.homes[card.owner].branch or "(detached)"
    if is_brief:
        text = instructions.brief(look, card, branch, message.id)
        return members.write_prompt(look.project, card.owner, message.id, text)
    return members.write_prompt(look.project, card.owner, message.id, instructions.prompt(look, card, branch, message))


def _left_at(project: Project, home: Path, member: str, card: str, homeless: bool) -> tuple[str, str]:
    """The branch ("": HEAD is detached) and the commit that a command left checked out. Where somebody has taken the
    worktree away (there may be a new one by now), the card's branch holds what was committed."""
    if not homeless and (home / ".git").exists():
        return refs.current_branch(home) or "", refs.resolve(home, "HEAD") or ""
    branch = worktrees.branch_of(project, member, card) or ""
    return branch, refs.branch_tip(project.root, branch) or ""


def _environment(look: Look, member: Member, card: str) -> dict[str, str]:
    path = f"{look.project.launcher.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    own = {"BATTY_MEMBER": member.name, "BATTY_CARD": card, "PATH": path}
    ports = readiness.environment(look, member.name)
    return process.clean_environment({**ports, **dict(member.role.env), **own}, drop=("BATTY_NO_WAKE",))
