"""What is typed at a host is understood there, whatever shell its person has, and whatever its git is set to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scene import Scene
from system.tidying_test import asked

from batty_hooks.system.machines import job, line, shipping


def typed(python: str = "") -> str:
    return line.argv("build1", python)[-1]


def test_it_is_one_line_of_short_words() -> None:
    """A csh takes neither words of several lines nor long ones."""
    assert "\n" not in typed() and "!" not in typed() and len(typed()) < 1000


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "zsh", "ksh", "mksh", "tcsh", "bsd-csh", "fish"])
def test_each_shell_starts_our_program_or_says_what_is_missing(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"there is no {shell} here")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    env = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    said = subprocess.run([program, "-c", typed()], input=b"", env=env, capture_output=True, check=False).stdout
    unfit = json.loads(said.decode().partition(shipping.MARK)[2])
    assert unfit == {"unfit": "there is no python3", "do": "install Python 3.10 or newer there"}
    boot = b"print('boot', take(2))"
    given = b"%08x" % len(boot) + boot + b"ok"
    for python, command in (("", typed()), (sys.executable, typed(sys.executable))):
        (tmp_path / "bin" / "python3").unlink(missing_ok=True)
        if not python:
            (tmp_path / "bin" / "python3").symlink_to(sys.executable)
        done = subprocess.run([program, "-c", command], input=given, env=env, capture_output=True, check=False)
        assert done.stdout == b"boot b'ok'\n", (done.stdout, done.stderr)


def test_no_setting_of_git_there_changes_what_is_tested(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that people have in their ~/.gitconfig."""
    hooks, template = tmp_path / "hooks", tmp_path / "template"
    for place in (hooks, template / "hooks"):
        place.mkdir(parents=True)
        (place / "post-checkout").write_text("#!/bin/sh\necho x >numbers/hooked\n")
        (place / "post-checkout").chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f"""[core]
    autocrlf = true
    hooksPath = {hooks}
    fsmonitor = true
    attributesFile = {tmp_path}/attributes
    excludesFile = {tmp_path}/excludes
[init]
    defaultObjectFormat = sha256
    templateDir = {template}
    defaultRefFormat = reftable
[gc]
    auto = 1
    autoDetach = false
[transfer]
    fsckObjects = true
[safe]
    bareRepository = explicit
[extensions]
    worktreeConfig = true
""")
    (tmp_path / "attributes").write_text("* eol=crlf\n")
    (tmp_path / "excludes").write_text("*\n")
    commit = scene.commit(scene.root, {"numbers/two": "2\n"})
    what = asked(scene, commit, [])
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    what["command"] = (
        'test -z "$(ls numbers | grep hooked)" && ! grep -q "$(printf \'\\r\')" numbers/two && sh check.sh'
    )
    for _ in range(2):
        answer = job.run(what, lambda: False)
        assert answer.get("exit") == 0, answer
    assert os.listdir(job.room() / "mine" / "repository.git" / "refs" / "batty" / "got") == [commit]
