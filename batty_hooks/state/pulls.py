"""`.batty/pulls/<key>.json`: the pull request of an offer's key, as far as the forge has told us; and
`.batty/forge.json`: how asking it went (in no directory of its own: it is written at each look, and is no history).

The file stays when the offer leaves the queue: a newer commit of the same card goes to the same pull request, and of
one that was squashed only this says that it has landed. What is in it was said by the forge; lost, the forge is asked
whether there is one for that branch, so that no second one is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.state.project import Project
from batty_hooks.system import atomic, late
from batty_hooks.system.directories import names
from batty_hooks.system.forge import OPEN, Check
from batty_hooks.system.git import refs
from batty_hooks.system.records import asdict, dataclass

_HEADS = "refs/batty/pulls/"
_CARD = late.pattern(r"t\d")


@dataclass(frozen=True)
class Pull:
    """The ``branch`` on the server, the ``commit`` of ours that the pull request offers, and the one that we have
    ``pushed`` to that branch ("": none yet); its ``number`` (0: none yet), ``url``, ``state``, ``head``, ``base``,
    ``merge``, ``checks``, ``decision``, whether the forge is to merge it by itself (``queued``) and ``updated``, all as
    in system/forge.

    ``since`` is when its state was seen first (seconds since the epoch), ``back`` how many attempts had come back when
    that was. ``log`` is the end of what its red checks have printed, ``heard`` names the remarks that were passed on,
    ``asked`` is what ``updated`` was when they were asked for last with nothing new since. ``trouble`` says why the
    commit ``refused`` could not be offered, ``tried`` when that was. ``taken`` is the commit for whose landing a person
    takes what was merged. ``again`` are the red checks of this head that the forge was asked to run once more, as they
    were then (without a link: it could not be asked, or has not begun), and ``again_at`` when that was; ``asks``:
    whether it heard that is not known. ``new_at`` is when the forge last said anything new of it."""

    key: str
    branch: str
    commit: str = ""
    number: int = 0
    url: str = ""
    state: str = OPEN
    head: str = ""
    base: str = ""
    merge: str = ""
    checks: tuple[Check, ...] = ()
    decision: str = ""
    queued: bool = False
    updated: str = ""
    pushed: str = ""
    since: float = 0.0
    back: int = 0
    log: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    asked: str = ""
    trouble: str = ""
    refused: str = ""
    tried: float = 0.0
    taken: str = ""
    again: tuple[Check, ...] = ()
    again_at: float = 0.0
    asks: bool = False
    new_at: float = 0.0


@dataclass(frozen=True)
class Notes:
    """When the forge last answered (``looked``) and was last asked (``tried``), in seconds since the epoch; the
    ``outcome`` ("": it answers), what was ``said``, ``since`` when, and how often in a row (``failures``). ``upon`` is
    where the trunk stood as seen here when all of them were looked at last."""

    looked: float = 0.0
    tried: float = 0.0
    outcome: str = ""
    said: str = ""
    since: float = 0.0
    failures: int = 0
    upon: str = ""


def branch_of(key: str) -> str:
    """What the branch of an offer's key is called on the server."""
    plain = key.removeprefix("b-")
    return f"batty/{key if _CARD.match(plain) else plain}"


def head_ref(key: str) -> str:
    """The ref that holds here what was seen at the head of its pull request."""
    return f"{_HEADS}{key}"


def get(project: Project, key: str) -> Pull | None:
    """The pull request of a key, or None when nothing is known of any."""
    try:
        facts = json.loads(file_of(project, key).read_text("utf-8"))
        for name in ("checks", "again"):
            facts[name] = tuple(Check(**one) for one in facts.get(name, ()))
        return Pull(**{**facts, "log": tuple(facts["log"]), "heard": tuple(facts["heard"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def put(project: Project, pull: Pull) -> None:
    """Write down what is known of one."""
    _place(project).mkdir(parents=True, exist_ok=True)
    atomic.write(file_of(project, pull.key), json.dumps(asdict(pull), indent=1, ensure_ascii=False) + "\n")


def known(project: Project) -> Iterator[Pull]:
    """All of them."""
    for name in sorted(names(_place(project))):
        found = get(project, name.removesuffix(".json")) if name.endswith(".json") else None
        if found:
            yield found


def heads(project: Project, within: str) -> dict[str, str]:
    """The refs of `head_ref` whose commits ``within`` holds, by their key."""
    return {ref.removeprefix(_HEADS): ref for ref in refs.listed(project.root, _HEADS, within)}


def file_of(project: Project, key: str) -> Path:
    """Where the pull request of a key is written down."""
    return _place(project) / f"{key}.json"


def notes(project: Project) -> Notes:
    """How asking the forge went; nothing where it was not asked yet."""
    try:
        return Notes(**json.loads(_notes(project).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return Notes()


def note(project: Project, now: Notes) -> None:
    """Write down how it went."""
    atomic.write(_notes(project), json.dumps(asdict(now)) + "\n", lasting=False)


def _notes(project: Project) -> Path:
    return project.batty / "forge.json"


def _place(project: Project) -> Path:
    return project.batty / "pulls"
