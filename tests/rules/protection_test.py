"""How a pattern of `gate.protect` reads in git's words, and which files a test command runs."""

from __future__ import annotations

import pytest
from rules.facts import Facts

from batty_hooks.rules.protection import _programs, pathspecs, touched
from batty_hooks.system.records import replace


@pytest.mark.parametrize(
    ("pattern", "specs"),
    [
        ("tests/", [":(top,glob)**/tests/**"]),
        ("/tests/", [":(top,glob)tests/**"]),
        ("conftest.py", [":(top,glob)**/conftest.py", ":(top,glob)**/conftest.py/**"]),
        ("*.lock", [":(top,glob)**/*.lock", ":(top,glob)**/*.lock/**"]),
        ("/Makefile", [":(top,glob)Makefile", ":(top,glob)Makefile/**"]),
        ("./Makefile", [":(top,glob)Makefile", ":(top,glob)Makefile/**"]),
        ("ci/run", [":(top,glob)ci/run", ":(top,glob)ci/run/**"]),
        (".github/**", [":(top,glob).github/**", ":(top,glob).github/**/**"]),
        (".github/", [":(top,glob)**/.github/**"]),
        ("src/*/test/", [":(top,glob)src/*/test/**"]),
        ("/.batty/", [":(top,glob).batty/**"]),
        ("/", [":(top)"]),
        ("./", [":(top)"]),
    ],
)
def test_a_pattern_in_gits_words(pattern: str, specs: list[str]) -> None:
    assert pathspecs(pattern) == specs


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("", []),
        ("make test", []),
        ("./check", ["./check"]),
        ("ci/run --fast tests/one", ["ci/run"]),
        ("sh check.sh", ["check.sh"]),
        ("sh -e check.sh now", ["check.sh"]),
        ("bash -eu ci/all.sh", ["ci/all.sh"]),
        ("/bin/sh check.sh", ["check.sh"]),
        ("sh -c 'make test'", []),
        ("bash -ec ./x", []),
        ("python tests/run.py", []),
        ("./one && ./two; ./three | ./four", ["./one", "./two", "./three", "./four"]),
        ("make & ./check", ["./check"]),
        ("(cd sub; ./check)", ["./check"]),
        ("CI=1 ./check", ["./check"]),
        ("env CI=1 time nice ./check", ["./check"]),
        ("if ./quick; then ./slow; else sh other.sh; fi", ["./quick", "./slow", "other.sh"]),
        ("! ./check", ["./check"]),
        ("{ ./check; }", ["./check"]),
        ("exec ./check >log 2>&1", ["./check"]),
        ("./one\n./two", ["./one", "./two"]),
        ("./one\necho 'open\n./two", ["./one", "./two"]),
        ("'./with space' x", ["./with space"]),
        ("./check # ./not-this", ["./check"]),
    ],
)
def test_what_a_test_command_runs(command: str, runs: list[str]) -> None:
    assert list(_programs(command)) == runs


def test_what_cannot_be_merged_changes_nothing(look: Facts) -> None:
    look.protected["c1"] = ("ci/run",)
    candidate = look.candidate("c1")
    assert touched(look, candidate) == ("ci/run",)
    assert touched(look, replace(candidate, conflicts=("x",))) == ()
