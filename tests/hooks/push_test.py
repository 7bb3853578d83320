"""The hook that guards the trunk on its server: which pushes it refuses, whom it tells, and what it leaves alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from batty_hooks.state import githooks
from batty_hooks.state import project as project_map
from batty_hooks.state.githooks import guard
from batty_hooks.state.githooks.guard import Guard

AGENT = {"BATTY_MEMBER": "engineer-1"}
REFUSAL = "batty-hooks: main on origin moves by landing only: `batty-hooks done`, or `batty-hooks merge BRANCH`"
OWN = "what you commit on main here is tested and goes there by itself"


class Pushing:
    """A repository with its trunk on a server, a worktree of an agent's with a commit, and what git says of pushes."""

    def __init__(self, repository, mode: str = "agents", remote: str = "origin") -> None:
        self.repository = repository
        self.server = repository.root.parent / "a server.git"
        if not self.server.exists():
            repository.git("clone", "-q", "--bare", str(repository.root), str(self.server))
            repository.git("remote", "add", "origin", str(self.server))
            repository.git("fetch", "-q", "origin")
        repository.install()
        project, ref = project_map.find(repository.root), "refs/heads/main"
        githooks.install(project, pushes=bool(remote))
        guard.set_up(project, Guard(mode, ref, "-", remote), repository.git("rev-parse", ref))
        self.place = repository.worktree("agent-1")
        repository.commit(at=self.place)

    def there(self) -> str:
        """The trunk on the server; "" when it is gone."""
        argv = ["git", "rev-parse", "--verify", "--quiet", "refs/heads/main"]
        return self.repository.run(argv, self.server).stdout.strip()

    def push(self, *words: str, at: Path | None = None, env: dict[str, str] | None = None) -> tuple[bool, list[str]]:
        """Whether the server's trunk has moved, and what our hook said."""
        before = self.there()
        done = self.repository.run(["git", "push", *words], at or self.place, env)
        moved = self.there() != before
        said = [line for line in done.stderr.splitlines() if "batty-hooks" in line]
        assert "sh:" not in done.stderr and "guard-push" not in done.stderr, done.stderr
        assert done.returncode == 0 or not moved
        return moved, said


@pytest.fixture
def pushing(repository) -> Pushing:
    return Pushing(repository)


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "origin HEAD:main", "origin main", "origin +HEAD:main", "-f origin HEAD:refs/heads/main", "origin :main",
        "--delete origin main", "--all origin", "--mirror origin", "{server} HEAD:main", "file://{server} HEAD:main",
        "second HEAD:main", "origin HEAD:other HEAD:main", "origin HEAD@{{0}}:main", "origin HEAD^{{/number 2}}:main",
        "--atomic origin HEAD:aaa HEAD:main HEAD:zzz", "{server}/ HEAD:main", "{relative} HEAD:main", "",
    ],
)  # fmt: skip
def test_no_push_of_an_agents_moves_the_trunk_there(pushing, words):
    """However it is written; main in the primary checkout has a commit that the server lacks."""
    pushing.repository.commit()
    pushing.repository.git("remote", "add", "second", f"file://{pushing.server}")
    pushing.repository.git("branch", "-q", "--set-upstream-to=origin/main", "agent-1")
    pushing.repository.git("config", "push.default", "upstream")
    server = str(pushing.server)
    said = [
        word.format(server=server, relative=os.path.relpath(server[:-4], pushing.place)) for word in words.split(" ")
    ] if words else []  # fmt: skip
    if "/number" in words:
        said = ["origin", "HEAD^{/number 2}:main"]
    moved, told = pushing.push(*said)
    assert not moved
    assert told == [REFUSAL]


def test_it_is_the_agent_not_the_place(pushing):
    assert pushing.push("origin", "agent-1:main", at=pushing.repository.root, env=AGENT) == (False, [REFUSAL])
    below = pushing.place / "below"
    below.mkdir()
    assert pushing.push("origin", "HEAD:main", at=below) == (False, [REFUSAL])


def test_a_person_is_told(pushing):
    root = pushing.repository.root
    pushing.repository.commit()
    untested = f"batty-hooks: main on origin gets this untested; {OWN}"
    assert pushing.push("origin", "main", at=root) == (True, [untested])
    assert pushing.push("origin", "main", at=root) == (False, []), "there is nothing to push"
    assert pushing.push("-f", str(pushing.server), "main~1:main", at=root) == (True, [untested])
    gone = "batty-hooks: main on origin is taken away: nothing lands before it is there again"
    pushing.repository.git("config", "receive.denyDeleteCurrent", "ignore", at=pushing.server)
    assert pushing.push("origin", ":main", at=root) == (True, [gone])
    assert pushing.push("origin", "main", at=root) == (True, [untested])


