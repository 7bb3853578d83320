"""The team's tmux session: its windows and panes, made in a few calls, and arranged anew for another terminal."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from batty_hooks.errors import FatalError
from batty_hooks.state.panes import others
from batty_hooks.state.project import Project
from batty_hooks.system import columns, late, process
from batty_hooks.system.records import dataclass
from batty_hooks.system.tmux import Server

SESSION = "team"
WATCH, TOP = "watch", "top"
# The watcher's pane has the launcher as an option: a wake starts the watcher again.
_WATCHER_DIED = 'if-shell -F "#{@batty_wake}" "run-shell -b \'#{q:@batty_wake} wake\'"'
_WATCHES = late.pattern(r"batty-hooks\W* watch\W*$")
# What we have tmux do: these words mean what tmux means by them.
_OURS = frozenset(
    "attach-session break-pane capture-pane display-message has-session if-shell join-pane kill-pane kill-server "
    "kill-session list-clients list-panes list-sessions load-buffer move-window new-session new-window paste-buffer "
    "rename-session rename-window respawn-pane run-shell select-layout select-pane select-window send-keys "
    "set-environment set-hook set-option show-hooks show-options split-window".split()
)
# A hook of a tmux.conf, as `show-hooks` lists it, and one that ends what others have made.
_HOOK = late.pattern(r"[a-z]+(?:-[a-z]+)+(?:\[\d+\])?(?: |$)")
_ENDS = late.pattern(r" .*\bkill(?:-|p\b|w\b)")
Columns = Sequence[Sequence[str]]
_BORDER = " #{?@batty_label,#{@batty_label},#{window_name}} "
_NEW_WINDOW = ("new-window", "-d", "-t", f"={SESSION}:")
_FAR = 1000  # a window number that nobody has
WHOLE, _IS_TOP = "@batty_whole", "@batty_top"
_OF_A_TERMINAL = ("TMUX", "TMUX_PANE", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "PWD", "OLDPWD", "SHLVL", "_")
# tmux gives the lines of its hooks to this shell. Where the person's knows no sh, it is still what a new window of his
# has, unless he has named a command for that.
_KNOWS_SH = "#{m/r:/(ba|z|da|k|mk|a|)sh$,#{default-shell}}"
_TAKE_SH = (
    'if-shell -F "#{default-command}" "" "set-option -gF default-command \'exec #{q:default-shell} -l\'"; '
    "set-option -g default-shell /bin/sh"
)
# A session of our name that the person's tmux.conf has just made, for his own server: there is nothing in it yet.
_IS_TAKEN = f"#{{S:#{{?#{{==:#{{session_name}},{SESSION}}},1,}}}}"
# The hook of each pane is an option of it: the path of its member's agent-state.
_DIED = (
    'if-shell -F "#{@batty_hook}" "run-shell -b \'#{q:@batty_hook} pane-died '
    '\\"{\\\\\\"status\\\\\\":\\\\\\"#{pane_dead_status}\\\\\\"}\\"\'"'
)


def is_up(server: Server) -> bool:
    """Whether the whole session is there; one that a killed `start` left half made is not."""
    return server.ask("show-options", "-v", "-t", f"={SESSION}:", WHOLE) == ["1"]


def build(project: Project, server: Server, windows: Sequence[tuple[str, Columns]], scripts: Mapping[str, Path],
          hooks: Mapping[str, Path], size: tuple[int, int]) -> dict[str, str]:  # fmt: skip
    """Make the session with a pane for each member of ``windows``, in which its script runs; member → pane id."""
    found: dict[str, str] = {}
    for number, (name, seats) in enumerate(windows):
        members = [member for column in seats for member in column]
        new = _NEW_WINDOW if number else _new_session(size)
        first = (*new, "-P", "-F", "#{window_id} #{pane_id}", "-n", name, *in_place(scripts[members[0]]))
        line = server.run(first)[0] if number else _open(server, first)
        window, found[members[0]] = line.split()
        found.update(_fill(server, window, members[1:], scripts))
        server.run(("select-layout", "-t", window, columns.layout([len(column) for column in seats], *size)),
                   ("select-pane", "-t", found[members[0]]))  # fmt: skip
    server.run(*[("set-option", "-p", "-t", id, "@batty_hook", str(hooks[member])) for member, id in found.items()])
    return found


def _open(server: Server, new_session: tuple[str, ...]) -> str:
    """Make the session, in a server that takes our commands for what they are; the line that is printed of it.

    What is in the person's tmux.conf may be in our way: an alias (`command-alias`) with the name of a command of ours,
    and hooks that end each session, window or pane that is made. They do not count in the team's server. An alias
    counts for the whole word alone, so the first call, which tmux 3.8 reads after tmux.conf, lacks the last letters.
    """
    ask = (("show-option", "-sv", "command-alias"), ("show-hook", "-g"), ("show-hook", "-gw"))
    begin = (
        ("start-serve",),
        ("set-optio", "-s", "exit-empty", "off"),
        *ask,
        ("set-optio", "-s", "command-alias", ""),
    )
    lines = server.open(begin, process.clean_environment())
    hooks = [line.split()[0] for line in lines if _HOOK.match(line) and _ENDS.search(line)]
    aliases = [line for line in lines if "=" in line and not _HOOK.match(line)]
    own = [alias for alias in aliases if alias.partition("=")[0] not in _OURS]
    restored = [("set-option", "-s", f"command-alias[{number}]", alias) for number, alias in enumerate(own)]
    return server.run(
        *[("set-hook", "-gu", name) for name in hooks], *restored, *_settings(), new_session, others.MARK
    )[-1]


def add(server: Server, member: str, hook: Path, known: Collection[str]) -> str:
    """A window with an empty pane for one more member; the pane's id. It is put into its place by ``arrange``.

    One that a killed call has left does for it: a pane alone in a window of that name, and none of the ``known``.
    """
    format = "#{pane_id} #{window_panes} #{window_name}"
    lines = server.ask("list-panes", "-s", "-t", f"={SESSION}", "-F", format) or []
    fields = [line.split(" ", 2) for line in lines]
    left = [id for id, count, name in fields if name == member and count == "1" and id not in known]
    [id] = left[:1] or server.run((*_NEW_WINDOW, "-P", "-F", "#{pane_id}", "-n", member, *in_place("-c", "exit 0")))
    server.run(("set-option", "-p", "-t", id, "@batty_hook", str(hook)))
    return id


def add_watcher(project: Project, server: Server, size: tuple[int, int], first: bool) -> None:
    """The watcher in a window of its own, the last; ``first``: it is the only one."""
    rest = ("-P", "-F", "#{pane_id}", "-n", WATCH, "-c", str(project.root), *in_place(project.launcher, "watch"))
    if first:
        id = _open(server, (*_new_session(size), *rest))
    else:
        [id] = server.run((*_NEW_WINDOW, *rest))
    server.run(("set-option", "-p", "-t", id, "@batty_since", str(int(time.time()))),
               ("set-option", "-p", "-t", id, "@batty_wake", str(project.launcher)))  # fmt: skip


def bring_top(project: Project, server: Server) -> None:
    """The team at a glance in a window of its own, the first; the session shows it. It has no border, which would take
    a line of it, and is closed when it ends."""
    first = f"={SESSION}:^"
    if found := _top(server):
        server.run(("select-window", "-t", found[0]))
        return
    new = ("new-window", "-b", "-t", first, "-n", TOP, "-c", str(project.root), *in_place(project.launcher, TOP))
    options = (("-p", _IS_TOP, "1"), ("-w", "remain-on-exit", "off"), ("-w", "pane-border-status", "off"))
    server.run(new, *[("set-option", kind, "-t", first, name, value) for kind, name, value in options])


def _top(server: Server) -> list[str]:
    """The pane of the team at a glance, if it is there."""
    lines = server.ask("list-panes", "-s", "-t", f"={SESSION}", "-F", f"#{{pane_id}} #{{{_IS_TOP}}}") or []
    return [line.split()[0] for line in lines if line.endswith(" 1")]


def bring_watcher(project: Project, server: Server, size: tuple[int, int]) -> bool:
    """Start the watcher again if it has ended, or its window was closed; whether that was done."""
    if _watcher(server) is None:
        add_watcher(project, server, size, first=False)
        return True
    return revive_watcher(server)


def set_environment(server: Server, environment: Mapping[str, str]) -> None:
    """What is started from now on has that environment: tmux keeps the one it was begun in."""
    own = {name: value for name, value in environment.items() if name not in _OF_A_TERMINAL}
    server.run(*[("set-environment", "-g", "--", name, value) for name, value in own.items()])


def close_pane(server: Server, id: str) -> None:
    """Close a pane, if it is there."""
    server.ask("kill-pane", "-t", id)


def revive_watcher(server: Server, least_seconds: float = 0.0) -> bool:
    """Start the watcher again if it has ended, having lived for ``least_seconds``; whether that was done."""
    found = _watcher(server)
    if found is None or not found.dead or time.time() - found.since < least_seconds:
        return False
    server.run(("set-option", "-p", "-t", found.id, "@batty_since", str(int(time.time()))),
               ("respawn-pane", "-t", found.id))  # fmt: skip
    return True


def processes(server: Server) -> list[tuple[bool, int]]:
    """What lives in the panes, whether or not the session is whole: whether it is a watcher, and the pid."""
    return [(place.watches, place.pid) for place in _all(server) if not place.dead]


@dataclass(frozen=True)
class _Place:
    """A pane as tmux has it. ``watches``: by what was started in it, or where that is not known by the option that the
    watcher's pane has; its window may have got another name. ``since``: seconds since the epoch."""

    id: str
    pid: int
    dead: bool
    since: float
    watches: bool


