"""A gate worktree holds exactly the candidate, whatever the run before has left in it; ignored files stay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scene import Scene, as_nobody

from batty_hooks.system.git import exact
from batty_hooks.system.git import worktrees as git_worktrees
from batty_hooks.system.git.call import GitError

Leave = Callable[[Path], object]


class Bench:
    """A repository with two commits, and a worktree of ours on the first."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.place = scene, scene.root.parent / "place"
        files = {"src/a.py": "A = 1\n", "data/x": "x\n", "data/y": "y\n", ".gitignore": "cache/\n*.o\n__pycache__/\n"}
        self.first = scene.commit(scene.root, files)
        self.scene.git("worktree", "add", "-q", "--detach", str(self.place), self.first)

    def second(self, files: dict[str, str]) -> str:
        """Another commit, made somewhere else."""
        other = self.scene.root.parent / "other"
        if not other.exists():
            self.scene.git("worktree", "add", "-q", "--detach", str(other), self.first)
        for name in files:
            subprocess.run(["rm", "-rf", other / name], check=True)
            (other / name).parent.mkdir(parents=True, exist_ok=True)
            (other / name).write_text(files[name])
        self.scene.git("add", "-f", "--sparse", ".", cwd=other)
        self.scene.git("commit", "-qm", "Second", cwd=other)
        return self.scene.git("rev-parse", "HEAD", cwd=other)

    def is_exactly(self, commit: str) -> None:
        """The worktree holds what a fresh one holds, but for what is ignored."""
        fresh = self.scene.root.parent / f"fresh-{commit[:8]}"
        self.scene.git("worktree", "add", "-q", "--detach", str(fresh), commit)
        assert everything(self.place) == everything(fresh)


def everything(root: Path) -> dict[str, str]:
    """Every file of a tree with its mode and content, and every directory with its mode."""
    found = {}
    for directory, names, files in os.walk(root):
        for path in (Path(directory, name) for name in (*names, *files)):
            mode = path.lstat().st_mode
            content = os.readlink(path) if path.is_symlink() else "" if path.is_dir() else path.read_text()
            if path != root / ".git":
                found[str(path.relative_to(root))] = f"{mode:o} {content}"
    return found


@pytest.fixture
def bench(scene: Scene) -> Bench:
    return Bench(scene)


def sh(script: str) -> Leave:
    return lambda place: subprocess.run(["sh", "-ec", script], cwd=place, check=True)


LEAVES = {
    "an untracked file": sh("echo x > left; mkdir -p deep/er; echo x > deep/er/left; mkdir empty"),
    "a changed, a deleted, a staged file": sh("echo 2 > src/a.py; rm data/x; echo n > new; git add new"),
    "a nested repository": sh("git init -q nested; echo x > nested/x"),
    "a repository in a tracked directory": sh("git init -q data; echo x > data/left; git -C data add left"),
    "a .gitignore that hides what is left": sh("echo left > data/.gitignore; echo x > data/left"),
    "a .gitignore that hides itself": sh(
        "echo '*' > data/.gitignore; mkdir data/in; echo x > data/in/left; echo x > data/left"
    ),
    "a .gitignore in a directory of its own": sh("mkdir own; echo left > own/.gitignore; echo x > own/left"),
    "a changed .gitignore": sh("echo left >> .gitignore; echo x > left"),
    "a link for a directory": sh("mv data ../elsewhere; ln -s ../elsewhere data"),
    "a directory for a file, a fifo for a file": sh("rm data/x data/y; mkdir data/x; echo 1 > data/x/1; mkfifo data/y"),
    "modes": sh("chmod u+x data/y; chmod u-w data"),
    "an index nobody may lock": sh('touch "$(git rev-parse --git-dir)/index.lock"'),
    "assume-unchanged": sh("git update-index --assume-unchanged data/x; echo 9 > data/x"),
    "skip-worktree": sh("git update-index --skip-worktree data/x data/y; echo 9 > data/x; rm data/y"),
    "a branch checked out": sh("git switch -qc mine; echo 2 > src/a.py; git commit -qam mine"),
    "a merge in the middle": sh("git switch -qc one; echo 2 > src/a.py; git commit -qam 1; git switch -qc two @~;"
                                "echo 3 > src/a.py; git commit -qam 2; git merge -q one || true"),
    "odd names": sh("touch -- 'new\nline' 'blank ' -dash; mkdir 'qu\"ote'; touch 'qu\"ote/ünï'"),
}  # fmt: skip


