"""The door to git's network commands, with real servers: see tests/servers.py."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import servers
from scene import Again, Scene, until, wait_for
from servers import DOWN, UP, Daemon, File, Http, Proxy, Server

from batty_hooks.system import process
from batty_hooks.system.git import call, hook_trace, refs, server, ssh

ZERO = refs.ZERO
LONG = 60.0  # seconds; nothing here waits for them
MAIN = "refs/heads/main"


def project(scene: Scene) -> None:
    """With a second commit, so that there is something to go back to."""
    scene.commit(scene.root, {"numbers/two": "2\n"})


class Bench:
    """A server, and a clone of it with a commit that the server lacks."""

    def __init__(self, place: Path, there: Server) -> None:
        self.there, self.root = there, there.clone(place / "clone")
        self.base = there.tip()
        self.tip = self.commit()

    def git(self, *arguments: str) -> str:
        return servers.git(*arguments, cwd=self.root)

    def commit(self, name: str = "ours") -> str:
        (self.root / name).write_text("x\n")
        self.git("add", name)
        self.git("commit", "-qm", name)
        return self.git("rev-parse", "HEAD")

    def child(self, name: str, parent: str) -> str:
        """A commit upon ``parent``, with nothing checked out."""
        return self.git("commit-tree", f"{self.tip}^{{tree}}", "-p", parent, "-m", name)

    def push(self, base: str = "", tip: str = "", **more: object) -> server.Answer:
        return server.push(self.root, "origin", "main", base or self.base, tip or self.tip, LONG, **more)  # type: ignore[arg-type]

    def fetch(self) -> server.Answer:
        return server.fetch(self.root, "origin", "main", LONG)

    def ask(self) -> tuple[server.Answer, str | None]:
        return server.ask(self.root, "origin", "main", LONG)


@pytest.fixture
def source(again: Again, alone: None) -> Path:
    return again(project).root


@pytest.fixture
def file(tmp_path: Path, source: Path) -> Bench:
    return Bench(tmp_path, File(tmp_path / "server", source))


@pytest.fixture
def daemon(tmp_path: Path, source: Path) -> Iterator[Bench]:
    with Daemon(tmp_path / "server", source) as there:
        yield Bench(tmp_path, there)


@pytest.fixture
def http(tmp_path: Path, source: Path) -> Iterator[Bench]:
    with Http(tmp_path / "server", source) as there:
        yield Bench(tmp_path, there)


@pytest.fixture(params=["file", "daemon", "http"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Bench)
    return found


ACCEPTED = server.Answer(server.ACCEPTED)

# --- what a push and a fetch do -----------------------------------------------------------------------------


def test_the_way_of_a_landing(bench: Bench) -> None:
    """Push, and again after a kill; what a stranger pushes is fetched, and a push upon the old base is stale."""
    assert bench.ask() == (ACCEPTED, bench.base)
    assert bench.push() == ACCEPTED and bench.there.tip() == bench.tip
    assert server.seen(bench.root, "origin", "main") == bench.tip
    assert bench.push() == ACCEPTED, "whoever was killed does it again"
    new = bench.there.stranger().push()
    assert server.seen(bench.root, "origin", "main") == bench.tip
    answer = bench.push(bench.tip, bench.child("next", bench.tip))
    assert answer == server.Answer(server.STALE, "main: stale info") and bench.there.tip() == new
    assert bench.fetch() == ACCEPTED and server.seen(bench.root, "origin", "main") == new
    assert bench.git("rev-parse", "main") == bench.tip, "nothing else is moved"
    assert bench.push(new, bench.child("next", new)) == ACCEPTED


def test_several_refs_move_together_or_none_does(bench: Bench) -> None:
    also = {"refs/x/new": (ZERO, bench.tip)}
    assert bench.push(also=also) == ACCEPTED and bench.there.tip("refs/x/new") == bench.tip
    next_one = bench.child("next", bench.tip)
    moved = {"refs/x/new": (bench.base, next_one)}
    assert bench.push(bench.tip, next_one, also=moved) == server.Answer(server.STALE, "refs/x/new: stale info")
    assert bench.there.tip() == bench.there.tip("refs/x/new") == bench.tip
    gone = {"refs/x/new": (bench.tip, ZERO), "refs/x/other": (ZERO, next_one)}
    assert bench.push(bench.tip, next_one, also=gone) == ACCEPTED
    assert [bench.there.tip(ref) for ref in (MAIN, "refs/x/new", "refs/x/other")] == [next_one, "", next_one]


def test_what_a_stranger_pushed_is_not_overwritten_though_it_was_fetched(file: Bench) -> None:
    """A lease without a value compares with the ref that the fetch has just moved."""
    new = file.there.stranger().push()
    assert file.fetch() == ACCEPTED
    assert file.push().outcome == server.STALE and file.there.tip() == new
    with pytest.raises(AssertionError, match="forced"):  # it goes through, and the stranger's commit is gone
        said = subprocess.run(
            ["git", "push", "--force-with-lease", "origin", f"{file.tip}:{MAIN}"],
            cwd=file.root, capture_output=True, text=True, check=True,
        ).stderr  # fmt: skip
        assert "forced update" not in said, said


def test_what_somebody_took_back_stays_taken_back(file: Bench) -> None:
    """A fast-forward would bring it back; with our lease it is stale."""
    old = file.there.stranger().rewind()
    assert file.push().outcome == server.STALE and file.there.tip() == old
    file.there.stranger().rewrite()
    assert file.push().outcome == server.STALE
    assert file.fetch() == ACCEPTED and server.seen(file.root, "origin", "main") == file.there.tip()


def test_that_the_base_is_in_what_lands_is_for_the_caller_to_see(file: Bench) -> None:
    assert file.push() == ACCEPTED
    assert file.push(file.tip, file.base) == ACCEPTED and file.there.tip() == file.base


def test_a_branch_that_is_not_there(bench: Bench) -> None:
    bench.there.stranger().delete()
    assert bench.ask() == (server.Answer(server.NOT_THERE, "there is no main"), None)
    assert bench.fetch() == bench.ask()[0]
    assert server.seen(bench.root, "origin", "main") == bench.base, "nothing is pruned"
    assert bench.push().outcome == server.STALE and bench.there.tip() == ""
    assert bench.push(ZERO) == ACCEPTED and bench.there.tip() == bench.tip
    assert bench.push(ZERO, bench.child("next", bench.tip)).outcome == server.STALE


def test_a_branch_whose_name_ends_alike_is_another(file: Bench) -> None:
    servers.git("update-ref", "refs/x/refs/heads/main", file.base, cwd=file.there.root)
    file.there.stranger().delete()
    assert file.ask()[0].outcome == server.NOT_THERE


def test_of_many_with_one_base_exactly_one_lands(file: Bench) -> None:
    tips = [file.child(f"lander {number}", file.base) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda tip: file.push(tip=tip), tips))
    won = [tip for tip, answer in zip(tips, found, strict=True) if answer == ACCEPTED]
    assert won == [file.there.tip()]
    # (One that comes while another holds the server's lock is told to try again.)
    assert {answer.outcome for answer in found} <= {server.ACCEPTED, server.STALE, server.UNREACHABLE}
    assert {file.push(tip=tip).outcome for tip in set(tips) - set(won)} == {server.STALE}


def test_whoever_is_killed_after_the_server_took_it_learns_so_by_asking(file: Bench, tmp_path: Path) -> None:
    file.there.hook("post-receive", f"touch '{tmp_path}/taken'; {until(tmp_path / 'go')}\n")
    code = (
        f"from batty_hooks.system.git import server; from pathlib import Path; server.push(Path({str(file.root)!r}), "
    )
    code += f"'origin', 'main', '{file.base}', '{file.tip}', 60)"
    lander = subprocess.Popen([sys.executable, "-c", code])
    wait_for((tmp_path / "taken").exists)
    lander.kill()
    assert lander.wait() == -signal.SIGKILL
    assert file.ask() == (ACCEPTED, file.tip) and file.push() == ACCEPTED
    (tmp_path / "go").touch()


def test_only_the_branch_is_fetched_and_pushed(file: Bench) -> None:
    """Whatever a person has set for his own fetches and pushes."""
    for key, value in (
        ("push.followTags", "true"), ("remote.origin.tagOpt", "--tags"), ("fetch.prune", "true"),
        ("remote.origin.mirror", "true"), ("fetch.pruneTags", "true"), ("fetch.writeCommitGraph", "true"),
        ("push.gpgSign", "true"), ("push.useForceIfIncludes", "true"), ("fetch.all", "true"),
    ):  # fmt: skip
        file.git("config", key, value)
    file.git("config", "remote.origin.fetch", "+refs/*:refs/*")  # as in `clone --mirror`
    file.git("tag", "-am", "mine", "mine", file.tip)
    file.git("update-ref", "refs/remotes/origin/old", file.base)
    new = file.there.stranger().push()
    servers.git("tag", "theirs", new, cwd=file.there.root)
    file.git("remote", "set-head", "origin", "--delete")
    before = set(file.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines())
    assert file.fetch() == ACCEPTED
    after = set(file.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines())
    assert after ^ before == {f"refs/remotes/origin/main {oid}" for oid in (file.base, new)}
    assert not (file.root / ".git/FETCH_HEAD").exists() and not (file.root / ".git/objects/info/commit-graphs").exists()
    assert file.push(new, file.child("next", new)) == ACCEPTED
    assert servers.git("tag", "-l", cwd=file.there.root) == "theirs"


# --- what a server refuses ----------------------------------------------------------------------------------


def test_a_protected_branch(bench: Bench) -> None:
    """In the words of GitHub and of GitLab; whatever was to move with it stays too."""
    rule = "for refs/heads/main. Changes must be made through a pull request."
    for words, said in (
        (servers.GITHUB, f"GH006: Protected branch update failed {rule}"),
        (servers.GITHUB_RULES, f"GH013: Repository rule violations found {rule}"),
        (servers.GITLAB, "GitLab: You are not allowed to push code to protected branches on this project."),
    ):
        bench.there.protect(words)
        assert bench.push(also={"refs/x/new": (ZERO, bench.tip)}) == server.Answer(server.PROTECTED, said)
        assert bench.there.tip() == bench.base and bench.there.tip("refs/x/new") == ""


def test_a_hook_of_the_servers(bench: Bench) -> None:
    for name in ("pre-receive", "update"):
        bench.there.hook(name, "echo 'Checking 1 commit'; echo 'every commit must name an issue'; exit 1\n")
        assert bench.push() == server.Answer(server.REFUSED, "every commit must name an issue")
        bench.there.hook(name, "")


def test_what_else_a_server_refuses(file: Bench) -> None:
    def said(key: str, value: str, **more: object) -> server.Answer:
        servers.git("config", key, value, cwd=file.there.root)
        answer = file.push(**more)
        servers.git("config", "--unset", key, cwd=file.there.root)
        return answer

    also = {"refs/x/new": (ZERO, file.tip)}
    assert said("receive.maxInputSize", "1").outcome == server.REFUSED
    assert said("transfer.hideRefs", MAIN) == server.Answer(server.STALE, "main: stale info"), "as if it were not there"
    assert (
        said("receive.advertiseAtomic", "false", also=also).said == "the receiving end does not support --atomic push"
    )
    assert file.there.tip() == file.base
    assert said("receive.advertiseAtomic", "false") == ACCEPTED, "one ref needs none"
    next_one = file.child("next", file.tip)
    more = {"base": file.tip, "tip": next_one, "also": {"refs/x/new": (ZERO, next_one)}}
    told = "refs/x/new: deny updating a hidden ref"
    assert said("transfer.hideRefs", "refs/x", **more) == server.Answer(server.ACCEPTED, told)
    assert file.there.tip() == next_one, "though all or none was asked for"


def test_a_race_within_the_server(file: Bench) -> None:
    """Another push comes to its end after ours was told where the branch stands."""
    quarantine = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
    other = file.there.stranger().push()
    servers.git("update-ref", MAIN, file.base, cwd=file.there.root)
    file.there.hook("pre-receive", f"{quarantine}git update-ref {MAIN} {other}\n")
    for also in ({}, {"refs/x/new": (ZERO, file.tip)}):
        answer = file.push(also=also)
        assert answer.outcome == server.STALE and f"is at {other} but expected {file.base}" in answer.said
        servers.git("update-ref", MAIN, file.base, cwd=file.there.root)


def test_a_lock_that_lies_on_the_server_is_waited_for_and_left_alone(file: Bench) -> None:
    """Also where the server is this machine, and the lock an old one."""
    lock = file.there.root / "refs/heads/main.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    answer = file.push()
    assert answer.outcome == server.UNREACHABLE and "main.lock': File exists" in answer.said and lock.exists()
    lock.unlink()
    assert file.push() == ACCEPTED


# --- who may not, who is not there --------------------------------------------------------------------------


def test_no_server_no_repository_no_remote(bench: Bench) -> None:
    for answer in (server.fetch(bench.root, "upstream", "main", LONG), bench.push() and
                   server.push(bench.root, "upstream", "main", bench.base, bench.tip, LONG),
                   server.ask(bench.root, "upstream", "main", LONG)[0]):  # fmt: skip
        assert answer == server.Answer(server.NOT_THERE, "there is no remote upstream")
    bench.there.root.rename(bench.there.place / "gone")
    assert {bench.fetch().outcome, bench.push().outcome, bench.ask()[0].outcome} == {server.NOT_THERE}


@pytest.mark.parametrize("name", ["daemon", "http"])
def test_a_server_that_is_down(request: pytest.FixtureRequest, name: str) -> None:
    bench = request.getfixturevalue(name)
    bench.there.stop()
    for answer in (bench.fetch(), bench.push(), bench.ask()[0]):
        assert answer.outcome == server.UNREACHABLE and answer.said
    bench.there.start()
    assert bench.push() == ACCEPTED


@pytest.mark.parametrize(
    ("status", "words", "outcome"),
    [
        (502, "Bad gateway", server.UNREACHABLE),
        (503, "Service unavailable", server.UNREACHABLE),
        (429, "Too many requests", server.UNREACHABLE),
        (403, "Write access to repository not granted.", server.LOGIN),
        (403, "This repository was archived so it is read-only.", server.REFUSED),
        (404, "Repository not found.", server.NOT_THERE),
    ],
)
def test_what_http_answers(http: Bench, status: int, words: str, outcome: str) -> None:
    assert isinstance(http.there, Http)
    http.there.refuses_push = status, words
    answer = http.push()
    assert answer.outcome == outcome and (words in answer.said or str(status) in answer.said)
    assert http.fetch() == ACCEPTED
    http.there.refuses_push, http.there.fails = None, (status, words)
    assert {http.fetch().outcome, http.ask()[0].outcome} == {outcome}


ASKS = """from pathlib import Path
from batty_hooks.system.git import server
print("OUT", server.fetch(Path({!r}), "origin", "main", 60).outcome)
"""


def test_nobody_is_asked_for_a_password_and_none_is_told(
    http: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal, and with every program set that could open a window."""
    window = tmp_path / "window"
    window.write_text(f"#!/bin/sh\ntouch '{tmp_path}/asked'\necho wrong\n")
    window.chmod(0o755)
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(window))
    http.git("config", "core.askPass", str(window))
    assert http.fetch() == ACCEPTED, "a person's helper is asked"
    http.git("config", "--unset", "credential.helper")
    master, slave = pty.openpty()
    argv = [sys.executable, "-c", ASKS.format(str(http.root))]
    done = subprocess.Popen(
        argv, stdin=slave, stdout=subprocess.PIPE, stderr=slave, text=True,
        preexec_fn=lambda: (os.setsid(), fcntl.ioctl(slave, termios.TIOCSCTTY, 0)),  # type: ignore[func-returns-value]
    )  # fmt: skip
    assert done.communicate()[0] == "OUT login\n"
    os.close(slave)
    with pytest.raises(OSError):  # nothing was written there
        os.read(master, 100)
    os.close(master)
    assert not (tmp_path / "asked").exists()
    http.git("remote", "set-url", "origin", http.there.url.replace("//", "//person:wr0ng@"))
    for answer in (http.fetch(), http.push(), http.ask()[0]):
        assert answer.outcome == server.LOGIN and "Authentication failed" in answer.said and "wr0ng" not in answer.said
    assert server.address(http.root, "origin") == http.there.url


