"""Codex. Everything goes in by `-c key=value`: the user's CODEX_HOME, login and sessions go on being used."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from datetime import datetime
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

NAME = "codex"
PROGRAM = "codex"
INSTALL = "npm install -g @openai/codex"
INTERACTIVE = True
CLEAR = (*LINES_BELOW_AND_ABOVE, "BSpace")  # the last leaves the mode for shell commands
SHELL = True
MARKS = ("CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED")
READY_ON_SCREEN = True
CURSOR = True  # what it offers or asks at its start is in none of its events, and in no file
MODES = ("unattended", "ask", "full", "read-only")

_HOME = "CODEX_HOME"
_POLICY = {
    "unattended": ("-a", "never", "-s", "workspace-write"),
    "ask": ("-a", "on-request", "-s", "workspace-write"),
    "full": ("--dangerously-bypass-approvals-and-sandbox",),
    "read-only": ("-a", "never", "-s", "read-only"),
}
_TAIL_BYTES = 200_000
# What 0.171 would offer at its start instead of these: `model:` is the role's to say.
_OFFERED_MODELS = {
    "gpt-5.5": "gpt-6-sol", "gpt-5.6-sol": "gpt-6-sol", "gpt-5.6-terra": "gpt-6-sol", "gpt-5.6-luna": "gpt-6-luna",
}  # fmt: skip
_UNAUTHORIZED = 401
# Each event with the time limit in seconds that Codex gives its hooks when none is set: it is part of what is trusted.
_EVENTS = {
    "SessionStart": 600,
    "UserPromptSubmit": 600,
    "PermissionRequest": 600,
    "PostToolUse": 600,
    "Stop": 600,
    "Interrupt": 1,
    "SessionEnd": 1,
}


def start(launch: Launch) -> Start:
    """Its session is named by its first event."""
    mode = launch.mode or MODES[0]
    settings = {
        # One shared daemon would run every member's hooks in the environment of the first.
        "features.daemon_auto_start": False,
        "check_for_update_on_startup": False,
        # A login shell may set PATH anew, and then finds none of the commands the pane was given.
        "allow_login_shell": False,
        "projects": {str(launch.repository): {"trust_level": "trusted"}},
        "notice.model_migrations": _OFFERED_MODELS,
        **{f"hooks.{event}": _hook(launch.hook, event) for event in _EVENTS},
        "hooks.state": {_place(event): {"trusted_hash": _digest(launch.hook, event)} for event in _EVENTS},
    }
    if launch.prompt:
        settings["developer_instructions"] = launch.prompt
    argv = [PROGRAM, *(["resume"] if launch.session else []), *_POLICY[mode]]
    if mode in ("unattended", "ask"):
        # The common directory alone is not enough: what lies in a `.git` is kept read-only unless it is named itself.
        roots = [_git_directory(launch), launch.common, *launch.writable]
        settings["sandbox_workspace_write.writable_roots"] = [str(root) for root in roots]
    for key, value in settings.items():
        argv += ["-c", f"{key}={_toml(value)}"]
    argv += ["-m", launch.model] if launch.model else []
    argv += [*launch.args, *([launch.session] if launch.session else [])]
    return Start(tuple(argv), files=remember(launch, _HOME), session=launch.session)


def login(launch: Launch) -> Check:
    """Its doctor knows, other providers than OpenAI included (`codex login status` does not)."""
    return Check(ask=(PROGRAM, "doctor", "--json", *_settings(launch)), means=_logged_out, mend="codex login")


def sandbox(launch: Launch) -> Check:
    """In a container, or where the kernel lets nobody but root make namespaces, each command of its would fail."""
    if launch.mode == "full":
        return Check()
    ask = ("sh", "-c", 'exec "$@" 2>&1', "sh", PROGRAM, "sandbox", *_settings(launch), "--", "true")
    mend = "let it make user namespaces (Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; a container: "
    return Check(ask=ask, means=_no_sandbox, mend=f"{mend}its security options), or `mode: full` where that is safe")


def _no_sandbox(code: int, said: str) -> str:
    why = [line for line in said.splitlines() if line.startswith("bwrap:")]
    return f"its sandbox does not work here: {why[-1].partition(', likely')[0].strip('. ')}" if code and why else ""


def _settings(launch: Launch) -> list[str]:
    """What the role sets of its configuration."""
    pairs = zip(launch.args, launch.args[1:], strict=False)
    return [word for pair in pairs if pair[0] in ("-c", "--config") for word in pair]


def _logged_out(code: int, said: str) -> str:
    try:
        check = json.loads(said)["checks"]["auth.credentials"]
        return f"{check['summary']}. {check['remediation'] or ''}".strip(". ") if check["status"] == "fail" else ""
    except (ValueError, KeyError, TypeError):
        return ""


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """Its hooks; a turn that an error of the model's server ends has none, see `glance`."""
    session = str(data.get("session_id", ""))
    if event == "UserPromptSubmit":
        return Heard(WORKING, "took a prompt", str(data.get("prompt", "")), session)
    if event == "PermissionRequest":
        given = data.get("tool_input") or {}
        what = given.get("command") or given.get("description") or ""
        return Heard(
            ASKING, f"may it use {data.get('tool_name', 'a tool')}: {what}".removesuffix(": "), session=session
        )
    state, why = {
        "PostToolUse": (WORKING, "used a tool"),
        "Stop": (READY, "its turn ended"),
        "Interrupt": (READY, "was interrupted"),
        "SessionEnd": (GONE, f"its session ended: {data.get('reason', '')}"),
    }.get(event, ("", ""))  # SessionStart comes with the first turn only, and says nothing
    return Heard(state, why, session=session)


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """The end of the session's rollout: the only record of a turn that ended by an error or a limit."""
    for line in reversed(_rollout(room, session)):
        try:
            entry = json.loads(line)
            payload = entry["payload"]
            at = datetime.fromisoformat(entry["timestamp"].replace("Z", "+00:00")).timestamp()
        except (ValueError, KeyError, TypeError):
            continue  # the first line read may be torn
        if entry.get("type") != "event_msg":
            continue
        if payload.get("type") == "task_started":
            return Heard(WORKING, "works", at=at)
        if payload.get("type") == "turn_aborted":
            return Heard(READY, "was interrupted", at=at)
        if payload.get("type") == "task_complete":
            return _ended(payload.get("error") or {}, at)
    return None


