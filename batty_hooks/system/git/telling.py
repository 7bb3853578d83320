"""Of all that git and a server print, the line that a person is told: short, plain and without secrets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from batty_hooks.system import late, printable

_LONGEST = 300  # characters
_MOST_LINES = 3
_NOISE = late.pattern(
    "|".join((
        r"^\W*$", r"^hint:", r"^warning:", r"^(?:review all|see) .*https?://", r"^https?://\S+$", r"^trace: ",
        r"^visit",
        r"^(?:enumerating|counting|compressing|writing|resolving|receiving|unpacking) objects?", r"^resolving deltas",
        r"^delta compression", r"^total \d", r"^processing changes", r"^failed to push some refs",
        r"^everything up-to-date", r"^please make sure you have", r"^and the repository exists",
        r"^could not read from remote repository",
        r"^to (?:create a merge|view this)", r"^an editor opened", r"^are terminated then", r"^may have crashed",
        r"^remove the file manually", r"^another git process", r"^from \S+$", r"^hook declined to update",
    )),
    re.I,
)  # fmt: skip
_HEADS = late.pattern(r"^(?:(?:remote|error|fatal)\s*:\s*|- |! )+", re.I)
TELLS = late.pattern(
    r"error|fatal|reject|denied|declin|refus|forbid|prohibit|not (?:allowed|permitted|found|authori[sz]ed)|must|cannot"
    r"|can't|fail|exceed|limit|permission|protect|require|violat|invalid|missing|unable|could not|expected|space"
    r"|read-only|GH0|TF4",
    re.I,
)
ANY = late.pattern("")
_URL = late.pattern(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^/\s'\"<>]*)@", re.I)
_TOKENS = late.pattern(
    r"\b(?:gh[pousr]_\w{8,}|github_pat_\w{8,}|gl(?:pat|oas|dt|cbt|ptt|ft|rt|soat)-[\w-]{8,}|ATBB\w{8,})"
    r"|(?<=[?&;])(?:access_token|private_token|token|password|key|sig)=[^&\s'\"]+"
    r"|\bAuthorization: \w+ \S+",
    re.I,
)


def told(said: Iterable[str], about: re.Pattern[str] = TELLS) -> str:
    """What a person is told of these lines, in one: from the first that is ``about`` it on, else those that tell."""
    given = list(said)
    known = list(dict.fromkeys(plain(given) or given))
    first = next((number for number, line in enumerate(known) if about.search(line)), None)
    if first is None or about is TELLS:
        telling = [line for line in known if TELLS.search(line)] or known
    else:
        telling = known[first:]
    whole = without_secrets(" ".join(telling[:_MOST_LINES]))
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"


def lines(said: str) -> list[str]:
    """The lines as they stand on a screen in the end: progress returns to the start of its line."""
    found = (line.rstrip("\r").rpartition("\r")[2] for line in said.split("\n"))
    return [line for line in (printable.UNSEEN.sub("", one).strip() for one in found) if line]


def plain(said: Iterable[str]) -> list[str]:
    """Lines without who says them, and without those that tell nothing."""
    bare = (_HEADS.sub("", line).strip() for line in said)
    return [line for line in bare if line and not _NOISE.search(line)]


def without_secrets(text: str) -> str:
    """The text without what a URL or a header may hold: `user:password@`, tokens."""
    return _TOKENS.sub("…", _URL.sub(_without_user, text))


def _without_user(found: re.Match[str]) -> str:
    """Of https a name alone may be the token; of ssh it is part of where the server is."""
    user = found["user"].partition(":")[0] if "ssh" in found["scheme"].lower() else ""
    return f"{found['scheme']}://{user}{'@' if user else ''}"
