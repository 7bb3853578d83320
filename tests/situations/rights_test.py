"""An agent does what its role does: what is refused, in which words, and that nothing has changed then."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import Scene
from situations.situation import table

TABLE = table("rights")
TEAM = """\
trunk: main
history: off
gate: {command: sh check.sh}
roles:
  - {name: architect, role_type: architect, agent: claude}
  - {name: manager, role_type: manager, agent: claude}
  - {name: engineer, role_type: engineer, agent: command, command: "false", instances: 2}
"""
BOARD = """\
## TODO
- [ ] Later ^t9
- [ ] After that [depends:: t9] ^t10
## IN PROGRESS
- [x] First [blocked:: which database?] (engineer-1) ^t1
- [x] Second [blocked:: no key] (engineer-2) ^t2
## DONE
"""
REFUSED = {
    "engineer-2 unblocks its own card": ("engineer-2", "task unblock t2", "manager or architect or human"),
    "engineer-2 takes engineer-1's card back": ("engineer-2", "task release t1", "engineer-1 or manager or"),
    "engineer-2 blocks engineer-1's card": ("engineer-2", "task block t1 mine", "engineer-1 or manager or"),
    "engineer-2 puts a card nobody has done into DONE": ("engineer-2", "task move t9 done", "architect or manager or"),
    "engineer-2 reports engineer-1's card": ("engineer-2", "task move t1 done", "engineer-1 or manager or"),
    "engineer-2 plans a card": ("engineer-2", "task add More", "architect or manager or human"),
    "engineer-2 changes what waits for what": ("engineer-2", "task depend t9 t1", "architect or manager or human"),
    "engineer-2 gives a card away": ("engineer-2", "assign engineer-1 t9", "manager or architect or human"),
    "engineer-2 claims for engineer-1": ("engineer-2", "task claim t9 --as engineer-1", "manager or architect or"),
    "engineer-2 pauses the team": ("engineer-2", "pause", "architect or human"),
    "the manager resumes it": ("manager", "resume", "architect or human"),
    "the architect stops the team": ("architect", "stop", "a person does"),
    "the manager uninstalls": ("manager", "uninstall", "a person does"),
    "engineer-2 has a half-saved board acted on": ("engineer-2", "board --accept", "architect or manager or human"),
}
ALLOWED = {
    "engineer-2 claims a card for itself": ("engineer-2", "task claim t9"),
    "engineer-2 gives its card back": ("engineer-2", "task release t2"),
    "the manager lets engineer-1's card go on": ("manager", "task unblock t1"),
    "the manager takes engineer-1's card back": ("manager", "task release t1"),
    "the architect plans a card": ("architect", "task add More"),
    "the architect pauses the team": ("architect", "pause"),
}


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        (home / ".gitconfig").write_text("[user]\n\tname = Test Person\n\temail = person@example.org\n")
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
        patch.setenv("BATTY_NO_WAKE", "1")
        scene = Scene(tmp_path_factory.mktemp("rights") / "project").create()
        scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
    return scene


@pytest.mark.parametrize("what", REFUSED)
def test_refused(crew: Scene, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    who, typed, may = REFUSED[what]
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    crew.save(BOARD)
    crew.run("board", code=None)  # what has just been saved is taken in
    before = crew.board()
    said = crew.run(*typed.split(), env={"BATTY_MEMBER": who}, code=1)
    first, then = said.splitlines()
    assert may in first and f"{who} may not" in first and "batty-hooks ask" in then
    assert crew.board() == before and not (crew.root / ".batty/paused").exists()
    TABLE.check(what, f"`batty-hooks {typed}`: {first.removeprefix('batty-hooks: ')}")


@pytest.mark.parametrize("what", ALLOWED)
def test_allowed(crew: Scene, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    who, typed = ALLOWED[what]
    monkeypatch.setenv("BATTY_NO_WAKE", "1")
    crew.save(BOARD)
    crew.run(*typed.split(), env={"BATTY_MEMBER": who})
    (crew.root / ".batty/paused").unlink(missing_ok=True)
    TABLE.check(what, f"`batty-hooks {typed}` is done")


def test_who_claims_to_be_the_human_in_a_worktree_is_its_engineer(scene: Scene, alone: None) -> None:
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM)
    scene.run("step", "staff")
    scene.save(BOARD)
    at: Path = scene.worktree("engineer-2")
    for env in ({}, {"BATTY_MEMBER": "human"}, {"BATTY_MEMBER": "manager"}):
        assert "engineer-2 may not let t2 go on" in scene.run("task", "unblock", "t2", cwd=at, env=env, code=1)
    said = scene.run("stop", cwd=at, code=1)
    assert "engineer-2 may not stop the team: a person does" in said and str(scene.root) in said


def test_one_engineer_does_not_land_the_half_done_card_of_another(scene: Scene, alone: None) -> None:
    scene.install()
    (scene.root / ".batty/team_config/team.yaml").write_text(TEAM.replace("claude}", "claude, talks_to: [engineer]}"))
    scene.run("step", "staff")
    scene.save("## TODO\n## IN PROGRESS\n- [x] First (engineer-1) ^t1\n## DONE\n")
    scene.run("step", "dispatch")
    scene.commit(scene.worktree("engineer-1"), {"numbers/half": "2\n"})
    said = scene.run("merge", "t1", env={"BATTY_MEMBER": "engineer-2"}, code=1)
    assert said.startswith("batty-hooks: engineer-2 may not report t1 as done: engineer-1 or manager or architect or")
    assert scene.subjects() == ["A project"]


def test_the_page_has_just_these() -> None:
    TABLE.finish([*REFUSED, *ALLOWED])
