"""The project's test command, found by looking at its files: certain, or nothing.

A wrong guess that exits 0 would pass everything, so each command here fails when there is nothing to run or the tool is
missing. A repository of several kinds (a Python service with a JavaScript front end) gets all of their commands.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_PYTEST_SECTIONS = (
    ("pyproject.toml", r"^\[tool\.pytest(\.ini_options)?\]"),
    ("setup.cfg", r"^\[tool:pytest\]"),
    ("tox.ini", r"^\[pytest\]"),
)
_PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "conftest.py", "tests/conftest.py")
_PYTEST_MARKS = re.compile(r"^\s*(import pytest|from pytest\b)|^(async )?def test_|^class Test\w*:", re.MULTILINE)
_UNITTEST_MARKS = re.compile(r"^\s*(import unittest|from unittest\b)", re.MULTILINE)
_TEST_PLACES = ("tests", "test", ".")
_LOCKFILES = (
    ("pnpm-lock.yaml", "pnpm test"),
    ("yarn.lock", "yarn test"),
    ("bun.lock", "bun run test"),  # `bun test` is bun's own runner, not the script
    ("bun.lockb", "bun run test"),
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # in make's own order
_ENOUGH = 400_000  # characters read of a file
_MANY = 200  # test files looked into


def find_test_command(root: Path) -> str | None:
    """The command that tests the project at ``root``, run from there; None when that is not certain."""
    commands = [found for found in (_python(root), _rust(root), _javascript(root), _go(root)) if found]
    return " && ".join(commands) or _make(root)


def _text(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_ENOUGH)
    except OSError:
        return ""


def _python(root: Path) -> str | None:
    directory, runner = _python_tests(root)
    if runner is None:
        return None
    if (root / "uv.lock").is_file():
        prefix = "uv run "
    elif (root / "poetry.lock").is_file():
        prefix = "poetry run "
    else:
        return f"{_source_path(root)}{_interpreter(root)} -m {_module(root, directory, runner)}"
    return prefix + ("pytest" if runner == "pytest" else f"python -m {_module(root, directory, runner)}")


def _python_tests(root: Path) -> tuple[str, str | None]:
    """Where the tests are and who runs them: "pytest", "unittest", or None when there are none."""
    if any((root / name).is_file() for name in _PYTEST_FILES) or any(
        re.search(section, _text(root / name), re.MULTILINE) for name, section in _PYTEST_SECTIONS
    ):
        return "", "pytest"
    for place in _TEST_PLACES:
        if any(_PYTEST_MARKS.search(text) for text in _tests(root / place, deep=place != ".")):
            return place, "pytest"
        if any(_UNITTEST_MARKS.search(text) for text in _tests(root / place, deep=False)):
            return place, "unittest"
    return "", None


def _tests(directory: Path, deep: bool) -> Iterator[str]:
    files = directory.rglob("test_*.py") if deep else directory.glob("test_*.py")
    return (_text(path) for path in islice(files, _MANY))


def _module(root: Path, directory: str, runner: str) -> str:
    """Plain `-m unittest` passes over a tests/ that is no package, and before Python 3.12 exits 0 then."""
    if runner == "pytest":
        return "pytest"
    if directory == ".":
        return "unittest"
    top = " -t ." if (root / directory / "__init__.py").is_file() else ""
    return f"unittest discover -s {directory}{top}"


def _interpreter(root: Path) -> str:
    """The root's own virtual environment, by its absolute path: a gate worktree holds no untracked files."""
    for name in (".venv", "venv"):
        python = root / name / "bin" / "python"
        if python.is_file():
            return shlex.quote(str(python))
    return "python3"


def _source_path(root: Path) -> str:
    """In a src layout an editable install imports the primary checkout; the tree under test has to come first."""
    source = root / "src"
    has_code = any(source.glob("*.py")) or any(source.glob("*/__init__.py"))
    return "PYTHONPATH=src " if has_code else ""


def _rust(root: Path) -> str | None:
    return "cargo test" if (root / "Cargo.toml").is_file() else None


def _go(root: Path) -> str | None:
    return "go test ./..." if (root / "go.mod").is_file() else None


def _javascript(root: Path) -> str | None:
    try:
        script = json.loads(_text(root / "package.json") or "{}")["scripts"]["test"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(script, str) or not script.strip() or "no test specified" in script:
        return None
    return next((command for name, command in _LOCKFILES if (root / name).is_file()), "npm test")


def _make(root: Path) -> str | None:
    text = next((_text(root / name) for name in _MAKEFILES if (root / name).is_file()), "")
    for target in ("test", "check"):
        if re.search(rf"^{target}\s*:(?!=)", text, re.MULTILINE):
            return f"make {target}"
    return None
