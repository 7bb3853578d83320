"""reject --edit: the diff in an editor, and what is written into it; on a terminal as a person has one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import at_terminal
import pytest
from flows.managed import managed, reported, text_of, waiting
from scene import Again, Scene, wait_for

pytestmark = pytest.mark.usefixtures("alone")


def rejected(scene: Scene, editor: str, code: int = 0, keys: bytes = b"") -> str:
    """What a person sees who types it and, once the editor shows the file, these keys."""
    environment = {"VISUAL": "", "EDITOR": editor, "COLUMNS": "100", "LINES": "30"}
    words = ("reject", "--edit", "t1")
    return at_terminal.typed(scene.root, *words, code=code, keys=keys, after=b"numbers/two", **environment)


def script(scene: Scene, line: str) -> str:
    """An editor that does this to the file."""
    path = scene.root.parent / "editor.sh"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return f"'{path}'"


def kept(scene: Scene) -> list[Path]:
    return list((scene.root / ".batty/rejections").glob("*"))


def test_what_is_written_below_a_line_goes_back_with_its_place(again: Again) -> None:
    scene = again(managed)
    place = reported(scene, {"numbers/two": "2\n", "numbers/three": "3\n"})
    commit = scene.git("rev-parse", "HEAD", cwd=place)[:10]
    scene.commit(scene.root, {"numbers/zero": "0\n"}, "Landed meanwhile, and none of his")
    copied = scene.root.parent / "shown"
    words = "sed -i -e '1i Nearly.' -e '/^> +2$/a Two is taken: 22' \"$1\""
    editor = script(scene, f'cp "$1" {copied}; {words}')
    assert "t1 is sent back as attempt 1; it is engineer-1's again" in rejected(scene, editor)
    assert copied.read_text().startswith(f"> t1 (Add two), attempt 1 at {commit} of engineer-1/t1-")
    assert "zero" not in copied.read_text()
    text = text_of(scene, "engineer-1", "t1.rejected.1")
    assert f"\n\nNearly.\n\nnumbers/two:1 at {commit}:\n> +2\nTwo is taken: 22\n\nIt counts as no failed" in text
    assert kept(scene) == []


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("exit 0", 1, "nothing was written: t1 is not sent back"),
        ('sed -i 1,3d "$1"', 1, "nothing was written: t1 is not sent back"),
        ('echo no >> "$1"; exit 1', 1, "Editing failed; t1 is not sent back"),
    ],
)
def test_without_a_word_nothing_goes_back(again: Again, line: str, code: int, what: str) -> None:
    scene = again(waiting)
    assert what in rejected(scene, script(scene, line), code)
    assert scene.json("status")["queue"][0]["stage"] == "passed, to be reviewed"
    assert len(kept(scene)) == ("echo" in line)


def test_words_are_kept_until_they_are_taken(again: Again) -> None:
    scene = again(waiting)
    place = scene.worktree("engineer-1")
    landed = f"cd {scene.root} && {sys.executable} -m batty_hooks merge t1 >/dev/null"
    said = rejected(scene, script(scene, f"echo 'use 22' >> \"$1\"; {landed}"), 1)
    [path] = kept(scene)
    assert "t1 has landed already" in said and f"your words are kept in {path}" in " ".join(said.split())
    assert path.read_text().endswith("use 22\n") and place.exists()


@pytest.mark.parametrize(
    ("editor", "what"),
    [("no-such-editor", "no-such-editor: Editing failed"), ("vi 'x", "$EDITOR is no command: No closing")],
)
def test_an_editor_that_is_none(again: Again, editor: str, what: str) -> None:
    scene = again(waiting)
    assert what in rejected(scene, editor, 1)


def test_where_there_is_no_terminal_one_line_says_so(again: Again) -> None:
    scene = again(waiting)
    said = scene.run("reject", "--edit", "t1", code=1)
    assert said == (
        "batty-hooks: --edit opens an editor, and there is no terminal for it here\n"
        "  → say it here: batty-hooks reject t1 'why'\n"
    )
    assert "--edit asks for the reason in the editor" in scene.run("reject", "--edit", "t1", "no", code=2)
    assert "there is no reason" in scene.run("reject", "t1", code=2)


@pytest.mark.skipif(not shutil.which("vim"), reason="vim is not there")
def test_in_vim(again: Again) -> None:
    scene = again(waiting)
    home = Path(os.environ["HOME"])
    (home / ".vimrc").write_text("filetype plugin indent on\nset autoindent\n")
    said = rejected(scene, "vim", keys=b"/^> +2\ro use 22 here\x1b:wq\r")
    assert "t1 is sent back as attempt 1" in said
    wait_for(lambda: kept(scene) == [])
    text = text_of(scene, "engineer-1", "t1.rejected.1")
    assert "numbers/two:1 at" in text and "use 22 here\n" in text
