"""Whatever needs a person comes with a command line that can be typed as it stands."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from batty_hooks.main import batty_hooks
from batty_hooks.rules import advice

ROOT = Path(__file__).parent.parent.parent / "batty_hooks"
SAID_BY = [
    *sorted((ROOT / "people/needs").glob("*.py")), ROOT / "rules/readiness.py", ROOT / "rules/questions.py",
]  # fmt: skip
COMMANDS_BY = ["rules/escalation.py", "rules/guarding.py", "rules/refusals.py", "rules/reasons.py", "rules/advice.py",
               "state/watcher.py"]  # fmt: skip
# The errors of whatever is typed, or may be told again: what is behind the arrow there is typed as well.
ERRORS_BY = [
    *(path for room in ("commands", "people", "rules", "moves") for path in sorted((ROOT / room).rglob("*.py"))),
    *sorted((ROOT / "state/trunk").glob("*.py")),
]  # fmt: skip
# Those of the rooms below: a command, or something that a person is told to do.
BELOW = [path for room in ("state", "system", "agents") for path in sorted((ROOT / room).rglob("*.py"))]
DO = ("`", "end ", "free ", "give ", "go to ", "install ", "lower ", "mend ", "name ", "put ", "run ", "save ", "see ",
      "set ", "take ", "try again; ", "type ", "write ")  # fmt: skip
# What no command mends, and why.
NO_COMMAND = {
    "X; your words are kept in X": "any error",
    "XX": "made a line above",
    "X  (X)": "of system/forge/words",
    "X  (then it is tested and lands by itself)": "of rules/reasons",
    "X  (once that is mended)": "of rules/advice",
    "X, typed in X": "the command is there already: who may type it is meant",
    "X may write to: X": "a choice",
    "it needs no pane": "nothing is to be done",
    "the moves are: X": "a choice",
    "set TMUX_TMPDIR to what it was when the team was started, or end that tmux": "nobody but who set it knows",
}
# What mends nothing that a command would: (what it is called there, why).
GIVEN = {
    "go": "batty-hooks attach NAME", "need.command": "of rules/escalation",
    "command": "made a line above", "past.command": "of rules/guarding",
    "no_board.mend": "of state/board", "now.held_by[1]": "of system/git/remedies", "found[1]": "of system/probe",
    "error.mend": "any error", "reasons.DEEPEN": "of rules/reasons", "advice.no_test(look)": "of rules/advice",
    "advice.to_free_the_checkout(look, offer)": "of rules/advice", "refusals.mend(refused)": "of rules/refusals",
    "_mend(trouble, is_tried_again)": "any error",
    "mend": "of rules/taken_back", "again": "made a line above",
    "web": "of system/forge/words", "githooks.mend(look.project)": "of state/githooks/putting",
}  # fmt: skip


def text_of(node: ast.expr) -> str | None:
    """A string of the source, with X for what is put in; None for what is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return None


def arrows() -> Iterator[tuple[str, ast.expr]]:
    """The third part of each need that is made: what stands behind its arrow."""
    for path in SAID_BY:
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Need"
            if named and len(node.args) == 3:
                yield f"{path.name}:{node.lineno}", node.args[2]
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
                yield f"{path.name}:{node.lineno}", node.value.elts[2]


def errors(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """What each error says that mends it, but for mistakes in what was typed: those name the choices there are."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FatalError"
            if made and len(node.args) > 1 and ast.unparse(node.args[-1]) != "USAGE":
                text = text_of(node.args[1])
                if text is not None and text not in NO_COMMAND:
                    yield f"{path.name}:{node.lineno}", text


def check(line: str) -> None:
    """The first words of each command of a line are a program, and a verb of ours."""
    command, _, words = line.partition("  (")
    assert advice.is_command(command), line
    assert not words or words.endswith(")"), line
    for part in command.split(" && "):
        program, *rest = shlex.split(part)
        assert program in advice._PROGRAMS, line
        if program == "batty-hooks":
            assert batty_hooks.get_command(click.Context(batty_hooks), rest[0]), line
    if "batty-hooks" in words:
        verb = words.partition("batty-hooks ")[2].split()[0].strip(",;)`")
        assert verb == "X" or batty_hooks.get_command(click.Context(batty_hooks), verb), line


def test_behind_each_arrow_stands_a_command() -> None:
    found = list(arrows())
    for where, node in found:
        text = text_of(node)
        if text is None:
            assert ast.unparse(node) in GIVEN, f"{where}: {ast.unparse(node)}"
        else:
            check(f"git status{text[1:]}" if text.startswith("X  (") else text)
    assert len(found) > 20, "the test tests something"


def test_behind_the_arrow_of_each_error_stands_a_command() -> None:
    found = list(errors(ERRORS_BY))
    assert [one for one in found if not advice.is_command(advice.as_typed(one[1]).partition("  (")[0])] == []
    for _, text in found:
        check(advice.as_typed(text))
    assert len(found) > 50, "the test tests something"


def test_behind_the_arrow_of_each_error_below_stands_a_command_or_something_to_do() -> None:
    found = list(errors(BELOW))
    assert [one for one in found if not (one[1].startswith(DO) or advice.is_command(one[1].partition("  (")[0]))] == []
    for _, text in found:
        if advice.is_command(text.partition("  (")[0]):
            check(text)
    assert len(found) > 30, "the test tests something"


@pytest.mark.parametrize("name", COMMANDS_BY)
def test_commands_that_are_made_elsewhere(name: str) -> None:
    texts = [text_of(node) for node in ast.walk(ast.parse((ROOT / name).read_text())) if isinstance(node, ast.expr)]
    lines = [text for text in texts if text and text.split(" ")[0] in advice._PROGRAMS and " " in text]
    for line in lines:
        check(line)
    assert lines


@pytest.mark.parametrize(
    ("mend", "after", "line"),
    [
        ("batty-hooks start", "", "batty-hooks start"),
        ("batty-hooks start  (or not)", "", "batty-hooks start  (or not)"),
        ("free some space", "", "free some space"),
        ("install git 2.38 or newer", "", "install git 2.38 or newer"),
        ("`ls -l` shows whose it is, `df` what it is on", "",
         "ls -l  (`ls -l` shows whose it is, `df` what it is on)"),
        ("run `batty-hooks install` (hooks only)", "", "batty-hooks install  (run `batty-hooks install` (hooks only))"),
        ("`git commit`, or `git stash`: all is kept", "", "git commit  (`git commit`, or `git stash`: all is kept)"),
        ("set `trunk:` in team.yaml", "", "set `trunk:` in team.yaml"),
        ("rm /p/index.lock  (if no git is at work there)", "batty-hooks step",
         "rm /p/index.lock && batty-hooks step  (if no git is at work there)"),
        ("free some space", "batty-hooks step", "batty-hooks step  (once that is mended: free some space)"),
        ("df -h  (where)", "batty-hooks step", "batty-hooks step  (once that is mended: df -h  (where))"),
        ("mv a b", "batty-hooks step", "mv a b && batty-hooks step"),
        ("batty-hooks step", "batty-hooks step", "batty-hooks step"),
    ],
)  # fmt: skip
def test_what_mends_it_as_a_line_that_can_be_typed(mend: str, after: str, line: str) -> None:
    assert advice.as_typed(mend, after) == line
    assert advice.as_typed(line) == line, "made again it is the same"
