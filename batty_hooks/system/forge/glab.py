"""`glab`, GitLab's own command line: what it is asked, and when it is given up.

What was decided here:

* All goes through `glab api`: what its own verbs print is for people, and they want one of git's remotes to lead to
  that very host. It goes by GITLAB_HOST, the one name for a host that takes a port (`--hostname` does not).
* All merge requests are asked for by one question (GraphQL), with the pipeline that GitLab takes for theirs: of the
  branch, of the merge request, or of what it would be merged to. One that was merged by fast-forward is asked for once
  more: only the single one names its squash commit.
* What a GitLab may be too old for is left out when it says so.
* Whoever is not logged in is told nothing by GitLab, not even of what is there: so it is asked who asks.
* A text goes by standard input, in one piece: as a field, `[fix]` would be a list to `glab`, and `@name` a file. A line
  of it that GitLab would carry out (`/close`, `/merge`) is only shown.
* `--include`, for the status: of an answer with several reasons (or a page) `glab` says but that it cannot read it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batty_hooks.system import late
from batty_hooks.system.forge import glab_answers, places, program
from batty_hooks.system.forge.places import Place
from batty_hooks.system.forge.pull import MERGED, Pull, Remark
from batty_hooks.system.git.server_words import ACCEPTED, LOGIN, NOT_THERE, REFUSED, UNREACHABLE, Answer
from batty_hooks.system.records import replace

_AT_ONCE = 50  # merge requests in one question: GitLab weighs them
_FIELDS = """iid webUrl state sourceBranch targetBranch sourceProjectId targetProjectId diffHeadSha mergeCommitSha
updatedAt userNotesCount
headPipeline { id status jobs(statuses: [FAILED], first: 20%(jobs)s) { nodes { id name allowFailure } } }
%(more)s"""
_MORE = {"jobs": ", retried: false",
         "more": "autoMergeEnabled detailedMergeStatus approvedBy(first: 1) { nodes { id } }"}  # fmt: skip
_LESS = {"jobs": "", "more": ""}
_LISTED = """query($path: ID!) { currentUser { username } project(fullPath: $path) { mergeRequests(%(which)s) {
nodes { %(fields)s } } } }"""
_CREATE = """mutation($path: ID!, $title: String!, $branch: String!, $base: String!, $text: String) {
mergeRequestCreate(input: {projectPath: $path, title: $title, sourceBranch: $branch, targetBranch: $base,
description: $text}) { errors mergeRequest { iid webUrl } } }"""
_DESCRIBE = """mutation($path: ID!, $iid: String!, $text: String) {
mergeRequestUpdate(input: {projectPath: $path, iid: $iid, description: $text}) { errors } }"""
_NOBODY_IS_ASKED = {
    "NO_PROMPT": "1", "GLAB_NO_PROMPT": "1", "GLAB_CHECK_UPDATE": "false", "GLAB_SEND_TELEMETRY": "false",
    "GLAB_PAGER": "cat", "PAGER": "cat",
}  # fmt: skip
_OTHER_HOSTS = ("GITLAB_URI", "GL_HOST", "GITLAB_REPO", "GITLAB_GROUP")
_ACTION = late.pattern(r"^([ \t\r]*)/(?=[a-z_]+(?:\s|$))", re.I | re.M)
_JOB = late.pattern(r"/-/jobs/(\d+)")
_RUN = late.pattern(r"/-/(jobs|pipelines)/(\d+)$")
_PAGE, _MOST_PAGES = 100, 20


def listed(
    root: Path, place: Place, base: str, numbers: Sequence[int], seconds: float
) -> tuple[Answer, dict[int, Pull]]:
    """Those merge requests as they stand now, by their numbers."""
    limit, known = time.monotonic() + seconds, dict[int, Pull]()
    for first in range(0, len(numbers), _AT_ONCE):
        which = ", ".join(f'"{number}"' for number in numbers[first : first + _AT_ONCE])
        answer, some = _asked(root, place, f"iids: [{which}]", limit)
        if answer.outcome != ACCEPTED:
            return answer, {}
        known |= {pull.number: pull for pull in some}
    for pull in known.values():
        if pull.state == MERGED and not pull.merge:
            answer, facts = _read(root, place, f"{_project(place)}/merge_requests/{pull.number}", limit)
            if answer.outcome != ACCEPTED or not isinstance(facts, dict):
                return answer, {}
            known[pull.number] = replace(pull, merge=glab_answers.merged_by(facts))
    return Answer(ACCEPTED), known


def found(root: Path, place: Place, base: str, branch: str, seconds: float) -> tuple[Answer, Pull | None]:
    """The open merge request of that branch of the project itself for ``base``, if there is one."""
    which = f"state: opened, first: {_AT_ONCE}, sourceBranches: [{json.dumps(branch)}]"
    answer, some = _asked(root, place, which, time.monotonic() + seconds)
    own = [pull for pull in some if not pull.foreign and pull.branch == branch and pull.base in ("", base)]
    return answer, own[0] if own else None


def create(
    root: Path, place: Place, base: str, branch: str, title: str, text: str, seconds: float
) -> tuple[Answer, int, str]:
    """Offer a branch that is on the server: the number and the address of its merge request (0 and "" when it could not
    be)."""
    given = {"title": title, "branch": branch, "base": base, "text": _shown(text)}
    answer, made = _changed(root, place, "mergeRequestCreate", _CREATE, given, time.monotonic() + seconds)
    if answer.outcome != ACCEPTED:
        return answer, 0, ""
    try:
        return answer, int(made["mergeRequest"]["iid"]), str(made["mergeRequest"]["webUrl"])
    except (ValueError, TypeError, KeyError):
        return Answer(UNREACHABLE, "what glab printed was cut short"), 0, ""


def described(root: Path, place: Place, number: int, text: str, seconds: float) -> Answer:
    """Renew the text of a merge request."""
    given = {"iid": str(number), "text": _shown(text)}
    return _changed(root, place, "mergeRequestUpdate", _DESCRIBE, given, time.monotonic() + seconds)[0]


def remarks(root: Path, place: Place, number: int, seconds: float) -> tuple[Answer, list[Remark]]:
    """What people have said of a merge request, as a whole and of its lines."""
    limit = time.monotonic() + seconds
    answer, notes = _notes(root, place, number, limit)
    who, members = glab_answers.authors(notes), list[dict[str, Any]]()
    for first in range(0, len(who), _PAGE):
        which = "&".join(f"user_ids%5B%5D={one}" for one in who[first : first + _PAGE])
        answer, some = _read(root, place, f"{_project(place)}/members/all?per_page={_PAGE}&{which}", limit)
        if answer.outcome != ACCEPTED or not isinstance(some, list):
            return answer, []
        members += some
    return answer, glab_answers.said_of(notes, members) if answer.outcome == ACCEPTED else []


def _notes(root: Path, place: Place, number: int, limit: float, pages: int = _MOST_PAGES) -> tuple[Answer, list[Any]]:
    """What is said of one, by people and by GitLab itself, the newest first."""
    notes: list[Any] = []
    for page in range(1, pages + 1):
        which = f"sort=desc&order_by=created_at&per_page={_PAGE}&page={page}"
        answer, some = _read(root, place, f"{_project(place)}/merge_requests/{number}/notes?{which}", limit)
        if answer.outcome != ACCEPTED or not isinstance(some, list):
            return answer, []
        notes += some
        if len(some) < _PAGE:
            break
    return answer, notes


def again(root: Path, place: Place, links: Sequence[str], seconds: float) -> Answer:
    """Have red jobs, or a pipeline, run once more, by their links. REFUSED where that cannot be."""
    limit, answer = time.monotonic() + seconds, Answer(REFUSED)
    for found in filter(None, map(_RUN.search, links)):
        path = f"{_project(place)}/{found[1]}/{found[2]}/retry"
        answer, _ = _run(root, place, (path, "--method", "POST"), limit)
        if answer.outcome != ACCEPTED:
            break
    return answer


def dropped(root: Path, place: Place, number: int, seconds: float) -> str:
    """Why GitLab merges one by itself no more; "" where it does not say."""
    return glab_answers.dropped(_notes(root, place, number, time.monotonic() + seconds, 1)[1])


def log(root: Path, place: Place, link: str, lines: int, seconds: float) -> list[str]:
    """The last lines of what a red job has printed, by its link; none where it is no job."""
    job = _JOB.search(link)
    if not job:
        return []
    path = f"{_project(place)}/jobs/{job[1]}/trace"
    answer, said = _run(root, place, (path,), time.monotonic() + seconds)
    return glab_answers.trace(said.body, lines) if answer.outcome == ACCEPTED else []


def _shown(text: str) -> str:
    return _ACTION.sub(r"\1\/", text)


def _project(place: Place) -> str:
    return f"projects/{quote(place.path, safe='')}"


def _asked(root: Path, place: Place, which: str, limit: float) -> tuple[Answer, list[Pull]]:
    answer, facts = Answer(REFUSED), dict[str, Any]()
    for more in (_MORE, _LESS):
        answer, facts = _graph(root, place, _LISTED % {"which": which, "fields": _FIELDS % more}, {}, limit)
        if not glab_answers.is_older(answer):
            break
    if answer.outcome == REFUSED:  # (of all of them: nothing is known, and a person is to hear of it)
        return Answer(UNREACHABLE, answer.said), []
    if answer.outcome != ACCEPTED:
        return answer, []
    if not facts.get("currentUser"):
        return Answer(LOGIN, f"glab is not logged in to {place.host}"), []
    if not facts.get("project"):
        return Answer(NOT_THERE, f"{place.host} shows no project {place.path} to who is logged in"), []
    try:
        return answer, [glab_answers.pull(one) for one in facts["project"]["mergeRequests"]["nodes"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        return Answer(UNREACHABLE, "what glab printed was cut short"), []


def _changed(
    root: Path, place: Place, name: str, question: str, given: dict[str, str], limit: float
) -> tuple[Answer, dict[str, Any]]:
    answer, facts = _graph(root, place, question, given, limit)
    made = facts.get(name) if answer.outcome == ACCEPTED else None
    if answer.outcome == ACCEPTED and not isinstance(made, dict):
        return Answer(UNREACHABLE, "what glab printed was cut short"), {}
    if made and made.get("errors"):
        return Answer(REFUSED, glab_answers.complaints(made)), {}
    return answer, made or {}


def _graph(
    root: Path, place: Place, question: str, given: dict[str, str], limit: float
) -> tuple[Answer, dict[str, Any]]:
    asked = json.dumps({"query": question, "variables": {"path": place.path, **given}})
    argv = ("graphql", "--input", "-", "--header", "Content-Type: application/json")
    answer, said = _run(root, place, argv, limit, asked)
    if answer.outcome != ACCEPTED:
        return answer, {}
    answer, facts = glab_answers.whole(said, place.host)
    refused = glab_answers.complaints(facts)
    if refused:
        return Answer(REFUSED, refused), {}
    data = facts.get("data") if isinstance(facts, dict) else None
    return answer, data if isinstance(data, dict) else {}


def _read(root: Path, place: Place, path: str, limit: float) -> tuple[Answer, Any]:
    answer, said = _run(root, place, (path,), limit)
    return glab_answers.whole(said, place.host) if answer.outcome == ACCEPTED else (answer, None)


def _run(
    root: Path, place: Place, argv: tuple[str, ...], limit: float, text: str = ""
) -> tuple[Answer, glab_answers.Said]:
    if not place.path or not place.host:
        return Answer(NOT_THERE, "the remote's address names no repository of a forge"), glab_answers.Said(0, "", "")
    where = {"GITLAB_HOST": place.host, "GLAB_HOST": place.host}  # (the second one: from glab 2 on)
    if place.plain and not places.knows(places.GLAB, place.host):
        where["API_PROTOCOL"] = "http"  # (what the person has set for that host goes before its address)
    answer, done = program.run(
        ["glab", "api", "--include", *argv], root, _NOBODY_IS_ASKED | where, limit, text, _OTHER_HOSTS
    )
    said = glab_answers.heard(done.out)
    if answer.outcome == ACCEPTED and (done.code or said.status >= 300):
        return glab_answers.trouble(said, done.err, done.code), said
    return answer, said
