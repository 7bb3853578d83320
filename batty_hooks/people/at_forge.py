"""What keeps a person's `gh` or `glab` from the forge, in words, and what he types to mend it."""

from __future__ import annotations

import os

from batty_hooks.system import forge
from batty_hooks.system.forge import GH, GLAB, Answer, Place

_TOKENS = {
    GH: ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
    GLAB: ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN"),
}
_A_PERSONS = (forge.LOGIN, forge.NOT_THERE, forge.REFUSED)


def trouble(place: Place, remote: str, answer: Answer) -> tuple[str, str]:
    """What it is, and what mends it."""
    words, login, status = forge.words_at(place), forge.login_command(place), f"{place.program} auth status"
    if answer.outcome == forge.MISSING:
        what = f"{words.name}s are made with {place.program}, which is not installed here"
        return what, f"{login}  (once it is installed: {words.source})"
    if answer.outcome in _A_PERSONS:
        token = next((name for name in _TOKENS[place.program] if os.environ.get(name)), "")
        also = f"{token} is set, and goes before what that keeps" if token else f"or: {status}"
        return f"{place.program} does not get to {place.host or remote}: {answer.said}", f"{login}  ({also})"
    return f"{place.program} gets no answer: {answer.said}", f"{status}  (it is asked again by itself)"
