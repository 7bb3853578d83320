"""Every mistake in team.yaml: its line, its words, the nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from batty_hooks.errors import FatalError
from batty_hooks.state import team
from batty_hooks.state.project import Project

ROLE = """\
roles:
  - name: engineer
    role_type: engineer
    agent: claude
"""


def found(tmp_path: Path, text: str | bytes) -> list[tuple[int, str, str]]:
    file = tmp_path / "team.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return [(problem.line, problem.what, problem.mend) for problem in team.problems(file)]


@pytest.mark.parametrize("indented", [f"gate:\n  command: x\n{ROLE}", ROLE])
def test_a_text_pasted_without_its_indentation_has_one_line(tmp_path: Path, indented: str) -> None:
    text = "".join(f"{line.strip()}\n" for line in indented.splitlines())
    [(line, what, mend)] = found(tmp_path, text)
    assert line in (2, 3) and "the indentation of this text is lost" in what
    assert "stands further in than `gate:`" in mend
    several = found(tmp_path, text + "- name: two\nrole_type: manager\n")  # this is no YAML any more
    assert len(several) == 1 and "indentation" in several[0][2]


@pytest.mark.parametrize(
    ("text", "line", "what", "mend"),
    [
        ("trunk: main\ntrunk: master\n", 2, "trunk is here twice", "the first is on line 1"),
        ("gate:\n  command: x\n  timeout: 1\n  command: y\n", 4, "gate: command is here twice", "on line 2"),
        ("remote: {land: push}\n", 1, "remote: the server has no name", "add `name: origin`"),
        ("remote: {name: origin, land: puhs}\n", 1, "remote: land cannot be 'puhs'", "push"),
        ("remote: {name: origin, branch: x}\n", 1, "remote: there is no key 'branch'", "use one of: forge, land, name"),
        ("remote:\n  name: --upload-pack=x\n", 2, "remote: '--upload-pack=x' is no name of a remote", "`git remote`"),
        ("remote:\n  name: https://example.org/x.git\n", 2, "is no name of a remote", "not its address"),
        ("remote: origin\n", 1, "remote is ", "write `remote:`"),
        ("trunc: main\n", 1, "there is no key 'trunc' here", "did you mean 'trunk'?"),
        ("gate:\n  comand: x\n", 2, "gate: there is no key 'comand' here", "did you mean 'command'?"),
        ("merge:\n  xyzzy: 1\n", 2, "merge: there is no key 'xyzzy'", "use one of: lock_timeout, mode"),
        ("worktrees: {prots: 3}\n", 1, "worktrees: there is no key 'prots'", "did you mean 'ports'?"),
        ("worktrees: {copy: [/etc/passwd]}\n", 1, "copy '/etc/passwd' is no path inside the", "as seen from its root"),
        ("worktrees:\n  link: [../lib, x]\n", 2, "worktrees: link '../lib' is no path inside", "as seen from its root"),
        ("worktrees: {copy: ['a/../..']}\n", 1, "copy 'a/../..' is no path inside the repository", ".env"),
        ("worktrees: {copy: ['']}\n", 1, "copy '' is no path inside the repository", ".env"),
        ("worktrees: {link: [.batty/inboxes]}\n", 1, "link '.batty/inboxes' is no worktree's own", "take it out"),
        ("worktrees: {copy: [.git]}\n", 1, "copy '.git' is no worktree's own", "take it out"),
        ("worktrees:\n  copy: [lib]\n  link: [lib/]\n", 3, "link 'lib' is copied too", "keep it in one of"),
        ("worktrees:\n  copy: [a/b/c]\n  link: [a/b]\n", 2, "copy 'a/b/c' lies in 'a/b', which is linked", "take one"),
        ("worktrees: {link: [a, a/b]}\n", 1, "link 'a/b' lies in 'a', which is linked", "take one of them out"),
        ("worktrees: {ports: -1}\n", 1, "worktrees: ports is '-1'", "0 or more"),
        ("board: {don: Fertig}\n", 1, "board: there is no key 'don' here", "did you mean 'done'?"),
        ("board:\n  todo: Offen\n  done: offen\n", 3, "'offen' is the name of two lanes", "a name of its own"),
        (ROLE + "    talk_to: [human]\n", 5, "role 1: there is no key 'talk_to'", "did you mean 'talks_to'?"),
        (ROLE.replace("claude", "claud"), 4, "role 'engineer': there is no agent 'claud'", "did you mean 'claude'?"),
        (ROLE.replace("    agent: claude\n", ""), 2, "role 'engineer': it has no agent", "aider"),
        (ROLE + "    prompt: enginer.md\n", 5, "there is no prompt 'enginer.md'", "did you mean 'engineer.md'?"),
        (ROLE + "    prompt: qqqq\n", 5, "there is no prompt 'qqqq'", "architect.md"),
        (ROLE + "    talks_to: [manger]\n", 5, "it talks to 'manger'", "use one of: engineer-1, human"),
        (ROLE + "    talks_to: [human, humna]\n", 5, "it talks to 'humna'", "did you mean 'human'?"),
        (ROLE + "    talks_to: [engineer]\n", 5, "it talks to itself alone", "human"),
        (ROLE + "    instances: 0\n", 5, "instances is '0'", "a whole number, 1 or more"),
        (ROLE + "    instances: -1\n", 5, "instances is '-1'", "a whole number"),
        (ROLE + "    instances: two\n", 5, "instances is 'two'", "a whole number"),
        (ROLE + "    instances: 1.5\n", 5, "instances is '1.5'", "a whole number"),
        (ROLE + "    instances: [3]\n", 5, "instances is a list, not one word", "`instances:` and one value"),
        (ROLE + "    use_worktrees: maybe\n", 5, "use_worktrees is 'maybe'", "true or false"),
        (ROLE + "    args: --fast --quiet\n", 5, "args is one word, not a list", "`args: [one, two]`"),
        (ROLE + "    env: [A, B]\n", 5, "env is a list", "`key: value` lines"),
        (ROLE + "    talks_to: [[human]]\n", 5, "talks_to holds something that is no word", "[one, two]"),
        (ROLE + "    command: make\n", 5, "only `agent: command` has a `command`", "`agent: command`"),
        (ROLE.replace("claude", "[claude, codx]"), 4, "there is no agent 'codx'", "did you mean 'codex'?"),
        (ROLE.replace("claude", "[claude, claude]"), 4, "an agent is named twice", "name each once"),
        (ROLE.replace("claude", "[claude, command]"), 4, "a command has no limit", "name one agent alone"),
        (ROLE.replace("claude", "command"), 4, "no `command` is given", "add `command: ./work {brief}`"),
        (
            ROLE.replace("claude", "command") + "    command: work {breif}\n",
            5,
            "there is no {breif} to put in",
            "did you mean 'brief'?",
        ),
        (ROLE.replace("role_type: engineer", "role_type: enginer"), 3, "'enginer'", "did you mean 'engineer'?"),
        (ROLE.replace("    role_type: engineer\n", ""), 2, "it has no role_type", "add `role_type: engineer`"),
        (ROLE + ROLE.replace("roles:\n", ""), 5, "another role has this name", "the other is on line 2"),
        (ROLE + ROLE.replace("roles:\n", "").replace("name: e", "name: E"), 5, "another role has this name", ""),
        (ROLE.replace("name: engineer", "name: gate"), 2, "'gate-1' is the name of a gate worktree", "rename"),
        (
            ROLE.replace("name: engineer", "name: Human").replace("role_type: engineer", "role_type: architect"),
            2,
            "its member 'Human' has the name of the human",
            "rename",
        ),
        (
            "trunk: lead\n" + ROLE.replace("engineer", "architect").replace("name: architect", "name: lead"),
            3,
            "its member 'lead' has the name of the trunk",
            "rename",
        ),
        (
            ROLE + "  - {name: engineer-1, role_type: manager, agent: claude}\n",
            5,
            "its member 'engineer-1' has the name of a member of role 'engineer'",
            "rename",
        ),
        (ROLE.replace("name: engineer", "name: back end!"), 2, "does not fit into branch", "'back-end'"),
        (ROLE.replace("name: engineer", "name: -x"), 2, "does not fit into branch", "'x'"),
        (ROLE.replace("name: engineer", "name: größe"), 2, "does not fit into branch", "letters, digits"),
        ("roles:\n  - role_type: engineer\n", 2, "role 1: it has no name", "add `name: engineer`"),
        ("roles:\n  - engineer\n", 2, "role 1 is no group of `key: value` lines", "- name: engineer"),
        ("roles: engineer\n", 1, "roles is one word, not a list", "begin with `- `"),
        ("gate: pytest -q\n", 1, "gate is one word, not a group of", "indented, `key: value` lines"),
        ("gate:\n  timeout: soon\n", 2, "gate: timeout is 'soon', which is no time", "90s, 10m, 2h"),
        ("gate:\n  timeout: 0\n", 2, "timeout is '0'", "90s"),
        ("gate:\n  timeout: -5s\n", 2, "timeout is '-5s'", "90s"),
        ("gate:\n  slots: 0\n", 2, "slots is '0'", "1 or more"),
        (
            "gate:\n  scheduler: tcp://ci:8786\n",
            2,
            "plain tcp is not used",
            "start it with TLS, and write tls://; or go",
        ),
        ("gate:\n  scheduler: ci\n", 2, "'ci' is no address of dask's scheduler", "write tls://HOST:PORT"),
        ("gate:\n  on: comit\n", 2, "on cannot be 'comit'", "did you mean 'commit'?"),
        ("merge:\n  mode: rewiew\n", 2, "mode cannot be 'rewiew'", "did you mean 'review'?"),
        ("merge:\n  lock_timeout: 1 minute\n", 2, "lock_timeout is '1 minute'", "write seconds"),
        ("dispatch: manuel\n", 1, "dispatch cannot be 'manuel'", "did you mean 'manual'?"),
        ("dispatch: {TODO: manual, Next: atuo}\n", 1, "dispatch: Next cannot be 'atuo'", "did you mean 'auto'?"),
        ("dispatch: {In Progress: auto}\n", 1, "nothing is begun from In Progress", "lanes in which cards wait"),
        ("board: {done: Fertig}\ndispatch: {FERTIG: auto}\n", 2, "nothing is begun from FERTIG", "`TODO: manual`"),
        ("dispatch: [manual]\n", 1, "dispatch is a list, not one word", "`dispatch:` and one value"),
        ("wip: 0\n", 1, "wip is '0'", "a whole number, 1 or more"),
        (ROLE + "    wip: some\n", 5, "wip is 'some'", "a whole number"),
        ("guard: xyzzy\n", 1, "guard cannot be 'xyzzy'", "use one of: agents, everyone, off"),
        ("- name: engineer\n", 1, "the file is no group of `key: value` lines", "begin with `roles:`"),
        ("? [a, b]\n: c\n", 1, "a key that is no word", "write `key: value`"),
        ("trunk: main\nroles: [\n", 3, "this is no YAML", "an open quote or bracket"),
        ("gate:\n\tcommand: x\n", 2, "this is no YAML", "YAML takes no tabs"),
        (b"trunk: \xff\xfe\n", 1, "this is no YAML", "UTF-8"),
        (
            ROLE + "  - {name: ann, role_type: user}\n  - {name: bob, role_type: user}\n",
            6,
            "there is one human",
            "keep one `role_type: user`",
        ),
        (ROLE + "  - {name: ann, role_type: user, instances: 2}\n", 5, "there is one human", "take `instances` out"),
    ],
)
def test_a_mistake_is_named_by_line(tmp_path: Path, text: str | bytes, line: int, what: str, mend: str) -> None:
    problems = found(tmp_path, text)
    assert len(problems) == 1, problems
    assert problems[0][0] == line
    assert what in problems[0][1]
    assert mend in problems[0][2]


def test_every_mistake_is_found_in_the_order_of_lines(tmp_path: Path) -> None:
    text = ROLE.replace("claude", "claud") + "    instances: none\n    colour: red\ntrunc: x\ngate: {timeout: never}\n"
    assert [line for line, _, _ in found(tmp_path, text)] == [4, 5, 6, 7, 8]


def test_a_prompt_with_a_word_that_cannot_be_filled(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("# Me\n\nYou are {{nam}}.\n")
    ((line, what, mend),) = found(tmp_path, ROLE + "    prompt: mine.md\n")
    assert (line, mend) == (5, "did you mean 'name'?")
    assert what == "role 'engineer': mine.md:3: there is no placeholder {{nam}}"


def test_braces_of_the_shell_are_no_placeholders(tmp_path: Path) -> None:
    text = ROLE.replace("claude", "command") + "    command: awk '{print}' {brief} > ${card}.txt\n"
    assert found(tmp_path, text) == []


def test_load_raises_with_the_first_problem(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path / ".git")
    project.team_directory.mkdir(parents=True)
    project.team_file.write_text("name: x\nroels: []\ntrunc: main\n")
    with pytest.raises(FatalError) as error:
        team.load(project)
    assert error.value.what == ".batty/team_config/team.yaml:2: there is no key 'roels' here"
    assert error.value.mend == "did you mean 'roles'?"
