"""What a worktree is made ready from, its ports, and what is brought into it, without any setup command."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.errors import FatalError
from batty_hooks.state import setup
from batty_hooks.state.project import Project, find
from batty_hooks.state.setup import Spec, bringing, inputs, memory


@pytest.fixture
def project(scene: Scene) -> Project:
    project = find(scene.root)
    project.prepare()
    return project


# --- what a setup depends on -------------------------------------------------------------------------------

FILES = {
    "package.json": "{}", "web/package-lock.json": "{}", "requirements-dev.txt": "a", "requirements/ci.txt": "b",
    "pyproject.toml": "", "Cargo.lock": "", "Makefile": "", "scripts/setup.sh": "", "src/package.py": "", "go.sum": "",
}  # fmt: skip
DEPENDS = {
    "npm ci": {"package.json", "web/package-lock.json"},
    "cd web && npm ci": {"package.json", "web/package-lock.json"},
    ".venv/bin/pip install -r requirements/ci.txt": {"requirements-dev.txt", "requirements/ci.txt", "pyproject.toml"},
    "python3 -m venv .venv": {"requirements-dev.txt", "pyproject.toml"},
    "cargo fetch; go mod download": {"Cargo.lock", "go.sum"},
    "./scripts/setup.sh --fast": {"package.json", "web/package-lock.json", "requirements-dev.txt", "pyproject.toml",
                                  "Cargo.lock", "Makefile", "go.sum", "scripts/setup.sh"},
    "make deps": {"package.json", "web/package-lock.json", "requirements-dev.txt", "pyproject.toml", "Cargo.lock",
                  "Makefile", "go.sum"},
    "it's an open quote": {"package.json", "web/package-lock.json", "requirements-dev.txt", "pyproject.toml",
                           "Cargo.lock", "Makefile", "go.sum"},
}  # fmt: skip


@pytest.mark.parametrize("command", DEPENDS)
def test_the_files_a_command_obviously_depends_on(scene: Scene, project: Project, command: str) -> None:
    scene.commit(scene.root, FILES)
    assert set(inputs.files(project, "HEAD", (command,))) == DEPENDS[command]


def test_the_word_changes_with_what_matters_and_with_nothing_else(scene: Scene, project: Project) -> None:
    (scene.root / ".env").write_text("A=1\n")
    (scene.root / "lib").mkdir()
    spec = Spec(("npm ci",), (".env",), ("lib",), 2)
    scene.commit(scene.root, FILES)

    def word(spec: Spec = spec) -> str:
        return inputs.word(project, scene.git("rev-parse", "HEAD"), spec)

    first = word()
    scene.commit(scene.root, {"src/other.py": "x", "requirements-dev.txt": "other"})
    (scene.root / "lib/more").write_text("in a linked directory\n")
    os.utime(scene.root / ".env", (0, 0))
    assert word() == first
    seen = {first}
    (scene.root / ".env").write_text("A=2\n")
    seen.add(word())
    scene.commit(scene.root, {"package.json": '{"name": "x"}'})
    seen.add(word())
    (scene.root / "lib").rename(scene.root / "old")
    (scene.root / "lib").mkdir()
    seen.add(word())
    seen.add(word(Spec(("npm install",), (".env",), ("lib",), 2)))
    seen.add(word(Spec(("npm ci",), (".env",), ("lib",), 3)))
    assert len(seen) == 6
    assert inputs.changed(project, "HEAD~1", "HEAD", ("npm ci",)) == ["package.json"]
    assert inputs.changed(project, "HEAD~2", "HEAD~1", ("npm ci",)) == []


# --- ports -------------------------------------------------------------------------------------------------


def test_a_worktree_keeps_its_ports_and_shares_them_with_none(project: Project) -> None:
    names = [*(f"engineer-{number}" for number in range(1, 20)), "gate-1", "gate-2"]
    blocks = {name: setup.environment(project, name, 5) for name in names}
    for block in blocks.values():
        assert list(block) == ["BATTY_PORT", *(f"BATTY_PORT_{number}" for number in range(1, 6))]
        assert block["BATTY_PORT"] == block["BATTY_PORT_1"]
    ports = [int(block[f"BATTY_PORT_{number}"]) for block in blocks.values() for number in range(1, 6)]
    assert len(set(ports)) == len(ports) and all(20000 <= port < 32768 for port in ports)
    assert {name: setup.environment(project, name, 5) for name in reversed(names)} == blocks
    (project.batty / "ports.json").write_text("nonsense")
    assert setup.environment(project, "engineer-1", 5) == blocks["engineer-1"]
    assert setup.environment(project, "engineer-1", 0) == {}


def test_two_projects_hardly_meet(tmp_path: Path) -> None:
    starts = []
    for number in range(40):
        root = tmp_path / f"project-{number}"
        (root / ".batty/ready").mkdir(parents=True)
        starts.append(int(setup.environment(Project(root, root / ".git"), "engineer-1", 10)["BATTY_PORT"]))
    assert len(set(starts)) >= 35


def test_all_who_ask_at_once_get_their_own(project: Project) -> None:
    found: dict[str, Mapping[str, str]] = {}

    def ask(name: str) -> None:
        found[name] = setup.environment(project, name, 1)

    threads = [threading.Thread(target=ask, args=(f"engineer-{number}",)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({block["BATTY_PORT"] for block in found.values()}) == 12


def test_more_ports_than_there_are_is_said_in_a_line(project: Project) -> None:
    setup.environment(project, "one", 9000)
    with pytest.raises(FatalError, match="more than there are"):
        setup.environment(project, "two", 9000)


# --- copies and links --------------------------------------------------------------------------------------


class Room:
    """A worktree into which things are brought, and what is remembered of the copies."""

    def __init__(self, scene: Scene, project: Project) -> None:
        self.scene, self.project, self.place = scene, project, scene.root.parent / "place"
        scene.git("worktree", "add", "-q", "--detach", str(self.place))
        self.copies: dict[str, tuple[str, str]] = {}

    def bring(
        self, copy: tuple[str, ...] = (), link: tuple[str, ...] = (), kept: tuple[str, ...] | None = None
    ) -> list[str]:
        ours, said = bringing.bring(self.project, self.place, Spec((), copy, link), self.copies, kept)
        self.copies = {path: (word, bringing.directories.snapshot(self.place / path)) for path, word in ours.items()}
        return said


@pytest.fixture
def room(scene: Scene, project: Project) -> Room:
    return Room(scene, project)


def put(root: Path, name: str, text: str, mode: int = 0o644) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_files_and_trees_are_copied_with_modes_and_links(room: Room) -> None:
    put(room.scene.root, "deep/er/.env", "A=1\n", 0o600)
    put(room.scene.root, "data/run", "#!/bin/sh\n", 0o755)
    (room.scene.root / "data/latest").symlink_to("run")
    os.mkfifo(room.scene.root / "data/pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(room.scene.root / "data")
        listening.bind("socket")
    assert room.bring(copy=("deep/er/.env", "data")) == []
    env = room.place / "deep/er/.env"
    assert env.read_text() == "A=1\n" and env.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(room.place / "data")) == ["latest", "run"]
    assert (room.place / "data/run").stat().st_mode & 0o111 and (room.place / "data/latest").is_symlink()
    assert os.listdir(room.project.ready) == []


def test_a_copy_nobody_changed_follows_its_source(room: Room) -> None:
    source = put(room.scene.root, ".env", "A=1\n")
    room.bring(copy=(".env",))
    source.write_text("A=2\n")
    assert room.bring(copy=(".env",)) == []
    assert (room.place / ".env").read_text() == "A=2\n"
    put(room.place, ".env", "mine\n")
    source.write_text("A=3\n")
    assert room.bring(copy=(".env",)) == [".env is there already, and is no unchanged copy of ours: left as it is"]
    assert (room.place / ".env").read_text() == "mine\n"
    assert room.bring(copy=(".env",), kept=()) == [], "but in a gate worktree it was left by a run"
    assert (room.place / ".env").read_text() == "A=3\n"


def test_nothing_is_brought_through_a_link_out_of_the_worktree(room: Room) -> None:
    put(room.scene.root, "config/.env", "A=1\n")
    put(room.scene.root.parent, "elsewhere/keep", "keep\n")
    (room.place / "config").symlink_to(room.scene.root.parent / "elsewhere")
    for wish in ({"copy": ("config/.env",)}, {"link": ("config/.env",)}):
        assert room.bring(**wish) == ["config/.env is not brought: config is no directory of its own here"]
    assert os.listdir(room.scene.root.parent / "elsewhere") == ["keep"]
    (room.place / "config").unlink()
    put(room.place, "config", "a file\n")
    assert room.bring(link=("config/.env",), kept=()) == [
        "config/.env is not brought: config is no directory of its own here"
    ]


def test_a_link_is_ours_or_left(room: Room) -> None:
    put(room.scene.root, "lib/a", "a\n")
    put(room.scene.root, "other/a", "b\n")
    assert room.bring(link=("lib",)) == [] and room.bring(link=("lib",)) == []
    assert (room.place / "lib/a").read_text() == "a\n" and not os.readlink(room.place / "lib").startswith("/")
    (room.place / "lib").unlink()
    (room.place / "lib").symlink_to(room.scene.root / "other")
    assert room.bring(link=("lib",)) == ["lib is there already, and is not our link: left as it is"]
    assert room.bring(link=("lib",), kept=()) == []
    assert (room.place / "lib/a").read_text() == "a\n" and (room.scene.root / "other/a").exists()
    (room.place / "lib").unlink()
    put(room.place, "lib/made", "by the setup\n")
    assert room.bring(link=("lib",), kept=("lib",)) == ["lib is there already, and is not our link: left as it is"]


@pytest.mark.parametrize("kept", [None, ()])
def test_what_is_tracked_stays(room: Room, kept: tuple[str, ...] | None) -> None:
    put(room.scene.root, "numbers/one", "other\n")
    assert room.bring(copy=("numbers/one", "check.sh"), link=("numbers",), kept=kept) == [
        "numbers/one is tracked by git here: left as it is",
        "check.sh is tracked by git here: left as it is",
        "numbers is tracked by git here: left as it is",
    ]
    assert (room.place / "numbers/one").read_text() == "1\n"


def test_odd_names(room: Room) -> None:
    names = ("[a]*?", "with blank ", "größe 数", "-dash", "#hash", "!bang", "back\\slash", ":(glob)x")
    for name in names:
        put(room.scene.root, name, f"{name}\n")
    from batty_hooks.state import githooks

    githooks.exclude(room.project, names)
    assert room.bring(copy=names[::2], link=names[1::2]) == []
    for name in names:
        assert (room.place / name).read_text() == f"{name}\n"
    assert room.scene.git("status", "--porcelain", cwd=room.place) == ""
    put(room.place, "aa", "another file\n")
    put(room.place, "[a]", "and another\n")
    assert len(room.scene.git("status", "--porcelain", cwd=room.place).splitlines()) == 2, "each line means one path"


# --- what is remembered ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"result": "ready"}', '{"copies": {".env": 7}}', "null"])
def test_a_memory_that_cannot_be_read_is_none(project: Project, text: str) -> None:
    (project.ready / "engineer-1.json").write_text(text)
    assert setup.get(project, "engineer-1") is None


def test_a_memory_is_read_as_it_was_written(project: Project) -> None:
    known = setup.Memory("ready", "word", "mark", 1.5, "-", 0, "log", ("line",), ("built/",), ("a",), ("b",),
                          (".env",), {".env": ("one", "two")}, 1, 2, "three")  # fmt: skip
    memory.put(project, "engineer-1", known)
    assert setup.get(project, "engineer-1") == known
    assert json.loads((project.ready / "engineer-1.json").read_text())["copies"] == {".env": ["one", "two"]}
