"""Which paths nobody changes alone: `gate.protect` of team.yaml, everything of ours, and the scripts the gate runs.

Who may weaken the test that judges him needs no green code. A pattern reads as in .gitignore, and git does the
matching: `tests/` is a directory of that name anywhere, `/tests/` the one at the top, `conftest.py` a file or directory
anywhere, `.github/**` or `ci/run` (a slash inside) counts from the top.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from batty_hooks.moves.base.look import Look
from batty_hooks.state.trunk import Candidate
from batty_hooks.system.git import diff, objects

# The gate's own configuration; and verdicts and queue, should somebody commit files under their names.
ALWAYS = "/.batty/"
_SHELLS = {"sh", "ash", "bash", "dash", "ksh", "zsh"}
_BEFORE_A_PROGRAM = re.compile(r"[A-Za-z_]\w*=.*|env|exec|command|time|nice|!|if|then|else|do|\{")
_BETWEEN_PROGRAMS = re.compile(r"[();<>|&]+")


def touched(look: Look, candidate: Candidate) -> tuple[str, ...]:
    """The protected paths that landing a candidate would change: add, rewrite, move or delete."""
    if candidate.conflicts:
        return ()
    specs = [spec for pattern in (ALWAYS, *look.team.gate.protect) for spec in pathspecs(pattern)]
    specs += [f":(top,literal){path}" for path in _scripts(look, candidate.base)]
    return tuple(diff.touched(look.project.root, candidate.base, candidate.tree, specs))


def pathspecs(pattern: str) -> list[str]:
    """git's words for a pattern: what it names itself, and everything below that."""
    body = pattern.removeprefix(".") if pattern.startswith("./") else pattern
    anchored = "/" in body.rstrip("/")
    name = body.strip("/")
    if not name:
        return [":(top)"]
    start = f":(top,glob){'' if anchored else '**/'}{name}"
    return [f"{start}/**"] if body.endswith("/") else [start, f"{start}/**"]


def _scripts(look: Look, base: str) -> Iterator[str]:
    """The files of the trunk that the test command names as what it runs: `./check`, `sh ci/check.sh`."""
    for word in _programs(look.team.gate.command or ""):
        path = posixpath.normpath(word)
        if not path.startswith(("/", "..")):
            entry = objects.entry(look.project.root, base, path)
            if entry and entry.split()[1] == "blob":
                yield path


def _programs(command: str) -> Iterator[str]:
    """What a command line starts by a path, and what it gives a shell to read."""
    for line in command.splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        try:
            yield from _of_line(list(words))
        except ValueError:  # an open quote: the shell will say so
            continue


def _of_line(words: list[str]) -> Iterator[str]:
    first, shell = True, False
    for word in words:
        if _BETWEEN_PROGRAMS.fullmatch(word):
            first, shell = True, False
        elif first and not _BEFORE_A_PROGRAM.fullmatch(word):
            first, shell = False, posixpath.basename(word) in _SHELLS
            if "/" in word and not shell:
                yield word
        elif shell and not word.startswith("-"):
            shell = False
            yield word
        elif shell and "c" in word:
            shell = False