def test_under_everyone_a_person_pushes_what_passed(repository):
    pushing = Pushing(repository, "everyone")
    (repository.root / "new").write_text("x")
    repository.git("add", "new")
    # The local guard has its own say; here it is off while the commit is made.
    repository.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "x")
    refusal = f"batty-hooks: main on origin takes only what passed its test: {OWN}"
    assert pushing.push("origin", "main", at=repository.root) == (False, [refusal])
    assert pushing.push("origin", ":main", at=repository.root) == (False, [refusal])
    guard.judge(project_map.find(repository.root), repository.git("rev-parse", "HEAD^{tree}"), True)
    assert pushing.push("origin", "main", at=repository.root) == (True, [])
    assert pushing.push("origin", "+HEAD:main") == (False, [REFUSAL])


def test_a_landing_passes(pushing):
    """It says which commit it lands, and no other passes by that."""
    tip = pushing.repository.git("rev-parse", "HEAD", at=pushing.place)
    other = {"BATTY_LANDS": pushing.repository.git("rev-parse", "main")}
    assert pushing.push("origin", "HEAD:main", env=other) == (False, [REFUSAL])
    assert pushing.push("origin", "HEAD:main", env={"BATTY_LANDS": tip}) == (True, [])


# --- what it leaves alone ---------------------------------------------------------------------------------------------


def test_everything_else_goes_on(pushing):
    """By an agent: its branch, tags, a fork, another repository that has a main too."""
    fork = pushing.repository.root.parent / "fork.git"
    pushing.repository.git("clone", "-q", "--bare", str(pushing.server), str(fork))
    pushing.repository.git("remote", "add", "fork", str(fork))
    pushing.repository.git("tag", "v1")
    for words in (
        "-u origin HEAD", "origin HEAD:refs/heads/main2", "origin HEAD:refs/heads/x/main", "origin v1", "--tags origin",
        "fork HEAD:main", "{fork} +HEAD:main", "file://{fork} main", "origin main", "--dry-run origin HEAD:main2",
    ):  # fmt: skip
        said = [word.format(fork=fork) for word in words.split()]
        done = pushing.repository.run(["git", "push", "-f", *said], pushing.place, AGENT)
        assert "batty-hooks" not in done.stderr and done.returncode == 0, done.stderr


@pytest.mark.parametrize("mode, remote", [("off", "origin"), ("agents", "")])
def test_off_and_without_a_server_nothing_is_asked(repository, mode, remote):
    pushing = Pushing(repository, mode, remote)
    assert pushing.push("origin", "HEAD:main", env=AGENT) == (True, [])


def test_without_a_server_the_place_of_the_hook_stays_free(repository):
    """git-lfs gives up where any other hook stands at pre-push."""
    repository.install()
    assert not (repository.common / "hooks/pre-push").exists()
    assert repository.problems() == []
    githooks.install(project_map.find(repository.root), pushes=True)
    assert (repository.common / "hooks/pre-push").exists()
    repository.uninstall()
    assert not (repository.common / "hooks/pre-push").exists()


def test_a_hook_that_is_missing_is_found(pushing):
    assert pushing.repository.problems() == []
    (pushing.repository.common / "hooks/pre-push").unlink()
    assert "pre-push" in pushing.repository.problems()[0]
    pushing.repository.install()
    assert pushing.repository.problems() == []
    assert pushing.push("origin", "HEAD:main") == (False, [REFUSAL])


@pytest.mark.parametrize("lost", ["guard", "actions/guard-push", "actions/pre-push", "root"])
def test_damage_lets_everything_pass_in_silence(pushing, lost):
    (pushing.repository.common / "batty" / lost).unlink()
    assert pushing.push("origin", "HEAD:main") == (True, [])


def test_a_system_without_tr_or_git_says_nothing_odd(pushing):
    """The name of the remote is known without a process; an address that cannot be compared is let go."""
    tools = pushing.repository.root.parent / "bin"
    tools.mkdir()
    (tools / "tr").write_text("#!/bin/sh\nexit 1\n")
    (tools / "tr").chmod(0o755)
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    assert pushing.push("origin", "HEAD:main", env=path) == (False, [REFUSAL])


