"""The person's ssh, told to ask nobody."""

from __future__ import annotations

import os
import shlex

# How to tell each kind of ssh that; of one that nobody knows the session without a terminal has to do.
_OPTIONS = {
    "ssh": "-oBatchMode=yes -oConnectTimeout={seconds}",
    "plink": "-batch", "putty": "-batch", "tortoiseplink": "-batch",
}  # fmt: skip
_LONGEST_WAIT = 30  # seconds for a connection
_BEFORE_A_PROGRAM = ("env", "exec", "command", "nice")


def asking_nobody(command: str, variant: str, seconds: float) -> dict[str, str]:
    """What to put into git's environment for that. The ssh is chosen as git chooses it: GIT_SSH_COMMAND, the
    ``command`` of core.sshCommand, GIT_SSH; its kind by GIT_SSH_VARIANT, the ``variant`` of ssh.variant, its name
    ("": not set)."""
    program = os.environ.get("GIT_SSH", "")
    line = os.environ.get("GIT_SSH_COMMAND") or command or shlex.quote(program or "ssh")
    said = (os.environ.get("GIT_SSH_VARIANT") or variant or "auto").lower()
    options = _OPTIONS.get(said) or ("" if said != "auto" else _OPTIONS.get(_program(line), ""))
    if not options:
        return {}
    # Half of the time, and no longer than anybody waits for a line: then ssh itself says what it could not reach.
    return {"GIT_SSH_COMMAND": f"{line} {options.format(seconds=max(1, min(_LONGEST_WAIT, int(seconds / 2))))}"}


def _program(command: str) -> str:
    """Which ssh a command line starts, by its name."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    first = next((word for word in words if "=" not in word and word not in _BEFORE_A_PROGRAM), "")
    return os.path.basename(first.replace("\\", "/")).lower().removesuffix(".exe")
