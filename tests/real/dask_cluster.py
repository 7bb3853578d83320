"""A cluster of dask's as somebody else may run one: its scheduler and workers, each a process of its own with a home of
its own, with TLS certificates that an authority has signed, and in a Python that has dask and nothing of ours."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import signal
import subprocess
import sysconfig
import venv
from pathlib import Path

from scene import wait_for


def authority(place: Path) -> None:
    """ca.pem, and cert.pem with its key.pem, in ``place``."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    place.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)

    def made(name: str, key: ec.EllipticCurvePrivateKey, by: str, signer: ec.EllipticCurvePrivateKey) -> bytes:
        names = [x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, word)]) for word in (name, by)]
        basic = x509.BasicConstraints(ca=name == by, path_length=None)
        builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1)).add_extension(basic, critical=True)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "ca.pem").write_bytes(made("the authority", root, "the authority", root))
    (place / "cert.pem").write_bytes(made("one of us", own, "the authority", root))
    (place / "key.pem").write_bytes(own.private_bytes(*plain))


class DaskCluster:
    """Its processes; ``place`` is where all of it lies."""

    def __init__(self, place: Path, protocol: str = "tls") -> None:
        self.place, self.protocol = place, protocol
        self.tls = place / "tls"
        authority(self.tls)
        python = place / "python"
        venv.create(python, symlinks=True)
        [packages] = python.glob("lib/python*/site-packages")
        (packages / "dask.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # (whose own .pth are not read)
        self.python = python / "bin/python"
        self.going: dict[str, subprocess.Popen[bytes]] = {}
        self.address = ""

    def begin(self, *workers: str) -> DaskCluster:
        """Start the scheduler (where it was before, if it was), and workers of those names."""
        file, port = self.place / "scheduler.json", self.address.rpartition(":")[2] or "0"
        file.unlink(missing_ok=True)
        self._start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", port, "--protocol", self.protocol,
                    "--no-dashboard", "--no-show", "--scheduler-file", str(file))  # fmt: skip
        wait_for(lambda: file.exists() and file.read_text().endswith("}"), 60)
        self.address = json.loads(file.read_text())["address"]
        for worker in workers:
            self.add(worker)
        return self

    def add(self, name: str, *more: str) -> None:
        self._start(name, "worker", self.address, "--name", name, "--nthreads", "2", "--no-nanny", "--no-dashboard",
                    "--host", "127.0.0.1", *more)  # fmt: skip

    def home(self, worker: str) -> Path:
        return self.place / worker

    def kill(self, name: str) -> None:
        going = self.going.pop(name)
        going.send_signal(signal.SIGKILL)
        going.wait()

    def below(self, *workers: str) -> list[int]:
        """The processes of tests that run at workers."""
        found = []
        homes = [f"\0HOME={self.home(worker)}\0".encode() for worker in workers]
        for place in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                environment = b"\0" + place.read_bytes()
                if b"\0BATTY_GATE=1\0" in environment and any(home in environment for home in homes):
                    found.append(int(place.parent.name))
        return found

    def children(self) -> list[int]:
        """The processes of our own program at workers."""
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                command = (place.parent / "cmdline").read_bytes()
                if f"\0HOME={self.place}/".encode() in b"\0" + place.read_bytes() and b"take(8)" in command:
                    found.append(int(place.parent.name))
        return found

    def kill_all(self) -> None:
        for name in list(self.going):
            self.kill(name)

    def end(self) -> None:
        self.kill_all()
        wait_for(lambda: not self.children(), 60)

    def _start(self, name: str, *words: str) -> None:
        home = self.home(name)
        home.mkdir(exist_ok=True)
        env = {"HOME": str(home), "PATH": os.environ["PATH"]}
        tls = ["--tls-ca-file", "ca.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]
        secured = [word if word.startswith("--") else str(self.tls / word) for word in tls]
        argv = [str(self.python), "-m", "dask", *words, *(secured if self.protocol == "tls" else [])]
        with open(home / "said", "ab") as said:
            self.going[name] = subprocess.Popen(argv, cwd=home, env=env, stdout=said, stderr=said)
