"""The process that keeps hosts at hand: dask's scheduler on the loopback, and a line to each host, tried for ever.

It ends when nobody has asked for it for a while (`idle` seconds without a client), and when it is told to (SIGTERM).
Nothing is lost with it: who waits for a run finds it gone, and no verdict was made.

The certificate is made here and lives in memory, in the state file of its person (0600) and at the far ends of the
lines. It holds from the day before yesterday: a host's clock may be wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import signal
import time
from collections.abc import Callable
from typing import Any

from batty_hooks.system import late
from batty_hooks.system.machines import host as remote
from batty_hooks.system.machines.line import Down, Line, free_ports
from batty_hooks.system.records import asdict, dataclass, field

_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
_UNFIT_PAUSE = 30.0
_LOST_SECONDS = 30.0
_LOOK_SECONDS = 1.0
STARTING, UP, DOWN, UNFIT = "starting", "up", "down", "unfit"


@dataclass(frozen=True)
class Known:
    """A host as it stands: starting, up, down (it is tried again by itself) or unfit (a person has to mend something:
    ``mend``), ``since`` when (seconds since the epoch), why, and what kind of machine it is (``here``)."""

    host: str
    state: str = STARTING
    since: float = 0.0
    why: str = ""
    mend: str = ""
    here: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Cluster:
    """How to reach a scheduler: its address, certificate and key (PEM)."""

    address: str
    certificate: str
    secret: str


@dataclass(frozen=True)
class Wish:
    """What to keep: the hosts as ssh knows them, how many slots each has, its Python ("": found there), the project's
    name on hosts, and after how many idle seconds to end."""

    hosts: tuple[str, ...]
    slots: int
    python: str
    project: str
    idle: float


def keep(wish: Wish, say: Callable[[Cluster, list[Known]], None]) -> None:
    """Keep hosts at hand until nobody needs them; ``say`` is told whenever one stands otherwise than before."""
    asyncio.run(_Keeper(wish, say).live())


class _Keeper:
    def __init__(self, wish: Wish, say: Callable[[Cluster, list[Known]], None]) -> None:
        self.wish, self._say = wish, say
        self.known = {name: Known(name, since=time.time()) for name in wish.hosts}
        self.over = asyncio.Event()
        self.cluster = Cluster("", "", "")

    async def live(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.over.set)
        certificate, secret = _certificate()
        head = {"certificate": certificate, "secret": secret}
        distributed, dask = late.whole("distributed"), late.whole("dask")
        dask.config.set(
            {
                "distributed.scheduler.http.routes": [],
                "distributed.scheduler.work-stealing": False,
                "distributed.scheduler.active-memory-manager.start": False,
            }
        )
        remote.be_quiet()
        async with distributed.Scheduler(
            host="127.0.0.1", port=0, protocol="tls", security=remote.security(head), dashboard=False,
            dashboard_address="127.0.0.1:0", allowed_failures=0, worker_ttl=f"{_LOST_SECONDS}s",
        ) as scheduler:  # fmt: skip
            self.cluster = Cluster(str(scheduler.address), certificate, secret)
            self.tell()
            lines = [asyncio.ensure_future(self._hold(host, head)) for host in self.wish.hosts]
            await self._until_idle(scheduler)
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)

    async def _until_idle(self, scheduler: Any) -> None:
        asked = time.monotonic()
        while not self.over.is_set() and time.monotonic() - asked < self.wish.idle:
            if scheduler.client_comms:
                asked = time.monotonic()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.over.wait(), _LOOK_SECONDS)

    async def _hold(self, host: str, head: dict[str, str]) -> None:
        """Keep the line to one host."""
        failed = 0
        while True:
            begun = time.monotonic()
            ports = free_ports(3)
            line = Line(host, self.wish.python, lambda said: self._heard(host, said), through=ports[1])
            try:
                await self._connect(line, head, ports)
            except Down as down:
                failed = 0 if line.serves else failed + 1
                self._set(host, UNFIT if down.mend else DOWN, down.why, down.mend)
                pause = _UNFIT_PAUSE if down.mend else _PAUSES[min(failed, len(_PAUSES)) - 1 if failed else 0]
                await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)) or 0.1)

    async def _connect(self, line: Line, head: dict[str, str], ports: list[int]) -> None:
        port, contact, far = ports
        near = self.cluster.address.rpartition(":")[2]
        forwards = (
            "-L", f"127.0.0.1:{contact}:127.0.0.1:{port}",
            "-R", f"127.0.0.1:{far}:127.0.0.1:{near}",
        )  # fmt: skip
        more = {
            "mode": "serve", "name": line.host, "project": self.wish.project, "slots": self.wish.slots, "port": port,
            "contact": contact, "scheduler": f"tls://127.0.0.1:{far}", **head,
        }  # fmt: skip
        await line.hold(forwards, more)

    def _heard(self, host: str, said: dict[str, Any]) -> None:
        if "here" in said:
            self.known[host] = Known(**{**asdict(self.known[host]), "here": said["here"]})
        if said.get("serving"):
            self._set(host, UP)

    def _set(self, host: str, state: str, why: str = "", mend: str = "") -> None:
        before = self.known[host]
        if (before.state, before.why) != (state, why):
            since = before.since if before.state == state else time.time()
            self.known[host] = Known(host, state, since, why, mend, before.here)
            self.tell()

    def tell(self) -> None:
        """Say how all of them stand."""
        self._say(self.cluster, list(self.known.values()))


def _certificate() -> tuple[str, str]:
    """A certificate of our own, and its key, as PEM."""
    x509, serialization = late.whole("cryptography.x509"), late.whole("cryptography.hazmat.primitives.serialization")
    hashes, ec = (
        late.whole("cryptography.hazmat.primitives.hashes"),
        late.whole("cryptography.hazmat.primitives.asymmetric.ec"),
    )
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "batty-hooks")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem).decode(), secret.decode()
