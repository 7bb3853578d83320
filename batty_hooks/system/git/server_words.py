"""What git and a server say in a push, a fetch or an `ls-remote`, and what it comes to. Pure.

Of a push, the lines of `--porcelain` decide: what happened to each ref stands there and nowhere else. An exit code says
less (a hook of a person's, a lost line and a refusal all end with 1), and words prove nothing: a hook may print "fetch
first", and `Everything up-to-date` also follows a push that was cut off. Only where a ref was refused, or where no ref
is named at all, words say why. They are the servers' own, each in `tests/system/server_words_test.py` with where it was
recorded; what nobody has recorded yet is REFUSED (by a server), or UNREACHABLE (nothing was answered): the first waits
for a person, the second is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from batty_hooks.system import late
from batty_hooks.system.git import telling
from batty_hooks.system.records import dataclass

ACCEPTED, STALE, PROTECTED, REFUSED, LOGIN, UNREACHABLE, NOT_THERE = (
    "accepted", "stale", "protected", "refused", "login", "unreachable", "not there"
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What became of a push, a fetch or a question: ``outcome`` is one of the words above, ``said`` what git or the
    server said in one line, without secrets ("" when accepted). ``late``: a push had not ended within its time."""

    outcome: str
    said: str = ""
    late: bool = False


def _words(*patterns: str) -> re.Pattern[str]:
    return late.pattern("|".join(patterns), re.I)


# --- a ref that the server has refused -----------------------------------------------------------------------

# A race: somebody else's push was in between, inside the server.
_MOVED = _words(
    r"is at \w+ but expected", r"reference already exists", r"incorrect old value", r"expected old value",
    r"has already been updated by another client", r"^fetch first", r"^non-fast[- ]forward", r"lock failure",
    r"^failed to lock", r"unable to resolve reference", r"reference update conflict",
)  # fmt: skip
# Nobody has moved it: something holds its lock, or what a killed git has left. It may be free the next time.
_LOCKED = _words(r"unable to create '[^']*\.lock': File exists", r"another git process seems to be running")
_BROKEN = _words(r"unable to", r"permission denied", r"no space", r"cannot", r"failed to", r"read-only")
_RACE = _words(r"^failed to update ref", r"^atomic transaction failed", r"^transaction failed", r"^reference already")
# The rule of a branch, which a pull request would satisfy …
_BRANCH_RULE = _words(
    r"GH006", r"protected branch hook declined", r"GH013", r"repository rule violations",
    r"not allowed to (?:force )?push (?:code )?to (?:a )?protected branch", r"protected branches can ?not be pushed",
    r"not allowed to force push code to a protected branch", r"allowed to access some of the refs",
    r"not allowed to create protected branches", r"is protected from force push", r"TF402455",
    r"you must use a pull request", r"can only be modified through pull requests",
    r"permission denied to update branch", r"prohibited by Gerrit", r"DENIED by (?:fallthru|refs/)",
    r"changes must be made through (?:a pull request|the merge queue)", r"cannot update this protected ref",
)  # fmt: skip
# … and what no pull request would mend, though it comes under the same number (GitHub's rules).
_OF_THE_COMMITS = _words(
    r"push protection", r"cannot contain secrets", r"must have verified signatures", r"must match a given pattern",
    r"file size limit", r"exceeds? (?:the )?(?:maximum )?file (?:size|path)", r"GH00[12789]\b",
)  # fmt: skip
_NO_RIGHT = _words(
    r"without `?workflow`? scope", r"^permission denied", r"user permission denied for writing",
    r"you don't have permission$", r"TF401027",
)  # fmt: skip
# It took what its rules forbid, because whoever pushed may do that (an administrator, on GitHub).
_PAST_RULES = _words(r"bypassed rule violations")
_UNTOLD = "!", "git did not say what became of it"


