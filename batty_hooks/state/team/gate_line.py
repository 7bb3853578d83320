"""A team.yaml of the person's own that has no test command gets one, and stays as it is for the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from batty_hooks.state.project import Project
from batty_hooks.state.team import document, reading
from batty_hooks.state.team.document import scalar
from batty_hooks.system import atomic

if TYPE_CHECKING:
    from yaml.nodes import Node


def set_command(project: Project, command: str) -> bool:
    """Write `gate: command:` into team.yaml where there is none. False where the file takes none, being no YAML or of a
    form that is better changed by hand: then nothing is written."""
    raw = project.team_file.read_bytes()
    changed = with_command(raw, command, project.team_directory)
    if changed is None:
        return False
    atomic.write(project.team_file, changed)
    return True


def with_command(raw: bytes, command: str, directory: Path) -> bytes | None:
    """``raw`` with the command at its place; None when it would not be read as meant, or would mean something else."""
    try:
        text = raw.decode("utf-8")
    except UnicodeError:
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    changed = _put(text, document.compose(raw, []), command, newline).encode()
    before, wrong = reading.understand(raw, directory, "")
    after, wrong_now = reading.understand(changed, directory, "")
    same = (after.roles, after.trunk, after.setup) == (before.roles, before.trunk, before.setup)
    return changed if same and len(wrong_now) <= len(wrong) and after.gate.command == command else None


def _put(text: str, root: Node | None, command: str, newline: str) -> str:
    gate = _value(root, "gate")
    if gate is None:
        head = re.sub(r"(\A|(?<=\S))\s*\Z", newline * 2 if text.strip() else "", text)
        return f"{head}gate:{newline}  command: {scalar(command)}{newline}"
    start, end = gate.start_mark.index, gate.end_mark.index
    line = _value(gate, "command")
    if line is not None:
        return f"{text[: line.start_mark.index]} {scalar(command)}{text[line.end_mark.index :]}"
    if document.shape(gate) == "scalar" and gate.tag == document.NULL:
        return f"{text[:start].rstrip(' ')} {{command: {scalar(command, True)}}}{text[end:]}"
    if document.shape(gate) != "mapping":
        return text
    if getattr(gate, "flow_style", False):
        comma = ", " if gate.value else ""
        return f"{text[: start + 1]}command: {scalar(command, True)}{comma}{text[start + 1 :]}"
    return f"{text[:start]}command: {scalar(command)}{newline}{' ' * gate.start_mark.column}{text[start:]}"


def _value(node: Node | None, key: str) -> Node | None:
    if node is None or document.shape(node) != "mapping":
        return None
    return next((value for name, value in node.value if name.value == key), None)
