"""Advice can be typed: every `batty-hooks VERB --option` in our words is a command that there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from batty_hooks.main import batty_hooks

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "batty_hooks").rglob("*.py"))
TEXTS = [
    *sorted((ROOT / "hooks").iterdir()), *sorted((ROOT / "templates").rglob("*.md")),
    *sorted((ROOT / "templates").glob("*.yaml")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md",
    ROOT / "install.sh",
]  # fmt: skip
PLACEHOLDER = "{}"


def words_of(path: Path) -> Iterator[tuple[str, str]]:
    """(where, text) of each string of a module; what is put in is `{}`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield f"{path.name}:{node.lineno}", node.value
        elif isinstance(node, ast.JoinedStr):
            pieces = [part.value if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values]
            yield f"{path.name}:{node.lineno}", "".join(map(str, pieces))


def typed(text: str) -> Iterator[tuple[bool, list[str]]]:
    """The words after each `batty-hooks` of a text, as far as they may belong to the command; and whether it is surely
    something to be typed: in prose the program is spoken of, too."""
    for found in re.finditer(r"(`|\(|→ |: )?(?<![\w/.@-])batty-hooks ((?:[^\s`;,():→…|&]+ ?)+)", text):
        yield bool(found[1]), [word.strip(".'\"\\") for word in found[2].split()]


def wrong(is_command: bool, words: list[str]) -> str:
    """What is wrong with the words of a command; "" when it can be typed, or is none."""
    verb, *rest = words
    command = batty_hooks.get_command(click.Context(batty_hooks), verb)
    if command is None:
        return (
            f"no command {verb}"
            if is_command and verb not in ("from", "is", "runs") and re.fullmatch(r"[a-z][a-z-]*", verb)
            else ""
        )
    if isinstance(command, click.Group) and rest and re.fullmatch(r"[a-z]+", rest[0]):
        deeper = command.get_command(click.Context(command), rest[0])
        if deeper is None:
            return f"no command {verb} {rest[0]}"
        command, rest = deeper, rest[1:]
    known = {name for option in command.params for name in option.opts} | {"--help"}
    unknown = [word for word in rest if re.fullmatch(r"--[a-z-]+|-[a-z]", word) and word not in known]
    return f"{verb} has no {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_module_advises_can_be_typed(path: Path) -> None:
    found = [(where, command) for where, text in words_of(path) for command in typed(text)]
    assert [(where, command[1], wrong(*command)) for where, command in found if wrong(*command)] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_text_advises_can_be_typed(path: Path) -> None:
    found = [command for line in path.read_text().splitlines() for command in typed(line)]
    assert [(command[1], wrong(*command)) for command in found if wrong(*command)] == []


def test_this_test_sees_what_is_wrong() -> None:
    text = (
        "`batty-hooks start --attach`, `batty-hooks gaet t1`, batty-hooks task unblok t1; then: batty-hooks merge --yes"
    )
    seen = [wrong(*command) for command in typed(text)]
    assert seen == ["", "no command gaet", "no command task unblok", "merge has no --yes"]
    assert [wrong(*command) for command in typed("batty-hooks is paused")] == [""]
