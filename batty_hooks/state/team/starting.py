"""The first team.yaml of a project: settings with comments, and the roles of a shipped template."""

from __future__ import annotations

import re
from pathlib import Path

from batty_hooks.errors import USAGE, FatalError
from batty_hooks.state.project import Project
from batty_hooks.state.team import document
from batty_hooks.state.team.model import Team
from batty_hooks.system import atomic, shipped
from batty_hooks.system.records import replace

SCHEMA = "team.schema.json"
_SETTINGS = (
    f"# yaml-language-server: $schema={SCHEMA}\n"
    + """\
# {what}. `batty-hooks validate` checks this file.
{trunk}
gate:
{command}
  # timeout: 10m        # a run that takes longer has failed
  # retries: 2          # failed runs sent back to the engineer before somebody is asked
  # slots: 1            # candidates tested at the same time; auto: as many as this machine has room for
  # protect: [tests/]   # paths that change only with a human's or manager's `merge --approve`
# merge: {{mode: review}}  # passed work waits for a human's or manager's `merge`
# guard: agents         # who may move the trunk only through the gate: agents, everyone, off
# board: {{todo: Backlog, in progress: Doing, done: Shipped}}  # what the lanes of kanban.md are called, in any language
# worktrees:
#   setup: [npm ci]     # run once in each worktree, and again when the lock files change
#   copy: [.env]        # untracked paths that each worktree gets from the primary checkout; link: [node_modules] too
#   ports: 4            # $BATTY_PORT_1 ... $BATTY_PORT_4, for each worktree its own
"""
)
_REMOTE = """\
# remote:               # {trunk} lives on {name}: others' work is fetched from it, what passes is pushed there
#   name: {name}
#   land: push          # or pr: offered as pull requests, with gh or glab
"""
_NO_TRUNK = "# trunk: main           # the branch that tested work lands on"
_NO_COMMAND = "  # command: make test  # nothing lands until you say what tests it"


def settings(what: str, trunk: str | None, command: str | None, remote: str = "") -> str:
    """The text of a team.yaml without roles; what is not known is left as a commented line. A ``remote`` that is here
    is left so too: whether the trunk lives there is a person's to say."""
    text = _SETTINGS.format(
        what=what,
        trunk=f"trunk: {document.scalar(trunk)}  # the branch that tested work lands on" if trunk else _NO_TRUNK,
        command=f"  command: {document.scalar(command)}  # exit 0 lands, nothing else does" if command else _NO_COMMAND,
    )
    return text + (_REMOTE.format(name=remote, trunk=trunk or "main") if remote else "")


def offers_remote(path: Path, remote: str) -> bool:
    """Whether the team.yaml at ``path`` has the lines for that ``remote`` as the comment that `settings` makes."""
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    return "\n# remote:  " in text and f"\n#   name: {remote}\n" in text


def write_hooks_only(project: Project, trunk: str | None, command: str | None, remote: str = "") -> bool:
    """Write a team.yaml without a team, if there is none: True when this call did it."""
    return atomic.create(project.own_team_file, settings("The gate of this repository", trunk, command, remote))


def schema() -> bytes:
    """The JSON Schema of team.yaml, by which editors complete and check it."""
    return (shipped.templates() / SCHEMA).read_bytes()


def write_schema(project: Project) -> None:
    """Put the schema beside team.yaml, whose first line names it; an older one of ours is replaced."""
    path = project.team_directory / SCHEMA
    if not path.exists() or path.read_bytes() != schema():
        atomic.write(path, schema())


def templates() -> dict[str, str]:
    """The shipped teams, smallest first: name → its first line, which says what it is."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in shipped.templates().glob("*.yaml")}
    by_size = sorted(found, key=lambda name: (_size(name), name))
    return {name: found[name].partition("\n")[0].lstrip("# ") for name in by_size}


def template_text(name: str) -> str:
    """The roles of a shipped team, as YAML. Raises FatalError with the nearest right name."""
    path = _template(name)
    if not re.fullmatch(r"[\w-]+", name) or not path.is_file():
        raise FatalError(f"there is no template {name!r}", document.suggest(name, templates()), USAGE)
    return path.read_text(encoding="utf-8")


def template_team(name: str) -> Team:
    """The team that a shipped template makes."""
    from batty_hooks.state.team import reading

    return reading.read(_template(name), name)[0]


def has_roles(text: str) -> bool:
    """Whether a team.yaml speaks of roles at all (a comment does not count)."""
    return re.search(r"^[\"']?roles[\"']?\s*:", text, re.MULTILINE) is not None


def with_roles(text: str, roles: str) -> str:
    """A team.yaml with other roles, and everything else as it was: its comments and the order of its keys too."""
    lines = text.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if has_roles(line)), len(lines))
    end = next((n for n, line in enumerate(lines) if n > start and re.match(r"[\w\"'].*:", line)), len(lines))
    while start and lines[start - 1].startswith("#") and (start < 2 or not lines[start - 2].strip()):
        start -= 1  # what a template says of itself
    while end < len(lines) and end > start and (lines[end - 1].startswith("#") or not lines[end - 1].strip()):
        end -= 1  # what is said of the next key
    head, rest = "".join(lines[:start]).rstrip(), "".join(lines[end:]).strip("\n")
    return "\n\n".join(part for part in (head, roles.strip("\n"), rest) if part) + "\n"


def changed_roles(raw: bytes, roles: str, directory: Path) -> bytes:
    """The text of a team.yaml with other roles, or with those where it has none. Raises FatalError when it would then
    not mean these roles and everything else as before: such a text is better changed by hand."""
    from batty_hooks.state.team import reading

    new = with_roles(document.text_of(raw), roles).encode()
    before, after = (reading.understand(text, directory, "")[0] for text in (raw, new))
    wanted = reading.understand(roles.encode(), directory, "")[0]
    if replace(before, roles=wanted.roles, members=wanted.members) != after:
        raise FatalError("team.yaml is better changed by hand", "put the roles of the template into it, at its end")
    return new


def shipped_prompts(project: Project, team: Team) -> dict[Path, bytes]:
    """The shipped prompts that the team uses: where each goes in the project, and its content."""
    names = dict.fromkeys(role.prompt for role in team.roles if role.prompt)
    roles = shipped.templates() / "roles"
    return {
        project.own_team_file.parent / name: (roles / name).read_bytes() for name in names if (roles / name).is_file()
    }


def _template(name: str) -> Path:
    return shipped.templates() / f"{name}.yaml"


def _size(name: str) -> int:
    return len(template_team(name).members)
