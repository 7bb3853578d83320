"""What is asked of a forge, by the program that speaks with it: `gh` (gh.py) or `glab` (glab.py). They answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system.forge import gh, glab
from batty_hooks.system.forge.places import GLAB, Place
from batty_hooks.system.forge.pull import Pull, Remark
from batty_hooks.system.git.server_words import Answer


def listed(
    root: Path, place: Place, base: str, numbers: Sequence[int], seconds: float
) -> tuple[Answer, dict[int, Pull]]:
    """Those pull requests (into the branch ``base``) as they stand now, by their numbers, in at most ``seconds``; one
    that is not there is left out."""
    ask = glab.listed if place.program == GLAB else gh.listed
    return ask(root, place, base, numbers, seconds)


def found(root: Path, place: Place, base: str, branch: str, seconds: float) -> tuple[Answer, Pull | None]:
    """The open pull request of that branch of the repository itself for ``base``, if there is one."""
    return (glab.found if place.program == GLAB else gh.found)(root, place, base, branch, seconds)


def create(
    root: Path, place: Place, base: str, branch: str, title: str, text: str, seconds: float
) -> tuple[Answer, int, str]:
    """Offer a branch that is on the server: the number and the address of its pull request (0 and "" when it could not
    be)."""
    make = glab.create if place.program == GLAB else gh.create
    return make(root, place, base, branch, title, text, seconds)


def described(root: Path, place: Place, number: int, text: str, seconds: float) -> Answer:
    """Renew the text of a pull request."""
    return (glab.described if place.program == GLAB else gh.described)(root, place, number, text, seconds)


def remarks(root: Path, place: Place, number: int, seconds: float) -> tuple[Answer, list[Remark]]:
    """What people who may write there have said of a pull request, as a whole and of its lines."""
    return (glab.remarks if place.program == GLAB else gh.remarks)(root, place, number, seconds)


def again(root: Path, place: Place, links: Sequence[str], seconds: float) -> Answer:
    """Have red checks run once more, by their links (see `words.runs_again`). REFUSED where that cannot be."""
    return (glab.again if place.program == GLAB else gh.again)(root, place, links, seconds)


def dropped(root: Path, place: Place, number: int, seconds: float) -> str:
    """Why the server merges a pull request by itself no more, in its own words; "" where it does not say."""
    return (glab.dropped if place.program == GLAB else gh.dropped)(root, place, number, seconds)


def log(root: Path, place: Place, link: str, lines: int, seconds: float) -> list[str]:
    """The last lines of what a red check has printed, by its link; none where it is no job of the forge's own."""
    return (glab.log if place.program == GLAB else gh.log)(root, place, link, lines, seconds)
