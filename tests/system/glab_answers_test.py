"""What `glab api` prints, told apart: recorded words, and merge requests as GitLab shows them."""

from __future__ import annotations

from typing import Any

import pytest
from gitlab import Gitlab, pipeline

from batty_hooks.system import forge
from batty_hooks.system.forge import glab, glab_answers
from batty_hooks.system.forge.glab_answers import Said

HEAD = (
    "HTTP/2.0 409 Conflict\nContent-Type: application/json\r\nDate: Mon, 30 Nov 2026 20:47:38 GMT\r\n"
    "Retry-After: 3\r\n\r\n"
)


def test_head_and_body_are_told_apart() -> None:
    assert glab_answers.heard(HEAD + '{"a": "b"}\n') == Said(409, "application/json", '{"a": "b"}\n')
    assert glab_answers.heard(HEAD + "\n") == Said(409, "application/json", "\n")
    assert glab_answers.heard(
        "HTTP/1.1 200 OK\nContent-Type: text/plain; charset=utf-8\r\n\r\nHTTP/1.1 5 x\r\n\r\n"
    ) == (Said(200, "text/plain", "HTTP/1.1 5 x\r\n\r\n"))
    assert glab_answers.heard("\n") == Said(0, "", "\n")


# What glab 1.53 says where GitLab has not answered, or not in its own words.
NO_ANSWER = {
    'Get "https://localhost:1/api/v4/x": dial tcp 127.0.0.1:1: connect: connection refused': forge.UNREACHABLE,
    "x error connecting to nohost.invalid\n• Check your internet connection and status.gitlab.com. If on a "
    "self-managed instance, run 'sudo gitlab-ctl status' on your server.": forge.UNREACHABLE,
    'Post "https://localhost:45015/api/graphql/": tls: failed to verify certificate: x509: certificate signed by '
    "unknown authority": forge.UNREACHABLE,
    'Get "https://localhost:18081/api/v4/x": tls: first record does not look like a TLS handshake': forge.UNREACHABLE,
    'Post "https://gitlab.com/api/graphql": oauth2: "invalid_grant" "The provided authorization grant is invalid"':
        forge.LOGIN,
    "to authenticate, run: glab auth login": forge.LOGIN,
    "failed to read configuration:  config.yml has the permissions 644, but glab requires 600.": forge.LOGIN,
    "unknown shorthand flag: 'i' in -i": forge.REFUSED,
}  # fmt: skip


@pytest.mark.parametrize("err", NO_ANSWER)
def test_why_there_was_no_answer(err: str) -> None:
    answer = glab_answers.trouble(Said(0, "", "\n"), err, 1)
    assert answer.outcome == NO_ANSWER[err] and answer.said.startswith(err[:20])


UNREADABLE = "json: cannot unmarshal array into Go struct field .Message of type string"
ANSWERED: dict[str, tuple[int, str, str, str, str]] = {
    "one reason": (404, '{"message":"404 Project Not Found"}', "glab: …", forge.NOT_THERE,
                   "404 Project Not Found (HTTP 404)"),
    "reasons that glab cannot read": (409, "\n", UNREADABLE, forge.REFUSED, "no reason was given (HTTP 409)"),
    "reasons of fields": (
        422, '{"message":{"source_branch":["is invalid"],"base":["one","two"]}}', "", forge.REFUSED,
        "source_branch: is invalid; base: one, two (HTTP 422)"),
    "of GraphQL": (200, '{"errors":[{"message":"no"},{"message":"nor that"}]}', "glab: no", forge.REFUSED,
                   "no; nor that"),
    "the token is not known there": (401, '{"errors":[{"message":"Invalid token"}]}', "", forge.LOGIN,
                                     "Invalid token (HTTP 401)"),
    "a page": (503, "<html>Deploy in progress</html>", "invalid character '<'", forge.UNREACHABLE,
               "no reason was given (HTTP 503)"),
}  # fmt: skip


@pytest.mark.parametrize("what", ANSWERED)
def test_why_it_was_refused(what: str) -> None:
    status, body, err, outcome, words = ANSWERED[what]
    assert glab_answers.trouble(Said(status, "application/json", body), err, 1) == forge.Answer(outcome, words)


