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


def test_only_who_may_write_is_heard() -> None:
    said = [
        {"id": number, "author_association": who, "body": who, "user": {"login": "x"}, "path": "a", "line": 3}
        for number, who in enumerate(("NONE", "CONTRIBUTOR", "COLLABORATOR"))
    ]
    assert gh_answers.said_of_lines(said) == [forge.Remark("line-2", "x", "COLLABORATOR", "a:3")]
