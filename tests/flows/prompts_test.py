"""Each command in each prompt is typed by the member that is told of it: it may, and it can be typed as it is written.

The state is the same for each: a card in hand with a commit, two that wait, one that is blocked. A command that ends
with another code than 0 there does so for that state, and which code and words is stated here.
"""

from __future__ import annotations

import re
import shlex

import pytest
from scene import Scene

from batty_hooks.state import project as project_map
from batty_hooks.state import team, worktrees
from batty_hooks.state.team import Member, prompts, starting

# What the words in capitals stand for; in the order in which the commands are typed, what stops a card at the end.
ORDER = (
    "status", "board", "inbox", "read", "task show", "log", "show", "send", "ask", "lesson", "task add", "task depend",
    "plan", "task hold", "task unhold", "assign", "task release", "task unblock", "done", "merge", "reject", "blocked",
)  # fmt: skip
# Not 0, for this state: (verb, its exit code, what it says).
STATED = {
    "status": (1, "no key"),  # a blocked card waits for a person
    "reject": (1, "has landed already"),  # `merge` has let it land
}
TEMPLATES = {"pair": "review", "simple": "review", "software": "auto", "research": "review"}


def cards_of(member: Member, engineer: str) -> dict[str, str]:
    stem = member.name.replace("-", "")
    return {"HAND": f"{stem}a", "CARD": f"{stem}b", "OTHER": f"{stem}c", "ENGINEER": engineer, "FILE": f"{stem}.md"}


def typed_in(text: str) -> list[str]:
    """Every whole command of a prompt, the list's and the prose's."""
    found = dict.fromkeys(re.findall(r"`batty-hooks ([^`]+)`", text))
    bare = {words for words in found if any(other.startswith(f"{words} ") for other in found)}
    return sorted((words for words in found if words not in bare), key=place_of)


def verb_of(words: str) -> str:
    first, _, rest = words.partition(" ")
    return f"{first} {rest.split()[0]}" if first == "task" else first


def place_of(words: str) -> int:
    return ORDER.index(verb_of(words))


def filled(words: str, cards: dict[str, str], writes: str) -> list[str]:
    """The words as this member would type them."""
    in_hand = verb_of(words) not in ("task depend", "task hold", "task unhold", "assign", "task release", "task add")
    values = {
        "CARD": cards["HAND"] if in_hand else cards["CARD"], "OTHER": cards["OTHER"],
        "WHO": cards["ENGINEER"] if verb_of(words) == "assign" else writes,
        "TEXT": f"Say how it stands, {cards['HAND']}.", "WHY": "It needs a decision.", "QUESTION": "Which of the two?",
        "WORDS": "Take the first.", "FILE": cards["FILE"], "TITLE": "One more", "…": "All has landed.",
    }  # fmt: skip
    return [values.get(word, word) for word in shlex.split(words)]


def engineer_of(hired: team.Team, member: Member) -> str:
    below = [member.name]
    for name in below:
        found = hired.member(name)
        if found and found.role.role_type == "engineer":
            return name
        below += found.reports if found else ()
    raise AssertionError(f"{member.name} leads nobody")


def prepare(scene: Scene, template: str, mode: str) -> team.Team:
    scene.install()
    project = project_map.find(scene.root)
    head = f"trunk: main\ngate: {{command: sh check.sh}}\nmerge: {{mode: {mode}}}\n"
    project.team_file.write_text(f"{head}{starting.template_text(template)}")
    scene.save("## TODO\n- [ ] Stuck [blocked:: no key] ^stuck\n\n## IN PROGRESS\n\n## DONE\n")
    return team.load(project)


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_command_of_each_prompt_can_be_typed_by_its_member(scene: Scene, template: str, alone: None) -> None:
    hired = prepare(scene, template, TEMPLATES[template])
    project = project_map.find(scene.root)
    one_of_each = {member.role.name: member for member in reversed(hired.members)}.values()
    for member in one_of_each:
        file = prompts.file_of(project.team_directory, member.role)
        assert file
        engineer = engineer_of(hired, member)
        cards = cards_of(member, engineer)
        hand, todo = cards["HAND"], (cards["CARD"], cards["OTHER"])
        waiting = "".join(f"- [ ] Wait {id} ^{id}\n" for id in todo)
        in_hand = f"- [ ] Add a number ({engineer}) ^{hand}\n"
        board = scene.board().replace("## TODO\n", f"## TODO\n{waiting}")
        scene.save(board.replace("## IN PROGRESS\n", f"## IN PROGRESS\n{in_hand}"))
        worktrees.begin(project, engineer, f"{engineer}/{hand}-number", scene.tip(), lambda kept: None)
        scene.commit(scene.worktree(engineer), {f"numbers/{hand}": f"{len(scene.subjects()) + 100}\n"})
        scene.run("send", member.name, "Hello.")
        (scene.root / cards["FILE"]).write_text(
            f"# Numbers of {member.name}\n- [ ] One ^one\n- [ ] Two [depends:: one]\n"
        )
        if member.role.role_type != "engineer":  # what is in hand is blocked, and whoever leads lets it go on
            scene.run("task", "block", hand, "no idea")
        place = scene.worktree(engineer) if member.name == engineer else scene.root
        text = prompts.render(file.read_text(), hired, member, "sh check.sh")
        for words in typed_in(text):
            argv = filled(words, cards, hired.writes_to(member.name)[0])
            code, says = STATED.get(verb_of(words), (0, ""))
            said = scene.run(*argv, cwd=place, env={"BATTY_MEMBER": member.name}, code=code)
            assert says in said and "may not" not in said, (member.name, argv)


def test_each_command_of_a_reviewers_prompt_can_be_typed_by_it(scene: Scene, alone: None) -> None:
    prepare(scene, "solo", "auto")
    project = project_map.find(scene.root)
    with project.team_file.open("a") as file:
        file.write("  - {name: reviewer, role_type: reviewer, agent: claude}\n")
    hired = team.load(project)
    reviewer = hired.member("reviewer")
    assert reviewer and hired.reviewers_of("engineer-1") == ("reviewer",)
    board = scene.board().replace("## IN PROGRESS\n", "## IN PROGRESS\n- [ ] Add a number (engineer-1) ^t1\n")
    scene.save(board)
    worktrees.begin(project, "engineer-1", "engineer-1/t1-number", scene.tip(), lambda kept: None)
    place = scene.worktree("engineer-1")
    commit = scene.commit(place, {"numbers/two": "102\n"})
    scene.run("done", cwd=place)
    scene.step()
    scene.run("send", "reviewer", "Hello.")
    [id] = [name.partition(":")[0] for name in scene.messages("reviewer", "new") if ".review" not in name]
    prompt = prompts.file_of(project.team_directory, reviewer.role)
    assert prompt
    cards = {"HAND": "t1", "CARD": "t1", "OTHER": "t1", "ENGINEER": "engineer-1", "FILE": "-"}
    typed = typed_in(prompts.render(prompt.read_text(), hired, reviewer, "sh check.sh"))
    assert {verb_of(words) for words in typed} >= {"show", "merge", "reject", "send", "ask"}
    for words in typed:
        argv = [{"COMMIT": commit, "ID": id}.get(word, word) for word in filled(words, cards, "engineer-1")]
        code, says = STATED.get(verb_of(words), (0, ""))
        said = scene.run(*argv, env={"BATTY_MEMBER": "reviewer"}, code=code)
        assert says in said and "may not" not in said, argv
    assert scene.landed() == ["Land t1: Add a number (engineer-1)"]
