"""Git servers for tests, each a real one on the loopback with a bare repository behind it, and what happens to them.

    with Http(tmp_path / "server", scene.root) as server:     # or File, Daemon, Ssh
        clone = server.clone(tmp_path / "clone")              # knows the way in: key, password
        server.protect(GITHUB)                                # from now on, as GitHub refuses it
        server.stranger().push({"numbers/two": "2\\n"})        # somebody else's commit

`Proxy` stands before one that listens on a port, and cuts, stalls or refuses.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scene import wait_for

# What a pre-receive hook prints, and the server calls it, word for word.
GITHUB = """error: GH006: Protected branch update failed for refs/heads/main.
error: Changes must be made through a pull request.
"""
GITHUB_RULES = """error: GH013: Repository rule violations found for refs/heads/main.
Review all repository rules at https://github.com/owner/repository/rules?ref=refs%2Fheads%2Fmain

- Changes must be made through a pull request.

"""
GITLAB = "GitLab: You are not allowed to push code to protected branches on this project.\n"
_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
NO_SSHD = "" if _SSHD and shutil.which("ssh") else "there is no sshd on this machine (openssh-server)"
_SECONDS = 30.0  # for a server to be there, on a busy machine


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def git(*arguments: str, cwd: Path, check: bool = True) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"git {arguments}: {done.stdout}{done.stderr}"
    return done.stdout.rstrip("\n")


class Server:
    """A bare repository (``root``), made from ``source`` or empty, and a way to it (``url``)."""

    def __init__(self, place: Path, source: Path | None = None) -> None:
        self.place, self.root = place, place / "project.git"
        place.mkdir(parents=True, exist_ok=True)
        made = ("clone", "-q", "--bare", str(source)) if source else ("init", "-q", "--bare", "-b", "main")
        git(*made, str(self.root), cwd=place)
        git("config", "gc.auto", "0", cwd=self.root)
        self._strangers = 0

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def settings(self) -> dict[str, str]:
        """What a clone's config has to say for its way in."""
        return {}

    def start(self) -> None:
        """Let it answer."""

    def stop(self) -> None:
        """Let it answer no more; it can be started again, at the same place."""

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def clone(self, place: Path) -> Path:
        """A clone of somebody who may push."""
        given = [word for key, value in self.settings.items() for word in ("-c", f"{key}={value}")]
        git("clone", "-q", *given, self.url, str(place), cwd=self.place)
        return place

    def tip(self, ref: str = "refs/heads/main") -> str:
        """Where a ref stands on the server; "" when it is not there."""
        return git("rev-parse", "--verify", "--quiet", ref, cwd=self.root, check=False)

    def protect(self, words: str, code: int = 1) -> None:
        """Refuse every push to main from now on, saying ``words``."""
        self.hook("pre-receive", f"while read old new ref; do\n[ $ref = refs/heads/main ] || continue\n"
                  f"cat <<'WORDS'\n{words}WORDS\nexit {code}\ndone\n")  # fmt: skip

    def hook(self, name: str, script: str) -> None:
        """Have the server run a script in sh; "" takes it away again."""
        path = self.root / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if script:
            path.write_text(f"#!/bin/sh\n{script}")
            path.chmod(0o755)

    def stranger(self) -> Stranger:
        self._strangers += 1
        return Stranger(self, self.place / f"stranger-{self._strangers}")


class Stranger:
    """Somebody else with a clone of his own, who pushes, rewinds and rewrites; no hook of the server's is in his way.
    Like everybody's, his push is a compare-and-swap: what comes in between is under his next try, never lost."""

    def __init__(self, server: Server, place: Path) -> None:
        self.server, self.place, self._count = server, place, 0
        git("clone", "-q", str(server.root), str(place), cwd=server.place)

    def push(self, files: dict[str, str] | None = None, message: str = "A stranger's work") -> str:
        """Put a commit upon the server's main: its id."""
        self._count += 1
        written = files or {f"strange/{self.place.name}-{self._count}": "x\n"}

        def commit() -> None:
            for name, text in written.items():
                (self.place / name).parent.mkdir(parents=True, exist_ok=True)
                (self.place / name).write_text(text)
            git("add", "-A", cwd=self.place)
            git("commit", "-qm", message, cwd=self.place)

        return self._put("", commit)

    def rewind(self, commits: int = 1) -> str:
        """Take the last commits of main away from the server: where it stands then."""
        return self._put(f"~{commits}", lambda: None)

    def rewrite(self) -> str:
        """Put another commit in the place of main's last one: its id."""
        again = ("commit", "-q", "--amend", "--allow-empty", "-m", f"Rewritten by {self.place.name}")
        return self._put("", lambda: git(*again, cwd=self.place))

    def delete(self) -> None:
        """Take main away from the server."""
        git("update-ref", "-d", "refs/heads/main", cwd=self.server.root)

    def _put(self, back: str, make: Callable[[], object]) -> str:
        """Stand ``back`` from the server's main, make something of it, and put that in its place."""
        while True:
            old = self.server.tip()
            git("fetch", "-q", str(self.server.root), old, cwd=self.place)
            git("checkout", "-q", "--detach", f"{old}{back}", cwd=self.place)
            make()
            new = git("rev-parse", "HEAD", cwd=self.place)
            git("fetch", "-q", str(self.place), "HEAD", cwd=self.server.root)
            move = ["git", "update-ref", "refs/heads/main", new, old]
            if subprocess.run(move, cwd=self.server.root, capture_output=True, check=False).returncode == 0:
                return new


