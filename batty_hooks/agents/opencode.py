"""OpenCode. Plugins of ours, named in configuration files of ours, tell its events; the user's own files stay."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batty_hooks.agents.base import (
    ASKING,
    ESCAPE,
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
)

NAME = "opencode"
PROGRAM = "opencode"
INSTALL = "npm install -g opencode-ai"
PLACES = ("~/.opencode/bin",)
INTERACTIVE = True
CLEAR = (*LINES_BELOW_AND_ABOVE, ESCAPE)  # the last leaves the mode for shell commands
SHELL = True
MARKS = ("OPENCODE",)
MODES = ("unattended", "ask", "full", "read-only")

_HOME = "XDG_DATA_HOME"
_ALONE = "SELECT session_id, data FROM message WHERE session_id = ?"
_KNOWS_FAMILIES = "SELECT 1 FROM pragma_table_info('session') WHERE name = 'parent_id'"
_FAMILY = """\
WITH RECURSIVE family(id) AS (
  SELECT ? UNION SELECT session.id FROM session JOIN family ON session.parent_id = family.id
)
SELECT session_id, data FROM family JOIN message ON session_id = family.id
"""
_TELL = """\
import { spawn } from "node:child_process"

const HOOK = %s
let before = Promise.resolve()
const tell = (event, data) => {
  before = before.then(() => new Promise((done) => {
    const hook = spawn(HOOK, [event], { stdio: ["pipe", "ignore", "ignore"] })
    hook.on("error", done).on("close", done)
    hook.stdin.on("error", () => {})
    hook.stdin.end(JSON.stringify(data))
  }))
}
"""
# Whether it has a provider (it says elsewhere that it has not). It leaves a lock behind, for which its next start would
# wait a minute: so in a directory for locks of its own.
_ASK = """\
XDG_STATE_HOME=$(mktemp -d) && export XDG_STATE_HOME || exit
opencode models "$0" 2>&1
code=$?
rm -rf "$XDG_STATE_HOME"
exit $code
"""
# Prompts and changes of state, of the member's own session and not of those that its tasks begin; each change once. An
# error comes before the idle that it causes, and is told with it.
_SERVER = """
const TOLD = ["session.status", "session.idle", "permission.asked", "permission.replied", "question.asked",
  "question.replied", "question.rejected"]

export const Events = async () => {
  const children = new Set()
  let error, status
  return {
    "chat.message": async (input, output) => {
      if (children.has(input.sessionID)) return
      const text = output.parts.filter((part) => part.type === "text" && !part.synthetic).map((part) => part.text)
      tell("chat.message", { sessionID: input.sessionID, text: text.join("\\n") })
      error = undefined
      status = "busy"
    },
    event: async ({ event }) => {
      const data = event.properties
      if (event.type === "session.created" && data.info.parentID) children.add(data.info.id)
      if (children.has(data.sessionID)) return
      if (event.type === "session.error") error = data.error
      if (!TOLD.includes(event.type)) return
      const now = event.type === "session.idle" ? "idle" : event.type === "session.status" ? data.status.type : ""
      if (now === status || (now === "idle" && event.type === "session.status")) return
      if (now) status = now
      tell(event.type, now === "idle" ? { ...data, error } : data)
    },
  }
}
"""
# What is pasted before the prompt has the focus is lost without a trace, and only the screen's own process knows when.
_SCREEN = """
export default {
  id: "ready",
  tui: async (api) => {
    const look = setInterval(() => {
      if (!api.renderer.currentFocusedRenderable) return
      clearInterval(look)
      tell("ready", {})
    }, 100)
  },
}
"""


def start(launch: Launch) -> Start:
    """Its session is named by its first prompt."""
    mode = launch.mode or MODES[0]
    room = launch.room / "opencode"
    config: dict[str, Any] = {
        "$schema": "https://opencode.ai/config.json",
        "plugin": [(room / "events.js").as_uri()],
        "permission": _permission(mode, launch.writable),
    }
    tell = _TELL % json.dumps(str(launch.hook))
    files = {
        room / "events.js": tell + _SERVER,
        room / "ready.js": tell + _SCREEN,
        room / "tui.json": json.dumps({"plugin": [(room / "ready.js").as_uri()]}),
        **remember(launch, _HOME),
    }
    if launch.prompt:
        config["instructions"] = [str(room / "role.md")]
        files[room / "role.md"] = launch.prompt
    files[room / "opencode.json"] = json.dumps(config, indent=1)
    argv = [PROGRAM, *(["-s", launch.session] if launch.session else [])]
    argv += ["-m", launch.model] if launch.model else []
    env = {
        "OPENCODE_CONFIG": str(room / "opencode.json"),
        "OPENCODE_TUI_CONFIG": str(room / "tui.json"),
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
    }
    return Start((*argv, *launch.args), env, files, launch.session)


def login(launch: Launch) -> Check:
    """Some models need no login; of one that is named it can be known whether it is among those that can be used. (A
    provider for which there is no key is not known at all.)"""
    provider, slash, _ = launch.model.partition("/")
    if not slash:
        return Check()

    def means(code: int, said: str) -> str:
        unknown = "not found" in said if code else launch.model not in said.split()
        return f"it cannot use the model {launch.model}" if unknown else ""

    return Check(ask=("sh", "-c", _ASK, provider), means=means, mend=f"opencode auth login, and choose {provider}")


def heard(event: str, data: Mapping[str, Any]) -> Heard:
    """What the plugin told; the names are OpenCode's own but for `ready`."""
    session = str(data.get("sessionID") or "")
    if event == "chat.message":
        return Heard(WORKING, "took a prompt", str(data.get("text", "")), session)
    if event == "session.status":
        return _status(data.get("status") or {}, session)
    if event == "session.idle":
        return _idle(data.get("error") or {}, session)
    if event in ("permission.asked", "question.asked"):
        return Heard(ASKING, _question(data), session=session)
    if event in ("permission.replied", "question.replied", "question.rejected"):
        return Heard(WORKING, "was answered", session=session)
    return Heard(READY, "waits for input") if event == "ready" else Heard()


