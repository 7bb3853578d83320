"""A library is imported whole or not at all, whenever the files run out in the middle of it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from batty_hooks.errors import TRY_AGAIN
from batty_hooks.system import atomic

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
