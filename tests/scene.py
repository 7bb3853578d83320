"""A scene for stories: a real repository with a small project in it, and a person, engineers and time acting on it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import forked
from forked import Begun
from installed import Created, Installed

from batty_hooks.system import lock

# The project under test: every number in numbers/ must be a number, and no two files may hold the same one
# (so that two branches can be green alone and red together).
GATE = """#!/bin/sh
# Fails when a file is not a number or two files hold the same number.
for file in numbers/*; do
    [ "$(grep -cvE '^[0-9]+$' "$file")" = 0 ] || { echo "FAILED $file is not a number"; exit 1; }
done
double=$(cat numbers/* | sort | uniq -d)
[ -z "$double" ] || { echo "FAILED $double is there twice"; exit 1; }
echo "all good"
"""
BOARD = "## TODO\n\n## IN PROGRESS\n\n## DONE\n"


class Scene:
    """One repository and everything that acts on it."""

    created: Created | None = None
    installed: Installed | None = None

    def __init__(self, root: Path, trunk: str = "main") -> None:
        self.root = root
        self.trunk = trunk

    # --- git -----------------------------------------------------------------------------------------------

    def git(self, *arguments: str, cwd: Path | None = None, check: bool = True) -> str:
        done = subprocess.run(["git", *arguments], cwd=cwd or self.root, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"git {arguments}: {done.stdout}{done.stderr}"
        return done.stdout.rstrip("\n")

    def sh(self, line: str, place: Path) -> int:
        """Run a shell line in a directory: its exit code."""
        return subprocess.run(["sh", "-c", line], cwd=place, capture_output=True, check=False).returncode

    def create(self, *init: str) -> Scene:
        self.root.mkdir(parents=True, exist_ok=True)
        if not init and self.trunk == "main" and self.created is not None and self.created.copy(self.root):
            return self
        self.git("init", "-q", "-b", self.trunk, *init)
        (self.root / "numbers").mkdir()
        (self.root / "numbers" / "one").write_text("1\n")
        (self.root / "check.sh").write_text(GATE)
        (self.root / "check.sh").chmod(0o755)
        self.git("add", ".")
        self.git("commit", "-qm", "A project")
        return self

    def commit(self, place: Path, files: dict[str, str], message: str = "Work") -> str:
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        self.git("add", "--", *files, cwd=place)
        self.git("commit", "-qm", message, cwd=place)
        return self.git("rev-parse", "HEAD", cwd=place)

    def tip(self) -> str:
        return self.git("rev-parse", f"refs/heads/{self.trunk}")

    def subjects(self) -> list[str]:
        """The subjects along the trunk's first-parent line, oldest first."""
        return self.git("log", "--first-parent", "--reverse", "--format=%s", self.trunk).splitlines()

    def landed(self) -> list[str]:
        """The subjects of everything that landed, those that landed together one by one, oldest first."""
        lines = self.git("log", "--topo-order", "--reverse", "--format=%s", self.trunk).splitlines()
        return [line for line in lines if line.startswith("Land ") and " together: " not in line]

    def show(self, path: str, commit: str = "") -> str:
        return self.git("show", f"{commit or self.trunk}:{path}")

    def every_trunk_commit_passes(self, scratch: Path) -> None:
        """Check out each commit of the first-parent line and run the gate's script there."""
        for oid in self.git("rev-list", "--first-parent", self.trunk).splitlines():
            place = scratch / oid
            self.git("worktree", "add", "-q", "--detach", str(place), oid)
            done = subprocess.run(["sh", "check.sh"], cwd=place, capture_output=True, text=True, check=False)
            self.git("worktree", "remove", "--force", str(place))
            assert done.returncode == 0, f"{oid} on the trunk is red: {done.stdout}"

    # --- batty-hooks ---------------------------------------------------------------------------------------

    def run(
        self, *arguments: str, cwd: Path | None = None, code: int | None = 0, env: dict[str, str] | None = None,
        typed: bytes | None = None,
    ) -> str:  # fmt: skip
        """Run batty-hooks; its output (errors too). ``code`` is the exit code expected (None: any); ``typed`` is on its
        standard input."""
        done = forked.run(arguments, cwd or self.root, env or {}, typed)
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, f"{arguments} → {done.returncode}\n{said}\n{self.log()}"
        assert "Traceback" not in said, said
        return said

    def begin(self, *arguments: str, output: BinaryIO | None = None) -> Begun:
        """Run batty-hooks beside the test."""
        return Begun(arguments, self.root, output)

    def json(self, *arguments: str) -> Any:
        return json.loads(forked.run([*arguments, "--json"], self.root, {}).stdout)

    def install(self, gate: str = "sh check.sh", **more: Any) -> Scene:
        """Hooks only: no team."""
        if self.installed is None or not self.installed.copy(self.root):
            self.run("install")
        self.team(None, gate, **more)
        return self

    def team(
        self, command: str | None, gate: str = "sh check.sh", engineers: int = 1, history: str = "off", **more: Any
    ) -> None:
        """Write team.yaml: engineers of the kind `command` that run ``command``, or none; ``more`` is of the gate."""
        lines = [f"trunk: {self.trunk}", f"history: {history}", "gate:", f"  command: {json.dumps(gate)}"]
        lines += [f"  {name}: {json.dumps(value)}" for name, value in more.items()]
        if command is not None:
            lines += [
                "roles:", "  - name: engineer", "    role_type: engineer", "    agent: command",
                f"    instances: {engineers}", "    use_worktrees: true", f"    command: {json.dumps(command)}",
            ]  # fmt: skip
        (self.root / ".batty/team_config/team.yaml").write_text("\n".join(lines) + "\n")

    def agent(self, name: str, script: str) -> str:
        """A scripted agent: a file outside the repository; gives the command line that runs it. Where nobody but the
        test makes moves (see `alone`), its commits wake nobody; the end of its command does."""
        path = self.root.parent / f"{self.root.name}-{name}.sh"
        alone = "export BATTY_NO_WAKE=1\n" if os.environ.get("BATTY_NO_WAKE") else ""
        path.write_text(f"#!/bin/sh\nset -e\n{alone}{script}")
        path.chmod(0o755)
        return f"'{path}' {{brief}} {{card}}"

    def cards(self, *lines: str) -> None:
        """Type lines under ## TODO, the way an editor saves them."""
        board = self.board()
        head, _, rest = board.partition("## TODO\n")
        self.save(f"{head}## TODO\n" + "".join(f"{line}\n" for line in lines) + rest)

    def board(self) -> str:
        path = self.root / "kanban.md"
        return path.read_text() if path.exists() else BOARD

    def save(self, text: str) -> None:
        temporary = self.root / "kanban.md.new"
        temporary.write_text(text)
        temporary.rename(self.root / "kanban.md")

    def lane(self, name: str) -> list[str]:
        """The first lines of the cards in a lane."""
        _, _, rest = self.board().partition(f"## {name}\n")
        return [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("- ")]

    def events(self) -> list[dict[str, Any]]:
        path = self.root / ".batty/events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def log(self) -> str:
        return "\n".join(
            f"{event['event']} {event.get('card', '')} {event.get('member', '')} {event.get('text', '')}"
            for event in self.events()
        )

    def messages(self, member: str, place: str = "*") -> list[str]:
        return sorted(path.name for path in (self.root / ".batty/inboxes" / member).glob(f"{place}/*"))

    def worktree(self, member: str) -> Path:
        return self.root / ".batty/worktrees" / member

    def rest(self) -> None:
        """Wait for runs of agents, and for the wakes they end with: they have an environment of their own."""
        locks = [self.root / f".batty/{name}.lock" for name in ("wake-next", "wake")]

        def at_rest() -> bool:
            return not working_below(self.root) and all(lock.is_free(path) for path in locks)

        wait_for(lambda: at_rest() and at_rest())  # one that began while we looked, and whose starter has ended since

    def step(self, *arguments: str, code: int | None = 0) -> str:
        return self.run("step", "--until-idle", *arguments, code=code)


class Again:
    """Scenes that many tests of a file begin from: each is made once, and lies in the same place again for the next."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, make: Callable[[Scene], object]) -> Scene:
        """The scene as ``make`` left it, with what it put beside the repository."""
        now, kept = (self.home / f"{make.__name__}-{word}" for word in ("now", "kept"))
        if now.exists():  # somebody of the test before may still be at its last write
            wait_for(lambda: not _ended(working_below(now)))
            shutil.rmtree(now)
        if kept.exists():
            own_copy(kept, now)
            return Scene(now / "project")
        scene = Scene(now / "project").create()
        make(scene)
        shutil.rmtree(half := self.home / f"{make.__name__}-half", ignore_errors=True)
        own_copy(now, half).rename(kept)
        return scene


def _ended(pids: list[str]) -> list[str]:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    return pids


def working_below(root: Path) -> list[str]:
    """The other processes whose working directory is in ``root``, where /proc tells: one that is being started has that
    of who starts it."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found += [place.parent.name] if Path(os.readlink(place)).is_relative_to(root) else []
    return [pid for pid in found if int(pid) != os.getpid()]


def wait_for(what: Callable[[], object], seconds: float = 180.0, pause: float = 0.02) -> None:
    """Wait until ``what()`` is true, as long as a busy machine may take; it says what never was.

    Asking takes a fifth of the time at most, with a ``pause`` between two times: a screen of tmux or a status, asked
    for without one, would keep the machine from what is waited for.
    """
    limit = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if what():
            return
        assert time.monotonic() < limit, f"waited {seconds} s in vain for {what}"
        time.sleep(min(max(pause, 4 * (time.monotonic() - asked)), 0.5))


def until(file: Path) -> str:
    """Shell that goes on when ``file`` is there; or when its directory is no more, for then nobody waits for it (and a
    loop that a test leaves behind would take its share of the machine until the end)."""
    return f"until [ -e '{file}' ] || [ ! -d '{file.parent}' ]; do sleep 0.05; done"


def as_nobody(place: Path, check: Callable[[], None]) -> None:
    """Make all that lies there nobody's, and check as that user: root may read and write anywhere."""
    for path in (place, *place.rglob("*")):
        os.lchown(path, 65534, 65534)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            check()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def own_copy(source: Path, target: Path) -> Path:
    """A copy of a directory, for trying something twice from the same start (five times as fast as shutil's)."""
    subprocess.run(["cp", "-pR", str(source), str(target)], check=True)
    return target
