"""Which command tests a project, decided over its files alone."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from batty_hooks.state.testcommand import languages
from batty_hooks.state.testcommand.files import Files, Found, dig
from batty_hooks.system import late
from batty_hooks.system.records import dataclass

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # in make's own order
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_TASKFILES = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml")
_SCRIPTS = (
    "test.sh", "tests.sh", "run_tests.sh", "run-tests.sh", "runtests.sh", "script/test", "scripts/test",
    "scripts/test.sh", "bin/test",
)  # fmt: skip
# Directories in which a project of somebody else, or one that is only an example, lies.
_NOT_OURS = late.pattern(
    r"(?i)(?:^|/)(?:\..*|examples?|samples?|vendor|third[-_]?party|node_modules|fixtures|testdata|templates?|docs?|demos?"
    r"|benchmarks?|target|dist|build|out|tests?|spec|__tests__)(?:/|$)"
)
_MANY = 6  # packages that are joined to one command


@dataclass(frozen=True)
class Guess:
    """The command that tests a project, or None; ``saw`` is what it was read off, or what is there and is not enough;
    ``beside`` are packages in subdirectories that the command says nothing about, with what tests each."""

    command: str | None = None
    saw: str = ""
    beside: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """It all in one line: "saw package.json with a test script → npm test"."""
        return f"saw {self.saw} → {self.command or 'not certain'}" if self.saw else "saw nothing that says how"


def decide(files: Files) -> Guess:
    """The command that tests what ``files`` are, run from their top.

    Every language that is there gets its command; the project's own word for all of it (`make test`, `just test` …)
    comes first where there are several, and where there is none. A top without any gets those of its subdirectories.
    """
    found = languages.find(files)
    sure = [one for one in found if one.command]
    own = _own_word(files)
    if own and len(sure) != 1:
        return Guess(own.command, own.saw)
    packages = _packages(files)
    if sure:
        command = " && ".join(_apart(one.command or "", len(sure) > 1) for one in sure)
        return Guess(command, _join(sure), tuple(f"{place}: {one.command}" for place, one in _others(packages, found)))
    if packages and len(packages) <= _MANY:
        each = [Found(f"(cd {shlex.quote(place)} && {one.command})", f"{place}/{one.saw}") for place, one in packages]
        return Guess(" && ".join(one.command or "" for one in each), _join(each))
    beside = tuple(f"{place}: {one.command}" for place, one in packages)
    return Guess(None, _join(found) or (f"{len(packages)} packages" if packages else ""), beside)


def _join(found: Sequence[Found]) -> str:
    return ", ".join(one.saw for one in found)


def _apart(command: str, several: bool) -> str:
    """A line that is a list itself keeps together among others."""
    return f"({command})" if several and " && " in command else command


def _packages(files: Files) -> list[tuple[str, Found]]:
    """The packages one and two directories down, each with its command; none inside another."""
    above = {name.rpartition("/")[0] for name in files.names if 0 < name.count("/") <= 2}
    found: list[tuple[str, Found]] = []
    for place in sorted({place for path in above for place in (path, path.partition("/")[0])}):
        if _NOT_OURS.search(place) or any(place.startswith(f"{outer}/") for outer, _ in found):
            continue
        inner = files.below(place)
        sure = [one for one in languages.find(inner) if one.command]
        own = _own_word(inner) if len(sure) > 1 else None
        found += [(place, one) for one in ([own] if own else sure)]
    return found


def _others(packages: list[tuple[str, Found]], at_top: list[Found]) -> list[tuple[str, Found]]:
    """Those of another language than the top: its own tool knows nothing of them."""
    tools = {_tool(one) for one in at_top}
    return [(place, one) for place, one in packages if _tool(one) not in tools]


def _tool(found: Found) -> str:
    """By what a language is known: npm's and yarn's are one, and so are all that start Python."""
    words = (found.command or found.saw).replace("./", "").split()
    word = next((word for word in words if "=" not in word and word not in ("sh", "run")), "")
    if word in ("npm", "yarn", "pnpm", "bun", "package.json"):
        return "javascript"
    return "python" if re.search(r"python|^(uv|poetry|pdm|pipenv|tox|nox)$", word) else word


def _own_word(files: Files) -> Found | None:
    """What a project calls its tests itself."""
    if name := files.first(*_MAKEFILES):
        for target in ("test", "check"):
            if files.has(name, rf"^{target}\s*:(?!=)"):
                return Found(f"make {target}", f"{name} with a {target} target")
    if (name := files.first(*_JUSTFILES)) and files.has(name, r"^@?test\b[^:=\n]*:(?!=)"):
        return Found("just test", f"{name} with a test recipe")
    if (name := files.first(*_TASKFILES)) and files.has(name, r"^tasks:(?:.*\n)+?\s+['\"]?test['\"]?:"):
        return Found("task test", f"{name} with a test task")
    if (name := files.first("mise.toml", ".mise.toml")) and dig(files.toml(name), "tasks", "test"):
        return Found("mise run test", f"{name} with a test task")
    return _script(files)


def _script(files: Files) -> Found | None:
    name = files.first(*_SCRIPTS)
    if not name:
        return None
    if files.runs(name):
        return Found(f"./{name}", name)
    shell = re.match(r"#!\s*\S*?(?:env\s+)?(\w*sh)\b", files.read(name))
    return Found(f"{shell[1] if shell else 'sh'} ./{name}", name)
