"""What the keeper is asked to keep at hand, and how that stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batty_hooks.system.records import dataclass, field

STARTING, UP, DOWN, UNFIT = "starting", "up", "down", "unfit"


@dataclass(frozen=True)
class Known:
    """A host as it stands: starting, up, down (it is tried again by itself) or unfit (a person has to mend something:
    ``mend``), ``since`` when (seconds since the epoch), why, and what kind of machine it is (``here``). ``number`` says
    which slots are its own: no other host has the same. ``slots`` is how many it has at the most (0: as wished)."""

    host: str
    state: str = STARTING
    since: float = 0.0
    why: str = ""
    mend: str = ""
    here: dict[str, Any] = field(default_factory=dict, hash=False)
    number: int = 0
    slots: int = 0


@dataclass(frozen=True)
class Wish:
    """What to keep: the hosts as ssh knows them, how many slots each has, its Python ("": found there); the project's
    name on hosts, after how many idle seconds to end, where the proof goes that askers have to show, and the ``mark``
    whose time says when somebody has wished for hosts. Or the address of a ``scheduler`` that somebody else runs, with
    the files of its authority, our certificate and our key (``tls``)."""

    hosts: tuple[str, ...]
    slots: int
    python: str
    project: str
    idle: float
    proof: Path
    mark: Path
    scheduler: str = ""
    tls: tuple[Path, ...] = ()
