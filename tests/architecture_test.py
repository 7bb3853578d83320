"""The walls: imports point down only, one door to each outside thing, no circle, no module over 300 lines."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "batty_hooks"
MODULES = sorted(PACKAGE.rglob("*.py"))
# What each floor may import of the others.
BELOW = {
    "main": {"errors", "system", "commands"},
    "__main__": {"main"},
    "commands": {"moves", "state", "agents", "system", "errors"},
    "moves": {"state", "agents", "system", "errors"},
    "agents": {"errors"},
    "state": {"system", "errors"},
    "system": {"errors"},
    "errors": set(),
    "__init__": set(),
}
# Modules that a whole floor stands on; beside each other nothing else is imported.
COMMON = {"state": {"state.project"}, "moves": {"moves.base"}, "agents": {"agents.base"}, "commands": set()}
DOORS = {
    "subprocess": "system/process/",
    "sh": "system/process/",
    "filelock": "system/lock.py",
    "watchfiles": "system/watch.py",
    "rich": "system/screen.py",
    "libtmux": "system/tmux.py",
    "yaml": "state/team/",
}
TOP_LEVEL = {
    "setup.cfg", "pyproject.toml", "batty_hooks", "hooks", "tests", "templates", "install.sh", "README.md", "LICENSE",
    "CHANGELOG.md", "docs",
}  # fmt: skip


def name_of(path: Path) -> str:
    """A module's dotted name below the package; a package's __init__ is the package."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(path: Path) -> set[str]:
    """Every module a file imports, at any depth, as dotted names; ours without the package's name."""
    known = {name_of(module) for module in MODULES}
    found = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):  # names for the type checker alone are no imports
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            below = node.module.removeprefix("batty_hooks").lstrip(".")
            for alias in node.names:
                deeper = f"{below}.{alias.name}".lstrip(".")
                ours_is = f"batty_hooks.{deeper if deeper in known else below}"
                found.add(ours_is if is_ours(node.module) else node.module)
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path} imports relatively; write the full name")
    return found


def is_ours(name: str) -> bool:
    return name == "batty_hooks" or name.startswith("batty_hooks.")


def ours(path: Path) -> set[str]:
    return {name.removeprefix("batty_hooks").lstrip(".") for name in imports(path) if is_ours(name)} - {""}


def noun(name: str) -> str:
    """The room of a module: state.board.text belongs to state.board."""
    return ".".join(name.split(".")[:2])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    name = name_of(path)
    floor = name.split(".")[0]
    for other in ours(path):
        target = other.split(".")[0]
        if target != floor:
            assert target in BELOW[floor], f"{name} imports {other}: {floor} may not know {target}"


def beside(path: Path) -> set[str]:
    """What a module imports from other rooms of its own floor."""
    name = name_of(path)
    floor = name.split(".")[0]
    same = {noun(other) for other in ours(path) if other.split(".")[0] == floor and floor in COMMON}
    return same - {floor, noun(name)} - COMMON.get(floor, set())


def test_beside_each_other_only_the_common_rooms() -> None:
    assert {name_of(path): beside(path) for path in MODULES if beside(path)} == {}


def test_no_import_circle() -> None:
    graph = {name_of(path): ours(path) for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' → '.join([*trail[trail.index(name) :], name])}"
        if name not in done:
            for other in graph.get(name, set()):
                if other != name:
                    visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("library", DOORS)
def test_one_door_to_each_library(library: str) -> None:
    users = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }
    assert {user for user in users if not user.startswith(DOORS[library])} == set()


def test_git_is_started_in_one_place() -> None:
    users = {str(p.relative_to(PACKAGE)) for p in MODULES if re.search(r"""\[\s*["']git["']""", p.read_text())}
    assert users == {"system/git/call.py"}
    for path in MODULES:
        if "system" not in path.parts:
            assert "batty_hooks.system.git.call" not in imports(path), f"{path} goes round git's questions"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_short_and_well_named(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}


def test_slow_libraries_are_imported_late() -> None:
    """A command that an agent calls fifty times a day must start fast."""
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert not {name.split(".")[0] for name in names} & set(DOORS) - {"subprocess"}, path


def test_the_top_level_is_the_one_agreed() -> None:
    listed = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert listed - {"build", "dist", "batty_hooks.egg-info"} <= TOP_LEVEL


def test_pyproject_has_only_the_build_system() -> None:
    tables = re.findall(r"^\[(.+)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert tables == ["build-system"]


def test_every_package_is_shipped() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    there = {f"batty_hooks.{name_of(path)}".removesuffix(".__init__") for path in PACKAGE.rglob("__init__.py")}
    assert there <= listed
    assert listed - there == {"batty_hooks.hooks", "batty_hooks.templates"}
