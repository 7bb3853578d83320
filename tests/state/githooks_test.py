"""install, uninstall, problems, exclude and the launcher, without a commit made."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def picture(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(directory)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in directory.rglob("*")
    }


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "a project"
    root.mkdir()
    git(root, "init", "--quiet")
    return project_map.find(root)


@pytest.mark.parametrize("template", [None, ""])
@pytest.mark.parametrize("hooks_path", [None, ".githooks", ""])
def test_uninstall_leaves_every_byte_as_it_was(tmp_path, template, hooks_path):
    git(tmp_path, "init", "--quiet", *([] if template is None else [f"--template={template}"]), "r")
    root = tmp_path / "r"
    if hooks_path is not None:
        git(root, "config", "core.hooksPath", hooks_path)
    before = picture(root / ".git")
    project = project_map.find(root)
    for _ in range(2):
        githooks.install(project)
        githooks.exclude(project)
    assert picture(root / ".git") != before
    githooks.uninstall(project)
    assert picture(root / ".git") == before
    githooks.uninstall(project)
    assert picture(root / ".git") == before


def test_install_made_twice_changes_nothing(project):
    githooks.install(project)
    before = picture(project.common)
    githooks.install(project)
    assert picture(project.common) == before


def test_the_plain_case_sets_no_hooks_path(project):
    githooks.install(project)
    assert subprocess.run(["git", "config", "core.hooksPath"], cwd=project.root, check=False).returncode == 1


@pytest.mark.parametrize("text", [None, "", "*.log\n", "*.log", "*.log\r\n\xff\n"])
def test_exclude_gives_the_file_its_bytes_back(project, text):
    path = project.common / "info" / "exclude"
    path.unlink()
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    githooks.exclude(project)
    githooks.exclude(project)
    project.board_file.write_text("## TODO\n")
    assert git(project.root, "status", "--porcelain") == ""
    githooks.uninstall(project)
    assert (path.read_bytes().decode("latin-1") if path.exists() else None) == text


def test_exclude_covers_the_link_in_a_worktree(project):
    git(project.root, "commit", "--quiet", "--allow-empty", "-m", "x")
    githooks.exclude(project)
    place = project.root.parent / "linked"
    git(project.root, "worktree", "add", "--quiet", str(place))
    (place / "kanban.md").symlink_to(project.board_file)
    assert git(place, "status", "--porcelain") == ""


def test_exclude_taken_back_leaves_lines_of_others(project):
    path = project.common / "info" / "exclude"
    before = path.read_text()
    githooks.exclude(project)
    path.write_text(path.read_text() + "mine\n")
    githooks.uninstall(project)
    assert path.read_text() == before + "mine\n"


def test_problems_are_found_and_mended(project):
    assert githooks.problems(project) == ["the git hooks are not installed"]
    githooks.install(project)
    assert githooks.problems(project) == [f"{project.launcher} is missing"]
    githooks.write_launcher(project)
    assert githooks.problems(project) == []
    hook = project.common / "hooks" / "post-merge"
    hook.chmod(0o644)
    assert "post-merge" in githooks.problems(project)[0]
    githooks.install(project)
    assert githooks.problems(project) == []
    hook.unlink()
    assert "post-merge" in githooks.problems(project)[0]
    githooks.install(project)
    assert githooks.problems(project) == []


# --- the launcher -----------------------------------------------------------------------------------------------------


def launch(project, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(project.launcher), *arguments], cwd=cwd, env={**clean, **environment}, capture_output=True, text=True
    )


def test_the_launcher_starts_this_very_program(project):
    githooks.write_launcher(project)
    done = launch(project, "--version", cwd=project.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "batty-hooks" in done.stdout


def test_files_of_the_project_are_not_imported(project):
    """A project with a module named like one of ours or of the standard library, and we are started in it."""
    githooks.write_launcher(project)
    for name in ("click", "queue", "json", "batty_hooks"):
        (project.root / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    assert launch(project, "--version", cwd=project.root).returncode == 0


def test_a_python_that_is_gone_is_one_line_and_75(project):
    githooks.install(project)
    githooks.write_launcher(project)
    text = project.launcher.read_text()
    project.launcher.write_text(re.sub(r"^python=.*$", "python='/gone/py thon'", text, flags=re.MULTILINE))
    done = launch(project, "wake", cwd=project.root)
    assert done.returncode == 75
    assert done.stderr.count("\n") == 1 and "/gone/py thon" in done.stderr
    assert "/gone/py thon" in githooks.problems(project)[-1]


def test_a_package_that_is_gone_is_told_and_75(project):
    githooks.write_launcher(project)
    text = project.launcher.read_text()
    project.launcher.write_text(text.replace("batty_hooks.main", "batty_hooks_gone.main"))
    done = launch(project, "wake", cwd=project.root)
    assert done.returncode == 75
    assert "Traceback" not in done.stderr


def test_the_launcher_is_written_anew_only_when_it_differs(project):
    githooks.write_launcher(project)
    first = project.launcher.stat()
    assert stat.S_IMODE(first.st_mode) == 0o755
    githooks.write_launcher(project)
    assert project.launcher.stat().st_ino == first.st_ino
    project.launcher.write_text("other")
    githooks.write_launcher(project)
    assert project.launcher.read_text() != "other"


@pytest.mark.parametrize("text", [None, "", "*.log", "*.log\n"])
def test_what_worktrees_get_is_excluded_too_and_taken_back(project, text):
    path = project.common / "info" / "exclude"
    path.unlink()
    if text is not None:
        path.write_text(text)
    githooks.exclude(project)
    githooks.exclude(project, (".env", "node_modules"))
    once = path.read_text()
    githooks.exclude(project, ("node_modules", ".env"))
    assert path.read_text() == once
    githooks.exclude(project, (".env", "data/secret"))
    for name in (".env", "node_modules", "data/secret"):
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).touch()
    assert git(project.root, "status", "--porcelain") == ""
    githooks.uninstall(project)
    assert (path.read_text() if path.exists() else None) == text


def test_lines_of_others_between_ours_stay(project):
    path = project.common / "info" / "exclude"
    before = path.read_text()
    githooks.exclude(project)
    path.write_text(path.read_text() + "*.mine\n")
    githooks.exclude(project, (".env",))
    path.write_text(path.read_text() + "*.too\n")
    githooks.uninstall(project)
    assert path.read_text() == before + "*.mine\n*.too\n"
