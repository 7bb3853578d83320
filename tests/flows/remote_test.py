"""The trunk lives on a server: what lands there, what is underneath, and what is said of it here."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from scene import Again, Scene, wait_for
from served import Served

from batty_hooks.rules import serving
from batty_hooks.state import server
from batty_hooks.state.project import find
from batty_hooks.state.server import asking
from batty_hooks.system.git import server as asked
from batty_hooks.vocabulary import happened


@pytest.fixture
def served(again: Again, alone: None) -> Served:
    return Served(again(on_a_server).root)


def on_a_server(scene: Scene) -> None:
    scene.install()
    Served(scene.root).serve()


def test_what_lands_is_pushed_and_the_local_trunk_follows(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "two")
    assert served.there() == served.tip()
    assert served.show("numbers/two") == "2"
    assert "pushed" in served.log()


def test_what_a_stranger_pushed_is_underneath(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    theirs = served.stranger({"numbers/nine": "9\n"})
    served.run("merge", "two")
    assert served.there() == served.tip()
    assert theirs in served.git("rev-list", served.tip())


def test_red_together_with_what_a_stranger_pushed(served: Served) -> None:
    served.branch("two", {"numbers/two": "9\n"})
    theirs = served.stranger({"numbers/nine": "9\n"})
    served.run("merge", "two", code=1)
    assert served.there() == theirs


def test_who_was_too_late_looks_before_it_pushes_again(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle", "fetch", "gate")
    theirs = served.stranger({"numbers/nine": "9\n"})
    for _ in ("too late", "not again"):
        served.run("step", "push")
        assert [event["event"] for event in served.events()].count("push lost") == 1
        assert served.there() == theirs
    served.run("step", "--until-idle")
    assert theirs in served.git("rev-list", served.tip()) and served.show("numbers/two") == "2"
    assert served.there() == served.tip()


def test_a_test_is_ended_when_others_have_pushed_and_it_could_not_land_any_more(served: Served, tmp_path: Path) -> None:
    begun, slow = tmp_path / "begun", tmp_path / "slow"
    slow.touch()
    path = served.root / ".batty/team_config/team.yaml"
    gate = f"touch '{begun}'; [ ! -e '{slow}' ] || sleep 600; sh check.sh"
    path.write_text(path.read_text().replace('"sh check.sh"', f'"{gate}"'))
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    stepping = served.begin("step", "--until-idle")
    try:
        wait_for(begun.exists)
        theirs = served.stranger({"numbers/nine": "9\n"})
        slow.unlink()
        served.run("remote")
        assert stepping.wait() == 0
    finally:
        stepping.kill()
        stepping.wait()
    log = served.log()
    assert "ended in vain" in log and "push lost" not in log
    assert theirs in served.git("rev-list", served.tip()) and served.there() == served.tip()


def test_a_conflict_is_solved_against_the_servers_trunk(served: Served) -> None:
    """What is here is older while its checkout is in the way: solved against that, it would come back for ever."""
    served.branch("two", {"numbers/two": "2\n"})
    (served.root / "numbers/two").write_text("not committed\n")
    served.stranger({"numbers/two": "4\n"})
    served.run("merge", "two", code=1)
    assert "git merge origin/main" in served.run("read")
    place = served.root.parent / "two"
    served.git("merge", "-q", "origin/main", cwd=place, check=False)
    served.commit(place, {"numbers/two": "2\n"}, "Solved")
    served.run("merge", "two")
    assert served.git("show", "main:numbers/two", cwd=served.server) == "2"


def test_a_dirty_checkout_delays_only_the_following(served: Served) -> None:
    served.branch("two", {"numbers/one": "2\n"})
    (served.root / "numbers/one").write_text("1\n\n")
    before = served.tip()
    served.run("merge", "two")
    assert served.tip() == before
    assert served.git("show", "main:numbers/one", cwd=served.server) == "2"
    served.git("checkout", "-q", "numbers/one")
    served.run("step", "--until-idle")
    assert served.tip() == served.there()


def test_a_persons_own_commits_are_tested_and_pushed(served: Served) -> None:
    mine = served.commit(served.root, {"numbers/three": "3\n"}, "By hand")
    served.stranger({"numbers/nine": "9\n"})
    served.run("step", "--until-idle")
    assert mine in served.git("rev-list", "main", cwd=served.server)
    assert served.tip() == served.there()


def test_a_persons_red_commits_are_not_pushed(served: Served) -> None:
    served.commit(served.root, {"numbers/three": "1\n"}, "By hand, and red")
    before = served.there()
    served.run("step", "--until-idle")
    assert served.there() == before
    assert "main here has commits that origin lacks, and they came back" in served.run("status", code=1)
    assert "git merge origin/main" in served.run("read")
    served.commit(served.root, {"numbers/three": "3\n"}, "Mended")
    served.run("step", "--until-idle")
    assert served.there() == served.tip()


def test_offline_everything_waits_and_lands_on_return(served: Served) -> None:
    served.run("step", "--until-idle")
    served.branch("two", {"numbers/two": "2\n"})
    away = served.server.rename(served.root.parent / "away.git")
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle")
    said = served.run("status", code=1)
    assert "origin is not there" in said and "tested, waits for origin (not there)" in said
    assert "tested, waits for origin" in served.run("merge", "two", code=75)
    away.rename(served.server)
    served.run("remote")
    served.run("step", "--until-idle")
    assert served.there() == served.tip() and served.show("numbers/two") == "2"


def test_a_trunk_that_was_rewound_stops_landing(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.branch("three", {"numbers/three": "3\n"})
    first = served.there()
    served.run("merge", "two")
    served.git("update-ref", "refs/heads/main", first, cwd=served.server)
    was = served.tip()
    assert "main was rewritten there" in served.run("merge", "three", code=75)
    assert served.there() == first
    said = served.run("status", code=1)
    assert f"it was at {was[:12]}, is at {first[:12]}" in said and f"remote --accept {first[:12]}" in said
    served.run("remote", "--accept", first[:12], code=None)
    served.run("step", "--until-idle")
    assert served.git("rev-parse", f"refs/batty/rewritten/{was[:12]}") == was
    assert first in served.git("rev-list", "main", cwd=served.server)
    assert served.git("show", "main:numbers/three", cwd=served.server) == "3"
    assert "numbers/two" not in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    assert "git reset --keep" in served.run("status", code=1)
    served.git("reset", "-q", "--keep", served.there())
    served.run("step", "--until-idle")
    assert "nothing needs you" in served.run("status")


# --- what an agent pushes itself --------------------------------------------------------------------------------------


def push(served: Served, *words: str, cwd: Path | None = None) -> str:
    """What git says of a push."""
    done = subprocess.run(["git", "push", *words], cwd=cwd or served.root, capture_output=True, text=True, check=False)
    return done.stderr


def test_an_agents_push_of_the_trunk_is_refused_and_work_still_lands(served: Served) -> None:
    served.run("step", "--until-idle")
    served.branch("two", {"numbers/two": "2\n"})
    place, before = served.root.parent / "two", served.there()
    assert "main on origin moves by landing only" in push(served, "origin", "HEAD:main", cwd=place)
    assert served.there() == before
    served.run("merge", "two", cwd=place, env={"BATTY_MEMBER": "two"})
    assert served.there() == served.tip() != before


def test_a_person_who_pushes_is_told_and_what_he_pushed_is_underneath(served: Served) -> None:
    served.run("step", "--until-idle")
    mine = served.commit(served.root, {"numbers/three": "3\n"}, "By hand")
    assert "main on origin gets this untested" in push(served, "origin", "main")
    assert served.there() == mine
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "two")
    assert mine in served.git("rev-list", "main", cwd=served.server)


def test_the_guard_of_pushes_goes_with_team_yaml(scene: Scene, alone: None) -> None:
    """Without `remote:` an agent may push as ever; the next step after the lines are there guards it."""
    scene.install()
    served = Served(scene.root)
    served.git("clone", "-q", "--bare", str(served.root), str(served.server))
    served.git("remote", "add", "origin", str(served.server))
    served.run("step", "--until-idle")
    first = served.branch("two", {"numbers/two": "2\n"})
    place = served.root.parent / "two"
    assert "batty-hooks" not in push(served, "origin", "HEAD:main", cwd=place)
    assert served.there() == first
    path = served.root / ".batty/team_config/team.yaml"
    without = path.read_text()
    path.write_text(f"{without}remote: {{name: origin}}\n")
    served.run("step", "--until-idle")
    served.commit(place, {"numbers/three": "3\n"}, "More")
    assert "by landing only" in push(served, "origin", "HEAD:main", cwd=place)
    path.write_text(f"{without}remote: {{name: origin}}\nguard: off\n")
    served.run("step", "--until-idle")
    assert "batty-hooks" not in push(served, "origin", "HEAD:main", cwd=place)
    path.write_text(without)
    served.run("step", "--until-idle")
    served.commit(place, {"numbers/four": "4\n"}, "More")
    assert "batty-hooks" not in push(served, "origin", "HEAD:main", cwd=place)


def test_what_goes_past_the_guard_is_underneath(served: Served) -> None:
    """A red one is nobody's fault: who comes after it is not charged, waits until the trunk is mended, and lands."""
    served.run("step", "--until-idle")
    red = served.branch("bad", {"numbers/three": "1\n"})
    served.branch("two", {"numbers/two": "2\n"})
    served.git("push", "--no-verify", "-q", "origin", "HEAD:main", cwd=served.root.parent / "bad")
    assert served.there() == red
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle")
    assert served.there() == red
    said = served.run("status", code=None)
    assert "main" in said and "fails" in said, said
    assert "handed back" not in served.log()
    served.commit(served.root.parent / "bad", {"numbers/three": "3\n"}, "Mended")
    served.git("push", "-q", "--no-verify", "origin", "HEAD:main", cwd=served.root.parent / "bad")
    served.run("remote")
    served.run("step", "--until-idle")
    names = served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    assert "numbers/two" in names and "numbers/three" in names
    assert red in served.git("rev-list", "main", cwd=served.server)
    assert served.tip() == served.there()


