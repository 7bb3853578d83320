"""hooks/ and templates/ come along whole, and `batty-hooks` starts, from a clone and from each kind of install."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OURS = sysconfig.get_path("purelib")
_WHERE = """
import json
from batty_hooks.system import shipped
print(json.dumps([str(shipped.hooks()), str(shipped.templates())]))
"""
_IMPORT_ALL = """
import batty_hooks, importlib, pkgutil
for module in pkgutil.walk_packages(batty_hooks.__path__, "batty_hooks."):
    importlib.import_module(module.name)
"""

pytestmark = pytest.mark.limit(480)  # pip


def run(*argv: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """The output of a program that must end well, started without the developer's paths."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in argv], cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=3600
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tools(scratch: Path) -> Path:
    """The Python of an environment with pip, setuptools and pipx of today."""
    venv.create(scratch / "tools", with_pip=True)
    python = scratch / "tools/bin/python"
    run(python, "-m", "pip", "install", "-q", "--upgrade", "pip", "setuptools", "pipx")
    return python


@pytest.fixture(scope="module")
def wheel(scratch: Path, clone: Path, tools: Path) -> Path:
    run(tools, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", scratch / "wheels", clone)
    [file] = (scratch / "wheels").glob("*.whl")
    return file


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Path]:
    """An empty environment: its Python."""
    venv.create(tmp_path / "environment", with_pip=False)
    yield tmp_path / "environment/bin/python"
    shutil.rmtree(tmp_path / "environment")


def lend_libraries(python: Path) -> None:
    """Let an environment use the libraries of ours, after its own; when pip has run, which must not see them."""
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "lent.pth").write_text(_OURS)


def tree(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Every file below: path → content, executable."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): (path.read_bytes(), os.access(path, os.X_OK)) for path in files}


def assert_whole(python: Path, clone: Path, inside: Path, cwd: Path) -> None:
    """The lookup points below ``inside`` and finds there what the clone has."""
    hooks, templates = (Path(path) for path in json.loads(run(python, "-c", _WHERE, cwd=cwd)))
    assert hooks.is_relative_to(inside.resolve())
    assert templates.is_relative_to(inside.resolve())
    assert tree(hooks) == tree(clone / "hooks") != {}
    assert tree(templates) == tree(clone / "templates") != {}


def test_from_the_clone(clone: Path) -> None:
    assert "batty-hooks" in run(sys.executable, "-m", "batty_hooks", "--version", cwd=clone)
    assert_whole(Path(sys.executable), clone, clone, cwd=clone)


def test_from_an_editable_install(clone: Path, tools: Path, environment: Path, tmp_path: Path) -> None:
    run(tools, "-m", "pip", "--python", environment, "install", "-q", "--no-deps", "--editable", clone)
    lend_libraries(environment)
    assert "batty-hooks" in run(environment.parent / "batty-hooks", "--version", cwd=tmp_path)
    assert_whole(environment, clone, clone, cwd=tmp_path)


def test_from_a_wheel(clone: Path, tools: Path, wheel: Path, environment: Path, tmp_path: Path) -> None:
    run(tools, "-m", "pip", "--python", environment, "install", "-q", "--no-deps", wheel)
    lend_libraries(environment)
    assert "batty-hooks" in run(environment.parent / "batty-hooks", "--version", cwd=tmp_path)
    assert_whole(environment, clone, environment.parents[1], cwd=tmp_path)


def test_from_pip_with_its_libraries(clone: Path, tools: Path, environment: Path, tmp_path: Path) -> None:
    run(tools, "-m", "pip", "--python", environment, "install", "-q", ".", cwd=clone)
    assert "batty-hooks" in run(environment.parent / "batty-hooks", "--version", cwd=tmp_path)
    assert_whole(environment, clone, environment.parents[1], cwd=tmp_path)
    run(environment, "-c", _IMPORT_ALL, cwd=tmp_path)  # nothing leans on a library that setup.cfg does not name


def test_from_pipx(clone: Path, tools: Path, tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("PIPX_HOME", "PIPX_BIN_DIR", "PIPX_MAN_DIR")}
    run(tools, "-m", "pipx", "install", "--python", sys.executable, ".", cwd=clone, **places)
    assert "batty-hooks" in run(tmp_path / "PIPX_BIN_DIR/batty-hooks", "--version", cwd=tmp_path)
    python = tmp_path / "PIPX_HOME/venvs/batty-hooks/bin/python"
    assert_whole(python, clone, tmp_path / "PIPX_HOME", cwd=tmp_path)


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


def test_the_wheel_holds_everything_and_nothing_else(clone: Path, wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == wanted_in_archives(clone) | {f"batty_hooks/{name}" for name in shipped(clone)}


def test_the_source_archive_can_build_the_wheel(clone: Path, tools: Path, tmp_path: Path) -> None:
    build = "import sys, setuptools.build_meta as b; b.build_sdist(sys.argv[1])"
    run(tools, "-c", build, tmp_path, cwd=clone)
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert names >= wanted_in_archives(clone) | shipped(clone) | {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"}
