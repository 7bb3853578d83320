"""What happened on the server, what you see then, and what it costs: the rows of docs/remote.md."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from pages import Table
from scene import Again, Scene
from served import Served
from servers import Http, free_port

from batty_hooks.rules import serving
from batty_hooks.state import project as project_map
from batty_hooks.state import server
from batty_hooks.vocabulary import happened

TABLE = Table("remote.md", "outcomes", ("What happened", "What you see", "What it costs"))


@pytest.fixture
def served(again: Again, alone: None) -> Served:
    return Served(again(on_a_server).root)


def on_a_server(scene: Scene) -> None:
    scene.install(on="done")
    Served(scene.root).serve().run("step", "--until-idle")


def plain(served: Served, words: str) -> str:
    """Without what is another one each time."""
    words = words.replace(str(served.server), "…").replace(str(served.root), "…")
    words = re.sub(r"\b[0-9a-f]{10,40}\b", "…", words)
    words = re.sub(r"seen [^;]*? ago", "seen … ago", words)
    words = re.sub(r"127\.0\.0\.1:\d+|port \d+", "…", words)
    return re.sub(r"\d\d:\d\d", "…", words)


def line(served: Served) -> str:
    """The server's line of `status`."""
    [found] = [one for one in served.run("status", code=None).splitlines() if one.startswith("origin: ")]
    return f"`{plain(served, found.strip())}`"


def needs(served: Served, words: str) -> str:
    """What needs you, with its command."""
    [found] = [one for one in served.json("status")["needs_you"] if words in one["what"]]
    command, _, why = plain(served, found["command"]).partition("  (")
    return f"needs you: {plain(served, found['what'])} → `{command}`{why and ' (' + why}"


def queued(served: Served) -> str:
    """What `status` says of what waits."""
    [found] = [one for one in served.run("status", code=None).splitlines() if "tested, waits for" in one]
    return f"`{plain(served, found[found.index('tested, waits') :].strip())}`"


def runs(served: Served) -> int:
    return sum(event["event"].startswith(happened.GATE) for event in served.events())


def cost(served: Served, more: str = "nobody is charged") -> str:
    """How many tests were run until now; that nothing has come back is seen."""
    assert "handed back" not in served.log()
    count = runs(served)
    return f"{count} test{'s' if count != 1 else ''}; {more}"


def land(served: Served, name: str, code: int | None = 0) -> str:
    said = served.run("merge", name, code=code)
    if code == 0:
        assert served.there() == served.git("rev-parse", "refs/remotes/origin/main")
        assert f"numbers/{name}" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    return said


NOTHING = "Nothing: nobody else has pushed"


