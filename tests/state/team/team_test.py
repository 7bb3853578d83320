"""What a right team.yaml becomes: members, bosses, who may write to whom, settings as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from article import PAIR, SIMPLE

from batty_hooks.state import team
from batty_hooks.state.project import Project
from batty_hooks.state.team import prompts, starting
from batty_hooks.system import capacity

SIZES = {
    "solo": 1, "pair": 2, "simple": 5, "batty": 6, "squad": 7, "research": 10, "software": 11, "large": 19,
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, tmp_path / ".git")
    project.team_directory.mkdir(parents=True)
    return project


def load(project: Project, text: str) -> team.Team:
    project.team_file.write_text(text)
    assert team.problems(project.team_file) == []
    return team.load(project)


def test_the_articles_simple_team_loads_as_it_stands(project: Project) -> None:
    simple = load(project, SIMPLE)
    assert [member.name for member in simple.members] == [
        "architect", "manager", "engineer-1", "engineer-2", "engineer-3",
    ]  # fmt: skip
    assert [simple.boss(member.name) for member in simple.members] == [
        "human", "architect", "manager", "manager", "manager",
    ]  # fmt: skip
    manager = simple.member("manager")
    assert manager and manager.reports == ("engineer-1", "engineer-2", "engineer-3")
    assert [member.name for member in simple.engineers] == ["engineer-1", "engineer-2", "engineer-3"]
    assert all(member.role.use_worktrees for member in simple.engineers)


def test_the_articles_pair_loads_as_it_stands(project: Project) -> None:
    pair = load(project, PAIR)
    assert [(member.name, member.boss, member.role.agent) for member in pair.members] == [
        ("architect", "human", "claude"),
        ("engineer-1", "architect", "codex"),
    ]


def test_no_file_is_a_repository_without_a_team(tmp_path: Path) -> None:
    nobody = team.load(Project(tmp_path, tmp_path / ".git"))
    assert (nobody.name, nobody.members, nobody.trunk, nobody.human) == (tmp_path.name, (), None, "human")
    assert nobody.gate == team.Gate(None, 600.0, 2, 1, (), "commit", ())
    assert nobody.may_write("agent-1", "agent-2")


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n", "roles:\n", "gate:\n  # command: x\n"])
def test_an_empty_file_is_the_same_as_none(project: Project, text: str) -> None:
    assert load(project, text) == team.Team(project.root.name)


def test_settings_are_taken_as_they_are_written(project: Project) -> None:
    whole = load(
        project,
        """\
name: 007
trunk: 1.10
guard: off
notify: yes
layout: {anything: [goes]}
gate: {command: true, timeout: 10m, retries: 0, slots: 3, inputs: uname -a, on: done, protect: [.ci/, Makefile]}
merge: {lock_timeout: 90s, mode: review}
worktrees: {setup: npm ci, copy: [.env], link: [node_modules, .venv], ports: 4}
""",
    )
    assert (whole.name, whole.trunk, whole.guard, whole.notify) == ("007", "1.10", "off", "yes")
    assert whole.without_effect == ("layout",)
    assert whole.gate == team.Gate("true", 600.0, 0, 3, ("uname -a",), "done", (".ci/", "Makefile"))
    assert (whole.lock_timeout, whole.merge_mode) == (90.0, "review")
    assert (whole.setup, whole.copy, whole.link, whole.ports) == (
        ("npm ci",), (".env",), ("node_modules", ".venv"), 4,
    )  # fmt: skip


def test_a_command_agent_and_what_a_role_can_say(project: Project) -> None:
    (role,) = load(
        project,
        """\
roles:
  - name: worker
    role_type: engineer
    agent: command
    instances: 2
    command: ./work {brief} --card {card} --in {worktree}
    model: small
    args: [--fast, "1"]
    env: {LEVEL: 3, EMPTY: }
    talks_to: human
