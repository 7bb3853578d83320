"""Claude Code. The user's login, settings and sessions go on being used; ours come on top by `--settings`."""

from __future__ import annotations

import json
import shlex
import time
import uuid
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import Any

from batty_hooks.agents.base import (
    ASKING,
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
    clock_time,
    count,
    remember,
    remembered,
    seconds,
)
from batty_hooks.agents.base.transcripts import gathered

NAME = "claude"
PROGRAM = "claude"
INSTALL = "npm install -g @anthropic-ai/claude-code"
PLACES = ("~/.claude/local",)
INTERACTIVE = True
CLEAR = (*LINES_BELOW_AND_ABOVE, "BSpace")  # the last leaves the mode for shell commands
SHELL = True
MARKS = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT")
MODES = ("unattended", "ask", "full", "read-only")

_HOME = "CLAUDE_CONFIG_DIR"
_PERMISSION_MODE = {"unattended": "acceptEdits", "ask": "default", "full": "bypassPermissions", "read-only": "plan"}
# Nobody is there to answer a dialog of questions, and an agent that leaves its worktree is lost.
_DENIED = ["AskUserQuestion", "EnterPlanMode", "EnterWorktree"]
# What the model proposes as the next prompt would be sent off by an Enter at an empty input box (ours, where a message
# was taken and that was not heard of yet), and nobody has said it: see anthropics/claude-code#16032.
_ENVIRONMENT = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "false"}
_EVENTS = (
    "SessionStart", "UserPromptSubmit", "PermissionRequest", "PostToolUse", "Stop", "StopFailure", "SessionEnd",
)  # fmt: skip
_STATUS = {
    "idle": (READY, "waits for input"), "shell": (READY, "waits for input, and a command goes on"),
    "busy": (WORKING, "works"), "waiting": (ASKING, "asks something"),
}  # fmt: skip
# What goes on behind a turn that has ended and edits files, as a command that goes on there (a server) seldom does.
_AT_WORK = ("subagent", "workflow")
_OWN_PROMPT = "<task-notification>"  # that something of that has ended: it begins a turn by itself


def start(launch: Launch) -> Start:
    """A new session gets an id from us, so that it can be resumed however it ends."""
    mode = launch.mode or MODES[0]
    session = launch.session or str(uuid.uuid4())
    settings = launch.room / "claude.json"
    argv = [PROGRAM, "--settings", str(settings), "--permission-mode", _PERMISSION_MODE[mode]]
    argv += ["--resume", session] if launch.session else ["--session-id", session, "-n", launch.name]
    argv += ["--append-system-prompt", launch.prompt] if launch.prompt else []
    argv += ["--model", launch.model] if launch.model else []
    files = {settings: json.dumps(_settings(launch, mode), indent=1), **remember(launch, _HOME)}
    return Start((*argv, *launch.args), dict(_ENVIRONMENT), files, session)


def login(launch: Launch) -> Check:
    """It tells itself, counting keys, tokens, helpers and clouds."""
    return Check(ask=(PROGRAM, "auth", "status", "--json"), means=_logged_out, mend="claude auth login")


def _logged_out(code: int, said: str) -> str:
    try:
        return "nobody is logged in" if json.loads(said)["loggedIn"] is False else ""
    except (ValueError, KeyError, TypeError):
        return ""


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """Its hooks (https://code.claude.com/docs/en/hooks); a turn broken off by Esc has none, see `glance`."""
    session = str(data.get("session_id", ""))
    if event == "UserPromptSubmit":
        took = str(data.get("prompt", ""))
        return Heard(WORKING, "took a prompt", took, session, is_own=took.lstrip().startswith(_OWN_PROMPT))
    if event == "PermissionRequest":
        return Heard(ASKING, _question(data), session=session)
    if event == "StopFailure":
        return _failure(data, session)
    if event == "Stop" and (behind := _behind(data)):
        return Heard(WORKING, f"waits for {behind}", session=session)
    state, why = {
        "SessionStart": (READY, "its session has begun"),
        "PostToolUse": (WORKING, "used a tool"),
        "Stop": (READY, "its turn ended"),
        "SessionEnd": (GONE, f"its session ended: {data.get('reason', '')}"),
    }.get(event, ("", ""))
    return Heard(state, why, session=session)


