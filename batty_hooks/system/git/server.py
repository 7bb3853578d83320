"""The only door to git's network commands: fetch, push and the question where a branch of a server stands.

Nobody is ever asked for anything: git's own prompt, askpass programs and ssh's questions are off, and git runs in a
session of its own, where there is no terminal to ask at (ssh through a ProxyJump starts a second ssh that knows nothing
of our options). Credential helpers, insteadOf, proxies and the person's ssh command count as they do for his own git:
all of that is said by his settings, and ours leave it alone.

What was decided here:

* A push is a landing of the person's, so his pre-push hook runs as it does for `git push` (git-lfs uploads its files in
  it); its time counts, unless it has run before, in a trial: git runs it there with the very same words, and sends
  nothing. ``LANDS`` in the environment tells ours that this one is meant: the commit that lands.
* A landing goes to one place. Where a remote has several push URLs git would push to one after the other, and the first
  may accept what the second refuses: that is REFUSED before anything is sent.
* `fetch` and `ask` read from `remote.<name>.url`, `push` writes to `pushurl` where there is one: they are taken for two
  ways to one server.
* A single ref needs no `--atomic`, which some servers do not offer (Azure DevOps); several do.
  (git itself moves the others where one of them is hidden, `transfer.hideRefs`: ACCEPTED speaks of the branch, and
  what is said with it of the others.)
* Leases are explicit: without a value git compares with a ref that the fetch before has just moved. A lease alone lets
  a branch go back: that the base is in what lands, the caller has looked at.
* An answer over http that ends within its head counts for git as one of a server that has no branch at all. So "not
  there" is asked twice, and a lease that http refused is looked at again.
* Where git is cut off, nobody knows whether the server has moved: UNREACHABLE says "ask", never "it did not".
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path

from batty_hooks.system.git import call, config, hook_trace, passing, refs, remedies, server_words, ssh, telling
from batty_hooks.system.git.server_words import (
    ACCEPTED,
    LOGIN,
    NOT_THERE,
    PROTECTED,
    REFUSED,
    STALE,
    UNREACHABLE,
    Answer,
)
from batty_hooks.system.records import dataclass

__all__ = [
    "ACCEPTED", "LANDS", "LOGIN", "NOT_THERE", "PROTECTED", "REFUSED", "STALE", "UNREACHABLE", "Answer", "address",
    "ask", "fetch", "names", "push", "seen",
]  # fmt: skip
LANDS = "BATTY_LANDS"
_LFS_SHOWS = "GIT_LFS_FORCE_PROGRESS"  # or git-lfs is silent where it sees no terminal
_FETCH = (
    "-c", "fetch.writeCommitGraph=false", "-c", "advice.fetchShowForcedUpdates=false",
    "fetch", "--no-tags", "--no-auto-gc", "--no-recurse-submodules", "--no-write-fetch-head", "--no-prune",
    "--no-prune-tags", "--no-show-forced-updates", "--no-progress",
    "--refmap=",  # or git moves what remote.<name>.fetch maps the branch to as well: in a mirror the branch itself
)  # fmt: skip
_PUSH = (
    "push", "--porcelain", "--no-progress", "--no-follow-tags", "--recurse-submodules=no", "--no-signed",
    "--no-force-if-includes", "--no-set-upstream",
)  # fmt: skip
_NOBODY_IS_ASKED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # (set, and empty: neither core.askPass nor SSH_ASKPASS is looked at)
    "SSH_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",  # git's credential manager: no window
}
_CUT_SHORT = Answer(UNREACHABLE, "an answer of the server was cut short")
_ASKS_NOBODY = ("-c", "credential.interactive=false", "-c", "http.maxRetries=0")  # (when to try again is ours to say)
_OUT_OF_TIME = 124
_REF_HERE = ("cannot lock ref 'refs/remotes/", "some local refs could not be updated")  # (git 2.55 says the second)
_AGAIN_SECONDS = (0.02, 0.1, 0.3)  # while another git of this machine (an editor's) fetches the same
_READ = r"^(core\.(sshcommand|hookspath)|ssh\.variant|remote\..*\.(url|pushurl))$"


@dataclass(frozen=True)
class _Ways:
    """What a person has set for the way to a remote; of a repeated setting all values, in their order."""

    settings: Mapping[str, list[str]]

    def last(self, key: str) -> str:
        return self.settings.get(key, [""])[-1]

    def urls(self, remote: str) -> list[str]:
        return _listed(self.settings.get(f"remote.{remote}.url", []))

    def push_urls(self, remote: str) -> list[str]:
        return _listed(self.settings.get(f"remote.{remote}.pushurl", [])) or self.urls(remote)


def _listed(values: list[str]) -> list[str]:
    """The values that count: an empty one takes away those before it."""
    return values[len(values) - values[::-1].index("") :] if "" in values else values


def fetch(root: Path, remote: str, branch: str, seconds: float, ref: str = "", here: str = "") -> Answer:
    """Bring what the server's ``branch`` is to refs/remotes/<remote>/<branch>, or its ``ref`` (a whole name) to that of
    ours that ``here`` names, and nothing else; NOT_THERE when there is no such branch or repository. Raises GitError
    for trouble here (a full disk)."""
    ways = _ways(root)
    if not ways.urls(remote):
        return _no_remote(remote)
    argv = (*_FETCH, "--", remote, f"+{ref or f'refs/heads/{branch}'}:{here or f'refs/remotes/{remote}/{branch}'}")
    limit = time.monotonic() + seconds
    for pause in (*_AGAIN_SECONDS, None):
        code, _, err = _run(root, ways, max(0.1, limit - time.monotonic()), *argv)
        if not code or pause is None or time.monotonic() + pause > limit or not _somebody_else_fetches(err):
            break
        time.sleep(pause)
    if code and "couldn't find remote ref" in err and ref:
        return Answer(NOT_THERE, f"there is no {ref}")
    if code and "couldn't find remote ref" in err:
        answer, oid = ask(root, remote, branch, max(0.1, limit - time.monotonic()))
        return _CUT_SHORT if oid else answer
    return Answer(ACCEPTED) if code == 0 else _trouble(argv, code, err)


def push(
    root: Path,
    remote: str,
    branch: str,
    base: str,
    tip: str,
    seconds: float,
    also: Mapping[str, tuple[str, str]] = {},
    trial: bool = False,
    hook: bool = True,
    silence: float = math.inf,
    trace: Path | None = None,
) -> Answer:
    """Move the server's ``branch`` (or a ref, by its whole name) from ``base`` (zeros: it is not there) to ``tip``, if
    it stands there, and with it the refs in ``also`` from the first to the second commit of each (zeros: not there);
    all or none. A ``trial`` moves nothing: the server lets us in or does not, and none of its hooks is asked. ``hook``:
    the pre-push hook here is. One with a limit of ``silence`` (seconds) is given up where it has shown no progress for
    so long. ``trace``, in a trial: a file of which nothing stays; it tells what the hook said though the line was cut.

    That ``base`` is in the history of ``tip`` is the caller's to check. Raises GitError for trouble here, and nothing
    for what a server says.
    """
    ways = _ways(root)
    places = ways.push_urls(remote)
    if not places:
        return _no_remote(remote)
    if len(places) > 1:
        kept, *more = map(telling.without_secrets, places)
        return Answer(
            REFUSED, f"{remote} has {len(places)} push URLs, a landing goes to one server: {kept} and {more[0]}"
        )
    moves = {_ref(branch): (base, tip), **also}
    argv = (
        "-c", f"core.hooksPath={ways.last('core.hookspath') or _hooks(root)}", "-c", f"remote.{remote}.mirror=false",
        *_PUSH, *(["--progress"] if silence < math.inf else []),
        *(["--atomic"] if len(moves) > 1 else []),
        *(["--dry-run"] if trial else []), *([] if hook else ["--no-verify"]),
        *(f"--force-with-lease={ref}:{_oid(old)}" for ref, (old, _) in moves.items()),
        "--", remote, *(f"{_oid(new)}:{ref}" for ref, (_, new) in moves.items()),
    )  # fmt: skip
    limit = time.monotonic() + seconds
    shown = {_LFS_SHOWS: "1"} if silence < math.inf else {}
    told = {hook_trace.VARIABLE: str(trace)} if trace else {}
    code, out, err = _run(root, ways, seconds, *argv, env={LANDS: tip, **shown, **told}, silence=silence)
    if code == _OUT_OF_TIME:
        return Answer(UNREACHABLE, err, late=True)
    answer = server_words.of_push(list(moves), code, out, err)
    if answer.outcome == UNREACHABLE and trial and trace and hook_trace.let_through(trace):
        return Answer(ACCEPTED)
    if answer.outcome == UNREACHABLE and not out.strip():
        return _trouble(argv, code, err) if code else answer
    if answer.outcome == STALE and _oid(base) and "\nTo http" in f"\n{out}":
        asked, oid = ask(root, remote, branch, max(0.1, limit - time.monotonic()))
        if asked.outcome not in (ACCEPTED, NOT_THERE):
            return asked
        return _CUT_SHORT if oid == base and answer.said.startswith(f"{branch}: ") else answer
    return answer


def ask(root: Path, remote: str, branch: str, seconds: float) -> tuple[Answer, str | None]:
    """Where the server's ``branch`` stands now; nothing here is changed. NOT_THERE and None when it has none."""
    ways, ref = _ways(root), _ref(branch)
    if not ways.urls(remote):
        return _no_remote(remote), None
    argv = ("ls-remote", "--quiet", "--refs", "--", remote, ref)
    limit = time.monotonic() + seconds
    for _ in ("once", "and again"):
        code, out, err = _run(root, ways, max(0.1, limit - time.monotonic()), *argv)
        if code:
            return _trouble(argv, code, err), None
        found = {name: oid for oid, _, name in (line.partition("\t") for line in out.splitlines())}
        if ref in found:
            return Answer(ACCEPTED), found[ref]
    return Answer(NOT_THERE, f"there is no {branch}"), None


