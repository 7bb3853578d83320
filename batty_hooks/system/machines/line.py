"""One ssh to one host: it starts our worker there, carries its connections both ways, and is its life."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.machines import shipping, wire

_BYTE_SECONDS = 5.0
_HELLO_SECONDS = 60.0
_PORTS = (20000, 32000)  # below what systems give out by themselves
_LINES = 8
_REFUSED = "remote port forwarding failed"  # ssh's words
_LOCAL = "its sshd forwards no port from here to there"
_ALLOW = "`AllowTcpForwarding yes` in the sshd_config there; it is tried again by itself"
_REFUSED_SECONDS, _GOING_SECONDS = 5.0, 3.0
_PYTHON = ".local/share/batty-hooks/python"  # in the home of who logs in there: a venv of his for this alone
# Neither passwords nor questions: nobody is there to answer. An ssh of its own: what goes over it ends with it. A line
# that is dead is noticed within twenty seconds.
_OPTIONS = (
    "BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=4", "ExitOnForwardFailure=yes",
    "ControlMaster=no", "ControlPath=none", "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no",
)  # fmt: skip
# One line, and short: who logs in there may have a csh, which takes neither long words nor words of several lines.
_START = (
    'p="$HOME/{venv}/bin/python"; [ -n {own} ] && p={own}; [ -x "$p" ] || [ -n {own} ] || p=python3; '
    'command -v "$p" >/dev/null 2>&1 || {{ '
    'printf \'\\n\\001batty-hooks {{"unfit": "there is no %s", "do": "install Python 3.10 or newer there"}}\\n\' "$p"; '
    'exit 0; }}; exec "$p" -c "$0"'
)


class Down(Exception):
    """A host that is not to be had now: why, and what mends it ("": it is tried again)."""

    def __init__(self, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.why, self.mend = why, mend


def argv(host: str, python: str, forwards: Sequence[str] = ()) -> list[str]:
    """The ssh that starts our program on ``host``, by ``python`` there ("": the venv made for it, else python3)."""
    start = _START.format(venv=_PYTHON, own=shlex.quote(python))
    remote = f"exec sh -c {shlex.quote(start)} {shlex.quote(shipping.FIRST)}"
    options = [word for option in _OPTIONS for word in ("-o", option)]
    return ["ssh", "-T", *options, *forwards, "--", host, remote]


def header(more: dict[str, Any]) -> bytes:
    """What is sent first: what unpacks the rest, the header and our program."""
    code, data = shipping.code()
    version = late.whole("distributed").__version__
    python = f"~/{_PYTHON}"
    venv = f"python3 -m venv {python} && {python}/bin/pip install distributed=={version}"
    head = json.dumps({"code": code, "bytes": len(data), "distributed": version, "venv": venv, **more}).encode()
    return b"".join(b"%08x" % len(part) + part for part in (shipping.BOOT.encode(), head)) + data


def free_ports(count: int) -> list[int]:
    """Some ports that are likely to be free there; who finds one taken is started anew."""
    return random.sample(range(*_PORTS), count)


class Line:
    """One attempt: from the start of ssh until it ends. ``say`` is told what the host is, and that it serves."""

    def __init__(self, host: str, python: str, say: Callable[[dict[str, Any]], None], through: int = 0) -> None:
        """``through`` is the port here that leads to the worker there (0: none does)."""
        self.host, self.python, self.say, self.through = host, python, say, through
        self.heard: list[str] = []  # what ssh and the worker said last
        self.trying: asyncio.Future[None] | None = None
        self.serves = self.refused = False

    async def hold(self, forwards: Sequence[str], more: dict[str, Any], tail: bytes = b"") -> None:
        """Be connected. Raises Down when that is over, and when it could not be."""
        try:
            ssh = await asyncio.create_subprocess_exec(
                *argv(self.host, self.python, forwards), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE, start_new_session=True, limit=1 << 22,
            )  # fmt: skip
        except FileNotFoundError:
            raise Down("there is no ssh here", "install an ssh client (openssh-client)") from None
        tasks = [asyncio.ensure_future(work) for work in (self._write(ssh, header(more) + tail), self._errors(ssh))]
        try:
            await self._listen(ssh)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ssh.wait(), 2)
        finally:
            for task in (*tasks, *filter(None, [self.trying])):
                task.cancel()
            with contextlib.suppress(ProcessLookupError):
                ssh.terminate()
            await asyncio.gather(*tasks, ssh.wait(), return_exceptions=True)
        self.refused = self.refused or any(_REFUSED in line for line in self.heard)
        login = f"ssh {shlex.quote(self.host)}"
        raise Down(self._why(ssh.returncode), f"{login}  ({_ALLOW})" if self.refused else "")

    async def _require_through(self, ssh: asyncio.subprocess.Process) -> None:
        """End it where what is connected here does not arrive there: who refuses that closes it at once."""
        closed = False
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.through)
            try:
                closed = not await asyncio.wait_for(reader.read(1), _REFUSED_SECONDS)
            finally:
                writer.close()
        if closed:
            await asyncio.sleep(_GOING_SECONDS)  # it may be the end of all of it, which cancels this
            self.refused, self.heard = True, [*self.heard, _LOCAL]
            with contextlib.suppress(ProcessLookupError):
                ssh.terminate()

    async def _write(self, ssh: asyncio.subprocess.Process, first: bytes) -> None:
        assert ssh.stdin
        data = first
        with contextlib.suppress(ConnectionError):
            while True:
                ssh.stdin.write(data)
                await ssh.stdin.drain()
                await asyncio.sleep(_BYTE_SECONDS)
                data = b"."

    async def _errors(self, ssh: asyncio.subprocess.Process) -> None:
        assert ssh.stderr
        while line := await ssh.stderr.readline():
            self.heard = [*self.heard, line.decode("utf-8", "replace").strip()][-_LINES:]

    async def _listen(self, ssh: asyncio.subprocess.Process) -> None:
        assert ssh.stdout
        while True:
            limit = None if self.serves else _HELLO_SECONDS
            try:
                line = await asyncio.wait_for(ssh.stdout.readline(), limit)
            except asyncio.TimeoutError:
                raise Down(f"no worker there within {_HELLO_SECONDS:.0f} s") from None
            if not line:
                return
            text = line.decode("utf-8", "replace").strip("\n")
            if text.startswith(shipping.MARK):
                said = json.loads(text.removeprefix(shipping.MARK))
                if "unfit" in said:
                    raise Down(str(said["unfit"]), self._mend(said))
                if "serving" in said and self.through and not self.serves:
                    self.trying = asyncio.ensure_future(self._require_through(ssh))
                self.serves = self.serves or "serving" in said
                self.say(said)
            elif text.strip():
                self.heard = [*self.heard, text.strip()][-_LINES:]

    def _mend(self, said: dict[str, Any]) -> str:
        """What a person types here to mend it: a command that does, or the way there and what to do."""
        command, words = str(said.get("run", "")), str(said.get("do", "")) or "and look"
        login = f"ssh {shlex.quote(self.host)}"
        return f"{login} {shlex.quote(command)}" if command else f"{login}  ({words})"

    def _why(self, code: int | None) -> str:
        """The last that was said, or the code: ssh's own words are the best there are."""
        said = next((line for line in reversed(self.heard) if line and "Warning: Permanently added" not in line), "")
        return (said or f"ssh ended with {code}")[:200]


def look_at(host: str, python: str, project: str) -> tuple[list[str], dict[str, Any]]:
    """Log in to a host: the commits that it has whole, and what it is, in its words. Raises Down."""
    heard: dict[str, Any] = {}
    far, near, port, contact = free_ports(4)  # it is to be seen whether they may be connected, both ways
    forwards = ("-R", f"127.0.0.1:{far}:127.0.0.1:{near}", "-L", f"127.0.0.1:{contact}:127.0.0.1:{port}")
    line = Line(host, python, heard.update, through=contact)
    try:
        asyncio.run(line.hold(forwards, {"mode": "look", "project": project, "port": port}))
    except Down:
        if "got" not in heard:
            raise
    return [str(one) for one in heard["got"]], heard["here"]


def check(host: str, python: str, job: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Log in to a host and carry out one job there, without dask's help: what it answered (the last line of its log as
    `log`), and what it is, in its words. Raises Down."""
    heard: dict[str, Any] = {}
    line = Line(host, python, heard.update)
    asked = wire.packed(job)
    try:
        asyncio.run(line.hold((), {"mode": "check", "tail": len(asked)}, asked))
    except Down:
        if "answer" not in heard:
            raise
    return {**heard["answer"], "log": heard.get("log", "")}, heard["here"]
