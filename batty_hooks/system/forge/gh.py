"""`gh`, GitHub's own command line: the words that it is given, and when it is given up.

What was decided here:

* `GH_REPO` says which repository is meant, for all of its commands alike.
* Which pull requests there are is asked without its search: that one lags behind, and a second one would be made.
* `autoMergeRequest` is asked of those that know the word: an older `gh` is asked again without.
* Whether one is in the merge queue no `--json` tells (https://github.com/cli/cli/issues/12771), and once it is there
  its `autoMergeRequest` is null. That is one question of GraphQL for all open ones, with their states: in two answers,
  what is merged in between would look as if it had been thrown out.
* A list has no more than a hundred checks of each, and does not say so; of one alone `gh` reads all pages.
* What is red is run again by its workflow run, all that failed in it at once: job by job the second is refused, for the
  run goes on by then. (By `gh api`: `gh run rerun` asks for the workflow first, and keeps a refusal's words to itself.)
* `gh pr create` wants one of git's remotes to lead to that very host by its address, and so fails behind an ssh alias
  or `insteadOf`; `gh pr edit` fails wherever old projects are in use. Both are made by `gh api`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.forge import gh_answers, program
from batty_hooks.system.forge.places import Place
from batty_hooks.system.forge.pull import OPEN, Pull, Remark
from batty_hooks.system.git.server_words import ACCEPTED, NOT_THERE, REFUSED, UNREACHABLE, Answer
from batty_hooks.system.records import replace

_FIELDS = (
    "number,url,state,mergeCommit,statusCheckRollup,reviewDecision,headRefOid,headRefName,isCrossRepository,updatedAt,"
    "baseRefName,isDraft"
)
_MORE = "autoMergeRequest"
_IN_QUEUE = "number state isInMergeQueue autoMergeRequest { enabledAt }"
_AT_ONCE = 50  # that one list shows; older ones of ours are asked for one by one
_NOBODY_IS_ASKED = {
    "GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "GH_PAGER": "cat", "GH_SPINNER_DISABLED": "1",
}  # fmt: skip
_DROPPED = """query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) {
pullRequest(number: $number) { timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT,
AUTO_MERGE_DISABLED_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { reason }
... on AutoMergeDisabledEvent { reason reasonCode } } } } } }"""
_OWN = ("--field", "owner={owner}", "--field", "name={repo}")
_MOST_PAGES = 20
_RUN = late.pattern(r"/actions/runs/(\d+)")
_JOB = late.pattern(r"/job/(\d+)|/jobs/(\d+)|/runs/(\d+)(?:\?.*)?$")


def listed(
    root: Path, place: Place, base: str, numbers: Sequence[int], seconds: float
) -> tuple[Answer, dict[int, Pull]]:
    """Those pull requests as they stand now, by their numbers: by one list, and by one question for each that is too
    old for it. One that is not there is left out, and spoils no other."""
    limit = time.monotonic() + seconds
    argv = ("pr", "list", "--state", "all", "--base", base, "--limit", str(_AT_ONCE))
    answer, said = _asked(root, place, argv, limit)
    if answer.outcome != ACCEPTED:
        return answer, {}
    known = _pulls(said)
    cut = {int(one["number"]) for one in said if gh_answers.is_cut(one) and one.get("number") in numbers}
    known = {number: pull for number, pull in known.items() if number not in cut}
    for number in sorted(set(numbers) - set(known)):
        answer, said = _asked(root, place, ("pr", "view", str(number)), limit)
        if answer.outcome == REFUSED and number in cut:  # (it is there)
            answer = Answer(UNREACHABLE, answer.said)
        if answer.outcome not in (ACCEPTED, REFUSED):
            break
        known |= _pulls([said] if said else [])
    asked = {number: known[number] for number in numbers if number in known}
    if answer.outcome in (ACCEPTED, REFUSED):
        answer = Answer(ACCEPTED)
        waits = _queued(root, place, [number for number, pull in asked.items() if pull.state == OPEN], limit)
        asked |= {number: replace(asked[number], queued=now) for number, now in waits.items() if number in asked}
    return answer, asked


def _queued(root: Path, place: Place, numbers: Sequence[int], limit: float) -> dict[int, bool | None]:
    """Which of them the server is to merge; nothing of a server that knows no queue. Where it does not answer, nobody
    knows."""
    if not numbers:
        return {}
    each = " ".join(f"p{number}: pullRequest(number: {number}) {{ {_IN_QUEUE} }}" for number in numbers)
    query = f"query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ {each} }} }}"
    argv = ("api", "graphql", *_OWN, "--raw-field", f"query={query}")
    answer, said = _read(root, place, argv, limit)
    if answer.outcome == REFUSED:
        return {}
    try:
        return gh_answers.queued(said) if answer.outcome == ACCEPTED else dict.fromkeys(numbers)
    except (AttributeError, KeyError, TypeError, ValueError):
        return dict.fromkeys(numbers)


def found(root: Path, place: Place, base: str, branch: str, seconds: float) -> tuple[Answer, Pull | None]:
    """The open pull request of that branch of the repository itself for ``base``, if there is one."""
    argv = ("pr", "list", "--state", "open", "--head", branch, "--base", base)
    answer, said = _asked(root, place, argv, time.monotonic() + seconds)
    own = [pull for pull in _pulls(said).values() if not pull.foreign and pull.branch == branch]
    return answer, own[0] if own else None


def create(
    root: Path, place: Place, base: str, branch: str, title: str, text: str, seconds: float
) -> tuple[Answer, int, str]:
    """Offer a branch that is on the server: the number and the address of its pull request (0 and "" when it could not
    be)."""
    facts = (word for pair in (("title", title), ("head", branch), ("base", base))
             for word in ("--raw-field", "=".join(pair)))  # fmt: skip
    argv = ("api", "--method", "POST", "repos/{owner}/{repo}/pulls", *facts, "--field", "body=@-")
    answer, out = _run(root, place, argv, time.monotonic() + seconds, text)
    if answer.outcome != ACCEPTED:
        return answer, 0, ""
    try:
        said = json.loads(out)
        return answer, int(said["number"]), str(said["html_url"])
    except (ValueError, TypeError, KeyError):
        return Answer(UNREACHABLE, "what gh printed was cut short"), 0, ""


def described(root: Path, place: Place, number: int, text: str, seconds: float) -> Answer:
    """Renew the text of a pull request."""
    path = f"repos/{{owner}}/{{repo}}/pulls/{number}"
    argv = ("api", "--method", "PATCH", path, "--field", "body=@-", "--silent")
    return _run(root, place, argv, time.monotonic() + seconds, text)[0]


def remarks(root: Path, place: Place, number: int, seconds: float) -> tuple[Answer, list[Remark]]:
    """What people have said of a pull request, as a whole and of its lines."""
    limit = time.monotonic() + seconds
    answer, said = _read(root, place, ("pr", "view", str(number), "--json", "reviews,comments"), limit)
    if answer.outcome != ACCEPTED:
        return answer, []
    whole, lines = gh_answers.said_of(said) if isinstance(said, dict) else [], list[dict[str, Any]]()
    for page in range(1, _MOST_PAGES + 1):
        path = f"repos/{{owner}}/{{repo}}/pulls/{number}/comments?per_page={gh_answers.PAGE}&page={page}"
        answer, some = _read(root, place, ("api", path), limit)
        if answer.outcome != ACCEPTED or not isinstance(some, list):
            return answer, []
        lines += some
        if len(some) < gh_answers.PAGE:
            break
    return answer, [*whole, *gh_answers.said_of_lines(lines)]


def again(root: Path, place: Place, links: Sequence[str], seconds: float) -> Answer:
    """Have red checks run once more, by their links. REFUSED where that cannot be."""
    limit, answer = time.monotonic() + seconds, Answer(REFUSED)
    for run in dict.fromkeys(found[1] for link in links if (found := _RUN.search(link))):
        path = f"repos/{{owner}}/{{repo}}/actions/runs/{run}/rerun-failed-jobs"
        answer, _ = _run(root, place, ("api", "--method", "POST", path, "--silent"), limit)
        if answer.outcome != ACCEPTED and "already running" not in answer.said:
            return answer
        answer = Answer(ACCEPTED)
    return answer


def dropped(root: Path, place: Place, number: int, seconds: float) -> str:
    """Why the server merges one by itself no more; "" where it does not say."""
    argv = ("api", "graphql", *_OWN, "--field", f"number={number}", "--raw-field", f"query={_DROPPED}")
    _, said = _read(root, place, argv, time.monotonic() + seconds)
    return gh_answers.dropped(said) if isinstance(said, dict) else ""


def log(root: Path, place: Place, link: str, lines: int, seconds: float) -> list[str]:
    """The last lines of what a red check has printed, by its link; none where it is no job of the forge's own."""
    job = _JOB.search(link)
    if not job:
        return []
    which = ("--job", job[1] or job[2]) if job[1] or job[2] else (job[3],)
    answer, out = _run(root, place, ("run", "view", *which, "--log-failed"), time.monotonic() + seconds)
    return out.rstrip().splitlines()[-lines:] if answer.outcome == ACCEPTED else []