def test_nothing(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    land(served, "two")
    assert served.tip() == served.there()
    TABLE.check(NOTHING, f"{line(served)}; `log`: pushed, landed", cost(served, "and a push"))


PUSHED = "Somebody has pushed, and a look has seen it before your work was tested"


def test_somebody_has_pushed(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    theirs = served.stranger({"numbers/nine": "9\n"})
    served.run("remote")
    land(served, "two")
    assert theirs in served.git("rev-list", served.tip())
    TABLE.check(PUSHED, f"it is underneath, and tested with yours; {line(served)}", cost(served))


FASTER = "Somebody pushes while yours is tested"


def test_somebody_is_faster(served: Served, tmp_path: Path) -> None:
    served.stranger({"numbers/eight": "8\n"})
    served.run("remote")
    theirs = served.commit(served.strangers, {"numbers/nine": "9\n"})
    flag = tmp_path / "flag"
    push = f"git -C '{served.strangers}' push -q && touch '{flag}'"
    path = served.root / ".batty/team_config/team.yaml"
    text = path.read_text().replace("sh check.sh", f"sh check.sh && {{ test -e '{flag}' || {{ {push}; }}; }}")
    assert push in text
    path.write_text(text)
    served.branch("two", {"numbers/two": "2\n"})
    server.note(project_map.find(served.root), looked=time.time() + 600.0)  # no look of its own comes in between
    land(served, "two")
    assert theirs in served.git("rev-list", "main", cwd=served.server)
    assert happened.PUSH_LOST in served.log()
    TABLE.check(FASTER, f"`log`: {happened.PUSH_LOST}, and later landed; {line(served)}", cost(served))


RED = "Somebody pushes what fails its test"


def test_somebody_pushes_red(served: Served) -> None:
    red = served.stranger({"numbers/three": "1\n"})
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle")
    seen = needs(served, "fails its test")
    assert served.there() == red
    assert "handed back" not in served.log()
    served.stranger({"numbers/three": "3\n"}, "Mended")
    served.run("remote")
    served.run("step", "--until-idle")
    assert "numbers/two" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    TABLE.check(RED, seen, "what passed waits until it is mended there; nobody is charged")


AWAY = "It cannot be reached"


def test_it_cannot_be_reached(served: Served) -> None:
    url = served.git("remote", "get-url", "origin")
    served.git("remote", "set-url", "origin", f"git://127.0.0.1:{free_port()}/project.git")
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("remote", code=75)
    served.run("step", "--until-idle")
    seen = f"{queued(served)}; {line(served)}"
    served.git("remote", "set-url", "origin", url)
    served.run("remote")
    served.run("step", "--until-idle")
    assert "numbers/two" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    TABLE.check(AWAY, seen, f"{cost(served)}; it lands by itself on return")


GONE = "The repository is not there"


def test_it_is_not_there(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    away = served.server.rename(served.root.parent / "away.git")
    served.run("merge", "--no-wait", "two")
    served.run("remote", code=75)
    served.run("step", "--until-idle")
    seen = f"{queued(served)}; needs you, with git's words → `git fetch origin`"
    assert "→ `git fetch origin`" in needs(served, "origin is not there")
    away.rename(served.server)
    served.run("remote")
    served.run("step", "--until-idle")
    assert "numbers/two" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    TABLE.check(GONE, seen, f"{cost(served)}; not tried again before you have changed something")


LOGIN = "The login fails"


def test_the_login_fails(served: Served, tmp_path: Path) -> None:
    with Http(tmp_path / "http", served.root) as http:
        served.git("remote", "set-url", "origin", http.url)
        served.git("config", "credential.helper", "!echo username=x; echo password=wrong; :")
        served.branch("two", {"numbers/two": "2\n"})
        served.run("merge", "--no-wait", "two")
        served.run("remote", code=75)
        served.run("step", "--until-idle")
        seen = f"{queued(served)}; {needs(served, 'does not let us in')}"
        seen = re.sub(r"http://\S+?(?=['/ ])", "http://…", seen)
        served.git("config", "credential.helper", http.settings["credential.helper"])
        served.run("remote")
        served.run("step", "--until-idle")
        assert "numbers/two" in served.git("ls-tree", "-r", "--name-only", "main", cwd=http.root)
        TABLE.check(LOGIN, seen, f"{cost(served)}; not tried again before you have changed something")


def hook(served: Served, words: str, only: str = "") -> Path:
    """A hook of the server's that refuses whatever holds the path ``only``."""
    path = served.server / "hooks/pre-receive"
    path.write_text(f"""#!/bin/sh
read -r old new ref
git ls-tree -r --name-only "$new" | grep -q '{only}' || exit 0
echo '{words}' >&2
exit 1
""")
    path.chmod(0o755)
    return path


PROTECTED = "The trunk is protected: nobody may push to it"


def test_it_is_protected(served: Served) -> None:
    path = hook(served, "error: GH006: Protected branch update failed for refs/heads/main.")
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle")
    seen = needs(served, "takes no push to main")
    path.unlink()
    served.run("remote")
    served.run("step", "--until-idle")
    assert "numbers/two" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    TABLE.check(PROTECTED, seen, f"{cost(served)}; tried again after a while, or at once by `batty-hooks remote`")


REFUSED = "A hook of the server's refuses this work"


def test_it_is_refused(served: Served) -> None:
    path = hook(served, "every commit names its ticket", "numbers/two")

    def there() -> str:
        return served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)

    for number, name in enumerate(("one-more", "two", "three"), 11):
        served.branch(name, {f"numbers/{name}": f"{number}\n"})
        served.run("merge", "--no-wait", name)
    served.run("step", "--until-idle")
    assert "does not take it" in needs(served, "one-more, two, three passed") and "numbers/three" not in there()
    served.run("remote")  # (as half a minute later, by itself)
    served.run("step", "--until-idle")
    seen = needs(served, "does not take it")
    assert "numbers/one-more" in there() and "numbers/three" in there() and "numbers/two" not in there()
    assert "handed back" not in served.log()
    path.unlink()
    served.run("remote")
    served.run("merge", "two")
    TABLE.check(
        REFUSED,
        seen,
        "nobody is charged; what was pushed with it lands without it, after a second try and tests of its parts",
    )


REWRITTEN = "The trunk was rewound or rewritten"


def test_it_was_rewritten(served: Served) -> None:
    first = served.there()
    served.branch("two", {"numbers/two": "2\n"})
    served.branch("three", {"numbers/three": "3\n"})
    land(served, "two")
    served.git("update-ref", "refs/heads/main", first, cwd=served.server)
    land(served, "three", code=75)
    seen = needs(served, "was rewritten on origin")
    assert served.there() == first
    served.run("remote", "--accept", first[:12], code=None)
    served.run("step", "--until-idle")
    assert "numbers/three" in served.git("ls-tree", "-r", "--name-only", "main", cwd=served.server)
    TABLE.check(REWRITTEN, seen, "nothing lands before you say so; what waits is tested anew upon what is there then")


MINE = "You commit on the trunk here"


def test_my_own_commits(served: Served) -> None:
    mine = served.commit(served.root, {"numbers/three": "3\n"}, "By hand")
    seen = line(served)
    served.run("step", "--until-idle")
    assert mine in served.git("rev-list", "main", cwd=served.server)
    TABLE.check(MINE, f"{seen}; then it is tested and pushed", cost(served, "and a push"))


MINE_RED = "You commit on the trunk here what fails its test"


def test_my_own_red_commits(served: Served) -> None:
    before = served.there()
    served.commit(served.root, {"numbers/three": "1\n"}, "By hand, and red")
    served.run("step", "--until-idle")
    assert served.there() == before
    seen = needs(served, "and they came back")
    served.branch("two", {"numbers/two": "2\n"}, before)
    land(served, "two")
    assert served.tip() not in served.git("rev-list", "main", cwd=served.server)
    TABLE.check(MINE_RED, seen, "it is not pushed, and the trunk here does not follow; others' work lands")


DIRTY = "Your checkout of the trunk has changes in the way"


def test_a_dirty_checkout(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n", "numbers/one": "5\n"})
    (served.root / "numbers/one").write_text("1\n\n")
    land(served, "two")
    assert served.tip() != served.there()
    TABLE.check(DIRTY, line(served), "nothing: it has landed there, and follows here once they are gone")


AGENT = "An agent pushes the trunk"


def test_an_agent_pushes(served: Served) -> None:
    served.branch("two", {"numbers/two": "2\n"})
    before = served.there()
    argv = ["git", "push", "origin", "HEAD:main"]
    done = subprocess.run(argv, cwd=served.root.parent / "two", capture_output=True, text=True, check=False)
    [said] = [one for one in done.stderr.splitlines() if one.startswith("batty-hooks: ")]
    assert served.there() == before and done.returncode
    TABLE.check(
        AGENT, f"refused: `{said.replace('`', '')}`", "nothing; with `--no-verify` it is underneath, as anybody's push"
    )


SLOW = "What is to be pushed takes longer to upload than 50 seconds"


def test_the_upload_takes_long(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """(Here the server's hook is slow, once; large_push_test.py has a slow line, and a file of git-lfs.)"""
    monkeypatch.setattr(serving, "PUSH_LIMIT", 3.0)
    hook = served.server / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nif [ ! -e late ]; then touch late; sleep 100; fi\n")
    hook.chmod(0o755)
    served.branch("two", {"numbers/two": "2\n"})
    served.run("merge", "--no-wait", "two")
    served.run("step", "--until-idle", "fetch", "gate", "push")
    said = queued(served)
    monkeypatch.setattr(serving, "PUSH_LIMIT", 50.0)
    served.run("step", "--until-idle")
    assert served.there() == served.tip() and served.show("numbers/two") == "2"
    TABLE.check(SLOW, f"{said}; `log`: uploaded, pushed, landed",
                cost(served, "others land meanwhile; it lands by itself when all is there"))  # fmt: skip


def test_the_table_has_these_rows() -> None:
    TABLE.finish([
        NOTHING, PUSHED, FASTER, RED, AWAY, GONE, LOGIN, PROTECTED, REFUSED, REWRITTEN, MINE, MINE_RED, DIRTY, SLOW,
        AGENT,
    ])  # fmt: skip
