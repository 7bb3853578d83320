"""What `gh` prints, told apart: recorded words, and checks as GitHub lists them."""

from __future__ import annotations

from typing import Any

import pytest

from batty_hooks.system import forge
from batty_hooks.system.forge import gh_answers

TROUBLE = {
    "To get started with GitHub CLI, please run:  gh auth login\nAlternatively, populate GH_TOKEN": (4, forge.LOGIN),
    "HTTP 401: Bad credentials (https://api.github.com/graphql)\nTry authenticating with:  gh auth login":
        (1, forge.LOGIN),
    "GraphQL: Resource not accessible by personal access token (createPullRequest)": (1, forge.LOGIN),
    "GraphQL: API rate limit exceeded for user ID 1.": (1, forge.UNREACHABLE),
    "HTTP 502: Something went wrong while executing your query.": (1, forge.UNREACHABLE),
    "error connecting to api.github.com\ncheck your internet connection": (1, forge.UNREACHABLE),
    "Post \"https://api.github.com/graphql\": dial tcp: lookup api.github.com: no such host": (1, forge.UNREACHABLE),
    "none of the git remotes configured for this repository point to a known GitHub host. To tell gh about a new "
    "GitHub host, please use `gh auth login`": (1, forge.NOT_THERE),
    "GraphQL: Could not resolve to a Repository with the name 'us/none'. (repository)": (1, forge.NOT_THERE),
    "pull request create failed: GraphQL: No commits between main and batty/t1 (createPullRequest)": (1, forge.REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("said", TROUBLE)
def test_why_it_could_not(said: str) -> None:
    code, outcome = TROUBLE[said]
    assert gh_answers.trouble(code, said).outcome == outcome


def check(**more: str) -> dict[str, Any]:
    return {
        "name": "unit",
        "workflowName": "ci",
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "startedAt": "1",
    } | more


@pytest.mark.parametrize(
    ("listed", "states"),
    [
        ([check()], [forge.PASSED]),
        ([check(status="IN_PROGRESS", conclusion="")], [forge.RUNNING]),
        ([check(conclusion="CANCELLED")], [forge.PASSED]),
        ([check(conclusion="TIMED_OUT")], [forge.RED]),
        ([check(conclusion="ACTION_REQUIRED")], [forge.WAITS]),
        ([{"context": "ci/old", "state": "FAILURE"}], [forge.RED]),
        ([{"context": "ci/old", "state": "EXPECTED"}], [forge.RUNNING]),
        ([check(conclusion="FAILURE"), check(startedAt="2")], [forge.PASSED]),
        ([check(startedAt="2"), check(conclusion="FAILURE")], [forge.PASSED]),
        ([check(), check(workflowName="nightly", conclusion="FAILURE")], [forge.PASSED, forge.RED]),
    ],
)
def test_the_newest_run_of_each_check_counts(listed: list[dict[str, Any]], states: list[str]) -> None:
    facts = {"number": 1, "url": "u", "state": "OPEN", "headRefName": "b", "headRefOid": "h", "mergeCommit": None}
    found = gh_answers.pull({**facts, "statusCheckRollup": listed})
    assert [one.state for one in found.checks] == states and found.queued is None


# As real ones were recorded; where, stands above each. (Ids, owners and what is of no matter here are left out.)
NO_TIME = "0001-01-01T00:00:00Z"
RUNS = "https://github.com/us/ours/actions/runs"
RECORDED: dict[str, tuple[list[dict[str, Any]], dict[str, str]]] = {
    # cli/cli, api/export_pr_test.go: what `gh pr view --json statusCheckRollup` makes of an answer of GitHub's
    "a check and a status": (
        [
            {"__typename": "CheckRun", "name": "mycheck", "workflowName": "myworkflow", "status": "COMPLETED",
             "conclusion": "SUCCESS", "startedAt": "2020-08-31T15:44:24+02:00",
             "completedAt": "2020-08-31T15:45:24+02:00", "detailsUrl": "http://example.com/details"},
            {"__typename": "StatusContext", "context": "mycontext", "state": "SUCCESS",
             "startedAt": "2020-08-31T15:44:24+02:00", "targetUrl": "http://example.com/details"},
        ],
        {"mycheck": forge.PASSED, "mycontext": forge.PASSED},
    ),
    # gh 2.100, `gh pr list`: one that waits for a runner has no beginning, an app's own check has no workflow
    "some have not begun": (
        [
            {"__typename": "CheckRun", "completedAt": "2026-09-27T23:05:43Z", "conclusion": "SUCCESS",
             "detailsUrl": f"{RUNS}/1/job/11", "name": "Analyze (actions)", "startedAt": "2026-09-27T23:04:58Z",
             "status": "COMPLETED", "workflowName": "CodeQL"},
            {"__typename": "CheckRun", "completedAt": NO_TIME, "conclusion": "", "detailsUrl": f"{RUNS}/1/job/2",
             "name": "lint", "startedAt": NO_TIME, "status": "QUEUED", "workflowName": "CI"},
            {"__typename": "CheckRun", "completedAt": "2026-09-27T23:05:38Z", "conclusion": "NEUTRAL",
             "detailsUrl": "https://github.com/us/ours/runs/13", "name": "CodeQL", "startedAt": "2026-09-27T23:05:34Z",
             "status": "COMPLETED", "workflowName": ""},
            {"__typename": "StatusContext", "context": "ci/lint", "startedAt": "2026-09-27T23:05:00Z",
             "state": "SUCCESS", "targetUrl": "https://ci.example.com/lint/1"},
        ],
        {"Analyze (actions)": forge.PASSED, "lint": forge.RUNNING, "CodeQL": forge.PASSED, "ci/lint": forge.PASSED},
    ),
    # the same, one that was green and is asked for again: it waits for a runner
    "green, and run again": (
        [
            {"__typename": "CheckRun", "completedAt": "2026-09-27T22:46:39Z", "conclusion": "SUCCESS",
             "detailsUrl": f"{RUNS}/3/job/31", "name": "test", "startedAt": "2026-09-27T22:44:23Z",
             "status": "COMPLETED", "workflowName": "Tests"},
            {"__typename": "CheckRun", "completedAt": NO_TIME, "conclusion": "", "detailsUrl": f"{RUNS}/3/job/32",
             "name": "test", "startedAt": NO_TIME, "status": "QUEUED", "workflowName": "Tests"},
        ],
        {"test": forge.RUNNING},
    ),
    # jsboige/CoursIA, pull request 16232 (`gh pr view`): in no order of time; it was merged
    "three runs of one name": (
        [
            {"__typename": "CheckRun", "completedAt": "2026-09-15T02:14:08Z", "conclusion": "FAILURE",
             "workflowName": "guards", "detailsUrl": f"{RUNS}/34920294922/job/104226702528", "name": "14 organs",
             "startedAt": "2026-09-15T02:12:44Z", "status": "COMPLETED"},
            {"__typename": "CheckRun", "completedAt": "2026-09-15T02:12:42Z", "conclusion": "CANCELLED",
             "workflowName": "guards", "detailsUrl": f"{RUNS}/34920294343/job/104226698538", "name": "14 organs",
             "startedAt": "2026-09-15T02:12:41Z", "status": "COMPLETED"},
            {"__typename": "CheckRun", "completedAt": "2026-09-15T02:20:42Z", "conclusion": "SUCCESS",
             "workflowName": "guards", "detailsUrl": f"{RUNS}/34920713078/job/104228010691", "name": "14 organs",
             "startedAt": "2026-09-15T02:19:13Z", "status": "COMPLETED"},
        ],
        {"14 organs": forge.PASSED},
    ),
    # the same, as it stood before the third run; and with the one that was cancelled begun last
    "red, and a run that was cancelled": (
        [
            {"__typename": "CheckRun", "conclusion": "FAILURE", "workflowName": "guards", "name": "14 organs",
             "startedAt": "2026-09-15T02:12:44Z", "status": "COMPLETED"},
            {"__typename": "CheckRun", "conclusion": "CANCELLED", "workflowName": "guards", "name": "14 organs",
             "startedAt": "2026-09-15T02:13:41Z", "status": "COMPLETED"},
        ],
        {"14 organs": forge.RED},
    ),
    # VectorInstitute/adrenaline, pull request 51: a status of which nothing is said at all
    "a status of nothing": (
        [
            {"__typename": "CheckRun", "name": "run-code-check", "conclusion": "FAILURE", "status": "COMPLETED"},
            {"__typename": "StatusContext", "name": None, "state": None, "conclusion": None, "status": None},
        ],
        {"run-code-check": forge.RED},
    ),
    # of a red check by an app and a green status of the same name (no recorded one; GitHub keeps them apart)
    "a check and a status of one name": (
        [
            {"__typename": "CheckRun", "name": "ci", "workflowName": "", "status": "COMPLETED",
             "conclusion": "FAILURE", "startedAt": "2026-09-01T00:00:00Z"},
            {"__typename": "StatusContext", "context": "ci", "state": "SUCCESS", "startedAt": "2026-09-01T00:07:00Z"},
        ],
        {"ci": forge.RED},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", RECORDED)
def test_recorded_checks(what: str) -> None:
    listed, states = RECORDED[what]
    found = gh_answers.pull({"number": 1, "url": "u", "state": "OPEN", "headRefName": "b", "headRefOid": "h",
                             "mergeCommit": None, "statusCheckRollup": listed}).checks  # fmt: skip
    worst = {one.name: one.state for one in sorted(found, key=lambda one: one.state == forge.RED)}
    assert worst == states


def test_a_recorded_pull_request() -> None:
    """Of `gh pr view --json …` (cli/cli, the fields of api/export_pr.go); what was hidden is not passed on."""
    facts = {
        "number": 1040, "url": "https://github.com/us/ours/pull/1040", "state": "MERGED", "headRefName": "scan",
        "headRefOid": "9B57F5", "mergeCommit": {"oid": "43a9503"}, "reviewDecision": "", "statusCheckRollup": None,
        "isCrossRepository": False, "updatedAt": "2026-09-03T01:29:14Z", "autoMergeRequest": None,
        "baseRefName": "main", "reviews": [],
        "comments": [
            {"author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": "[an advertisement](https://x)",
             "createdAt": "2026-09-02T22:49:29Z", "id": "IC_kwDOMYjPjc8AAAABSN6S8Q", "includesCreatedEdit": False,
             "isMinimized": True, "minimizedReason": "spam", "reactionGroups": [], "viewerDidAuthor": False},
            {"author": {"login": "ada"}, "authorAssociation": "MEMBER", "body": "Rename it", "id": "IC_2",
             "isMinimized": False, "minimizedReason": ""},
        ],
    }  # fmt: skip
    found = gh_answers.pull(facts)
    assert (found.state, found.merge, found.decision, found.checks) == (forge.MERGED, "43a9503", "", ())
    assert (found.queued, found.foreign, found.base) == (False, False, "main")
    assert [one.text for one in gh_answers.said_of(facts)] == ["Rename it"]


def timeline(*nodes: dict[str, str]) -> dict[str, Any]:
    return {"data": {"repository": {"pullRequest": {"timelineItems": {"nodes": [*nodes]}}}}}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (timeline({"reason": "FAILED_CHECKS"}), "failed checks"),
        (timeline({"reason": "", "reasonCode": "DRAFT"}), "draft"),
        (timeline(), ""), ({"data": {"repository": {"pullRequest": None}}}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_why_it_was_dropped(facts: dict[str, Any], words: str) -> None:
    assert gh_answers.dropped(facts) == words


def test_only_who_may_write_is_heard() -> None:
    said = [
        {"id": number, "author_association": who, "body": who, "user": {"login": "x"}, "path": "a", "line": 3}
        for number, who in enumerate(("NONE", "CONTRIBUTOR", "COLLABORATOR"))
    ]
    assert gh_answers.said_of_lines(said) == [forge.Remark("line-2", "x", "COLLABORATOR", "a:3")]
