"""Every way we know to get an untested tree onto the trunk, each tried for real from an engineer's worktree.

`docs/gate.md` shows the outcome of each; bypass_test.py holds the page to what really happens.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scene import Scene, own_copy

from batty_hooks.errors import FatalError
from batty_hooks.moves import guard
from batty_hooks.moves.base import telling_guard, under_lock
from batty_hooks.people import needs
from batty_hooks.rules.look import Look
from batty_hooks.state import githooks
from batty_hooks.state import project as project_map

REFUSED, DETECTED, HARMLESS, A_PERSON = "refused", "detected", "harmless", "taken for a person's"
ON_MAIN = "git checkout -q --ignore-other-worktrees main\n"
CHANGE = "echo x >numbers/x; git add numbers\n"


@dataclass(frozen=True)
class Attempt:
    """``does`` is sh, run in the engineer's worktree, whose branch `work` is one red commit ($EVIL) ahead of main;
    $PRIMARY is the primary checkout and $SECOND another clone with the same commit. git asks the hook about it only
    since the version ``asked_from``."""

    name: str
    does: str
    asked_from: tuple[int, int] | None = None


ATTEMPTS = [
    Attempt("`git commit` on the trunk", f"{ON_MAIN}{CHANGE}git commit -qm x"),
    Attempt("`git commit --no-verify`", f"{ON_MAIN}{CHANGE}git commit -q --no-verify -m x"),
    Attempt("`git commit --amend`", f"{ON_MAIN}{CHANGE}git commit -q --amend --no-edit"),
    Attempt("`git merge`, a fast-forward", f"{ON_MAIN}git merge -q work"),
    Attempt("`git merge --no-ff`", f"{ON_MAIN}git merge -q --no-ff --no-edit work"),
    Attempt("`git merge --no-ff --no-verify`", f"{ON_MAIN}git merge -q --no-ff --no-verify --no-edit work"),
    Attempt("`git merge --squash`, then `git commit`", f"{ON_MAIN}git merge -q --squash work\ngit commit -qm x"),
    Attempt("`git pull`", f"{ON_MAIN}git pull -q . work"),
    Attempt("`git rebase` of the trunk", f"{ON_MAIN}git rebase -q work"),
    Attempt("`git cherry-pick`", f"{ON_MAIN}git cherry-pick work"),
    Attempt("`git revert`", f"{ON_MAIN}git revert --no-edit HEAD"),
    Attempt("`git am`", f"git format-patch -q -1 -o ../patches work\n{ON_MAIN}git am -q ../patches/*"),
    Attempt("`git reset --hard`", f"{ON_MAIN}git reset -q --hard work"),
    Attempt("`git reset --soft`", f"{ON_MAIN}git reset -q --soft work"),
    Attempt("`git reset`", f"{ON_MAIN}git reset -q work"),
    Attempt("`git checkout -B main`", "git checkout -q -B main"),
    Attempt("`git switch -C main`", "git switch -q -C main work --ignore-other-worktrees"),
    Attempt("`git branch -f main`", "git branch -f main work"),
    Attempt("`git branch -M work main`", "git branch -M work main"),
    Attempt("`git branch -M main other` (the trunk renamed away)", "git branch -M main other"),
    Attempt("`git branch -C work main`", "git branch -C work main"),
    Attempt("`git branch -D main`, then made again", "git branch -D main\ngit branch main work"),
    Attempt("`git worktree add -B main`", "git worktree add -q -B main ../other work"),
    Attempt("`git update-ref`", "git update-ref refs/heads/main work"),
    Attempt("`git update-ref --stdin`", "echo update refs/heads/main $EVIL | git update-ref --stdin"),
    Attempt("`git update-ref -d`, then made again", "git update-ref -d refs/heads/main\ngit branch main work"),
    Attempt(
        "`git pack-refs`, then `git update-ref -d` with the old value",
        "git pack-refs --all\ngit update-ref -d refs/heads/main $(git rev-parse main)",
    ),
    Attempt("`git symbolic-ref`", "git symbolic-ref refs/heads/main refs/heads/work", (2, 46)),
    Attempt("`git fast-import`", 'printf "reset refs/heads/main\\nfrom $EVIL\\n\\n" | git fast-import --quiet --force'),
    Attempt("`git push . HEAD:main`", "git push -q . HEAD:main"),
    Attempt("`git push` to the primary checkout", 'git push -q "$PRIMARY" HEAD:main'),
    Attempt("`git push` from a second clone", 'cd "$SECOND"; git push -q origin work:main'),
    Attempt("`git fetch . +HEAD:main`", "git fetch -q . +HEAD:main --update-head-ok"),
    Attempt("`git fetch` from a second clone", 'git fetch -q "$SECOND" +work:main --update-head-ok'),
    Attempt("`git --git-dir=…/.git update-ref`", 'git --git-dir="$PRIMARY/.git" update-ref refs/heads/main $EVIL'),
    Attempt(
        "any of these in the primary checkout, by an agent ($BATTY_MEMBER is set)",
        'export BATTY_MEMBER=agent-1\ncd "$PRIMARY"; git update-ref refs/heads/main $EVIL',
    ),
    Attempt("the same where $BATTY_MEMBER is not set", 'cd "$PRIMARY"; git update-ref refs/heads/main $EVIL'),
    Attempt("`git -c core.hooksPath=/dev/null …`", "git -c core.hooksPath=/dev/null update-ref refs/heads/main work"),
    Attempt(
        "hooks off by $GIT_CONFIG_COUNT",
        "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null\n"
        f"{ON_MAIN}{CHANGE}git commit -qm x",
    ),
    Attempt("hooks off by `git config`", "git config core.hooksPath /dev/null\ngit update-ref refs/heads/main work"),
    Attempt(
        "the hook made not executable",
        'chmod -x "$PRIMARY/.git/hooks/reference-transaction"\ngit update-ref refs/heads/main work',
    ),
    Attempt("the guard's file deleted", 'rm "$PRIMARY/.git/batty/guard"\ngit update-ref refs/heads/main work'),
    Attempt(
        "`git push --receive-pack` with hooks off",
        'git push -q --receive-pack="git -c core.hooksPath=/dev/null receive-pack" "$PRIMARY" HEAD:main',
    ),
    Attempt("the ref's file written", 'echo $EVIL >"$PRIMARY/.git/refs/heads/main"'),
    Attempt(
        "packed-refs written",
        'git pack-refs --all\ncd "$PRIMARY/.git"\n'
        'sed "s|.* refs/heads/main$|$EVIL refs/heads/main|" packed-refs >../p\nmv ../p packed-refs',
    ),
    Attempt("the ref's file deleted", 'rm "$PRIMARY/.git/refs/heads/main"'),
    Attempt("`git replace` of the trunk's commit", "git replace main work"),
]  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One repository in which an attempt is made."""

    scene: Scene
    engineer: Path
    second: Path
    before: str
    evil: str

    def try_it(self, attempt: Attempt) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ, "EVIL": self.evil, "PRIMARY": str(self.scene.root), "SECOND": str(self.second),
            "BATTY_NO_WAKE": "1", "GIT_EDITOR": "true",
        }  # fmt: skip
        return subprocess.run(
            ["sh", "-ec", attempt.does], cwd=self.engineer, env=environment, capture_output=True, text=True, check=False
        )

    def stands(self) -> tuple[str, str]:
        """Where the trunk stands, and for which other ref, if it is none of its own."""
        target = self.scene.git("symbolic-ref", "-q", "refs/heads/main", check=False)
        return self.scene.git("rev-parse", "-q", "--verify", "refs/heads/main", check=False), target

    def moved(self) -> bool:
        return self.stands() != (self.before, "")


