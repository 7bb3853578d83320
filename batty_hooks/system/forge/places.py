"""Which repository of which forge is meant, and whose program speaks with it: GitHub's `gh`, or GitLab's `glab`.

What was decided here:

* What team.yaml says goes first, then a host that bears the forge's name (github.com, gitlab.example), then the
  person's own GH_REPO or GITLAB_REPO, then which of the two knows the host, then which of them is installed. Nothing is
  asked over the network for it.
* A repository that the person names for that program goes before what is read off the remote's address, as it does for
  the program itself; where git's `insteadOf` leads elsewhere, the address as it was written is read too.
* A group within a group is part of a path at GitLab. A port counts where the address is of the web, not where it is of
  ssh: behind that one is no interface. A login to the host alone is one to its port: that one's settings say where the
  interface is.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from batty_hooks.system import late, process
from batty_hooks.system.git import config, server
from batty_hooks.system.records import dataclass

GH, GLAB = "gh", "glab"
_NAMES = {GH: "github", GLAB: "gitlab"}
_REPOSITORY = {GH: "GH_REPO", GLAB: "GITLAB_REPO"}
_HOSTS = {GH: ("GH_HOST",), GLAB: ("GITLAB_HOST", "GITLAB_URI", "GL_HOST")}
_USUAL = {GH: "github.com", GLAB: "gitlab.com"}
_BY_ANOTHER_NAME = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}  # (ssh on the port of https)
_PATH = r"(?P<path>(?:[^/:]+/)+[^/:]+?)(?:\.git)?/*$"
_URL = late.pattern(
    r"^(?P<scheme>https?|ssh|git|git\+ssh|ssh\+git)://(?:[^/@]*@)?(?P<host>\[[^\]]+\]|[^/:]+)(?::(?P<port>\d+))?/+"
    + _PATH
)
_SCP = late.pattern(r"^(?:[^/@:]*@)?(?P<host>\[[^\]]+\]|[^/:]+):(?!//)/*" + _PATH)
_LOGINS = {  # where each keeps them, and how a host stands there
    GH: (late.pattern(r"^\"?(?P<host>[\w.:-]+?)\"?:\s*$"), "hosts.yml"),
    GLAB: (late.pattern(r"^ {1,8}\"?(?P<host>[\w.-]+(?::\d+)?)\"?:\s*$"), "config.yml"),
}


@dataclass(frozen=True)
class Place:
    """The repository ``path`` (OWNER/NAME, or GROUP/…/NAME) at ``host`` ("": the program's own), and the ``program``
    that speaks with it. ``plain``: by http, for its address says so. A path that is "" is none that we know of."""

    program: str
    host: str
    path: str
    plain: bool = False


def place(root: Path, remote: str, wish: str = "") -> Place:
    """Where pull requests of the ``remote`` are made; ``wish`` is the program that the team's settings name."""
    addresses = (server.address(root, remote), config.get(root, f"remote.{remote}.url") or "")
    return chosen(addresses, wish, process.clean_environment(), knows, lambda program: bool(shutil.which(program)))


def chosen(
    addresses: Sequence[str],
    wish: str,
    env: Mapping[str, str],
    knows: Callable[[str, str], bool],
    is_there: Callable[[str], bool],
) -> Place:
    """The same of what is known: ``knows(program, host)`` whether a login is kept for it, ``is_there(program)``."""
    ways = [way for way in map(_read, addresses) if way]
    program = wish or _named(ways) or _told(env) or _known(ways, env, knows)
    if not program:
        program = GLAB if is_there(GLAB) and not is_there(GH) else GH
    best = [way for way in ways if _NAMES[program] in way.host or _login(program, way.host, knows)] or ways
    found = best[0] if best else Place(program, "", "")
    found = Place(program, _login(program, found.host, knows) or found.host, found.path, found.plain)
    own = env.get(_REPOSITORY[program], "")
    return _own(program, own, found, env) if own else found


def settings(program: str) -> list[Path]:
    """The files in which it may keep who is logged in."""
    name = _LOGINS[program][1]
    own = os.environ.get("GH_CONFIG_DIR" if program == GH else "GLAB_CONFIG_DIR")
    if own:
        return [Path(own) / name]
    room = "gh" if program == GH else "glab-cli"
    homes = [os.environ.get("XDG_CONFIG_HOME") or "~/.config", "~/.config"]
    if program == GLAB and sys.platform == "darwin":
        homes.append("~/Library/Application Support")
    return [Path(os.path.expanduser(home)) / room / name for home in dict.fromkeys(homes)]


def knows(program: str, host: str) -> bool:
    """Whether a login to that host is kept for it."""
    line = _LOGINS[program][0]
    for path in settings(program):
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        section = text if program == GH else text.partition("\nhosts:")[2]
        if any(found["host"] == host for found in map(line.match, section.splitlines()) if found):
            return True
    return False


def _read(address: str) -> Place | None:
    found = _URL.match(address) or _SCP.match(address)
    if not found:
        return None
    facts = found.groupdict()
    scheme = facts.get("scheme") or "ssh"
    host = _BY_ANOTHER_NAME.get(facts["host"].lower(), facts["host"].lower())
    port = facts.get("port") if scheme in ("http", "https") else None
    return Place("", f"{host}:{port}" if port else host, facts["path"], scheme == "http")


def _named(ways: Sequence[Place]) -> str:
    for way in ways:
        programs = [program for program, name in _NAMES.items() if name in way.host]
        if len(programs) == 1:
            return programs[0]
    return ""


def _told(env: Mapping[str, str]) -> str:
    programs = [program for program, name in _REPOSITORY.items() if env.get(name)]
    return programs[0] if len(programs) == 1 else ""


def _known(ways: Sequence[Place], env: Mapping[str, str], knows: Callable[[str, str], bool]) -> str:
    for way in ways:
        programs = [program for program in _NAMES
                    if _login(program, way.host, knows) or way.host == _host_of(program, env)]  # fmt: skip
        if len(programs) == 1:
            return programs[0]
    return ""


def _login(program: str, host: str, knows: Callable[[str, str], bool]) -> str:
    """The host by which the program knows a login to that one; "" for none."""
    bare = host if host.endswith("]") else host.rpartition(":")[0]
    return next((name for name in (host, bare) if name and knows(program, name)), "")


def _host_of(program: str, env: Mapping[str, str]) -> str:
    said = next((env[name] for name in _HOSTS[program] if env.get(name)), "")
    return said.partition("://")[2].strip("/") if "://" in said else said.strip("/")


def _own(program: str, said: str, found: Place, env: Mapping[str, str]) -> Place:
    """The repository that the person names: its address, HOST/PATH, or a path at the host that is meant anyway."""
    way = _read(said) if "@" in said or "://" in said else None
    if way:
        return Place(program, way.host, way.path, way.plain)
    host, _, rest = said.strip("/").partition("/")
    if "/" in rest and (program == GH or "." in host or ":" in host):
        return Place(program, host, rest, found.plain and host == found.host)
    if program == GH:
        return Place(program, "", said)
    return Place(program, found.host or _host_of(program, env) or _USUAL[program], said.strip("/"), found.plain)