def _all(server: Server) -> list[_Place]:
    own = "#{?@batty_since,#{@batty_since},0} #{?@batty_wake,1,0}"
    pid = "#{?pane_pid,#{pane_pid},0}"  # (tmux 3.8 has none where the process has ended)
    format = f"#{{pane_id}} {pid} #{{pane_dead}} {own} #{{pane_start_command}}"
    lines = server.ask("list-panes", "-s", "-t", f"={SESSION}", "-F", format) or []
    # A shell that a person has opened was started with no command, or with one of several lines.
    fields = [(*line.split(" ", 5), "")[:6] for line in lines if line.startswith("%")]
    return [
        _Place(id, int(pid), dead == "1", float(since), bool(_WATCHES.search(begun) if begun else marked == "1"))
        for id, pid, dead, since, marked, begun in fields
    ]


def _watcher(server: Server) -> _Place | None:
    """The watcher's pane: the one that was started last, if there are several."""
    return max((place for place in _all(server) if place.watches), key=lambda place: place.since, default=None)


def declare_whole(server: Server) -> None:
    """The last step of a start: from now on the session counts."""
    server.run(("set-option", "-s", "exit-empty", "on"), ("set-option", "-t", f"={SESSION}:", WHOLE, "1"))


def arrange(server: Server, windows: Sequence[tuple[str, Columns]], ids: Mapping[str, str],
            size: tuple[int, int]) -> None:  # fmt: skip
    """Bring the panes into those windows, for a terminal of another size. Panes that are gone are passed over; the
    pane that one was at stays the one that is shown."""
    there, shown = _places(server), server.ask("display-message", "-p", "-t", f"={SESSION}:", "#{pane_id}") or []
    order = []
    for name, seats in windows:
        panes = [[ids[member] for member in column if ids.get(member) in there] for column in seats]
        panes = [column for column in panes if column]
        flat = [id for column in panes for id in column]
        if not flat:
            continue
        if [id for id, window in there.items() if window == there[flat[0]]] != flat:
            _gather(server, name, flat, there)
            there = _places(server)
        window = there[flat[0]]
        shape = columns.layout([len(column) for column in panes], *size)
        server.run(("rename-window", "-t", window, name), ("select-layout", "-t", window, shape))
        order.append(window)
    if [window for window in dict.fromkeys(there.values()) if window in order] != order:
        _order(server, order)
    for id in shown:
        server.ask("select-window", "-t", id)
        server.ask("select-pane", "-t", id)