# --- what a person has set ----------------------------------------------------------------------------------


def test_what_a_person_has_set_for_his_own_git_counts(file: Bench, tmp_path: Path, source: Path) -> None:
    """In his global settings, which ours leave alone."""
    file.git("remote", "set-url", "origin", "short:project.git")
    file.git("config", "--global", f"url.file://{file.there.place}/.insteadOf", "short:")
    assert file.fetch() == ACCEPTED and file.ask() == (ACCEPTED, file.base) and file.push() == ACCEPTED
    assert server.address(file.root, "origin") == file.there.url and server.names(file.root) == ["origin"]
    other = File(tmp_path / "other", source)
    file.git("config", "--global", f"url.file://{other.place}/.pushInsteadOf", "short:")
    assert file.push() == ACCEPTED and other.tip() == file.tip
    file.git("remote", "set-url", "origin", "http://nowhere.invalid/x.git")
    file.git("config", "--global", "http.proxy", f"http://127.0.0.1:{servers.free_port()}")
    answer = file.fetch()
    assert answer.outcome == server.UNREACHABLE and "Failed to connect to 127.0.0.1" in answer.said


def test_a_landing_goes_to_one_server(file: Bench, tmp_path: Path, source: Path) -> None:
    other = File(tmp_path / "other", source)
    for key in ("url", "pushurl"):
        file.git("config", "--add", f"remote.origin.{key}", other.url.replace("//", "//me:s3cret@"))
        if key == "pushurl":
            file.git("config", "--add", f"remote.origin.{key}", file.there.url)
        answer = file.push()
        assert answer.outcome == server.REFUSED and "origin has 2 push URLs" in answer.said
        assert other.url in answer.said and "s3cret" not in answer.said
        assert file.there.tip() == other.tip() == file.base
        assert file.fetch() == ACCEPTED, "the first one is read"
    file.git("config", "--unset-all", "remote.origin.pushurl")
    file.git("config", "remote.origin.pushurl", other.url)
    assert file.push() == ACCEPTED and (file.there.tip(), other.tip()) == (file.base, file.tip)


