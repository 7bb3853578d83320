"""A small program that behaves like an agent CLI: raw mode, alternate screen, bracketed paste, hooks of its own.

    tui.py ROOM HOOK [--session ID] [--silent] [--stays]

A prompt is what was typed or pasted when Enter comes; it is appended to ROOM/taken.jsonl. Its lines are orders:
`RUN: command` runs one in the shell, `ASK: command` opens a dialog first (Enter, 1 or y: run it; Esc: do not; all else,
pastes too, is discarded), `WAIT: file` waits for a file, `STILL: file` reads no key after the turn until it is there,
`DEAF: n` loses the next n Enters, `DIE` kills itself, `LIMIT` reports a usage limit. Esc in a turn interrupts it
without an event; ROOM/status tells the truth at any time.
TUI_MIND in the environment names a program that makes orders of each prompt (see mind.py).
With --stays it outlives its terminal, as some CLIs do.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
import tty

PASTE = re.compile(rb"\x1b\[200~(.*?)\x1b\[201~", re.DOTALL)


class Tui:
    """One run of the program, between its first and its last event."""

    def __init__(self, room: str, hook: str, session: str, silent: bool) -> None:
        self.room, self.hook, self.session, self.silent = room, hook, session, silent
        self.line = b""
        self.interrupted = False
        self.deaf = 0
        self.still = ""

    def tell(self, event: str, **facts: object) -> None:
        if not self.silent:
            data = json.dumps({"session": self.session, **facts})
            subprocess.run([self.hook, event], input=data.encode(), check=False)

    def status(self, word: str) -> None:
        temporary = f"{self.room}/.status.{os.getpid()}"
        with open(temporary, "w") as file:
            file.write(json.dumps({"pid": os.getpid(), "status": word}))
        os.rename(temporary, f"{self.room}/status")

    def show(self, text: str) -> None:
        os.write(1, text.replace("\n", "\r\n").encode())

    def keys(self, timeout: float | None = None) -> bytes:
        """What was typed, with the rest of a paste that has begun."""
        if not select.select([0], [], [], timeout)[0]:
            return b""
        data = os.read(0, 65536)
        while b"\x1b[200~" in data and b"\x1b[201~" not in data.rpartition(b"\x1b[200~")[2]:
            data += os.read(0, 65536)
        return data

    def run(self) -> None:
        self.show("\x1b[?1049h\x1b[?2004h> ")
        self.status("idle")
        self.tell("session-start")
        while True:
            while self.still and not os.path.exists(self.still):
                time.sleep(0.05)
            self.still = ""
            data = self.keys()
            if not data:
                return
            for part, pasted in parts(data):
                if pasted:
                    self.line += part
                    self.show(part.decode("utf-8", "replace")[-60:])
                else:
                    self.typed(part)

    def typed(self, data: bytes) -> None:
        for byte in data:
            if byte == 3:
                raise SystemExit(0)
            if byte == 13 and self.deaf:
                self.deaf -= 1
            elif byte in (21, 127):
                gone = len(self.line) if byte == 21 else len(self.line[-1:])
                self.line = self.line[: len(self.line) - gone]
                self.show("\b \b" * gone)
            elif byte == 13:
                text, self.line = self.line.decode("utf-8", "replace"), b""
                if text.strip():
                    self.turn(text)
            else:
                self.line += bytes([byte])
                self.show(chr(byte))

    def turn(self, text: str) -> None:
        with open(f"{self.room}/taken.jsonl", "a") as file:
            file.write(json.dumps({"prompt": text, "session": self.session}) + "\n")
        self.status("busy")
        self.tell("prompt", prompt=text)
        self.interrupted = False
        for order in self.orders(text):
            self.obey(order)
            if self.interrupted:
                self.status("idle")  # a human's Esc: no event at all
                self.show("\n(interrupted)\n> ")
                return
        self.status("idle")
        self.tell("stop")
        self.show("\n> ")

    def orders(self, text: str) -> list[str]:
        """The lines of a prompt; or what a mind of its own makes of it (TUI_MIND: the program and its words)."""
        mind = os.environ.get("TUI_MIND")
        if not mind:
            return text.splitlines()
        own = {**os.environ, "TUI_ROOM": self.room}
        thought = subprocess.run(mind.split(), input=text, capture_output=True, text=True, check=False, env=own)
        self.show(thought.stderr)
        return thought.stdout.splitlines()

    def obey(self, order: str) -> None:
        word, _, rest = order.strip().partition(" ")
        if word == "RUN:" or (word == "ASK:" and self.dialog(rest)):
            self.shell(rest)
        elif word == "WAIT:":
            while not os.path.exists(rest):
                if b"\x1b" in self.keys(0.02):
                    self.interrupted = True
                    return
        elif word == "STILL:":
            self.still = rest
        elif word == "DEAF:":
            self.deaf = int(rest)
        elif word == "DIE":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "LIMIT":
            self.tell("limit", until=float(rest or 0))
            self.interrupted = True

    def shell(self, command: str) -> None:
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        self.show(f"\n$ {command}\n{done.stdout}{done.stderr}")

    def dialog(self, command: str) -> bool:
        self.status("waiting")
        self.tell("permission", command=command)
        self.show(f"\nMay I run {command}? (Enter: yes, Esc: no) ")
        while True:
            for part, pasted in parts(self.keys()):
                if not pasted and part in (b"\r", b"1", b"y"):
                    with open(f"{self.room}/approved", "a") as file:
                        file.write(f"{command}\n")
                    self.status("busy")
                    self.tell("answered")
                    return True
                if not pasted and part == b"\x1b":
                    self.interrupted = True
                    return False


def parts(data: bytes) -> list[tuple[bytes, bool]]:
    """What was typed and what was pasted, in order."""
    found, end = [], 0
    for paste in PASTE.finditer(data):
        found += [(data[end : paste.start()], False), (paste[1].replace(b"\r", b"\n"), True)]
        end = paste.end()
    return [part for part in [*found, (data[end:], False)] if part[0]]


def new_name() -> str:
    """As a uuid looks. (That module, and pathlib, are a fifth of what a start of this takes.)"""
    word = os.urandom(16).hex()
    return "-".join((word[:8], word[8:12], word[12:16], word[16:20], word[20:]))


def main() -> None:
    room, hook = sys.argv[1:3]
    words = sys.argv[3:]
    session = words[words.index("--session") + 1] if "--session" in words else new_name()
    if "--stays" in words:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        atexit.register(signal.pause)
    before = termios.tcgetattr(0)
    tty.setraw(0)
    tui = Tui(room, hook, session, "--silent" in words)
    try:
        tui.run()
    finally:
        os.write(1, b"\x1b[?2004l\x1b[?1049l")
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        tui.tell("end")


if __name__ == "__main__":
    main()
