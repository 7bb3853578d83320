"""team.yaml → Team, with every mistake on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.state.team import agents, brought, dispatch, document, far, parsed, prices, prompts
from batty_hooks.state.team.document import Table, nearest, suggest
from batty_hooks.state.team.members import default_talks_to, hire
from batty_hooks.state.team.model import ENGINEER, ROLE_TYPES, USER, Gate, Problem, Remote, Review, Role, Team
from batty_hooks.system import capacity, late
from batty_hooks.system.records import replace
from batty_hooks.vocabulary.names import HUMAN

_TOP = (
    "name", "trunk", "gate", "merge", "worktrees", "guard", "notify", "layout", "nudge", "escalate", "board",
    "dispatch", "wip", "review", "prices", "budget", "history", "remote", "roles",
)  # fmt: skip
_WITHOUT_EFFECT = ("layout",)  # written for other tools: panes are arranged for the terminal
_GATE = ("command", "timeout", "retries", "slots", "inputs", "on", "protect", *far.KEYS)
_MERGE = ("lock_timeout", "mode")
_REVIEW = ("rounds", "wait")
_REMOTE = ("name", "land", "forge")
_BOARD = ("todo", "in progress", "done")
_WORKTREES = ("setup", "copy", "link", "ports")
_ROLE = (
    "name", "role_type", "agent", "instances", "prompt", "talks_to", "use_worktrees",
    "model", "mode", "args", "env", "command", "wip", "account",
)  # fmt: skip
_REMOTE_NAME = late.pattern(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_NAME = late.pattern(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def read(path: Path, name: str, thorough: bool = False, kept: Path | None = None) -> tuple[Team, list[Problem]]:
    """The team in a file, as far as it can be understood, and its problems in the order of their lines.

    ``name`` is the team's when the file gives none. ``thorough`` looks into the prompts too, which nobody needs
    who only reports a card. ``kept`` is the file in which a parsed text is kept.
    """
    return understand(path.read_bytes(), path.parent, name, thorough, kept)


def understand(
    raw: bytes, directory: Path, name: str, thorough: bool = False, kept: Path | None = None
) -> tuple[Team, list[Problem]]:
    """The same of a text, whose prompts lie in ``directory``."""
    problems: list[Problem] = []
    node = parsed.compose(raw, problems, kept) if kept else document.compose(raw, problems)
    team = Team(name)
    if node is not None and document.shape(node) != "mapping":
        mend = "begin with `roles:`; `batty-hooks init` writes an example"
        problems.append(Problem(node.start_mark.line + 1, "the file is no group of `key: value` lines", mend))
    elif node is not None:
        top = document.read_table(node, problems, known=_TOP)
        team = _team(top, directory, name, thorough)
        problems = _flattened(top) or problems
    return team, sorted(problems, key=lambda problem: problem.line)


def _flattened(top: Table) -> list[Problem]:
    """What there is to say of a text that was pasted without its indentation, in place of a dozen mistakes."""
    lost = [key for key in top.entries if key not in _TOP and key in (*_GATE, *_ROLE)]
    if len(lost) < 2:
        return []
    mend = "indent it: what belongs to the gate, or to a role, stands further in than `gate:` or its `- name:`"
    return [Problem(top.line(lost[0]), f"the indentation of this text is lost: {lost[0]!r} is no key of its own", mend)]


def _team(top: Table, directory: Path, name: str, thorough: bool) -> Team:
    merge, worktrees = top.table("merge", _MERGE), top.table("worktrees", _WORKTREES)
    roles = _roles(top, directory)
    lanes, escalate = _lanes(top.table("board", _BOARD)), top.seconds("escalate", Team.escalate)
    team = Team(
        name=top.text("name") or name,
        trunk=top.text("trunk"),
        gate=_gate(top.table("gate", _GATE)),
        lock_timeout=merge.seconds("lock_timeout", 60.0),
        merge_mode=merge.choice("mode", ("auto", "review"), "auto"),
        setup=worktrees.words("setup"),
        copy=brought.paths(worktrees, "copy"),
        link=brought.paths(worktrees, "link"),
        ports=worktrees.count("ports", 0, least=0),
        guard=top.choice("guard", ("agents", "everyone", "off"), "agents"),
        notify=top.text("notify") or "",
        without_effect=tuple(key for key in _WITHOUT_EFFECT if key in top.entries),
        nudge=top.seconds("nudge", 60.0),
        escalate=escalate,
        lanes=lanes,
        dispatch=dispatch.modes(top, lanes),
        wip=dispatch.limit(top),
        review=_review(top.table("review", _REVIEW), escalate),
        budget=prices.budget(top.table("budget", prices.BUDGET)),
        prices=prices.read(top.table("prices")),
        history=top.kept("history", Team.history),
        remote=_remote(top),
        members=hire([role for role, _ in roles]),
        roles=tuple(role for role, _ in roles),
    )
    brought.check_apart(worktrees, team.copy, team.link)
    _check_names(team, roles)
    _check_talks(team, roles)
    if thorough:
        _check_placeholders(roles, directory)
        for role, table in roles:
            agents.check_leader(role, table, directory)
    return team


def _review(table: Table, escalate: float) -> Review:
    """Whoever is asked for a word has as long as anybody else has, unless reviewers are given a time of their own."""
    return Review(table.count("rounds", Review.rounds, least=1), table.seconds("wait", escalate))


def _remote(top: Table) -> Remote | None:
    """Where the trunk lives, if that is a server; half of what says so is a mistake, and touches no network."""
    table = top.table("remote", _REMOTE)
    if not table.entries:
        return None
    name = table.text("name")
    if name is None:
        table.report("name", "the server has no name", "add `name: origin`, as `git remote` calls it")
    elif not _REMOTE_NAME.fullmatch(name):
        table.report("name", f"{name!r} is no name of a remote", "write it as `git remote` lists it, not its address")
    land, forge = table.choice("land", ("push", "pr"), "push"), table.choice("forge", ("gh", "glab"), "")
    return Remote(name, land, forge) if name else None


def _lanes(table: Table) -> dict[str, str]:
    """The titles of lanes; two lanes of one title could not be told apart."""
    found: dict[str, str] = {}
    for lane in _BOARD:
        title = (table.text(lane) or "").lstrip("#").strip()
        if title and title.casefold() in map(str.casefold, found.values()):
            table.report(lane, f"{title!r} is the name of two lanes", "give each lane a name of its own")
        elif title:
            found[lane] = title
    return found


def _gate(table: Table) -> Gate:
    auto = table.text("slots") == "auto"
    return Gate(
        command=table.text("command"),
        timeout=table.seconds("timeout", 600.0),
        retries=table.count("retries", 2, least=0),
        slots=capacity.processors() if auto else table.count("slots", 1, least=1, also=", or auto"),
        auto=auto,
        inputs=table.words("inputs"),
        on=table.choice("on", ("commit", "done"), "commit"),
        protect=_protect(table),
        far=far.read(table),
    )


def _protect(table: Table) -> tuple[str, ...]:
    """The patterns of protected paths; what git could not match, or would match in another sense, is a mistake."""
    patterns = table.words("protect")
    for pattern in patterns:
        if pattern.startswith("!"):
            table.report("protect", f"{pattern!r} takes something back", "list only what is to be protected")
        elif not pattern.strip() or any(ord(character) < 32 for character in pattern):
            table.report("protect", f"{pattern!r} is no path", "write paths or patterns: `protect: [tests/, Makefile]`")
        elif ".." in pattern.split("/"):
            mend = "write it from the top of the repository: `/tests/`"
            table.report("protect", f"{pattern!r} leads out of its place", mend)
    return patterns


def _roles(top: Table, directory: Path) -> list[tuple[Role, Table]]:
    found: list[tuple[Role, Table]] = []
    for number, node in enumerate(top.nodes("roles"), 1):
        line = node.start_mark.line + 1
        if document.shape(node) != "mapping":
            what = f"role {number} is no group of `key: value` lines"
            top.problems.append(Problem(line, what, "write `- name: engineer` and the other keys below `name`"))
            continue
        table = document.read_table(node, top.problems, f"role {number}", _ROLE)
        role = _role(table, directory)
        if role:
            found.append((role, table))
    roles = [role for role, _ in found]
    return [(role if "talks_to" in table.entries else _with_default_talks(role, roles), table) for role, table in found]


def _with_default_talks(role: Role, roles: Sequence[Role]) -> Role:
    return replace(role, talks_to=default_talks_to(role.role_type, roles))


def _role(table: Table, directory: Path) -> Role | None:
    name = table.text("name")
    if name is None:
        table.report("name", "it has no name", "add `name: engineer`")
        return None
    table.where = f"role {name!r}"
    if not _NAME.fullmatch(name):
        mend = f"use letters, digits, - and _, beginning with a letter or digit: {_plain(name)!r}"
        table.report("name", "its name does not fit into branch and file names", mend)
    if table.text("role_type") is None:
        table.report("role_type", "it has no role_type", f"add `role_type: {_likely_type(name)}`")
    names = table.words("agent")
    kind = table.choice("role_type", ROLE_TYPES, ENGINEER)
    role = Role(
        name=name,
        role_type=kind,
        agent=next(iter(names), ""),
        also=names[1:],
        account=table.text("account"),
        instances=table.count("instances", 1, least=1),
        prompt=table.text("prompt"),
        talks_to=table.words("talks_to"),
        use_worktrees=table.flag("use_worktrees", kind == ENGINEER),
        model=table.text("model"),
        mode=table.text("mode"),
        args=table.words("args", lone=False),
        env=table.pairs("env"),
        command=table.text("command"),
        wip=dispatch.limit(table),
    )
    agents.check(role, table, directory)
    _check_prompt(role, table, directory)
    return role


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-_") or "engineer"


def _likely_type(name: str) -> str:
    return nearest(name, ROLE_TYPES) or ENGINEER


def _check_prompt(role: Role, table: Table, directory: Path) -> None:
    if role.prompt and not prompts.file_of(directory, role):
        mend = suggest(role.prompt, prompts.known_files(directory), f"write {directory.name}/{role.prompt}, or use")
        table.report("prompt", f"there is no prompt {role.prompt!r} beside team.yaml", mend)


def _check_placeholders(roles: Sequence[tuple[Role, Table]], directory: Path) -> None:
    for role, table in roles:
        file = prompts.file_of(directory, role)
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
        for line, word in prompts.unknown(text):
            what = f"{role.prompt}:{line}: there is no placeholder {{{{{word}}}}}"
            table.report("prompt", what, suggest(word, (*prompts.PLACEHOLDERS, *prompts.CONDITIONS)))


def _check_names(team: Team, roles: Sequence[tuple[Role, Table]]) -> None:
    taken: dict[str, Table] = {}
    for role, table in roles:
        if role.name.lower() in taken:
            first = taken[role.name.lower()].line("name")
            table.report("name", "another role has this name", f"rename one; the other is on line {first}")
        taken.setdefault(role.name.lower(), table)
        if role.role_type == USER and role.name != team.human:
            table.report("role_type", "there is one human", f"keep one `role_type: {USER}`")
    _check_member_names(team, roles)


def _check_member_names(team: Team, roles: Sequence[tuple[Role, Table]]) -> None:
    tables = {id(role): table for role, table in roles}
    taken = {HUMAN: "the human", team.human.lower(): "the human", (team.trunk or "").lower(): "the trunk"}
    for member in team.members:
        table, name = tables[id(member.role)], member.name.lower()
        owner = taken.get(name)
        if owner and owner != _member_of(member.role):
            table.report("name", f"its member {member.name!r} has the name of {owner}", "rename the role")
        elif re.fullmatch(r"gate-[0-9]+", name):
            table.report("name", f"{member.name!r} is the name of a gate worktree", "rename the role")
        taken.setdefault(name, _member_of(member.role))


def _member_of(role: Role) -> str:
    return f"a member of role {role.name.lower()!r}"


def _check_talks(team: Team, roles: Sequence[tuple[Role, Table]]) -> None:
    words = {HUMAN, USER, team.human, *team.names}
    words.update(role.name for role in team.roles)
    words.update(role.role_type for role in team.roles)
    for role, table in roles:
        size = sum(member.role is role for member in team.members)
        for word in role.talks_to:
            if word not in words:
                others = words - {role.name, USER}
                table.report(
                    "talks_to", f"it talks to {word!r}, and there is nobody of that name", suggest(word, others)
                )
            elif word == role.name and size == 1:
                table.report("talks_to", "it talks to itself alone", suggest("", words - {role.name, USER}))