def put_hook(bench: Bench, script: str, place: str = ".git/hooks") -> None:
    hook = bench.root / place / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}")
    hook.chmod(0o755)


@pytest.mark.parametrize("place", [".git/hooks", "my-hooks"])
def test_a_persons_pre_push_hook_runs_and_knows_a_landing(file: Bench, tmp_path: Path, place: str) -> None:
    if place == "my-hooks":
        file.git("config", "core.hooksPath", place)
    put_hook(file, f'{{ echo "$@" "$BATTY_LANDS"; cat; }} > "{tmp_path}/heard"; echo "To nobody"\n', place)
    assert file.push() == ACCEPTED
    line = f"{file.tip} {file.tip} {MAIN} {file.base}"
    assert (tmp_path / "heard").read_text() == f"origin {file.there.url} {file.tip}\n{line}\n"
    put_hook(file, 'echo "src/a.ts: error: fetch first"; echo "fatal: denied" >&2; exit 1\n', place)
    answer = file.push(file.tip, file.child("next", file.tip))
    told = "the pre-push hook here: src/a.ts: error: fetch first denied"
    assert answer == server.Answer(server.REFUSED, told) and file.there.tip() == file.tip
    put_hook(file, "sleep 600\n", place)
    answer = server.push(file.root, "origin", "main", file.tip, file.child("next", file.tip), 1)
    assert answer.outcome == server.UNREACHABLE
    assert answer.said == "no answer for 1 s; the pre-push hook here is part of that"