class Settings:
    """Settings to begin an attempt in: each is made once, and lies in the same place again for the next."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._made: dict[str, Setting] = {}

    def __call__(self, mode: str, checked_out: bool) -> Setting:
        name = f"{mode}-{checked_out}"
        now, kept = self.home / name, self.home / f"{name}-kept"
        if name in self._made:
            shutil.rmtree(now)
            own_copy(kept, now)
        else:
            self._made[name] = set_up(now, mode, checked_out)
            own_copy(now, kept)
        return self._made[name]


def set_up(place: Path, mode: str, checked_out: bool) -> Setting:
    """A repository with batty-hooks, an engineer at work, a second clone; the trunk ``checked_out`` or nowhere."""
    scene = Scene(place / "the project").create()
    engineer, second = place / "agent-1", place / "second"
    scene.git("config", "receive.denyCurrentBranch", "ignore")  # what git refuses by itself tells nothing about us
    project = project_map.find(scene.root)
    project.prepare()
    githooks.write_launcher(project)
    githooks.install(project)
    githooks.exclude(project)
    project.board_file.write_text("## TODO\n")
    scene.team(None)
    project.team_file.write_text(f"{project.team_file.read_text()}guard: {mode}\n")
    telling_guard.set_up(Look(project))
    if not checked_out:
        scene.git("switch", "-q", "-c", "desk")
    scene.git("worktree", "add", "-q", "-b", "work", str(engineer))
    evil = scene.commit(engineer, {"numbers/evil": "no number\n"}, "Evil")
    scene.git("clone", "-q", str(scene.root), str(second))
    scene.git("branch", "-q", "work", "origin/work", cwd=second)
    return Setting(scene, engineer, second, scene.tip(), evil)


def outcome(setting: Setting, done: subprocess.CompletedProcess[str]) -> str:
    """In one word, how an attempt ended; what each word promises is checked on the way."""
    if not setting.moved():
        if done.returncode == 0:
            return HARMLESS
        put_right(setting, done.stderr)
        return REFUSED
    open = trunk_needs(setting)
    if not open:
        assert setting.stands()[0] in (setting.scene.root / ".git/batty/let-pass").read_text()
        return A_PERSON
    mend(setting, open[0])
    return DETECTED


def trunk_needs(setting: Setting) -> list[str]:
    """What `status` says about the trunk after the next step: the commands that mend it."""
    project = project_map.find(setting.scene.root)
    try:
        while under_lock.make(project, guard, lambda item, error: None, Counter())[1]:
            time.sleep(0.02)  # a wake is at it
        look = Look(project)
        assert look.tip, "`status` begins with it"
        found = needs.of(look)
    except FatalError as error:
        assert "the trunk 'main' is gone" in error.what
        return [error.mend.partition("  (")[0]]
    about = [need for need in found if need.what.startswith("main ")]
    assert all(need.since for need in about), "the step has entered it"
    return [need.command for need in about]


def mend(setting: Setting, command: str) -> None:
    """A person does what `status` says, and what it says then: the trunk is back, and nothing needs him."""
    for _ in range(3):
        words = shlex.split(command)
        if words[0] == "batty-hooks":
            setting.scene.run(*words[1:], code=None)
        else:
            subprocess.run(["sh", "-c", command], cwd=setting.scene.root, capture_output=True, check=False)
        open = trunk_needs(setting)
        if not open:
            break
        command = open[0]
    assert not open and not setting.moved(), f"{command} did not mend it: {open}"


def put_right(setting: Setting, said: str) -> None:
    """The engineer does what the refusal says; then his worktree is as before, and nothing of his is lost."""
    ours = [line.partition("batty-hooks: ")[2] for line in said.splitlines() if "batty-hooks: " in line]
    assert len(ours) <= 1, said
    advice = re.findall(r"put this worktree right: `(.*)`|`(git merge --abort)`", said) if ours else []
    if advice:
        setting.scene.git(*"".join(advice[0]).replace("BRANCH", "kept").split()[1:], cwd=setting.engineer)
    status = setting.scene.git("status", "--porcelain", cwd=setting.engineer)
    kept = "A  numbers/" if "kept" in setting.scene.git("branch") else ""  # what was to be committed goes along
    assert status.startswith(kept) and bool(status) == bool(kept), f"{said}\nleft: {status}"
    assert setting.scene.git("rev-parse", "work") == setting.evil, "the engineer's own branch is as it was"