def names(root: Path) -> list[str]:
    """The remotes that have a URL."""
    found = (key.removeprefix("remote.").removesuffix(".url") for key in _ways(root).settings if key.endswith(".url"))
    return sorted(found)


def seen(root: Path, remote: str, branch: str) -> str | None:
    """Where the server's ``branch`` stood when it was last fetched (or pushed), or None."""
    ref = f"refs/remotes/{remote}/{branch}"
    return refs.loose(root, ref) or refs.listed(root, ref).get(ref)


def address(root: Path, remote: str) -> str:
    """Where the remote is, as a person is told: no secrets; "" when there is no such remote."""
    urls = _ways(root).urls(remote)
    said = call.ask("remote", "get-url", "--", remote, cwd=root) if urls else ""
    return telling.without_secrets((said or (urls or [""])[0]).partition("\n")[0])


def _run(
    root: Path,
    ways: _Ways,
    seconds: float,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    silence: float = math.inf,
) -> tuple[int, str, str]:
    """Exit code, output and errors of a git that speaks with a server; out of time: 124, and that it had no answer."""
    try:
        whole = {
            **_NOBODY_IS_ASKED,
            **ssh.asking_nobody(ways.last("core.sshcommand"), ways.last("ssh.variant"), seconds),
            **(env or {}),
        }
        code, out, err = call.over_the_network(
            *_ASKS_NOBODY, *arguments, cwd=root, env=whole, seconds=seconds, silence=silence
        )
    except call.GitError as error:
        if error.git_code != _OUT_OF_TIME:
            raise
        asks_hook = "push" in arguments and "--no-verify" not in arguments
        part = "; the pre-push hook here is part of that" if asks_hook and _has_hook(root, ways) else ""
        return _OUT_OF_TIME, "", f"{error.said}{part}"
    return code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _ways(root: Path) -> _Ways:
    arguments = ("config", "-z", "--get-regexp", _READ)
    code, out, err = call.run(*arguments, cwd=root)
    if code > 1:  # 1: there is nothing of the kind
        raise call.GitError(arguments, code, err.decode("utf-8", "replace"))
    found: dict[str, list[str]] = {}
    for one in out.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = one.partition("\n")
        if key:
            found.setdefault(key, []).append(value)
    return _Ways(found)


