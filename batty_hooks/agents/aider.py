"""Aider. Flags only; its files lie in our room. It commits each edit by itself, and its model has no shell."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from batty_hooks.agents.base import LINES_BELOW_AND_ABOVE, READY, WORKING, Check, Heard, Launch, Spent, Start, seconds

NAME = "aider"
PROGRAM = "aider"
INSTALL = "pipx install aider-chat"
INTERACTIVE = True
CLEAR = LINES_BELOW_AND_ABOVE
SHELL = False
# It asks in the pane and tells nobody: a message would be the answer. So it never asks.
MODES = ("unattended",)

# It calls its notification command a moment before its prompt is up. What is pasted then is taken line by line, each a
# prompt of its own, or a command if it begins with a slash. The prompt is up when the terminal hands over single keys.
# (It does so too while the load file is read: a second is waited for then.)
_READY = """\
#!/bin/sh
# ready PROCESS SECONDS: says that Aider, that process, takes input, as soon as it does.
terminal=/dev/$(ps -o tty= -p "$1" | tr -d ' ')
takes_keys() { stty -a <"$terminal" | grep -q -e -icanon; }
sleep "$2"
until takes_keys && sleep 0.3 && takes_keys; do
    kill -0 "$1" || exit
    sleep 0.1
done
touch "${0%/*}/idle"
exec "$3" ready
"""
_MAP = ".aider.tags.cache.v4"
# What it reads keys and models from by itself, and the keys of the providers it chooses among when no model is named.
_OWN_FILES = (".env", ".aider.conf.yml", ".aider/oauth-keys.env")
_SAYS_MORE = re.compile(r"key|env|conf|model|^-c$")
_PROMPT = "#### "
_CHAT = "# aider chat started at "
_N = r"(\d[\d,]{0,15}(?:\.\d{1,9})?[kM]?)"
_TOKENS = re.compile(rf"^> Tokens: {_N} sent(?:, {_N} cache write)?(?:, {_N} cache hit)?, {_N} received")
_COST = re.compile(r"Cost: \$(\d{1,9}(?:\.\d{1,9})?) message")
_KEYS = {
    "openrouter": ("OPENROUTER_API_KEY",), "anthropic": ("ANTHROPIC_API_KEY",), "deepseek": ("DEEPSEEK_API_KEY",),
    "openai": ("OPENAI_API_KEY",), "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "vertex": ("VERTEXAI_PROJECT",),
}  # fmt: skip
_QUIET = (
    "--no-check-update --no-show-release-notes --no-show-model-warnings --no-gitignore --no-detect-urls "
    "--no-suggest-shell-commands --no-analytics --yes-always --notifications"
)


def start(launch: Launch) -> Start:
    """Its session is its chat file; it has no other name."""
    room = launch.room / "aider"
    argv = [PROGRAM, *_QUIET.split(), "--load", str(room / "load.txt")]
    for flag, name in (("--chat-history-file", "chat.md"), ("--input-history-file", "input.history")):
        argv += [flag, str(room / name)]
    said = (
        f"sh {shlex.quote(str(room / 'ready'))} $PPID {{}} {shlex.quote(str(launch.hook))} </dev/null >/dev/null 2>&1 &"
    )
    argv += ["--notifications-command", said.format("0.1")]
    # (`/test` adds nothing to the chat when it passes.)
    files = {room / "load.txt": f"/test {said.format('1')}\n", room / "ready": _READY}
    # Its map of the repository stands in the worktree, and would count as work left uncommitted.
    files[launch.worktree / _MAP / ".gitignore"] = "*\n"
    if launch.prompt:
        argv += ["--read", str(room / "role.md")]
        files[room / "role.md"] = launch.prompt
    argv += ["--restore-chat-history"] if launch.session else []
    argv += ["--model", launch.model] if launch.model else []
    return Start((*argv, *launch.args), files=files, session="chat.md")


def login(launch: Launch) -> Check:
    """Its keys come from the environment or from files that it reads itself; where there is one, nothing is known."""
    places = (Path.home(), launch.repository, launch.worktree)
    files = [place / name for place in places for name in _OWN_FILES]
    known = (_KEYS.get(launch.model.partition("/")[0], ()),) if launch.model else _KEYS.values()
    keys = [key for each in known for key in each]
    told = any(_SAYS_MORE.search(word) for word in launch.args) or any(file.exists() for file in files)
    if not keys or told or any(map(launch.env.get, keys)):
        return Check()
    lacking = f"{keys[0]} is not set" if launch.model else "no model is named and no key is set"
    return Check(lacking, mend=f"set {keys[0] if launch.model else 'a key'} in the environment or in ~/.env")


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """It says when it waits for input, and nothing else."""
    return Heard(READY, "waits for input") if event == "ready" else Heard()


def usage(room: Path, session: str) -> list[Spent]:
    """The lines with which its chat file tells what each answer used and cost. That file has no times but those of its
    starts; when each prompt was typed stands in the input history."""
    files = (room / "aider" / "chat.md", room / "aider" / "input.history")
    return list(_told(room, *map(_version, files)))


def transcripts(room: Path, session: str) -> list[Path]:
    """Its chat, all sessions behind one another."""
    return [file] if (file := room / "aider" / "chat.md").exists() else []


def _version(file: Path) -> tuple[int, ...]:
    try:
        known = file.stat()
        return known.st_ino, known.st_size, known.st_mtime_ns
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _told(room: Path, chat: tuple[int, ...], history: tuple[int, ...]) -> tuple[Spent, ...]:
    """What these versions of the two files tell: they are read anew only when there is more in them."""
    found, at, before = [], 0.0, ""
    try:
        lines = (room / "aider" / "chat.md").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    typed = _typed_at(room)
    for line in lines:
        if line.startswith(_CHAT):
            at = seconds(line.removeprefix(_CHAT).strip())
        elif line.startswith(_PROMPT) and not before.startswith(_PROMPT):
            at = _next(typed[line.removeprefix(_PROMPT).strip()], at)
        elif told := _TOKENS.search(line):
            cost = _COST.search(line)
            cached = _number(told[3]) if told[3] else 0
            read = max(0, _number(told[1]) - cached)
            found.append(Spent(at, read, _number(told[4]), cached, cost=float(cost[1]) if cost else None))
        before = line
    return tuple(found)


def _typed_at(room: Path) -> dict[str, deque[float]]:
    """When each prompt was typed, oldest first, by its first line."""
    found = defaultdict[str, deque[float]](deque)
    with contextlib.suppress(OSError):
        for entry in (room / "aider" / "input.history").read_text("utf-8", "replace").split("\n# ")[1:]:
            stamp, _, prompt = entry.partition("\n")
            found[prompt.partition("\n")[0].removeprefix("+").strip()].append(seconds(stamp.strip()))
    return found


def _next(times: deque[float], at: float) -> float:
    """The first of those times that is not before ``at``, which goes with all before it; ``at`` where there is none."""
    while times:
        if (then := times.popleft()) >= at:
            return then
    return at


def _number(word: str) -> int:
    """`850`, `5.2k`, `1.1M`"""
    return round(float(word.rstrip("kM").replace(",", "")) * {"k": 1e3, "M": 1e6}.get(word[-1], 1))


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """Its input history has the prompts it took; one that came after the end of the last turn is being worked on."""
    try:
        entries = (room / "aider" / "input.history").read_text("utf-8", "replace").split("\n# ")
        stamp, *lines = entries[-1].removeprefix("# ").splitlines()
        at = datetime.fromisoformat(stamp.strip()).timestamp()
    except (OSError, ValueError):
        return None
    took = "\n".join(line.removeprefix("+") for line in lines if line.startswith("+"))
    try:
        idle = (room / "aider" / "idle").stat().st_mtime
    except OSError:
        idle = 0.0
    if at > idle:
        return Heard(WORKING, "took a prompt", took, at=at)
    return Heard(READY, "waits for input", took, at=idle)
