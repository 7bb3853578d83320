"""What a person has set in git, in his environment or in his checkout changes nothing of what is tested and lands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scene import Scene, wait_for
from situations.situation import table

from batty_hooks.system.git import call

TABLE = table("settings")

# How git shows things.
SHOWN = {
    "log.showSignature": "true", "log.date": "relative", "log.decorate": "full", "log.follow": "true",
    "log.mailmap": "true", "log.showRoot": "false", "log.abbrevCommit": "true", "log.diffMerges": "off",
    "format.pretty": "oneline", "format.signOff": "true", "notes.displayRef": "refs/notes/*",
    "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.external": "false", "diff.renames": "copies",
    "diff.algorithm": "patience", "diff.orderFile": "ORDER", "diff.ignoreSubmodules": "all",
    "diff.submodule": "log", "diff.relative": "true", "diff.context": "0", "diff.colorMoved": "zebra",
    "status.showUntrackedFiles": "no", "status.relativePaths": "true", "status.short": "true", "status.branch": "true",
    "status.showStash": "true", "status.renames": "copies", "status.submoduleSummary": "true",
    "color.ui": "always", "color.status": "always", "color.branch": "always", "color.diff": "always",
    "column.ui": "always", "core.quotePath": "true", "core.abbrev": "12", "core.pager": "false",
    "pager.status": "false", "pager.log": "false", "branch.sort": "-committerdate", "tag.sort": "-version:refname",
    "i18n.logOutputEncoding": "UTF-16", "alias.status": "!false", "alias.log": "!false", "grep.lineNumber": "true",
    "advice.detachedHead": "true", "core.commentChar": "%", "help.autoCorrect": "immediate",
    # (Not beside feature.manyFiles: of the two, git 2.55 makes an index with nothing in it.)
    "core.splitIndex": "true",
}  # fmt: skip
# What git does.
DONE = {
    "merge.conflictStyle": "diff3", "merge.renames": "false", "merge.directoryRenames": "false", "merge.ff": "false",
    "merge.renormalize": "true", "merge.verifySignatures": "true", "merge.log": "true", "merge.stat": "true",
    "merge.branchdesc": "true", "merge.autoStash": "true", "merge.tool": "false", "merge.default": "union",
    "branch.main.mergeOptions": "--strategy=ours --no-ff", "pull.rebase": "true", "pull.ff": "only",
    "commit.template": "ORDER", "commit.cleanup": "scissors", "commit.verbose": "true",
    "commit.status": "false", "rerere.enabled": "true", "rerere.autoUpdate": "true", "submodule.recurse": "true",
    "checkout.defaultRemote": "origin", "checkout.guess": "true", "branch.autoSetupMerge": "always",
    "branch.autoSetupRebase": "always", "init.defaultBranch": "trunk", "gc.auto": "1", "gc.pruneExpire": "now",
    "gc.reflogExpire": "now", "worktree.guessRemote": "true", "feature.manyFiles": "true", "index.version": "4",
    "core.fsmonitor": "false-monitor", "core.untrackedCache": "true",
    "core.safecrlf": "true", "core.trustctime": "false", "core.checkStat": "minimal", "core.logAllRefUpdates": "false",
    "core.preferSymlinkRefs": "true", "core.editor": "false", "sequence.editor": "false", "tag.gpgSign": "true",
    "transfer.hideRefs": "refs/batty", "uploadpack.hideRefs": "refs/batty", "receive.denyCurrentBranch": "refuse",
    "user.useConfigOnly": "true", "diff.renameLimit": "1", "protocol.allow": "never",
    "core.hooksPath": "HOOKS", "core.attributesFile": "ATTRIBUTES", "init.templateDir": "TEMPLATE",
}  # fmt: skip
ENVIRONMENT = {
    "GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_WORK_TREE": "/nowhere",
    "GIT_CONFIG_PARAMETERS": "'user.name'='Nobody'", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.bare",
    "GIT_CONFIG_VALUE_0": "true", "GIT_TRACE": "1", "GIT_TRACE2": "1", "GIT_EXTERNAL_DIFF": "false",
    "GIT_MERGE_VERBOSITY": "5", "GIT_DIFF_OPTS": "-u0", "GIT_LITERAL_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1",
    "GIT_NOGLOB_PATHSPECS": "1", "GIT_ATTR_SOURCE": "HEAD~1", "GIT_AUTHOR_DATE": "@0 +0000",
    "GIT_COMMITTER_DATE": "@0 +0000", "GIT_NAMESPACE": "mine", "GIT_OBJECT_DIRECTORY": "/nowhere",
    "GIT_ALLOW_PROTOCOL": "none", "GIT_PAGER_IN_USE": "1", "GIT_OPTIONAL_LOCKS": "1", "GIT_EDITOR": "false",
    "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "TZ": "Asia/Kathmandu", "PAGER": "false", "GREP_OPTIONS": "-v",
    "CDPATH": "/usr:/", "POSIXLY_CORRECT": "1",
}  # fmt: skip

ENGINEER = """\
umask 022
cd "$PWD"
[ "$2" = t2 ] && git mv numbers/old "numbers/nöw" 2>/dev/null
echo "$2" >> CHANGES
case $2 in t1) echo 101 > numbers/t1 ;; t2) echo 102 > numbers/t2 ;; esac
git add -A
git commit -qm "Work on $2 ü"
"""
# A hook of the project: in a gate's worktree it adds to what is tested, and a checkout of anybody's it refuses.
HOOK = """\
#!/bin/sh
case $PWD in */gate-*) echo 1 > numbers/hooked ;; esac
case $0 in */post-checkout) exit 1 ;; esac
"""
_CHANGING = re.compile(
    r"\d\d:\d\d:\d\d|\b[0-9a-f]{7,64}\b|\d{4}-\d\d-\d\d\S*|\d+(?:\.\d+)? ?(?:ms|s|min|m|h)\b|\d{8}T\d{6}"
)


def life(place: Path, env: dict[str, str] | None = None) -> Any:
    """A card's whole life, another one's, and two plain branches: what there is to see of it afterwards."""
    scene = Scene(place / "project").create()
    scene.commit(scene.root, {"CHANGES": "", ".gitattributes": "CHANGES merge=union\n", "numbers/old": "7\n"}, "More")
    start = scene.git("rev-parse", "HEAD")

    def run(*words: str, code: int | None = 0) -> str:
        return scene.run(*words, env=env, code=code)

    run("install")
    scene.team(scene.agent("engineer", ENGINEER), engineers=1, on="done")
    scene.cards("- [ ] Add a number", "- [ ] Move a number")
    wait_for(lambda: (run("step", "--until-idle"), len(scene.lane("DONE")))[1] == 2, 120)
    plain = place / "plain"
    scene.git("-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "--no-track", "-b", "plain", str(plain), start)
    scene.commit(plain, {"numbers/plain": "55\n", "CHANGES": "plain\n"}, "Plain")
    red = scene.commit(plain, {"numbers/plain": "x\n"}, "Red")
    scene.git("branch", "-q", "--no-track", "red", red)
    scene.git("reset", "-q", "--hard", "HEAD~1", cwd=plain)
    run("step", "--until-idle")
    shown = _plain(run("show", "plain"), place)
    seen = [run("merge", "plain"), run("merge", "red", code=1)]
    run("step", "--until-idle")
    seen += [run("board"), run("status", code=None), run("log")]
    json.loads(run("status", "--json", code=None))
    events = [(e["event"], e.get("card"), e.get("member"), e.get("branch"), e.get("label")) for e in scene.events()]
    return {
        "tree": _own_git(scene, "rev-parse", "main^{tree}"),
        "line": _own_git(scene, "log", "--topo-order", "--format=%s", "main"),
        "clean": _own_git(scene, "status", "--porcelain", "--untracked-files=no"),
        "shown": shown,
        "seen": [_plain(said, place) for said in seen],
        "events": sorted(map(str, events)),
    }


def _own_git(scene: Scene, *arguments: str) -> str:
    return call.text(*arguments, cwd=scene.root)


def _plain(said: str, place: Path) -> str:
    """What was said without what differs from run to run."""
    said = _CHANGING.sub("…", said.replace(str(place), "PLACE"))
    return "\n".join(" ".join(line.split()) for line in sorted(said.splitlines()))


# No hook starts a step beside the one that is looked at.
pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def plain_life() -> list[Any]:
    return []


@pytest.fixture
def expected(plain_life: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same life with nothing set."""
    if not plain_life:
        plain_life.append(life(tmp_path_factory.mktemp("plain")))
    return plain_life[0]