def test_the_gate_alone_looks_at_the_server_first(served: Served) -> None:
    theirs = served.stranger({"numbers/seven": "7\n"})
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "gate")
    [tested] = [event for event in served.events() if event["event"] == happened.gate("passed")]
    assert tested["base"] == theirs


def test_an_undo_lands_on_the_server_too(served: Served) -> None:
    works = 'echo "10$(echo "$2" | tr -dc 0-9)" > "numbers/$2"\ngit add numbers\ngit commit -qm "Add $2"\n'
    served.team(served.agent("works", works))
    path = served.root / ".batty/team_config/team.yaml"
    path.write_text(path.read_text() + "remote: {name: origin}\n")
    served.cards("- [ ] Add a number")
    served.run("step", "--until-idle")
    assert served.git("show", "main:numbers/t1", cwd=served.server) == "101"
    served.run("undo", "t1", "not wanted")
    assert "numbers/t1" not in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    assert served.there() == served.tip()


def test_who_pulls_by_rebase_meanwhile_has_his_newer_commit_landed(served: Served) -> None:
    served.run("step", "--until-idle")
    old = served.commit(served.root, {"numbers/three": "3\n"}, "By hand")
    served.run("step", "ahead")
    served.stranger({"numbers/nine": "9\n"})
    served.git("pull", "-q", "--rebase", "origin", "main")
    new = served.git("rev-parse", "HEAD")
    served.run("step", "--until-idle")
    log = served.git("rev-list", "main", cwd=served.server)
    assert new in log and old not in log and served.there() == served.tip()