def checks(facts: dict[str, Any] | None) -> list[tuple[str, str]]:
    found = glab_answers.pull(Gitlab().merge_request(12, "batty/two", headPipeline=facts))
    return [(one.name, one.state) for one in found.checks]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (None, []),
        (pipeline("SUCCESS"), [("pipeline", forge.PASSED)]),
        (pipeline("SUCCESS", (7, "unit")), [("pipeline", forge.PASSED)]),  # (that one was run again)
        (pipeline("CANCELED", (7, "unit")), [("pipeline", forge.PASSED)]),
        (pipeline("SKIPPED"), [("pipeline", forge.PASSED)]),
        (pipeline("MANUAL"), [("pipeline", forge.WAITS)]),
        (pipeline("CREATED"), [("pipeline", forge.RUNNING)]),
        (pipeline("SCHEDULED"), [("pipeline", forge.RUNNING)]),
        (pipeline("RUNNING", (7, "unit")), [("pipeline", forge.RUNNING), ("unit", forge.RED)]),
        (pipeline("FAILED", (9, "unit"), (8, "lint"), (7, "unit")), [("unit", forge.RED), ("lint", forge.RED)]),
        (pipeline("FAILED"), [("pipeline", forge.RED)]),
    ],
)
def test_what_a_pipeline_comes_to(facts: dict[str, Any] | None, found: list[tuple[str, str]]) -> None:
    assert sorted(checks(facts)) == sorted(found)


def test_a_job_that_may_fail_is_no_check_and_a_red_one_leads_to_its_newest_log() -> None:
    facts = pipeline("FAILED", (9, "unit"), (7, "unit"))
    facts["jobs"]["nodes"].append({"id": "gid://gitlab/Ci::Build/6", "name": "may fail", "allowFailure": True})
    [check] = glab_answers.pull(Gitlab().merge_request(12, "b", headPipeline=facts)).checks
    assert check.link == "https://gitlab.example/us/sub/ours/-/jobs/9"
    facts["jobs"]["nodes"].insert(0, {"id": "gid://gitlab/Ci::Bridge/10", "name": "deploy", "allowFailure": False})
    found = glab_answers.pull(Gitlab().merge_request(12, "b", headPipeline=facts)).checks
    assert [(one.name, bool(one.link)) for one in found] == [("unit", True), ("deploy", False)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/close\n", "\\/close\n"), ("so\n /merge now\n", "so\n \\/merge now\n"), ("\r/close", "\r\\/close"),
        ("/Assign @ada", "\\/Assign @ada"), ("/usr/bin/env is a path\n", "/usr/bin/env is a path\n"),
        ("see /close", "see /close"), ("/ alone", "/ alone"),
    ],
)  # fmt: skip
def test_no_line_of_a_text_is_carried_out_by_gitlab(text: str, shown: str) -> None:
    assert glab._shown(text) == shown


@pytest.mark.parametrize(
    ("facts", "state", "merge"),
    [
        ({}, forge.OPEN, ""),
        ({"state": "locked", "mergeCommitSha": "m"}, forge.OPEN, ""),
        ({"state": "merged", "mergeCommitSha": "m"}, forge.MERGED, "m"),
        ({"state": "merged"}, forge.MERGED, ""),  # (to be asked for once more)
        ({"state": "closed"}, forge.CLOSED, ""),
    ],
)
def test_how_one_stands(facts: dict[str, Any], state: str, merge: str) -> None:
    found = glab_answers.pull(Gitlab().merge_request(12, "batty/two", **facts))
    assert (found.number, found.state, found.merge) == (12, state, merge)


def test_by_what_it_was_merged() -> None:
    facts = {"merge_commit_sha": None, "squash_commit_sha": "s", "sha": "h"}
    assert glab_answers.merged_by(facts) == "s"
    assert glab_answers.merged_by({**facts, "merge_commit_sha": "m"}) == "m"
    assert glab_answers.merged_by({**facts, "squash_commit_sha": None}) == "h"
    assert glab_answers.merged_by({}) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"detailedMergeStatus": "NOT_APPROVED"}, "review required"),
        ({"detailedMergeStatus": "NEED_REBASE"}, "needs a rebase"),
        ({"detailedMergeStatus": "CI_MUST_PASS", "approvedBy": {"nodes": [{"id": "u"}]}}, "approved"),
        ({"detailedMergeStatus": "REQUESTED_CHANGES", "approvedBy": {"nodes": [{"id": "u"}]}}, "changes requested"),
    ],
)
def test_what_is_said_of_it(facts: dict[str, Any], words: str) -> None:
    assert glab_answers.pull(Gitlab().merge_request(12, "b", **facts)).decision == words


