"""The attributes of one clone alone (`.git/info/attributes`), and git calls that know nothing of them.

git heeds that file above every .gitattributes, and no setting or option keeps it from that: `--attr-source` and
`attr.tree` of a newer git stand for the files of the work tree only. But it looks for the file in the directory that
worktrees share, and a variable may say which that is. So a worktree of ours gets a stand-in for it: `common/` in its
own git directory, with a link to everything that is in the shared one but that file. It is made only where the file
says something, and looked over before each use.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from batty_hooks.system import atomic
from batty_hooks.system.git import call

_STAND_IN = "common"  # in the git directory of the worktree
_FILE = "attributes"
_NOBODYS = {"GIT_ATTR_NOSYSTEM": "1"}
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\b": "\\b"}


def without_own(directory: Path) -> dict[str, str]:
    """The environment of a git call in the worktree with the git directory ``directory`` that heeds no attributes but
    those that are tracked. Raises OSError where the stand-in cannot be made."""
    common = directory.parent.parent
    if not _says_something(common / "info" / _FILE):
        return dict(_NOBODYS)
    place = directory / _STAND_IN
    if not place.exists():
        (directory / "index").unlink(missing_ok=True)  # what is checked out may be by other attributes
    (place / "info").mkdir(parents=True, exist_ok=True)
    _link(common, place, ("config", "info", "worktrees"))
    _link(common / "info", place / "info", (_FILE,))
    atomic.write(place / "config", _config(common), lasting=False)
    return {**_NOBODYS, "GIT_COMMON_DIR": str(place), "GIT_OBJECT_DIRECTORY": str(common / "objects")}


def _says_something(file: Path) -> bool:
    with contextlib.suppress(OSError):
        lines = file.read_text("utf-8", "replace").splitlines()
        return any(line.strip() and not line.lstrip().startswith("#") for line in lines)
    return False


def _link(source: Path, place: Path, but: tuple[str, ...]) -> None:
    """Links at ``place`` to everything in ``source``, and no other ones."""
    wanted = {name: str(source / name) for name in os.listdir(source) if name not in but and not name.endswith(".lock")}
    for name in os.listdir(place):
        link = place / name
        if link.is_symlink() and os.readlink(link) != wanted.get(name):
            link.unlink()
    for name, target in wanted.items():
        with contextlib.suppress(FileExistsError):
            os.symlink(target, place / name)


def _config(common: Path) -> str:
    """The repository's own settings, with what they include named from the root: a relative path is looked for beside
    the file that names it."""
    said = call.fields("config", "--file", str(common / "config"), "--list", "-z", cwd=common)
    return "".join(_setting(common, *entry.partition("\n")) for entry in said)


def _setting(common: Path, key: str, is_set: str, value: str) -> str:
    section, _, rest = key.partition(".")
    within, _, name = rest.rpartition(".")
    header = f'[{section} "{_escaped(within)}"]' if within else f"[{section}]"
    if section in ("include", "includeif") and not value.startswith(("~", "%")):
        value = os.path.join(common, value)
    return f'{header}\n\t{name} = "{_escaped(value)}"\n' if is_set else f"{header}\n\t{name}\n"


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in text)