def test_who_goes_past_the_servers_rules_is_told_once(served: Served) -> None:
    """An administrator's push, in GitHub's words (https://github.com/google/zerocopy/issues/186)."""
    hook = served.server / "hooks" / "post-receive"
    hook.write_text("#!/bin/sh\necho 'Bypassed rule violations for refs/heads/main:' >&2\necho >&2\n"
                    "echo '- Changes must be made through a pull request.' >&2\n")  # fmt: skip
    hook.chmod(0o755)
    for name in ("two", "three"):
        served.branch(name, {f"numbers/{name}": f"{len(name)}\n"})
        served.run("merge", name)
    [message] = served.messages("human", "new")
    said = served.run("read")
    assert "past its rules, because of your rights" in said and "Changes must be made through a pull request" in said
    assert "`land: pr`" in said and served.there() == served.tip(), message


def needs(served: Served) -> list[tuple[str, str]]:
    return [(one["what"], one["command"].split("  ")[0]) for one in served.json("status")["needs_you"]]


def test_a_remote_that_has_another_name_by_now_is_named_and_team_yaml_is_enough(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.git("remote", "rename", "origin", "upstream")
    served.run("step", "--until-idle")
    file = served.root / ".batty/team_config/team.yaml"
    said = "git knows no remote 'origin'; it knows upstream", f"${{EDITOR:-vi}} {file.relative_to(served.root)}"
    assert needs(served) == [said] and said[0] in served.run("remote", code=1)
    file.write_text(file.read_text().replace("name: origin", "name: upstream"))
    served.run("step", "--until-idle")
    assert served.there() == served.tip() and served.show("numbers/two") == "2" and not needs(served)


def test_a_trunk_that_has_another_name_there_by_now_is_told_as_that(served: Served) -> None:
    """Not as a repository that is not there: `git fetch` works."""
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.git("branch", "-m", "main", "trunk", cwd=served.server)
    served.run("step", "--until-idle")
    assert needs(served) == [("origin has no main", "git push origin main")]
    file = served.root / ".batty/team_config/team.yaml"
    file.write_text(file.read_text().replace("trunk: main", "trunk: trunk"))
    served.git("branch", "-m", "main", "trunk")
    served.run("step", "--until-idle")
    log = served.git("rev-list", "trunk", cwd=served.server)
    assert served.git("rev-parse", "two") in log and not needs(served)


@pytest.mark.parametrize("away", [True, False])
def test_a_clock_that_was_set_back_keeps_nothing_waiting(served: Served, away: bool) -> None:
    project, later = find(served.root), time.time() + 7200
    trouble = {"outcome": asked.UNREACHABLE, "failures": 3, "since": later - 60} if away else {}
    server.note(project, looked=later, tried=later, **trouble)
    served.stranger({"numbers/three": "3\n"})
    served.run("step", "--until-idle")
    assert served.there() == served.tip() and server.notes(project).tried < later


def test_a_pre_push_hook_that_hangs_is_told_and_not_taken_for_a_line_that_is_down(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is mended, what waits lands."""
    hook = served.root / ".git/hooks/pre-push.before-batty"
    hook.write_text("#!/bin/sh\nexec sleep 600\n")
    hook.chmod(0o755)
    monkeypatch.setattr(serving, "PUSH_LIMIT", 2.0)
    monkeypatch.setattr(asking, "_HOOK_SILENCE", 1.0)
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle")
    for _ in range(2):
        served.run("remote")
        served.run("step", "--until-idle")
    [need] = [one["what"] for one in served.json("status")["needs_you"] if one["what"].startswith("two passed")]
    why = "the pre-push hook here: no answer for 1 s"
    assert need == f"two passed, but origin does not take it: {why}; nor ahead of its push: {why}"
    hook.unlink()
    served.run("remote")
    served.run("step", "--until-idle")
    assert served.there() == served.tip() and served.show("numbers/two") == "2"
