"""What a worktree is made ready from, as one word: when the word changes, it is made ready again.

The settings themselves, what is copied and linked, and the tracked files the setup commands obviously depend on: the
manifests and lock files of the tools they name (of all tools, when they name none we know), and files they name.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.state.setup.spec import Spec
from batty_hooks.system import directories
from batty_hooks.system.git import objects

_FORMAT = "1"
_PYTHON = (
    "requirements*.txt requirements*.in constraints*.txt pyproject.toml setup.py setup.cfg uv.lock poetry.lock "
    "pdm.lock pylock*.toml Pipfile Pipfile.lock environment*.yml tox.ini .python-version"
)
_NODE = (
    "package.json package-lock.json npm-shrinkwrap.json pnpm-lock.yaml pnpm-workspace.yaml yarn.lock bun.lock "
    "bun.lockb deno.json deno.lock .npmrc .yarnrc .yarnrc.yml .nvmrc .node-version"
)
_RUBY, _PHP = "Gemfile Gemfile.lock *.gemspec .ruby-version", "composer.json composer.lock"
_JVM = "pom.xml build.gradle build.gradle.kts settings.gradle settings.gradle.kts gradle.lockfile *.versions.toml"
_TOOLS = (
    ("python python3 pip pip3 uv poetry pdm pipenv conda mamba tox nox hatch virtualenv", _PYTHON),
    ("npm npx pnpm yarn bun node corepack deno", _NODE),
    ("cargo rustup", "Cargo.toml Cargo.lock rust-toolchain rust-toolchain.toml"),
    ("go", "go.mod go.sum go.work go.work.sum"),
    ("bundle bundler gem ruby rake", _RUBY),
    ("composer php", _PHP),
    ("mix", "mix.exs mix.lock"),
    ("mvn mvnw gradle gradlew", _JVM),
    ("dotnet", "*.csproj *.fsproj *.sln packages.lock.json Directory.Packages.props global.json"),
)
_ANY = (*(patterns for _, patterns in _TOOLS), "Makefile GNUmakefile justfile flake.nix flake.lock shell.nix")


def word(project: Project, tree: str, spec: Spec) -> str:
    """The word for all that makes a worktree on ``tree`` (a tree or a commit) what it is."""
    said = f"{settings_fingerprint(project, spec)}{files(project, tree, spec.setup)}"
    return hashlib.sha256(said.encode()).hexdigest()


def settings_fingerprint(project: Project, spec: Spec) -> str:
    """The part of it that lies outside the tree: settings, copied content, linked places; "" for no spec."""
    if not spec:
        return ""
    copies = [(path, directories.snapshot(project.root / path)) for path in spec.copy]
    links = [(path, directories.identity(project.root / path)) for path in spec.link]
    return json.dumps([_FORMAT, spec.setup, spec.ports, copies, links])


def files(project: Project, tree: str, setup: tuple[str, ...]) -> dict[str, str]:
    """The tracked files that the setup commands depend on, each with its blob."""
    return dict(_files(project.root, tree, setup)) if setup else {}


def changed(project: Project, old: str, new: str, setup: tuple[str, ...]) -> list[str]:
    """Those of them in which two trees differ."""
    before, after = files(project, old, setup), files(project, new, setup)
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def touches(paths: Iterable[str], setup: tuple[str, ...]) -> bool:
    """Whether one of ``paths`` is what the setup commands depend on."""
    return any(_matters(path, _patterns(setup), _words(setup)) for path in paths)


@lru_cache(maxsize=256)  # what a tree holds cannot change
def _files(root: Path, tree: str, setup: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    patterns, words = _patterns(setup), _words(setup)
    return tuple((path, blob) for path, blob in objects.listing(root, tree) if _matters(path, patterns, words))


def _matters(path: str, patterns: frozenset[str], words: frozenset[str]) -> bool:
    name = path.rpartition("/")[2]
    return path in words or name in patterns or any("*" in one and fnmatchcase(name, one) for one in patterns)


def _patterns(setup: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for command in setup:
        called = {word.rpartition("/")[2] for word in _words((command,))}
        named = [patterns for tools, patterns in _TOOLS if called & set(tools.split())]
        found.update(pattern for patterns in (named or _ANY) for pattern in patterns.split())
    return frozenset(found)


def _words(setup: tuple[str, ...]) -> frozenset[str]:
    """The words of the commands, as the names of files that they may be."""
    found: set[str] = set()
    for command in setup:
        try:
            words = shlex.split(command, comments=True)
        except ValueError:
            words = command.split()
        found.update(part.removeprefix("./") for word in words for part in re.split(r"[;&|()=]+", word) if part)
    return frozenset(found)
