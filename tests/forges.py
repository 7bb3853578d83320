"""A trunk on a server with a forge beside it: what the scripted `gh` (tests/forge/gh) knows of pull requests."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import Table
from scene import Again, Scene
from served import Served

RED = {"name": "unit", "workflowName": "ci", "status": "COMPLETED", "conclusion": "FAILURE", "startedAt": "1",
       "detailsUrl": "https://github.com/us/ours/actions/runs/7/job/8"}  # fmt: skip
GREEN = RED | {"conclusion": "SUCCESS", "startedAt": "2"}
TABLE = Table("remote.md", "pulls", ("What happens there", "What you see here", "What follows"))
# The rows of that table, in its order; each is checked by the test that makes it (pulls_meanwhile, pulls_team).
MERGED, QUEUED, DROPPED = "It is merged", "It is to be merged by the server, or is in its merge queue", "It is dropped"
RED_ONCE, RED_OFTEN, ANYHOW = "A check is red", "It is red for the third time", "It is merged all the same"
UNSURE = "A check is red for the first time"
SAID, CLOSED = "Somebody who may write there says something", "It is closed without being merged"
BY_ROBOT = "It is closed by a robot that has landed it by hand"
UPDATED, THEIRS = "Its branch is brought up to date there", "Somebody else pushes to its branch"
OLDER, OWN = "It is squashed while a newer commit waits", "What is on the trunk by now conflicts with it"
OTHERWISE, ASTRAY = "It is merged in another form, with less in it", "It is to be merged into another branch"
STILL = "Nothing new is said of it for an hour: a check that is required never reports, or nobody merges it"
FROZEN = "A newer commit comes while its branch is held by the server's merge queue"
LOST, GONE, LEFT = "It was merged, and the trunk was rewound", "It is gone", "Its card is taken off the board"
ROWS = [
    MERGED, UNSURE, RED_ONCE, RED_OFTEN, ANYHOW, SAID, CLOSED, BY_ROBOT, QUEUED, DROPPED, UPDATED, THEIRS, OLDER, OWN,
    FROZEN, OTHERWISE, ASTRAY, LOST, GONE, LEFT, STILL,
]  # fmt: skip


class Forge:
    """The server, and the pull requests that the scripted `gh` knows of."""

    def __init__(self, served: Served, place: Path) -> None:
        self.served, self.place = served, place
        if not (place / "pulls.json").exists():
            self.write([])

    def write(self, pulls: list[dict[str, Any]]) -> None:
        (self.place / "pulls.json").write_text(json.dumps(pulls))

    def pulls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.place / "pulls.json").read_text())
        return found

    def there(self, branch: str = "batty/two") -> str:
        """Where a branch stands on the server; "" when it is not there."""
        return self.served.git(
            "rev-parse", "-q", "--verify", f"refs/heads/{branch}", cwd=self.served.server, check=False
        )

    def set(self, **facts: Any) -> None:
        """Something happens to the newest pull request."""
        newest, *others = self.pulls()
        head = self.there(newest["headRefName"]) or newest["headRefOid"]
        at = str(int(newest["updatedAt"]) + 1)
        self.write([{**newest, "headRefOid": head, "updatedAt": at, **facts}, *others])

    def say(self, **facts: Any) -> None:
        """The same; then everybody looks at it."""
        self.set(**facts)
        self.look()

    def look(self) -> None:
        self.served.run("remote", code=None)
        self.served.run("step", "--until-idle")

    def merge(self, how: str = "squash", head: str = "", look: bool = True) -> str:
        """Merge the newest pull request as the forge's button does, and delete its branch: as one commit (``squash``),
        as a merge commit (``merge``), or its commits one by one (``rebase``); ``head`` is what it offers."""
        newest, git, root = self.pulls()[0], self.served.git, self.served.server
        head = head or self.there(newest["headRefName"])
        name = f"(#{newest['number']})"
        if how == "rebase":
            commit = self._rebased(head)
        else:
            tree = git("merge-tree", "--write-tree", "main", head, cwd=root)
            parents = ["-p", "main", *(["-p", head] if how == "merge" else [])]
            commit = git("commit-tree", *parents, "-m", f"Merged {name}", tree, cwd=root)
        git("update-ref", "refs/heads/main", commit, cwd=root)
        git("update-ref", f"refs/pull/{newest['number']}/head", head, cwd=root)
        git("update-ref", "-d", f"refs/heads/{newest['headRefName']}", cwd=root)
        facts = {"state": "MERGED", "mergeCommit": {"oid": commit}, "headRefOid": head}
        self.say(**facts) if look else self.set(**facts)
        return commit

    def _rebased(self, head: str) -> str:
        """(The forge makes other commits of them even where they would stay the same.)"""
        git, root = self.served.git, self.served.server
        tip = git("rev-parse", "main", cwd=root)
        for commit in git("rev-list", "--reverse", f"{tip}..{head}", cwd=root).splitlines():
            beside = git("commit-tree", "-p", f"{commit}^", "-m", "Picked", f"{tip}^{{tree}}", cwd=root)
            tree = git("merge-tree", "--write-tree", beside, commit, cwd=root)
            message = git("log", "-1", "--format=%B", commit, cwd=root)
            tip = git("commit-tree", "-p", tip, "-m", message, tree, cwd=root)
        return tip

    def update(self, rebase: bool = False) -> str:
        """Bring the newest pull request's branch up to date, as the forge's button "Update branch" does."""
        newest, git, root = self.pulls()[0], self.served.git, self.served.server
        head = self.there(newest["headRefName"])
        if rebase:
            commit = self._rebased(head)
        else:
            tree = git("merge-tree", "--write-tree", head, "main", cwd=root)
            commit = git("commit-tree", "-p", head, "-p", "main", "-m", "Merge branch 'main'", tree, cwd=root)
        self.push(commit)
        return commit

    def push(self, commit: str) -> None:
        """Somebody moves the newest pull request's branch, whatever it was."""
        newest, root = self.pulls()[0], self.served.server
        self.served.git("update-ref", f"refs/heads/{newest['headRefName']}", commit, cwd=root)
        self.served.git("update-ref", f"refs/pull/{newest['number']}/head", commit, cwd=root)

    def stage(self) -> str:
        """What `status` says of the one that waits."""
        [row] = self.served.json("status")["queue"]
        return str(row["stage"])

    def need(self, words: str) -> str:
        """What needs you, with its command."""
        [found] = [one for one in self.served.json("status")["needs_you"] if words in one["what"]]
        command, _, why = str(found["command"]).partition("  (")
        said = f"needs you: {found['what']} → `{command}`{why and f' ({why}'}"
        return re.sub(r"\b[0-9a-f]{10,40}\b", "…", said)

    def row(self, what: str, seen: str, follows: str) -> None:
        """One row of the page; that nobody is charged where it says so is seen."""
        assert "nobody is charged" not in follows or "handed back" not in self.served.log()
        TABLE.check(what, seen, follows)

    def status(self) -> str:
        return self.served.run("status", code=None)


