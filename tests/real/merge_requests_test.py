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
from served import Served

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
    assert forge.found(root, where, "main", "batty/two", 20.0) == (forge.Answer(forge.ACCEPTED), None)
    text = "All of it: “größer”, `code`\n"
    answer, number, url = forge.create(root, where, "main", "batty/two", "[fix]", text, 20.0)
    assert (answer.outcome, number) == (forge.ACCEPTED, 12), answer
    assert url == f"https://{there.host}/us/sub/ours/-/merge_requests/12"
    assert (there.pulls[0]["title"], there.pulls[0]["description"]) == ("[fix]", text)
    again, found = forge.found(root, where, "main", "batty/two", 20.0)
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


def test_whatever_the_person_has_set_for_himself(there: Gitlab, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEBUG", "GLAB_DEBUG", "GLAB_DEBUG_HTTP", "FORCE_HYPERLINKS", "COLOR_ENABLED", "CLICOLOR_FORCE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PAGER", "false")
    monkeypatch.setenv("GLAB_CHECK_UPDATE", "true")
    monkeypatch.setenv("GITLAB_URI", "https://another.example")
    there.pulls = [there.merge_request(12, "batty/two")]
    answer, seen = listed(scene, 12)
    assert answer.outcome == forge.ACCEPTED and seen[12].number == 12, answer


def test_settings_that_glab_does_not_read(there: Gitlab, scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "glab").mkdir(mode=0o700)
    (tmp_path / "glab/config.yml").write_text("hosts: {}\n")
    (tmp_path / "glab/config.yml").chmod(0o644)
    answer, _ = listed(scene, 12)
    assert answer.outcome == forge.LOGIN and "glab requires 600" in answer.said, answer


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


def test_the_whole_way_of_a_branch(scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("GLAB_CONFIG_DIR", str(tmp_path / "glab"))
    monkeypatch.setenv("GITLAB_TOKEN", "of-a-test")
    scene.install()
    served = Served(scene.root).serve("pr")
    team = served.root / ".batty/team_config/team.yaml"
    team.write_text(team.read_text() + "  forge: glab\n")
    with listening(tmp_path) as there:
        url = f"https://{there.host}/us/sub/ours"
        served.git("remote", "set-url", "origin", f"{url}.git")
        served.git("config", f"url.{served.server}.insteadOf", f"{url}.git")
        assert f"glab gets to {there.host}/us/sub/ours" in served.run("doctor", code=None)
        commit = served.branch("two", {"numbers/two": "2\n"})
        assert f"({url}/-/merge_requests/12)" in served.run("merge", "two", code=75)
        there.traces["8"] = "FAILED numbers/two is red there\n"
        there.say(diffHeadSha=commit, headPipeline=pipeline("FAILED", (8, "unit")))
        assert look(served) == []
        assert "FAILED numbers/two is red there" in messages(served)
        newer = served.commit(served.root.parent / "two", {"numbers/two": "3\n"}, "Mended")
        assert "tested, merge request !12" in served.run("merge", "two", code=75)
        assert newer[:12] in there.pulls[0]["description"]
        there.members = [{"id": 2, "access_level": 40}]
        there.note(2, "ada", "name it better")
        there.say(diffHeadSha=newer, headPipeline=pipeline("RUNNING"))
        assert look(served) == ["tested, merge request !12 (checks running)"]
        assert "name it better" in messages(served)
        monkeypatch.delenv("GITLAB_TOKEN")
        look(served)
        assert f"glab auth login --hostname {there.host}" in served.run("status", code=None)
        monkeypatch.setenv("GITLAB_TOKEN", "of-a-test")
        served.git("update-ref", "refs/heads/main", newer, cwd=served.server)
        there.say(state="merged")
        assert look(served) == []
    assert [event["commit"] for event in served.events() if event["event"] == "landed"] == [newer]


def look(served: Served) -> list[str]:
    """Everybody looks at it; where what waits stands then."""
    served.run("remote", code=None)
    served.run("step", "--until-idle")
    return [one["stage"] for one in served.json("status")["queue"]]


def messages(served: Served) -> str:
    box = served.root / ".batty/inboxes/human"
    return "".join(path.read_text() for room in ("new", "cur") for path in (box / room).iterdir())