""",
    ).roles
    assert (role.command, role.model, role.args) == (
        "./work {brief} --card {card} --in {worktree}", "small", ("--fast", "1"),
    )  # fmt: skip
    assert (dict(role.env), role.talks_to, role.use_worktrees) == ({"LEVEL": "3", "EMPTY": ""}, ("human",), True)


def test_instances_multiply_under_several_managers(project: Project) -> None:
    many = load(project, SIMPLE.replace("instances: 1\n    prompt: manager", "instances: 2\n    prompt: manager"))
    assert [(member.name, member.boss) for member in many.members] == [
        ("architect", "human"),
        ("manager-1", "architect"),
        ("manager-2", "architect"),
        *((f"engineer-1-{one}", "manager-1") for one in (1, 2, 3)),
        *((f"engineer-2-{one}", "manager-2") for one in (1, 2, 3)),
    ]


def test_two_manager_roles_make_blocks_too(project: Project) -> None:
    roles = "".join(
        f"  - {{name: {name}, role_type: {kind}, agent: claude, talks_to: [{whom}]}}\n"
        for name, kind, whom in (("back", "manager", "dev"), ("front", "manager", "dev"), ("dev", "engineer", "human"))
    )
    both = load(project, f"roles:\n{roles}")
    assert [(member.name, member.boss) for member in both.engineers] == [("dev-1-1", "back"), ("dev-2-1", "front")]


def test_a_manager_who_does_not_talk_to_the_engineers_is_not_their_boss(project: Project) -> None:
    text = SIMPLE.replace("talks_to: [architect, engineer]", "talks_to: [architect]")
    assert {
        member.boss for member in load(project, text.replace("[manager]\n    use", "[architect]\n    use")).engineers
    } == {"architect"}


def test_talks_to_left_out_means_the_neighbours(project: Project) -> None:
    without = "".join(line for line in SIMPLE.splitlines(keepends=True) if "talks_to" not in line)
    simple = load(project, without)
    assert simple.may_write("engineer-1", "manager") and simple.may_write("manager", "architect")
    assert not simple.may_write("engineer-1", "architect") and not simple.may_write("engineer-1", "engineer-2")
    assert simple.boss("engineer-2") == "manager"


def test_three_lines_add_a_reviewer(project: Project) -> None:
    added = f"{SIMPLE}  - name: reviewer\n    role_type: reviewer\n    agent: codex\n"
    simple = load(project, added)
    assert [simple.reviewers_of(name) for name in ("engineer-1", "engineer-3", "manager", "reviewer", "human")] == [
        ("reviewer",), ("reviewer",), (), (), (),
    ]  # fmt: skip
    assert simple.boss("reviewer") == "manager"
    assert [one.role.use_worktrees for one in simple.reviewers] == [False]
    assert simple.may_write("engineer-1", "reviewer") and simple.may_write("reviewer", "engineer-2")
    assert simple.may_write("reviewer", "manager") and not simple.may_write("reviewer", "architect")
    assert (simple.review.rounds, simple.review.wait) == (3, 600.0)
    many = load(project, added.replace("instances: 1\n    prompt: manager", "instances: 2\n    prompt: manager"))
    assert many.boss("reviewer") == "architect"
    assert load(project, f"escalate: 5m\n{added}").review.wait == 300.0, "one clock, unless a second one is asked for"
    stated = load(project, f"review: {{rounds: 1, wait: 90s}}\n{added}")
    assert (stated.review.rounds, stated.review.wait) == (1, 90.0)


def test_who_may_write_to_whom(project: Project) -> None:
    simple = load(project, SIMPLE)
    assert all(simple.may_write("human", name) and simple.may_write(name, "human") for name in simple.names)
    assert simple.may_write("manager", "engineer-3") and simple.may_write("engineer-3", "manager")
    assert not simple.may_write("architect", "engineer-1")
    assert not simple.may_write("stranger", "manager") and not simple.may_write("manager", "stranger")
    named = load(project, SIMPLE.replace("talks_to: [manager]\n    use", "talks_to: [manager, engineer-2]\n    use"))
    assert named.may_write("engineer-1", "engineer-2") and not named.may_write("engineer-1", "engineer-3")


def test_the_human_goes_by_the_name_of_the_user_role(project: Project) -> None:
    text = SIMPLE + "  - {name: ann, role_type: user, talks_to: [architect]}\n"
    simple = load(
        project, text.replace("talks_to: [manager]\n  - name: manager", "talks_to: [manager, ann]\n  - name: manager")
    )
    assert simple.human == "ann" and "ann" in simple.names and simple.member("ann") is None
    assert simple.boss("architect") == "ann" and simple.boss("nobody") == "ann"


def test_anchors_and_merge_keys(project: Project) -> None:
    text = """\