def test_a_pre_push_hook_is_asked_in_a_trial_and_then_not_again(file: Bench, tmp_path: Path) -> None:
    """With the very words of the push that follows; nothing is sent."""
    put_hook(file, f'{{ echo "$@"; cat; }} >> "{tmp_path}/heard"; git --version; exit $(cat "{tmp_path}/code")\n')
    for code, outcome in (("1", server.REFUSED), ("0", server.ACCEPTED)):
        (tmp_path / "code").write_text(code)
        answer = server.push(file.root, "origin", "main", file.base, file.tip, 20, trial=True, trace=tmp_path / "trace")
        assert answer.outcome == outcome and hook_trace.let_through(tmp_path / "trace") is (code == "0")
        (tmp_path / "trace").unlink()
    assert file.there.tip() == file.base
    assert server.push(file.root, "origin", "main", file.base, file.tip, 20, hook=False) == ACCEPTED
    line = f"{file.tip} {file.tip} {MAIN} {file.base}"
    assert (tmp_path / "heard").read_text() == f"origin {file.there.url}\n{line}\n" * 2
    assert not hook_trace.let_through(tmp_path / "nothing")


def test_no_other_hook_runs(file: Bench, tmp_path: Path) -> None:
    put_hook(file, f"touch '{tmp_path}/ran'; exit 1\n")
    (file.root / ".git/hooks/pre-push").rename(file.root / ".git/hooks/reference-transaction")
    assert file.fetch() == ACCEPTED and not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("variables", "settings", "command"),
    [
        ({}, {}, "ssh {ssh}"),
        ({}, {"core.sshcommand": "ssh -i 'my key'"}, "ssh -i 'my key' {ssh}"),
        ({"GIT_SSH_COMMAND": "/opt/ssh -v"}, {"core.sshcommand": "ssh -i key"}, "/opt/ssh -v {ssh}"),
        ({"GIT_SSH": "/my programs/ssh"}, {}, "'/my programs/ssh' {ssh}"),
        ({"GIT_SSH": "/x/ssh"}, {"core.sshcommand": "ssh -i key"}, "ssh -i key {ssh}"),
        ({}, {"core.sshcommand": "env A=1 ssh"}, "env A=1 ssh {ssh}"),
        ({}, {"core.sshcommand": "SSH_AUTH_SOCK=/s ssh"}, "SSH_AUTH_SOCK=/s ssh {ssh}"),
        ({"GIT_SSH": "C:\\putty\\plink.exe"}, {}, "'C:\\putty\\plink.exe' -batch"),
        ({}, {"core.sshcommand": "tortoiseplink.exe"}, "tortoiseplink.exe -batch"),
        ({}, {"core.sshcommand": "my-wrapper", "ssh.variant": "ssh"}, "my-wrapper {ssh}"),
        ({"GIT_SSH_VARIANT": "plink"}, {"core.sshcommand": "my-wrapper"}, "my-wrapper -batch"),
        # Of these nobody knows what they understand; the session without a terminal has to do.
        ({}, {"core.sshcommand": "my-wrapper"}, None),
        ({}, {"core.sshcommand": "ssh", "ssh.variant": "simple"}, None),
        ({}, {"core.sshcommand": "sshpass -e ssh"}, None),
        ({}, {"core.sshcommand": "it's broken"}, None),
    ],
)
def test_a_persons_ssh_is_told_to_ask_nobody(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], settings: dict[str, str], command: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    options = "-oBatchMode=yes -oConnectTimeout=15"
    wanted = {"GIT_SSH_COMMAND": command.replace("{ssh}", options)} if command else {}
    found = ssh.asking_nobody(settings.get("core.sshcommand", ""), settings.get("ssh.variant", ""), 30)
    assert found == wanted


