"""The ids of what is said of an offer, by its key: its card, or a name of its branch. (All other ids: `ids`.)"""

from __future__ import annotations

from batty_hooks.vocabulary.ids import hash_of

_REVIEWER = "reviewer"


def report(key: str, commit: str, at: float) -> str:
    """What a report lacks."""
    return f"{reports(key)}{hash_of(f'{commit}{at}')}"


def reports(key: str) -> str:
    """How the ids of those begin."""
    return f"{key}.report."


def sent_back(key: str, attempt: int) -> str:
    """Why an attempt goes back."""
    return f"{sendings_back(key)}{attempt}"


def sendings_back(key: str) -> str:
    """How the ids of those begin."""
    return f"{key}.gate."


def rejected(key: str, attempt: int) -> str:
    """Why a person sends an attempt back."""
    return f"{rejections(key)}{attempt}"


def rejections(key: str) -> str:
    """How the ids of those begin."""
    return f"{key}.rejected."


def landed(key: str, commit: str) -> str:
    """That it has landed with that merge commit."""
    return f"{key}.landed.{commit[:12]}"


def refused(key: str, tree: str, said: str) -> str:
    """That git refused to land it, in these words: the same refusal again is not said again."""
    return f"{key}.land.{tree[:12]}.{hash_of(said)}"


def offer(key: str, attempt: int, commit: str) -> str:
    """That a commit was offered."""
    return f"{key}.offer.{attempt}.{commit[:12]}"


def pull(key: str, number: int, what: str) -> str:
    """What has become of its pull request: ``what`` names that, and the commit or moment that it is about."""
    return f"{key}.pull.{number}.{hash_of(what)}"


def remark(key: str, id: str) -> str:
    """What somebody has said of its pull request."""
    return f"{key}.remark.{hash_of(id)}"


def handback(key: str, attempt: int) -> str:
    """That an attempt went back."""
    return f"{key}.handback.{attempt}"


def verdict(key: str, at: str, flaky: bool = False) -> str:
    """That a test has ended, at that time."""
    return f"gate.{key[:16]}.{at}{'.flaky' if flaky else ''}"


def word_wanted(key: str, row: str, commit: str) -> str:
    """That an offer in that row waits for a person's word."""
    return f"{key}.{row}.{commit[:12]}"


def review(key: str, commit: str, by: str = "") -> str:
    """That a reviewer is to look at it, and in the log which one; of no commit, how the ids of those begin."""
    return word_wanted(key, _REVIEWER, commit) + (f".{by}" if by else "")


def is_review(id: str) -> bool:
    """Whether a message puts an offer to a reviewer."""
    return f".{_REVIEWER}." in id


def shallow(key: str, commit: str) -> str:
    """That it waits for the history which this clone has not."""
    return f"{key}.shallow.{commit[:12]}"