# --- one server, many addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known, given, same",
    [
        ("git@example.org:team/parcels.git", "ssh://git@example.org/team/parcels", True),
        ("git@example.org:team/parcels.git", "https://me:token@example.org/team/parcels.git", True),
        ("https://example.org/team/parcels", "git@EXAMPLE.org:Team/parcels.git/", True),
        ("ssh://git@example.org:2222/team/parcels.git", "https://example.org/team/parcels", True),
        ("example.org:team/parcels.git", "git://example.org/team/parcels.git", True),
        ("git@example.org:team/parcels.git", "git@example.org:me/parcels.git", False),
        ("git@example.org:team/parcels.git", "git@example.com:team/parcels.git", False),
        ("https://example.org/team/parcels", "https://example.org/team/parcels2", False),
        ("/nowhere/parcels.git", "../parcels.git", False),
    ],
)
def test_each_address_of_a_server_is_known(pushing, known, given, same):
    """The hook is started as git does it: no server is asked."""
    repository = pushing.repository
    repository.git("remote", "set-url", "origin", known)
    done = ask(repository, pushing.place, given, given)
    assert done == ((1, REFUSAL) if same else (0, ""))


def test_a_push_url_of_its_own_and_a_rewritten_one(pushing):
    repository = pushing.repository
    repository.git("remote", "set-url", "origin", "https://example.org/team/parcels")
    repository.git("remote", "set-url", "--push", "origin", "mine:parcels")
    repository.git("config", "url.git@example.net:.insteadOf", "mine:")
    for given in ("git@example.net:parcels", "https://example.org/team/parcels.git"):
        assert ask(repository, pushing.place, given, given) == (1, REFUSAL)
    assert ask(repository, pushing.place, "https://example.net/other", "https://example.net/other") == (0, "")


def ask(repository, at: Path, *arguments: str) -> tuple[int, str]:
    """Start the hook as git does."""
    gitdir = repository.git("rev-parse", "--absolute-git-dir", at=at)
    zero, head = "0" * 40, repository.git("rev-parse", "HEAD", at=at)
    done = subprocess.run(
        [str(repository.common / "hooks/pre-push"), *arguments], cwd=at, capture_output=True, text=True,
        input=f"HEAD {head} refs/heads/main {zero}\n", env={**os.environ, "GIT_DIR": gitdir},
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


def test_a_bare_repository(make, repository, tmp_path):
    bare = tmp_path / "bare one.git"
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare))
    repository.root = bare
    pushing = Pushing.__new__(Pushing)
    pushing.repository, pushing.server = repository, tmp_path / "server.git"
    shutil.copytree(bare, pushing.server)
    repository.git("remote", "remove", "origin")
    Pushing.__init__(pushing, repository)
    assert pushing.push("origin", "HEAD:main") == (False, [REFUSAL])
    repository.git("branch", "-q", "-f", "main", "agent-1", at=bare)
    moved, said = pushing.push("origin", "main", at=bare)
    assert moved and "untested" in said[0]


# --- beside others ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hooks_path", [None, ".githooks"])
def test_a_hook_that_was_there_gets_it_all_and_may_refuse(repository, tmp_path, hooks_path):
    log = tmp_path / "log"
    directory = repository.root / hooks_path if hooks_path else repository.common / "hooks"
    theirs = f'#!/bin/sh\n{{ echo "$@"; cat; }} >>"{log}"\n[ ! -e "{log}.no" ] || exit 7\n'
    repository.hook(directory, "pre-push", theirs)
    if hooks_path:
        repository.git("config", "core.hooksPath", hooks_path)
    pushing = Pushing(repository)
    head, zero = repository.git("rev-parse", "HEAD", at=pushing.place), "0" * 40
    assert pushing.push("origin", "HEAD:main") == (False, [REFUSAL])
    assert not log.exists(), "what is refused costs no run of it"
    pushing.push("origin", "HEAD:side", "v1:v1")
    repository.git("push", "-q", "origin", "HEAD:side", at=pushing.place)
    assert log.read_text() == f"origin {pushing.server}\nHEAD {head} refs/heads/side {zero}\n"
    log.with_name("log.no").touch()
    done = repository.run(["git", "push", "origin", "HEAD:another"], pushing.place)
    assert done.returncode != 0 and "batty" not in done.stderr


def test_a_hook_that_reads_nothing_is_no_trouble(repository):
    """With more than a pipe holds."""
    repository.hook(repository.common / "hooks", "pre-push", "#!/bin/sh\nexit 0\n")
    pushing = Pushing(repository)
    head = repository.git("rev-parse", "HEAD")
    lines = "".join(f"create refs/tags/v{number} {head}\n" for number in range(1500))
    subprocess.run(["git", "update-ref", "--stdin"], cwd=repository.root, input=lines, text=True, check=True)
    repository.git("push", "-q", "--tags", "origin", at=pushing.place)