def test_where_a_branch_was_last_seen(file: Bench, tmp_path: Path) -> None:
    file.git("pack-refs", "--all")
    assert server.seen(file.root, "origin", "main") == file.base
    file.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert server.seen(tmp_path / "linked", "origin", "main") == file.base
    assert server.seen(file.root, "origin", "other") is None and server.seen(file.root, "other", "main") is None
    assert server.address(file.root, "other") == ""
    file.git("remote", "add", "with.dots", "https://me:s3cret@example.org/x.git")
    assert server.names(file.root) == ["origin", "with.dots"]
    assert server.address(file.root, "with.dots") == "https://example.org/x.git"


# --- what is wrong here ---------------------------------------------------------------------------------------


def test_a_fetch_beside_another_one(file: Bench) -> None:
    file.there.stranger().push()
    lock = file.root / ".git/refs/remotes/origin/main.lock"
    lock.touch()
    freed = threading.Timer(0.05, lock.unlink)
    freed.start()
    assert file.fetch() == ACCEPTED
    freed.join()
    file.there.stranger().push()
    lock.touch()
    answer = file.fetch()
    assert answer.outcome == server.UNREACHABLE and "main.lock': File exists" in answer.said
    os.utime(lock, (1, 1))
    assert file.fetch() == ACCEPTED, "one that was killed has left it"


