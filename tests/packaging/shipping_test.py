"""hooks/ and templates/ come along whole, and `batty-hooks` starts, from a clone and from what is built of one. (The
installs that install.sh makes, by pip with the libraries and editable, are looked at in install_test.py.)"""

from __future__ import annotations

import shutil
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from environments import Tools, assert_whole, run, tree

ROOT = Path(__file__).parents[2]
_BUILD = """
import os, sys, setuptools.build_meta as build
place = sys.argv[1]
archive = build.build_sdist(place)
os.chdir(place)
os.system(f"tar -xzf {archive}")
os.chdir(archive.removesuffix(".tar.gz"))
build.build_wheel(place)
"""
_IMPORT_ALL = """
import batty_hooks, importlib, pkgutil
for module in pkgutil.walk_packages(batty_hooks.__path__, "batty_hooks."):
    importlib.import_module(module.name)
"""

pytestmark = pytest.mark.limit(480)  # pip


@pytest.fixture(scope="module")
def built(scratch: Path, clone: Path, tools: Tools) -> Path:
    """A source archive of the clone, and the wheel that is built of that archive."""
    place = scratch / "built"
    place.mkdir()
    run(tools.python, "-c", _BUILD, place, cwd=clone)
    return place


def test_from_the_clone(clone: Path) -> None:
    assert "batty-hooks" in run(sys.executable, "-m", "batty_hooks", "--version", cwd=clone)
    assert_whole(Path(sys.executable), clone, clone, cwd=clone)


def test_from_a_wheel_with_its_libraries_by_pipx(clone: Path, tools: Tools, built: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    places = {name: str(tmp_path / name) for name in ("PIPX_HOME", "PIPX_BIN_DIR", "PIPX_MAN_DIR")}
    places["PIPX_SHARED_LIBS"] = str(tools.venv)
    plain = "--pip-args=--no-compile"
    run(tools.python, "-m", "pipx", "install", "--python", sys.executable, plain, wheel, cwd=tmp_path, **places)
    venv = tmp_path / "PIPX_HOME/venvs/batty-hooks"
    assert [path.name for path in (tmp_path / "PIPX_BIN_DIR").iterdir()] == ["batty-hooks"]
    assert "batty-hooks" in run(tmp_path / "PIPX_BIN_DIR/batty-hooks", "--version", cwd=tmp_path)
    assert_whole(venv / "bin/python", clone, venv, cwd=tmp_path)
    run(venv / "bin/python", "-c", _IMPORT_ALL, cwd=tmp_path)  # nothing leans on a library that setup.cfg does not name
    shutil.rmtree(venv)


def packages_on_disk() -> set[str]:
    folders = {path.parent for path in (ROOT / "batty_hooks").rglob("*.py")}
    return {".".join(folder.relative_to(ROOT).parts) for folder in folders}


def test_every_package_is_listed_in_setup_cfg() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = setup["options"]["packages"].split()
    assert listed == sorted(packages_on_disk() | {"batty_hooks.hooks", "batty_hooks.templates"})


def wanted_in_archives(clone: Path) -> set[str]:
    modules = {str(path.relative_to(clone)) for path in (clone / "batty_hooks").rglob("*.py")}
    return modules | {"batty_hooks/py.typed"}


def shipped(clone: Path) -> set[str]:
    return {f"{top}/{name}" for top in ("hooks", "templates") for name in tree(clone / top)}


def test_the_wheel_holds_everything_and_nothing_else(clone: Path, built: Path) -> None:
    [wheel] = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == wanted_in_archives(clone) | {f"batty_hooks/{name}" for name in shipped(clone)}


def test_the_source_archive_can_build_the_wheel(clone: Path, built: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert names >= wanted_in_archives(clone) | shipped(clone) | {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"}
