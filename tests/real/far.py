"""Hosts for the tests of test runs on other machines: real `sshd`s on the loopback, each with a home, a key and
programs of its own, and a git repository of none."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

import servers

LACKING = servers.NO_SSHD
_PROGRAMS = ("/usr/bin", "/bin")


class Host:
    """One machine that can be reached by ssh under its name."""

    def __init__(self, place: Path, name: str) -> None:
        self.name, self.place = name, place / name
        self.home, self.programs = self.place / "home", self.place / "bin"
        for directory in (self.home, self.programs):
            directory.mkdir(parents=True)
        for directory in _PROGRAMS:
            for program in Path(directory).iterdir():
                with contextlib.suppress(FileExistsError):
                    (self.programs / program.name).symlink_to(program)
        self.give_python()
        self.sshd = servers.Sshd(self.place)
        self.port = self.sshd.port

    @property
    def cache(self) -> Path:
        return self.home / ".cache/batty-hooks/machines"

    def give_python(self) -> None:
        """The venv for our worker: this one, which has dask."""
        venv = self.home / ".local/share/batty-hooks"
        venv.mkdir(parents=True, exist_ok=True)
        (venv / "python").symlink_to(sys.prefix)

    def take_program(self, name: str) -> None:
        (self.programs / name).unlink(missing_ok=True)

    def begin(self, authorized: Path, environment: str = "", lines: str = "") -> None:
        """Start its sshd, with more in the environment of who logs in, and ``lines`` more of its configuration."""
        own = f"HOME={self.home} PATH={self.programs} XDG_CACHE_HOME={self.home}/.cache"
        self.sshd.begin(authorized, f"SetEnv {own} {environment}\n{lines}")

    def below(self) -> list[int]:
        """The processes of everybody who is logged in, those of tests too: by their home."""
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"\0HOME={self.home}\0".encode() in b"\0" + place.read_bytes():
                    found.append(int(place.parent.name))
        return found

    def sessions(self) -> list[int]:
        """The processes that serve somebody."""
        return self.sshd.sessions()

    def end(self) -> None:
        self.sshd.end()


class Machines:
    """Some hosts, and an `ssh` for us that knows their names."""

    def __init__(self, place: Path, *names: str) -> None:
        self.place = place
        place.mkdir(parents=True)
        servers.make_key(place / "mine")
        self.hosts = [Host(place, name) for name in names]
        self.bin = place / "bin"
        self.bin.mkdir()
        lines = []
        for host in self.hosts:
            lines += [f"Host {host.name}", "  HostName 127.0.0.1", f"  Port {host.port}", "  LogLevel ERROR"]
            lines += [f"  IdentityFile {place}/mine", f"  UserKnownHostsFile {place}/known"]
            lines += ["  StrictHostKeyChecking accept-new"]
        (place / "config").write_text("\n".join(lines) + "\n")
        (self.bin / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {place}/config "$@"\n')
        (self.bin / "ssh").chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self.bin}:{os.environ['PATH']}"

    def begin(self) -> Machines:
        for host in self.hosts:
            host.begin(self.place / "mine.pub")
        return self

    def end(self) -> None:
        for host in self.hosts:
            host.end()
        limit = time.monotonic() + 30
        while any(host.below() for host in self.hosts) and time.monotonic() < limit:
            time.sleep(0.1)