def test_trouble_here_is_not_the_servers(file: Bench) -> None:
    file.git("update-ref", "refs/remotes/origin/topic", file.base)
    servers.git("branch", "topic/one", cwd=file.there.root)
    with pytest.raises(call.GitError, match=r"cannot create 'refs/remotes/origin/topic/one'|some local refs could not"):
        server.fetch(file.root, "origin", "topic/one", LONG)
    (file.root / ".git/config").write_text("[remote\n")
    for ask in (file.fetch, file.push, file.ask):
        with pytest.raises(call.GitError, match="bad config line 1"):
            ask()


# --- the line to it -------------------------------------------------------------------------------------------


@pytest.fixture(params=["daemon", "http"])
def lined(request: pytest.FixtureRequest) -> Iterator[tuple[Bench, Proxy]]:
    """A server that is reached through a line that may break."""
    bench = request.getfixturevalue(request.param)
    with Proxy(bench.there.port) as proxy:
        bench.there.behind(proxy)
        bench.git("remote", "set-url", "origin", bench.there.url)
        yield bench, proxy


def test_a_line_that_breaks_anywhere(lined: tuple[Bench, Proxy]) -> None:
    """Accepted is said of what was, and of nothing else; who does not know asks, and does it again."""
    bench, proxy = lined
    proxy.let_pass()
    assert bench.push() == ACCEPTED
    whole = dict(proxy.passed)
    for way in (UP, DOWN):
        for part in (0.0, 0.4, 0.9, 1.0):
            base = bench.there.tip()
            tip = bench.child(f"{way} {part}", base)
            proxy.cut(max(0, int(whole[way] * part) - 1), way)
            answer = bench.push(base, tip)
            assert answer.outcome in (server.ACCEPTED, server.UNREACHABLE) and bench.there.tip() in (base, tip)
            assert answer.outcome == server.UNREACHABLE or bench.there.tip() == tip
            proxy.let_pass()
            assert bench.ask() == (ACCEPTED, bench.there.tip()) and bench.push(base, tip) == ACCEPTED
    proxy.refuse()
    assert {bench.fetch().outcome, bench.push().outcome, bench.ask()[0].outcome} == {server.UNREACHABLE}


