"""What is sent to a host: the part of this program that runs there, and what unpacks it."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_TIME = (1980, 1, 1, 0, 0, 0)  # the same files are the same bytes
# Run there by `python3 -c`: FIRST, and what that reads, BOOT. Over the line come BOOT and a header (JSON), each behind
# the number of its bytes in hex, and as many bytes of zip as the header says. What is said to
# us goes over the same channel as what a shell's start-up files print: a line of ours begins with MARK.
MARK = "\x01batty-hooks "
FIRST = "import os; take = lambda n: b''.join(os.read(0, 1) for _ in range(n)); exec(take(int(take(8), 16)))"
BOOT = """
import io, json, os, sys, zipfile
def take(n):
    data = b""
    while len(data) < n:
        more = os.read(0, n - len(data))
        if not more: sys.exit(0)
        data += more
    return data
def unfit(why, run=""):
    print("\\n\\x01batty-hooks " + json.dumps({"unfit": why, "run": run}), flush=True); sys.exit(0)
head = json.loads(take(int(take(8), 16)))
data = take(head["bytes"])
if sys.version_info < (3, 10):
    unfit("Python there is %d.%d (%s); 3.10 is needed" % (*sys.version_info[:2], sys.executable), head["venv"])
cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
place = os.path.join(cache, "batty-hooks", "machines", "code-" + head["code"])
try:
    if os.path.isdir(place): os.utime(place)
    else:
        new = place + ".%d" % os.getpid()
        os.makedirs(new, 0o700)
        zipfile.ZipFile(io.BytesIO(data)).extractall(new)
        try: os.rename(new, place)
        except OSError:
            if not os.path.isdir(place): raise
except OSError as error:
    unfit("%s: %s" % (place, error.strerror or error))
sys.path.insert(0, place)
from batty_hooks.system.machines import host
host.main(head)
"""


@functools.cache
def code() -> tuple[str, bytes]:
    """A name for it, made of its content, and the zip."""
    files = [_PACKAGE / "__init__.py", _PACKAGE / "errors.py", *sorted((_PACKAGE / "system").rglob("*.py"))]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for file in files:
            name = str(file.relative_to(_PACKAGE.parent))
            target.writestr(zipfile.ZipInfo(name, _TIME), file.read_bytes(), zipfile.ZIP_DEFLATED)
    data = packed.getvalue()
    return hashlib.sha256(data).hexdigest()[:16], data
