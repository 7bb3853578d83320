"""The test command of each kind of project, what it was seen by, and None where nothing is certain."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from batty_hooks.state import project as project_map
from batty_hooks.state import testcommand
from batty_hooks.state.testcommand import Files, Guess

PYTEST = "python3 -m pytest"
PACKAGE = '{"scripts": {"test": "vitest run"}}'
DEFAULT_PACKAGE = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'
WORKSPACES = '{"workspaces": ["packages/*"]}'
WITH_PYTEST = "def test_it():\n    assert True\n"
WITH_UNITTEST = "import unittest\n\nclass TestIt(unittest.TestCase):\n    def test_it(self):\n        pass\n"
CTEST = "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure --no-tests=error"


def guess(files: dict[str, str], programs: tuple[str, ...] = ()) -> Guess:
    """What is decided over some files; a test needs no disk for it."""
    return testcommand.decide(
        Files(frozenset(files), lambda name: files.get(name, ""), lambda name: name in programs, "/a project")
    )


PROJECTS: list[tuple[dict[str, str], str | None]] = [
    ({}, None),
    ({"README.md": "make test"}, None),
    # Python
    ({"pytest.ini": ""}, PYTEST),
    ({"pyproject.toml": "[project]\nname='x'\n[tool.pytest.ini_options]\n"}, PYTEST),
    ({"pyproject.toml": "[project]\r\nname='x'\r\n[tool.pytest.ini_options]\r\n"}, PYTEST),
    ({"pyproject.toml": "[tool.pytest]\n"}, PYTEST),
    ({"pyproject.toml": "[tool]\npytest = {ini_options = {minversion = '6'}}\n"}, PYTEST),
    ({"pyproject.toml": "text = '''\n[tool.pytest]\n'''\n"}, None),
    ({"pyproject.toml": "[project]\nname='x'\n"}, None),
    ({"pyproject.toml": "[dependency-groups]\ndev = ['ruff', 'pytest>=8']\n"}, PYTEST),
    ({"pyproject.toml": "[project.optional-dependencies]\ntest = ['pytest-cov']\n"}, None),
    ({"pyproject.toml": "[tool.poetry.group.dev.dependencies]\npytest = '^8'\n"}, PYTEST),
    ({"pyproject.toml": "[broken\n"}, None),
    ({"setup.cfg": "[tool:pytest]\n"}, PYTEST),
    ({"setup.cfg": "[metadata]\n"}, None),
    ({"tox.ini": "[tox]\n\n[pytest]\n"}, PYTEST),
    ({"tox.ini": "[tox]\n"}, "tox"),
    ({"pyproject.toml": "[tool.tox]\nenv_list = ['py']\n"}, "tox"),
    ({"tox.ini": "[flake8]\n"}, None),
    ({"noxfile.py": "import nox\n\n@nox.session\ndef tests(session):\n    pass\n"}, "nox -s tests"),
    ({"noxfile.py": "import nox\n"}, "nox"),
    ({"conftest.py": ""}, PYTEST),
    ({"tests/conftest.py": ""}, PYTEST),
    ({"tests/test_it.py": WITH_PYTEST}, PYTEST),
    ({"tests/it_test.py": WITH_PYTEST}, PYTEST),
    ({"tests/unit/test_it.py": WITH_PYTEST}, PYTEST),
    ({"test_it.py": WITH_PYTEST}, PYTEST),
    ({"tests/test_it.py": WITH_UNITTEST + "\nimport pytest\n"}, PYTEST),
    ({"tests/test_it.py": WITH_UNITTEST}, "python3 -m unittest discover -s tests"),
    ({"tests/test_it.py": WITH_UNITTEST, "tests/__init__.py": ""}, "python3 -m unittest discover -s tests -t ."),
    ({"test_it.py": WITH_UNITTEST}, "python3 -m unittest"),
    ({"tests/test_it.py": "print('a script')\n"}, None),
    ({"tests/data.py": WITH_PYTEST}, None),
    ({"manage.py": "", "shop/tests.py": "from django.test import TestCase\n"}, "python3 manage.py test"),
    ({"manage.py": ""}, None),
    ({"pytest.ini": "", "src/pack/__init__.py": ""}, f"PYTHONPATH=src {PYTEST}"),
    ({"pytest.ini": "", "src/main.c": ""}, PYTEST),
    ({"pytest.ini": "", "uv.lock": ""}, "uv run pytest"),
    ({"pytest.ini": "", "poetry.lock": ""}, "poetry run pytest"),
    ({"pytest.ini": "", "pdm.lock": ""}, "pdm run pytest"),
    ({"pytest.ini": "", "Pipfile.lock": ""}, "pipenv run pytest"),
    ({"test_it.py": WITH_UNITTEST, "uv.lock": ""}, "uv run python -m unittest"),
    ({"uv.lock": ""}, None),
    # JavaScript and TypeScript
    ({"package.json": PACKAGE}, "npm test"),
    ({"package.json": "\ufeff" + PACKAGE}, "npm test"),
    ({"package.json": PACKAGE, "package-lock.json": ""}, "npm test"),
    ({"package.json": PACKAGE, "pnpm-lock.yaml": ""}, "pnpm test"),
    ({"package.json": PACKAGE, "yarn.lock": ""}, "yarn test"),
    ({"package.json": PACKAGE, "bun.lock": ""}, "bun run test"),
    ({"package.json": PACKAGE, "bun.lockb": ""}, "bun run test"),
    ({"package.json": '{"packageManager": "pnpm@9.1.0", "scripts": {"test": "vitest"}}'}, "pnpm test"),
    ({"package.json": '{"packageManager": "pnpm@9.1.0", "scripts": {"test": "vitest"}}', "yarn.lock": ""}, "yarn test"),
    ({"package.json": DEFAULT_PACKAGE}, None),
    ({"package.json": '{"scripts": {}}'}, None),
    ({"package.json": '["no", "object"]'}, None),
    ({"package.json": "{broken"}, None),
    ({"package.json": '{"scripts": {"test": ""}}'}, None),
    ({"package.json": '{"scripts": {"test": "jest --watch"}}'}, None),
    ({"package.json": '{"scripts": {"test": "jest --watchAll=false"}}'}, "npm test"),
    ({"package.json": '{"scripts": {"test": "jest --watch", "test:ci": "jest"}}'}, "npm run test:ci"),
    ({"package.json": '{"scripts": {"test": "react-scripts test"}}'}, "CI=true npm test"),
    ({"package.json": WORKSPACES, "packages/a/package.json": PACKAGE}, "npm test --workspaces --if-present"),
    ({"package.json": WORKSPACES, "packages/a/package.json": "{}"}, None),
    ({"package.json": "{}", "pnpm-workspace.yaml": "", "pnpm-lock.yaml": "", "a/package.json": PACKAGE},
     "pnpm -r test"),
    ({"package.json": WORKSPACES, "yarn.lock": "", "a/package.json": PACKAGE}, "yarn workspaces run test"),
    ({"package.json": WORKSPACES, "yarn.lock": "", ".yarnrc.yml": "", "a/package.json": PACKAGE},
     "yarn workspaces foreach -A run test"),
    ({"deno.json": '{"tasks": {"test": "deno test -A"}}'}, "deno task test"),
    ({"deno.jsonc": '{\n  // "https://x" is no comment\n  "tasks": {"test": "deno test"},\n}'}, "deno task test"),
    ({"deno.json": "{}"}, "deno test"),
    ({"deno.json": "{}", "package.json": PACKAGE}, "npm test"),
    # others
    ({"Cargo.toml": "[package]\nname = 'x'\n"}, "cargo test"),
    ({"Cargo.toml": "[workspace]\nmembers = ['a']\n", "a/Cargo.toml": ""}, "cargo test"),
    ({"Cargo.toml": "[package]\nname = 'x'\n[workspace]\n"}, "cargo test --workspace"),
    ({"go.mod": ""}, "go test ./..."),
    ({"go.work": "go 1.22\n\nuse (\n\t./api // it serves\n\t./lib\n)\n"}, "go test ./api/... ./lib/..."),
    ({"go.work": "use ./api\n"}, "go test ./api/..."),
    ({"pom.xml": ""}, "mvn test"),
    ({"build.gradle": ""}, "gradle test"),
    ({"settings.gradle.kts": ""}, "gradle test"),
    ({"build.gradle.kts": "", "gradlew": "#!/bin/sh\n"}, "sh ./gradlew test"),
    ({"CMakeLists.txt": "project(x)\nenable_testing()\n"}, CTEST),
    ({"CMakeLists.txt": "project(x)\nInclude( CTest )\n"}, CTEST),
    ({"CMakeLists.txt": "add_subdirectory(t)\n", "t/CMakeLists.txt": "add_test(NAME x COMMAND x)\n"}, CTEST),
    ({"CMakeLists.txt": "project(x)\n# enable_testing()\n"}, None),
    ({"App.sln": ""}, "dotnet test"),
    ({"App.slnx": "", "App/App.csproj": ""}, "dotnet test"),
    ({"App.fsproj": ""}, "dotnet test"),
    ({"A.sln": "", "B.sln": ""}, None),
    ({"Gemfile": "", "spec/a_spec.rb": ""}, "bundle exec rspec"),
    ({".rspec": ""}, "rspec"),
    ({"Gemfile": "", "Rakefile": "Rake::TestTask.new\n"}, "bundle exec rake test"),
    ({"Rakefile": "task :test do\nend\n"}, "rake test"),
    ({"Gemfile": "", "Rakefile": "task default: %i[lint]\n"}, "bundle exec rake"),
    ({"Gemfile": "", "bin/rails": "", "test/models/a_test.rb": ""}, "bin/rails test"),
    ({"Gemfile": ""}, None),
    ({"mix.exs": ""}, "mix test"),
    ({"composer.json": '{"scripts": {"test": "phpunit"}}'}, "composer test"),
    ({"composer.json": "{}", "phpunit.xml.dist": ""}, "vendor/bin/phpunit"),
    ({"Package.swift": ""}, "swift test"),
    ({"build.zig": 'const t = b.step("test", "Run them");\n'}, "zig build test"),
    ({"build.zig": "\n"}, None),
    ({"pubspec.yaml": "", "test/a_test.dart": ""}, "dart test"),
    ({"pubspec.yaml": "dependencies:\n  flutter:\n    sdk: flutter\n", "test/a_test.dart": ""}, "flutter test"),
    # the project's own word for it
    ({"Makefile": "all:\n\ntest: all\n\t./run\n"}, "make test"),
    ({"Makefile": "check:\n\t./run\n"}, "make check"),
    ({"Makefile": "test := 1\nattest:\n"}, None),
    ({"GNUmakefile": "all:\n", "Makefile": "test:\n"}, None),
    ({"Makefile": "test:\n", "pytest.ini": ""}, PYTEST),
    ({"justfile": "build:\n  x\n\ntest *args: build\n  x\n"}, "just test"),
    ({"Justfile": "@test:\n  x\n"}, "just test"),
    ({"justfile": "test := 'x'\ntests:\n  x\n"}, None),
    ({"Taskfile.yml": "version: '3'\ntasks:\n  build:\n    cmds: [x]\n  test:\n    cmds: [y]\n"}, "task test"),
    ({"mise.toml": "[tasks.test]\nrun = 'x'\n"}, "mise run test"),
    ({"test.sh": "#!/bin/sh\n"}, "sh ./test.sh"),
    ({"test.sh": "#!/usr/bin/env bash\n"}, "bash ./test.sh"),
    ({"Makefile": "test:\n", "pytest.ini": "", "package.json": PACKAGE}, "make test"),
    # several
    ({"pytest.ini": "", "package.json": PACKAGE}, f"{PYTEST} && npm test"),
    ({"CMakeLists.txt": "enable_testing()\n", "go.mod": ""}, f"go test ./... && ({CTEST})"),
    ({"api/go.mod": "", "my web/package.json": PACKAGE}, "(cd api && go test ./...) && (cd 'my web' && npm test)"),
    ({"services/api/Cargo.toml": "", "services/web/package.json": PACKAGE, "services/web/yarn.lock": ""},
     "(cd services/api && cargo test) && (cd services/web && yarn test)"),
    ({"backend/pytest.ini": "", "backend/tests/test_it.py": WITH_PYTEST}, f"(cd backend && {PYTEST})"),
    ({"examples/a/package.json": PACKAGE, "node_modules/x/package.json": PACKAGE, "tests/x/go.mod": ""}, None),
    ({f"p{number}/go.mod": "" for number in range(7)}, None),
]  # fmt: skip


@pytest.mark.parametrize(("files", "command"), PROJECTS)
def test_kinds_of_projects(files: dict[str, str], command: str | None) -> None:
    assert guess(files).command == command


@pytest.mark.parametrize(
    ("programs", "command"),
    [
        ({"test.sh": "#!/bin/bash\n"}, "./test.sh"),
        ({"gradlew": "", "build.gradle": ""}, "./gradlew test"),
        ({"mvnw": "", "pom.xml": ""}, "./mvnw test"),
        ({"scripts/test": ""}, "./scripts/test"),
    ],
)
def test_what_can_be_executed_is(programs: dict[str, str], command: str) -> None:
    assert guess(programs, tuple(programs)).command == command


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "saw nothing that says how"),
        ({"package.json": PACKAGE}, "saw package.json with a test script → npm test"),
        ({"package.json": PACKAGE, "yarn.lock": ""}, "saw package.json with a test script and yarn.lock → yarn test"),
        ({"package.json": "{}"}, "saw package.json without a test script → not certain"),
        ({"package.json": "{"}, "saw package.json, which is no JSON → not certain"),
        ({"pytest.ini": "", "uv.lock": ""}, "saw pytest.ini and uv.lock → uv run pytest"),
        ({"CMakeLists.txt": "x"}, "saw CMakeLists.txt without enable_testing() → not certain"),
        ({"a/go.mod": "", "b/Cargo.toml": ""},
         "saw a/go.mod, b/Cargo.toml → (cd a && go test ./...) && (cd b && cargo test)"),
        ({f"p{number}/go.mod": "" for number in range(7)}, "saw 7 packages → not certain"),
    ],
)  # fmt: skip
def test_it_says_what_it_saw(files: dict[str, str], words: str) -> None:
    assert guess(files).words == words


def test_packages_of_another_language_beside_the_top_are_named() -> None:
    found = guess({"pytest.ini": "", "web/package.json": PACKAGE, "lib/pytest.ini": ""})
    assert (found.command, found.beside) == (PYTEST, ("web: npm test",))
    assert guess({"package.json": PACKAGE, "packages/a/package.json": PACKAGE}).beside == ()
    assert len(guess({f"p{number}/go.mod": "" for number in range(7)}).beside) == 7


def test_the_own_environment_is_used_by_its_absolute_path() -> None:
    found = guess({"pytest.ini": ""}, (".venv/bin/python",))
    assert found.command == "'/a project/.venv/bin/python' -m pytest"
    below = guess({"api/pytest.ini": ""}, ("api/.venv/bin/python",))
    assert below.command == "(cd api && '/a project/api/.venv/bin/python' -m pytest)"


def test_what_git_ignores_is_not_looked_at(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("bundle/\n.venv/\n")
    for name in ("bundle", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bundle/go.mod").touch()
    project = project_map.find(tmp_path)
    assert testcommand.find(project) == Guess()
    (tmp_path / "pytest.ini").touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    assert testcommand.find(project).command == f"{python} -m pytest"


def test_a_bare_repository_is_seen_as_its_head_has_it(tmp_path: Path) -> None:
    work, bare = tmp_path / "work", tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    (work / "test.sh").write_text("#!/bin/sh\n")
    (work / "test.sh").chmod(0o755)
    for line in (["add", "."], ["commit", "-qm", "A project"], ["clone", "-q", "--bare", str(work), str(bare)]):
        subprocess.run(["git", *line], cwd=work, check=True)
    assert testcommand.find(project_map.find(bare)).command == "./test.sh"


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize("place", ["tests", "."])
def test_a_unittest_suite_really_runs(tmp_path: Path, place: str, package: bool) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / "code.txt").write_text("x")
    failing = WITH_UNITTEST.replace("pass", "self.fail('it ran')")
    (tmp_path / place / "test_it.py").write_text(failing)
    if package:
        (tmp_path / place / "__init__.py").touch()
    command = testcommand.find(project_map.find(tmp_path)).command
    assert command
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "it ran" in done.stderr
