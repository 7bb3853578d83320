"""A library is imported whole or not at all, whenever the files run out in the middle of it."""

from __future__ import annotations

import errno
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from batty_hooks.errors import TRY_AGAIN
from batty_hooks.system import atomic, late

# Before the K-th import that "sh" asks for, everything is taken that may still be opened.
_STARVED = """
import os, resource, sys
from batty_hooks.system import atomic, late

class Starving:
    def __init__(self, left):
        self.left = left
    def find_spec(self, name, path=None, target=None):
        self.left -= 1
        while not self.left:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                return

taken = []
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
sys.meta_path.insert(0, Starving(int(sys.argv[1])))
try:
    late.whole("sh")
    first = "fine"
except Exception as error:
    refused = atomic.refusal(error)
    first = refused.what if refused else repr(error)
for fd in taken:
    os.close(fd)
print(first)
print(late.whole("sh").Command.__name__)
"""


@pytest.mark.parametrize("before", [1, 2, 23, 40, 48, 55, 69, 77])
def test_an_import_that_failed_for_want_of_files_is_made_again(before: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STARVED, str(before)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    first, again = done.stdout.splitlines()
    assert first.startswith("no more files can be opened here (") and again == "Command"


def test_a_loader_hands_on_only_the_words_of_the_system() -> None:
    said = f"/lib/_socket.so: cannot open shared object file: {os.strerror(errno.EMFILE)}"
    refused = atomic.refusal(ImportError(said, path="/lib/_socket.so"))
    assert refused and refused.code == TRY_AGAIN and "/lib/_socket.so" in refused.what
    assert atomic.refusal(ImportError("No module named 'sh'")) is None
    assert atomic.refusal(ValueError("no")) is None


def test_a_part_of_a_package_comes_without_the_rest_and_is_the_same_when_that_comes() -> None:
    line = (
        "import sys; from batty_hooks.system import late; part = late.part('watchfiles', '_rust_notify'); "
        "assert part is late.part('watchfiles', '_rust_notify') and 'anyio' not in sys.modules; "
        "from watchfiles import main; assert main.RustNotify is part.RustNotify"
    )
    assert subprocess.run([sys.executable, "-c", line], timeout=60, check=False).returncode == 0


def test_a_part_that_is_made_of_others_comes_without_the_package_too() -> None:
    line = (
        "import sys; from batty_hooks.system import late; common = late.part('libtmux', 'common'); "
        "assert common is late.part('libtmux', 'common') and {'libtmux', 'libtmux.server'}.isdisjoint(sys.modules); "
        "from libtmux import Server, common as whole, exc; assert whole is common and exc is common.exc; "
        "assert Server('no-such-socket').cmd('kill-server').returncode == 1 and late.part('libtmux', 'pane').Pane"
    )
    assert subprocess.run([sys.executable, "-c", line], timeout=60, check=False).returncode == 0


def test_a_part_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "halved").mkdir()
    for name, text in (("__init__", "whole = True"), ("first", ""), ("second", "from . import first, third")):
        (tmp_path / f"halved/{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError):
        late.part("halved", "second")
    assert not [name for name in sys.modules if name.startswith("halved")]
    (tmp_path / "halved/third.py").write_text("")
    importlib.invalidate_caches()
    assert late.part("halved", "second").third and "halved" not in sys.modules
    assert importlib.import_module("halved").whole


def test_an_expression_is_compiled_when_it_is_first_asked() -> None:
    broken = late.pattern("(")
    with pytest.raises(re.error):
        broken.search("")
    assert late.pattern("^b", re.M | re.I).findall("a\nB") == ["B"]
