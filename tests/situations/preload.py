"""File systems that lack something, played: a library is loaded before libc that says so for one call."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCE = """\
#include <errno.h>
#include <stdlib.h>
#include <string.h>
static int no(const char *what) {
    const char *lacks = getenv("LACKS");
    if (!lacks || strcmp(lacks, what)) return 0;
    errno = what[0] == 'f' ? ENOLCK : EPERM;
    return 1;
}
#define _GNU_SOURCE
#include <dlfcn.h>
#define CALL(name) ((int (*)())dlsym(((void *)-1L), name))
int link(const char *a, const char *b) { return no("link") ? -1 : CALL("link")(a, b); }
int linkat(int d, const char *a, int e, const char *b, int f)
    { return no("link") ? -1 : CALL("linkat")(d, a, e, b, f); }
int symlink(const char *a, const char *b) { return no("symlink") ? -1 : CALL("symlink")(a, b); }
int symlinkat(const char *a, int d, const char *b) { return no("symlink") ? -1 : CALL("symlinkat")(a, d, b); }
int flock(int fd, int how) { return no("flock") ? -1 : CALL("flock")(fd, how); }
"""


def without(call: str, directory: Path) -> dict[str, str]:
    """The environment in which ``call`` (link, symlink, flock) does not work."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = directory / "lacks.so"
    if not library.exists():
        source = directory / "lacks.c"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-w", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "LACKS": call}