def _behind(data: Mapping[str, Any]) -> str:
    """The subagents that go on though the turn has ended: since 2.1.198 they do that unless told otherwise, and their
    end begins another turn. Its own file says "busy" until then, and "idle" when a person has ended them."""
    tasks = data.get("background_tasks")
    going = [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
    names = [str(task.get("description") or "a subagent") for task in going if task.get("type") in _AT_WORK]
    return ", ".join(names)


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """The file it keeps of each of its processes: the only one that knows of a turn or a dialog broken off by Esc."""
    home = remembered(room, _HOME, Path.home() / ".claude")
    try:
        data = json.loads((home / "sessions" / f"{pid}.json").read_text("utf-8"))
        state, why = _STATUS[data["status"]]
        return Heard(state, str(data.get("waitingFor") or why), at=data["statusUpdatedAt"] / 1000)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def usage(room: Path, session: str) -> list[Spent]:
    """Its transcripts, those of its subagents too: an answer has a line for each of its parts, all with one id, of
    which the last counts."""
    files = transcripts(room, session)
    return list(gathered((NAME, room, session), files, b'"usage"', dict[str, Spent], _take).values())


def transcripts(room: Path, session: str) -> list[Path]:
    """What it has written of a session and of its subagents."""
    places = remembered(room, _HOME, Path.home() / ".claude") / "projects"
    name = escape(session)
    return [*places.glob(f"*/{name}.jsonl"), *places.glob(f"*/{name}/subagents/*.jsonl")] if name else []


def _take(found: dict[str, Spent], entry: Mapping[str, Any]) -> None:
    message = entry.get("message")
    used = message.get("usage") if isinstance(message, dict) else None
    if isinstance(message, dict) and isinstance(used, dict):
        read = count(used, "input_tokens") + count(used, "cache_creation_input_tokens")
        found[str(message.get("id") or entry.get("uuid"))] = Spent(
            seconds(entry.get("timestamp")), read, count(used, "output_tokens"),
            count(used, "cache_read_input_tokens"), str(message.get("model") or ""),
        )  # fmt: skip


def _settings(launch: Launch, mode: str) -> dict[str, Any]:
    hooks = {}
    for event in _EVENTS:
        # Only the tool's end says that work goes on after a dialog; what it gave is of no use, and may be long.
        nothing = " </dev/null" if event == "PostToolUse" else ""
        command = f"{shlex.quote(str(launch.hook))} {event}{nothing}"
        hooks[event] = [{"hooks": [{"type": "command", "command": command}]}]
    permissions: dict[str, Any] = {"additionalDirectories": [str(path) for path in launch.writable]}
    if mode == "unattended":
        permissions |= {"allow": ["Bash"], "deny": _DENIED}
    return {
        "hooks": hooks, "permissions": permissions, "skipDangerousModePermissionPrompt": mode == "full",
        "autoContinueAtUsageLimit": False,  # it is the team that goes on then, or another CLI meanwhile
    }  # fmt: skip


def _question(data: Mapping[str, Any]) -> str:
    given = data.get("tool_input") or {}
    questions = given.get("questions") or []
    if questions:
        return str(questions[0].get("question", ""))
    what = given.get("command") or given.get("file_path") or given.get("url") or ""
    return f"may it use {data.get('tool_name', 'a tool')}: {what}".removesuffix(": ")


def _failure(data: Mapping[str, Any], session: str) -> Heard:
    kind, said = str(data.get("error", "")), str(data.get("last_assistant_message", ""))
    if kind in ("authentication_failed", "oauth_org_not_allowed"):
        return Heard(LIMIT, f"log in again: {said}", session=session)
    if kind in ("rate_limit", "billing_error"):
        return Heard(LIMIT, said, session=session, until=clock_time(said, time.time()))
    return Heard(READY, f"stopped: {said}", session=session)