@pytest.mark.parametrize("what", LEAVES)
@pytest.mark.parametrize("same", [True, False], ids=["same commit", "next commit"])
def test_nothing_that_a_run_leaves_reaches_the_next(bench: Bench, what: str, same: bool) -> None:
    LEAVES[what](bench.place)
    commit = bench.first if same else bench.second({"src/b.py": "B = 2\n"})
    exact.checkout_exact(bench.place, commit)
    bench.is_exactly(commit)
    assert bench.scene.git("status", "--porcelain", cwd=bench.place) == ""
    assert bench.scene.git("ls-files", "-v", cwd=bench.place).replace("H ", "").split() == (
        bench.scene.git("ls-files", cwd=bench.place).split()
    )


@pytest.mark.parametrize(
    "setting", ["core.fileMode=false", "core.trustctime=false", "core.checkStat=minimal", "core.ignoreStat=true",
                "core.fsmonitor=true", "core.untrackedCache=true", "core.splitIndex=true", "index.version=4",
                "core.safecrlf=true", "submodule.recurse=true", "clean.requireForce=true",
                "status.showUntrackedFiles=no", "core.excludesFile=ignored"],
)  # fmt: skip
def test_no_setting_of_a_person_lets_a_run_reach_the_next(bench: Bench, setting: str) -> None:
    (bench.scene.root.parent / "ignored").write_text("left*\n")
    key, _, value = setting.partition("=")
    bench.scene.git("config", "--global", key, value.replace("ignored", str(bench.scene.root.parent / "ignored")))
    exact.checkout_exact(bench.place, bench.first)
    sh("chmod +x data/y; touch -r data/x ../time; echo z > data/x; touch -r ../time data/x; echo x > left")(bench.place)
    commit = bench.second({"src/b.py": "B = 2\n"})
    exact.checkout_exact(bench.place, commit)
    bench.is_exactly(commit)


def test_attributes_of_a_person_are_no_others(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "attributes").write_text("* text eol=crlf\n")
    bench.scene.git("config", "--global", "core.attributesFile", str(tmp_path / "attributes"))
    exact.checkout_exact(bench.place, bench.second({"src/b.py": "B = 2\n"}))
    assert (bench.place / "src/b.py").read_bytes() == b"B = 2\n"
    git_worktrees.add(bench.scene.root, tmp_path / "new", bench.first, empty=True)
    exact.checkout_exact(tmp_path / "new", bench.first)
    assert (tmp_path / "new/src/a.py").read_bytes() == b"A = 1\n"


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.eol=crlf"])
def test_line_ends_of_a_person_are_no_others(bench: Bench, tmp_path: Path, setting: str) -> None:
    """In a new worktree, a used one, and one that an older version has made."""
    bench.scene.git("config", "--global", *setting.split("="))
    commit = bench.second({".gitattributes": "* text=auto\n", "src/b.py": "B = 2\n"})
    root, place = bench.scene.root, bench.place
    for path in (place / "src/a.py", place / "data/x"):
        path.unlink()
    bench.scene.git("checkout", "--force", "--detach", commit, cwd=place)
    assert (place / "data/x").read_bytes() == b"x\r\n", "the test tests something"
    exact.checkout_exact(place, commit)
    git_worktrees.add(root, tmp_path / "new", commit, empty=True)
    exact.checkout_exact(tmp_path / "new", commit)
    for path in (place, tmp_path / "new"):
        assert [(path / name).read_bytes() for name in ("data/x", "src/b.py")] == [b"x\n", b"B = 2\n"]
        assert bench.scene.git("status", "--porcelain", cwd=path) == ""
        before = (path / "data/x").stat().st_mtime_ns
        exact.checkout_exact(path, commit)
        assert (path / "data/x").stat().st_mtime_ns == before, "it is made anew once"