def set_all(place: Path, given: dict[str, str], scope: str) -> None:
    """Write settings into a person's, or into the repository's own, configuration."""
    (place / "hooks").mkdir(exist_ok=True)
    for name in ("post-checkout", "post-commit", "pre-commit", "post-merge", "reference-transaction", "commit-msg"):
        hook = place / "hooks" / name
        hook.write_text(HOOK)
        hook.chmod(0o755)
    (place / "attributes").write_text("* -merge\n")
    (place / "order").write_text("n*\n")
    shutil.copytree(place / "hooks", place / "template/hooks", dirs_exist_ok=True)
    places = {"HOOKS": "hooks", "ATTRIBUTES": "attributes", "TEMPLATE": "template", "ORDER": "order"}
    for key, value in {"maintenance.auto": "true", **given}.items():  # (see tests/conftest.py)
        value = str(place / places[value]) if value in places else value
        subprocess.run(["git", "config", scope, key, value], check=True, cwd=place)


def same(expected: Any, found: Any) -> str:
    for key, value in expected.items():
        assert found[key] == value, f"{key} differs"
    return "the same events, the same tree, the same words"


def test_what_git_shows_and_does_and_what_the_environment_says(expected: Any, tmp_path: Path) -> None:
    """All at once: what one of them changed, none of the others would hide."""
    set_all(tmp_path, SHOWN | DONE, "--global")
    said = same(expected, life(tmp_path, env=ENVIRONMENT))
    TABLE.check(f"{len(SHOWN)} settings of how git shows things (`log.showSignature`, `diff.noprefix`, `color.ui` …)",
                said)  # fmt: skip
    TABLE.check(f"{len(DONE)} settings of what git does (`merge.ff`, `core.hooksPath`, `core.attributesFile` …)",
                said)  # fmt: skip
    TABLE.check(f"{len(ENVIRONMENT)} variables (`GIT_DIR`, `GIT_TRACE`, `GIT_ICASE_PATHSPECS`, `LC_ALL`, `CDPATH` …)",
                said)  # fmt: skip


