"""Repositories as people have them, and what they do with the trunk: it works, or one line says what to type."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

from batty_hooks.system.git import config

TABLE = table("repositories")
NO_COMMIT = "a repository without a commit"
APART = "`git init --separate-git-dir`"
SUBMODULE = "a submodule, as a project of its own"
SHA256 = "`git init --object-format=sha256`"
NEWER = "a repository that a newer git has made (`extensions.refStorage=reftable` before git 2.45)"
NEWER_LATER = "…and batty-hooks was installed there before"
SPARSE = "a sparse checkout (`git sparse-checkout set numbers`)"
NO_SCRIPT = "package.json has the test script that `npm init` writes"
NO_PYTEST = "the gate is `python3 -m pytest`, and that Python has none"
NO_TEST = "pytest finds no test yet"
RED = "main is red on the first day"
PULLED = "`git pull --rebase` after a landing that was not pushed"
RESET = "`git reset --hard origin/main` after a landing that was not pushed"
REVERTED = "`git revert -m 1` of a landing that another card depends on"
IN_HAND = "…and that card is in hand already"
RENAMED = "the trunk is renamed (`git branch -m master main`)"
UNSET = "`git config --unset core.hooksPath`, as lefthook and husky advise"
ALONE = "`git config --worktree core.hooksPath …` in your checkout (`extensions.worktreeConfig`)"
LINK = "`.batty`, or `.batty/worktrees`, is a symbolic link to another disk"
OLD = "git is older than 2.38"
SHARED = "several users share it (`git init --shared=group`), with a umask of 022"
GONE = "the Python that batty-hooks was installed with is gone; a commit"
ROWS = [
    NO_COMMIT, APART, SUBMODULE, SHA256, NEWER, NEWER_LATER, SPARSE, NO_SCRIPT, NO_PYTEST, NO_TEST,
    RED, PULLED, RESET, REVERTED, IN_HAND, RENAMED, UNSET, ALONE, LINK, SHARED, OLD, GONE,
]  # fmt: skip


pytestmark = pytest.mark.usefixtures("alone")


def installed(scene: Scene) -> Scene:
    return scene.install()


def reported(
    scene: Scene, branch: str = "agent-1/work", file: str = "two", number: str = "2\n", board: str = ""
) -> None:
    place = scene.root.parent / branch.partition("/")[0]
    scene.git("worktree", "add", "-q", str(place), "-b", branch)
    if board:
        scene.save(board)
    scene.commit(place, {f"numbers/{file}": number})
    scene.run("done", cwd=place)


def what_and_mend(said: str) -> str:
    what, mend = said.splitlines()[-2:]
    return f"{what.removeprefix('batty-hooks: ')} → `{mend.strip().removeprefix('→ ').partition('  (')[0]}`"


def typed(scene: Scene, said: str) -> None:
    """Type what stands behind the arrow."""
    command = said.splitlines()[-1].strip().removeprefix("→ ").partition("  (")[0].partition(" && ")[0]
    assert scene.sh(command, scene.root) == 0, command


def test_no_commit_yet(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "project")
    scene.root.mkdir()
    scene.git("init", "-q", "-b", "main")
    assert "There is no commit yet: the gate waits for the first one" in scene.run("install")
    said = scene.run("status", code=1)
    typed(scene, said)
    scene.team(None)
    assert "nothing needs you" in scene.run("status", code=None)
    TABLE.check(NO_COMMIT, f"`install` works; `status`: {what_and_mend(said)}")


def test_a_git_directory_of_its_own(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "project").create("--separate-git-dir", str(tmp_path / "kept.git"))
    said = scene.run("install", code=1)
    assert not (scene.root / ".batty").exists()
    place = tmp_path / "linked"
    scene.git("worktree", "add", "-q", str(place))
    assert "→ git config core.worktree CHECKOUT && batty-hooks install" in scene.run("install", cwd=place, code=1)
    assert not (place / ".batty").exists()
    typed(scene, said)
    installed(scene)
    reported(scene)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"] and (scene.root / "numbers/two").read_text() == "2\n"
    TABLE.check(APART, f"`install`: {what_and_mend(said)}".replace(str(tmp_path), "…"))


def test_a_submodule_as_a_project(scene: Scene, tmp_path: Path) -> None:
    outer = Scene(tmp_path / "outer")
    outer.root.mkdir()
    outer.git("init", "-q", "-b", "main")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(scene.root), "lib")
    inner = installed(Scene(outer.root / "lib"))
    place = tmp_path / "agent-1"
    inner.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    inner.commit(place, {"numbers/two": "2\n"})
    inner.run("done", cwd=place)
    inner.step()
    assert inner.landed() == ["Land agent-1/work"] and (inner.root / "numbers/two").read_text() == "2\n"
    assert not (outer.root / ".batty").exists()
    TABLE.check(SUBMODULE, "works; the repository around it is left alone")


def test_names_of_sha256(tmp_path: Path) -> None:
    scene = installed(Scene(tmp_path / "project").create("--object-format=sha256"))
    reported(scene)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"] and len(scene.tip()) == 64
    TABLE.check(SHA256, "works")


def test_what_a_newer_git_has_made(tmp_path: Path) -> None:
    """Said by a name that no git knows: here one may be new enough for what is new today."""
    for name in ("install", "init"):
        scene = Scene(tmp_path / name).create()
        ahead_of_git(scene)
        said = scene.run(name, *(["--template", "pair"] if name == "init" else []), code=1)
        assert not (scene.root / ".batty").exists() and not (scene.root / "kanban.md").exists()
    TABLE.check(NEWER, f"`install`, `init`: {what_and_mend(said).replace('`', '')}; nothing is made".replace(
        "of-tomorrow", "refstorage").replace("a newer git: this was made by one", "git 2.45 or newer"))  # fmt: skip
    scene = installed(Scene(tmp_path / "known").create())
    ahead_of_git(scene)
    before = scene.board()
    for verb in ("status", "step", "doctor"):
        assert "repository extension found: of-tomorrow" in scene.run(verb, code=1)
    assert scene.board() == before
    scene.git("config", "--file", ".git/config", "--unset", "extensions.of-tomorrow")
    reported(scene)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    TABLE.check(NEWER_LATER, "each command says the same; it goes on with a git that is new enough")


def ahead_of_git(scene: Scene) -> None:
    for key, value in (("core.repositoryformatversion", "1"), ("extensions.of-tomorrow", "true")):
        scene.git("config", "--file", ".git/config", key, value)


@pytest.mark.skipif((config.version() or ()) < (2, 48), reason="this git knows neither")
@pytest.mark.parametrize("form", ["reftable", "files"])
def test_with_a_git_that_is_new_enough_it_works(tmp_path: Path, form: str) -> None:
    scene = installed(Scene(tmp_path / "project").create(f"--ref-format={form}"))
    scene.git("config", "worktree.useRelativePaths", "true")
    reported(scene, "agent-1/t1-two", board="## TODO\n\n## IN PROGRESS\n- [x] Two (agent-1) ^t1\n\n## DONE\n")
    scene.step()
    assert scene.landed() == ["Land t1: Two (agent-1)"] and scene.json("status")["needs_you"] == []


def test_a_sparse_checkout(scene: Scene) -> None:
    scene.commit(scene.root, {"far/away": "1\n"})
    scene.git("sparse-checkout", "set", "numbers")
    assert not (scene.root / "far").exists()
    installed(scene)
    scene.team(None, gate="test -e far/away && sh check.sh")
    reported(scene)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    assert (scene.root / "numbers/two").exists() and not (scene.root / "far").exists()
    TABLE.check(SPARSE, "works: the whole tree is tested, and your checkout stays as it is")


def test_the_test_script_of_npm_init(scene: Scene) -> None:
    scene.commit(scene.root, {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'})
    said = next(line for line in scene.run("install").splitlines() if line.startswith("  gate"))
    TABLE.check(NO_SCRIPT, f"`install`: {' '.join(said.split()[1:])}")


def test_a_python_without_pytest(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bin"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    bare.mkdir()
    (bare / "python3").write_text(f'#!/bin/sh\nexec "{tmp_path}/venv/bin/python3" "$@"\n')
    (bare / "python3").chmod(0o755)
    scene.commit(scene.root, {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_it.py": ""})
    monkeypatch.setenv("PATH", str(bare), prepend=":")
    said = " ".join(scene.run("install").split())
    assert "gate python3 -m pytest (saw [tool.pytest] in pyproject.toml;" in said
    assert "it cannot be started here: python3 has no module pytest" in said
    assert "!! gate: python3 has no module pytest: python3 -m pytest" in " ".join(scene.run("doctor", code=1).split())
    reported(scene)
    scene.step()
    [need] = scene.json("status")["needs_you"]
    assert need["what"].endswith("No module named pytest"), need
    TABLE.check(NO_PYTEST, "`install`, `doctor`: python3 has no module pytest; nobody is charged")


def test_no_test_yet(scene: Scene) -> None:
    installed(scene)
    scene.team(None, gate=f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {sys.executable} -m pytest -q -p no:cacheprovider")
    reported(scene)
    scene.step()
    needs = scene.json("status")["needs_you"]
    assert [need["command"] for need in needs] == ["batty-hooks gate --again main  (once it is mended)"]
    assert scene.messages("agent-1") == [], "nobody is charged"
    what = needs[0]["what"].replace(scene.tip()[:10], "…").partition(" in ")[0]
    TABLE.check(NO_TEST, f"needs you: {what}; what is reported waits")


def test_red_from_the_first_day_on(scene: Scene) -> None:
    scene.commit(scene.root, {"numbers/bad": "red\n"})
    installed(scene)
    reported(scene)
    scene.step()
    [need] = scene.json("status")["needs_you"]
    assert scene.messages("agent-1") == [], "nobody is charged"
    assert scene.json("status")["queue"][0]["stage"] == "red, as the trunk itself is"
    reported(scene, "agent-2/mend", "bad", "3\n")
    scene.step()
    assert sorted(scene.landed()) == ["Land agent-1/work", "Land agent-2/mend"]
    what = need["what"].replace(scene.git("rev-parse", f"{scene.tip()}~1")[:10], "…")
    what = f"{what.partition(' at ')[0]} at …: {what.rpartition(': ')[2]}"
    TABLE.check(RED, f"needs you: {what}; red work waits, and what mends it lands")


def landed_and_not_pushed(tmp_path: Path) -> Scene:
    """A card has landed here, and somebody has pushed something else meanwhile."""
    remote = Scene(tmp_path / "remote.git")
    first = Scene(tmp_path / "first").create()
    first.git("clone", "-q", "--bare", str(first.root), str(remote.root))
    scene = Scene(tmp_path / "project")
    first.git("clone", "-q", str(remote.root), str(scene.root))
    installed(scene)
    reported(scene, "agent-1/t1-two", board="## TODO\n\n## IN PROGRESS\n- [x] Two (agent-1) ^t1\n\n## DONE\n")
    scene.step()
    assert scene.landed() == ["Land t1: Two (agent-1)"]
    first.commit(first.root, {"numbers/nine": "9\n"}, "Nine")
    first.git("push", "-q", str(remote.root), "main")
    scene.git("fetch", "-q")
    return scene


def test_what_has_landed_is_rebased(tmp_path: Path) -> None:
    scene = landed_and_not_pushed(tmp_path)
    scene.git("pull", "-q", "--rebase")
    scene.step()
    assert scene.landed() == [] and scene.show("numbers/two") == "2"
    assert scene.json("status")["needs_you"] == [] and len(scene.lane("DONE")) == 1
    TABLE.check(PULLED, "Nothing: what has landed is there under another commit, and its card is done")


def test_what_has_landed_is_taken_back(tmp_path: Path) -> None:
    scene = landed_and_not_pushed(tmp_path)
    landing = scene.tip()
    scene.git("reset", "-q", "--hard", "origin/main")
    [need] = scene.json("status")["needs_you"]
    command, _, words = need["command"].partition("  (")
    assert words == "brings it back; to have it done anew: batty-hooks task release t1)"
    scene.step()
    assert len(scene.lane("DONE")) == 1, "nothing is done about it by itself"
    assert scene.sh(command, scene.root) == 0 and scene.show("numbers/two") == "2"
    assert scene.json("status")["needs_you"] == []
    scene.git("reset", "-q", "--hard", "origin/main")
    scene.run("task", "release", "t1")
    scene.step()
    assert len(scene.lane("TODO")) == 1 and scene.json("status")["needs_you"] == []
    TABLE.check(RESET, f"needs you: {need['what']} → `{command.replace(landing[:12], '…')}`, or `task release t1`")


def test_what_others_depend_on_is_reverted(tmp_path: Path) -> None:
    scene = landed_and_not_pushed(tmp_path)
    landing = scene.tip()
    scene.git("revert", "--no-edit", "-m", "1", "HEAD")
    revert = scene.tip()
    assert scene.json("status")["needs_you"] == [], "his own business, as long as nothing depends on it"
    scene.save(scene.board().replace("## TODO\n", "## TODO\n- [ ] Three [depends:: t1] (agent-1) ^t2\n"))
    scene.step()
    assert [line.partition(" (")[0] for line in scene.lane("TODO")] == ["- [ ] Three [depends:: t1]"]
    [need] = scene.json("status")["needs_you"]
    command, _, words = need["command"].partition("  (")
    assert words == "brings it back; to have it done anew: batty-hooks task release t1)"
    assert "waits for t1 (taken back)" in scene.run("board")
    assert "t2 waits for t1" in scene.run("task", "claim", "t2", "--as", "agent-1", code=1)
    what = need["what"]
    TABLE.check(REVERTED, f"it waits again; needs you: {what} → `{command.replace(revert[:12], '…')}`, or "
                "`task release t1`; once it has landed again, by either, it is begun")  # fmt: skip
    assert scene.sh(command, scene.root) == 0 and scene.show("numbers/two") == "2"
    scene.run("task", "claim", "t2", "--as", "agent-1")
    assert scene.json("status")["needs_you"] == []
    scene.git("reset", "-q", "--hard", landing)
    scene.git("revert", "--no-edit", "-m", "1", "HEAD")
    scene.step()
    assert "(agent-1) ^t2" in scene.lane("IN PROGRESS")[0]
    [need] = scene.json("status")["needs_you"]
    TABLE.check(IN_HAND, f"it goes on; needs you: {need['what']}; its manager is told once")
    scene.run("task", "release", "t1")
    scene.run("task", "release", "t2")
    scene.step()
    assert scene.json("status")["needs_you"] == [], "t1 is open again, and what depends on it waits for it as usual"
    assert "t2 waits for t1" in scene.run("task", "claim", "t2", "--as", "agent-1", code=1)


def test_a_renamed_trunk(tmp_path: Path) -> None:
    scene = installed(Scene(tmp_path / "project", "master").create())
    scene.git("branch", "-m", "master", "main")
    said = scene.run("status", code=1)
    assert "(or, if it is called main now: `trunk: main` in team.yaml)" in said
    scene.trunk = "main"
    scene.team(None)
    reported(scene)
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    seen = what_and_mend(said).replace(scene.git("rev-list", "--max-parents=0", "main")[:12], "…")
    TABLE.check(RENAMED, f"`status`: {seen}, or `trunk: main` in team.yaml")


def test_hooks_path_unset_again(scene: Scene) -> None:
    scene.git("config", "core.hooksPath", str(scene.root / ".git/hooks"))
    installed(scene)
    scene.git("config", "--unset", "core.hooksPath")
    assert scene.json("status")["needs_you"] == []
    refused = subprocess.run(
        ["git", "update-ref", "refs/heads/main", "main^{tree}"], cwd=scene.root, check=False, capture_output=True,
        env={"PATH": "/usr/bin:/bin", "BATTY_MEMBER": "agent-1"},
    )  # fmt: skip
    assert refused.returncode, "the guard of the trunk is there as well"
    TABLE.check(UNSET, "Nothing: our hooks are in `.git/hooks` too, beside those of others")


def test_a_hooks_path_of_one_worktree(scene: Scene) -> None:
    installed(scene)
    scene.git("config", "extensions.worktreeConfig", "true")
    scene.git("config", "--worktree", "core.hooksPath", "/nowhere")
    [need] = scene.json("status")["needs_you"]
    assert need["command"] in scene.run("doctor", code=1)
    command, _, then = need["command"].rpartition(" && ")
    assert scene.sh(command, scene.root) == 0 and then == "batty-hooks install"
    assert scene.json("status")["needs_you"] == []
    TABLE.check(ALONE, f"needs you: {need['what']} → `{need['command']}`")


@pytest.mark.parametrize("name", [".batty", ".batty/worktrees"])
def test_a_link_to_another_disk(scene: Scene, tmp_path: Path, name: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (scene.root / name).parent.mkdir(exist_ok=True)
    (scene.root / name).symlink_to(disk)
    installed(scene)
    scene.team(scene.agent("adds", 'echo 5 > numbers/$2; git add numbers; git commit -qm "Adds"\n'))
    scene.save("## TODO\n- [ ] Five ^t1\n\n## IN PROGRESS\n\n## DONE\n")
    scene.step()
    assert scene.landed() == ["Land t1: Five (engineer-1)"] and scene.json("status")["needs_you"] == []
    assert list(disk.rglob("engineer-1"))
    scene.run("uninstall", "--purge")
    assert not list(disk.rglob("engineer-1")) and (scene.root / "numbers/one").exists()
    TABLE.check(LINK, "works; the worktrees are on that disk")


def test_an_old_git(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is newer than the real one in nothing: it has no `merge-tree --write-tree`."""
    old, real = tmp_path / "bin", shutil.which("git")
    old.mkdir()
    (old / "git").write_text(
        f"""#!/bin/sh
[ "$1" != --version ] || {{ echo "git version 2.34.1"; exit; }}
for word; do
    [ "$word" != merge-tree ] || {{ echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129; }}
done
exec {real} "$@"
"""
    )
    (old / "git").chmod(0o755)
    known = installed(Scene(tmp_path / "known").create())
    place = tmp_path / "agent-1"
    known.git("worktree", "add", "-q", str(place), "-b", "agent-1/work")
    known.commit(place, {"numbers/two": "2\n"})
    monkeypatch.setenv("PATH", str(old), prepend=":")
    said = scene.run("install", code=1)
    assert not (scene.root / ".batty").exists()
    assert "install git 2.38 or newer" in known.run("done", cwd=place, code=1)
    assert "install git 2.38 or newer" in known.run("doctor", code=1)
    TABLE.check(OLD, f"`install`, `init`: {what_and_mend(said).replace('`', '')}; nothing is made")


