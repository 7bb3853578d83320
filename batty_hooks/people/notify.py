"""notify: tells a person who is elsewhere what needs him, by the command `notify:` of team.yaml. Not a move: it changes
nothing of a card, and what it goes by is what `status` shows.

What needs him for less than five seconds needed nobody (an agent asks, and its manager answers). Each thing is told
once for as long as it lasts. That it was told is written when the command has run; killed in between, it is told twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from batty_hooks.people import needs
from batty_hooks.people.needs import Need
from batty_hooks.rules.look import Look
from batty_hooks.state import events, notified
from batty_hooks.state.project import Project
from batty_hooks.system import lock, process
from batty_hooks.vocabulary import happened, ids

_LASTS_SECONDS = 5.0
_FULL_LOOK_SECONDS = 120.0  # some things need a person by time alone
_LIMIT_SECONDS = 30.0  # for the command
_MOST = 20  # lines in one message


def keep_telling(project: Project, over: threading.Event, snapshot: Callable[[Project], object]) -> None:
    """Look every five seconds while the watcher lives; cheaply where ``snapshot`` says that nothing has changed."""
    seen: object = None
    before: frozenset[str] = frozenset()
    looked = 0.0
    while not over.wait(_LASTS_SECONDS):
        if not _is_wanted(project):
            continue
        now = snapshot(project)
        if now == seen and not before and time.monotonic() - looked < _FULL_LOOK_SECONDS:
            continue
        seen, looked = now, time.monotonic()
        before = tell(project, before)


def _is_wanted(project: Project) -> bool:
    """Whether it may be: an idle watcher costs little, and most teams have no `notify:`."""
    try:
        return b"notify" in project.team_file.read_bytes()
    except OSError:
        return False


def tell(project: Project, before: frozenset[str] | None = None) -> frozenset[str]:
    """Tell what is new; the keys of what is new and may be over in a moment, which is told if it comes in as ``before``
    the next time. None: nobody will look again, so everything is told."""
    with lock.tried(project.lock("notify")) as got:
        try:
            look = Look(project)
            if not got:  # another process tells at this moment; what it does not is looked at again
                return before or frozenset()
            if not look.team.notify:
                return frozenset()
            needed = {_key(need): need for need in needs.of(look)}
            known = notified.told(project)
            new = needed.keys() - known
            due = [key for key in needed if key in new and (before is None or key in before)]
            if due:
                _run(look, [needed[key] for key in due])
            if due or known - needed.keys():
                notified.remember(project, (known & needed.keys()) | set(due))
            return frozenset(new.difference(due))
        except Exception:  # half-typed YAML, a full disk: `status` says so, and the next look tries again
            return before or frozenset()


def _key(need: Need) -> str:
    return ids.hash_of(f"{need.since} {need.command}" if need.since else f"{need.what} {need.command}")


def _run(look: Look, needed: Sequence[Need]) -> None:
    lines = [_line(f"{need.what} → {need.command}") for need in needed[:_MOST]]
    more = f" (and {len(needed) - 1} more)" if len(needed) > 1 else ""
    own = {"BATTY_WHAT": _line(needed[0].what) + more, "BATTY_NEEDS": "\n".join(lines)}
    own["BATTY_PROJECT"] = str(look.project.root)
    look.project.logs.mkdir(parents=True, exist_ok=True)
    log = look.project.logs / "notify.log"
    outcome = process.run_user(look.team.notify, look.project.root, log, process.clean_environment(own), _LIMIT_SECONDS)
    if outcome.exit or outcome.timed_out:
        how = f"took over {_LIMIT_SECONDS:g} s" if outcome.timed_out else f"exit {outcome.exit}"
        text = f"the command of `notify:` failed ({how}), see {log.relative_to(look.project.root)}"
        events.append(
            look.project, ids.of_command("notify", ids.hash_of(own["BATTY_NEEDS"])), happened.TROUBLE, text=text
        )


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