# --- one at a time -----------------------------------------------------------------------------------------


def working(scene: Scene, name: str, files: dict[str, str], start: str = "main") -> Path:
    """A worktree of an engineer, with a commit that is reported."""
    place = scene.root.parent / name
    scene.git("worktree", "add", "-q", "-b", f"{name}/work", str(place), start)
    scene.commit(place, files)
    scene.run("done", cwd=place)
    return place


def came_back(scene: Scene) -> list[str]:
    return [event["text"] for event in scene.events() if event["event"].startswith(("handed back", "not taken"))]


def test_the_attributes_of_a_checkout(scene: Scene) -> None:
    """On the branch that is checked out `merge=union` stands, on the trunk it does not; and the other way round."""
    scene.commit(scene.root, {"conf.json": '{\n "a": 1\n}\n'})
    scene.install()
    scene.git("switch", "-qc", "experiment")
    scene.commit(scene.root, {".gitattributes": "*.json merge=union\n"})
    for name in ("agent-1", "agent-2"):
        working(scene, name, {"conf.json": f'{{\n "a": "{name}"\n}}\n'})
    scene.step()
    assert scene.show("conf.json") == '{\n "a": "agent-1"\n}' and came_back(scene) == ["conflict in conf.json"]
    TABLE.check("`merge=union` in the `.gitattributes` of your checkout, not in the trunk's", "conflict in conf.json")
    scene.git("switch", "-q", "main")
    scene.commit(scene.root, {".gitattributes": "CHANGES merge=union\n", "CHANGES": ""})
    scene.git("switch", "-q", "--detach", "main~1")
    for name in ("agent-3", "agent-4"):
        working(scene, name, {"CHANGES": f"{name}\n"})
    scene.step()
    assert sorted(scene.show("CHANGES").splitlines()) == ["agent-3", "agent-4"] and len(came_back(scene)) == 1
    TABLE.check("`merge=union` in the trunk's, and you stand on an older branch", "both land")


def test_a_hook_of_the_project(scene: Scene) -> None:
    """The gate tests the tree, and not what a hook makes beside it."""
    scene.commit(scene.root, {"generated": "needed\n"})
    scene.install("grep -q needed generated")
    hook = scene.root / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\necho needed > generated\nexit 1\n")
    hook.chmod(0o755)
    scene.git("switch", "-qc", "feature", check=False)
    scene.git("rm", "-qf", "generated")
    scene.git("commit", "-qm", "Takes it away")
    scene.git("switch", "-q", "main", check=False)
    assert "did not land: failed" in scene.run("merge", "feature", code=1)
    TABLE.check("a post-checkout hook makes a file that the test needs", "did not land: failed")


