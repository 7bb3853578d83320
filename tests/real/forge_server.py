"""As much of GitHub as `gh` asks for: pull requests of one repository; and how it and GitLab (tests/gitlab.py) listen,
by https on the loopback."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gitlab import Gitlab

NO_MORE = {"hasNextPage": False, "endCursor": ""}


def _nodes(found: list[Any]) -> dict[str, Any]:
    return {"nodes": found, "pageInfo": NO_MORE, "totalCount": len(found)}


class Forge:
    """The pull requests, newest first, in GraphQL's words; ``asked`` is what was asked for; ``refuses``: a status and
    words for everything."""

    def __init__(self, host: str = "") -> None:
        self.host = host
        self.pulls: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.knows_queue = self.runs_again = True
        self.asked: list[str] = []
        self.refuses: tuple[int, dict[str, Any]] | None = None

    def answer(self, method: str, path: str, body: str) -> tuple[int, Any]:
        self.asked.append(f"{method} {path} {body}")
        if self.refuses:
            return self.refuses
        if path.endswith("/graphql"):
            return 200, self._graphql(json.loads(body))
        if "/actions/runs/" in path:
            return self._of_run(method, path)
        if method == "POST":
            return self._made(json.loads(body))
        if method == "PATCH":
            number = int(path.rpartition("/")[2])
            next(one for one in self.pulls if one["number"] == number)["body"] = json.loads(body)["body"]
            return 200, {}
        if "/comments" in path:
            page = int(path.rpartition("&page=")[2] or 1)
            return 200, self.lines[100 * (page - 1) : 100 * page]
        return 404, {"message": "Not Found"}

    def _of_run(self, method: str, path: str) -> tuple[int, Any]:
        if method == "POST":
            return (201, {}) if self.runs_again else (403, {"message": "This workflow run cannot be retried"})
        return 404, {"message": "Not Found"}

    def _made(self, said: dict[str, str]) -> tuple[int, Any]:
        if any(one["headRefName"] == said["head"] and one["state"] == "OPEN" for one in self.pulls):
            words = f"A pull request already exists for us:{said['head']}."
            return 422, {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "message": words}]}
        number = 12 + len(self.pulls)
        self.pulls.insert(0, self.pull(number, said["head"], body=said["body"], title=said["title"]))
        return 201, {"number": number, "html_url": self.pulls[0]["url"]}

    def _graphql(self, asked: dict[str, Any]) -> dict[str, Any]:
        query, given = asked["query"], asked.get("variables", {})
        if "isInMergeQueue" in query:
            return self._in_queue(query, given)
        if "node(" in query:
            found = next(one for one in self.pulls if one["id"] == given["id"])
            return {"data": {"node": {"statusCheckRollup": _page(found["statusCheckRollup"], given["endCursor"])}}}
        if "RemovedFromMergeQueueEvent" in query:
            nodes = next(one for one in self.pulls if one["number"] == given["number"]).get("timeline", [])
            return {"data": {"repository": {"pullRequest": {"timelineItems": {"nodes": nodes}}}}}
        if "pullRequests(" in query:
            heads, states = given.get("headBranch"), given.get("state") or ["OPEN"]
            found = [self._first(one) for one in self.pulls
                     if one["state"] in states and heads in (None, one["headRefName"])]  # fmt: skip
            return {"data": {"repository": {"pullRequests": _nodes(found)}}}
        if "pullRequest(" in query:
            number = given.get("pr_number") or given.get("number")
            found = [self._first(one) for one in self.pulls if one["number"] == number]
            return {"data": {"repository": {"pullRequest": found[0] if found else None}}}
        return {"data": None, "errors": [{"message": "this forge does not know that"}]}

    def _first(self, one: dict[str, Any]) -> dict[str, Any]:
        """With the first page of its checks alone, as GitHub shows it."""
        return one | {"statusCheckRollup": _page(one["statusCheckRollup"], "0")}

    def _in_queue(self, query: str, given: dict[str, Any]) -> dict[str, Any]:
        """Several by their numbers, each under a name of its own; of an older forge: that it has no such field."""
        if not self.knows_queue:
            return {"errors": [{"message": "Field 'isInMergeQueue' doesn't exist on type 'PullRequest'"}]}
        assert (given["owner"], given["name"]) == ("us", "ours")
        names = ("number", "state", "isInMergeQueue", "autoMergeRequest")
        known = {one["number"]: {name: one.get(name) for name in names} for one in self.pulls}
        asked = re.findall(r"(\w+): pullRequest\(number: (\d+)\)", query)
        return {"data": {"repository": {name: known[int(number)] for name, number in asked}}}

    def pull(self, number: int, branch: str, **more: Any) -> dict[str, Any]:
        """One pull request, open and new."""
        return {
            "id": f"P{number}", "number": number, "url": f"https://{self.host}/us/ours/pull/{number}", "state": "OPEN",
            "headRefName": branch, "headRefOid": "", "baseRefName": "main", "mergeCommit": None, "reviewDecision": "",
            "body": "",
            "isCrossRepository": False, "isDraft": False, "updatedAt": "2026-01-01T00:00:01Z", "reviews": _nodes([]),
            "comments": _nodes([]), "statusCheckRollup": {"nodes": []},
        } | more  # fmt: skip

    def say(self, **facts: Any) -> None:
        """Something happens to the newest one."""
        second = len(self.asked) % 60
        self.pulls[0] |= {"updatedAt": f"2026-01-02T00:00:{second:02}Z"} | facts


def _page(rollup: dict[str, Any], after: str) -> dict[str, Any]:
    """A hundred of the checks, from there on."""
    if not rollup["nodes"]:
        return rollup
    listed = rollup["nodes"][0]["commit"]["statusCheckRollup"]["contexts"]["nodes"]
    end = int(after) + 100
    info = {"hasNextPage": end < len(listed), "endCursor": str(end)}
    contexts = {"nodes": listed[int(after) : end], "pageInfo": info}
    return {"nodes": [{"commit": {"statusCheckRollup": {"contexts": contexts}}}]}


def checks(*found: dict[str, Any]) -> dict[str, Any]:
    """The checks of a pull request as GraphQL nests them."""
    rollup = {"contexts": {"nodes": [{"__typename": "CheckRun", **one} for one in found], "pageInfo": NO_MORE}}
    return {"nodes": [{"commit": {"statusCheckRollup": rollup}}]}


def said(*found: tuple[str, str, str]) -> dict[str, Any]:
    """Remarks: who, as what, and what."""
    return _nodes([
        {"id": f"C{number}", "author": {"login": who}, "authorAssociation": kind, "body": text}
        for number, (who, kind, text) in enumerate(found)
    ])  # fmt: skip


@contextmanager
def listening(
    answer: Callable[[str, str, str, bool], tuple[int, Any]], place: Path, plain: bool = False
) -> Iterator[str]:
    """A forge that listens, by https (its certificate is place/cert.pem, for SSL_CERT_FILE) or in ``plain`` http: its
    host and port. ``answer`` is asked by method, path, body, and whether a login was shown."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _body(self) -> str:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts).decode()

        def _do(self) -> None:
            logged_in = bool(self.headers.get("authorization") or self.headers.get("private-token"))
            status, said = answer(self.command, self.path, self._body(), logged_in)
            kind, data = "application/json", json.dumps(said).encode()
            if isinstance(said, str):
                kind, data = "text/html" if said.startswith("<") else "text/plain", said.encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _do

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if not plain:
        server.socket = _secured(place).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _secured(place: Path) -> ssl.SSLContext:
    key, cert = place / "key.pem", place / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert), "-days",
         "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@contextmanager
def forge(place: Path) -> Iterator[Forge]:
    """GitHub, as it listens."""
    found = Forge()

    def answer(method: str, path: str, body: str, logged_in: bool) -> tuple[int, Any]:
        return found.answer(method, path, body) if logged_in else (401, {"message": "Bad credentials"})

    with listening(answer, place) as found.host:
        yield found


@contextmanager
def gitlab(place: Path, plain: bool = False) -> Iterator[Gitlab]:
    """GitLab, as it listens."""
    found = Gitlab()
    with listening(found.answer, place, plain) as found.host:
        yield found
