"""install.sh, run for real in a home of its own; the machines that lack something are made of a PATH.

Its pip builds and installs batty-hooks; the libraries it finds lent (see tests/environments.py). That they come from an
index is shown in shipping_test.py, and by every `./install.sh --test`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from environments import Tools, assert_whole

pytestmark = pytest.mark.limit(480)  # pip
_BASICS = "sh bash env sed cat grep tail tr dirname uname mktemp rm rmdir mkdir cp ln readlink cksum git tmux".split()
_PASSED_ON = ("PIP_", "SSL_", "REQUESTS_", "LANG", "LC_")


@dataclass
class Machine:
    """What install.sh sees: a home, and the programs in ``bin``, which is the whole PATH."""

    clone: Path
    home: Path
    bin: Path

    def install(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        own = {"HOME": str(self.home), "TMPDIR": str(self.home), "PATH": str(self.bin), "SHELL": "/bin/bash"}
        own |= {"PIP_COMPILE": "0", "PIP_NO_BUILD_ISOLATION": "0"}  # (0 says no to what the latter would forbid)
        return subprocess.run(
            [self.clone / "install.sh", *arguments], cwd=self.home, env=kept | own | environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3600,
        )  # fmt: skip

    def script(self, name: str, text: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def without(self, name: str) -> None:
        (self.bin / name).unlink()


@pytest.fixture
def machine(tmp_path: Path, clone: Path) -> Machine:
    """A machine with everything but a package manager; its user is nobody special."""
    made = Machine(clone, tmp_path / "my home", tmp_path / "bin")
    made.home.mkdir()
    made.bin.mkdir()
    for name in _BASICS:
        program = shutil.which(name)
        assert program
        (made.bin / name).symlink_to(program)
    made.script("python3", f'exec "{sys.executable}" "$@"')
    made.script("id", "echo 1000")
    return made


@pytest.fixture
def lent(machine: Machine, tools: Tools) -> Machine:
    """The same, where a new environment is lent pip and what we have."""
    machine.script(
        "python3",
        f"""\
[ "$1 $2" != '-m venv' ] || {{
    "{sys.executable}" -m venv --without-pip "$3"
    for place in "$3"/lib/python*/site-packages; do cp "{tools.all}" "$place/lent.pth"; done
    exit
}}
exec "{sys.executable}" "$@\"""",
    )
    return machine