OWN = "[attr]mine eol=crlf\n* mine\n"


def test_attributes_of_one_clone_are_no_others(bench: Bench) -> None:
    """Those of `.git/info`, which git heeds above all others: in a new worktree, a used one, and one from before."""
    root, place = bench.scene.root, bench.place
    (root / ".git/info/attributes").write_text(OWN)
    (root / ".git/info/exclude").write_text("kept\n")
    (place / "data/x").unlink()
    bench.scene.git("checkout", "data/x", cwd=place)
    assert (place / "data/x").read_bytes() == b"x\r\n", "the test tests something"
    (place / "kept").write_text("")
    exact.checkout_exact(place, bench.first)
    assert (place / "data/x").read_bytes() == b"x\n" and (place / "kept").exists()
    before = (place / "data/x").stat().st_mtime_ns
    exact.checkout_exact(place, bench.second({"src/a.py": "A = 2\n"}))
    assert (place / "data/x").stat().st_mtime_ns == before, "what nobody touched keeps its time"
    crlf = bench.second({".gitattributes": "data/y eol=crlf\n", "src/b.py": "B = 2\n"})
    bench.scene.git("branch", "crlf", crlf)
    bench.scene.git("pack-refs", "--all")
    exact.checkout_exact(place, "crlf")
    assert (place / "src/b.py").read_bytes() == b"B = 2\n" and (place / "data/y").read_bytes() == b"y\r\n"
    assert bench.scene.git("status", "--porcelain", cwd=place) == ""
    new = root.parent / "new"
    git_worktrees.add(root, new, crlf, empty=True)
    exact.checkout_exact(new, crlf)
    assert {**everything(new), "kept": ""} == {**everything(place), "kept": ""}
    git_worktrees.discard(root, new)
    (root / ".git/info/attributes").unlink()
    exact.checkout_exact(place, crlf)
    bench.scene.git("worktree", "remove", "--force", str(place))
    assert bench.scene.git("fsck", "--connectivity-only", "--no-dangling") == ""
    assert (root / ".git/objects").is_dir() and bench.scene.git("rev-parse", "crlf") == crlf


@pytest.mark.parametrize("layout", ["sha256", "shallow", "alternates", "bare", "packed", "moved"])
def test_attributes_of_one_clone_in_every_kind_of_repository(scene: Scene, tmp_path: Path, layout: str) -> None:
    """Its other settings count, wherever it includes them from: the filter is defined in a file beside `.git`."""
    clone = Scene(tmp_path / "clone")
    source = f"file://{scene.root}"
    if layout == "sha256":
        clone.create("--object-format=sha256")
    elif layout == "bare":
        scene.git("clone", "-q", "--bare", source, str(clone.root))
    elif layout == "alternates":
        scene.git("clone", "-q", "--shared", str(scene.root), str(clone.root))
    else:
        scene.git("clone", "-q", *(["--depth=1"] if layout == "shallow" else []), source, str(clone.root))
    common = clone.root / ".git" if layout != "bare" else clone.root
    if layout == "packed":
        clone.git("gc", "-q")
    elif layout == "alternates":
        relative = os.path.relpath(scene.root / ".git/objects", common / "objects")
        (common / "objects/info/alternates").write_text(f"{relative}\n")
    (common.parent / "included").write_text('[filter "loud"]\n\tsmudge = tr a-z A-Z\n')
    clone.git("config", "include.path", "../included")
    clone.git("config", "filter.loud.clean", "printf '%s' \"q\\\\\" # no; comment\t")
    place = tmp_path / "place"
    git_worktrees.add(clone.root, place, "HEAD", empty=True)
    (common / "info").mkdir(exist_ok=True)
    (common / "info/attributes").write_text(OWN)
    exact.checkout_exact(place, "HEAD")
    if layout == "moved":
        (tmp_path / "elsewhere").mkdir()
        for path in (clone.root, place, common.parent / "included"):
            if path.exists():
                path.rename(tmp_path / "elsewhere" / path.name)
        clone, place = Scene(tmp_path / "elsewhere/clone"), tmp_path / "elsewhere/place"
        clone.git("worktree", "repair", str(place))
    assert b"\r" not in (place / "numbers/one").read_bytes()
    (place / ".gitattributes").write_text("numbers/* filter=loud -text\n")
    (place / "numbers/word").write_text("word\n")
    clone.git("-c", "filter.loud.clean=cat", "add", ".", cwd=place)
    clone.git("commit", "-qm", "Loud", cwd=place)
    loud = clone.git("rev-parse", "HEAD", cwd=place)
    exact.checkout_exact(place, f"{loud}~1")  # what `add` saw there is not what a checkout writes
    exact.checkout_exact(place, loud)
    assert (place / "numbers/word").read_bytes() == b"WORD\n"
    directory = Path(clone.git("rev-parse", "--absolute-git-dir", cwd=place))
    said = [clone.git("config", "--file", str(file), "--list", "-z")
            for file in (directory / "common/config", directory.parent.parent / "config")]  # fmt: skip
    assert said[0].replace(str(directory.parent.parent / "../included"), "../included") == said[1]


