"""How people are told of pull requests in the words of their forge: GitLab calls them merge requests. Pure."""

from __future__ import annotations

import re
import shlex

from batty_hooks.system import late
from batty_hooks.system.forge.places import GH, GLAB, Place
from batty_hooks.system.records import dataclass

_RUNS_AGAIN = late.pattern(r"/actions/runs/\d+|/-/(?:jobs|pipelines)/\d+$")
_TOO_OFTEN = late.pattern(r"rate limit|HTTP 429|too many requests|abuse detection|retry later", re.I)
_AT_GITLAB = "/merge_requests/"  # in the address of each of its own


@dataclass(frozen=True)
class Words:
    """The forge's ``name`` for one and the ``mark`` before its number, the verb that its ``program`` has for them, the
    ref of what one offers, and where the program is to be had."""

    program: str
    name: str
    mark: str
    verb: str
    ref: str
    source: str

    def one(self, number: int) -> str:
        """One of them, as its forge calls it."""
        return f"{self.name} {self.mark}{number}"

    def head(self, number: int) -> str:
        """The ref on the server of the commit that it offers."""
        return self.ref.format(number)

    def command(self, does: str, number: int) -> str:
        """What a person types to have that done to one."""
        return f"{self.program} {self.verb} {does} {number}"

    def for_base(self, number: int, base: str) -> str:
        """What a person types to have one merged into ``base``."""
        edit = f"update {number} --target-branch" if self.program == GLAB else f"edit {number} --base"
        return f"{self.program} {self.verb} {edit} {shlex.quote(base)}"


_GITHUB = Words(GH, "pull request", "", "pr", "refs/pull/{}/head", "https://cli.github.com")
_GITLAB = Words(GLAB, "merge request", "!", "mr", "refs/merge-requests/{}/head",
                "https://gitlab.com/gitlab-org/cli")  # fmt: skip


def words_of(url: str) -> Words:
    """The words for the one with that address."""
    return _GITLAB if _AT_GITLAB in url else _GITHUB


def runs_again(link: str) -> bool:
    """Whether the forge can be asked to run that check once more: it is a job of its own, and no other service's."""
    return bool(_RUNS_AGAIN.search(link))


def asked_too_often(said: str) -> bool:
    """Whether a forge did not answer for that: it wants to be left alone for a minute at least, and longer each time
    that it is asked all the same."""
    return bool(_TOO_OFTEN.search(said))


def words_at(place: Place) -> Words:
    """The words of that forge."""
    return _GITLAB if place.program == GLAB else _GITHUB


def login_command(place: Place) -> str:
    """What a person types to be let in there."""
    usual = place.host in ("", "github.com", "gitlab.com")
    return f"{place.program} auth login{'' if usual else f' --hostname {shlex.quote(place.host)}'}"
