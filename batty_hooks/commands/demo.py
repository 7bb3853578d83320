"""batty-hooks demo: the whole loop on a scratch repository, with scripted engineers and no account.

templates/demo/ holds the play: the project, the board, the team and the script that plays the engineers. The engine is
the real one, and what is said at the end is read from the events and the repository.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.moves import gate
from batty_hooks.moves.base import Look, one
from batty_hooks.moves.runner import Runner
from batty_hooks.state import events, githooks, inbox, members, slots, verdicts
from batty_hooks.state import project as project_map
from batty_hooks.state.board import store
from batty_hooks.state.project import Project
from batty_hooks.system import atomic, lock, process, screen, shipped
from batty_hooks.system.git import objects

Event = dict[str, Any]

_CARDS = 6
_PAIR = {"Weigh parcels in grams", "Price several parcels at once"}
_INDENT = 25
_STOP_SECONDS = 10.0
# Nobody's own settings may change the play: his git config (signing, global hooks), his options for pytest.
_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PYTEST_ADDOPTS": "",
             "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # fmt: skip
_TOGETHER = re.compile(r"(It passed on .* it fails together with )(.*)")
_LANDED = re.compile(r"\b(t\d+) \(.*?landed at ")
_SAYS = {  # event → who, what, style
    "claimed": ("{member}", 'takes "{title}"', ""),
    "offered": ("{member}", "reports it done (attempt {attempt})", ""),
    "landed": ("main", "LANDED as {commit:.8}: {title}", "bold green"),
}


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="A new or empty folder to play in.")
def command(directory: Path | None) -> int:
    """See it work: six cards land in a scratch repository."""
    scratch = _scratch(directory)
    os.environ.update(_SETTINGS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # live in a pipe, too
    project = _stage(scratch)
    _introduce(project)
    try:
        _play(project)
    except KeyboardInterrupt:
        click.echo(f"\nStopped; what there is so far is in {scratch}", err=True)
        raise
    return _sum_up(project, scratch)


def _scratch(directory: Path | None) -> Path:
    """The folder everything happens in. Raises FatalError for one that holds something."""
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="batty-hooks-demo-")).resolve()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FatalError(f"{directory} is not an empty folder", "give --dir a new or empty one, or leave it out", USAGE)
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


def _stage(scratch: Path) -> Project:
    """The repository with its first commit, then what `init` does, with the play's own team and board."""
    play = shipped.templates() / "demo"
    for name in ("project", "engineers"):
        shutil.copytree(play / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__"))
    made = process.capture(["sh", str(play / "stage")], cwd=scratch / "project", env=process.clean_environment())
    if made.returncode:
        said = " ".join(made.stderr.decode("utf-8", "replace").split())
        raise FatalError(f"the scratch repository could not be made: {said}", "is git 2.38 or newer installed?")
    project = project_map.find(scratch / "project")
    project.prepare()
    githooks.write_launcher(project)
    team = (play / "team.yaml").read_text()
    for name, path in (("python", sys.executable), ("engineer", str(scratch / "engineers" / "engineer.py"))):
        team = team.replace(f"{{{name}}}", shlex.quote(path))
    atomic.write(project.team_file, team)
    store.create(project, (play / "kanban.md").read_bytes())
    githooks.exclude(project)
    githooks.install(project)
    return project


def _introduce(project: Project) -> None:
    screen.line("A scratch repository, three scripted engineers, and a board of six cards:", "bold")
    screen.line(f"{project.root}\n", "dim")
    for card in Look(project).board.cards:
        waits = f"waits until {', '.join(card.depends)} has landed" if card.depends else ""
        screen.parts((f"  {card.id:<4}", "cyan"), (f"{card.title}  ", ""), (waits, "yellow"))
    print()


def _play(project: Project) -> None:
    """Test the trunk as it is, then run the engine until nothing is left to do, telling what happens meanwhile.

    It takes the watcher's place, so that no hook starts a second engine.
    """
    told = set[int]()
    teller = threading.Thread(target=_follow, args=(project, told), daemon=True)
    with lock.held(project.lock("watch")), _nothing_left_running(project):
        atomic.write(project.watcher_file, f"{os.getpid()}\n")
        teller.start()
        look = Look(project)
        gate.judge(look, one(look, look.itself, look.trunk))
        Runner(project, None, lambda item, error: screen.line(f"{item}: {error.what}", "red")).until_idle()
        while teller.is_alive() and len(told) < len(list(events.read(project))):
            time.sleep(0.02)


@contextlib.contextmanager
def _nothing_left_running(project: Project) -> Iterator[None]:
    """However the with-block ends (Ctrl-C, TERM, a closed terminal), no test run and no engineer outlives it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        atomic.write(project.pause_file, "the demo has ended\n")  # who is between two steps begins no other
        limit = time.monotonic() + _STOP_SECONDS
        while (runs := _running(project)) and time.monotonic() < limit:
            for group, born in filter(None, runs):
                process.end_run(group, born)
            time.sleep(0.1)  # a runner that has just ended looks once more whether somebody watches
        atomic.remove(project.pause_file)
        atomic.remove(project.watcher_file)


def _running(project: Project) -> list[tuple[int, str] | None]:
    """Engineers' commands and tests at work, by pid and birth; None for a runner between two of them."""
    names = [member.name for member in Look(project).team.engineers]
    runs = [members.run(project, name) for name in names if members.is_running(project, name)]
    return [(run.group, run.birth) if run else None for run in (*runs, *slots.running(project))]


def _follow(project: Project, told: set[int]) -> None:
    """Tell each event as it comes; ``told`` gets its number."""
    begun = time.monotonic()
    try:
        for event in events.follow(project, 0, 0.05):
            if project.pause_file.exists():
                return  # it is being stopped: what ends now is no news
            _tell(project, event, f"{time.monotonic() - begun:5.1f}s  ")
            told.add(event["seq"])
    except BrokenPipeError:
        os.kill(os.getpid(), signal.SIGTERM)  # nobody listens any more


def _tell(project: Project, event: Event, clock: str) -> None:
    who, words, style = _told(project, event)
    if not words:
        return
    branch = re.search(r"/(t\d+)-", str(event.get("label")))
    card = str(event.get("card") or (branch[1] if branch else ""))
    room = max(30, shutil.get_terminal_size().columns - _INDENT)
    lines = textwrap.wrap(words, room) if screen.is_terminal() else [words]
    colour = {"gate": "magenta", "main": "green"}.get(who, "blue")
    screen.parts((clock, "dim"), (f"{who:<11} ", colour), (f"{card:<4} ", "cyan"), (lines[0], style))
    for line in lines[1:]:
        screen.line(" " * _INDENT + line, style)


def _told(project: Project, event: Event) -> tuple[str, str, str]:
    """Who does what in an event, and its style; no words for what needs none."""
    name, member = str(event["event"]), str(event.get("member", ""))
    if name in _SAYS:
        who, words, style = _SAYS[name]
        return who.format(**event), words.format(**event), style
    if name == "started":
        return member, "works in its own worktree" if ".brief." in event["message"] else "reads why, and mends it", ""
    if name.startswith("gate ") and name != "gate flaky":
        return "gate", *_told_of_gate(event)
    if name.startswith("handed back"):
        why = _TOGETHER.search(_report(project, event))
        gist = f"{why[1]}{', '.join(_LANDED.findall(why[2]))}" if why else "The last lines of the run go along"
        return "gate", f"sent back to {member}. {gist}", "yellow"
    if name in ("worktree", "briefed", "gate flaky") or (name == "ended" and event.get("exit") == 0):
        return member, "", ""
    return member or "batty-hooks", f"{name} {event.get('text', '')}", "red"


def _told_of_gate(event: Event) -> tuple[str, str]:
    other = f"{event['label']} together, merged with main" if event.get("cards") else "just committed"
    asked = {"main": "main as it is", event.get("card"): "merged with main"}
    what = f"{asked.get(event['label'], other)} ({event['seconds']:.1f} s)"
    if event["event"] == "gate passed":
        return f"passed: {what}", "green"
    why = re.search(r"^E .*(\nE .*)*", "\n".join(verdicts.lines_of(Path(event["log"]))), re.MULTILINE)
    words = " ".join(re.sub(r"^E", "", why[0], flags=re.MULTILINE).split()) if why else event.get("text", "")
    return f"FAILED: {what}. {words}", "red"


def _report(project: Project, event: Event) -> str:
    """The message that went with a `handed back` event."""
    id = f"{event['card']}.gate.{event['attempt']}"
    return next((mail.body for mail in inbox.listed(project, event["member"]) if mail.id == id), "")


def _sum_up(project: Project, scratch: Path) -> int:
    """Six lines of what happened and where to look; 1 when something the demo is for did not happen.

    Each look gives one fact in words, and nothing when it is not so; its docstring says what was to be seen.
    """
    happened = list(events.read(project))
    looks = (_landed, _mended, _together, _waited, _tested, _counted)
    facts = [look(project, happened) for look in looks]
    screen.heading("What happened")
    for look, words in zip(looks, facts, strict=True):
        screen.parts((" ✓ ", "green") if words else (" ✗ not seen: ", "bold red"), (words or str(look.__doc__), ""))
    logs = [f"less {Path(event['log']).relative_to(project.root)}" for event in _of(happened, "gate failed")]
    screen.heading("Where to look")
    for typed in (f"cd {shlex.quote(str(project.root))}", "cat kanban.md", *logs[:1], "git log --first-parent"):
        screen.line(f"   {typed}", "cyan")
    screen.line(f"When you have seen enough, delete {scratch}", "dim")
    return 0 if all(facts) else 1


def _landed(project: Project, happened: list[Event]) -> str:
    """All cards landed, and engineers worked at the same time."""
    at_once = most = 0
    for event in happened:
        at_once += {"started": 1, "ended": -1}.get(event["event"], 0)
        most = max(most, at_once)
    landed, cards = len(_of(happened, "landed")), Look(project).board.cards
    words = f"{landed} cards landed; up to {most} engineers worked at once, each in its own worktree"
    return words if landed == _CARDS and most > 1 and all(card.lane == "done" for card in cards) else ""


def _mended(project: Project, happened: list[Event]) -> str:
    """An engineer whose first attempt failed its tests got the last lines, and mended it."""
    for event in _of(happened, "handed back: failed"):
        report, tail = _report(project, event), verdicts.lines_of(Path(event["log"]))
        if "\n".join(tail) in report and _of(happened, "landed", event["card"]):
            return f"{event['card']} failed its tests; {event['member']} got the last {len(tail)} lines and mended it"
    return ""


def _together(project: Project, happened: list[Event]) -> str:
    """Two branches passed alone before either landed; then one landed, and the other was sent back because of it."""
    pair = [event["card"] for event in _of(happened, "claimed") if event["title"] in _PAIR]
    landed = [event for event in _of(happened, "landed") if event["card"] in pair]
    backs = [event for card in pair for event in _of(happened, "handed back: together", card)]
    why = _TOGETHER.search(_report(project, backs[0])) if len(backs) == 1 and len(landed) == 2 else None
    if not why or landed[0]["card"] not in _LANDED.findall(why[2]):
        return ""
    alone = {run["commit"] for run in _of(happened, "gate passed") if run["seq"] < landed[0]["seq"]}
    one, other = (event["card"] for event in landed)
    words = f"{one}, {other}: green alone, red together; {one} landed, {other} was sent back and mended"
    return words if alone.issuperset(_of(happened, "offered", card)[0]["commit"] for card in pair) else ""


def _waited(project: Project, happened: list[Event]) -> str:
    """A card was passed over until the one it depends on had landed."""
    for card in Look(project).board.cards:
        for landing in (event for id in card.depends for event in _of(happened, "landed", id)):
            before = [claim["card"] for claim in _of(happened, "claimed") if claim["seq"] < landing["seq"]]
            words = f"{card.id} was passed over until {landing['card']}, which it depends on, had landed"
            return words if card.id not in before and len(before) > 1 else ""
    return ""


def _tested(project: Project, happened: list[Event]) -> str:
    """Every tree of the trunk's first-parent line has a verdict, and passed."""
    look = Look(project)
    line = objects.first_parents(project.root, look.tip, 100)
    keys = [verdicts.key_of(project, tree, look.team.gate.command or "", look.team.gate.inputs) for _, tree, _ in line]
    passed = sum(verdict is not None and verdict.passed for verdict in (verdicts.get(project, key) for key in keys))
    return (
        f"all {passed} commits of {look.trunk}'s first-parent line were tested, and passed"
        if passed == len(line)
        else ""
    )


def _counted(project: Project, happened: list[Event]) -> str:
    runs, offers = [event for event in happened if event["event"].startswith("gate ")], _of(happened, "offered")
    late = [any(run["commit"] == offer["commit"] and run["seq"] > offer["seq"] for run in runs) for offer in offers]
    red = len(runs) - len(_of(runs, "gate passed"))
    return f"{len(runs)} test runs, {red} red; {late.count(False)} of {len(offers)} reports met a verdict already there"


def _of(happened: list[Event], name: str, card: str = "") -> list[Event]:
    return [event for event in happened if event["event"] == name and card in ("", event.get("card"))]
