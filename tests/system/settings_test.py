"""The settings under which our git runs, one by one: what a person has set stays out, what is his stays his."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scene import Scene

from batty_hooks.system.git import call, config, diff, leftovers, objects, refs, settings, worktrees

ME = ("Jürgen", "j@example.org")


def test_what_reaches_git_of_an_environment() -> None:
    kept = {"PATH": "/bin", "GIT_CONFIG_GLOBAL": "/home/me/.gitconfig", "GIT_SSH_COMMAND": "ssh -i key",
            "GIT_LFS_SKIP_SMUDGE": "1", "GIT_TRACE": "/tmp/trace"}  # fmt: skip
    gone = {"GIT_DIR": "x", "GIT_ATTR_SOURCE": "x", "GIT_TRACE_SETUP": "1", "GIT_CONFIG_PARAMETERS": "'a.b'='c'",
            "GIT_CONFIG_KEY_99": "a.b", "GIT_ANYTHING": "x"}  # fmt: skip
    found = settings.environment({**kept, **gone})
    assert kept.items() <= found.items() and not gone.keys() & found.keys()
    assert found["GIT_CONFIG_COUNT"] != "0" and settings.environment(kept, is_ours=False)["GIT_CONFIG_COUNT"] == "0"


def test_a_person_is_asked_for_his_own_settings(scene: Scene) -> None:
    assert config.get(scene.root, "core.hooksPath") is None
    scene.git("config", "core.hooksPath", "mine")
    assert config.get(scene.root, "core.hooksPath") == "mine"


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16"])
def test_texts_are_utf8(scene: Scene, encoding: str) -> None:
    for key in ("i18n.logOutputEncoding", "i18n.commitEncoding"):
        scene.git("config", key, encoding)
    made = objects.commit(scene.root, objects.tree_of(scene.root, scene.tip()), [scene.tip()], "Käse\n", ME)
    assert b"encoding" not in call.text("cat-file", "commit", made, cwd=scene.root).encode()
    assert objects.message(scene.root, made).strip() == "Käse"
    latin = subprocess.run(
        ["git", "-c", "i18n.commitEncoding=ISO-8859-1", "commit-tree", f"{made}^{{tree}}", "-p", made],
        input="Wörter\n".encode("latin-1"), cwd=scene.root, capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    assert objects.first_parents(scene.root, latin, 2)[0][2] == "Wörter"


def test_lines_of_git_end_where_git_ends_them(scene: Scene) -> None:
    """Python's splitlines knows more ends than git writes."""
    odd = "one\u2028two\x0cthree\x85four"
    made = objects.commit(scene.root, objects.tree_of(scene.root, scene.tip()), [scene.tip()], f"{odd}\n", ME)
    base = scene.tip()
    assert diff.commits(scene.root, base, made) == [(made, odd)]
    assert objects.first_parents(scene.root, made, 1) == [(made, objects.tree_of(scene.root, made), odd)]
    refs.update(scene.root, "refs/heads/a\u2028b", made)
    assert refs.listed(scene.root, "refs/heads")["refs/heads/a\u2028b"] == made


@pytest.mark.parametrize("branch", ["main", "ünï", "a=b", "a.b", 'qu"ote', "@{-1", "x@y", "refs"])
def test_what_a_branch_asks_of_merges_is_not_asked_of_a_landing(scene: Scene, branch: str) -> None:
    if branch == "@{-1":
        branch = "@-1}"
    if branch != "main":
        scene.git("switch", "-qc", branch)
    scene.git("config", "--global", f"branch.{branch}.mergeOptions", "--strategy=ours --no-ff --verify-signatures")
    scene.git("config", "merge.ff", "false")
    base = refs.resolve(scene.root, "HEAD")
    assert base
    made = objects.commit(scene.root, objects.tree_of(scene.root, base), [base], "Next\n", ME)
    assert worktrees.fast_forward(scene.root, branch, made) is None
    assert refs.resolve(scene.root, "HEAD") == made


