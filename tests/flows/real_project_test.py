"""A library nobody here wrote, with its own test suite: three engineers land three changes through it.

The source distribution of iniconfig comes from PyPI; without a network this story fails and says so. `PYTHONPATH=src`
lets the suite import the candidate and not the iniconfig that pytest itself has installed: the first engineer's first
attempt breaks the library, and a test of its own suite says so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from scene import Scene

pytestmark = pytest.mark.usefixtures("alone")

RELEASE = "iniconfig==2.3.1"
SUITE = f"PYTHONPATH=src '{sys.executable}' -m pytest -q -p no:cacheprovider"
ENGINEER = """
edit() { sed "$1" "$2" > edited && cat edited > "$2" && rm edited; }
case $(cat "$1") in
*"length"*)
    if [ ! -e testing/test_length.py ]; then # the first attempt: a small clean-up on the side, and it is wrong
        edit 's/return arg in self.sections$/return arg in list(self)/' src/iniconfig/__init__.py
        printf '\\n    def __len__(self) -> int:\\n        return len(self.sections)\\n' >> src/iniconfig/__init__.py
        cat > testing/test_length.py <<'TEST'
from iniconfig import IniConfig


def test_length() -> None:
    assert len(IniConfig("x.ini", data="[a]\\n[b]\\n")) == 2
TEST
    else
        edit 's/return arg in list(self)$/return arg in self.sections/' src/iniconfig/__init__.py
    fi ;;
*"docstring"*) edit '1s/brain-dead simple/small/' src/iniconfig/__init__.py ;;
*) cat >> testing/test_iniconfig.py <<'TEST'


def test_missing_section_is_not_contained() -> None:
    assert "nowhere" not in IniConfig("x.ini", data="[somewhere]")
TEST
esac
git add -A
git commit -qm "Work on $2"
"""


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    place = tmp_path_factory.mktemp("release")
    name = RELEASE.partition("=")[0]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, "-d", str(place), RELEASE]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"this story needs a network, to get {RELEASE} from PyPI: {done.stderr}"
    [archive] = place.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(place)
    [unpacked] = [path for path in place.iterdir() if path.is_dir()]
    return unpacked


def test_three_engineers_land_three_changes_in_a_real_library(release: Path, tmp_path: Path) -> None:
    scene = Scene(tmp_path / "iniconfig")
    shutil.copytree(release, scene.root)
    scene.git("init", "-q", "-b", "main")
    scene.git("add", ".")
    scene.git("commit", "-qm", RELEASE)
    scene.install(SUITE)
    scene.team(scene.agent("engineer", ENGINEER), SUITE, engineers=3)
    scene.cards("- [ ] A length for IniConfig", "- [ ] A kinder docstring", "- [ ] A test of missing sections")
    scene.step()

    assert len(scene.lane("DONE")) == 3, scene.log()
    assert sorted(subject.partition(":")[0] for subject in scene.landed()) == ["Land t1", "Land t2", "Land t3"]
    red = [event for event in scene.events() if event["event"] == "gate failed"]
    assert red and all("testing/test_iniconfig.py::test_config_contains" in event["text"] for event in red)
    back = [event["card"] for event in scene.events() if event["event"].startswith("handed back")]
    assert back == ["t1"]
    [report] = (scene.root / ".batty/inboxes/engineer-1").glob("*/t1.gate.1*")
    assert "FAILED testing/test_iniconfig.py::test_config_contains" in report.read_text()

    assert "def __len__" in scene.show("src/iniconfig/__init__.py")
    assert "return arg in self.sections\n" in scene.show("src/iniconfig/__init__.py")
    assert scene.show("src/iniconfig/__init__.py").startswith('"""small parser')
    assert "test_missing_section_is_not_contained" in scene.show("testing/test_iniconfig.py")
    assert scene.git("status", "--porcelain", "--untracked-files=no") == ""
    every_landing_passes_the_suite(scene, tmp_path / "check")


def every_landing_passes_the_suite(scene: Scene, place: Path) -> None:
    """Check out each commit of the trunk's first-parent line and run the library's own tests there."""
    scene.git("worktree", "add", "-q", "--detach", str(place))
    for commit in scene.git("rev-list", "--first-parent", "main").splitlines():
        scene.git("checkout", "-q", commit, cwd=place)
        done = subprocess.run(["sh", "-c", SUITE], cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{commit} on the trunk is red: {done.stdout}"