def test_a_python_that_is_gone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(scene)
    launcher = scene.root / ".batty/bin/batty-hooks"
    text = launcher.read_text()
    launcher.write_text(text.replace(sys.executable, "/gone/python"))
    assert "python=/gone/python" in launcher.read_text()
    monkeypatch.delenv("BATTY_NO_WAKE")
    scene.git("switch", "-q", "-c", "aside")
    scene.commit(scene.root, {"numbers/two": "2\n"})
    scene.git("switch", "-q", "main")
    done = subprocess.run(
        ["git", "merge", "--no-ff", "-m", "By hand", "aside"], cwd=scene.root, check=False, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0 and scene.show("numbers/two") == "2"
    [said] = [line for line in done.stderr.splitlines() if line.startswith("batty-hooks: ")]
    launcher.write_text(text)
    TABLE.check(GONE, f"is made; a merge says: {said.removeprefix('batty-hooks: ')}")


def test_several_users_share_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        scene = Scene(tmp_path / "project").create("--shared=group")
        scene.root.chmod(0o775)
        scene.run("install")
        scene.team(scene.agent("works", "echo 7 > numbers/seven; git add numbers; git commit -qm seven\n"))
        scene.cards("- [ ] Alpha")
        scene.step()
    finally:
        os.umask(before)
    assert scene.landed() == ["Land t1: Alpha (engineer-1)"]
    batty, own = scene.root / ".batty", scene.root / ".git/batty"
    written = [path for path in (*batty.rglob("*"), *own.rglob("*")) if path.suffix in (".lock", ".jsonl", ".log")]
    places = [path for path in batty.rglob("*") if path.is_dir() and not path.is_symlink()]
    entries = [*written, *places, own / "let-pass", batty, own, scene.worktree("engineer-1") / "numbers/seven"]
    assert len(written) > 5
    assert not [str(path) for path in entries if not path.stat().st_mode & stat.S_IWGRP]
    TABLE.check(SHARED, "works: what is made there may be written by the group, worktrees too; git asks each of them "
                "for `safe.directory`, as `status` and `step` say")  # fmt: skip


def test_the_page_has_these_rows_and_no_others() -> None:
    TABLE.finish(ROWS)