def test_other_attributes_make_other_files_of_the_same_content(bench: Bench) -> None:
    """As in a fresh worktree: git leaves a file alone whose content has not changed, whatever it has to look like."""
    crlf = bench.second({".gitattributes": "data/* text eol=crlf\n"})
    exact.checkout_exact(bench.place, crlf)
    assert (bench.place / "data/x").read_bytes() == b"x\r\n"
    bench.is_exactly(crlf)
    exact.checkout_exact(bench.place, bench.first)
    assert (bench.place / "data/x").read_bytes() == b"x\n"
    bench.is_exactly(bench.first)


def test_a_link_that_was_left_is_not_followed(bench: Bench) -> None:
    """What lies behind it is the person's: nothing is written or deleted there."""
    LEAVES["a link for a directory"](bench.place)
    exact.checkout_exact(bench.place, bench.second({"data/x": "new\n"}))
    elsewhere = bench.scene.root.parent / "elsewhere"
    assert {path.name: path.read_text() for path in elsewhere.iterdir()} == {"x": "x\n", "y": "y\n"}


def test_ignored_files_stay(bench: Bench) -> None:
    sh("mkdir -p cache/deep; echo k > cache/deep/kept; echo o > src/a.o")(bench.place)
    commit = bench.second({"src/b.py": "B = 2\n"})
    exact.checkout_exact(bench.place, commit)
    assert (bench.place / "cache/deep/kept").read_text() == "k\n" and (bench.place / "src/a.o").exists()


def test_what_only_another_candidate_ignores_goes(bench: Bench) -> None:
    sh("mkdir cache; echo k > cache/kept; echo o > src/a.o")(bench.place)
    commit = bench.second({".gitignore": "*.o\n"})
    exact.checkout_exact(bench.place, commit)
    assert not (bench.place / "cache").exists() and (bench.place / "src/a.o").exists()


def test_a_candidate_that_tracks_what_another_ignores(bench: Bench) -> None:
    sh("git init -q cache; echo stale > cache/a; echo stale > cache/b")(bench.place)
    exact.checkout_exact(bench.place, bench.second({"cache/a": "tracked\n"}))
    assert (bench.place / "cache/a").read_text() == "tracked\n"
    assert not (bench.place / "cache/.git").exists()
    exact.checkout_exact(bench.place, bench.first)
    sh("mkdir -p cache; echo stale > cache/a; echo stale > src/a.o; git init -q cache/inner")(bench.place)
    exact.checkout_exact(bench.place, bench.second({"cache": "a file\n", "src/a.o": "tracked\n"}))
    assert (bench.place / "cache").read_text() == "a file\n" and (bench.place / "src/a.o").read_text() == "tracked\n"