def test_one_of_another_project_and_one_that_is_to_be_merged_by_itself() -> None:
    assert glab_answers.pull(Gitlab().merge_request(12, "b", sourceProjectId=8)).foreign
    assert not glab_answers.pull(Gitlab().merge_request(12, "b")).foreign
    assert glab_answers.pull(Gitlab().merge_request(12, "b", autoMergeEnabled=True)).queued
    older = Gitlab().merge_request(12, "b")
    del older["autoMergeEnabled"]
    assert glab_answers.pull(older).queued is None


def test_only_who_may_push_is_heard() -> None:
    there = Gitlab()
    there.pulls = [there.merge_request(12, "b")]
    for number, text in ((1, "of a stranger"), (2, "of a reporter"), (3, "of a developer"), (3, "the newest")):
        there.note(number, f"u{number}", text)
    there.note(4, "bot", "added 1 commit", system=True)
    members = [{"id": 2, "access_level": 20}, {"id": 3, "access_level": 30}, {"id": 4, "access_level": 50}]
    assert glab_answers.authors(there.notes) == [1, 2, 3]
    assert [one.text for one in glab_answers.said_of(there.notes, members)] == ["of a developer", "the newest"]


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        # gitlab-org/gitlab, doc/ci/pipelines/merge_trains.md and spec/services/merge_trains: GitLab's own notes
        (["removed this merge request from the merge train because pipeline did not succeed"],
         "pipeline did not succeed"),
        (["aborted this merge request from the merge train because source branch was updated"],
         "source branch was updated"),
        # gitlab-org/gitlab, app/services/system_notes/merge_requests_service.rb
        (["added 1 commit", "aborted the automatic merge because target branch was updated", "started a merge train"],
         "target branch was updated"),
        (["canceled the automatic merge"], "canceled the automatic merge"),
        (["added 1 commit"], ""), ([], ""),
    ],
)  # fmt: skip
def test_why_it_was_dropped(bodies: list[str], words: str) -> None:
    assert glab_answers.dropped([{"body": body, "system": True} for body in bodies]) == words
    assert not glab_answers.dropped([{"body": body, "system": False} for body in bodies]), "people may write that"


def test_recorded_ones() -> None:
    """gl-cli/glab, internal/commands/mr/merge/testdata/mergedMr.json: of GitLab's single merge request; and one of the
    `mergeRequests` of GraphQL, as a live GitLab has answered (its names are changed)."""
    single = {"iid": 123, "state": "merged", "sha": "ec1bf369429add869b418aac80f27ba5e173d72e",
              "merge_commit_sha": "e3918a3c8688918075b6f2531b8a8759c3fce841", "squash_commit_sha": None}  # fmt: skip
    assert glab_answers.merged_by(single) == "e3918a3c8688918075b6f2531b8a8759c3fce841"
    node = {
        "iid": "5279", "webUrl": "https://gitlab.example/us/ours/-/merge_requests/5279", "state": "opened",
        "sourceBranch": "batty/two", "targetBranch": "main", "sourceProjectId": 7, "targetProjectId": 7,
        "diffHeadSha": "abc123", "mergeCommitSha": None, "updatedAt": "2026-09-27T10:00:00Z", "userNotesCount": 0,
        "approvedBy": {"nodes": []}, "detailedMergeStatus": "REQUESTED_CHANGES", "autoMergeEnabled": False,
        "headPipeline": None,
    }  # fmt: skip
    found = glab_answers.pull(node)
    assert (found.number, found.state, found.decision, found.checks) == (5279, forge.OPEN, "changes requested", ())


def test_a_log_is_read_as_it_was_to_be_read() -> None:
    text = (
        "\x1b[0KRunning with gitlab-runner 17.0\x1b[0;m\n"
        "section_start:1560896352:step_script\r\x1b[0K\x1b[36;1mExecuting\x1b[0;m\n"
        "  1%\r 50%\r100% done\r\n"
        "2024-05-22T12:43:46.962646Z 00O plain\n2024-05-22T12:43:46.962646Z 01E+of an error\n\n"
        "section_end:1560896353:step_script\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m\n"
    )
    assert glab_answers.trace(text, 5) == [
        "Executing", "100% done", "plain", "of an error", "ERROR: Job failed: exit code 1",
    ]  # fmt: skip
    assert glab_answers.trace(text, 1) == ["ERROR: Job failed: exit code 1"]
    assert glab_answers.trace("", 5) == []
