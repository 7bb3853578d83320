"""The walls: imports point down only, one door to each outside thing, no circle, no module over 300 lines."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import BOARD, Scene

from batty_hooks.vocabulary import happened

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "batty_hooks"
MODULES = sorted(PACKAGE.rglob("*.py"))
# What each floor may import of the others.
_GROUND = {"errors", "vocabulary"}
BELOW = {
    "main": {"errors", "system", "commands"},
    "__main__": {"main"},
    "commands": {"people", "moves", "rules", "state", "agents", "system", *_GROUND},
    "people": {"moves", "rules", "state", "agents", "system", *_GROUND},
    "moves": {"rules", "state", "agents", "system", *_GROUND},
    "rules": {"state", "agents", "system", *_GROUND},
    "agents": {"errors"},
    "state": {"system", *_GROUND},
    "system": {"errors"},
    "errors": set(),
    "vocabulary": set(),
    "__init__": set(),
}
# By what something is written or begun: what only derives has no use for it.
_WRITERS = {"system.atomic", "system.bounded", "system.lock", "system.process", "system.supervisor", "system.tmux"}
# Modules that a whole floor stands on; beside each other nothing else is imported.
COMMON = {"state": {"state.project"}, "moves": {"moves.base"}, "agents": {"agents.base"}, "commands": set()}
DOORS = {
    "subprocess": "system/process/",
    "sh": "system/process/",
    "filelock": "system/lock.py",
    "watchfiles": "system/watch.py",
    "rich": "system/screen.py",
    "libtmux": "system/tmux.py",
    "textual": "commands/top/",
    "distributed": "system/machines/",
    "dask": "system/machines/",
    "cryptography": "system/machines/",
    "yaml": "state/team/",
}
TOP_LEVEL = {
    "setup.cfg", "pyproject.toml", "batty_hooks", "hooks", "tests", "templates", "install.sh", "README.md", "LICENSE",
    "CHANGELOG.md", "docs",
}  # fmt: skip


@functools.cache
def parsed(path: Path) -> ast.Module:
    """A module's syntax tree. Read only: all tests share it."""
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    """A module's dotted name below the package; a package's __init__ is the package."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


NAMES = {path: name_of(path) for path in MODULES}


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """Every module a file imports, at any depth, as dotted names; ours without the package's name.
    Names for the type checker alone count too: who needs them depends on where they are from."""
    known = set(NAMES.values())
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and called(node) == "late.whole":
            found.add(ast.literal_eval(node.args[0]))
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            below = node.module.removeprefix("batty_hooks").lstrip(".")
            for alias in node.names:
                deeper = f"{below}.{alias.name}".lstrip(".")
                ours_is = f"batty_hooks.{deeper if deeper in known else below}"
                found.add(ours_is if is_ours(node.module) else node.module)
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path} imports relatively; write the full name")
    return frozenset(found)


def called(node: ast.Call) -> str:
    """What is called: a name, or a name's attribute."""
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def is_ours(name: str) -> bool:
    return name == "batty_hooks" or name.startswith("batty_hooks.")


def ours(path: Path) -> set[str]:
    return {name.removeprefix("batty_hooks").lstrip(".") for name in imports(path) if is_ours(name)} - {""}


def noun(name: str) -> str:
    """The room of a module: state.board.text belongs to state.board."""
    return ".".join(name.split(".")[:2])


def above(name: str, path: Path) -> set[str]:
    """What a module imports of floors that its own floor may not know."""
    floor = name.split(".")[0]
    return {other for other in ours(path) if other.split(".")[0] not in {floor, *BELOW[floor]}}


def test_imports_point_down() -> None:
    assert {name: above(name, path) for path, name in NAMES.items() if above(name, path)} == {}


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


@pytest.mark.parametrize("path", sorted((PACKAGE / "rules").glob("*.py")), ids=name_of)
def test_what_derives_does_not_write(path: Path) -> None:
    assert {other for other in ours(path) if any(f"{other}.".startswith(f"{one}.") for one in _WRITERS)} == set()
    called = {node.func.attr for node in ast.walk(parsed(path))
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}  # fmt: skip
    assert not called & {"send", "confirm", "record", "set_state", "write_text", "write_bytes", "unlink", "mkdir"}


def test_moves_holds_moves_and_what_they_stand_on() -> None:
    for path in sorted((PACKAGE / "moves").glob("*.py")):
        if path.stem != "__init__":
            defined = {node.targets[0].id for node in parsed(path).body
                       if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)}  # fmt: skip
            assert {"NAME", "ORDER", "WATCHES", "SLOW"} <= defined, f"{path.name} is no move"


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