class File(Server):
    """A directory of this machine."""

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def stop(self) -> None:
        self.root.rename(self.place / "away")

    def start(self) -> None:
        if (self.place / "away").exists():
            (self.place / "away").rename(self.root)

    def __exit__(self, *_: object) -> None:
        pass


class Listening(Server):
    """A server on a port of its own; ``behind`` a proxy, its address is that."""

    def __init__(self, place: Path, source: Path | None = None) -> None:
        super().__init__(place, source)
        self.port = self.shown = free_port()

    def behind(self, proxy: Proxy) -> None:
        self.shown = proxy.port


class Process(Listening):
    """A server that is a program."""

    def __init__(self, place: Path, source: Path | None = None) -> None:
        super().__init__(place, source)
        self.process: subprocess.Popen[bytes] | None = None

    def argv(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with open(self.place / "log", "ab") as log:
            self.process = subprocess.Popen(self.argv(), stdout=log, stderr=log, start_new_session=True)
        wait_for(lambda: answers(self.port), _SECONDS)

    def stop(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Daemon(Process):
    """`git daemon`, to which everybody may push."""

    @property
    def url(self) -> str:
        return f"git://127.0.0.1:{self.shown}/project.git"

    def argv(self) -> list[str]:
        program = Path(git("--exec-path", cwd=self.place)) / "git-daemon"
        return [str(program), "--reuseaddr", "--listen=127.0.0.1", f"--port={self.port}", f"--base-path={self.place}",
                "--export-all", "--enable=receive-pack", "--informative-errors"]  # fmt: skip


class Sshd:
    """An `sshd` of our own on the loopback: host key and port are its own, ``authorized`` says who may log in."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        place.mkdir(parents=True, exist_ok=True)
        make_key(place / "key")
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, authorized: Path, more: str = "") -> None:
        """Start it, with ``more`` lines of its configuration."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        config = self.place / "sshd_config"
        text = f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.place}/key
PidFile {self.place}/pid
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PasswordAuthentication no
LogLevel ERROR
{more}"""
        config.write_text(f"{text}\nPerSourcePenalties no\n")  # OpenSSH 9.8: nobody is shut out for logins that failed
        if subprocess.run([str(_SSHD), "-t", "-f", str(config)], capture_output=True, check=False).returncode:
            config.write_text(text)
        with open(self.place / "log", "ab") as log:
            self.process = subprocess.Popen([str(_SSHD), "-D", "-e", "-f", str(config)], stdout=log, stderr=log)
        wait_for(lambda: answers(self.port), _SECONDS)

    def sessions(self) -> list[int]:
        """The processes that serve somebody: its children, and theirs."""
        served = _children(self.process.pid) if self.process else []
        return [*served, *(pid for one in served for pid in _children(one))]

    def end(self) -> None:
        if self.process:
            for pid in self.sessions():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(one) for one in listed.split()]


def make_key(path: Path, passphrase: str = "") -> Path:
    """A new key pair; ``path`` is the private one."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True)
    return path


class Ssh(Listening):
    """A server behind a real `sshd`. Who has ``key`` may log in, who has ``known`` knows the server."""

    def __init__(self, place: Path, source: Path | None = None) -> None:
        super().__init__(place, source)
        self.sshd = Sshd(place / "sshd")
        self.port = self.shown = self.sshd.port
        self.key, self.known = make_key(place / "key"), place / "known"

    @property
    def url(self) -> str:
        return f"ssh://127.0.0.1:{self.shown}{self.root}"

    @property
    def command(self) -> str:
        """The ssh of somebody who may come in."""
        options = [
            "-F",
            "/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            f"UserKnownHostsFile={self.known}",
            "-i",
            str(self.key),
        ]
        return shlex.join(["ssh", *options, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"])

    @property
    def settings(self) -> dict[str, str]:
        return {"core.sshCommand": self.command}

    def start(self) -> None:
        home = self.place / "home"  # not that of whoever runs the tests
        home.mkdir(exist_ok=True)
        self.sshd.begin(self.key.with_suffix(".pub"), f"SetEnv HOME={home} GIT_CONFIG_NOSYSTEM=1\n")
        self.be_known()

    def be_known(self) -> None:
        host = (self.sshd.place / "key.pub").read_text().split()[:2]
        self.known.write_text("".join(f"[127.0.0.1]:{port} {' '.join(host)}\n" for port in {self.port, self.shown}))

    def behind(self, proxy: Proxy) -> None:
        super().behind(proxy)
        self.be_known()

    def stop(self) -> None:
        self.sshd.end()


class Http(Listening):
    """Smart HTTP with basic authentication: `git http-backend` behind a small server. ``fails`` (a status and what is
    said with it) is what everybody gets instead, while it is set; ``refuses_push`` who may only read."""

    user, password = "person", "s3cret"

    def __init__(self, place: Path, source: Path | None = None) -> None:
        super().__init__(place, source)
        self.fails: tuple[int, str] | None = None
        self.refuses_push: tuple[int, str] | None = None
        self.requests: list[str] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.shown}/project.git"

    @property
    def settings(self) -> dict[str, str]:
        return {"credential.helper": f"!echo username={self.user}; echo password={self.password}; :"}

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _Backend)
        self._server.daemon_threads = True
        self._server.git = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Backend(BaseHTTPRequestHandler):
    """One request, handed to `git http-backend`."""

    protocol_version = "HTTP/1.1"

    @property
    def git(self) -> Http:
        return self.server.git  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: Any) -> None:
        self.git.requests.append(format % args)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        body = b"".join(self._body())
        wanted = base64.b64encode(f"{self.git.user}:{self.git.password}".encode()).decode()
        pushes = "git-receive-pack" in self.path
        if self.git.fails:
            self._say(*self.git.fails)
        elif self.headers.get("Authorization") != f"Basic {wanted}":
            self._say(401, "Invalid username or password.", ("WWW-Authenticate", 'Basic realm="git"'))
        elif pushes and self.git.refuses_push:
            self._say(*self.git.refuses_push)
        else:
            self._answer(path, query, body)

    do_POST = do_GET

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, path: str, query: str, body: bytes) -> None:
        given = {
            "GIT_PROJECT_ROOT": str(self.git.place), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": self.git.user,
            "REMOTE_ADDR": "127.0.0.1", "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }  # fmt: skip
        argv = ["git", "http-backend"]
        done = subprocess.run(argv, input=body, env={**os.environ, **given}, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self._send(status, content, *((name, value) for name, value in fields if name != "Status"))

    def _say(self, status: int, words: str, *fields: tuple[str, str]) -> None:
        self._send(status, f"{words}\n".encode(), ("Content-Type", "text/plain"), *fields)

    def _send(self, status: int, content: bytes, *fields: tuple[str, str]) -> None:
        with contextlib.suppress(OSError):  # nobody is there any more
            self.send_response(status)
            for name, value in (*fields, ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)


UP, DOWN = "up", "down"


class Proxy:
    """Hands on what goes to a port and comes back, and counts it; until it is told to cut, to stall or to refuse. It is
    as slow as ``pace`` says (bytes in a second, each way; 0: as fast as it goes).

    ``UP`` is what a client sends, ``DOWN`` what it gets. Bytes are counted from the last word on, over all connections.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed, self.pace = False, 0
        self.let_pass()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def let_pass(self) -> None:
        """Hand on all of it again."""
        self._told("pass", UP, 0)

    def cut(self, after: int, way: str = UP, once: bool = False) -> None:
        """Break every connection when so many bytes have gone that way; whoever comes then is cut off at once, or
        (``once``) comes through."""
        self._told("cut", way, after, once)

    def stall(self, after: int, way: str = UP) -> None:
        """Hand on nothing more when so many bytes have gone that way, and keep the line open."""
        self._told("stall", way, after)

    def refuse(self) -> None:
        """Cut off whoever is there or comes."""
        self.cut(0)
        self._break()

    def _told(self, what: str, way: str, after: int, once: bool = False) -> None:
        with self._guard:
            self.what, self.way, self.after, self.once = what, way, after, once
            self.passed = {UP: 0, DOWN: 0}

    def close(self) -> None:
        self.refuse()
        self._closed = True
        answers(self.port)  # it wakes up: closed meanwhile, its number would be that of another socket
        self._accepting.join()
        self._listener.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            client = self._listener.accept()[0]
            if self._closed or (self.what == "cut" and self.passed[self.way] >= self.after):
                _reset(client)
            else:
                self._join(client)
            if self._closed:
                return

    def _join(self, client: socket.socket) -> None:
        try:
            target = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            _reset(client)
            return
        self._open |= {client, target}
        for way, source, sink in ((UP, client, target), (DOWN, target, client)):
            threading.Thread(target=self._hand_on, args=(way, source, sink), daemon=True).start()

    def _hand_on(self, way: str, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(8192 if self.pace else 65536):
                time.sleep(len(data) / self.pace if self.pace else 0)
                allowed = self._allowed(way, len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data) or (self.what == "cut" and self._is_over(way)):
                    if self.what == "cut":
                        if self.once:
                            self.let_pass()
                        self._break()
                    return
            sink.shutdown(socket.SHUT_WR)

    def _allowed(self, way: str, size: int) -> int:
        """How many of so many bytes may go now; they are counted."""
        with self._guard:
            limited = self.what != "pass" and way == self.way
            allowed = max(0, min(size, self.after - self.passed[way])) if limited else size
            self.passed[way] += allowed
            return allowed

    def _is_over(self, way: str) -> bool:
        return way == self.way and self.passed[way] >= self.after

    def _break(self) -> None:
        for one in list(self._open):
            _reset(one)
        self._open.clear()


def _reset(line: socket.socket) -> None:
    """Close it as a broken line does: nothing more is delivered."""
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    line.close()
