"""What is written between the quoted lines of a patch, with its place, however the quotes were cut."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from batty_hooks.rules import remarks

PATCH = """\
diff --git a/src/auth.py b/src/auth.py
index 1111111..2222222 100644
--- a/src/auth.py
+++ b/src/auth.py
@@ -1,4 +1,5 @@
 import os

-def login():
+def login(user):
+    log(user)
     return True
@@ -20,2 +21,3 @@ def logout():
     clear()
+    log("-- out")
     return True
\\ No newline at end of file
diff --git a/old.txt b/old.txt
deleted file mode 100644
index 1111111..0000000
--- a/old.txt
+++ /dev/null
@@ -1 +0,0 @@
--- old
diff --git a/pic.png b/pic.png
index 1111111..2222222 100644
Binary files a/pic.png and b/pic.png differ
diff --git a/a b.py b/b c.py
similarity index 90%
rename from a b.py
rename to b c.py
"""
COMMIT = "0123456789abcdef"


def edited(after: str, words: str, which: int = 0, patch: str = PATCH) -> str:
    """What comes of it when those words are typed below the quoted line that ends so."""
    lines = remarks.quoted(["t1: Work"], patch)
    text = remarks.as_mail(lines).splitlines()
    places = [number for number, line in enumerate(text) if line.endswith(after)]
    at = places[which] + 1
    return remarks.written(lines, "\n".join([*text[:at], words, *text[at:]]) + "\n", COMMIT)


@pytest.mark.parametrize(
    ("after", "which", "place"),
    [
        ("import os", 0, "src/auth.py:1 at 0123456789:\n>  import os"),
        ("+def login(user):", 0, "src/auth.py:3 at 0123456789:\n> +def login(user):"),
        ("+    log(user)", 0, "src/auth.py:4 at 0123456789:\n> +    log(user)"),
        ("-def login():", 0, "src/auth.py, line 3 before it, at 0123456789:\n> -def login():"),
        ("    return True", 0, "src/auth.py:5 at 0123456789:\n>      return True"),
        ("    return True", 1, "src/auth.py:23 at 0123456789:\n>      return True"),
        ("No newline at end of file", 0, "src/auth.py:23 at 0123456789:\n> \\ No newline at end of file"),
        ('+    log("-- out")', 0, 'src/auth.py:22 at 0123456789:\n> +    log("-- out")'),
        ("+++ b/src/auth.py", 0, "src/auth.py at 0123456789:"),
        ("@@ def logout():", 0, "src/auth.py at 0123456789:"),
        ("--- old", 0, "old.txt, line 1 before it, at 0123456789:\n> --- old"),
        ("deleted file mode 100644", 0, "old.txt at 0123456789:"),
        ("pic.png differ", 0, "pic.png at 0123456789:"),
        ("rename to b c.py", 0, "b c.py at 0123456789:"),
    ],
)
def test_each_line_has_its_place(after: str, which: int, place: str) -> None:
    assert edited(after, "do it otherwise", which) == f"{place}\ndo it otherwise"


def test_what_stands_above_is_about_the_whole_and_goes_first() -> None:
    lines = remarks.quoted(["t1: Work"], PATCH)
    text = remarks.as_mail(lines).replace("> +    log(user)\n", "> +    log(user)\n\nno logs\nplease\n\n")
    text = "Good, but:\n\n" + text.replace("> diff --git a/src", "Twice.\n> diff --git a/src", 1)
    assert remarks.written(lines, text, COMMIT) == (
        "Good, but:\n\nTwice.\n\nsrc/auth.py:4 at 0123456789:\n> +    log(user)\nno logs\nplease"
    )


@pytest.mark.parametrize("change", [str, lambda text: text.rstrip("\n"), lambda text: "\n" + text + "\n \n"])
def test_nothing_written_is_nothing(change: object) -> None:
    lines = remarks.quoted(["t1: Work"], PATCH)
    assert remarks.written(lines, change(remarks.as_mail(lines)), COMMIT) == ""  # type: ignore[operator]


def test_everything_deleted_is_nothing_and_words_alone_are_about_the_whole() -> None:
    lines = remarks.quoted(["t1: Work"], PATCH)
    assert remarks.written(lines, "", COMMIT) == ""
    assert remarks.written(lines, "Start again.\n", COMMIT) == "Start again."


def test_quotes_that_were_cut_are_found_by_what_stands_around() -> None:
    lines = remarks.quoted(["t1: Work"], PATCH)
    kept = '> @@ -20,2 +21,3 @@ def logout():\n>      clear()\n> +    log("-- out")\n>      return True\nwhy True?\n'
    assert remarks.written(lines, kept, COMMIT) == "src/auth.py:23 at 0123456789:\n>      return True\nwhy True?"


def test_a_quote_of_ones_own_is_a_part_of_the_remark() -> None:
    assert edited("+    log(user)", "> from the style guide: no logs\nsee?").endswith(
        ":4 at 0123456789:\n> +    log(user)\n> from the style guide: no logs\nsee?"
    )


def test_every_line_of_a_real_patch_is_where_git_says(tmp_path: Path) -> None:
    """Against git: of each added or kept line, the file at the new commit has that text on that line."""
    old, new = tmp_path / "a", tmp_path / "b"
    for place, words in ((old, "old"), (new, "new")):
        place.mkdir()
        (place / "a b").write_text("".join(f"{n} {words if n % 7 == 3 else ''}\n" for n in range(40)))
        (place / "crlf").write_bytes(f"one\r\n{words}\r\nthree".encode())
        (place / words).write_text(f"{words}\n-- x\n++ y\n")
    argv = ["git", "diff", "--no-index", "--no-renames", "--src-prefix=", "--dst-prefix=", "a", "b"]
    patch = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).stdout.decode()
    lines = [line for line in remarks.quoted([], patch) if line.number and line.text[0] in " +-"]
    assert len(lines) > 30
    for line in lines:
        file = (old if line.gone else new) / line.file
        assert file.read_bytes().decode().split("\n")[line.number - 1] == line.text[1:], line
