"""What the scripted model says: decided from the conversation alone, so that a resumed session goes on where it was.

Lines in a prompt, anywhere in it, alone on their line:

    SCRIPT: COMMAND      call the CLI's own shell tool with that command; several lines are called one after the other
    WRITE: PATH NEW [instead of OLD]   for a CLI whose model has no shell (Aider): an edit of that file
    CALL: TOOL JSON      call any other tool
    HANG: SECONDS        think that long before the next line's answer
    FAIL: STATUS [TOOL]  answer with that HTTP status; with TOOL only to the CLI whose shell is called so

A prompt that asks somebody who leads for something is answered as tests/tui/mind.py does.
A prompt without any goes on with what is left of the last script (as a model that is told "go on" would), or gets a
short answer. One that says that a card can go on begins its script again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tui import mind

_LINE = re.compile(r"^[\s>|#-]*(SCRIPT|CALL|WRITE|HANG|FAIL): (.+?)\s*$", re.MULTILINE)
_SHELLS = ("Bash", "bash", "run_shell_command", "exec_command", "shell_command", "shell", "local_shell")
_NOT_RUN = re.compile(r"interrupt|abort|cancel|reject|denied|declined|doesn't want", re.IGNORECASE)


@dataclass(frozen=True)
class Tool:
    """A tool that a request offers, with the JSON schema of its arguments."""

    name: str
    schema: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """One step of a conversation: ``who`` is user, model, call or result."""

    who: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A request, whatever its dialect."""

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...]
    system: str = ""

    @property
    def user(self) -> str:
        """The prompt: what was said since the model last said or did something."""
        begin = max((i for i, turn in enumerate(self.turns) if turn.who in ("model", "call", "result")), default=-1)
        text = "\n".join(turn.text for turn in self.turns[begin + 1 :])
        return text or next((turn.text for turn in reversed(self.turns) if turn.who == "user"), "")


@dataclass(frozen=True)
class Say:
    """A final text."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Hang:
    """Silence for a while, then an answer."""

    seconds: float
    then: Say | Call


@dataclass(frozen=True)
class Failure:
    """An HTTP error."""

    status: int


Answer = Say | Call | Hang | Failure
Line = tuple[str, str]


def is_fresh(asked: Asked) -> bool:
    """Whether the request is the first of a turn of the agent itself (no tool's result, no title to be invented)."""
    return is_agent(asked) and bool(asked.turns) and asked.turns[-1].who == "user"


def is_agent(asked: Asked) -> bool:
    """Whether the agent itself asks: it offers a shell, or it is Aider, which explains its edit format instead."""
    return _shell(asked) is not None or "SEARCH/REPLACE" in asked.system


def answer(asked: Asked) -> Answer:
    """What the model says next."""
    shell = _shell(asked)
    if not is_agent(asked):
        return Say("A title")
    lines, done = _script(asked)
    left = [line for line in lines if line[0] != "HANG"][done:]
    if left and left[0][0] == "FAIL":
        return Failure(int(left[0][1].split()[0]))
    next_one = _say_or_call(left, shell)
    before = lines.index(left[0]) - 1 if left else len(lines) - 1
    if before >= 0 and lines[before][0] == "HANG" and not (done and not left):
        return Hang(float(lines[before][1]), next_one)
    return next_one


def _say_or_call(left: list[Line], shell: Tool | None) -> Say | Call:
    word, text = left[0] if left else ("", "")
    if word == "CALL":
        tool, _, arguments = text.partition(" ")
        return Call(tool, json.loads(arguments))
    if word == "SCRIPT" and shell:
        return Call(shell.name, _arguments(shell, text))
    edits = [line for line in left if line[0] == "WRITE"]
    return Say(_edits(edits) if edits and not shell else "Done as told.")


def _script(asked: Asked) -> tuple[list[Line], int]:
    """The lines of the newest script in the conversation, and how many of them (waits not counted) are done.

    A call that was interrupted, and a thought that was, were not done. A prompt that came after the script
    and has none of its own continues it.
    """
    for index in range(len(asked.turns) - 1, -1, -1):
        turn = asked.turns[index]
        lines = [line for line in _lines(turn.text) if _is_meant(line, asked)] if turn.who == "user" else []
        if lines:
            after = asked.turns[_begins_again(asked, index) + 1 :]
            done = sum(1 for turn in after if turn.who == "result" and not _NOT_RUN.search(turn.text[:200]))
            ended = any(turn.who == "model" and re.search(r"Done as told|<<<<<<< SEARCH", turn.text) for turn in after)
            return ([], 0) if ended else (lines, done)
    return [], 0


def _is_meant(line: Line, asked: Asked) -> bool:
    """Whether a line is for the CLI that asks."""
    shell, words = _shell(asked), line[1].split()
    return line[0] != "FAIL" or len(words) == 1 or (shell is not None and shell.name == words[1])


def _begins_again(asked: Asked, index: int) -> int:
    """Where a script counts as given: at the last prompt after it that says that its card can go on."""
    later = [n for n, turn in enumerate(asked.turns) if n > index and turn.who == "user" and "can go on" in turn.text]
    return max(later, default=index)


def _lines(text: str) -> list[Line]:
    """The script in a prompt; or what a lead does about one without: answers, lets a card go on, reports."""
    return [(found[1], found[2]) for found in _LINE.finditer(text)] or [("SCRIPT", line) for line in mind.lead(text)]


def _shell(asked: Asked) -> Tool | None:
    return next((tool for name in _SHELLS for tool in asked.tools if tool.name == name), None)


def _arguments(tool: Tool, command: str) -> dict[str, Any]:
    """The command in the shape the tool's schema wants, and something for whatever else it requires."""
    properties = tool.schema.get("properties", {})
    name = "cmd" if "cmd" in properties else "command"
    as_list = properties.get(name, {}).get("type") == "array"
    arguments: dict[str, Any] = {name: ["bash", "-c", command] if as_list else command}
    for other in tool.schema.get("required", []):
        arguments.setdefault(other, "what the card asks for")
    return arguments


def _edits(lines: list[Line]) -> str:
    """Edits in Aider's diff format, from `PATH NEW` (a new file) and `PATH NEW instead of OLD`; one line each."""
    blocks = []
    for _, text in lines:
        path, _, content = text.partition(" ")
        new, _, old = content.partition(" instead of ")
        before = f"{old}\n" if old else ""
        blocks.append(f"{path}\n```\n<<<<<<< SEARCH\n{before}=======\n{new}\n>>>>>>> REPLACE\n```\n")
    return "\n".join(blocks)
