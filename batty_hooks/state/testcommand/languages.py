"""Languages whose own tool tests a project by a file at its top: one line each where a line is enough."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from batty_hooks.state.testcommand import javascript, python
from batty_hooks.state.testcommand.files import Files, Found, dig

# The first file that is there; the command; what a line of it has to say, if it is not enough that it is there.
_BY_ONE_FILE: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("mix.exs",), "mix test", ""),
    (("Package.swift",), "swift test", ""),
    (("build.zig",), "zig build test", r"\bstep\(\s*\"test\""),
    (("meson.build",), "meson setup build && meson test -C build", ""),
    (("stack.yaml",), "stack test", ""),
    (("cabal.project",), "cabal test all", ""),
    (("build.sbt",), "sbt test", ""),
    (("project.clj",), "lein test", ""),
    (("gleam.toml",), "gleam test", ""),
    (("shard.yml",), "crystal spec", ""),
    (("dune-project",), "dune test", ""),
    (("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel"), "bazel test //...", ""),
)
_CMAKE_TESTS = r"(?i)^\s*(enable_testing\s*\(|include\s*\(\s*CTest\b|add_test\s*\(|gtest_discover_tests|catch_discover)"
_RAKE_TESTS = r"TestTask|\b(task|namespace)\b[ (]*(:test\b|[\"']test[\"']|test:)"
_RAKE_SPECS = r"RSpec::Core::RakeTask"


def find(files: Files) -> list[Found]:
    """All kinds of project that a directory is, in a steady order."""
    kinds: tuple[Callable[[Files], Found | None], ...] = (
        python.find, _rust, javascript.find, _go, _java, _cmake, _dotnet, _ruby, _php, _dart,
    )  # fmt: skip
    return [*filter(None, (kind(files) for kind in kinds)), *_by_one_file(files)]


def _by_one_file(files: Files) -> list[Found]:
    found = []
    for names, command, line in _BY_ONE_FILE:
        name = files.first(*names)
        if name and (not line or files.has(name, line)):
            found.append(Found(command, name))
    return found


def _rust(files: Files) -> Found | None:
    if "Cargo.toml" not in files:
        return None
    data = files.toml("Cargo.toml")
    if "workspace" in data and "package" in data:  # plain `cargo test` tests the package at the root alone then
        return Found("cargo test --workspace", "Cargo.toml with a workspace")
    return Found("cargo test", "Cargo.toml")


def _go(files: Files) -> Found | None:
    if "go.work" in files:
        text = re.sub(r"//.*", "", files.read("go.work"))
        block = re.findall(r"^use\s*\(([^)]*)\)", text, re.MULTILINE)
        places = [*" ".join(block).split(), *re.findall(r"^use\s+([^\s(]+)", text, re.MULTILINE)]
        each = [shlex.quote(place.strip('"').rstrip("/") + "/...") for place in places]
        return Found(f"go test {' '.join(each)}", "go.work") if each else Found(None, "go.work without a module")
    return Found("go test ./...", "go.mod") if "go.mod" in files else None


def _wrapped(files: Files, wrapper: str, otherwise: str) -> str:
    """The tool a project brings along; those who work on Windows often lose its executable bit."""
    if wrapper not in files:
        return otherwise
    return f"./{wrapper}" if files.runs(wrapper) else f"sh ./{wrapper}"


def _java(files: Files) -> Found | None:
    if "pom.xml" in files:
        return Found(f"{_wrapped(files, 'mvnw', 'mvn')} test", "pom.xml")
    name = files.first("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
    return Found(f"{_wrapped(files, 'gradlew', 'gradle')} test", name) if name else None


def _cmake(files: Files) -> Found | None:
    if "CMakeLists.txt" not in files:
        return None
    lists = files.like(r"CMakeLists\.txt|(.*/)?CMakeLists\.txt|.*\.cmake")
    if not any(re.search(_CMAKE_TESTS, text, re.MULTILINE) for text in files.texts(lists)):
        return Found(None, "CMakeLists.txt without enable_testing()")
    command = "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure"
    return Found(f"{command} --no-tests=error", "CMakeLists.txt with tests for ctest")


def _dotnet(files: Files) -> Found | None:
    for kind in (r"[^/]+\.slnx?", r"[^/]+\.(cs|fs|vb)proj"):
        names = files.like(kind)
        if len(names) == 1:
            return Found("dotnet test", names[0])
        if names:
            return Found(None, f"{' and '.join(names[:3])}: which one is to be tested is not certain")
    return None


def _ruby(files: Files) -> Found | None:
    prefix, gems = ("bundle exec ", " and Gemfile") if "Gemfile" in files else ("", "")
    if files.like(r"spec/(.*/)?[^/]*_spec\.rb") or ".rspec" in files:
        return Found(f"{prefix}rspec", f"specs in spec/{gems}")
    if "bin/rails" in files and files.like(r"test/.*_test\.rb"):
        return Found("bin/rails test", "bin/rails and tests in test/")
    name = files.first("Rakefile", "rakefile", "Rakefile.rb")
    for line, task in ((_RAKE_TESTS, " test"), (_RAKE_SPECS, " spec"), (r"\btask[ (]*(:default\b|default:)", "")):
        if name and files.has(name, line):
            return Found(f"{prefix}rake{task}", f"{name} with a{task or ' default'} task{gems}")
    return Found(None, "Gemfile without specs or a test task") if gems else None


def _php(files: Files) -> Found | None:
    if dig(files.json("composer.json"), "scripts", "test"):
        return Found("composer test", "composer.json with a test script")
    name = files.first("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
    if "artisan" in files and name:
        return Found("php artisan test", f"artisan and {name}")
    if "tests/Pest.php" in files:
        return Found("vendor/bin/pest", "tests/Pest.php")
    return Found("vendor/bin/phpunit", name) if name else None


def _dart(files: Files) -> Found | None:
    if "pubspec.yaml" not in files or not files.like(r"test/.*_test\.dart"):
        return None
    return Found("flutter test" if files.has("pubspec.yaml", r"^\s+sdk:\s*flutter") else "dart test", "pubspec.yaml")