def _ended(error: Mapping[str, Any], at: float) -> Heard:
    said, info = str(error.get("message", "")), error.get("codex_error_info")
    if info == "usage_limit_exceeded":
        return Heard(LIMIT, said, until=clock_time(said, at), at=at)
    if info == "unauthorized" or _http_status(info) == _UNAUTHORIZED:
        return Heard(LIMIT, f"log in again: {said}", at=at)
    return Heard(READY, f"stopped: {said}" if error else "its turn ended", at=at)


def _http_status(info: Any) -> int:
    """The status in which a request failed, as it is told of a provider with a key: {kind of failure: {its status}}."""
    facts = next(iter(info.values()), None) if isinstance(info, Mapping) else None
    status = facts.get("http_status_code") if isinstance(facts, Mapping) else None
    return status if isinstance(status, int) else 0


def transcripts(room: Path, session: str) -> list[Path]:
    """Its rollouts, one for each time the session was gone on with."""
    return list(_rollouts(room, session))


def usage(room: Path, session: str) -> list[Spent]:
    """Its rollout: what each request used. An event may come twice, with the same total: it counts once."""
    return list(gathered((NAME, room, session), _rollouts(room, session), b'"payload"', _Counted, _take).found)


class _Counted:
    """The requests so far, with the total that the last one told, and the model of the turn."""

    def __init__(self) -> None:
        self.found: list[Spent] = []
        self.model = ""
        self.total: Any = None


def _take(counted: _Counted, entry: Mapping[str, Any]) -> None:
    payload = entry.get("payload")
    if not isinstance(payload, dict):
        return
    if entry.get("type") == "turn_context":
        counted.model = str(payload.get("model") or "")
    info = payload.get("info") if payload.get("type") == "token_count" else None
    used = info.get("last_token_usage") if isinstance(info, dict) else None
    if not isinstance(info, dict) or not isinstance(used, dict) or info.get("total_token_usage") == counted.total:
        return
    counted.total = info.get("total_token_usage")
    cached = count(used, "cached_input_tokens")
    read = max(0, count(used, "input_tokens") - cached)
    written = count(used, "output_tokens")
    counted.found.append(Spent(seconds(entry.get("timestamp")), read, written, cached, counted.model))


def _rollouts(room: Path, session: str) -> list[Path]:
    home = remembered(room, _HOME, Path.home() / ".codex")
    return sorted(home.glob(f"sessions/*/*/*/rollout-*-{escape(session)}.jsonl")) if session else []


def _rollout(room: Path, session: str) -> list[str]:
    """The last lines of the session's own record, [] before its first turn."""
    found = _rollouts(room, session)
    if not found:
        return []
    with found[-1].open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()


def _command(hook: Path, event: str) -> str:
    # What a tool gave is of no use to us, and may be long.
    return f"{shlex.quote(str(hook))} {event}{' </dev/null' if event == 'PostToolUse' else ''}"


def _hook(hook: Path, event: str) -> list[dict[str, Any]]:
    return [{"hooks": [{"type": "command", "command": _command(hook, event)}]}]


def _snake(event: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in event).lstrip("_")


def _place(event: str) -> str:
    """The name under which Codex keeps its trust in the first hook of an event given on the command line."""
    return f"/<session-flags>/config.toml:{_snake(event)}:0:0"


def _digest(hook: Path, event: str) -> str:
    """What Codex computes of a hook it is to trust: with this ours is trusted, no other, and no dialog opens."""
    handler = {"type": "command", "command": _command(hook, event), "timeout": _EVENTS[event], "async": False}
    identity = {"event_name": _snake(event), "hooks": [handler]}
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _git_directory(launch: Launch) -> Path:
    """The git directory of the worktree itself, where its index and HEAD are."""
    try:
        said = (launch.worktree / ".git").read_text("utf-8").removeprefix("gitdir:").strip()
        return Path(os.path.normpath(launch.worktree / said))  # (`worktree.useRelativePaths`)
    except OSError:
        return launch.common / "worktrees" / launch.worktree.name


def _toml(value: object) -> str:
    """A value in TOML, on one line; a JSON string is a TOML string."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