def test_an_answer_that_ends_within_its_head_is_no_answer(http: Bench) -> None:
    """git takes it for one of a server that has no branch at all."""
    with Proxy(http.there.port) as proxy:
        http.there.behind(proxy)
        http.git("remote", "set-url", "origin", http.there.url)
        assert http.push() == ACCEPTED
        head, base = int(proxy.passed[DOWN] * 0.35), http.tip
        cut_short = server.Answer(server.UNREACHABLE, "an answer of the server was cut short")
        proxy.cut(head, DOWN, once=True)
        assert http.push(base, http.child("next", base)) == cut_short
        proxy.cut(head, DOWN, once=True)
        assert http.fetch() == cut_short
        proxy.cut(head, DOWN, once=True)
        assert http.ask() == (ACCEPTED, base)


def test_an_upload_goes_on_while_it_makes_progress_and_ends_in_silence(lined: tuple[Bench, Proxy]) -> None:
    bench, proxy = lined
    ref, large = "refs/batty/uploads/x", bench.child(os.urandom(40_000).hex(), bench.base)
    proxy.stall(20_000)
    answer = server.push(bench.root, "origin", ref, "", large, 600.0, silence=2.0)
    assert answer == server.Answer(server.UNREACHABLE, "no answer for 2 s", late=True)
    proxy.let_pass()
    for _ in ("new", "there already"):
        assert server.push(bench.root, "origin", ref, "", large, 600.0, silence=60.0) == ACCEPTED
    assert bench.there.tip(ref) == large
    assert server.push(bench.root, "origin", ref, large, "", 60.0) == ACCEPTED and not bench.there.tip(ref)
    assert server.push(bench.root, "origin", ref, large, "", 60.0).outcome == server.STALE


@pytest.mark.parametrize("way", [UP, DOWN])
def test_a_line_that_is_silent(lined: tuple[Bench, Proxy], way: str) -> None:
    bench, proxy = lined
    for bytes_before in (0, 100):
        proxy.stall(bytes_before, way)
        answer = server.push(bench.root, "origin", "main", bench.base, bench.tip, 0.5)
        assert answer == server.Answer(server.UNREACHABLE, "no answer for 0.5 s", late=True)
        wait_for(lambda: not process.with_argument(bench.there.url))  # nothing goes on that we have started
