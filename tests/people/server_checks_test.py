"""What `doctor` says of the server on which the trunk lives, and what `install` and `init` say of one that is there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from scene import Scene
from served import Served
from servers import Http

from batty_hooks.people import server_checks
from batty_hooks.rules.look import Look
from batty_hooks.state import project as project_map
from batty_hooks.state.team import Remote


@pytest.fixture
def served(scene: Scene, alone: None) -> Served:
    scene.install()
    return Served(scene.root).serve()


def found(scene: Scene) -> list[tuple[bool, str, str]]:
    look = Look(project_map.find(scene.root))
    assert look.team.remote
    return [(well, re.sub(r"\d+\.\d s", "0.1 s", what), mend) for well, what, mend in server_checks.checked(
        look, look.team.remote)]  # fmt: skip


def mends(scene: Scene) -> list[tuple[str, str]]:
    return [(what, mend) for well, what, mend in found(scene) if not well]


def test_a_server_that_is_there(served: Served) -> None:
    before = served.git("for-each-ref", cwd=served.server)
    hook = served.server / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho GH006: Protected branch update failed >&2; exit 1\n")
    hook.chmod(0o755)
    here = served.root / ".git/hooks/pre-push"
    here.unlink(missing_ok=True)
    here.write_text("#!/bin/sh\ntouch asked\nexit 1\n")
    here.chmod(0o755)
    assert found(served) == [
        (True, f"server: origin ({served.server}) has main at {served.there()[:10]}; it answered within 0.1 s", ""),
        (True, "server: origin takes pushes (a dry run; whether main is protected is its hooks' to say)", ""),
    ]
    assert served.git("for-each-ref", cwd=served.server) == before
    assert not (served.root / "asked").exists(), "nobody's tests are run for it"


def test_git_knows_no_such_remote(served: Served) -> None:
    served.git("remote", "rename", "origin", "github")
    file = ".batty/team_config/team.yaml"
    assert mends(served) == [(
        "server: git knows no remote 'origin'; it knows github",
        f"${{EDITOR:-vi}} {file}  (`remote: {{name: github}}`)",
    )]  # fmt: skip
    served.git("remote", "remove", "github")
    assert mends(served) == [("server: git knows no remote 'origin'", "git remote add origin ADDRESS")]
    assert "git knows no remote 'origin'" in served.run("doctor", code=1)


def test_it_is_not_there_or_has_no_such_branch(served: Served) -> None:
    away = served.server.rename(served.root.parent / "away.git")
    [(what, mend)] = mends(served)
    assert what.startswith(f"server: origin ({served.server}) is not there: ")
    assert mend == "git ls-remote origin  (once that works, it goes on by itself)"
    away.rename(served.server)
    served.git("update-ref", "-d", "refs/heads/main", cwd=served.server)
    assert mends(served) == [
        ("server: origin has no main (it answers within 0.1 s)",
         "git push origin main  (puts it there; where it has another name by now: `trunk:` in team.yaml)"),
    ]  # fmt: skip


def test_nobody_listens(served: Served) -> None:
    served.git("remote", "set-url", "origin", "git://127.0.0.1:1/project.git")
    [(what, mend)] = mends(served)
    assert what.startswith("server: origin (git://127.0.0.1:1/project.git) cannot be reached (tried for 0.1 s): ")
    assert mend.startswith("git ls-remote origin")


def test_who_may_read_and_not_write(served: Served, tmp_path: Path) -> None:
    with Http(tmp_path / "http", served.root) as http:
        served.git("remote", "set-url", "origin", http.url)
        for key, value in http.settings.items():
            served.git("config", key, value)
        assert mends(served) == []
        http.refuses_push = (403, "Write access to repository not granted.")
        [(what, mend)] = mends(served)
        assert what.startswith("server: nothing can be pushed to origin: ")
        assert mend == "git push --dry-run origin HEAD:refs/heads/batty/trial  (once that works)"
        served.git("config", "--replace-all", "credential.helper", "!echo username=x; echo password=wrong; :")
        [(what, mend)] = mends(served)
        assert "does not let us in" in what and "wrong" not in what


def test_several_push_urls(served: Served) -> None:
    for url in (str(served.server), "/elsewhere.git"):
        served.git("remote", "set-url", "--add", "--push", "origin", url)
    [(what, mend)] = mends(served)
    assert "origin has 2 push URLs, a landing goes to one server" in what
    assert mend == "git remote set-url --delete --push origin ADDRESS  (until one is left)"


def test_a_shallow_and_a_partial_clone_get_a_note(served: Served) -> None:
    served.git("config", "remote.origin.promisor", "true")
    (served.root / ".git/shallow").write_text(f"{served.tip()}\n")
    notes = mends(served)
    assert ["shallow" in what or "partial" in what for what, mend in notes if not mend] == [True, True]


def test_start_asks_no_server(served: Served) -> None:
    """Only `doctor` does: a team starts without a network."""
    from batty_hooks.people import prerequisites

    said = [one.what for one in prerequisites.lacking_for_a_team(Look(project_map.find(served.root)))]
    assert not [what for what in said if what.startswith("server:")]


# --- what install and init say ----------------------------------------------------------------------------------------


def fresh(scene: Scene) -> Scene:
    scene.git("remote", "add", "origin", "https://example.org/team/parcels")
    return scene


@pytest.mark.parametrize("typed", ["install", "init --template pair"])
def test_a_new_team_yaml_offers_it_as_a_comment(scene: Scene, alone: None, typed: str) -> None:
    said = fresh(scene).run(*typed.split(), env={"BATTY_NO_WAKE": "1"})
    line = "server there is origin, and nothing is fetched or pushed: `remote:` in "
    assert said.count(line) == 1, said
    path = scene.root / ".batty/team_config/team.yaml"
    assert "remote" not in yaml.safe_load(path.read_text()), "on by nobody's decision but the person's"
    text = re.sub(r"^# (remote:|  name:|  land:)", r"\1", path.read_text(), flags=re.MULTILINE)
    assert yaml.safe_load(text)["remote"] == {"name": "origin", "land": "push"}
    path.write_text(text)
    scene.run("validate")
    assert Look(project_map.find(scene.root)).team.remote == Remote("origin", "push")
    assert "server the trunk lives on origin  (as " in scene.run("install", env={"BATTY_NO_WAKE": "1"})


def test_a_team_yaml_that_is_there_is_not_touched(scene: Scene, alone: None) -> None:
    scene.run("install", env={"BATTY_NO_WAKE": "1"})
    path = scene.root / ".batty/team_config/team.yaml"
    before = path.read_text()
    assert "remote" not in before, "there was no origin"
    said = fresh(scene).run("install", env={"BATTY_NO_WAKE": "1"})
    assert path.read_text() == before and "server" not in said


@pytest.mark.parametrize("program", ["gh", "glab"])
def test_the_program_by_which_pull_requests_are_made(
    scene: Scene, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    scene.install()
    served = Served(scene.root).serve("pr")
    host = "github.com" if program == "gh" else "gitlab.example"
    address = f"https://{host}/us/{'' if program == 'gh' else 'sub/'}ours"
    served.git("remote", "set-url", "origin", address)
    served.git("config", f"url.{served.server}.insteadOf", address)
    monkeypatch.setenv("FORGE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{Path(__file__).parents[1] / 'forge'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "pulls.json").write_text("[]")
    what = "pull" if program == "gh" else "merge"
    says = f"server: {program} gets to {address.removeprefix('https://')}, where {what} requests are made"
    assert (True, says, "") in found(served)
    words, login = "401 Unauthorized: please run: auth login", f"{program} auth login"
    (tmp_path / "refuses").write_text(f"4 {words}" if program == "gh" else words)
    login += " --hostname gitlab.example" if program == "glab" else ""
    mend = f"{login}  (or: {program} auth status)"
    assert mends(served) == [(f"server: {program} does not get to {host}: {words}", mend)]
    alone_in = tmp_path / "bin"
    alone_in.mkdir()
    (alone_in / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(alone_in))
    source = "https://cli.github.com" if program == "gh" else "https://gitlab.com/gitlab-org/cli"
    says = f"server: {what} requests are made with {program}, which is not installed here"
    assert mends(served) == [(says, f"{login}  (once it is installed: {source})")]
