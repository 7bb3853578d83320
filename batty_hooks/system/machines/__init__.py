"""Test runs on other machines, through dask.distributed: the one door to it. It knows no words of ours: bytes and plain
dicts go over, and come back.

Who is where:

    home: a watcher, a `step` … (cluster.py) ─────────────────────────┐ 127.0.0.1, mutual TLS
    home: the keeper (keeper.py): its desk (desk.py) ─────────────────┘
            │             └ dask's client and scheduler (own.py) ─────┐
            │ one ssh for each host (line.py)                         │ 127.0.0.1, mutual TLS
    host: boot → worker (host.py) ── dask's worker ───────────────────┘ through that ssh, both ways
                    └ job.py → supervisor → the test

dask's own SSHCluster is not used: it opens ports on an interface, and leaves workers behind when its ssh is killed
(distributed #3420). Here a host's worker is reached through the ssh that started it, and ends with it: it reads that
ssh's standard input, which ends with the line, and is silent when the line is cut.

What runs on a host is `batty_hooks/system` itself (shipping.py), sent over in the first second, so home and host are
always of one version; it takes a Python with `distributed`, and git. Nothing here is imported unless team.yaml names
hosts.
"""

from typing import TYPE_CHECKING

from batty_hooks.system import late

if TYPE_CHECKING:
    from batty_hooks.system.machines.cluster import Cluster
    from batty_hooks.system.machines.guest import check_cluster
    from batty_hooks.system.machines.hosting import Hosting, here
    from batty_hooks.system.machines.job import last_line
    from batty_hooks.system.machines.line import Down, check, look_at
    from batty_hooks.system.machines.lost import Lost
    from batty_hooks.system.machines.shipping import code
else:
    __getattr__ = late.face(
        __name__,
        cluster="Cluster",
        guest="check_cluster",
        hosting="Hosting here",
        job="last_line",
        line="Down check look_at",
        lost="Lost",
        shipping="code",
    )

__all__ = ["Cluster", "Down", "Hosting", "Lost", "check", "check_cluster", "code", "here", "last_line", "look_at"]
