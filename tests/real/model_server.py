#!/usr/bin/env python3
"""A scripted model on 127.0.0.1 that the real CLIs talk to instead of a real one: the same every time, and no account.

It speaks Anthropic Messages, OpenAI Responses, OpenAI Chat Completions and Gemini's API, streaming or not, each just
as far as the five CLIs use it. What it answers is decided in `script.py`, from the conversation alone.

    PYTHONPATH=tests python -m real.model_server --port 8911 --log requests.jsonl
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from real import script, wires


class ModelServer:
    """The server, in a thread of its own. ``log`` gets one line of JSON a request; use it as a context manager."""

    def __init__(self, log: Path, port: int = 0) -> None:
        self.log = log
        self._writing = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serve in this thread, until the process ends."""
        self._server.serve_forever()

    def requests(self) -> list[dict[str, Any]]:
        """What was asked and answered so far, oldest first."""
        return list(self._entries)

    def prompts(self) -> list[str]:
        """The text of every turn a person or the team began with an agent that has tools, oldest first."""
        return [entry["user"] for entry in self.requests() if entry["fresh"]]

    def note(self, entry: dict[str, Any]) -> None:
        """Remember it, and add a line to the log."""
        with self._writing, self.log.open("a", encoding="utf-8") as log:
            self._entries.append({"at": round(time.time(), 3), **entry})
            log.write(json.dumps(self._entries[-1], ensure_ascii=False) + "\n")


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Our own log says more."""

        def do_GET(self) -> None:
            self._whole(200, {"object": "list", "data": [], "models": []})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            wire = wires.find(self.path)
            if wire is None:
                server.note({"path": self.path, "unknown": body, "fresh": False, "user": "", "answer": ""})
                self._whole(404, {"error": {"message": f"no such path: {self.path}"}})
                return
            if self.path.split("?")[0].endswith(("count_tokens", ":countTokens")):
                self._whole(200, {"input_tokens": 10, "totalTokens": 10})
                return
            asked = wire.read(body)
            answer = script.answer(asked)
            server.note(
                {
                    "path": self.path,
                    "tools": [tool.name for tool in asked.tools],
                    "fresh": script.is_fresh(asked),
                    "user": asked.user,
                    "system": asked.system,
                    "answer": str(answer),
                }
            )
            self._answer(wire, body, answer)

        def _answer(self, wire: wires.Wire, body: dict[str, Any], answer: script.Answer) -> None:
            if isinstance(answer, script.Failure):
                self._whole(answer.status, wire.failure(answer.status))
                return
            streamed = wire.is_stream(self.path, body)
            if isinstance(answer, script.Hang):
                self._begin_stream()
                self._hang(answer.seconds)
                answer = answer.then
            elif streamed:
                self._begin_stream()
            if not streamed:
                self._whole(200, wire.whole(answer))
                return
            for event, data in wire.stream(answer):
                name = f"event: {event}\n" if event else ""
                text = data if isinstance(data, str) else json.dumps(data)
                self.wfile.write(f"{name}data: {text}\n\n".encode())
                self.wfile.flush()

        def _hang(self, seconds: float) -> None:
            """Say nothing, not even a comment (Gemini CLI takes one for an answer); leave when the client has left."""
            limit = time.monotonic() + seconds
            while (left := limit - time.monotonic()) > 0:
                if select.select([self.connection], [], [], left)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionResetError

        def _begin_stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()

        def _whole(self, status: int, data: object) -> None:
            text = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # an interrupted turn

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8911)
    parser.add_argument("--log", type=Path, default=Path("requests.jsonl"))
    arguments = parser.parse_args()
    server = ModelServer(arguments.log, arguments.port)
    print(server.url, flush=True)
    server.serve()


if __name__ == "__main__":
    main()
