"""Templates of a person's own: a team.yaml with its prompts and adapters, in a directory.

`export-template` puts them into `$XDG_DATA_HOME/batty-hooks/templates/NAME/`; any other directory of that form (one
that somebody shares, another project) does as well. What belongs to one project alone (its name, its trunk, its test
command) is not in a template.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.team import document, entries, reading, starting
from batty_hooks.state.team.model import Team
from batty_hooks.system import atomic, directories, shipped

FILE = "team.yaml"
_OF_A_PROJECT = ".batty/team_config"


def place() -> Path:
    """Where the templates of this person lie."""
    said = Path(os.environ.get("XDG_DATA_HOME") or "")
    data = said if said.is_absolute() else Path.home() / ".local/share"
    return data / "batty-hooks" / "templates"


def names() -> list[str]:
    """Those that there are (a replaced one, `NAME.old-1`, is none)."""
    return sorted(file.parent.name for file in place().glob(f"*/{FILE}") if "." not in file.parent.name)


def find(word: str) -> Path:
    """The directory that a name or a path stands for. Raises FatalError when it holds no team."""
    by_name, given = place() / word, Path(os.path.expanduser(word))  # (that of pathlib raises for a ~ of nobody)
    places = [given, given / _OF_A_PROJECT] if "/" in word else [by_name, given, given / _OF_A_PROJECT]
    for directory in places:
        if os.path.isfile(directory / FILE):
            return directory
    if os.path.isdir(given):
        raise FatalError(f"{word} has no {FILE}", "name a directory with a team.yaml and its prompts", USAGE)
    known = names()
    mend = (
        document.suggest(word, known) if known else "`batty-hooks export-template NAME` makes one of a project's team"
    )
    if word in starting.templates():
        mend = f"`batty-hooks init --template {word}`"
    raise FatalError(f"there is no template {word!r} of your own, and no such directory", mend, USAGE)


def read(directory: Path) -> tuple[bytes, Team]:
    """The text of a template and the team in it. Raises FatalError with its first mistake."""
    file = directory / FILE
    raw = file.read_bytes()
    team, wrong = reading.understand(raw, directory, directory.name, thorough=True)
    if wrong:
        raise FatalError(f"{file}:{wrong[0].line}: {wrong[0].what}", wrong[0].mend)
    if not team.members:
        raise FatalError(f"{file} has no team", "give it `roles:`; `batty-hooks templates` shows some")
    return raw, team


def files(directory: Path, team: Team, root: Path | None = None) -> dict[str, bytes]:
    """What belongs to a template beside team.yaml: prompts and adapters, by their names below it.

    Raises FatalError where a link leads out of ``root`` (the template itself): what somebody shares does not bring a
    file of this machine into a repository. In one's own place one may link to what one likes.
    """
    named = [directory / role.prompt for role in team.roles if role.prompt and ".." not in Path(role.prompt).parts]
    found = {*directory.glob("*.md"), *(directory / "agents").glob("*.py"), *named}
    inside = sorted(path for path in found if path.is_file() and path.is_relative_to(directory))
    for path in inside:
        if not path.resolve().is_relative_to((root or directory).resolve()) and directory.parent != place():
            raise FatalError(f"{path} is a link that leads out of it", "put the file itself there")
    return {str(path.relative_to(directory)): path.read_bytes() for path in inside}


def general(raw: bytes) -> bytes:
    """The text of a team.yaml without what belongs to one project alone. Raises FatalError when that cannot be taken
    out of it."""
    text, root = document.text_of(raw), document.compose(raw, [])
    gate = entries.find(root, "gate")
    changes = [*entries.removal(text, root, "name"), *entries.removal(text, root, "trunk")]
    changes += entries.removal(text, gate[1], "command") if gate else []
    new = entries.changed(text, changes).encode()
    team = _meant(new)
    if (team.name, team.trunk, team.gate.command) != ("", None, None) or team.roles != _meant(raw).roles:
        raise FatalError("team.yaml is written in a form that no template can be made of",
                         "put `trunk:` and `gate:` on lines of their own, then export it again")  # fmt: skip
    return new


def for_project(raw: bytes, trunk: str | None) -> bytes:
    """The text of a template for a project with that trunk."""
    root = document.compose(raw, [])
    if trunk is None or root is None:
        return raw
    text, start = document.text_of(raw), root.start_mark.index
    line = f"trunk: {document.scalar(trunk)}  # the branch that tested work lands on\n"
    new = f"{text[:start]}{line}{text[start:]}".encode()
    return new if _meant(new).trunk == trunk and _meant(new).roles == _meant(raw).roles else raw


def roles_of(raw: bytes) -> str:
    """The roles alone, for a project that has a gate of its own."""
    text = document.text_of(raw)
    found = entries.find(document.compose(raw, []), "roles")
    return text[found[0].start_mark.index : found[1].end_mark.index].rstrip() + "\n" if found else ""


def export(project: Project, team: Team, name: str, force: bool) -> tuple[Path, Path | None]:
    """Save the project's team as a template; where it is, and where one of that name is now that was there before.

    Raises FatalError for a name that cannot be one, or that another template has.
    """
    target = _target(name)
    content = {FILE: general(project.team_file.read_bytes()), **dict(_prompts(project, team))}
    if (target / FILE).is_file() and {FILE: (target / FILE).read_bytes(), **files(target, team)} == content:
        return target, None
    if target.exists() and not force:
        mend = f"batty-hooks export-template --force {shlex.quote(name)}  (it keeps the old one beside it)"
        raise FatalError(f"there is a template {name!r} already: {target}", mend)
    old = _free(target) if target.exists() else None
    with directories.made_at_once(target) as new:
        for path, data in content.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            atomic.write(new / path, data)
        if old:  # only now, and by the name of the old one: whoever is killed, each is whole under one of the two
            os.rename(new, old)
            directories.exchange(target, old)
    return target, old


def _free(target: Path) -> Path:
    number = 1
    while (old := target.with_name(f"{target.name}.old-{number}")).exists():
        number += 1
    return old


def _target(name: str) -> Path:
    if not re.fullmatch(r"\w[\w-]{0,63}", name):
        raise FatalError(f"{name!r} is no name for a template", "use letters, digits, - and _, 64 at most", USAGE)
    if name in starting.templates():
        raise FatalError(f"{name!r} is one of the templates that come along", "take another name", USAGE)
    return place() / name


def _prompts(project: Project, team: Team) -> Iterator[tuple[str, bytes]]:
    """The prompts and adapters of a project; a prompt that it has not got is the shipped one, as it is today."""
    yield from files(project.team_directory, team, project.root).items()
    for role in team.roles:
        if ".." in Path(role.prompt or "").parts or Path(role.prompt or "").is_absolute():
            mend = f"put it beside {FILE} and name it there, then export it again"
            raise FatalError(f"the prompt {role.prompt} lies elsewhere, and would not go along", mend)
        named = shipped.templates() / "roles" / (role.prompt or "-")
        if not (project.team_directory / (role.prompt or "-")).exists() and named.is_file():
            yield named.name, named.read_bytes()


def _meant(raw: bytes) -> Team:
    return reading.understand(raw, Path("/"), "")[0]