def test_nobody_who_is_nobody(scene: Scene, tmp_path: Path) -> None:
    """user.useConfigOnly, and no identity: what is ours needs none."""
    scene.git("config", "--global", "user.useConfigOnly", "true")
    for key in ("user.name", "user.email"):
        scene.git("config", "--global", "--unset", key)
    identity = config.person(scene.root).identity
    assert identity == ("batty-hooks", "batty-hooks@localhost")
    made = objects.commit(scene.root, objects.tree_of(scene.root, scene.tip()), [scene.tip()], "Next\n", identity)
    worktrees.add(scene.root, tmp_path / "place", made, branch="one")
    worktrees.switch(tmp_path / "place", "two", made)
    assert (
        refs.update(scene.root, "refs/heads/three", made) and worktrees.fast_forward(scene.root, "main", made) is None
    )


def test_no_hook_runs_in_a_call_of_ours(scene: Scene, tmp_path: Path) -> None:
    for name in ("post-checkout", "post-merge", "reference-transaction", "post-index-change", "pre-commit"):
        (scene.root / ".git/hooks" / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\nexit 1\n")
        (scene.root / ".git/hooks" / name).chmod(0o755)
    made = objects.commit(scene.root, objects.tree_of(scene.root, scene.tip()), [scene.tip()], "Next\n", ME)
    worktrees.add(scene.root, tmp_path / "place", scene.tip(), branch="one")
    worktrees.switch(tmp_path / "place", "two", made)
    worktrees.leave_branch(tmp_path / "place", made)
    worktrees.fast_forward(scene.root, "main", made)
    assert scene.tip() == made and not (tmp_path / "ran").exists()


def test_what_is_saved_needs_no_line_ends(scene: Scene) -> None:
    for key, value in (("core.autocrlf", "true"), ("core.safecrlf", "true")):
        scene.git("config", key, value)
    (scene.root / "mixed").write_bytes(b"one\r\ntwo\n")
    found = leftovers.find(scene.root, scene.root, scene.root / ".git", scene.tip())
    commit = leftovers.keep(scene.root, found, None, "Saved\n", ME)
    assert objects.blob_at(scene.root, commit, "mixed")


def test_a_patch_can_be_applied_whatever_a_person_likes_to_read(scene: Scene) -> None:
    base = scene.tip()
    tip = scene.commit(scene.root, {"numbers/one": "9\n", "numbers/two": "2\n"})
    plain = diff.patch(scene.root, base, tip)
    for key, value in (("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true"), ("diff.external", "false"),
                       ("diff.relative", "true"), ("diff.context", "0"), ("diff.orderFile", "/nowhere"),
                       ("color.ui", "always"), ("diff.submodule", "log")):  # fmt: skip
        scene.git("config", key, value)
    assert diff.patch(scene.root, base, tip) == plain


def test_a_signature_that_is_not_given_in_time(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that asks for a passphrase, where nobody sees it."""
    program = tmp_path / "gpg"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    for key, value in (("gpg.program", str(program)), ("commit.gpgSign", "true")):
        scene.git("config", key, value)
    assert config.person(scene.root).signs
    monkeypatch.setattr(objects, "_SIGNING_SECONDS", 0.2)
    with pytest.raises(call.GitError, match=r"no answer for 0\.2 s"):
        objects.commit(scene.root, objects.tree_of(scene.root, scene.tip()), [scene.tip()], "Next\n", ME, signed=True)


def test_the_date_of_many_is_the_newest(scene: Scene) -> None:
    tree, oids = objects.tree_of(scene.root, scene.tip()), []
    for seconds in (1700000000, 1800000000, 1600000000):
        oids.append(objects.commit(scene.root, tree, [], "Dated\n", ME, f"@{seconds} +0200"))
    assert objects.newest_date(scene.root, oids) == "@1800000000 +0000"
    same = {objects.commit(scene.root, tree, oids, "All\n", ME, objects.newest_date(scene.root, oids)) for _ in "ab"}
    assert len(same) == 1


def test_a_call_has_the_environment_of_its_moment(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(**more: str) -> str:
        return call.text("-c", 'alias.say=!printf "%s" "$WORD-$GIT_WORD"', "say", cwd=scene.root, env=more)

    assert said() == "-"
    monkeypatch.setenv("WORD", "one")
    assert said() == "one-" and said(WORD="two", GIT_WORD="of git") == "two-of git" and said() == "one-"
    monkeypatch.delenv("WORD")
    monkeypatch.setenv("GIT_WORD", "about some other call")
    assert said() == "-"
