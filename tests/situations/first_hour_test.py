"""The first hour: what a stranger's repository, team.yaml and file system meet, and what he is told."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from article import PAIR, SIMPLE
from scene import Scene, wait_for
from situations.preload import without
from situations.situation import table
from tui.company import Company

from batty_hooks import __version__
from batty_hooks.state import members
from batty_hooks.state import project as project_map
from batty_hooks.state.project import FORM

TABLE = table("first hour")
OFFLINE = "…and its remote is away when a merge needs what was not fetched yet"
ROWS = [
    "team.yaml is pasted and has no test command, and `start` is typed",
    "the same, and no test command is certain",
    "a branch left the trunk of a shallow clone where it does not go back to",
    "a partial clone (`--filter=blob:none`)",
    OFFLINE,
    "a file system without hard links",
    "`install` is typed: what belongs into a commit",
    "a branch without team.yaml is checked out",
    "a file system without symbolic links",
    "a file system without file locks (flock)",
    "a newer version, whose state this one cannot read, was here",
    "an older version was here",
    "the running watcher is of another version",
    "a bare repository with worktrees (`.bare`)",
    "the trunk is only on origin",
    "`install` in a clone of another branch than origin's trunk",
    "`install` in a clone of one branch alone (`git clone --single-branch -b feature`)",
    "…and `trunk: main` is written into team.yaml",
    "`install` in a subfolder, on a detached HEAD, or after `uninstall`",
    "`.git/info/attributes` of this clone",
    "an agent's CLI is found by an alias of the shell only",
    "husky sets `core.hooksPath` again, as each `npm install` does",
    "jest, vitest or eslint, run in the primary checkout",
    "submodules",
    "`stop`, while the command of a `command` agent runs",
    "`uninstall`, while the command of a `command` agent runs",
]


@pytest.fixture
def company(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Company:
    """A project whose tests are company, CLIs and a cargo that do nothing, and a tmux of its own."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("claude", "codex", "cargo"):
        (programs / name).write_text("#!/bin/sh\n[ -t 0 ] || exit 0\nexec cat\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    return company


def test_the_articles_pair_starts_as_it_is(company: Company) -> None:
    scene = company.scene
    scene.commit(scene.root, {"package.json": '{"scripts": {"test": "sh check.sh"}}'})
    file = scene.root / ".batty/team_config/team.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(PAIR)  # typed by hand, and nothing else was ever made
    assert "note: saw package.json with a test script → npm test" in scene.run("validate")
    said = company.start()
    assert "gate: npm test  (saw package.json with a test script; written into" in said and "2 agents" in said
    assert file.read_text() == PAIR + "\ngate:\n  command: npm test\n"
    assert scene.run("validate").startswith("ok: 2 members (architect, engineer-1); gate `npm test`")
    assert (scene.root / "kanban.md").exists() and ".batty" not in scene.git("status", "--short", "kanban.md")
    TABLE.check("team.yaml is pasted and has no test command, and `start` is typed", f"`start`: {said.splitlines()[0]}")


def test_the_articles_simple_starts_as_it_is(company: Company) -> None:
    scene = company.scene
    scene.commit(scene.root, {"Cargo.toml": "[package]\nname = 'x'\n"})
    scene.run("install")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(SIMPLE)
    assert "5 agents" in company.start() and file.read_text() == SIMPLE + "\ngate:\n  command: cargo test\n"


def test_a_pasted_team_in_a_project_without_tests(company: Company) -> None:
    scene = company.scene
    scene.commit(scene.root, {"package.json": '{"scripts": {"build": "x"}}'})
    scene.run("install")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(PAIR)
    said = company.start(code=1)
    assert "saw package.json without a test script → not certain" in said and "nothing was started" in said
    assert file.read_text() == PAIR
    TABLE.check("the same, and no test command is certain", f"`start`: {said.splitlines()[0]}")


def test_a_shallow_clone_whose_trunk_went_on(scene: Scene, tmp_path: Path, alone: None) -> None:
    scene.commit(scene.root, {"numbers/five": "5\n"})
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", "--depth", "1", f"file://{scene.root}", str(clone.root))
    clone.install()
    place = tmp_path / "agent-1"
    clone.git("worktree", "add", "-q", "-b", "agent-1/a", str(place))
    clone.commit(place, {"numbers/two": "2\n"})
    scene.commit(scene.root, {"numbers/six": "6\n"})
    clone.git("fetch", "-q", "--depth", "1", "origin")
    clone.git("reset", "-q", "--hard", "origin/main")
    clone.run("done", cwd=place)
    clone.step()
    said = clone.run("read", cwd=place)
    assert "this clone is shallow" in said and "git fetch --unshallow" in said
    [need] = [line for line in clone.run("status", code=1).splitlines() if "is shallow" in line]
    assert clone.git("for-each-ref", "refs/batty/attempts") == ""
    assert "this clone is shallow" in clone.run("merge", "agent-1/a", code=1)
    assert "this clone is shallow" in clone.run("gate", "agent-1/a", code=1)
    clone.git("fetch", "-q", "--unshallow")
    clone.step()
    assert clone.show("numbers/two") == "2"
    words = need[need.index("agent-1/a") :]
    TABLE.check("a branch left the trunk of a shallow clone where it does not go back to", f"`status`: {words}")


def test_a_partial_clone_is_worked_in(scene: Scene, tmp_path: Path, alone: None) -> None:
    scene.git("config", "uploadpack.allowFilter", "true")
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", "--filter=blob:none", f"file://{scene.root}", str(clone.root))
    clone.install()
    place = tmp_path / "agent-1"
    clone.git("worktree", "add", "-q", "-b", "agent-1/a", str(place))
    clone.commit(place, {"numbers/two": "2\n"})
    clone.run("merge", "agent-1/a")
    TABLE.check("a partial clone (`--filter=blob:none`)", "works")


def test_a_partial_clone_whose_remote_is_away(scene: Scene, tmp_path: Path, alone: None) -> None:
    """A merge of two versions of a file needs the third, which no checkout here has needed yet."""
    lines = [f"{number}\n" for number in range(20)]
    scene.commit(scene.root, {"far/lines": "".join(lines)})
    scene.git("switch", "-qc", "agent-1/a")
    scene.commit(scene.root, {"far/lines": "".join(["first\n", *lines[1:]])})
    scene.git("switch", "-q", "main")
    scene.commit(scene.root, {"far/lines": "".join([*lines[:-1], "last\n"])})
    scene.git("config", "uploadpack.allowFilter", "true")
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", "--filter=blob:none", f"file://{scene.root}", str(clone.root))
    clone.git("branch", "agent-1/a", "origin/agent-1/a")
    clone.install()
    scene.root.rename(tmp_path / "away")
    said, mend = clone.run("merge", "agent-1/a", code=1).splitlines()[-2:]
    (tmp_path / "away").rename(scene.root)
    assert clone.sh(mend.strip().removeprefix("→ ").partition("  (")[0], clone.root) == 0
    clone.run("merge", "agent-1/a")
    assert clone.show("far/lines").split("\n")[:1] == ["first"] and "last" in clone.show("far/lines")
    words = re.sub(r"[0-9a-f]{40}", "…", f"{said.removeprefix('batty-hooks: ')} → `{mend.split('→ ')[1]}`")
    TABLE.check(OFFLINE, f"`merge`: {words}")


def test_a_file_system_without_hard_links(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**without("link", tmp_path), "BATTY_NO_WAKE": "1"}.items():
        monkeypatch.setenv(name, value)
    scene.install()
    scene.team(scene.agent("adds", "echo 2 > numbers/two; git add numbers; git commit -qm Two"))
    scene.cards("- [ ] Two")
    scene.step()
    assert [line[:5] for line in scene.lane("DONE")] == ["- [x]"] and scene.show("numbers/two") == "2"
    scene.run("install")
    assert scene.messages("human", "new") == []
    TABLE.check("a file system without hard links", "works: a card landed there")


def test_a_branch_without_the_team(scene: Scene, alone: None) -> None:
    scene.git("branch", "release")
    scene.git("branch", "old")
    said = scene.run("install")
    scene.team("true {brief}", engineers=2)
    lines = scene.run("install").splitlines()
    [commit] = [line.split(maxsplit=1)[1] for line in lines if "git commit" in line]
    TABLE.check("`install` is typed: what belongs into a commit", f"`{commit}`, on main")
    assert "on main, so that every branch made from it has them" in said
    assert scene.sh(commit, scene.root) == 0
    assert not [line for line in scene.run("install").splitlines() if "git commit" in line]
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", "-b", "agent-1/a", str(place))
    scene.commit(place, {"numbers/two": "2\n"})
    scene.git("switch", "-q", "release")
    assert scene.run("validate").startswith("ok: 2 members (engineer-1, engineer-2); gate `sh check.sh`")
    assert "team.yaml is read from main: what is checked out has none" in scene.run("doctor", code=None)
    said = scene.run("install")
    assert "sh check.sh  (as .batty/team_config/team.yaml on main says)" in said
    assert "nothing: main has the team's files, and they count while release has none" in said
    assert "the team is committed on main, and release has none of it" in scene.run(
        "init", "--template", "pair", code=1
    )
    scene.run("merge", "agent-1/a")
    assert scene.show("numbers/two") == "2"
    scene.git("switch", "-q", "main")  # nothing of ours is in its way
    assert scene.git("status", "--porcelain") == ""
    seen = "goes on: team.yaml is read from main, `doctor` and `install` say so, `git switch main` works"
    TABLE.check("a branch without team.yaml is checked out", seen)


def test_the_trunk_is_what_its_team_yaml_says(scene: Scene, alone: None) -> None:
    scene.run("install")
    scene.git("switch", "-q", "-c", "develop")
    scene.trunk = "develop"
    scene.team(None, gate="true")
    scene.git("add", ".batty")
    scene.git("commit", "-qm", "team")
    scene.git("switch", "-q", "main")
    assert "gate `true`; trunk develop" in scene.run("validate")
    scene.git("branch", "-q", "-m", "develop", "other")  # nobody's trunk any more
    assert "there is no .batty/team_config/team.yaml" in scene.run("validate", code=1)


@pytest.mark.parametrize("call", ["symlink", "flock"])
def test_a_file_system_that_lacks_what_is_needed(scene: Scene, tmp_path: Path, call: str) -> None:
    said = scene.run("install", code=1, env=without(call, tmp_path))
    what, mend = said.splitlines()
    name = {"symlink": "symbolic links", "flock": "file locks (flock)"}[call]
    assert what.endswith(f"is on a file system that has no {name}") and "local file system" in mend
    assert not (scene.root / ".batty").exists() and not list(scene.root.glob(".batty*"))
    TABLE.check(f"a file system without {name}", f"`install`: … {what[what.index('is on a') :]}; nothing is made")


def test_a_newer_version_was_here(scene: Scene, alone: None) -> None:
    scene.install()
    stamp = scene.root / ".batty/version"
    assert stamp.read_text() == f"{FORM} {__version__}\n"
    stamp.write_text("99 9.0.0\n")
    for words in (["status"], ["install"], ["start"], ["step"], ["doctor"], ["init", "--template", "pair"]):
        said = scene.run(*words, code=1)
        assert f"was written by batty-hooks 9.0.0, and this is {__version__}, which cannot read it" in said, words
    scene.run("wake")
    assert stamp.read_text() == "99 9.0.0\n"
    TABLE.check("a newer version, whose state this one cannot read, was here", f"… {said.splitlines()[0][-70:]}")
    stamp.unlink()  # as one from before it was written down
    assert "set up by batty-hooks an older one that did not write it down" in scene.run("doctor", code=1)
    scene.run("status", code=None)
    scene.run("install")
    assert "set up by" not in scene.run("doctor", code=None)
    TABLE.check("an older version was here", "everything goes on; `doctor` says so, `install` mends it")


def test_a_watcher_of_another_version(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.install()
    with subprocess.Popen(
        [sys.executable, "-m", "batty_hooks", "watch"], cwd=scene.root, stdout=subprocess.PIPE, text=True
    ) as watcher:
        try:
            assert watcher.stdout
            watcher.stdout.readline()
            file = scene.root / ".batty/watch.version"
            assert file.read_text() == f"{__version__}\n"
            assert "the running watcher is" not in scene.run("doctor", code=None)
            for text, words in (("0.0.1\n", "0.0.1"), ("", "of an older version")):
                file.write_text(text)
                said = scene.run("doctor", code=1)
                assert f"the running watcher is {words}; this is batty-hooks {__version__}" in said
                assert f"kill {watcher.pid}" in said
                assert f"the running watcher is {words}" in scene.run("status", code=1)
        finally:
            watcher.terminate()
    seen = "`doctor`: the running watcher is 0.0.1; this is batty-hooks …, with the `kill` that ends it"
    TABLE.check("the running watcher is of another version", seen)


def test_leaving_while_a_command_goes_on(scene: Scene) -> None:
    scene.install()
    scene.team(scene.agent("waits", "echo 2 > numbers/two; touch $0.began; exec sleep 300"))
    scene.cards("- [ ] Two")
    began = Path(f"{scene.root.parent}/{scene.root.name}-waits.sh.began")
    env = {"BATTY_NO_WAKE": "1"}
    scene.run("step", env=env)
    wait_for(began.exists)
    said = scene.run("stop", env=env)
    assert "the command of engineer-1 goes on (process" in said and "`batty-hooks stop --all` ends it" in said
    TABLE.check("`stop`, while the command of a `command` agent runs", "`stop`: the command of engineer-1 goes on, …")
    assert "the command of engineer-1 is ended" in scene.run("stop", "--all", env=env)
    project = project_map.find(scene.root)
    assert members.running(project) == {} and not scene.lane("TODO")
    assert [line for line in scene.lane("IN PROGRESS") if "blocked" in line] == []  # nobody took it for an outcome
    began.unlink()
    scene.run("step", env=env)
    wait_for(began.exists)  # it is run anew
    said = scene.run("uninstall", env=env)
    assert "ended: the command of engineer-1" in said and members.running(project) == {}
    assert (scene.worktree("engineer-1") / "numbers/two").exists()
    TABLE.check("`uninstall`, while the command of a `command` agent runs", "it is ended, and its work is kept")


def test_a_bare_repository_with_worktrees(scene: Scene, tmp_path: Path, alone: None) -> None:
    top = tmp_path / "top"
    scene.git("clone", "-q", "--bare", str(scene.root), str(top / ".bare"))
    (top / ".git").write_text("gitdir: ./.bare\n")
    scene.git("worktree", "add", "-q", "main", "main", cwd=top)
    scene.git("worktree", "add", "-q", "-b", "feature/x", "feature", cwd=top)
    bare = Scene(top / ".bare")
    said = scene.run("install", cwd=top / "main")
    assert f"board  {bare.root}/kanban.md: a bare repository has no checkout, so" in said
    assert f"{bare.root}/.batty/team_config/team.yaml\n" in said
    bare.team(None)
    scene.commit(top / "feature", {"numbers/two": "2\n"})
    assert "has landed" in scene.run("merge", "feature/x", cwd=top / "feature")
    assert (top / "main/numbers/two").exists() and scene.git("status", "--short", cwd=top / "main") == ""
    TABLE.check(
        "a bare repository with worktrees (`.bare`)",
        "works; board and team.yaml lie in the bare repository, as `install` says",
    )


def test_a_trunk_that_is_only_on_origin(scene: Scene, tmp_path: Path) -> None:
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", str(scene.root), str(clone.root))
    clone.install()
    clone.git("switch", "-q", "-c", "mine")
    clone.git("branch", "-q", "-D", "main")
    (clone.root / ".git/batty/guard").unlink()  # as where it never was anywhere else
    shutil.rmtree(clone.root / ".batty/verdicts")
    said = clone.run("status", code=1).splitlines()
    seen = f"`status`: {said[0].removeprefix('batty-hooks: ')} → `{said[1].strip().removeprefix('→ ')}`"
    TABLE.check("the trunk is only on origin", seen)


def test_a_clone_of_another_branch_than_the_trunk(scene: Scene, tmp_path: Path) -> None:
    scene.git("branch", "feature/x")
    clone = Scene(tmp_path / "clone")
    scene.git("clone", "-q", "-b", "feature/x", str(scene.root), str(clone.root))
    said = clone.run("install")
    [line] = [line for line in said.splitlines() if line.startswith("  trunk")]
    assert clone.tip() == scene.tip() and clone.git("symbolic-ref", "HEAD") == "refs/heads/feature/x"
    assert clone.git("rev-parse", "--abbrev-ref", "main@{upstream}") == "origin/main"
    assert "on main, so that every branch made from it has them; feature/x is checked out here now" in said
    clone.git("branch", "-q", "-D", "main", check=False)
    clone.run("install")
    assert "the trunk 'main' is gone" in clone.run("status", code=1), "what somebody has deleted is not made again"
    TABLE.check("`install` in a clone of another branch than origin's trunk", f"`install`: {' '.join(line.split())}")


def test_a_clone_of_one_branch_alone(scene: Scene, tmp_path: Path) -> None:
    """What origin's trunk is called is not in it: what it has is the trunk then, and how another comes here is said."""
    scene.git("branch", "feature")
    clone = Scene(tmp_path / "clone", "feature")
    scene.git("clone", "-q", "--single-branch", "-b", "feature", str(scene.root), str(clone.root))
    said = [line.strip() for line in clone.run("install").splitlines()]
    at = next(number for number, line in enumerate(said) if line.startswith("trunk"))
    assert said[at].startswith("trunk  feature  (tested work lands there")
    TABLE.check("`install` in a clone of one branch alone (`git clone --single-branch -b feature`)",
                f"`install`: {' '.join(said[at].split())}; {said[at + 1]}")  # fmt: skip
    file = clone.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text().replace("trunk: feature", "trunk: main"))
    what, mend = clone.run("status", code=1).splitlines()
    command = mend.strip().removeprefix("→ ").partition("  (")[0]
    assert clone.sh(command, clone.root) == 0 and clone.git("rev-parse", "main") == scene.tip()
    assert "trunk main at" in clone.run("status", code=None)
    TABLE.check("…and `trunk: main` is written into team.yaml",
                f"`status`: {what.removeprefix('batty-hooks: ')} → `{command}`")  # fmt: skip
    whole = Scene(tmp_path / "whole")
    scene.git("clone", "-q", "--depth", "1", f"file://{scene.root}", str(whole.root))
    assert "is all that this clone has" not in whole.run("install"), "origin's trunk is no feature"


def test_installed_again_after_it_was_taken_out(scene: Scene, alone: None) -> None:
    (scene.root / "numbers/sub").mkdir()
    scene.git("switch", "-q", "--detach")
    scene.run("install", cwd=scene.root / "numbers/sub")
    scene.team(scene.agent("adds", 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'))
    scene.cards("- [ ] One")
    scene.run("uninstall")
    scene.run("install")
    scene.step()
    assert scene.landed() == ["Land t1: One (engineer-1)"]
    TABLE.check("`install` in a subfolder, on a detached HEAD, or after `uninstall`", "works; the cards go on")


def test_attributes_of_one_clone_alone(scene: Scene) -> None:
    scene.install("! grep -q \r numbers/*")
    scene.team(scene.agent("adds", 'echo "10${2#t}" > "numbers/$2"; git add numbers; git commit -qm "Add $2"\n'))
    (scene.root / ".git/info/attributes").write_text("# none\n* eol=crlf\n")
    scene.cards("- [ ] One")
    scene.step()
    assert scene.landed() == ["Land t1: One (engineer-1)"]
    assert b"\r\n" in (scene.root / "numbers/t1").read_bytes(), "in the checkout of whoever has them they count"
    TABLE.check("`.git/info/attributes` of this clone", "counts in your checkouts, and not where candidates are tested")


def test_a_cli_that_only_an_alias_finds(scene: Scene, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    scene.run("init", "--template", "solo")
    assert "    → npm install -g @anthropic-ai/claude-code" in scene.run("doctor", code=1)
    program = own_home / ".claude/local/claude"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    lines = scene.run("doctor", code=1).replace(str(own_home), "~").splitlines()
    at = next(number for number, line in enumerate(lines) if "claude is not on the PATH" in line)
    seen = f"`doctor`, `start`: {lines[at][4:]} {lines[at + 1].strip()}"
    TABLE.check("an agent's CLI is found by an alias of the shell only", seen)


def test_husky_sets_its_place_again(scene: Scene, alone: None) -> None:
    scene.git("config", "core.hooksPath", ".husky/_")
    scene.install()
    scene.git("config", "core.hooksPath", ".husky/_")
    assert "core.hooksPath is '.husky/_', set by somebody else" in scene.run("status", code=1)
    scene.step()
    assert "our git hooks do not run" not in scene.run("status", code=None)
    [event] = [event for event in scene.events() if event["event"] == "hooks led back"]
    TABLE.check("husky sets `core.hooksPath` again, as each `npm install` does", f"In `log`: {event['text']}")


def test_runners_that_look_into_our_worktrees(scene: Scene) -> None:
    needs = {"scripts": {"test": "jest"}, "devDependencies": {"jest": "1", "vitest": "1", "eslint": "1"}}
    scene.commit(scene.root, {"package.json": json.dumps(needs)})
    said = [line for line in scene.run("install").splitlines() if "looks into .batty/worktrees" in line]
    assert len(said) == 3 and said[0].startswith("  note   jest looks into .batty/worktrees too when it is run here; ")
    assert all(line.strip().removeprefix("note   ") in scene.run("doctor", code=None) for line in said)
    scene.commit(
        scene.root, {"jest.config.js": 'module.exports = {modulePathIgnorePatterns: ["<rootDir>/\\\\.batty/"]}'}
    )
    assert "looks into" not in scene.run("install")
    seen = f"`install`, `doctor`: {said[0].partition('note')[2].strip()}"
    TABLE.check("jest, vitest or eslint, run in the primary checkout", seen)


def test_a_project_with_submodules(scene: Scene, tmp_path: Path, alone: None) -> None:
    library = Scene(tmp_path / "library").create()
    scene.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "lib")
    scene.git("commit", "-qm", "With a library")
    scene.install("sh lib/check.sh")
    scene.team(scene.agent("adds", "sh lib/check.sh; echo 2 > numbers/two; git add -A; git commit -qm Two"))
    scene.cards("- [ ] Two")
    scene.step()
    assert scene.show("numbers/two") == "2" and scene.git("diff", "--name-only", "main~1", "main") == "numbers/two"
    TABLE.check("submodules", "are there in every worktree of ours, as far as the primary checkout has them")


def test_the_page_has_all_of_it() -> None:
    TABLE.finish(ROWS)


def test_settings_that_went_along_with_a_branch_are_found_there(scene: Scene) -> None:
    """`git add -A` on the first branch, and back on the trunk they are gone."""
    scene.run("install")
    file = scene.root / ".batty/team_config/team.yaml"
    file.write_text(f"trunk: {scene.trunk}\ngate: {{command: sh check.sh}}\n")
    scene.git("switch", "-qc", "parser")
    (scene.root / "numbers/two").write_text("102\n")
    scene.git("add", "-A")
    scene.git("commit", "-qm", "Work")
    scene.git("switch", "-q", scene.trunk)
    scene.git("branch", "-q", "other")
    scene.git("switch", "-q", "other")
    scene.commit(scene.root, {"numbers/three": "103\n"})
    scene.git("switch", "-q", scene.trunk)
    said = scene.run("merge", "other", code=1)
    assert "no test command is set" in said
    command = "git checkout parser -- .batty/team_config"
    assert f"{command}  (the settings were committed on parser alone; commit them on {scene.trunk})" in said
    scene.git(*command.split()[1:])
    scene.git("commit", "-qm", "Set batty-hooks up")
    assert "has landed" in scene.run("merge", "other")
