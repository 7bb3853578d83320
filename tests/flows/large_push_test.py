"""What takes longer to upload than a push may: it is brought to the server ahead of its push, and lands by itself."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from crash.killing import in_child
from forges import forge_at
from scene import Scene
from served import Served
from servers import Daemon, Proxy

from batty_hooks.moves.base.runner import Runner
from batty_hooks.rules import serving
from batty_hooks.state import server
from batty_hooks.state.project import find
from batty_hooks.vocabulary import happened

LATE = "if [ ! -e late ]; then touch late; sleep 100; fi\n"  # a server's hook: the first push takes that long
UPLOADS = "refs/batty/uploads/"


@pytest.fixture
def served(scene: Scene, alone: None, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setattr(serving, "PUSH_LIMIT", 3.0)
    scene.install()
    return Served(scene.root).serve()


def hook(served: Served, script: str) -> None:
    path = served.server / "hooks/pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


def work(served: Served) -> None:
    """As `batty-hooks step --until-idle`, in a child that knows the limit of this test (who has threads starts others).
    What was refused is tried again at once."""
    project = find(served.root)

    def made() -> None:
        server.note(project, **serving.again(server.notes(project)))
        Runner(project, None, lambda item, error: None).until_idle()

    in_child(made)


def comes_to_rest(served: Served, branch: str) -> None:
    """Until it is there: on a busy machine a push that has nothing left to send may be too late as well."""
    commit = served.git("rev-parse", branch)
    while commit not in served.git("rev-list", "main", cwd=served.server):
        work(served)
    work(served)


def uploads(served: Served) -> str:
    return served.git("for-each-ref", UPLOADS, cwd=served.server)


def test_over_a_slow_line(served: Served, tmp_path: Path) -> None:
    there = Daemon(tmp_path / "slow", served.root)
    there.start()
    with Proxy(there.port) as line:
        there.behind(line)
        served.git("remote", "set-url", "origin", there.url)
        tip = served.branch("big", {"numbers/two": "2\n"})
        (served.root.parent / "big/large").write_bytes(os.urandom(1_000_000))
        served.git("add", "large", cwd=served.root.parent / "big")
        served.git("commit", "-q", "--amend", "--no-edit", cwd=served.root.parent / "big")
        tip = served.git("rev-parse", "big")
        line.pace = 100_000
        served.run("merge", "--no-wait", "big")
        while not there.tip() or served.git("rev-list", "main", cwd=there.root).count(tip) == 0:
            work(served)
        assert happened.UPLOADED in served.log() and "took longer" not in served.log()
        work(served)
        assert not served.git("for-each-ref", UPLOADS, cwd=there.root) and not server.uploads(find(served.root))
    there.stop()


def test_others_land_meanwhile(served: Served) -> None:
    hook(served, LATE)
    big = served.branch("big", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "big")
    served.run("step", "--until-idle", "fetch", "gate", "push", "land")
    assert list(server.uploads(find(served.root))) == [big]
    assert "tested, waits for origin (uploaded ahead of its push, since" in served.run("status", code=None)
    assert "it is uploaded ahead of the next one" in served.log()
    served.branch("small", {"numbers/three": "3\n"})
    served.run("merge", "--no-wait", "small")
    served.run("step", "--until-idle", "fetch", "gate", "push", "land", "follow")
    assert served.show("numbers/three") == "3" and big not in served.git("rev-list", "main", cwd=served.server)
    served.run("step", "upload")
    assert uploads(served).split()[0] == big
    comes_to_rest(served, "big")
    assert not uploads(served) and not server.uploads(find(served.root))


def test_as_a_pull_request(scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PUSH_LIMIT", 3.0)
    forge = forge_at(scene, tmp_path, monkeypatch)
    hook(forge.served, LATE)
    forge.served.branch("two", {"numbers/two": "2\n"})
    forge.served.run("merge", "--no-wait", "two")
    while not forge.there():
        forge.look()
    assert happened.UPLOADED in forge.served.log()
    forge.look()
    assert forge.pulls()[0]["headRefName"] == "batty/two"


def test_where_the_server_takes_nothing_ahead(served: Served) -> None:
    """Then it is as it was: it is told, and tried ever more seldom."""
    hook(served, f"{LATE}grep -q {UPLOADS} && echo 'no refs of your own here' >&2 && exit 1\nexit 0\n")
    served.branch("big", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "big")
    served.run("step", "--until-idle", code=None)
    assert "though origin answers; nor ahead of its push: no refs of your own here" in served.run("status", code=1)
    comes_to_rest(served, "big")


class Lfs(ThreadingHTTPServer):
    """As much of a git-lfs server as an upload needs; each file takes its time, and counts when all of it is there."""

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Lfs)
        self.seconds, self.objects, self.daemon_threads = seconds, dict[str, bytes](), True
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class _Lfs(BaseHTTPRequestHandler):
    server: Lfs

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/objects/batch"):
            self._say({"message": "no locks here"}, 404)
            return
        there, url = self.server.objects, self.server.url
        listed = [
            one if one["oid"] in there else {**one, "actions": {"upload": {"href": f"{url}/{one['oid']}"}}}
            for one in asked["objects"]
        ]
        self._say({"transfer": "basic", "objects": listed}, 200)

    def do_PUT(self) -> None:
        size, parts = int(self.headers["Content-Length"]), []
        for _ in range(10):
            parts.append(self.rfile.read(size // 10))
            time.sleep(self.server.seconds / 10)
        self.server.objects[self.path[1:]] = b"".join([*parts, self.rfile.read(size % 10)])
        self._say({}, 200)

    def _say(self, said: object, status: int) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.git-lfs+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def lfs() -> Iterator[Lfs]:
    there = Lfs(8.0)
    yield there
    there.shutdown()
    there.server_close()


def test_a_file_of_git_lfs(served: Served, lfs: Lfs) -> None:
    served.git("lfs", "install", "--local", check=False)
    served.git("config", "lfs.url", lfs.url)
    served.git("config", "lfs.locksverify", "false")
    place = served.root.parent / "at-big"
    served.git("worktree", "add", "-q", "-b", "big", str(place), "main")
    served.git("lfs", "track", "*.bin", cwd=place)
    served.commit(
        place, {"a.bin": "large" * 1_000_000, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    )
    served.run("merge", "--no-wait", "big")
    comes_to_rest(served, "big")
    assert [len(data) for data in lfs.objects.values()] == [5_000_000]
    assert happened.UPLOADED in served.log()
