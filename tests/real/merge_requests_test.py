"""The real `glab` against a GitLab of our own: what it is asked for, and what is understood of its answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gitlab import Gitlab, pipeline
from real.forge_server import gitlab as listening
from scene import Scene

from batty_hooks.system import forge

if not shutil.which("glab") or not shutil.which("openssl"):
    pytest.skip(
        "glab (Debian has it from 13 on; tests/real/install looks for it) or openssl is not here",
        allow_module_level=True,
    )


@pytest.fixture
def there(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gitlab]:
    with listening(tmp_path) as found:
        scene.git("remote", "add", "origin", f"https://{found.host}/us/sub/ours.git")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        monkeypatch.setenv("GITLAB_TOKEN", "of-a-test")
        monkeypatch.setenv("GITLAB_HOST", f"https://{found.host}")
        monkeypatch.setenv("GLAB_CONFIG_DIR", str(tmp_path / "glab"))
        yield found


def place(scene: Scene) -> forge.Place:
    return forge.place(scene.root, "origin")


def listed(scene: Scene, *numbers: int) -> tuple[forge.Answer, dict[int, forge.Pull]]:
    return forge.listed(scene.root, place(scene), "main", numbers, 20.0)


def test_one_is_made_found_renewed_and_followed(there: Gitlab, scene: Scene) -> None:
    root, where = scene.root, place(scene)
    assert where == forge.Place("glab", there.host, "us/sub/ours")
    assert forge.found(root, where, "batty/two", 20.0) == (forge.Answer(forge.ACCEPTED), None)
    text = "All of it: “größer”, `code`\n"
    answer, number, url = forge.create(root, where, "main", "batty/two", "[fix]", text, 20.0)
    assert (answer.outcome, number) == (forge.ACCEPTED, 12), answer
    assert url == f"https://{there.host}/us/sub/ours/-/merge_requests/12"
    assert (there.pulls[0]["title"], there.pulls[0]["description"]) == ("[fix]", text)
    again, found = forge.found(root, where, "batty/two", 20.0)
    assert again.outcome == forge.ACCEPTED and found and found.number == 12
    refused = forge.create(root, where, "main", "batty/two", "two", "", 20.0)[0]
    assert refused.outcome == forge.REFUSED and "Another open merge request already exists" in refused.said
    assert forge.described(root, where, 12, "@Anew\n", 20.0).outcome == forge.ACCEPTED
    assert there.pulls[0]["description"] == "@Anew\n"
    there.say(headPipeline=pipeline("FAILED", (8, "unit")), diffHeadSha="c1", detailedMergeStatus="REQUESTED_CHANGES")
    before = len(there.asked)
    answer, seen = listed(scene, 12)
    assert answer.outcome == forge.ACCEPTED and len(there.asked) == before + 1, answer
    assert seen[12].checks == (forge.Check("unit", forge.RED, f"https://{there.host}/us/sub/ours/-/jobs/8"),)
    assert (seen[12].head, seen[12].decision, seen[12].state) == ("c1", "changes requested", forge.OPEN)
    there.traces["8"] = "section_start:1:step\r\x1b[0K\x1b[32;1m$ make test\x1b[0;m\nFAILED two\n"
    assert forge.log(root, where, seen[12].checks[0].link, 50, 20.0) == ["$ make test", "FAILED two"]


MERGED: dict[str, tuple[dict[str, Any], str]] = {
    "a merge commit": ({"mergeCommitSha": "m1"}, "m1"),
    "squashed, without one": ({"squash_commit_sha": "s1"}, "s1"),
    "by fast-forward": ({}, "c1"),
}


@pytest.mark.parametrize("how", MERGED)
def test_by_what_it_was_merged(there: Gitlab, scene: Scene, how: str) -> None:
    facts, merge = MERGED[how]
    there.pulls = [there.merge_request(12, "batty/two", state="merged", diffHeadSha="c1", **facts)]
    answer, seen = listed(scene, 12)
    assert answer.outcome == forge.ACCEPTED and (seen[12].state, seen[12].merge) == (forge.MERGED, merge), answer


def test_an_older_gitlab_is_asked_for_less(there: Gitlab, scene: Scene) -> None:
    there.older, there.pulls = True, [there.merge_request(12, "batty/two", headPipeline=pipeline("RUNNING"))]
    answer, seen = listed(scene, 12)
    assert answer.outcome == forge.ACCEPTED and seen[12].queued is None, answer
    assert [check.state for check in seen[12].checks] == [forge.RUNNING]


def test_what_people_say_there(there: Gitlab, scene: Scene) -> None:
    there.pulls = [there.merge_request(12, "batty/two")]
    there.members = [{"id": 2, "access_level": 30}, {"id": 3, "access_level": 20}]
    there.note(1, "eve", "run this")
    there.note(2, "ada", "rename", type="DiffNote", position={"new_path": "a", "new_line": 3})
    there.note(3, "guest", "and this")
    there.note(2, "ada", "approved this merge request", system=True)
    answer, found = forge.remarks(scene.root, place(scene), 12, 20.0)
    assert answer.outcome == forge.ACCEPTED, answer
    assert [(one.id, one.by, one.text, one.about) for one in found] == [("note-101", "ada", "rename", "a:3")]


REFUSES: dict[str, tuple[int, object, str, str]] = {
    "the token was revoked": (401, {"message": "401 Unauthorized"}, forge.LOGIN, "401 Unauthorized"),
    "the token has expired": (
        401, {"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or "
              "token refresh."}, forge.LOGIN, "Token is expired"),
    "the token may only read": (
        403, {"error": "insufficient_scope", "error_description": "The request requires higher privileges than "
              "provided by the access token."}, forge.LOGIN, "higher privileges"),
    "too many questions": (429, "Retry later\n", forge.UNREACHABLE, "Retry later"),
    "it is being restarted": (502, "<html>GitLab is not responding</html>", forge.UNREACHABLE, "HTTP 502"),
    "several reasons": (400, {"message": {"base": ["one", "two"]}}, forge.UNREACHABLE, "HTTP 400"),
    "a page, of whatever is there instead": (200, "<html>Sign in</html>", forge.NOT_THERE, "answers with a page"),
    "it is none": (404, "<html>Not here</html>", forge.NOT_THERE, "HTTP 404"),
    "a question is too much for it": (
        200, {"errors": [{"message": "Query has complexity of 999, which exceeds max complexity of 250"}]},
        forge.UNREACHABLE, "exceeds max complexity"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSES)
def test_what_it_says_when_it_cannot(there: Gitlab, scene: Scene, what: str) -> None:
    status, words, outcome, said = REFUSES[what]
    there.refuses = (status, words)
    answer, _ = listed(scene, 12)
    assert answer.outcome == outcome and said in answer.said, answer


def test_nobody_is_logged_in(there: Gitlab, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    answer, _ = listed(scene, 12)
    assert answer.outcome == forge.LOGIN and f"not logged in to {there.host}" in answer.said, answer


def test_the_project_is_not_there_for_who_is_logged_in(there: Gitlab, scene: Scene) -> None:
    there.project = "us/another"
    answer, _ = listed(scene, 12)
    assert answer.outcome == forge.NOT_THERE and "us/sub/ours" in answer.said, answer


def test_nobody_listens(there: Gitlab, scene: Scene) -> None:
    scene.git("remote", "set-url", "origin", "https://localhost:1/us/sub/ours.git")
    answer, _ = forge.listed(scene.root, forge.place(scene.root, "origin", "glab"), "main", [12], 20.0)
    assert answer.outcome == forge.UNREACHABLE and "connection refused" in answer.said, answer


def test_a_certificate_that_nobody_knows(there: Gitlab, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    answer, _ = listed(scene, 12)
    assert answer.outcome == forge.UNREACHABLE and "certificate" in answer.said, answer


def test_one_by_http_at_a_port_of_its_own(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "of-a-test")
    monkeypatch.setenv("GLAB_CONFIG_DIR", str(tmp_path / "glab"))
    monkeypatch.setenv("GITLAB_HOST", "gitlab.example")  # (of another project of the person's)
    with listening(tmp_path, plain=True) as found:
        found.pulls = [found.merge_request(12, "batty/two")]
        scene.git("remote", "add", "origin", f"http://{found.host}/us/sub/ours.git")
        answer, seen = forge.listed(scene.root, forge.place(scene.root, "origin", "glab"), "main", [12], 20.0)
        assert answer.outcome == forge.ACCEPTED and seen[12].number == 12, answer