@pytest.fixture
def apt(machine: Machine, tmp_path: Path) -> Path:
    """The machine has an apt-get that can bring tmux; the file it writes its calls to."""
    calls, tmux = tmp_path / "calls", shutil.which("tmux")
    arrives = f'case "$*" in *install*tmux*) ln -s "{tmux}" "{machine.bin}/tmux" ;; esac'
    machine.script("apt-get", f'echo "apt-get $*" >>"{calls}"\n{arrives}')
    return calls


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of an install that stopped."""
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    return lines[0]


def ended_well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".cache" not in path.parts}


def test_the_command_is_installed_again_mended_and_removed(lent: Machine) -> None:
    machine = lent
    command = machine.home / ".local/bin/batty-hooks"
    venv = machine.home / ".local/share/batty-hooks/venv"
    traces = everything_in(machine.clone)

    first = ended_well(machine.install())
    assert f"installed as {command}" in first and "Making a Python environment" in first
    assert f'export PATH="{command.parent}:$PATH"' in first
    assert str(machine.home / ".bashrc") in first
    assert command.resolve().is_relative_to(machine.home)
    assert "batty-hooks" in subprocess.check_output([command, "--version"], text=True)
    assert_whole(venv / "bin/python", machine.clone, venv, cwd=machine.home)
    assert everything_in(machine.clone) == traces
    page = machine.home / ".local/share/man/man1/batty-hooks.1"
    assert ".SH COMMANDS" in page.read_text()

    (venv / "bin/python").unlink()
    again = ended_well(machine.install(PATH=f"{machine.bin}:{command.parent}"))
    assert "Making a Python environment" in again
    assert "export PATH" not in again
    assert "batty-hooks" in subprocess.check_output([command, "--version"], text=True)

    ended_well(machine.install("--uninstall"))
    assert not command.is_symlink() and not page.exists()
    assert not venv.parent.exists()
    ended_well(machine.install("--uninstall"))


def test_a_foreign_command_is_left_alone(machine: Machine) -> None:
    foreign = machine.home / ".local/bin/batty-hooks"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    assert str(foreign) in said(machine.install())
    assert foreign.read_text() == "mine"
    ended_well(machine.install("--uninstall"))
    assert foreign.read_text() == "mine"


def test_the_tests_and_the_demo_run_in_the_clone(lent: Machine) -> None:
    machine, python = lent, lent.clone / ".venv/bin/python"
    for tool in ("mutt", "vim", "nano", "git-lfs"):
        machine.script(tool, "exit 0")
    (machine.clone / "tests").mkdir()
    tests = "def test_good(): pass\ndef test_bad(): assert 0\ndef test_other(): assert 0\n"
    (machine.clone / "tests/some_test.py").write_text(tests)

    red = machine.install("--test", "-n", "1", "-k", "test_good or test_bad")
    assert red.returncode == 1, red.stderr
    assert "Installing" in red.stdout and "1 failed, 1 passed" in red.stdout.splitlines()[-1]
    assert_whole(python, machine.clone, machine.clone, cwd=machine.home)

    demo = ended_well(machine.install("--demo", "--help"))
    assert "Usage: batty-hooks demo" in demo
    assert "Installing" not in demo  # who runs it a second time finds everything set up


def test_without_a_network_one_line_says_so(lent: Machine) -> None:
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_CACHE_DIR": "1"}
    nowhere |= {"PIP_FIND_LINKS": "", "PIP_NO_BUILD_ISOLATION": "1"}
    first, again = (lent.install(**nowhere) for _ in range(2))
    for done in (first, again):
        assert "the network cannot be reached" in said(done)
    assert "Making a Python environment" in first.stdout
    assert "Making a Python environment" not in again.stdout
    assert not (lent.home / ".local/bin/batty-hooks").exists()


def test_an_old_python(machine: Machine) -> None:
    machine.script("python3", 'case "$1" in --version) echo Python 3.8.10 ;; *) exit 1 ;; esac')
    line = said(machine.install())
    assert "Python 3.10 or newer" in line
    assert "here is 3.8" in line


def test_an_old_git(machine: Machine) -> None:
    machine.script("git", "echo git version 2.34.1")
    line = said(machine.install())
    assert "git 2.38 or newer" in line
    assert "here is 2.34" in line


def test_missing_tools_are_all_in_the_line(machine: Machine) -> None:
    machine.without("tmux")
    line = said(machine.install("--test"))
    for tool in ("tmux 3.2 or newer", "mutt", "vim", "nano", "git-lfs"):
        assert tool in line
    assert "git 2.38" not in line


def test_root_gets_what_is_missing_from_apt_and_is_told_before(machine: Machine, apt: Path) -> None:
    machine.without("tmux")
    machine.script("id", "echo 0")
    machine.script("python3", f'[ "$2" != venv ] || exit 7\nexec "{sys.executable}" "$@"')  # tmux is all we are after
    done = machine.install()
    assert done.stdout.index("Installing with apt-get:") < done.stdout.index("  tmux 3.2 or newer")
    update, install = apt.read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install tmux")
    assert "venv failed" in done.stderr


def test_a_user_gets_it_with_sudo(machine: Machine, apt: Path) -> None:
    machine.without("tmux")
    machine.script("sudo", f'echo "sudo" >>"{apt}"\nexec "$@"')
    machine.script("python3", f'[ "$2" != venv ] || exit 7\nexec "{sys.executable}" "$@"')
    machine.install()
    assert [line.split()[0] for line in apt.read_text().splitlines()] == ["sudo", "apt-get"] * 2


def test_a_user_without_sudo_reads_what_is_missing(machine: Machine, apt: Path) -> None:
    machine.without("tmux")
    assert "missing: tmux 3.2 or newer" in said(machine.install())
    assert not apt.exists()


def test_apt_is_not_asked_when_nothing_is_missing(machine: Machine, apt: Path) -> None:
    machine.script("id", "echo 0")
    machine.script("python3", f'[ "$2" != venv ] || exit 7\nexec "{sys.executable}" "$@"')
    machine.install()
    assert not apt.exists()


def test_packages_that_are_too_old(machine: Machine, apt: Path) -> None:
    machine.script("id", "echo 0")
    machine.script("git", "echo git version 2.30.2")
    line = said(machine.install())
    assert "apt-get has nothing new enough: git 2.38 or newer" in line
    assert "here is 2.30" in line


@pytest.mark.parametrize("arguments", [["--tset"], ["--dev", "more"], ["--uninstall", "now"]])
def test_a_typing_mistake(machine: Machine, arguments: list[str]) -> None:
    assert "--help" in said(machine.install(*arguments))


def test_the_help(machine: Machine) -> None:
    text = ended_well(machine.install("--help"))
    for word in ("--demo", "--test", "--dev", "--uninstall"):
        assert word in text
