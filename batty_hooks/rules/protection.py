"""Which paths nobody changes alone: `gate.protect` of team.yaml, everything of ours, and the scripts the gate runs.

Who may weaken the test that judges him needs no green code. git matches the patterns as pathspecs, on the difference
between trunk and candidate tree; they read as in .gitignore: `tests/` is a directory of that name anywhere, `/tests/`
the one at the top, `conftest.py` a file or directory anywhere, `.github/**` or `ci/run` (a slash inside) counts from
the top.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from batty_hooks.rules.look import Look
from batty_hooks.state.trunk import Candidate
from batty_hooks.system import late
from batty_hooks.system.git import diff, objects

# The gate's own configuration; and verdicts and queue, should somebody commit files under their names.
ALWAYS = "/.batty/"
_SHELLS = {"sh", "ash", "bash", "dash", "ksh", "zsh"}
_BEFORE_A_PROGRAM = late.pattern(r"[A-Za-z_]\w*=.*|env|exec|command|time|nice|!|if|then|else|do|\{")
_BETWEEN_PROGRAMS = late.pattern(r"[();<>|&]+")


def touched(look: Look, candidate: Candidate) -> tuple[str, ...]:
    """The protected paths that landing a candidate would change: add, rewrite, move or delete."""
    return () if candidate.conflicts else look.once(("touched", candidate), lambda look: _touched(look, candidate))


def _touched(look: Look, candidate: Candidate) -> tuple[str, ...]:
    if candidate.base == look.tip and candidate.commit in look.offered:
        look.once("protection foreseen", _foresee)
    root = look.project.root
    old, specs = objects.tree_of(root, candidate.base), _protected(look, candidate.base)
    return tuple(diff.touched(root, old, candidate.tree, specs))


def _foresee(look: Look) -> bool:
    """Ask git about all offers at once, so that one by one they cost nothing more."""
    root, old, specs = look.project.root, objects.tree_of(look.project.root, look.tip), _protected(look, look.tip)
    asked = [offer.commit for offer in look.offers if offer.cleared != offer.commit]
    waiting = look.readable(commit for commit in asked if not look.contains(commit))
    diff.look_up_touched(root, [(old, one.tree) for one in waiting if not one.conflicts], specs)
    return True


def _protected(look: Look, base: str) -> tuple[str, ...]:
    """git's words for all that is protected on the trunk at ``base``."""
    return look.once(("protected", base), lambda look: _specs(look, base))


def _specs(look: Look, base: str) -> tuple[str, ...]:
    specs = [spec for pattern in (ALWAYS, *look.team.gate.protect) for spec in pathspecs(pattern)]
    return (*specs, *(f":(top,literal){path}" for path in _scripts(look, base)))


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
    import shlex

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
