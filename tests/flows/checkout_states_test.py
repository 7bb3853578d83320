"""Every state a person's checkout can be in when something lands: it lands and not one byte of his work has changed,
or it waits, `status` says for what, and the rest goes ahead; when he has put that right, it lands by the next step.

Two branches are offered: alpha changes numbers/one, adds numbers/two and build/out, and moves the submodule lib; beta
adds numbers/three, which is in nobody's way. Both have passed already, alone and together, so that the move `land` is
all there is to make; the whole engine steps where a state makes another trunk or other settings: they are not tested.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import Table
from scene import Scene, own_copy

from batty_hooks.errors import FatalError
from batty_hooks.moves import land
from batty_hooks.moves.base import under_lock
from batty_hooks.people import needs as people_needs
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.system.git import call

TABLE = Table(
    "gate.md",
    "the person's checkout",
    ("The checkout of the trunk", "The landing", "What `status` says", "Other landings"),
)
ALPHA = {"numbers/one": "11\n", "numbers/two": "2\n", "build/out": "built\n"}
PROGRESS = (
    "HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_START", "index.lock",
    "rebase-merge", "rebase-apply", "sequencer",
)  # fmt: skip
LOCAL = ("-c", "protocol.file.allow=always")


class Person:
    """Somebody at work in a checkout of the repository."""

    def __init__(self, scene: Scene, at: Path, tested: object = None) -> None:
        self.scene, self.at, self.tested = scene, at, tested

    def git(self, *arguments: str, check: bool = True) -> str:
        return self.scene.git(*arguments, cwd=self.at, check=check)

    def write(self, name: str, text: str = "mine\n") -> None:
        (self.at / name).parent.mkdir(parents=True, exist_ok=True)
        (self.at / name).write_text(text)

    def stage(self, name: str, text: str = "mine\n") -> None:
        self.write(name, text)
        self.git("add", "-f", name)

    def commit(self, name: str, text: str) -> None:
        self.scene.commit(self.at, {name: text}, f"Mine: {name}")

    def side(self, name: str, text: str) -> None:
        """A branch `mine` with one commit, made and left."""
        self.git("switch", "-qc", "mine")
        self.commit(name, text)
        self.git("switch", "-q", "main")

    def remove(self, name: str) -> None:
        (self.at / name).unlink()

    def git_directory(self) -> Path:
        return Path(self.git("rev-parse", "--absolute-git-dir"))

    def picture(self) -> dict[str, object]:
        """Everything that is his: files with mode and bytes, index, what git is in the middle of, branches, stash."""
        found: dict[str, object] = {}
        for at, directories, files in os.walk(self.at):
            here = Path(at).relative_to(self.at)
            directories[:] = [name for name in directories if not _ours(here / name)]
            for name in files:
                full = Path(at, name)
                if not _ours(here / name):
                    content = os.readlink(full) if full.is_symlink() else full.read_bytes()
                    found[f"file {here / name}"] = (full.lstat().st_mode, content)
        for line in self.git("ls-files", "-z", "-v", "--stage").split("\0")[:-1]:
            found[f"index {line.partition(chr(9))[2]}"] = line
        own = self.git_directory()
        for top in PROGRESS:
            for full in [own / top, *sorted((own / top).rglob("*"))]:
                if full.is_file():
                    found[f"git {full.relative_to(own)}"] = full.read_bytes()
        for line in self.git(
            "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/stash"
        ).splitlines():
            if not line.startswith("refs/heads/main "):
                found[f"ref {line}"] = True
        found["stash"] = self.git("stash", "list", "--format=%H")
        return found


def _ours(path: Path) -> bool:
    return str(path) in (".batty", ".git", "kanban.md") or path.name in (".git", "__pycache__")


@dataclass(frozen=True)
class State:
    """One state: how a person comes into it, how he puts right what a landing waits for, and in which layout."""

    name: str
    make: Callable[[Person], object]
    mend: Callable[[Person], object] | None = None
    layout: str = "plain"


def nothing(person: Person) -> None:
    pass


def restore(person: Person) -> None:
    person.git("restore", "--staged", "--worktree", "--source=HEAD", "--", "numbers/one")


def merging(person: Person) -> None:
    person.side("numbers/mine", "9\n")
    person.git("merge", "-q", "--no-ff", "--no-commit", "mine")


def conflicting(*words: str) -> Callable[[Person], object]:
    """Begin something that ends in a conflict in numbers/clash."""
    return lambda person: person.git(*words, check=False)


def rebasing(person: Person) -> None:
    person.commit("numbers/mine", "9\n")
    person.git("-c", "sequence.editor=sed -i.bak 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~1")
    person.write("numbers/one")


def rebasing_another(person: Person) -> None:
    person.side("numbers/mine", "9\n")
    person.git("switch", "-q", "mine")
    person.git("-c", "sequence.editor=sed -i.bak 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~1")
    person.write("numbers/one")


def applying(person: Person) -> None:
    patch = person.git("format-patch", "--stdout", "-1", "mine")
    subprocess.run(["git", "am", "-q"], cwd=person.at, input=patch, text=True, capture_output=True, check=False)


def several_picks(person: Person) -> None:
    """The first of three has been resolved and committed; two are to come."""
    person.git("cherry-pick", "mine~3..mine", check=False)
    person.stage("numbers/clash", "25\n")
    person.git("commit", "-qm", "Resolved")


def bisecting(person: Person) -> None:
    for number in range(4):
        person.commit("numbers/mine", f"9{number}\n")
    person.git("bisect", "start", "-q", "main", "main~4", check=False)


def another_branch(person: Person) -> None:
    person.git("switch", "-qc", "mine")
    person.write("numbers/one")
    person.stage("numbers/two")


def detached(person: Person) -> None:
    person.git("switch", "-q", "--detach")
    person.stage("numbers/one")


def hold_the_index(person: Person) -> None:
    (person.git_directory() / "index.lock").write_text("")


def intent_to_add(name: str) -> Callable[[Person], None]:
    def make(person: Person) -> None:
        person.write(name)
        person.git("add", "-N", "-f", name)

    return make


def hidden(flag: str, name: str) -> Callable[[Person], None]:
    """An edit in a file that git was told to take for unchanged."""

    def make(person: Person) -> None:
        person.git("update-index", f"--{flag}", name)
        person.write(name)

    return make


def shown_and_restored(person: Person) -> None:
    for flag in ("assume-unchanged", "skip-worktree"):
        person.git("update-index", f"--no-{flag}", "numbers/one")
    restore(person)


def sparse(person: Person) -> None:
    person.git("update-index", "-q", "--refresh")  # or git leaves the files where they are
    person.git("sparse-checkout", "set", "docs")
    assert not (person.at / "numbers").exists()


def sparse_and_in_the_way(person: Person) -> None:
    sparse(person)
    person.write("numbers/two")


def carriage_returns(person: Person) -> None:
    """Every file lies on disk with CRLF, as on a machine set up so; one of them is changed."""
    person.scene.team(None, "true")  # the gate's worktree has them too, and check.sh is not made for that
    person.git("config", "core.autocrlf", "true")
    for name in person.git("ls-files", "numbers").splitlines():
        person.remove(name)
    person.git("checkout", "-q", "--", "numbers")
    assert (person.at / "numbers/one").read_bytes() == b"1\r\n"
    (person.at / "numbers/calm").write_bytes(b"77\r\n")


def autostash(person: Person) -> None:
    person.git("config", "merge.autoStash", "true")
    person.git("config", "branch.main.mergeOptions", "--squash")
    person.write("numbers/calm")


def twice(person: Person) -> None:
    person.git("worktree", "add", "-q", "--force", "../again", "main")
    Path(person.at, "../again/numbers/calm").write_text("mine\n")


def not_mounted(person: Person) -> None:
    person.git("switch", "-q", "--detach")
    person.git("worktree", "add", "-q", "--lock", "../away", "main")
    Path(person.at, "../away").rename(Path(person.at, "../unmounted"))


def deleted_checkout(person: Person) -> None:
    person.git("switch", "-q", "--detach")
    person.git("worktree", "add", "-q", "../away", "main")
    shutil.rmtree(Path(person.at, "../away"))


def dirty_submodule(person: Person) -> None:
    person.write("lib/code", "mine\n")
    person.write("lib/new", "mine\n")


def moved_submodule(person: Person) -> None:
    person.write("lib/code", "mine\n")
    person.scene.git("commit", "-qam", "Mine", cwd=person.at / "lib")


def staged_submodule(person: Person) -> None:
    moved_submodule(person)
    person.git("add", "lib")


def both(*acts: Callable[[Person], object]) -> Callable[[Person], None]:
    def make(person: Person) -> None:
        for act in acts:
            act(person)

    return make


def edits(name: str, text: str = "mine\n") -> Callable[[Person], None]:
    return lambda person: person.write(name, text)


def stages(name: str, text: str = "mine\n") -> Callable[[Person], None]:
    return lambda person: person.stage(name, text)


def removes(name: str) -> Callable[[Person], None]:
    return lambda person: person.remove(name)


def does(*words: str) -> Callable[[Person], str]:
    return lambda person: person.git(*words)


UNSTAGE_TWO = both(does("rm", "-q", "--cached", "numbers/two"), removes("numbers/two"))
STATES = [
    State("clean", nothing),
    State("an untracked file elsewhere", edits("notes/mine")),
    State("a changed file elsewhere", edits("numbers/calm")),
    State("a staged file elsewhere", stages("numbers/calm")),
    State("one elsewhere staged and changed again", both(stages("numbers/calm"), edits("numbers/calm", "more\n"))),
    State("a deleted file elsewhere", removes("numbers/calm")),
    State("a changed file the landing changes", edits("numbers/one"), restore),
    State("the same, with the very bytes that land", edits("numbers/one", "11\n"), restore),
    State("a staged file the landing changes", stages("numbers/one"), restore),
    State("the same, with the very bytes that land, staged", stages("numbers/one", "11\n"), restore),
    State("a file the landing changes, deleted", removes("numbers/one"), restore),
    State("the same, deleted and staged", does("rm", "-q", "numbers/one"), restore),
    State("a file the landing adds, staged", stages("numbers/two"), UNSTAGE_TWO),
    State("an untracked file where the landing adds one", edits("numbers/two"), removes("numbers/two")),
    State("the same, untracked, with the very bytes", edits("numbers/two", "2\n"), removes("numbers/two")),
    State("an ignored file where the landing adds one", edits("build/out"), removes("build/out")),
    State("a file where the landing adds a directory", edits("build"), removes("build")),
    State("a directory with a file where the landing adds a file", edits("build/out/deep"), removes("build/out/deep")),
    State("`index.lock` held", hold_the_index, lambda person: (person.git_directory() / "index.lock").unlink()),
    State("a merge to be committed", merging, does("merge", "--abort")),
    State("a merge with conflicts", conflicting("merge", "-q", "mine"), does("merge", "--abort"), "clash"),
    State("a cherry-pick with conflicts", conflicting("cherry-pick", "mine"), does("cherry-pick", "--abort"), "clash"),
    State("a cherry-pick of several, one to go on with", several_picks, does("cherry-pick", "--quit"), "clash"),
    State("a revert with conflicts", conflicting("revert", "--no-edit", "HEAD~1"), does("revert", "--abort"), "clash"),
    State("`git am` with a patch that fails", applying, does("am", "--abort"), "clash"),
    State("a rebase of the trunk", rebasing, both(restore, does("rebase", "--continue"))),
    State("a rebase of another branch", rebasing_another),
    State("a bisect of the trunk", bisecting),
    State("another branch checked out", another_branch),
    State("no branch checked out", detached),
    State("a file elsewhere to be added (`add -N`)", intent_to_add("numbers/mine")),
    State("the same, where the landing adds one", intent_to_add("numbers/two"), UNSTAGE_TWO),
    State("a hidden edit elsewhere (assume-unchanged)", hidden("assume-unchanged", "numbers/calm")),
    State("a hidden edit elsewhere (skip-worktree)", hidden("skip-worktree", "numbers/calm")),
    State("the same in a file the landing changes (assume-unchanged)",
          hidden("assume-unchanged", "numbers/one"), shown_and_restored),
    State("the same in a file the landing changes (skip-worktree)",
          hidden("skip-worktree", "numbers/one"), shown_and_restored),
    State("a sparse checkout without what lands", sparse),
    State("the same, with a file of yours in the way", sparse_and_in_the_way, removes("numbers/two")),
    State("files with CRLF (`core.autocrlf`)", carriage_returns),
    State("`merge.autoStash` and `mergeOptions` set", autostash),
    State("checked out twice", twice, does("worktree", "remove", "--force", "../again")),
    State("in a worktree on a disk that is not mounted", not_mounted,
          lambda person: Path(person.at, "../unmounted").rename(Path(person.at, "../away"))),
    State("in a worktree that was deleted", deleted_checkout),
    State("a bare repository, checked out nowhere", nothing, layout="bare"),
    State("a bare repository, clean in a worktree", nothing, layout="worktree"),
    State("a bare repository, changed in a worktree", edits("numbers/one"), restore, layout="worktree"),
    State("a submodule the landing moves", nothing, layout="submodule"),
    State("the same, changed inside", dirty_submodule, layout="submodule"),
    State("the same, on a commit of yours", moved_submodule, layout="submodule"),
    State("the same, a commit of yours staged", staged_submodule, does("restore", "--staged", "lib"), "submodule"),
]  # fmt: skip


# --- the scene, made once for each layout ------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    kept: Path
    home: Path
    scene: Scene
    checkout: Path
    tested: object


_made: dict[str, Layout] = {}


def base(root: Path) -> Scene:
    scene = Scene(root).create()
    scene.commit(scene.root, {"numbers/calm": "7\n", "docs/page": "words\n", ".gitignore": "cache/\n"}, "More")
    return scene


def with_submodule(home: Path) -> Scene:
    """`lib` is a submodule whose second commit alpha moves to."""
    scene = base(home / "project")
    library = Scene(home / "library").create()
    library.commit(library.root, {"code": "first\n"})
    scene.git(*LOCAL, "submodule", "--quiet", "add", str(library.root), "lib")
    scene.git("commit", "-qm", "The library")
    scene.commit(scene.root / "lib", {"code": "second\n"}, "Second")
    scene.git("update-ref", "refs/heads/second", "HEAD", cwd=scene.root / "lib")
    scene.git(*LOCAL, "submodule", "--quiet", "update")
    return scene


def with_a_clash(home: Path) -> Scene:
    """Of the commits of the branch `mine`, and of the trunk, each changes numbers/clash."""
    scene = base(home / "project")
    person = Person(scene, scene.root)
    person.commit("numbers/clash", "20\n")
    person.git("switch", "-qc", "mine")
    for number in ("21", "22", "23"):
        person.commit("numbers/clash", f"{number}\n")
    person.git("switch", "-q", "main")
    person.commit("numbers/clash", "24\n")
    return scene


def make(layout: str, home: Path) -> tuple[Scene, Path]:
    special = {"submodule": with_submodule, "clash": with_a_clash}.get(layout)
    scene = special(home) if special else base(home / "project")
    checkout = scene.root
    if layout in ("bare", "worktree"):
        scene.git("clone", "-q", "--bare", str(scene.root), str(home / "project.git"))
        shutil.rmtree(scene.root)
        scene.root = home / "project.git"
        checkout = home / "mine"
        scene.git("worktree", "add", "-q", *(["--detach"] if layout == "bare" else []), str(checkout), "main")
    scene.install()
    scene.git("config", "core.excludesFile", str(home / "ignored"))
    (home / "ignored").write_text("build/\n")
    Person(scene, checkout).write("docs/page", "put away\n")
    scene.git("stash", "push", "-q", cwd=checkout)
    return scene, checkout


def offer(scene: Scene, home: Path, name: str, files: dict[str, str], library: str = "") -> None:
    place = home / name
    scene.git("worktree", "add", "-q", str(place), "-b", f"{name}/work")
    if library:
        scene.git("update-index", "--cacheinfo", f"160000,{library},lib", cwd=place)
    scene.git("add", "-f", *_written(place, files), cwd=place)
    scene.git("commit", "-qm", "Work", cwd=place)
    scene.run("done", cwd=place)


def _written(place: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return list(files)


@pytest.fixture
def person(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, alone: None) -> Person:
    """The scene of a layout as it was made, in the same place again; nobody but the test makes moves."""
    layout = request.node.callspec.params["state"].layout
    if layout not in _made:
        home = tmp_path_factory.mktemp(layout) / "home"
        home.mkdir()
        scene, checkout = make(layout, home)
        library = scene.git("rev-parse", "second", cwd=scene.root / "lib") if layout == "submodule" else ""
        offer(scene, home, "alpha", ALPHA, library)
        offer(scene, home, "beta", {"numbers/three": "3\n"})
        kept, before = own_copy(home, home.parent / "kept"), what_is_tested(scene)
        passed(Person(scene, checkout), kept)
        _made[layout] = Layout(kept, home, scene, checkout, before)
    made = _made[layout]
    shutil.rmtree(made.home)
    own_copy(made.kept, made.home)
    return Person(made.scene, made.checkout, made.tested)


def passed(person: Person, kept: Path) -> None:
    """Have beta tested alone (alpha has to wait), then alpha upon that, which is both together; keep what was found."""
    person.write("numbers/one")
    person.scene.step()
    restore(person)
    person.scene.step()
    [verdicts] = kept.parent.glob("home/**/.batty/verdicts")
    shutil.copytree(verdicts, kept / verdicts.relative_to(kept.parent / "home"), dirs_exist_ok=True)


def what_is_tested(scene: Scene) -> object:
    """Where anything of this is otherwise, what was found of the offers does not hold, or not surely."""
    config = Path(scene.git("rev-parse", "--path-format=absolute", "--git-common-dir")) / "config"
    return scene.tip(), config.read_bytes(), project_map.find(scene.root).team_file.read_bytes()


# --- what happens ------------------------------------------------------------------------------------------


def step(scene: Scene, is_tested: bool) -> None:
    """Let land what may; where not all of it ``is_tested``, all the moves are made."""
    if is_tested:
        call.forget()
        under_lock.make(project_map.find(scene.root), land, refused, Counter())
    else:
        said = scene.step(code=None)
        assert (
            re.sub(r"land .*: .* passed, but git refused to land it: .*\n  → batty-hooks step .*\n", "", said) == ""
        ), said


def refused(item: str, error: FatalError) -> None:
    assert "passed, but git refused to land it" in error.what, error


def landed(scene: Scene, name: str) -> bool:
    done = subprocess.run(["git", "merge-base", "--is-ancestor", f"{name}/work", "main"], cwd=scene.root, check=False)
    return done.returncode == 0


def needs(scene: Scene) -> str:
    """What status says alpha waits for under "needs you", without the places of this run."""
    call.forget()
    open = people_needs.of(Look(project_map.find(scene.root)))
    found = [need.what for need in open if "alpha/work passed" in need.what]
    said = " ".join(found).removeprefix("alpha/work passed and waits to land: ").removeprefix("alpha/work passed, but ")
    return said.replace(f"{scene.root}", "…").replace(f"{scene.root.parent}", "…")


def unharmed(before: dict[str, object], after: dict[str, object], moved: set[str]) -> None:
    """Nothing differs but what the landings brought."""
    own = {key: value for key, value in before.items() if key.partition(" ")[2] not in moved}
    assert {key: value for key, value in after.items() if key.partition(" ")[2] not in moved} == own


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_landing_meets(state: State, person: Person) -> None:
    scene = person.scene
    state.make(person)
    before, trunk = person.picture(), scene.tip()
    is_tested = what_is_tested(scene) == person.tested
    step(scene, is_tested)
    moved = set(scene.git("diff", "--name-only", "--no-renames", trunk, "main").splitlines())
    unharmed(before, person.picture(), moved if follows(person) else set())
    lands, says, others = landed(scene, "alpha"), needs(scene), landed(scene, "beta")
    assert lands == (not says) and (lands or state.mend), says
    TABLE.check(state.name, "lands" if lands else "waits", says or "–", "land" if others else "wait")
    if state.mend and not lands:
        state.mend(person)
        step(scene, is_tested)
    assert landed(scene, "alpha") and landed(scene, "beta") and not needs(scene)
    if follows(person):
        assert scene.git("diff", "--cached", "--name-only", "main", "--", *ALPHA, "numbers/three", cwd=person.at) == ""


def follows(person: Person) -> bool:
    """Whether the person's checkout has the trunk checked out."""
    return person.git("symbolic-ref", "-q", "HEAD", check=False) == "refs/heads/main"


def test_the_page_has_all_states() -> None:
    TABLE.finish([state.name for state in STATES])
