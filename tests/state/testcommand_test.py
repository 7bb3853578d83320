"""The test command of each kind of project, and None where nothing is certain."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from batty_hooks.state.testcommand import find_test_command

PYTEST = "python3 -m pytest"
PACKAGE = '{"scripts": {"test": "vitest run"}}'
DEFAULT_PACKAGE = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'
WITH_PYTEST = "def test_it():\n    assert True\n"
WITH_UNITTEST = "import unittest\n\nclass TestIt(unittest.TestCase):\n    def test_it(self):\n        pass\n"


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, None),
        ({"README.md": "make test"}, None),
        ({"pytest.ini": ""}, PYTEST),
        ({"pyproject.toml": "[project]\nname='x'\n[tool.pytest.ini_options]\n"}, PYTEST),
        ({"pyproject.toml": "[tool.pytest]\n"}, PYTEST),
        ({"pyproject.toml": "[project]\nname='x'\n"}, None),
        ({"setup.cfg": "[tool:pytest]\n"}, PYTEST),
        ({"setup.cfg": "[metadata]\n"}, None),
        ({"tox.ini": "[tox]\n\n[pytest]\n"}, PYTEST),
        ({"tox.ini": "[tox]\n"}, None),
        ({"conftest.py": ""}, PYTEST),
        ({"tests/conftest.py": ""}, PYTEST),
        ({"tests/test_it.py": WITH_PYTEST}, PYTEST),
        ({"tests/unit/test_it.py": WITH_PYTEST}, PYTEST),
        ({"test_it.py": WITH_PYTEST}, PYTEST),
        ({"tests/test_it.py": WITH_UNITTEST + "\nimport pytest\n"}, PYTEST),
        ({"tests/test_it.py": WITH_UNITTEST}, "python3 -m unittest discover -s tests"),
        ({"tests/test_it.py": WITH_UNITTEST, "tests/__init__.py": ""}, "python3 -m unittest discover -s tests -t ."),
        ({"test_it.py": WITH_UNITTEST}, "python3 -m unittest"),
        ({"tests/test_it.py": "print('a script')\n"}, None),
        ({"tests/data.py": WITH_PYTEST}, None),
        ({"pytest.ini": "", "src/pack/__init__.py": ""}, f"PYTHONPATH=src {PYTEST}"),
        ({"pytest.ini": "", "src/main.c": ""}, PYTEST),
        ({"pytest.ini": "", "uv.lock": ""}, "uv run pytest"),
        ({"pytest.ini": "", "poetry.lock": ""}, "poetry run pytest"),
        ({"test_it.py": WITH_UNITTEST, "uv.lock": ""}, "uv run python -m unittest"),
        ({"uv.lock": ""}, None),
        ({"Cargo.toml": ""}, "cargo test"),
        ({"go.mod": ""}, "go test ./..."),
        ({"package.json": PACKAGE}, "npm test"),
        ({"package.json": PACKAGE, "package-lock.json": ""}, "npm test"),
        ({"package.json": PACKAGE, "pnpm-lock.yaml": ""}, "pnpm test"),
        ({"package.json": PACKAGE, "yarn.lock": ""}, "yarn test"),
        ({"package.json": PACKAGE, "bun.lock": ""}, "bun run test"),
        ({"package.json": PACKAGE, "bun.lockb": ""}, "bun run test"),
        ({"package.json": DEFAULT_PACKAGE}, None),
        ({"package.json": '{"scripts": {}}'}, None),
        ({"package.json": '["no", "object"]'}, None),
        ({"package.json": "{broken"}, None),
        ({"package.json": '{"scripts": {"test": ""}}'}, None),
        ({"Makefile": "all:\n\ntest: all\n\t./run\n"}, "make test"),
        ({"Makefile": "check:\n\t./run\n"}, "make check"),
        ({"Makefile": "test := 1\nattest:\n"}, None),
        ({"GNUmakefile": "all:\n", "Makefile": "test:\n"}, None),
        ({"Makefile": "test:\n", "pytest.ini": ""}, PYTEST),
        ({"pytest.ini": "", "package.json": PACKAGE}, f"{PYTEST} && npm test"),
    ],
)
def test_kinds_of_projects(tmp_path: Path, files: dict[str, str], command: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_test_command(tmp_path) == command


def test_the_roots_own_environment_is_used_by_its_absolute_path(tmp_path: Path) -> None:
    root = tmp_path / "a project"
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").touch()
    (root / "pytest.ini").touch()
    assert find_test_command(root) == f"'{root}/.venv/bin/python' -m pytest"


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize("place", ["tests", "."])
def test_a_unittest_suite_really_runs(tmp_path: Path, place: str, package: bool) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / "code.txt").write_text("x")
    failing = WITH_UNITTEST.replace("pass", "self.fail('it ran')")
    (tmp_path / place / "test_it.py").write_text(failing)
    if package:
        (tmp_path / place / "__init__.py").touch()
    command = find_test_command(tmp_path)
    assert command
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "it ran" in done.stderr