def glance(room: Path, pid: int, session: str) -> Heard | None:
    """Its events leave no gap that is known."""
    return None


def usage(room: Path, session: str) -> list[Spent]:
    """Its database, in which each answer is a row with its tokens and what it cost: those of the sessions that this one
    began for its tasks, and of theirs, too. One that goes on from another begins with a copy of it, which counts once.
    """
    file = next(iter(transcripts(room, session)), None)
    if file is None:
        return []
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=1)) as base:
            has_children = base.execute(
                "SELECT 1 FROM pragma_table_info('session') WHERE name = 'parent_id'"
            ).fetchone()
            rows = base.execute(_FAMILY if has_children else _ALONE, (session,)).fetchall()
    except sqlite3.Error:
        return []
    found: dict[Spent, str] = {}
    told = ((one, spent) for one, data in rows if (spent := _spent(data)))
    return [spent for one, spent in told if found.setdefault(spent, one) == one]


def transcripts(room: Path, session: str) -> list[Path]:
    """The database that all its sessions are in."""
    own = Path(os.environ.get(_HOME) or Path.home() / ".local/share")
    file = remembered(room, _HOME, own) / "opencode" / "opencode.db"
    return [file] if session and file.exists() else []


def _spent(data: str) -> Spent | None:
    try:
        answer = json.loads(data)
        used, at = answer["tokens"], float(answer["time"]["created"]) / 1000
        cache = used.get("cache") or {}
        read, written = count(used, "input") + count(cache, "write"), count(used, "output") + count(used, "reasoning")
        cost = float(answer["cost"]) if answer.get("cost") else None
        return Spent(at, read, written, count(cache, "read"), str(answer.get("modelID") or ""), cost)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _status(status: Mapping[str, Any], session: str) -> Heard:
    if status.get("type") == "retry":
        return Heard(LIMIT, str(status.get("message", "")), session=session, until=float(status.get("next", 0)) / 1000)
    return Heard(WORKING if status.get("type") == "busy" else "", "works", session=session)


def _idle(error: Mapping[str, Any], session: str) -> Heard:
    data = error.get("data") or {}
    name, said, status = str(error.get("name", "")), str(data.get("message", "")), data.get("statusCode")
    if name == "ProviderAuthError" or status == 401:
        return Heard(LIMIT, f"log in again: {said}", session=session)
    if status == 429:
        return Heard(LIMIT, said, session=session, until=clock_time(said, time.time()))
    if name == "MessageAbortedError":
        return Heard(READY, "was interrupted", session=session)
    return Heard(READY, f"stopped: {said}" if name else "its turn ended", session=session)


def _question(data: Mapping[str, Any]) -> str:
    questions = data.get("questions") or []
    if questions:
        return str(questions[0].get("question", ""))
    return f"may it use {data.get('permission', 'a tool')}: {' '.join(map(str, data.get('patterns', [])))}"


def _permission(mode: str, writable: tuple[Path, ...]) -> dict[str, Any]:
    if mode == "full":
        return {"*": "allow"}
    if mode == "read-only":
        return {"edit": "deny", "bash": "deny"}
    if mode == "ask":
        return {"edit": "ask", "bash": "ask"}
    outside = {"*": "ask", **{f"{path}/**": "allow" for path in writable}}
    return {"edit": "allow", "bash": "allow", "webfetch": "allow", "question": "deny", "external_directory": outside}