def test_replaced_objects_and_grafts(scene: Scene) -> None:
    """They are one person's view of the history: a clone has none of it."""
    scene.install()
    base = scene.tip()
    place = working(scene, "agent-1", {"numbers/two": "2\n"})
    work = scene.git("rev-parse", "HEAD", cwd=place)
    scene.git(
        "update-ref", f"refs/replace/{base}", scene.git("commit-tree", f"{base}^{{tree}}", "-p", work, "-m", "Fake")
    )
    (scene.root / ".git/info/grafts").write_text(f"{base} {work}\n")
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    TABLE.check("a replace ref or a graft says that the trunk holds the work already", scene.landed()[0])


def test_a_signature_where_one_is_wanted(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for setting, value in (("gpg.format", "ssh"), ("user.signingKey", f"{key}.pub"), ("commit.gpgSign", "true")):
        scene.git("config", setting, value)
    scene.git("config", "merge.verifySignatures", "true")
    working(scene, "agent-1", {"numbers/two": "2\n"})
    scene.step()
    assert "\ngpgsig " in scene.git("cat-file", "commit", "main") and scene.landed() == ["Land agent-1/work"]
    TABLE.check("`commit.gpgSign`", "the landing is signed as well")
    key.unlink()
    scene.git("config", "commit.gpgSign", "false")
    place = working(scene, "agent-2", {"numbers/three": "3\n"})
    scene.git("config", "commit.gpgSign", "true")
    scene.step()
    assert "\ngpgsig " not in scene.git("cat-file", "commit", "main") and "Land agent-2/work" in scene.landed()
    (told,) = [line for line in scene.run("status", code=1).splitlines() if "not signed" in line]
    assert place.exists() and "landings are not signed" in told
    TABLE.check("`commit.gpgSign`, and signing fails", "it lands unsigned; you are told once: landings are not signed")


def test_the_date_of_what_is_tested(scene: Scene) -> None:
    """That of the newest commit in it: a test may take the time of its build from there."""
    newest = "git log --no-walk --format=%ct HEAD^1 HEAD^2 | sort -n | tail -1"
    scene.install(f'[ "$(git log -1 --format=%ct)" = "$({newest})" ]')
    working(scene, "agent-1", {"numbers/two": "2\n"})
    scene.step()
    assert scene.landed() == ["Land agent-1/work"]
    TABLE.check(
        "a test takes its time from `git log -1 --format=%ct`", "the date of the newest commit in the candidate"
    )


def test_a_submodule_that_nobody_could_follow(scene: Scene) -> None:
    scene.install()
    place = scene.root.parent / "agent-1"
    scene.git("worktree", "add", "-q", "-b", "agent-1/work", str(place))
    Scene(place / "app").create()
    scene.git("add", "-A", cwd=place)
    scene.git("commit", "-qm", "Add the app", cwd=place)
    said = scene.run("done", cwd=place, code=1).splitlines()[0].removeprefix("batty-hooks: ")
    TABLE.check("a repository made inside a worktree, added with `git add -A`", said)
    url = scene.root.parent / "library"
    Scene(url).create()
    scene.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(url), "lib")
    scene.git("commit", "-qm", "With a library")
    scene.git("switch", "-qc", "without")
    scene.git("rm", "-qf", ".gitmodules")
    scene.git("commit", "-qm", "Takes .gitmodules away")
    scene.git("switch", "-q", "main")
    said = scene.run("merge", "without", code=1).splitlines()[0].removeprefix("batty-hooks: ")
    assert said.startswith("lib would be empty for everybody else") and len(scene.subjects()) == 2
    TABLE.check("`.gitmodules` taken away, and the submodule stays", said)


def test_the_table_is_whole() -> None:
    TABLE.finish([
        f"{len(SHOWN)} settings of how git shows things (`log.showSignature`, `diff.noprefix`, `color.ui` …)",
        f"{len(DONE)} settings of what git does (`merge.ff`, `core.hooksPath`, `core.attributesFile` …)",
        f"{len(ENVIRONMENT)} variables (`GIT_DIR`, `GIT_TRACE`, `GIT_ICASE_PATHSPECS`, `LC_ALL`, `CDPATH` …)",
        "`merge=union` in the `.gitattributes` of your checkout, not in the trunk's",
        "`merge=union` in the trunk's, and you stand on an older branch",
        "a post-checkout hook makes a file that the test needs",
        "a replace ref or a graft says that the trunk holds the work already",
        "`commit.gpgSign`",
        "`commit.gpgSign`, and signing fails",
        "a test takes its time from `git log -1 --format=%ct`",
        "a repository made inside a worktree, added with `git add -A`",
        "`.gitmodules` taken away, and the submodule stays",
    ])  # fmt: skip
