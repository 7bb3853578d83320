"""Files that git-lfs keeps: they are uploaded before a landing is pushed, and are what the gate and others see."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scene import Scene
from served import Served

BIG = "not a pointer\n" * 100
# A gate that passes only where a.bin is the file itself.
GATE = "test $(wc -c <a.bin) -eq 1400"


@pytest.fixture(params=["git-lfs first", "batty-hooks first"])
def served(scene: Scene, alone: None, request: pytest.FixtureRequest) -> Served:
    served = Served(scene.root)
    if request.param == "git-lfs first":
        served.git("lfs", "install", "--local")
    served.install(f"sh check.sh && if [ -e a.bin ]; then {GATE}; fi").serve()
    if request.param != "git-lfs first":  # it finds our hook at the place of its own, says so, and puts none there
        served.git("lfs", "install", "--local", check=False)
    return served


def branch(served: Served) -> None:
    """A branch with a file that git-lfs keeps."""
    place = served.root.parent / "at-big"
    served.git("worktree", "add", "-q", "-b", "big", str(place), "main")
    served.git("lfs", "track", "*.bin", cwd=place)
    served.commit(place, {"a.bin": BIG, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})


def test_what_git_lfs_keeps_is_on_the_server_before_it_lands(served: Served, tmp_path: Path) -> None:
    branch(served)
    assert served.git("cat-file", "-p", "big:a.bin").startswith("version https://git-lfs"), "kept by git-lfs"
    served.run("merge", "big")
    assert (served.root / "a.bin").read_text() == BIG, "the trunk here has followed, with the file itself"
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", served.server.as_uri(), str(other)], check=True, capture_output=True)
    served.git("lfs", "install", "--local", cwd=other)
    served.git("lfs", "pull", cwd=other)
    assert (other / "a.bin").read_text() == BIG


def test_with_pull_requests_too(served: Served, tmp_path: Path) -> None:
    """What is offered is pushed by the same push: the hook of git-lfs is asked before the server is."""
    branch(served)
    path = served.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text().replace("land: push", "land: pr"))
    served.run("merge", "--no-wait", "big")
    served.run("step", "--until-idle", code=None)
    assert served.git("rev-parse", "refs/heads/batty/big", cwd=served.server) == served.git("rev-parse", "big")
    assert [path.stat().st_size for path in (served.server / "lfs/objects").rglob("*") if path.is_file()] == [1400]
