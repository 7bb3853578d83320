"""What GitLab says through `glab api`, and what it comes to. Pure.

What was decided here:

* A pipeline is one check, named as such; of one that has failed, or in which something has, each job that has failed is
  one. A job that may fail is none, nor is one that was run again. A pipeline that was cancelled or skipped is nobody's
  fault; one that waits for a manual job waits for a person.
* What it was merged by is its merge commit, else its squash commit, else its head: a project that merges by
  fast-forward alone has no merge commits.
* Locked is what GitLab calls a merge request while it merges it.
* Of remarks, only those of members who may push to the project (from Developer on) are taken, and none of GitLab's own.
* `glab` prints why something failed only where GitLab says so in one string; so the status goes first, then what it
  says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.forge.pull import CLOSED, MERGED, OPEN, PASSED, RED, RUNNING, WAITS, Check, Pull, Remark, short
from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer
from batty_hooks.system.records import dataclass

PIPELINE = "pipeline"
_DEVELOPER = 30  # GitLab's number for who may push
_GOES_ON = ("CREATED", "WAITING_FOR_RESOURCE", "WAITING_FOR_CALLBACK", "PREPARING", "PENDING", "RUNNING", "SCHEDULED",
            "CANCELING")  # fmt: skip
_DECIDED = {
    "REQUESTED_CHANGES": "changes requested", "NOT_APPROVED": "review required", "NEED_REBASE": "needs a rebase",
    "DISCUSSIONS_NOT_RESOLVED": "threads are open", "DRAFT_STATUS": "a draft", "CONFLICT": "conflicts",
}  # fmt: skip
_HEAD = late.pattern(r"^HTTP/[\d.]+ (?P<status>\d+)[^\n]*\n(?P<headers>.*?)\r?\n\r?\n", re.S)
_KIND = late.pattern(r"^content-type: *(?P<kind>[^;\r\n]*)", re.I | re.M)
_OLDER = late.pattern(r"doesn't exist on type|doesn't accept argument|isn't (?:a defined|defined)")
_LOGIN = late.pattern(
    r"glab auth login|401|unauthenticated|not authenticated|oauth2|invalid_grant|"
    r"token (?:is|was|has)? ?(?:expired|revoked)|GITLAB_TOKEN|keyring|failed to read configuration",
    re.I,
)
_AWAY = late.pattern(
    r"error connecting to|dial tcp|no such host|timeout|timed out|connection (?:refused|reset)|EOF|x509|certificate|"
    r"tls:|network is unreachable|lookup |proxyconnect|server gave HTTP response to HTTPS client",
    re.I,
)
_DROPPED = late.pattern(
    r"^(?:removed this merge request from the merge train|aborted this merge request from the merge train|"
    r"(?:aborted|canceled) the automatic (?:merge|add to merge train))(?: because (?P<why>.*))?",
    re.I | re.S,
)
_SECTION = late.pattern(r"section_(?:start|end):\d+:[^\r\n]*\r?")
_PAINT = late.pattern(r"\x1b\[[0-9;?]*[A-Za-z]")
_STAMP = late.pattern(r"^\d{4}-\d\d-\d\dT[\d:.]+Z \d\d[OE][+ ]?")


@dataclass(frozen=True)
class Said:
    """An answer over http: its ``status`` (0: there was none), the ``kind`` of its ``body``."""

    status: int
    kind: str
    body: str


def heard(printed: str) -> Said:
    """What `glab api --include` has printed, taken apart."""
    head = _HEAD.match(printed)
    if not head:
        return Said(0, "", printed)
    kind = _KIND.search(head["headers"])
    return Said(int(head["status"]), kind["kind"].strip().lower() if kind else "", printed[head.end() :])


def trouble(said: Said, err: str, code: int) -> Answer:
    """Why it could not do what it was to do; ``err`` and ``code`` are what `glab` adds to it."""
    reason = _reason(said.body)
    words = short(reason or err or f"glab: exit {code}")
    if not said.status:
        away = UNREACHABLE if _AWAY.search(words) else REFUSED
        return Answer(LOGIN if _LOGIN.search(words) and not _AWAY.search(words) else away, words)
    words = words if said.status == 200 else short(f"{reason or 'no reason was given'} (HTTP {said.status})")
    if said.status in (401, 403):
        return Answer(LOGIN, words)
    if said.status in (408, 429) or said.status >= 500:
        return Answer(UNREACHABLE, words)
    return Answer(NOT_THERE if said.status == 404 else REFUSED, words)


def whole(said: Said, host: str) -> tuple[Answer, Any]:
    """The JSON of an answer that is in order; a page is none of GitLab's."""
    try:
        return Answer(ACCEPTED), json.loads(said.body)
    except ValueError:
        if said.kind == "text/html" or said.body.lstrip().startswith("<"):
            return Answer(
                NOT_THERE, f"{host} answers with a page: it is no GitLab, or something stands before it"
            ), None
        return Answer(UNREACHABLE, "what glab printed was cut short"), None


def is_older(answer: Answer) -> bool:
    """Whether a GitLab does not know a word of a question, for it is older than that."""
    return answer.outcome == REFUSED and bool(_OLDER.search(answer.said))


def complaints(facts: Any) -> str:
    """What a GraphQL answer complains of; "" when that is nothing."""
    errors = facts.get("errors") if isinstance(facts, dict) else None
    return short("; ".join(_texts(errors))) if errors else ""


