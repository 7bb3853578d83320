"""What the demo says while it plays: each event as it comes, in words."""

from __future__ import annotations

import os
import re
import shutil
import signal
import textwrap
import time
from pathlib import Path
from typing import Any

from batty_hooks.state import events, inbox, verdicts, watcher
from batty_hooks.state.project import Project
from batty_hooks.system import late, screen
from batty_hooks.system.git import objects
from batty_hooks.vocabulary import happened, ids, offer_ids

Event = dict[str, Any]

_INDENT = 25
TOGETHER = late.pattern(r"(It passed on .* it fails together with )(.*)")
LANDED = late.pattern(r"\b(t\d+) \(.*?landed at ")
_SAYS = {  # event → who, what, style
    happened.CLAIMED: ("{member}", 'takes "{title}"', ""),
    happened.OFFERED: ("{member}", "reports it done (attempt {attempt})", ""),
    happened.PUSHED: ("server", "takes {label}: main there is at {commit:.8}", "green"),
    happened.PUSH_LOST: (
        "server",
        "refuses {label}, which was tested without that. Nobody is charged, it is looked at again",
        "yellow",
    ),
    happened.LANDED: ("main", "LANDED as {commit:.8}: {title}", "bold green"),
}


def follow(project: Project, told: set[int]) -> None:
    """Tell each event as it comes; ``told`` gets its number."""
    begun = time.monotonic()
    try:
        for event in events.follow(project, 0, 0.05):
            if watcher.is_paused(project):
                return  # it is being stopped: what ends now is no news
            _tell(project, event, f"{time.monotonic() - begun:5.1f}s  ")
            told.add(event["seq"])
    except BrokenPipeError:
        os.kill(os.getpid(), signal.SIGTERM)  # nobody listens any more


def _tell(project: Project, event: Event, clock: str) -> None:
    who, words, style = _told(project, event)
    if not words:
        return
    if event["event"] == happened.PUSH_LOST:
        _say(clock, "stranger", "", f'pushes "{_strangers(project)}" to the server', "yellow")
    branch = re.search(r"/(t\d+)-", str(event.get("label")))
    card = str(event.get("card") or (branch[1] if branch else ""))
    _say(clock, who, card, words, style)


def _say(clock: str, who: str, card: str, words: str, style: str) -> None:
    room = max(30, shutil.get_terminal_size().columns - _INDENT)
    lines = textwrap.wrap(words, room) if screen.is_terminal() else [words]
    colour = {"gate": "magenta", "main": "green"}.get(who, "blue")
    screen.parts((clock, "dim"), (f"{who:<11} ", colour), (f"{card:<4} ", "cyan"), (lines[0], style))
    for line in lines[1:]:
        screen.line(" " * _INDENT + line, style)


def _strangers(project: Project) -> str:
    """What the stranger of `--remote` calls his commit."""
    clone = project.root.parent / "stranger"
    return objects.message(clone, "HEAD").partition("\n")[0]


def _told(project: Project, event: Event) -> tuple[str, str, str]:
    """Who does what in an event, and its style; no words for what needs none."""
    name, member = str(event["event"]), str(event.get("member", ""))
    if name in _SAYS:
        who, words, style = _SAYS[name]
        return who.format(**event), words.format(**event), style
    if name == happened.STARTED:
        return (
            member,
            "works in its own worktree" if ids.card_of_brief(event["message"]) else "reads why, and mends it",
            "",
        )
    if name.startswith(happened.GATE) and name != happened.GATE_FLAKY:
        return "gate", *_told_of_gate(event)
    if name == happened.IN_VAIN:
        return "gate", "ends a test that nobody needs any more", "dim"
    if name.startswith(happened.HANDED_BACK):
        why = TOGETHER.search(report(project, event))
        gist = f"{why[1]}{', '.join(LANDED.findall(why[2]))}" if why else "The last lines of the run go along"
        return "gate", f"sent back to {member}. {gist}", "yellow"
    if name in (happened.WORKTREE, happened.BRIEFED, happened.GATE_FLAKY) or (
        name == happened.ENDED and event.get("exit") == 0
    ):
        return member, "", ""
    return member or "batty-hooks", f"{name} {event.get('text', '')}", "red"


def _told_of_gate(event: Event) -> tuple[str, str]:
    other = f"{event['label']} together, merged with main" if event.get("cards") else "just committed"
    asked = {"main": "main as it is", event.get("card"): "merged with main"}
    what = f"{asked.get(event['label'], other)} ({event['seconds']:.1f} s)"
    if event["event"] == happened.GATE_PASSED:
        return f"passed: {what}", "green"
    why = re.search(r"^E .*(\nE .*)*", "\n".join(verdicts.lines_of(Path(event["log"]))), re.MULTILINE)
    words = " ".join(re.sub(r"^E", "", why[0], flags=re.MULTILINE).split()) if why else event.get("text", "")
    return f"FAILED: {what}. {words}", "red"


def report(project: Project, event: Event) -> str:
    """The message that went with a `handed back` event."""
    id = offer_ids.sent_back(event["card"], event["attempt"])
    return next((mail.body for mail in inbox.listed(project, event["member"]) if mail.id == id), "")
