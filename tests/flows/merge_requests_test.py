"""Work lands by GitLab's merge requests: the stories of pulls_test, in GitLab's words and by its ways to merge."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitlab import Gitlab, pipeline
from scene import Again, Scene
from served import Served

URL = "https://gitlab.example/us/sub/ours"


class There:
    """The server, and the merge requests that the scripted `glab` knows of."""

    def __init__(self, served: Served, place: Path) -> None:
        self.served, self.place = served, place

    def begin(self) -> There:
        self.keep(Gitlab())
        # The address names the forge, and leads to the server beside us.
        self.served.git("remote", "set-url", "origin", f"{URL}.git")
        self.served.git("config", f"url.{self.served.server}.insteadOf", f"{URL}.git")
        return self

    def gitlab(self) -> Gitlab:
        return Gitlab().load(self.place / "gitlab")

    def keep(self, found: Gitlab) -> None:
        found.save(self.place / "gitlab")

    def tip(self, branch: str = "batty/two") -> str:
        """Where a branch stands on the server."""
        return self.served.git("rev-parse", f"refs/heads/{branch}", cwd=self.served.server)

    def say(self, **facts: Any) -> None:
        """Something happens to the newest merge request; then everybody looks at it."""
        found = self.gitlab()
        head = facts.get("diffHeadSha") or self.tip(found.pulls[0]["sourceBranch"])
        found.say(**{**facts, "diffHeadSha": head})
        self.keep(found)
        self.look()

    def look(self) -> None:
        self.served.run("remote", code=None)
        self.served.run("step", "--until-idle")

    def made(self, *parents: str, tree: str, message: str = "Merged") -> str:
        """A commit that the server makes."""
        argv = [word for parent in parents for word in ("-p", parent)]
        return self.served.git("commit-tree", *argv, "-m", message, tree, cwd=self.served.server)

    def merged(self, head: str, onto: str = "main") -> str:
        """The tree of both together."""
        return self.served.git("merge-tree", "--write-tree", onto, head, cwd=self.served.server)

    def move(self, commit: str, branch: str = "main") -> str:
        self.served.git("update-ref", f"refs/heads/{branch}", commit, cwd=self.served.server)
        return commit

    def status(self) -> str:
        return self.served.run("status", code=None)


def served(scene: Scene) -> There:
    """Nothing has happened yet."""
    os.environ["FORGE"] = str(scene.root.parent)
    scene.install()
    return There(Served(scene.root).serve("pr"), scene.root.parent).begin()


def offered(scene: Scene) -> None:
    """A branch that passed and is offered."""
    there = served(scene)
    there.served.branch("two", {"numbers/two": "2\n"})
    said = there.served.run("merge", "two", code=75)
    assert "tested, merge request !12 (no checks)" in said and f"glab mr view 12  ({URL}/-/merge_requests/12)" in said


def at(again: Again, patch: pytest.MonkeyPatch, begin: Callable[[Scene], object]) -> There:
    """The server where ``begin`` has happened, once for all tests of this file."""
    patch.setenv("PATH", f"{Path(__file__).parents[1] / 'forge'}{os.pathsep}{os.environ['PATH']}")
    patch.setenv("FORGE", "")
    scene = again(begin)
    patch.setenv("FORGE", str(scene.root.parent))
    return There(Served(scene.root), scene.root.parent)


@pytest.fixture
def there(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> There:
    return at(again, monkeypatch, offered)


@pytest.fixture
def unused(again: Again, alone: None, monkeypatch: pytest.MonkeyPatch) -> There:
    return at(again, monkeypatch, served)


def landed_as(there: There) -> list[str]:
    assert there.served.json("status")["queue"] == []
    return [event["commit"] for event in there.served.events() if event["event"] == "landed"]


def test_what_passed_is_offered_and_lands_when_it_is_merged(there: There) -> None:
    commit, before = there.served.git("rev-parse", "two"), there.served.there()
    assert there.tip() == commit and there.served.there() == before
    [one] = there.gitlab().pulls
    assert one["targetBranch"] == "main" and "`sh check.sh` passed in" in one["description"]
    there.say(headPipeline=pipeline("RUNNING"))
    assert "tested, merge request !12 (checks running)" in there.status()
    assert f"merge request 12: {URL}/-/merge_requests/12" in " ".join(there.served.run("show", "two").split())
    merge = there.move(there.made(before, commit, tree=there.merged(commit)))
    there.say(state="merged", mergeCommitSha=merge)
    assert landed_as(there) == [merge] and there.served.tip() == merge


def test_squashed_without_a_merge_commit_it_has_landed_as_that_one(there: There) -> None:
    commit = there.served.git("rev-parse", "two")
    squashed = there.move(there.made("main", tree=there.merged(commit)))
    there.say(state="merged", squash_commit_sha=squashed)
    assert landed_as(there) == [squashed] and there.served.git("rev-parse", "two") == commit


def test_merged_by_fast_forward_it_has_landed_as_itself(there: There) -> None:
    commit = there.move(there.served.git("rev-parse", "two"))
    there.say(state="merged")
    assert landed_as(there) == [commit]


def rebased(there: There, message: str = "Work on two") -> str:
    """What the server makes of the branch when its button is pressed: the same change on what others have pushed."""
    there.served.stranger({"numbers/nine": "9\n"})
    head = there.tip()
    return there.move(there.made("main", tree=there.merged(head), message=message), "batty/two")


def test_rebased_there_and_merged_by_fast_forward_it_has_landed(there: There) -> None:
    commit = there.served.git("rev-parse", "two")
    head = rebased(there)
    there.say(detailedMergeStatus="MERGEABLE")
    assert "tested, merge request !12" in there.status() and head != commit
    there.move(head)
    there.say(state="merged")
    assert landed_as(there) == [head] and there.served.git("rev-parse", "two") == commit


def test_rebased_there_squashed_and_its_branch_deleted_it_has_landed(there: There) -> None:
    head = rebased(there)
    there.served.git("update-ref", "refs/merge-requests/12/head", head, cwd=there.served.server)
    squashed = there.move(there.made("main", tree=there.merged(head), message="Squashed"))
    there.served.stranger({"numbers/seven": "7\n"})
    there.served.git("update-ref", "-d", "refs/heads/batty/two", cwd=there.served.server)
    there.say(state="merged", squash_commit_sha=squashed, diffHeadSha=head)
    assert landed_as(there) == [squashed]


def test_one_that_is_merged_just_now_is_still_open(there: There) -> None:
    there.say(state="locked")
    assert "tested, merge request !12 (no checks)" in there.status()


def test_rebased_with_somebody_elses_commit_it_is_a_persons(there: There) -> None:
    head = rebased(there)
    tree = there.served.git("rev-parse", "main^{tree}", cwd=there.served.server)
    there.move(there.move(there.made(head, tree=tree, message="Without it"), "batty/two"))
    there.say(state="merged")
    assert "merge request !12 of two was merged in another form" in there.status()
    assert "batty-hooks reject two" in there.status()


def test_red_once_it_was_rebased_there_it_comes_back_and_a_newer_commit_goes_past_that(there: There) -> None:
    there.say(diffHeadSha=rebased(there))
    found = there.gitlab()
    found.traces["8"] = "red with nine\n"
    there.keep(found)
    there.say(headPipeline=pipeline("FAILED", (8, "unit")))
    assert there.served.json("status")["queue"] == []
    box = there.served.root / ".batty/inboxes/human"
    assert any("red with nine" in path.read_text() for room in ("new", "cur") for path in (box / room).iterdir())
    newer = there.served.commit(there.served.root.parent / "two", {"numbers/two": "3\n"}, "Mended")
    there.served.run("merge", "two", code=75)
    assert there.tip() == newer and len(there.gitlab().pulls) == 1


def test_a_red_job_comes_back_and_a_newer_commit_goes_to_the_same_one(there: There) -> None:
    commit = there.served.git("rev-parse", "two")
    found = there.gitlab()
    found.traces["8"] = "\x1b[0;mFAILED numbers/two is red there\n"
    there.keep(found)
    there.say(headPipeline=pipeline("FAILED", (8, "unit")))
    assert there.served.json("status")["queue"] == []
    box = there.served.root / ".batty/inboxes/human"
    told = "".join(path.read_text() for room in ("new", "cur") for path in (box / room).iterdir())
    assert "red on the server: unit" in told + there.served.log() and "FAILED numbers/two is red there" in told
    assert f"merge request !12: {URL}/-/merge_requests/12" in told and f"{URL}/-/jobs/8" in told
    newer = there.served.commit(there.served.root.parent / "two", {"numbers/two": "3\n"}, "Mended")
    assert "merge request !12" in there.served.run("merge", "two", code=75)
    assert there.tip() == newer != commit and len(there.gitlab().pulls) == 1
    assert newer[:12] in there.gitlab().pulls[0]["description"]


def test_a_job_that_is_red_once_is_run_again_and_comes_back_when_it_is_red_then(there: There) -> None:
    found = there.gitlab()
    found.retries = ["8"]
    there.keep(found)
    there.say(headPipeline=pipeline("FAILED", (8, "unit")))
    assert "red once, to be made sure of" in there.status()
    assert any("POST" in asked and "jobs/8/retry" in asked for asked in there.gitlab().asked)
    there.say(headPipeline=pipeline("RUNNING"))
    assert "checks running" in there.status()
    there.say(headPipeline=pipeline("FAILED", (9, "unit")))
    assert there.served.json("status")["queue"] == [] and "red on the server: unit" in there.served.log()


def test_one_that_was_closed_is_a_persons(there: There) -> None:
    there.say(state="closed")
    said = there.status()
    assert "merge request !12 of two was closed without being merged" in said and "glab mr reopen 12" in said


def test_a_manual_job_is_a_persons(there: There) -> None:
    there.say(headPipeline=pipeline("MANUAL"))
    assert "glab mr view --web 12" in there.status()


def test_what_glab_refuses_is_one_need_and_goes_on_when_it_is_mended(unused: There) -> None:
    words, mend = "glab: HTTP 401 Unauthorized, run glab auth login", "glab auth login --hostname gitlab.example"
    (unused.place / "refuses").write_text(words)
    unused.served.branch("two", {"numbers/two": "2\n"})
    assert "waits for glab" in unused.served.run("merge", "two", code=75)
    said = " ".join(unused.status().split())
    assert f"glab does not get to gitlab.example: {words}" in said and mend in said
    (unused.place / "refuses").unlink()
    unused.look()
    assert "tested, merge request !12" in unused.status()


def test_what_gitlab_will_not_have_is_told(unused: There) -> None:
    found = unused.gitlab()
    found.pulls = [found.merge_request(12, "batty/two", sourceProjectId=8)]  # of a fork: none of ours
    unused.keep(found)
    unused.served.branch("two", {"numbers/two": "2\n"})
    unused.served.run("merge", "two", code=75)
    assert "Another open merge request already exists for this source branch: !12" in " ".join(unused.status().split())


def test_remarks_go_on_once_and_only_of_who_may_push(there: There) -> None:
    found = there.gitlab()
    found.members = [{"id": 2, "access_level": 30}]
    found.note(1, "eve", "run this")
    found.note(2, "ada", "name it better")
    there.keep(found)
    there.say(detailedMergeStatus="REQUESTED_CHANGES")
    there.say(detailedMergeStatus="REQUESTED_CHANGES")
    box = there.served.root / ".batty/inboxes/human"
    texts = [path.read_text() for room in ("new", "cur") for path in (box / room).iterdir()]
    assert sum("name it better" in text for text in texts) == 1
    assert any("ada on merge request !12" in text for text in texts)
    assert not any("run this" in text for text in texts)
    assert "changes requested" in there.status()


def test_thrown_out_of_the_merge_train_is_told(there: There) -> None:
    there.say(autoMergeEnabled=True)
    assert "in the server's queue" in there.status()
    found = there.gitlab()
    found.note(1, "bot", "removed this merge request from the merge train because pipeline did not succeed",
               system=True)  # fmt: skip
    there.keep(found)
    there.say(autoMergeEnabled=False)
    said = " ".join(there.status().split())
    assert "does not merge merge request !12 (two) by itself any more: pipeline did not succeed" in said


def test_all_of_them_are_asked_for_at_once(there: There) -> None:
    there.served.branch("three", {"numbers/three": "3\n"})
    there.served.run("merge", "three", code=75)
    for _ in ("what is new", "nothing is"):
        there.look()
    found = there.gitlab()
    found.asked = []
    there.keep(found)
    there.served.run("remote", code=None)
    [asked] = there.gitlab().asked
    assert 'iids: [\\"13\\", \\"12\\"]' in asked or 'iids: [\\"12\\", \\"13\\"]' in asked