def _of_ids() -> set[str]:
    """What stands between the words of an id: `.brief.`, `.answered`."""
    modules = [PACKAGE / f"vocabulary/{name}.py" for name in ("ids", "offer_ids")]
    said = {node.value for path in modules for node in ast.walk(parsed(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    return {word for word in said if re.fullmatch(r"\.[a-z]+\.?", word)}


WORDS = {name for name in happened.SAYS if " " in name or ":" in name} | _of_ids()


def spelled(node: ast.AST) -> Iterator[str]:
    """The names of events, the ids and the kinds of messages that a node spells a second time."""
    if isinstance(node, ast.Constant) and node.value in WORDS:
        yield repr(node.value)
    if isinstance(node, ast.Call) and called(node) in ("events.append", "inbox.Message"):
        names = node.args[1:3] if called(node) == "events.append" else [*node.args[:1], *node.args[5:6]]
        yield from (ast.unparse(one) for one in names if isinstance(one, ast.Constant | ast.JoinedStr))
    if isinstance(node, ast.Assign):
        yield from (ast.unparse(one) for one in _ids_made(node.targets[0], node.value))


def _ids_made(target: ast.AST, value: ast.AST) -> Iterator[ast.AST]:
    """What an assignment puts together by hand for a variable `id`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, given in zip(target.elts, value.elts, strict=True):
            yield from _ids_made(one, given)
    elif isinstance(target, ast.Name) and target.id == "id":
        made = (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)
        yield from (one for one in made if isinstance(one, ast.JoinedStr | ast.BinOp))


def test_words_of_the_vocabulary_stand_there_alone() -> None:
    """They are looked up."""
    elsewhere = [path for path in MODULES if "vocabulary" not in path.parts]
    found = [
        f"{NAMES[path]}: {word}" for path in elsewhere for node in ast.walk(parsed(path)) for word in spelled(node)
    ]
    assert found == []


def by_hand(node: ast.AST) -> Iterator[ast.AST]:
    """Where a node puts the key of an item together, or takes one apart, without vocabulary/keys.py."""
    if isinstance(node, ast.Call) and called(node) == "Item":
        yield from (one for one in node.args[:1] if not _is_key(one))
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "key" and not _is_key(node.value):
        yield node
    if isinstance(node, ast.Attribute | ast.Subscript) and ast.unparse(node.value) == "item.key":
        yield node
    if isinstance(node, ast.Compare) and "item.key" in map(ast.unparse, (node.left, *node.comparators)):
        yield from (one for one in (node.left, *node.comparators) if not _is_key(one))


def _is_key(made: ast.AST) -> bool:
    """Whether what is taken for a key is a word, or made by `keys.join`."""
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        return ast.unparse(made.func) == "keys.join" or made.func.attr not in ("join", "format")
    return not isinstance(made, ast.JoinedStr | ast.BinOp)


def test_no_move_puts_a_key_together_by_hand() -> None:
    users = [path for path in MODULES if {"moves", "commands"} & set(path.parts)]
    found = [f"{NAMES[path]}: {ast.unparse(one)}" for path in users for node in ast.walk(parsed(path))
             for one in by_hand(node)]  # fmt: skip
    assert found == []


def test_every_event_is_said_and_nothing_else_is() -> None:
    named = {value for name, value in vars(happened).items() if name.isupper() and isinstance(value, str)}
    assert named - {happened.GATE, happened.HANDED_BACK} == set(happened.SAYS)


def test_modules_are_short_and_well_named() -> None:
    assert [path for path in MODULES if len(path.read_text().splitlines()) > 300] == []
    assert {path.stem for path in MODULES} & {"utils", "util", "helpers", "helper", "common", "misc"} == set()


def test_slow_libraries_are_imported_late() -> None:
    """A command that an agent calls fifty times a day must start fast. (The screen of `top` is made of textual's
    classes: its modules are themselves imported late, by the verb alone.)"""
    screens = {path for path in MODULES if "textual" in {name.split(".")[0] for name in imports(path)}}
    for path in MODULES:
        nodes = [node for node in parsed(path).body if isinstance(node, ast.ImportFrom)]
        first = {
            name for node in nodes for alias in node.names for name in (node.module, f"{node.module}.{alias.name}")
        }
        assert path in screens or not first & {f"batty_hooks.{NAMES[screen]}" for screen in screens}, path
    for path in set(MODULES) - screens:
        for node in parsed(path).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert not {name.split(".")[0] for name in names} & set(DOORS) - {"subprocess"}, path


def test_regular_expressions_are_compiled_late() -> None:
    """Those of all modules would cost each start of an engine a tenth of its time. (An adapter stands alone, and is
    imported for its members.)"""
    for path in (one for one in MODULES if not NAMES[one].startswith("agents.")):
        tops = [one for one in parsed(path).body if not isinstance(one, ast.ClassDef)]
        tops += [one for top in parsed(path).body if isinstance(top, ast.ClassDef) for one in top.body]
        for node in (one for one in tops if not isinstance(one, ast.FunctionDef)):
            calls = {called(one) for one in ast.walk(node) if isinstance(one, ast.Call)}
            assert "re.compile" not in calls, f"{path}: late.pattern(…) is compiled when it is first used"


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


def faces() -> list[Path]:
    """The packages whose parts are imported when they are first used (system/late.py)."""
    return [path for path in MODULES if "late.face(" in path.read_text()]


@pytest.mark.parametrize("path", faces(), ids=name_of)
def test_a_late_face_shows_what_the_type_checker_sees(path: Path) -> None:
    tree = parsed(path)
    seen = {
        (str(node.module).removeprefix(f"batty_hooks.{name_of(path)}."), alias.name)
        for part in tree.body
        if isinstance(part, ast.If)
        for node in part.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"batty_hooks.{name_of(path)}.")
        for alias in node.names
    }
    [face] = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "late.face"]
    shown = {(str(part.arg), name) for part in face.keywords for name in ast.literal_eval(part.value).split()}
    assert shown == seen
    # A module of that name would be found in its place, once somebody has imported it.
    assert not {name for _, name in shown} & {module.stem for module in path.parent.glob("*.py")}


# What costs more to import than a short command may take in all; each has its place, and is imported there.
_NEVER = (
    "filelock sh libtmux rich textual watchfiles logging dataclasses asyncio tempfile concurrent email.message "
    "email.policy email.utils importlib.resources importlib.metadata batty_hooks.agents batty_hooks.moves.gate "
    "batty_hooks.moves.base.runner batty_hooks.people.overview batty_hooks.people.needs batty_hooks.state.slots "
    "batty_hooks.system.tmux"
).split()
_NO_GIT = ("subprocess", "batty_hooks.moves", "batty_hooks.state.board.text", "batty_hooks.system.git.merging")
_NOTHING = ("batty_hooks.state", "batty_hooks.rules", "batty_hooks.people", "batty_hooks.moves", "yaml")
# What an agent or a person types dozens of times an hour, and what it must not import beside all that.
NOT_IMPORTED = {
    "--help": _NOTHING,
    "--version": _NOTHING,
    "completion bash": _NOTHING,
    "no-such-verb": _NOTHING,
    "status --no-such-option": ("batty_hooks.rules", "batty_hooks.moves", "yaml"),
    "send human hello": _NO_GIT,
    "inbox human": _NO_GIT,
    "read": _NO_GIT,
    "ask which": ("batty_hooks.moves", "batty_hooks.system.git.merging"),
    "task add more": (),
    "task show t1": ("batty_hooks.moves.base.launching",),
    "done": (),
    "board": ("batty_hooks.system.git.merging",),
    "wake": ("ssl", "random", "shutil", "watchfiles.main", "anyio"),
}
_ALLOWED = {
    "task show t1": ("batty_hooks.agents", "batty_hooks.people.overview", "batty_hooks.people.needs"),
    "wake": ("watchfiles", *(name for name in _NEVER if name.startswith("batty_hooks."))),  # of watchfiles, its core
}
# In one process, which has click and the like, a child for each command: the names of all that it has imported.
_TRACED = """
import json, os, sys
from batty_hooks.main import run
for line in sys.argv[1:]:
    print(line, flush=True)
    if not os.fork():
        with open(os.devnull, "w") as nothing:
            sys.stdout = sys.stderr = nothing
            run(line.split())
        os.write(1, (" ".join(sys.modules) + chr(10)).encode())
        os._exit(0)
    os.wait()
"""


def test_a_command_imports_only_what_it_needs(scene: Scene) -> None:
    scene.run("install")
    scene.team("true")
    scene.save(BOARD.replace("## TODO\n", "## TODO\n\n- [ ] One card ^t1\n"))
    argv = [sys.executable, "-c", _TRACED, *NOT_IMPORTED]
    env = {**os.environ, "BATTY_NO_WAKE": "1"}
    done = subprocess.run(argv, cwd=scene.root, env=env, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    imported = {line: set(names.split()) for line, names in zip(lines[::2], lines[1::2], strict=True)}
    assert imported.keys() == NOT_IMPORTED.keys(), done.stdout + done.stderr
    beyond = {
        (line, wall)
        for line, names in imported.items()
        for wall in (*_NEVER, *NOT_IMPORTED[line])
        if any(name == wall or name.startswith(f"{wall}.") for name in names) and wall not in _ALLOWED.get(line, ())
    }
    assert not beyond
