"""How it stands with the server on which the trunk lives, in a line: for `status`, `remote` and `doctor`."""

from __future__ import annotations

import shlex

from batty_hooks.rules import following, serving
from batty_hooks.rules.look import Look
from batty_hooks.state import server, team
from batty_hooks.system import screen
from batty_hooks.system.git import refs
from batty_hooks.system.git import server as server_door
from batty_hooks.system.records import dataclass


@dataclass(frozen=True)
class ServerRow:
    """The server's ``name``; where its trunk stands (``tip``, "": nobody has seen it) and when it was ``looked`` at
    last (seconds since the epoch, 0: never); how many commits the trunk here is ``behind`` and ``ahead``, what keeps it
    from following (``held_by``); ``why`` nothing can land there at the moment ("": it can); and how often somebody else
    was faster in the last hour (``races``)."""

    name: str
    tip: str
    looked: float
    behind: int
    ahead: int
    held_by: tuple[str, ...]
    why: str
    races: int


def row(look: Look) -> ServerRow | None:
    """How it stands; None where the trunk lives here."""
    remote = look.team.remote
    if not remote:
        return None
    known, now = server.notes(look.project), following.of(look)
    tip = server.tip(look.project, remote.name, look.trunk) or ""
    ahead, behind = 0, 0
    if tip and tip != look.local_tip:
        ahead, behind = refs.ahead_behind(look.project.root, tip, [look.local_tip])[look.local_tip]
    hindered = serving.hindrance(look)
    why = hindered.words.removeprefix(remote.name).strip(" ()") if hindered else ""
    return ServerRow(
        remote.name, tip, known.looked, behind, ahead, now.held_by, why, serving.races(known, look.at)
    )  # fmt: skip


def not_there(look: Look, said: str) -> tuple[str, str] | None:
    """Where git knows no such remote, or that one has no such branch: what it is, and what mends it."""
    remote, root = look.team.remote, look.project.root
    name = remote.name if remote else ""
    typed, trunk, known = shlex.quote(name), shlex.quote(look.trunk), server_door.names(root)
    file = f"${{EDITOR:-vi}} {team.shown(look.project)}"
    if name not in known:
        others = f"; it knows {', '.join(known)}" if known else ""
        mend = f"{file}  (`remote: {{name: {known[0]}}}`)" if known else f"git remote add {typed} ADDRESS"
        return f"git knows no remote {name!r}{others}", mend
    if said == f"there is no {look.trunk}":
        mend = f"git push {typed} {trunk}  (puts it there; where it has another name by now: `trunk:` in team.yaml)"
        return f"{name} has no {look.trunk}", mend
    return None


def words(look: Look) -> str:
    """The line; "" where the trunk lives here."""
    found = row(look)
    if not found:
        return ""
    seen = f"seen {screen.ago(look.at - found.looked)} ago" if found.looked else "not looked at yet"
    where = f"{look.trunk} at {found.tip[:10]}, {seen}" if found.tip else f"{look.trunk} was never seen there"
    said = [f"{found.name}: {where}", found.why if found.looked else ""]
    if found.behind:
        held = f" ({', '.join(found.held_by)})" if found.held_by else ""
        said.append(f"{look.trunk} here is {found.behind} behind{held}")
    if found.ahead:
        said.append(f"{screen.counted(found.ahead, 'commit')} here are not there" if found.ahead > 1 else
                    "one commit here is not there")  # fmt: skip
    if found.races:
        said.append(f"others were faster {screen.counted(found.races, 'time')} in the last hour")
    return "; ".join(filter(None, said))
