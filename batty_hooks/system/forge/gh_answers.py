"""What `gh` prints, and what it comes to. Pure.

What was decided here:

* A check is listed once for each time it was run; the newest run of a name counts. One that waits for its turn has the
  year 1 for its beginning, and is the newest. One that was cancelled says nothing, and so replaces none that does.
* A commit's status and a check of that name are two.
* One that was cancelled, skipped or is neutral is nobody's fault: a newer push cancels those of the one before.
* What has neither a name nor a state is none (there are such, of all values null).
* Of remarks, only those of people who may write to the repository are taken: on a public one anybody may write, and
  what is passed on is read by an agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.forge.pull import CLOSED, MERGED, OPEN, PASSED, RED, RUNNING, WAITS, Check, Pull, Remark, short
from batty_hooks.system.git.server_words import LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer

_RED = ("FAILURE", "ERROR", "TIMED_OUT", "STARTUP_FAILURE")
_GOES_ON = ("PENDING", "EXPECTED", "QUEUED", "IN_PROGRESS", "WAITING", "REQUESTED", "STALE")
_NO_TIME, _NOT_BEGUN_YET = "0001-", "9999"
PAGE = 100  # checks of one, remarks: so many in one answer
_MAY_WRITE = ("OWNER", "MEMBER", "COLLABORATOR")

_BUSY = late.pattern(r"rate limit|HTTP 429|HTTP 5\d\d|abuse detection|something went wrong", re.I)
_LOGIN = late.pattern(
    r"gh auth (?:login|refresh)|HTTP 401|Bad credentials|not logged in|Resource not accessible|SAML|HTTP 403|"
    r"required scopes|must have (?:admin|push|write)|GH_TOKEN|GITHUB_TOKEN|authentication",
    re.I,
)
_AWAY = late.pattern(
    r"error connecting to|dial tcp|no such host|timeout|timed out|connection (?:refused|reset)|EOF|x509|certificate|"
    r"network is unreachable|lookup ",
    re.I,
)
_NOT_THERE = late.pattern(
    r"Could not resolve to a Repository|HTTP 404|none of the git remotes|no git remotes|known GitHub host|"
    r"not a git repository|expected the \"\[HOST/\]OWNER/REPO\"",
    re.I,
)


def pull(facts: dict[str, Any]) -> Pull:
    """One of the pull requests that `gh pr list --json` prints. Raises KeyError, TypeError, ValueError for none."""
    merge = facts.get("mergeCommit") or {}
    return Pull(
        int(facts["number"]),
        str(facts["url"]),
        {"OPEN": OPEN, "MERGED": MERGED}.get(str(facts["state"]).upper(), CLOSED),
        str(facts["headRefName"]),
        str(facts["headRefOid"]),
        str(merge.get("oid") or ""),
        tuple(_checks(facts.get("statusCheckRollup") or ())),
        "a draft" if facts.get("isDraft") else str(facts.get("reviewDecision") or "").lower().replace("_", " "),
        bool(facts["autoMergeRequest"]) if "autoMergeRequest" in facts else None,
        str(facts.get("updatedAt") or ""),
        bool(facts.get("isCrossRepository")),
        str(facts.get("baseRefName") or ""),
    )


def queued(facts: dict[str, Any]) -> dict[int, bool | None]:
    """Which of the pull requests that were asked for are in the server's queue, or to be merged by it once it may be:
    None of those that are not open any more, for these say for themselves what has become of them."""
    found: dict[int, bool | None] = {}
    for one in ((facts.get("data") or {}).get("repository") or {}).values():
        if one:
            waits = bool(one.get("isInMergeQueue") or one.get("autoMergeRequest"))
            found[int(one["number"])] = waits if one.get("state") == "OPEN" else None
    return found


def _checks(listed: Iterable[dict[str, Any]]) -> Iterator[Check]:
    newest: dict[tuple[bool, str, str], tuple[bool, str, Check]] = {}
    for one in listed:
        if not any(one.get(said) for said in ("name", "context", "status", "state", "conclusion")):
            continue
        name, at = str(one.get("name") or one.get("context") or "?"), str(one.get("startedAt") or "")
        key = ("context" in one, str(one.get("workflowName") or ""), name)
        check = Check(name, _state(one), str(one.get("detailsUrl") or one.get("targetUrl") or ""))
        says = str(one.get("conclusion")).upper() != "CANCELLED"
        rank = (says, _NOT_BEGUN_YET if at.startswith(_NO_TIME) else at)
        if key not in newest or rank >= newest[key][:2]:
            newest[key] = (*rank, check)
    yield from (check for _, _, check in newest.values())


def _state(one: dict[str, Any]) -> str:
    """Of a check by an app (status, then conclusion), or of a commit's status (state)."""
    status = str(one.get("status") or one.get("state") or "").upper()
    said = str(one.get("conclusion") or ("" if status == "COMPLETED" else status)).upper()
    if said == "ACTION_REQUIRED":
        return WAITS
    if said in _RED:
        return RED
    return RUNNING if said in _GOES_ON or not said else PASSED


def is_cut(facts: dict[str, Any]) -> bool:
    """Whether a list shows no more of its checks than it shows of anybody's: there may be others."""
    return len(facts.get("statusCheckRollup") or ()) >= PAGE


def dropped(facts: dict[str, Any]) -> str:
    """Why the server merges one by itself no more, in its own words; "" where it does not say."""
    try:
        [*_, last] = facts["data"]["repository"]["pullRequest"]["timelineItems"]["nodes"]
        return short(str(last.get("reason") or last.get("reasonCode") or "").replace("_", " ").lower())
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def said_of(facts: dict[str, Any]) -> list[Remark]:
    """The remarks in what `gh pr view --json reviews,comments` prints; none that somebody has hidden."""
    found = []
    for one in (*(facts.get("reviews") or ()), *(facts.get("comments") or ())):
        state = str(one.get("state") or "")
        text = str(one.get("body") or "").strip()
        if state == "CHANGES_REQUESTED" and not text:
            text = "Changes are requested."
        if text and not one.get("isMinimized") and _may_write(one.get("authorAssociation")):
            found.append(Remark(str(one.get("id")), str((one.get("author") or {}).get("login") or "?"), text))
    return found


def said_of_lines(facts: Iterable[dict[str, Any]]) -> list[Remark]:
    """The remarks in what the forge says of a pull request's lines (`…/pulls/N/comments`)."""
    found = []
    for one in facts:
        line = one.get("line") or one.get("original_line")
        about = f"{one.get('path')}{f':{line}' if line else ''}"
        if one.get("body") and _may_write(one.get("author_association")):
            by = str((one.get("user") or {}).get("login") or "?")
            found.append(Remark(f"line-{one.get('id')}", by, str(one["body"]).strip(), about))
    return found


def _may_write(association: object) -> bool:
    return str(association).upper() in _MAY_WRITE


def trouble(code: int, said: str) -> Answer:
    """Why `gh` could not do what it was to do."""
    words = short(said)
    if _BUSY.search(words):
        return Answer(UNREACHABLE, words)
    if _NOT_THERE.search(words) and code != 4:
        return Answer(NOT_THERE, words)
    if code == 4 or _LOGIN.search(words):  # (4: it says so itself)
        return Answer(LOGIN, words)
    return Answer(UNREACHABLE if _AWAY.search(words) else REFUSED, words or f"gh: exit {code}")
