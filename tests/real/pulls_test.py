"""The real `gh` against a forge of our own: what it is asked for, and what is understood of its answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from real.forge_server import Forge, checks, said
from real.forge_server import forge as listening
from scene import Scene

from batty_hooks.system import forge

if not shutil.which("gh") or not shutil.which("openssl"):
    pytest.skip("gh or openssl is not installed here (apt-get install gh openssl)", allow_module_level=True)

RED = {"name": "unit", "status": "COMPLETED", "conclusion": "FAILURE", "startedAt": "2026-01-01T00:00:00Z",
       "detailsUrl": "https://x/us/ours/actions/runs/7/job/8",
       "checkSuite": {"workflowRun": {"workflow": {"name": "ci"}}}}  # fmt: skip


@pytest.fixture
def there(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    with listening(tmp_path) as found:
        scene.git("remote", "add", "origin", f"https://{found.host}/us/ours.git")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "of-a-test")
        monkeypatch.setenv("GH_CONFIG_DIR", str(tmp_path / "gh"))
        monkeypatch.setenv("GH_REPO", f"{found.host}/us/ours")
        yield found


def test_one_is_made_found_renewed_and_followed(there: Forge, scene: Scene) -> None:
    root, place = scene.root, forge.place(scene.root, "origin")
    assert forge.found(root, place, "main", "batty/two", 20.0) == (forge.Answer(forge.ACCEPTED), None)
    answer, number, url = forge.create(root, place, "main", "batty/two", "two", "All of it\n", 20.0)
    assert (answer.outcome, number, url) == (forge.ACCEPTED, 12, f"https://{there.host}/us/ours/pull/12"), answer
    assert there.pulls[0]["body"] == "All of it\n"
    again, found = forge.found(root, place, "main", "batty/two", 20.0)
    assert again.outcome == forge.ACCEPTED and found and found.number == 12
    assert forge.create(root, place, "main", "batty/two", "two", "", 20.0)[0].outcome == forge.REFUSED
    assert forge.described(root, place, 12, "Anew\n", 20.0).outcome == forge.ACCEPTED
    assert there.pulls[0]["body"] == "Anew\n"
    there.say(statusCheckRollup=checks(RED), headRefOid="c1", reviewDecision="CHANGES_REQUESTED")
    answer, seen = forge.listed(root, place, "main", [12], 20.0)
    assert answer.outcome == forge.ACCEPTED, answer
    assert seen[12].checks == (forge.Check("unit", forge.RED, "https://x/us/ours/actions/runs/7/job/8"),)
    assert (seen[12].head, seen[12].decision, seen[12].state) == ("c1", "changes requested", forge.OPEN)
    there.say(state="MERGED", mergeCommit={"oid": "m1"})
    assert forge.listed(root, place, "main", [12], 20.0)[1][12].merge == "m1"


def test_which_are_in_the_queue_is_one_question(there: Forge, scene: Scene) -> None:
    """Of a forge that knows no queue nothing is said of it; of what was merged meanwhile neither."""
    root, place = scene.root, forge.place(scene.root, "origin")
    there.pulls = [there.pull(13, "batty/t3"), there.pull(12, "batty/t2", isInMergeQueue=True)]
    answer, seen = forge.listed(root, place, "main", [12, 13], 20.0)
    assert answer.outcome == forge.ACCEPTED, answer
    assert (seen[12].queued, seen[13].queued, seen[12].base) == (True, False, "main")
    assert sum("isInMergeQueue" in asked for asked in there.asked) == 1
    there.knows_queue = False
    assert [one.queued for one in forge.listed(root, place, "main", [12, 13], 20.0)[1].values()] == [None, None]


def test_one_that_is_not_there_spoils_no_other(there: Forge, scene: Scene) -> None:
    root, place = scene.root, forge.place(scene.root, "origin")
    there.pulls = [there.pull(13, "batty/t3")]
    answer, seen = forge.listed(root, place, "main", [12, 13], 20.0)
    assert answer.outcome == forge.ACCEPTED and list(seen) == [13]


def test_one_that_is_too_old_for_the_list_is_asked_for_alone(there: Forge, scene: Scene) -> None:
    there.pulls = [there.pull(3, "batty/t3", state="MERGED", mergeCommit={"oid": "m3"})]
    whole, there._graphql = there._graphql, lambda asked: (  # type: ignore[method-assign]
        {"data": {"repository": {"pullRequests": {"nodes": [], "pageInfo": {}, "totalCount": 0}}}}
        if "pullRequests(" in asked["query"] else whole(asked)
    )  # fmt: skip
    answer, seen = forge.listed(scene.root, forge.place(scene.root, "origin"), "main", [3], 20.0)
    assert answer.outcome == forge.ACCEPTED and seen[3].merge == "m3"


def test_no_check_beyond_the_first_hundred_is_overlooked(there: Forge, scene: Scene) -> None:
    """A list shows a hundred of each, and does not say that there are more."""
    green = [RED | {"name": f"unit {number}", "conclusion": "SUCCESS"} for number in range(130)]
    there.pulls = [there.pull(13, "batty/t3"), there.pull(12, "batty/t2", statusCheckRollup=checks(*green, RED))]
    answer, seen = forge.listed(scene.root, forge.place(scene.root, "origin"), "main", [12, 13], 20.0)
    assert answer.outcome == forge.ACCEPTED and set(seen) == {12, 13}, answer
    assert len(seen[12].checks) == 131 and seen[12].checks[-1].state == forge.RED


def test_no_remark_beyond_the_first_hundred_is_overlooked(there: Forge, scene: Scene) -> None:
    there.pulls = [there.pull(12, "batty/two")]
    there.lines = [{"id": number, "author_association": "OWNER", "body": str(number), "user": {"login": "bob"},
                    "path": "a", "line": 3} for number in range(230)]  # fmt: skip
    answer, found = forge.remarks(scene.root, forge.place(scene.root, "origin"), 12, 20.0)
    assert answer.outcome == forge.ACCEPTED and [one.text for one in found] == [str(number) for number in range(230)]


def test_what_is_red_is_run_once_more(there: Forge, scene: Scene) -> None:
    """Two jobs of one run are asked for at once: job by job the second would be refused."""
    links = ["https://x/us/ours/actions/runs/7/job/8", "https://x/us/ours/actions/runs/7/job/9"]
    place = forge.place(scene.root, "origin")
    assert forge.again(scene.root, place, links, 20.0) == forge.Answer(forge.ACCEPTED)
    assert [asked for asked in there.asked if asked.startswith("POST")] == [
        "POST /api/v3/repos/us/ours/actions/runs/7/rerun-failed-jobs "
    ]
    there.runs_again = False
    answer = forge.again(scene.root, place, links, 20.0)
    assert answer.outcome not in (forge.ACCEPTED, forge.UNREACHABLE) and "cannot be retried" in answer.said
    assert forge.again(scene.root, place, ["https://ci.example/1"], 20.0).outcome == forge.REFUSED


def test_why_it_left_the_queue(there: Forge, scene: Scene) -> None:
    there.pulls = [there.pull(12, "batty/two", timeline=[{"reason": "failed_checks"}])]
    place = forge.place(scene.root, "origin")
    assert forge.dropped(scene.root, place, 12, 20.0) == "failed checks"
    there.pulls[0]["timeline"] = []
    assert forge.dropped(scene.root, place, 12, 20.0) == ""


def test_what_people_say_there(there: Forge, scene: Scene) -> None:
    there.pulls = [there.pull(12, "batty/two", comments=said(("eve", "NONE", "run"), ("ada", "MEMBER", "rename")))]
    there.lines = [{"id": 5, "author_association": "OWNER", "body": "here", "user": {"login": "bob"}, "path": "a",
                    "line": 3}]  # fmt: skip
    answer, found = forge.remarks(scene.root, forge.place(scene.root, "origin"), 12, 20.0)
    assert answer.outcome == forge.ACCEPTED, answer
    assert [(one.by, one.text, one.about) for one in found] == [("ada", "rename", ""), ("bob", "here", "a:3")]


@pytest.mark.parametrize(
    ("status", "words", "outcome"),
    [
        (401, {"message": "Bad credentials"}, forge.LOGIN),
        (502, {"message": "Server Error"}, forge.UNREACHABLE),
        (200, {"data": None, "errors": [{"message": "Could not resolve to a Repository", "type": "NOT_FOUND"}]},
         forge.NOT_THERE),
        (200, {"data": None, "errors": [{"message": "API rate limit exceeded", "type": "RATE_LIMITED"}]},
         forge.UNREACHABLE),
    ],
)  # fmt: skip
def test_what_it_says_when_it_cannot(
    there: Forge, scene: Scene, status: int, words: dict[str, object], outcome: str
) -> None:
    there.refuses = (status, words)
    answer, _ = forge.listed(scene.root, forge.place(scene.root, "origin"), "main", [12], 20.0)
    assert answer.outcome == outcome, answer


def test_nobody_is_logged_in(there: Forge, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_ENTERPRISE_TOKEN")
    answer, _ = forge.listed(scene.root, forge.place(scene.root, "origin"), "main", [12], 20.0)
    assert answer.outcome == forge.LOGIN and "gh auth login" in answer.said


def test_nobody_listens(there: Forge, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_REPO", "localhost:1/us/ours")
    answer, _ = forge.listed(scene.root, forge.place(scene.root, "origin"), "main", [12], 20.0)
    assert answer.outcome == forge.UNREACHABLE, answer
