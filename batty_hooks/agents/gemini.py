"""Gemini CLI, in a home of its own that has the user's logins and settings and, beside them, our hooks and the role."""

from __future__ import annotations

import json
import re
import shlex
import uuid
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import Any

from batty_hooks.agents.base import (
    ASKING,
    ESCAPE,
    GONE,
    LIMIT,
    LINES_BELOW_AND_ABOVE,
    READY,
    WORKING,
    Check,
    Heard,
    Launch,
    Spent,
    Start,
    count,
    seconds,
)
from batty_hooks.agents.base.transcripts import gathered
from batty_hooks.errors import FatalError

NAME = "gemini"
PROGRAM = "gemini"
INSTALL = "npm install -g @google/gemini-cli"
INTERACTIVE = True
CLEAR = (*LINES_BELOW_AND_ABOVE, ESCAPE)  # the last leaves the mode for shell commands
SHELL = True
MARKS = ("GEMINI_CLI",)
MODES = ("unattended", "ask", "full", "read-only")

# Gemini reads settings from its home only (its system-wide settings must belong to root), so the member has a home of
# its own: our copy of the settings, its own sessions, and links to all else, logins above all.
_START = """\
#!/bin/sh
# Gemini CLI with the user's own logins, extensions and commands, and the settings beside this file.
for entry in "$GEMINI_USERS_DIRECTORY"/* "$GEMINI_USERS_DIRECTORY"/.[!.]*; do
    case ${entry##*/} in
        settings.json* | tmp | history | projects.json* | state.json*) continue ;;
    esac
    ours=$GEMINI_CLI_HOME/.gemini/${entry##*/}
    [ -e "$ours" ] || [ ! -e "$entry" ] || ln -sfn "$entry" "$ours"
done
# Gemini hides the global git configuration from its commands; who commits has to be said another way.
name=$(git config user.name) && email=$(git config user.email) &&
    export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0="$name" \\
        GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1="$email"
# Where a variable says that this is CI, Gemini takes its terminal for none and ends at once; in a pane it is one.
unset CI GITHUB_ACTIONS
exec gemini "$@"
"""
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_QUOTA = re.compile(r"quota|exhausted|rate.?limit|\b429\b", re.IGNORECASE)
# Google's words for a key or a token that does not count (any more), and Gemini CLI's for a login that has expired.
_LOGIN = re.compile(
    r"\b401\b|UNAUTHENTICATED|API_?KEY_?INVALID|API key (not valid|expired)|invalid_grant|re-?authenticat|Unauthorized",
    re.IGNORECASE,
)
_LAG_SECONDS = 5.0
_APPROVAL = {"unattended": "auto_edit", "ask": "default", "full": "yolo", "read-only": "plan"}
_EVENTS = ("SessionStart", "BeforeAgent", "Notification", "AfterTool", "AfterAgent", "SessionEnd")
# Shell commands without a question, whatever they redirect; and no dialog that only a person can answer.
_POLICY = """\
[[rule]]
toolName = "run_shell_command"
decision = "allow"
priority = 900
allowRedirection = true

[[rule]]
toolName = ["ask_user", "enter_plan_mode"]
decision = "deny"
priority = 900
"""


def start(launch: Launch) -> Start:
    """A new session gets an id from us."""
    mode = launch.mode or MODES[0]
    session = launch.session or str(uuid.uuid4())
    room = launch.room / "gemini"
    argv = ["sh", str(room / "start"), "--skip-trust", "--approval-mode", _APPROVAL[mode]]
    argv += ["--resume", session] if launch.session else ["--session-id", session]
    argv += ["-m", launch.model] if launch.model else []
    home = room / "home" / ".gemini"
    settings = _settings(launch)
    files = {room / "start": _START, home / "settings.json": json.dumps(settings, indent=1)}
    name = _context_file(settings)
    files[home / name] = "\n\n".join(filter(None, (_text(_users(launch) / name), launch.prompt)))
    if mode == "unattended":
        argv += ["--policy", str(room / "policy.toml")]
        files[room / "policy.toml"] = _POLICY
    # Without the process it would start beside itself: that one outlives its pane.
    env = {
        "GEMINI_CLI_HOME": str(room / "home"),
        "GEMINI_CLI_NO_RELAUNCH": "true",
        "GEMINI_USERS_DIRECTORY": str(_users(launch)),
    }
    return Start((*argv, *launch.args), env, files, session)


def login(launch: Launch) -> Check:
    """How to log in is a setting; until somebody has chosen it, a dialog asks, whatever keys there are."""
    places = [_users(launch), launch.repository / ".gemini", launch.worktree / ".gemini"]
    chosen = [_login_type(_read(place / "settings.json")) for place in places]
    from_outside = [name for name in launch.env if name.startswith(("GOOGLE_GENAI_USE_", "GEMINI_CLI_SYSTEM_"))]
    lacking = "" if any(chosen) or from_outside else "nobody has chosen how to log in"
    return Check(lacking, mend="start `gemini` once and choose it there")


