"""The door to git's network commands over ssh: a real `sshd` on the loopback, with keys of the test's own."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers
from scene import Again, wait_for
from servers import DOWN, UP, Proxy, Ssh
from system.server_test import ACCEPTED, Bench, project

from batty_hooks.system import process
from batty_hooks.system.git import server

pytestmark = pytest.mark.skipif(bool(servers.NO_SSHD), reason=servers.NO_SSHD)


@pytest.fixture
def ssh(tmp_path: Path, again: Again, alone: None) -> Iterator[Bench]:
    with Ssh(tmp_path / "server", again(project).root) as there:
        yield Bench(tmp_path, there)


def outcomes(bench: Bench) -> set[str]:
    return {bench.fetch().outcome, bench.push().outcome, bench.ask()[0].outcome}


def test_the_way_of_a_landing(ssh: Bench) -> None:
    assert ssh.ask() == (ACCEPTED, ssh.base) and ssh.push() == ACCEPTED and ssh.there.tip() == ssh.tip
    new = ssh.there.stranger().push()
    assert ssh.push(ssh.tip, ssh.child("next", ssh.tip)) == server.Answer(server.STALE, "main: stale info")
    assert ssh.fetch() == ACCEPTED and server.seen(ssh.root, "origin", "main") == new
    ssh.there.protect(servers.GITLAB)
    assert ssh.push(new, ssh.child("next", new)).outcome == server.PROTECTED
    ssh.there.root.rename(ssh.there.place / "gone")
    assert outcomes(ssh) == {server.NOT_THERE}


def test_who_may_not_come_in(ssh: Bench, tmp_path: Path) -> None:
    there = ssh.there
    assert isinstance(there, Ssh)
    allowed = there.key.with_suffix(".pub")
    known, right = there.known.read_text(), allowed.read_text()
    allowed.write_text("")
    assert "Permission denied (publickey" in ssh.fetch().said and outcomes(ssh) == {server.LOGIN}
    allowed.write_text(right)
    for nobody in ("", known.replace(known.split()[2], (there.place / "key.pub").read_text().split()[1])):
        there.known.write_text(nobody)
        assert "Host key verification failed." in ssh.fetch().said and outcomes(ssh) == {server.LOGIN}
    there.known.write_text(known)
    assert ssh.push() == ACCEPTED
    there.stop()
    assert outcomes(ssh) == {server.UNREACHABLE} and "Connection refused" in ssh.fetch().said


ASKS = """import sys
from pathlib import Path
from batty_hooks.system.git import server
print("OUT", server.fetch(Path(sys.argv[1]), "origin", "main", 60).outcome)
"""


def at_terminal(bench: Bench, **more: str) -> tuple[str, bytes]:
    """What a fetch comes to in a process that has a terminal, and what is written there."""
    master, slave = pty.openpty()
    going = subprocess.Popen(
        [sys.executable, "-c", ASKS, str(bench.root)], stdin=slave, stdout=subprocess.PIPE, stderr=slave, text=True,
        preexec_fn=lambda: (os.setsid(), fcntl.ioctl(slave, termios.TIOCSCTTY, 0)), env={**os.environ, **more},
    )  # type: ignore[call-overload]  # fmt: skip
    said = going.communicate()[0]
    os.set_blocking(master, False)
    try:
        written = os.read(master, 1000)
    except OSError:
        written = b""
    os.close(slave)
    os.close(master)
    return said.strip(), written


@pytest.mark.parametrize("kind", ["ssh", "a wrapper", "a jump"])
def test_nobody_is_asked_for_a_passphrase_or_about_a_host(ssh: Bench, tmp_path: Path, kind: str) -> None:
    """Nor by an ssh that we know nothing of, or that another ssh starts: neither has a terminal to ask at."""
    there = ssh.there
    assert isinstance(there, Ssh)
    window, wrapper = tmp_path / "window", tmp_path / "wrapper"
    window.write_text(f"#!/bin/sh\ntouch '{tmp_path}/asked'\necho yes\n")
    wrapper.write_text(f'#!/bin/sh\nexec {there.command} "$@"\n')
    for path in (window, wrapper):
        path.chmod(0o755)
    given = {"SSH_ASKPASS": str(window), "DISPLAY": ":0", "SSH_ASKPASS_REQUIRE": "prefer"}
    if kind == "a wrapper":
        ssh.git("config", "--unset", "core.sshCommand")
        given["GIT_SSH"] = str(wrapper)
    if kind == "a jump":
        jump = f"{there.command} -W 127.0.0.1:{there.port} -p {there.port} 127.0.0.1"
        ssh.git("config", "core.sshCommand", f"{there.command} -o 'ProxyCommand={jump}'")
    assert at_terminal(ssh, **given) == ("OUT accepted", b"")
    known = there.known.read_text()
    there.known.write_text("")
    assert at_terminal(ssh, **given) == ("OUT login", b"")
    there.known.write_text(known)
    locked = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "passphrase", "-f", str(there.key)]
    subprocess.run(locked, check=True, stdout=subprocess.DEVNULL)
    assert at_terminal(ssh, **given) == ("OUT login", b"")
    assert not (tmp_path / "asked").exists()


@pytest.fixture
def lined(ssh: Bench) -> Iterator[tuple[Bench, Proxy]]:
    with Proxy(ssh.there.port) as proxy:
        ssh.there.behind(proxy)
        ssh.git("remote", "set-url", "origin", ssh.there.url)
        yield ssh, proxy


def test_a_line_that_breaks_or_is_silent(lined: tuple[Bench, Proxy]) -> None:
    bench, proxy = lined
    assert bench.push() == ACCEPTED
    whole = dict(proxy.passed)
    for way in (UP, DOWN):
        for part in (0.1, 0.9, 1.0):
            base = bench.there.tip()
            tip = bench.child(f"{way} {part}", base)
            proxy.cut(int(whole[way] * part) - 40, way)
            answer = bench.push(base, tip)
            assert answer.outcome in (server.ACCEPTED, server.UNREACHABLE) and bench.there.tip() in (base, tip)
            assert answer.outcome == server.UNREACHABLE or bench.there.tip() == tip
            proxy.let_pass()
            assert bench.push(base, tip) == ACCEPTED
    proxy.stall(whole[DOWN] // 2, DOWN)
    answer = server.push(bench.root, "origin", "main", bench.there.tip(), bench.child("x", bench.there.tip()), 1)
    assert answer == server.Answer(server.UNREACHABLE, "no answer for 1 s", late=True)
    started = bench.there.url, f"git-receive-pack '{bench.there.root}'", str(bench.there.shown)
    wait_for(lambda: not process.with_argument(*started))