def _order(server: Server, windows: Sequence[str]) -> None:
    """The windows in that order, before them the team at a glance, any other (the watcher's) behind them."""
    there = _places(server)
    top = [there[id] for id in _top(server)]
    others = [id for id in dict.fromkeys(there.values()) if id not in (*windows, *top)]
    far = enumerate((*top, *windows, *others), _FAR)
    server.run(*[("move-window", "-d", "-s", id, "-t", f"={SESSION}:{number}") for number, id in far],
               ("move-window", "-r", "-t", f"={SESSION}:"))  # fmt: skip


def _gather(server: Server, name: str, panes: list[str], there: Mapping[str, str]) -> None:
    """All those panes in one window, in that order, and nobody else."""
    first = panes[0]
    if list(there.values()).count(there[first]) > 1:
        server.run(("break-pane", "-d", "-s", first, "-n", name))
    for before, pane in itertools.pairwise(panes):
        server.run(("select-layout", "-t", before, "tiled"), ("join-pane", "-d", "-v", "-s", pane, "-t", before))


def _places(server: Server) -> dict[str, str]:
    """pane id → window id, in the order of windows and panes."""
    lines = server.ask("list-panes", "-s", "-t", f"={SESSION}", "-F", "#{pane_id} #{window_id}")
    if lines is None:
        raise FatalError("the team is not running", "`batty-hooks start` brings it up")
    return dict(line.split() for line in lines)