roles:
  - &worker
    name: one
    role_type: engineer
    agent: claude
  - <<: *worker
    name: two
"""
    assert [member.name for member in load(project, text).members] == ["one-1", "two-1"]


def test_the_templates_have_the_sizes_they_promise() -> None:
    assert list(starting.templates()) == list(SIZES)
    assert all(what.startswith(f"{name}: ") for name, what in starting.templates().items())


@pytest.mark.parametrize("name", SIZES)
def test_a_template_is_right_and_every_engineer_has_somebody_to_ask(project: Project, name: str) -> None:
    shipped = load(project, f"{starting.settings(name, 'main', 'make test')}\n{starting.template_text(name)}")
    assert len(shipped.members) == SIZES[name]
    assert (shipped.trunk, shipped.gate.command) == ("main", "make test")
    for member in shipped.members:
        above = member.name
        for _ in range(4):
            assert shipped.may_write(above, shipped.boss(above))
            above = shipped.boss(above)
        assert above == shipped.human


@pytest.mark.parametrize("name", SIZES)
def test_a_rendered_prompt_tells_everything_and_leaves_nothing_open(project: Project, name: str) -> None:
    shipped = load(project, starting.template_text(name))
    for member in shipped.members:
        file = prompts.file_of(project.team_directory, member.role)
        assert file
        text = prompts.render(file.read_text(), shipped, member, "make test")
        assert "{" + "{" not in text and "}" + "}" not in text
        assert f"You are **{member.name}**" in text and f"**{member.boss}**" in text and "`make test`" in text
        assert all(report in text for report in member.reports)
        assert ("`batty-hooks done`" in text) == (member.role.role_type == "engineer")
        assert text.count("## Who you are") == text.count("## What you can type") == 1


def test_a_prompt_from_elsewhere_is_told_the_facts_too(project: Project) -> None:
    pair = load(project, PAIR)
    text = prompts.render("Be brief.\n", pair, pair.members[1], "")
    assert text.startswith("Be brief.\n\n## Who you are\n- You are **engineer-1**, an engineer of the team ")
    assert "no test command is set yet" in text and '`batty-hooks blocked "WHY"`' in text


@pytest.mark.parametrize(
    ("trunk", "command"),
    [
        ("main", "make test"),
        (None, None),
        ("1.0", "true"),
        ("feature/x", "'/a b/python' -m pytest && npm test # all"),
        ("naïve", 'sh -c "exit 0": \\n {x}'),
        ("-x", "null"),
    ],
)
def test_hooks_only_settings_come_back_as_given(project: Project, trunk: str | None, command: str | None) -> None:
    assert team.write_hooks_only(project, trunk, command)
    assert team.problems(project.team_file) == []
    read = team.load(project)
    assert (read.trunk, read.gate.command, read.members) == (trunk, command, ())
    before = project.team_file.read_bytes()
    assert not team.write_hooks_only(project, "other", "other")
    assert project.team_file.read_bytes() == before


def test_an_agent_of_the_users_own_is_known_by_its_file(project: Project) -> None:
    text = "nudge: 5m\nroles:\n  - {name: e, role_type: engineer, agent: mine, mode: careful}\n"
    project.team_file.write_text(text)
    assert [problem.what for problem in team.problems(project.team_file)] == ["role 'e': there is no agent 'mine'"]
    (project.team_directory / "agents").mkdir()
    (project.team_directory / "agents" / "mine.py").write_text("this is not read here")
    found = team.load(project)
    assert (found.nudge, found.members[0].role.agent, found.members[0].role.mode) == (300.0, "mine", "careful")


def test_slots_may_follow_the_machine(project: Project) -> None:
    gate = load(project, "gate: {command: x, slots: auto}\n").gate
    assert gate.auto and gate.slots == capacity.processors()