def forge_at(scene: Scene, place: Path, patch: pytest.MonkeyPatch, within: bool = False) -> Forge:
    """A scene with hooks, its trunk on a server (``within`` the repository's own directory: see Served), and `gh` on
    PATH."""
    served = Served(scene.root)
    served.within = within
    reached(served, place, patch)
    scene.install()
    return Forge(served.serve("pr"), place)


def reached(served: Served, place: Path, patch: pytest.MonkeyPatch) -> None:
    """Have `gh` on PATH, and what it knows at ``place``."""
    patch.setenv("PATH", f"{Path(__file__).parent / 'forge'}{os.pathsep}{os.environ['PATH']}")
    patch.setenv("FORGE", str(place))
    patch.setenv("GH_REPO", "github.com/us/ours")
    patch.setenv("FORGE_SERVER", str(served.server))


def forge_again(again: Again, patch: pytest.MonkeyPatch, begin: Callable[[Forge], object]) -> Forge:
    """A forge at which ``begin`` has happened, once for all tests of a file; its place is the scene's own."""

    def made(scene: Scene) -> None:
        begin(forge_at(scene, scene.root.parent, patch))

    made.__name__ = begin.__name__
    scene = again(made)
    reached(Served(scene.root), scene.root.parent, patch)
    return Forge(Served(scene.root), scene.root.parent)
