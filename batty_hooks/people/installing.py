"""What `install`, `init` and the first `start` do alike: hooks, board, and a test command that a person has seen. Not a
move."""

from __future__ import annotations

from collections.abc import Iterator

from batty_hooks.errors import FatalError
from batty_hooks.moves.base import telling_guard
from batty_hooks.rules.look import Look
from batty_hooks.state import githooks, team, testcommand, trunk
from batty_hooks.state.board import store
from batty_hooks.state.githooks import guard
from batty_hooks.state.project import Project
from batty_hooks.state.team import starting
from batty_hooks.state.testcommand import Guess
from batty_hooks.system import shipped
from batty_hooks.system.git import origin, refs, worktrees


def trunk_of(project: Project) -> str | None:
    """The branch that a new team.yaml names as the trunk; None before anybody can tell."""
    return origin.default_branch(project.root) or refs.current_branch(project.root)


def set_up(project: Project) -> tuple[bool, list[str]]:
    """Board, launcher and git hooks: whether the board is new, and what was done to the hooks, in lines."""
    project.prepare()
    project.sign()
    githooks.write_launcher(project)
    starting.write_schema(project)
    is_new = store.create(project, (shipped.templates() / "kanban.md").read_bytes())
    githooks.exclude(project)
    done = githooks.install(project)  # from here on commits are noticed
    telling_guard.set_up(Look(project))
    return is_new, done


def bring_trunk(project: Project) -> str | None:
    """Which branch tested work lands on, in words; None before anybody can tell. A clone of another branch has it on
    origin only: it is made here then, as `git switch` would, for without it nothing can be tested nor land."""
    look = Look(project)
    try:
        name = look.trunk
    except FatalError:
        return None
    made = trunk.bring(project, name, guard.last_let_pass(project, name))
    return f"{name}, made here from origin/{name}" if made else name


def say_trunk(project: Project, words: str | None) -> Iterator[str]:
    """The line for it, and where another one is named."""
    file = team.shown(project)
    if words:
        yield f"{words}  (tested work lands there; `trunk:` in {file} may name another branch)"
        if alone := origin.only_one_of_origin(project.root):
            other = "`git fetch origin NAME:NAME` brings another, `git ls-remote --heads origin` lists them"
            yield f"{alone} is all that this clone has of origin: {other}"
    else:
        yield f"not known yet: git commit --allow-empty -m 'First commit'  (or set `trunk:` in {file})"


def remote_of(project: Project) -> str:
    """The remote that a new team.yaml speaks of, in a comment; "" when there is none."""
    return "origin" if origin.has_origin(project.root) else ""


def say_remote(project: Project) -> Iterator[str]:
    """Where the trunk lives, as far as team.yaml says or offers it; nothing where no server is in sight."""
    file, remote = team.shown(project), remote_of(project)
    if known := team.load(project).remote:
        yield f"the trunk lives on {known.name}  (as {file} says)"
    elif remote and starting.offers_remote(team.file(project), remote):
        yield f"there is {remote}, and nothing is fetched or pushed: `remote:` in {file} is a comment until you say so"


def say_board(project: Project) -> Iterator[str]:
    """Where the board is; and the team, where that is no place one would look at."""
    if project.is_bare:
        yield f"{project.board_file}: a bare repository has no checkout, so board and team lie in it"
        yield f"{project.own_team_file}"
    else:
        yield "kanban.md, kept out of commits by .git/info/exclude"


def say_gate(project: Project, guess: Guess | None = None) -> Iterator[str]:
    """What tests the project, and by what it was seen; a command that was found is written into a team.yaml that has
    none, so that nothing is ever tested by a guess that nobody has seen. ``guess`` is one that was written already."""
    command, file = team.load(project).gate.command, team.shown(project)
    if command and not guess:
        yield f"{command}  (as {file} says)"
        return
    found = guess or testcommand.find(project)
    if command:
        yield f"{command}  (saw {found.saw}; it stands in {file})"
    elif found.command and not team.source(project) and team.set_command(project, found.command):
        yield f"{found.command}  (saw {found.saw}; written into {file}, which had no test command)"
    elif found.command:
        yield f"no test command is set; saw {found.saw}: write `gate: {{command: {found.command!r}}}` into {file}"
    else:
        yield f"no test command was found, and nothing lands without one ({found.words})"
        yield f"give the command that tests this project in {file}: `gate: {{command: …}}`"
    if found.command and (lacking := testcommand.lacking(project.root, found.command)):
        yield f"it cannot be started here: {lacking[0].partition(': ')[0]}"
    for package in found.beside:
        yield f"{'not tested by it' if found.command else 'there is'}: {package}"


def say_commit(project: Project) -> Iterator[str]:
    """Which files of ours belong into a commit, with which command, and on which branch; nothing when they are."""
    ours = (f"{project.batty.name}/.gitignore", f"{project.own_team_file.parent.relative_to(project.root)}/")
    if branch := team.source(project):
        now = refs.current_branch(project.root) or "what is checked out here"
        yield f"nothing: {branch} has the team's files, and they count while {now} has none"
    if branch or project.is_bare:
        return
    try:
        yield from _to_commit(project, ours)
    except FatalError as error:
        yield f"git cannot say: {error.what}"
        yield f"to mend that: {error.mend}"


def _to_commit(project: Project, ours: tuple[str, str]) -> Iterator[str]:
    ignored = [path for path in worktrees.ignored_paths(project.root) if f"{ours[0]}".startswith(path)]
    if ignored:
        yield f"nothing: {ignored[0]} is ignored by this project, so the team's files stay on this machine"
        return
    if not any(path.startswith(ours) for path in worktrees.dirty_paths(project.root)):
        return
    name, head = team.load(project).trunk or trunk_of(project), refs.current_branch(project.root)
    yield f"git add {ours[0]} {ours[1].rstrip('/')} && git commit -m 'Set batty-hooks up'"
    where = "" if head == name else f"; {head or 'a commit and no branch'} is checked out here now"
    yield f"on {name}, so that every branch made from it has them{where}"