def of_push(refs: Sequence[str], code: int, out: str, err: str) -> Answer:
    """What became of a push of ``refs`` (as the server calls them) that ended with ``code``.

    The first one decides: a server may move it and refuse another though all or none was asked for (git does so where
    the other is hidden); then ``said`` tells of that. So it does of a push that was let past the rules of a branch.
    """
    told = _statuses(out)
    left = [ref for ref in refs if told.get(ref, _UNTOLD)[0] not in " +*=-"]
    from_there = [line for line in telling.lines(err) if line.startswith(("remote:", "error: remote unpack failed"))]
    if refs[0] not in left:
        past = telling.plain(from_there) if _some(_PAST_RULES, from_there) else []
        also = (f"{ref}: {_reason(told.get(ref, _UNTOLD)[1])}" for ref in left)
        return Answer(ACCEPTED, telling.told([*also, *past], _PAST_RULES if past else telling.TELLS))
    refused = {ref: said for ref, (flag, said) in told.items() if flag == "!"}
    if not refused:
        return _before_any_ref(code, out, err)
    return _of_refused(refused, from_there, err)


def _statuses(out: str) -> dict[str, tuple[str, str]]:
    """By ref: the flag and what is said of it. What stands above git's own head line is a hook's, which prints there
    too."""
    lines = out.splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("To ")]
    found = {}
    for line in lines[heads[-1] + 1 :] if heads else ():
        flag, tab, rest = line[:1], line[1:2], line[2:]
        names, _, said = rest.partition("\t")
        if tab == "\t" and said:
            found[names.rpartition(":")[2]] = flag, said
    return found


def _of_refused(refused: dict[str, str], remote: list[str], err: str) -> Answer:
    here = {ref: said for ref, said in refused.items() if said.startswith("[rejected]")}
    there = [_reason(said) for said in refused.values() if said.startswith("[remote rejected]")]
    moved = [f"{_short(ref)}: {_reason(said)}" for ref, said in here.items() if "atomic push failed" not in said]
    if moved:  # git looked at what the server said it has, before it sent anything
        return Answer(STALE, telling.told(moved))
    if not there:  # `[remote failure] (remote failed to report status)`: it may have moved, nobody knows
        return Answer(UNREACHABLE, telling.told([*remote, *telling.lines(err), *map(_reason, refused.values())]))
    lines = telling.plain(remote)
    outcome = _outcome(there, lines)
    about = {PROTECTED: _BRANCH_RULE, REFUSED: _OF_THE_COMMITS, STALE: _MOVED}.get(outcome, _NO_RIGHT)
    telling_reason = _some(about, there) and not _some(about, lines)
    return Answer(outcome, telling.told([*(there if telling_reason or not lines else ()), *lines], about))


def _outcome(reasons: list[str], lines: list[str]) -> str:
    """Of a refusal by the server itself: git's reasons, one a ref, and the lines that came with them."""
    whole = [*reasons, *lines]
    raced, locked = _some(_RACE, reasons), _some(_LOCKED, lines)
    if _some(_MOVED, lines if raced and locked else reasons) or (raced and _some(_MOVED, lines)):
        return STALE
    if raced and locked:  # (to git 2.55 a ref that is locked "already exists")
        return UNREACHABLE
    if raced and not _some(_BROKEN, lines):
        return STALE
    if _some(_BRANCH_RULE, whole) and not _some(_OF_THE_COMMITS, whole):
        return PROTECTED
    return LOGIN if _some(_NO_RIGHT, whole) else REFUSED


def _reason(said: str) -> str:
    """What stands in the brackets of `[remote rejected] (pre-receive hook declined)`."""
    _, bracket, reason = said.partition("(")
    return reason.removesuffix(")") if bracket else said


# --- nothing was said of any ref -------------------------------------------------------------------------------

_TROUBLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (REFUSED, _words(
        r"archived so it is read-only", r"is archived", r"does not support --atomic push", r"service not enabled",
        r"does not support push options", r"repository is (?:read-only|disabled)", r"unable to find remote helper",
        r"transport '[^']+' not allowed", r"detected dubious ownership", r"repository corruption on the remote side",
        r"protected branches can ?not be pushed", r"(?:HTTP (?:code = )?|error: )413\b",
    )),
    (UNREACHABLE, _words(r"rate limit", r"too many requests", r"(?:HTTP (?:code = )?|error: )(?:429|5\d\d)\b")),
    (NOT_THERE, _words(
        r"repository not found", r"repository '[^']*' not found", r"does not appear to be a git repository",
        r"couldn't find remote ref", r"not exported", r"project you were looking for could not be found", r"TF401019",
        r"error: (?:404|410)\b", r"repository .* does not exist", r"no such (?:project|repository)",
        r"not a git repository",
    )),
    (LOGIN, _words(
        r"permission denied", r"authentication failed", r"could not read (?:user ?name|password)",
        r"unable to get password from user",
        r"terminal prompts disabled", r"host key verification failed", r"access denied",
        r"invalid (?:username|user ?name or password|credentials)", r"password authentication was removed",
        r"SAML SSO", r"must re-?authorize", r"(?:HTTP (?:code = )?|error: )40[137]\b", r"permission to \S+ denied",
        r"write access to repository not granted", r"not allowed to (?:push|download|upload) code", r"deploy key",
        r"marked as read.only", r"too many authentication failures", r"signing failed", r"authorization failed",
        r"(?:token|password|key|certificate)\b.*\bexpired", r"no supported authentication",
        r"certificate (?:problem|verify|verification)", r"account .* (?:suspended|locked|disabled)",
    )),
    (UNREACHABLE, _words(
        r"could not resolve", r"connection (?:refused|reset|closed|timed out)", r"timed out", r"unreachable",
        r"no route to host", r"early EOF", r"hung up", r"unexpected disconnect", r"RPC failed", r"broken pipe",
        r"(?:index-pack|unpack-objects)\b.*(?:died|failed|abnormal)", r"TLS connection", r"gnutls", r"SSL_",
        r"failed to connect", r"couldn't connect", r"unable to connect", r"empty reply", r"too slow", r"kex_exchange",
        r"banner exchange", r"bad band", r"protocol error", r"invalid index-pack", r"unable to access",
        r"could not read from remote repository",
    )),
)  # fmt: skip
# git's own words where the line to the server broke; a hook of a person's ends a push without any of them.
_CUT = late.pattern(
    r"^(?:fatal: (?:the remote end hung up|unable to access|could not read from|protocol error)"
    r"|error: RPC failed|send-pack: )",
    re.I | re.M,
)


def _before_any_ref(code: int, out: str, err: str) -> Answer:
    """A push that ended without a word of any ref."""
    last = (telling.lines(err) or [""])[-1]
    if code == 1 and last.startswith("error: failed to push some refs") and not _CUT.search(err):
        hook = [*telling.lines(out), *telling.lines(err)[:-1]]  # hooks print to either
        return Answer(REFUSED, telling.told([f"the pre-push hook here: {telling.told(hook) or 'it refused'}"]))
    if code == 0:
        return Answer(UNREACHABLE, telling.told([_UNTOLD[1], *telling.lines(err)]))
    return trouble(err)


def trouble(err: str) -> Answer:
    """Why git ended before it knew of any ref, or before it had what it was to fetch."""
    lines = telling.plain(telling.lines(err))
    for outcome, pattern in _TROUBLES:
        if found := [line for line in lines if pattern.search(line)]:
            said = [line for line in telling.lines(err) if line.startswith("remote:")]
            return Answer(outcome, telling.told([*said, *found], telling.ANY))
    return Answer(UNREACHABLE, telling.told(telling.lines(err), telling.ANY))


def is_known(err: str) -> bool:
    """Whether any of the words for trouble with a server stands there; else it may be trouble here."""
    return any(pattern.search(line) for line in telling.plain(telling.lines(err)) for _, pattern in _TROUBLES)


def _some(pattern: re.Pattern[str], lines: Iterable[str]) -> bool:
    return any(pattern.search(line) for line in lines)


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")