def _hooks(root: Path) -> Path:
    """Where git looks for hooks when nobody has said otherwise."""
    return ((root / ".git") if (root / ".git").is_dir() else config.common_directory(root) or root) / "hooks"


def _has_hook(root: Path, ways: _Ways) -> bool:
    place = Path(os.path.expanduser(ways.last("core.hookspath"))) if ways.last("core.hookspath") else _hooks(root)
    return os.access(root / place / "pre-push", os.X_OK)


def _ref(branch: str) -> str:
    return branch if branch.startswith("refs/") else f"refs/heads/{branch}"


def _oid(oid: str) -> str:
    return oid.strip("0") and oid


def _no_remote(remote: str) -> Answer:
    """git would take the name for a path."""
    return Answer(NOT_THERE, f"there is no remote {remote}")


def _somebody_else_fetches(err: str) -> bool:
    """Whether it failed for a moment: another git moves the same ref here, or one that was killed has left its lock."""
    return passing.passes(os.fsencode(_of_here(err))) or _is_locked_here(err)


def _is_locked_here(err: str) -> bool:
    return "cannot lock ref 'refs/remotes/" in _of_here(err) and "; cannot create '" not in _of_here(err)


def _of_here(err: str) -> str:
    """What git said, and not the server."""
    return "\n".join(line for line in err.splitlines() if not line.startswith("remote:"))


def _trouble(arguments: tuple[str, ...], code: int, err: str) -> Answer:
    """Why there was no answer of the server's. Raises GitError when that is not its doing, and will not pass."""
    here = _of_here(err)
    known_here = remedies.mend(here) != remedies.mend("") or any(words in here for words in _REF_HERE)
    if code != _OUT_OF_TIME and not _is_locked_here(err) and known_here and not server_words.is_known(here):
        raise call.GitError(arguments, code, telling.without_secrets(here))
    return server_words.trouble(err)
