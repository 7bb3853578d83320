"""`gate.hosts`, or `gate.scheduler`, and what goes with it: on which other machines candidates are tested, and what of
home goes there."""

from __future__ import annotations

import re

from batty_hooks.state.team import brought
from batty_hooks.state.team.document import Table
from batty_hooks.state.team.model import Far
from batty_hooks.system import late

KEYS = ("hosts", "scheduler", "host_slots", "host_python", "host_env", "host_copy", "needs", "classes")
_HOST = late.pattern(r"(?!-)[\w.@:%\[\]/+-]+")
_WORD = late.pattern(r"[a-z0-9_][a-z0-9_.-]*")
_NAME = late.pattern(r"[A-Za-z_]\w*")
_SCHEDULER = late.pattern(r"(?P<protocol>tls|tcp)://(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_LOOPBACK = late.pattern(r"localhost|127\.\d+\.\d+\.\d+|\[::1\]")


def read(table: Table) -> Far:
    """What the gate's table says of it."""
    hosts = table.words("hosts")
    for host in hosts:
        if not _HOST.fullmatch(host):
            table.report("hosts", f"{host!r} is no host of ssh", "write what you type after `ssh`: build1, me@build2")
    if len(set(hosts)) < len(hosts):
        table.report("hosts", "a host is named twice", "name each once; `host_slots` says how many slots it has")
    found = Far(
        hosts=hosts,
        slots=table.count("host_slots", Far.slots, least=1),
        python=table.text("host_python") or "",
        env=_named(table, "host_env", _NAME, "the name of a variable"),
        copy=brought.paths(table, "host_copy"),
        needs=_needs(table.table("needs")),
        classes=_named(table, "classes", _WORD, "a class of machines: linux, macos, linux-aarch64"),
        scheduler=_scheduler(table),
    )
    if hosts and "scheduler" in table.entries:
        table.report("scheduler", "there are hosts and a scheduler", "keep one: each worker of a scheduler is a host")
    for key in ("host_slots", "host_python", "host_env", "host_copy", "needs"):
        if key in table.entries and not (hosts or (found.scheduler and key != "host_python")):
            if "scheduler" in table.entries and key != "host_python":
                continue  # what is wrong with that is told
            table.report(key, f"{key} is said, and there are no hosts", "add `hosts: [build1]`, or take it out")
    return found


def _scheduler(table: Table) -> str:
    """Where a cluster is that somebody runs; what must not be used is reported, and none."""
    said = table.text("scheduler") or ""
    known = _SCHEDULER.fullmatch(said)
    if said and not known:
        table.report("scheduler", f"{said!r} is no address of dask's scheduler", "write tls://HOST:PORT")
    elif known and known["protocol"] == "tcp" and not _LOOPBACK.fullmatch(known["host"]):
        why = f"whoever reaches {said} could run what he likes there, and answer in its place"
        mend = "start it with TLS, and write tls://; or go there by a tunnel (ssh -L): tcp://127.0.0.1:PORT"
        table.report("scheduler", f"{why}: plain tcp is not used", mend)
    else:
        return said
    return ""


def _needs(table: Table) -> dict[str, int]:
    return {name: table.count(name, 1, least=1) for name in table.entries}


def _named(table: Table, key: str, form: re.Pattern[str], what: str) -> tuple[str, ...]:
    words = table.words(key)
    for word in words:
        if not form.fullmatch(word):
            table.report(key, f"{word!r} is not {what}", f"write a list: `{key}: [one, two]`")
    return tuple(dict.fromkeys(words))
