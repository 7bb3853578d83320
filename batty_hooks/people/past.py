"""`--at`: the project as it was, for whatever shows one.

The state is unpacked into a directory that is thrown away, and looked at as any project is: what is shown of the past
is what was shown then, by the same code. Of what was not committed in a worktree nothing is known.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from batty_hooks.state.project import Project
from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.rules.look import Look
    from batty_hooks.state.history import Entry

_LINES = 4000  # of a log: what is shown of it, and what is derived from its end
_COMMIT = late.pattern(r"[0-9a-f]{7,64}")
OPTION = "As it was at a time (10:40, 2h, a date), after an event by its number (#42), or in a commit of `history`."


@contextlib.contextmanager
def looked(project: Project, said: str) -> Iterator[Look]:
    """One look at the project as it was at that time, or after that event, for the length of a with-block; "" is now.
    Raises FatalError for a time that is none, or of which nothing is kept."""
    from batty_hooks.rules.look import Look

    if not said:
        yield Look(project)
        return
    import tempfile

    from batty_hooks.state import history
    from batty_hooks.state.history.unpacked import unpacked

    entry = found(project, said)
    seq, at = (history.file(project, entry, history.SEQ) or b"0 0").split()[:2]
    with tempfile.TemporaryDirectory(prefix="batty-hooks-at-") as place:
        into = Path(place).resolve() / project.root.name
        with unpacked(project, entry, into, _log(project, entry, int(seq))) as then:
            yield Look(then, float(at) or float(entry.at), project.root)


def found(project: Project, said: str) -> Entry:
    """The state that is meant by a time, an event's number or a commit. Raises FatalError."""
    from batty_hooks.people import since
    from batty_hooks.state import history

    number = said.removeprefix("#")
    if number.isdigit() and len(number) < 9:
        return history.after_event(project, int(number))
    if _COMMIT.fullmatch(said) and (one := history.of_commit(project, said)):
        return one
    return history.at(project, since.moment(said, "--at"))


def _log(project: Project, entry: Entry, seq: int) -> bytes:
    """The end of the log as it was: from the log, or, where that goes on in a newer one, from the states before."""
    from batty_hooks.state import events, history

    kept = (event for event in events.newest(project) if event.get("seq", 0) <= seq)
    lines = [f"{json.dumps(event, ensure_ascii=False)}\n" for event in islice(kept, _LINES)]
    if lines:
        return "".join(reversed(lines)).encode("utf-8", "replace")
    before = islice(history.entries(project, until=entry.at, path=history.EVENTS), _LINES)
    texts = history.each(project, [f"{one.commit}:{history.EVENTS}" for one in before])
    return b"".join(text or b"" for text in reversed(texts))
