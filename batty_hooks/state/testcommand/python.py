"""Python: pytest, unittest, Django, tox, nox, each by the environment tool whose lock file is there."""

from __future__ import annotations

import re
import shlex
from typing import Any

from batty_hooks.state.testcommand.files import Files, Found, dig
from batty_hooks.system import late

_PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "conftest.py", "tests/conftest.py")
_PYTEST_SECTIONS = (("setup.cfg", r"^\[tool:pytest\]"), ("tox.ini", r"^\[pytest\]"))
_PYTEST_MARKS = late.pattern(r"^\s*(import pytest|from pytest\b)|^(async )?def test_|^class Test\w*:", re.MULTILINE)
_UNITTEST_MARKS = late.pattern(r"^\s*(import unittest|from unittest\b)", re.MULTILINE)
_DJANGO_MARKS = late.pattern(r"^\s*from (django|rest_framework)\.test\b", re.MULTILINE)
_TEST_FILE = r"(test_[^/]*|[^/]*_test)\.py"
_RUNNERS = (
    ("uv.lock", "uv run "),
    ("poetry.lock", "poetry run "),
    ("pdm.lock", "pdm run "),
    ("Pipfile.lock", "pipenv run "),
)


def find(files: Files) -> Found | None:
    """How the Python of a project is tested."""
    module, saw = _tests(files)
    if module:
        runner = next(((name, prefix) for name, prefix in _RUNNERS if name in files), None)
        if runner is None:
            return Found(f"{_source_path(files)}{_interpreter(files)} {module}", saw)
        line = module.removeprefix("-m ") if module == "-m pytest" else f"python {module}"
        return Found(runner[1] + line, f"{saw} and {runner[0]}")
    if files.has("tox.ini", r"^\[(tox|testenv)") or dig(files.toml("pyproject.toml"), "tool", "tox"):
        return Found("tox", "tox.ini" if "tox.ini" in files else "[tool.tox] in pyproject.toml")
    if "noxfile.py" in files:
        session = re.search(r"^def (tests?)\(", files.read("noxfile.py"), re.MULTILINE)
        return Found(f"nox -s {session[1]}" if session else "nox", "noxfile.py")
    return None


def _tests(files: Files) -> tuple[str, str]:
    """What Python is to be given, and what it was seen by; "" when there are no tests."""
    if saw := _asks_for_pytest(files):
        return "-m pytest", saw
    for place in ("tests", "test", ""):
        start = f"{place}/" if place else ""
        flat = files.like(re.escape(start) + _TEST_FILE)
        deep = files.like(f"{re.escape(start)}(.*/)?{_TEST_FILE}") if place else flat
        if any(map(_PYTEST_MARKS.search, files.texts(deep))):
            return "-m pytest", f"tests for pytest in {start or deep[0]}"
        if any(map(_UNITTEST_MARKS.search, files.texts(flat))):
            return _unittest(files, place), f"tests for unittest in {start or flat[0]}"
    if "manage.py" in files and any(map(_DJANGO_MARKS.search, files.texts(files.like(r".*\btests?\b.*\.py")))):
        return "manage.py test", "manage.py and tests for Django"
    return "", ""


def _asks_for_pytest(files: Files) -> str:
    """By what a project says that pytest tests it; "" when it does not."""
    if name := files.first(*_PYTEST_FILES):
        return name
    project = files.toml("pyproject.toml")
    if dig(project, "tool", "pytest") is not None:
        return "[tool.pytest] in pyproject.toml"
    for name, section in _PYTEST_SECTIONS:
        if files.has(name, section):
            return f"{section[2:-2]} in {name}".replace("\\", "")
    needs = [project.get("dependency-groups"), dig(project, "project", "optional-dependencies"),
             dig(project, "tool", "uv", "dev-dependencies"), dig(project, "tool", "poetry")]  # fmt: skip
    return "pytest among what pyproject.toml needs" if any(map(_names_pytest, needs)) else ""


def _names_pytest(needs: Any) -> bool:
    if isinstance(needs, dict):
        return "pytest" in needs or any(map(_names_pytest, needs.values()))
    if isinstance(needs, list):
        return any(map(_names_pytest, needs))
    return isinstance(needs, str) and re.match(r"pytest\b(?!-)", needs) is not None


def _unittest(files: Files, place: str) -> str:
    """Plain `-m unittest` passes over a tests/ that is no package, and before Python 3.12 exits 0 then."""
    if not place:
        return "-m unittest"
    top = " -t ." if f"{place}/__init__.py" in files else ""
    return f"-m unittest discover -s {place}{top}"


def _interpreter(files: Files) -> str:
    """The directory's own virtual environment, by its absolute path: a gate worktree holds no untracked files."""
    for name in (".venv", "venv"):
        if files.runs(f"{name}/bin/python"):
            return shlex.quote(f"{files.root}/{name}/bin/python")
    return "python3"


def _source_path(files: Files) -> str:
    """In a src layout an editable install imports the primary checkout; the tree under test has to come first."""
    return "PYTHONPATH=src " if files.like(r"src/([^/]*\.py|[^/]+/__init__\.py)") else ""
