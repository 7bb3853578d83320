"""As much of GitLab as `glab api` is asked for here: merge requests of one project, their pipelines, notes and members.

It takes GraphQL as GitLab does: a question that is no question, or that asks for a field that there is none, is refused
in GitLab's words, and nothing is given that was not asked for. What it says is shaped as GitLab's own answers are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_WORDS = re.compile(r'"(?:\\.|[^"\\])*"|[A-Za-z_$][\w]*!?|\d+|[{}()\[\]:,!]')
_TYPES: dict[str, dict[str, str]] = {
    "Query": {"currentUser": "UserCore", "project": "Project"},
    "Mutation": {"mergeRequestCreate": "MergeRequestCreatePayload", "mergeRequestUpdate": "MergeRequestUpdatePayload"},
    "MergeRequestCreatePayload": {"errors": "", "mergeRequest": "MergeRequest"},
    "MergeRequestUpdatePayload": {"errors": "", "mergeRequest": "MergeRequest"},
    "UserCore": {"id": "", "username": ""},
    "UserCoreConnection": {"nodes": "UserCore"},
    "Project": {"mergeRequests": "MergeRequestConnection"},
    "MergeRequestConnection": {"nodes": "MergeRequest"},
    "MergeRequest": {
        **dict.fromkeys((
            "iid", "webUrl", "state", "title", "description", "sourceBranch", "targetBranch", "sourceProjectId",
            "targetProjectId", "diffHeadSha", "mergeCommitSha", "updatedAt", "userNotesCount", "autoMergeEnabled",
            "detailedMergeStatus",
        ), ""),
        "approvedBy": "UserCoreConnection", "headPipeline": "Pipeline",
    },
    "Pipeline": {"id": "", "status": "", "jobs": "CiJobConnection"},
    "CiJobConnection": {"nodes": "CiJob"},
    "CiJob": {"id": "", "name": "", "allowFailure": "", "status": ""},
}  # fmt: skip
_SINCE_15 = {"detailedMergeStatus", "autoMergeEnabled"}  # what an older GitLab does not know
Tree = dict[str, tuple[dict[str, Any], "Tree"]]


class Gitlab:
    """The merge requests of one ``project``, newest first, at ``host``; ``asked`` is what was asked for; ``refuses``: a
    status and words for everything; ``retries``: jobs and pipelines that may be run again; ``older``: it is one that
    does not know all words."""

    def __init__(self, host: str = "gitlab.example", project: str = "us/sub/ours") -> None:
        self.host, self.project = host, project
        self.pulls: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.members: list[dict[str, Any]] = []
        self.traces: dict[str, str] = {}
        self.retries: list[str] = []
        self.asked: list[str] = []
        self.refuses: tuple[int, Any] | None = None
        self.older = False

    def load(self, place: Path) -> Gitlab:
        """What was kept in a file, if there is one."""
        if place.exists():
            self.__dict__.update(json.loads(place.read_text()))
        return self

    def save(self, place: Path) -> None:
        """Keep it."""
        place.write_text(json.dumps(self.__dict__))

    def merge_request(self, number: int, branch: str, **more: Any) -> dict[str, Any]:
        """One of them, open and new."""
        return {
            "iid": str(number), "webUrl": f"https://{self.host}/{self.project}/-/merge_requests/{number}",
            "state": "opened", "title": "", "description": "", "sourceBranch": branch, "targetBranch": "main",
            "sourceProjectId": 7, "targetProjectId": 7, "diffHeadSha": "", "mergeCommitSha": None,
            "squash_commit_sha": None, "updatedAt": "2026-01-01T00:00:00Z", "userNotesCount": 0,
            "autoMergeEnabled": False, "detailedMergeStatus": "MERGEABLE", "approvedBy": {"nodes": []},
            "headPipeline": None,
        } | more  # fmt: skip

    def say(self, **facts: Any) -> None:
        """Something happens to the newest one."""
        self.pulls[0] |= {"updatedAt": f"2026-01-02T00:00:00.{len(self.asked):06}Z"} | facts

    def note(self, who: int, name: str, text: str, **more: Any) -> None:
        """Somebody says something of it."""
        number = 100 + len(self.notes)
        self.notes.insert(0, {"id": number, "body": text, "system": False, "type": None,
                              "author": {"id": who, "username": name}} | more)  # fmt: skip
        self.say(userNotesCount=len(self.notes))

    def answer(self, method: str, path: str, body: str, logged_in: bool = True) -> tuple[int, Any]:
        """The status of an answer and what it says: JSON, or a text."""
        self.asked.append(f"{method} {path} {body}")
        if self.refuses:
            return self.refuses[0], self.refuses[1]
        where = urlsplit(path)
        if where.path.rstrip("/").endswith("/graphql"):
            return self._graphql(json.loads(body), logged_in)
        parts = where.path.split("/")
        if not logged_in or len(parts) < 6 or unquote(parts[4]) != self.project:
            return 404, {"message": "404 Project Not Found"}
        return self._rest("/".join(parts[5:]), parse_qs(where.query), method)

    def _rest(self, path: str, query: dict[str, list[str]], method: str = "GET") -> tuple[int, Any]:
        if found := re.fullmatch(r"merge_requests/(\d+)/notes", path):
            first = 100 * (int(query.get("page", ["1"])[0]) - 1)
            return 200, self.notes[first : first + 100]
        if method == "POST" and (found := re.fullmatch(r"(jobs|pipelines)/(\d+)/retry", path)):
            if found[2] not in self.retries:
                return 403, {"message": "403 Forbidden - Job is not retryable"}
            return 201, {"id": 1000 + int(found[2]), "status": "pending"}
        if path == "members/all":
            return 200, [one for one in self.members if str(one["id"]) in query.get("user_ids[]", [])]
        if found := re.fullmatch(r"merge_requests/(\d+)", path):
            for one in (one for one in self.pulls if one["iid"] == found[1]):
                return 200, {
                    "iid": int(one["iid"]), "state": one["state"], "sha": one["diffHeadSha"],
                    "merge_commit_sha": one["mergeCommitSha"], "squash_commit_sha": one["squash_commit_sha"],
                }  # fmt: skip
        if (found := re.fullmatch(r"jobs/(\d+)/trace", path)) and found[1] in self.traces:
            return 200, self.traces[found[1]]
        return 404, {"message": "404 Not found"}

    def _graphql(self, asked: dict[str, Any], logged_in: bool) -> tuple[int, Any]:
        try:
            kind, tree = _parsed(asked["query"], asked.get("variables", {}))
            root = "Mutation" if kind == "mutation" else "Query"
            wrong = list(self._wrong(root, tree))
        except (ValueError, IndexError, StopIteration) as error:
            return 200, {"errors": [{"message": f"Parse error on {error} (NUMBER)", "locations": []}]}
        if wrong:
            return 200, {"errors": [{"message": words, "path": [], "extensions": {}} for words in wrong]}
        found: dict[str, Any] = {}
        for name, (given, below) in tree.items():
            if name == "currentUser":
                found[name] = {"username": "ada"} if logged_in else None
            elif name == "project":
                seen = logged_in and given["fullPath"] == self.project
                found[name] = self._listed(below) if seen else None
            elif not logged_in:
                words = "The resource that you are attempting to access does not exist or you don't have permission to "
                return 200, {"errors": [{"message": f"{words}perform this action", "path": [name]}]}
            else:
                found[name] = _shown(getattr(self, f"_{name}")(given["input"]), below)
        return 200, {"data": found}

    def _wrong(self, kind: str, tree: Tree) -> Iterator[str]:
        for name, (given, below) in tree.items():
            known = _TYPES[kind]
            if name not in known or (self.older and name in _SINCE_15):
                yield f"Field '{name}' doesn't exist on type '{kind}'"
            elif self.older and "retried" in given:
                yield f"Field '{name}' doesn't accept argument 'retried'"
            elif bool(known[name]) != bool(below):
                yield f"Field must have selections (field '{name}' returns {known[name]})"
            else:
                yield from self._wrong(known[name], below)

    def _listed(self, tree: Tree) -> dict[str, Any]:
        given, below = tree["mergeRequests"]
        found = [
            one for one in self.pulls
            if one["iid"] in given.get("iids", [one["iid"]])
            and one["sourceBranch"] in given.get("sourceBranches", [one["sourceBranch"]])
            and given.get("state", one["state"]) == one["state"]
        ]  # fmt: skip
        return {"mergeRequests": _shown({"nodes": found}, below)}

    def _mergeRequestCreate(self, said: dict[str, str]) -> dict[str, Any]:
        for one in self.pulls:
            if one["sourceBranch"] == said["sourceBranch"] and one["state"] == "opened":
                words = f"Another open merge request already exists for this source branch: !{one['iid']}"
                return {"errors": [words], "mergeRequest": None}
        if len(said["title"]) > 255:
            return {"errors": ["Title is too long (maximum is 255 characters)"], "mergeRequest": None}
        made = self.merge_request(12 + len(self.pulls), said["sourceBranch"], title=said["title"],
                                  description=said["description"], targetBranch=said["targetBranch"])  # fmt: skip
        self.pulls.insert(0, made)
        return {"errors": [], "mergeRequest": made}

    def _mergeRequestUpdate(self, said: dict[str, str]) -> dict[str, Any]:
        found = next(one for one in self.pulls if one["iid"] == said["iid"])
        found["description"] = said["description"]
        return {"errors": [], "mergeRequest": found}


def pipeline(status: str, *jobs: tuple[int, str]) -> dict[str, Any]:
    """A pipeline, and its jobs that have failed (newest first)."""
    nodes = [{"id": f"gid://gitlab/Ci::Build/{id}", "name": name, "allowFailure": False} for id, name in jobs]
    return {"id": "gid://gitlab/Ci::Pipeline/5", "status": status, "jobs": {"nodes": nodes}}


def _shown(facts: Any, tree: Tree) -> Any:
    if isinstance(facts, list):
        return [_shown(one, tree) for one in facts]
    if not tree or facts is None:
        return facts
    return {name: _shown(facts[name], below) for name, (_, below) in tree.items()}


def _parsed(query: str, variables: dict[str, Any]) -> tuple[str, Tree]:
    words = iter([*_WORDS.findall(query), ""])
    ahead = [next(words)]

    def take(wanted: str = "") -> str:
        word, ahead[0] = ahead[0], next(words, "")
        if wanted and word != wanted:
            raise ValueError(f"{word!r}, not {wanted!r}")
        return word

    def value() -> Any:
        word = take()
        if word == "[":
            found = []
            while ahead[0] != "]":
                found.append(value())
                if ahead[0] == ",":
                    take()
            take("]")
            return found
        if word == "{":
            return pairs("}")
        if word.startswith("$"):
            return variables[word[1:]]
        return {"true": True, "false": False}.get(word, json.loads(word) if word[0] in '"0123456789' else word)

    def pairs(end: str) -> dict[str, Any]:
        found = {}
        while ahead[0] != end:
            name = take()
            take(":")
            found[name] = value()
            if ahead[0] == ",":
                take()
        take(end)
        return found

    def selection() -> Tree:
        take("{")
        found: Tree = {}
        while ahead[0] != "}":
            name, given = take(), {}
            if ahead[0] == "(":
                take()
                given = pairs(")")
            found[name] = (given, selection() if ahead[0] == "{" else {})
        take("}")
        return found

    kind = take()
    while ahead[0] != "{":  # (the variables' types)
        take()
    return kind, selection()