def _login_type(settings: Mapping[str, Any]) -> str:
    auth = (settings.get("security") or {}).get("auth") or {}
    return str(auth.get("selectedType") or auth.get("enforcedType") or settings.get("selectedAuthType") or "")


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """Its hooks; a dialog that a person rejects has none, see `glance`."""
    session = str(data.get("session_id", ""))
    if event == "BeforeAgent":
        return Heard(WORKING, "took a prompt", str(data.get("prompt", "")), session)
    if event == "Notification":
        return Heard(ASKING, _question(data), session=session)
    if event == "AfterAgent" and data.get("prompt_response") == "[no response text]":
        broken = _broken_off(Path(str(data.get("transcript_path", ""))))
        is_of_this_turn = broken and broken.at > seconds(data.get("timestamp")) - _LAG_SECONDS
        ended = broken if broken and is_of_this_turn else Heard(READY, "its turn ended")
        return ended._replace(session=session, at=0.0)
    state, why = {
        "SessionStart": (READY, "its session has begun"),
        "AfterTool": (WORKING, "used a tool"),
        "AfterAgent": (READY, "its turn ended"),
        "SessionEnd": (GONE, f"its session ended: {data.get('reason', '')}"),
    }.get(event, ("", ""))
    return Heard(state, why, session=session)


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """How its chat's record says that a turn was broken off: of a rejected dialog there is no other word."""
    chats = room.glob(f"gemini/home/.gemini/tmp/*/chats/session-*-{escape(session[:8])}.jsonl") if session else []
    found = sorted(chats)
    return _broken_off(found[-1]) if found else None


def usage(room: Path, session: str) -> list[Spent]:
    """The record of its chat: an answer is written anew when more of it has come, the last one counts."""
    chats = transcripts(room, session)
    return list(gathered((NAME, room, session), chats, b'"tokens"', dict[str, Spent], _take).values())


def transcripts(room: Path, session: str) -> list[Path]:
    """The records of a session's chat."""
    chats = room.glob(f"gemini/home/.gemini/tmp/*/chats/session-*-{escape(session[:8])}.jsonl") if session else ()
    return sorted(chats)


def _take(found: dict[str, Spent], entry: Mapping[str, Any]) -> None:
    used = entry.get("tokens")
    if isinstance(used, dict):
        cached = count(used, "cached")
        found[str(entry.get("id"))] = Spent(
            seconds(entry.get("timestamp")), max(0, count(used, "input") - cached),
            count(used, "output") + count(used, "thoughts"), cached, str(entry.get("model") or ""),
        )  # fmt: skip


def _broken_off(chat: Path) -> Heard | None:
    """The last error, or the last Esc of a person, that the record of a chat tells of."""
    try:
        lines = chat.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if '"type":"error"' not in line and "Request cancelled." not in line:
            continue
        try:
            entry = json.loads(line)
            kind, said = entry["type"], str(entry["content"])
            at = seconds(entry["timestamp"])
        except (ValueError, KeyError, TypeError):
            continue
        if kind == "error" and _LOGIN.search(said):
            return Heard(LIMIT, f"log in again: {said}", at=at)
        if kind == "error":
            return Heard(LIMIT if _QUOTA.search(said) else READY, f"stopped: {said}", at=at)
        if kind == "info" and said.startswith("Request cancelled."):
            return Heard(READY, "was interrupted", at=at)
    return None


def _question(data: Mapping[str, Any]) -> str:
    details = data.get("details") or {}
    what = details.get("command") or details.get("filePath") or details.get("title") or ""
    return f"may it run: {what}" if what else str(data.get("message", "it asks something"))


def _users(launch: Launch) -> Path:
    """The user's own directory."""
    return Path(launch.env.get("GEMINI_CLI_HOME") or Path.home()) / ".gemini"


def _settings(launch: Launch) -> dict[str, Any]:
    """The user's settings, with our hooks beside what is there."""
    settings = _read(_users(launch) / "settings.json")
    hooks = settings.setdefault("hooks", {})
    for event in _EVENTS:
        rest = " </dev/null" if event == "AfterTool" else ""  # what a tool gave is of no use to us, and may be long
        command = f"{shlex.quote(str(launch.hook))} {event}{rest}"
        hooks[event] = [*hooks.get(event, []), {"hooks": [{"type": "command", "command": command}]}]
    settings.setdefault("general", {}).setdefault("enableAutoUpdate", False)
    return settings


def _context_file(settings: Mapping[str, Any]) -> str:
    """The name of the file that tells Gemini what it is to know always."""
    names = settings.get("context", {}).get("fileName") or "GEMINI.md"
    return names if isinstance(names, str) else names[0]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").rstrip()
    except OSError:
        return ""


def _read(path: Path) -> dict[str, Any]:
    """A settings file of Gemini: JSON, in which it allows comments."""
    try:
        found = json.loads(_COMMENT.sub(lambda match: match[1] or "", path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FatalError(
            f"{path} cannot be read: {error}", "mend it: Gemini CLI cannot start with it either"
        ) from error
    return found if isinstance(found, dict) else {}