def pull(facts: dict[str, Any]) -> Pull:
    """One of the merge requests as GraphQL shows it. Raises KeyError, TypeError, ValueError for none."""
    state = {"opened": OPEN, "locked": OPEN, "merged": MERGED}.get(str(facts["state"]).lower(), CLOSED)
    url, head = str(facts["webUrl"]), str(facts.get("diffHeadSha") or "")
    source, target = facts.get("sourceProjectId"), facts.get("targetProjectId")
    return Pull(
        int(facts["iid"]),
        url,
        state,
        str(facts["sourceBranch"]),
        head,
        str(facts.get("mergeCommitSha") or "") if state == MERGED else "",
        tuple(_checks(facts.get("headPipeline") or {}, url.partition("/-/")[0])),
        _decision(facts),
        bool(facts["autoMergeEnabled"]) if "autoMergeEnabled" in facts else None,
        f"{facts.get('updatedAt') or ''} {facts.get('userNotesCount') or 0}",
        source != target,
        str(facts.get("targetBranch") or ""),
    )


def merged_by(facts: dict[str, Any]) -> str:
    """The commit by which it was merged, as the single merge request says it (`…/merge_requests/N`)."""
    return next((str(facts[name]) for name in ("merge_commit_sha", "squash_commit_sha", "sha") if facts.get(name)), "")


def _decision(facts: dict[str, Any]) -> str:
    said = _DECIDED.get(str(facts.get("detailedMergeStatus") or "").upper(), "")
    approved = (facts.get("approvedBy") or {}).get("nodes")
    return said or ("approved" if approved else "")


def _checks(pipeline: dict[str, Any], project: str) -> Iterator[Check]:
    status = str(pipeline.get("status") or "").upper()
    if not status:
        return
    state = RUNNING if status in _GOES_ON else {"FAILED": RED, "MANUAL": WAITS}.get(status, PASSED)
    failed = [] if state in (PASSED, WAITS) else [
        Check(str(job.get("name") or "job"), RED, _link(project, str(job.get("id"))))
        for job in (pipeline.get("jobs") or {}).get("nodes") or ()
        if job and not job.get("allowFailure") and not job.get("retried")
    ]  # fmt: skip
    if state != RED or not failed:
        number = str(pipeline.get("id") or "").rpartition("/")[2]
        yield Check(PIPELINE, state, f"{project}/-/pipelines/{number}" if number else "")
    # The newest is listed first; what only started another pipeline has no log.
    newest = {check.name: check for check in reversed(failed)}.values()
    yield from sorted(newest, key=lambda check: not check.link)


def _link(project: str, job: str) -> str:
    return "" if "::Bridge/" in job else f"{project}/-/jobs/{job.rpartition('/')[2]}"


def said_of(notes: Iterable[dict[str, Any]], members: Iterable[dict[str, Any]]) -> list[Remark]:
    """The remarks among the ``notes`` of a merge request (newest first), in the order in which they were made."""
    may = {one.get("id") for one in members if int(one.get("access_level") or 0) >= _DEVELOPER}
    found = []
    for one in notes:
        author = one.get("author") or {}
        text = str(one.get("body") or "").strip()
        if text and not one.get("system") and author.get("id") in may:
            found.append(Remark(f"note-{one.get('id')}", str(author.get("username") or "?"), text, _about(one)))
    return found[::-1]


def authors(notes: Iterable[dict[str, Any]]) -> list[int]:
    """Who has made them, GitLab's own left out."""
    found = [(one.get("author") or {}).get("id") for one in notes if not one.get("system")]
    return sorted({number for number in found if isinstance(number, int)})


def dropped(notes: Iterable[dict[str, Any]]) -> str:
    """Why GitLab merges one by itself no more, by its own ``notes`` (the newest first); "" where it does not say."""
    found = (_DROPPED.match(str(one.get("body") or "")) for one in notes if one.get("system"))
    last = next((one for one in found if one), None)
    return short(last["why"] or last[0]) if last else ""


def _about(note: dict[str, Any]) -> str:
    place = note.get("position") or {}
    path, line = place.get("new_path") or place.get("old_path"), place.get("new_line") or place.get("old_line")
    return f"{path}{f':{line}' if line else ''}" if path else ""


def trace(text: str, lines: int) -> list[str]:
    """The last lines of a job's log as they were to be read: without colours, the marks of sections and times, and of
    what was written over itself only what was seen last."""
    plain = _PAINT.sub("", _SECTION.sub("", text))
    read = (_STAMP.sub("", line.rstrip("\r").rpartition("\r")[2]) for line in plain.split("\n"))
    return [line for line in read if line.strip()][-lines:]


def _reason(body: str) -> str:
    """The words of an answer that refuses something; "" for a page."""
    try:
        said = json.loads(body)
    except ValueError:
        return "" if body.lstrip().startswith("<") else body.strip()
    if not isinstance(said, dict):
        return ""
    found = [said.get(name) for name in ("message", "errors", "error", "error_description")]
    return "; ".join(dict.fromkeys(text for one in found for text in _texts(one)))


def _texts(said: Any) -> Iterator[str]:
    """All words in an answer, of fields with their names."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for one in said:
            yield from _texts(one)
    elif isinstance(said, dict):
        if isinstance(said.get("message"), str):
            yield said["message"]
        else:
            yield from (f"{name}: {', '.join(_texts(one))}" for name, one in said.items())
