"""A certificate that one process makes for itself and those whom it gives it: who has none of it can neither ask nor
answer. It holds from the day before yesterday: a host's clock may be wrong."""

from __future__ import annotations

import datetime

from batty_hooks.system import late


def made() -> tuple[str, str]:
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
