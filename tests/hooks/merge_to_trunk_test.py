"""hooks/merge-to-trunk: the script people call to land a branch by hand."""

from __future__ import annotations

from pathlib import Path

SCRIPT = str(Path(__file__).parent.parent.parent / "hooks" / "merge-to-trunk")


def test_it_runs_the_merge_of_this_repository(repository):
    repository.install('for word in "$@"; do echo "<$word>"; done; exit 1')
    place = repository.worktree("side")
    below = place / "below"
    below.mkdir()
    done = repository.run([SCRIPT, "a branch", "--no-wait"], at=below)
    assert (done.stdout, done.stderr) == ("<merge>\n<a branch>\n<--no-wait>\n", "")
    assert done.returncode == 1


def test_without_an_install_it_says_what_to_do(repository):
    done = repository.run([SCRIPT, "side"])
    assert done.returncode == 2
    assert "batty-hooks install" in done.stderr and done.stderr.count("\n") == 1


def test_outside_a_repository(repository, tmp_path):
    done = repository.run([SCRIPT, "side"], at=tmp_path)
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_launcher_that_is_gone(repository):
    repository.install()
    (repository.root / ".batty" / "bin" / "batty-hooks").unlink()
    done = repository.run([SCRIPT, "side"])
    assert done.returncode == 75
    assert "batty-hooks install" in done.stderr
