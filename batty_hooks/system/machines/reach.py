"""Whether a scheduler that somebody else runs can be reached, and what is in the way: in words, before dask is asked,
which says of all of it that it has timed out."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

from batty_hooks.system.machines.line import Down

_SECONDS = 8.0
_NAMES = ("tls_ca_file", "tls_client_cert", "tls_client_key")  # dask's


def require(address: str, tls: Sequence[Path]) -> None:
    """Raises Down where no scheduler is at ``address`` (tls://host:port, tcp://host:port), or it does not take us, or
    we not it. ``tls`` are its authority, our certificate and our key (PEM)."""
    protocol, _, rest = address.partition("://")
    host, _, port = rest.rpartition(":")
    context = _context(tls) if protocol == "tls" else None
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _SECONDS) as plain:
            if context is None:
                _require_greeting(plain, "is it one with TLS? (gate.scheduler: tls://…)")
            else:
                with context.wrap_socket(plain) as line:
                    _require_greeting(line, "")
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate is not one of {_short(tls[0])}: {error.verify_message}"
        raise Down(why, f"put the cluster's own {tls[0].name} there") from error
    except ssl.SSLError as error:
        raise _refused(error, tls) from error
    except OSError as error:
        raise Down(f"it does not answer: {error.strerror or error}") from error


def _context(tls: Sequence[Path]) -> ssl.SSLContext:
    for path, name in zip(tls, _NAMES, strict=True):
        try:
            path.read_bytes()
        except FileNotFoundError:
            raise Down(f"{_short(path)} is not there", f"put it there: it is what dask calls {name}") from None
        except OSError as error:
            why = f"{_short(path)} cannot be read: {error.strerror}"
            raise Down(why, "make it a file that only you can read") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # as dask: an authority of the cluster's own
    ca, certificate, key = tls
    try:
        context.load_verify_locations(ca)
    except (ssl.SSLError, OSError) as error:
        raise Down(f"{_short(ca)} is no certificate: {_words(error)}", f"it is what dask calls {_NAMES[0]}") from error
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        why = f"{_short(certificate)} and {key.name} are no certificate with its key (PEM, without a password)"
        raise Down(f"{why}: {_words(error)}", f"they are what dask calls {_NAMES[1]} and {_NAMES[2]}") from error
    return context


def _require_greeting(line: socket.socket, else_: str) -> None:
    """dask's scheduler speaks first; where it refuses our certificate, that is heard here (TLS 1.3)."""
    try:
        if line.recv(1):
            return
    except TimeoutError:
        pass
    raise Down("what answers there is no scheduler of dask", else_ or "gate.scheduler names the scheduler's own port")


def _refused(error: ssl.SSLError, tls: Sequence[Path]) -> Down:
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return Down("what answers there speaks no TLS", "start that scheduler with its tls settings")
    why = f"it does not take our {_short(tls[1])}: {_words(error)}"
    return Down(why, f"put a certificate there that the cluster's authority has signed, and its key ({tls[2].name})")


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return str(reason).lower().replace("_", " ") if reason else str(error)


def _short(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.relative_to(path.parents[2]))
    return str(path)