def test_bytecode_of_another_source_is_not_used(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same size, written in the same second: Python would take it for the bytecode of the new source."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    commits = {"1": bench.first, "2": bench.second({"src/a.py": "A = 2\n"})}
    says = [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, 'src'); import a; print(a.A)"]
    for value in "12" * 5:
        exact.checkout_exact(bench.place, commits[value])
        os.utime(bench.place / "src/a.py", (1_700_000_000, 1_700_000_000))
        assert subprocess.run(says, cwd=bench.place, check=True, capture_output=True).stdout == value.encode() + b"\n"
        assert list((bench.place / "src/__pycache__").glob("a.*.pyc")), "the test tests something"
    # And of a source that a run changed.
    (bench.place / "src/a.py").write_text("A = 7\n")
    os.utime(bench.place / "src/a.py", (1_700_000_000, 1_700_000_000))
    subprocess.run(says, cwd=bench.place, check=True, capture_output=True)
    exact.checkout_exact(bench.place, commits["2"])
    os.utime(bench.place / "src/a.py", (1_700_000_000, 1_700_000_000))
    assert subprocess.run(says, cwd=bench.place, check=True, capture_output=True).stdout == b"2\n"


def test_files_that_nobody_touched_keep_their_time(bench: Bench) -> None:
    """Or make and cargo would build everything anew in each run."""
    exact.checkout_exact(bench.place, bench.first)
    before = (bench.place / "data/x").stat().st_mtime_ns
    exact.checkout_exact(bench.place, bench.second({"src/a.py": "A = 2\n"}))
    exact.checkout_exact(bench.place, bench.first)
    assert (bench.place / "data/x").stat().st_mtime_ns == before


def test_a_sparse_repository_is_tested_whole(bench: Bench) -> None:
    bench.scene.git("sparse-checkout", "set", "data")
    sparse = bench.scene.root.parent / "sparse"
    git_worktrees.add(bench.scene.root, sparse, bench.first)
    exact.checkout_exact(sparse, bench.first)
    assert (sparse / "src/a.py").exists()
    exact.checkout_exact(sparse, bench.second({"src/b.py": "B = 2\n"}))
    assert (sparse / "src/a.py").exists() and (sparse / "src/b.py").exists()
    assert not (bench.scene.root / "src").exists(), "the person's own checkout stays sparse"


READ_ONLY = (
    "mkdir -p left/deep cache/deep; echo x > left/deep/x; chmod 555 left/deep cache/deep data src; chmod 000 left"
)


@pytest.mark.skipif(os.getuid() != 0, reason="as anybody but root it is tested by the next one")
def test_read_only_directories_as_nobody(open_scene: Scene) -> None:
    bench = Bench(open_scene)
    as_nobody(open_scene.root.parent, lambda: check_read_only(bench))


def test_read_only_directories(bench: Bench) -> None:
    check_read_only(bench)


def check_read_only(bench: Bench) -> None:
    sh(READ_ONLY)(bench.place)
    commit = bench.second({"src/a.py": "A = 2\n", "data/new": "new\n"})
    exact.checkout_exact(bench.place, commit)
    assert not (bench.place / "left").exists() and (bench.place / "cache/deep").is_dir()
    assert (bench.place / "data/new").exists() and os.access(bench.place / "data", os.W_OK)
    sh(READ_ONLY)(bench.place)
    git_worktrees.discard(bench.scene.root, bench.place)
    assert not bench.place.exists()


@pytest.mark.parametrize(
    "spoil", ["rm .git; mkdir .git", "rm .git", "echo nonsense > .git", "echo gitdir: ../../../.git > .git"]
)
def test_a_spoilt_worktree_inside_the_primary_checkout_does_no_harm_there(scene: Scene, spoil: str) -> None:
    """Without its own `.git`, git would find the one above it."""
    place = scene.root / ".batty/worktrees/gate-1"
    scene.git("worktree", "add", "-q", "--detach", str(place))
    (scene.root / "numbers/one").write_text("changed by a person\n")
    (scene.root / "mine").write_text("mine\n")
    sh(spoil)(place)
    with pytest.raises(GitError):
        exact.checkout_exact(place, scene.tip())
    assert scene.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert (scene.root / "numbers/one").read_text() == "changed by a person\n" and (scene.root / "mine").exists()