def _pulls(said: Any) -> dict[int, Pull]:
    try:
        return {pull.number: pull for pull in map(gh_answers.pull, said or ())}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _asked(root: Path, place: Place, argv: tuple[str, ...], limit: float) -> tuple[Answer, Any]:
    answer, said = _read(root, place, (*argv, "--json", f"{_FIELDS},{_MORE}"), limit)
    if answer.outcome == REFUSED and "Unknown JSON field" in answer.said:
        return _read(root, place, (*argv, "--json", _FIELDS), limit)
    return answer, said


def _read(root: Path, place: Place, argv: tuple[str, ...], limit: float) -> tuple[Answer, Any]:
    answer, out = _run(root, place, argv, limit)
    if answer.outcome != ACCEPTED:
        return answer, None
    try:
        return answer, json.loads(out)
    except ValueError:
        return Answer(UNREACHABLE, "what gh printed was cut short"), None


def _run(root: Path, place: Place, argv: tuple[str, ...], limit: float, text: str = "") -> tuple[Answer, str]:
    if not place.path:
        return Answer(NOT_THERE, "the remote's address names no repository of a forge"), ""
    where = {"GH_REPO": f"{place.host}/{place.path}" if place.host else place.path}
    if place.host:
        where["GH_HOST"] = place.host  # (`gh api` goes by this one)
    answer, done = program.run(["gh", *argv], root, _NOBODY_IS_ASKED | where, limit, text)
    if answer.outcome != ACCEPTED:
        return answer, ""
    return (answer, done.out) if done.code == 0 else (gh_answers.trouble(done.code, done.err or done.out), done.out)