def _fill(server: Server, window: str, members: Sequence[str], scripts: Mapping[str, Path]) -> dict[str, str]:
    """A pane for each further member of a window; evened out in between, or there is no room for the next."""
    if not members:
        return {}
    commands: list[tuple[str, ...]] = []
    for member in members:
        commands.append(("split-window", "-t", window, "-P", "-F", "#{pane_id}", *in_place(scripts[member])))
        commands.append(("select-layout", "-t", window, "tiled"))
    return dict(zip(members, server.run(*commands), strict=True))


def _new_session(size: tuple[int, int]) -> tuple[str, ...]:
    return ("new-session", "-d", "-s", SESSION, "-x", str(size[0]), "-y", str(size[1]))


def in_place(*words: str | Path) -> tuple[str, ...]:
    """What a pane becomes: sh, with a script of ours. tmux starts several words as they are; of one it would make a
    line for the shell of the person, who may have one that knows no sh (nushell, fish) or is none (nologin)."""
    return ("/bin/sh", *map(str, words))


def _settings() -> list[tuple[str, ...]]:
    """What the team needs of tmux; all else is as the user has set it."""
    return [
        ("set-option", "-g", "remain-on-exit", "on"),
        ("set-option", "-g", "pane-border-status", "top"),
        ("set-option", "-g", "pane-border-format", _BORDER),
        ("set-option", "-g", "allow-rename", "off"),
        ("set-option", "-g", "automatic-rename", "off"),
        ("set-option", "-g", "destroy-unattached", "off"),
        ("set-option", "-s", "exit-unattached", "off"),
        ("if-shell", "-F", _KNOWS_SH, "", _TAKE_SH),
        ("if-shell", "-F", _IS_TAKEN, f"kill-session -t ={SESSION}"),
        ("set-hook", "-g", "pane-died", _DIED),
        ("set-hook", "-ga", "pane-died", _WATCHER_DIED),
    ]
