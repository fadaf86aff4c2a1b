"""nginx with the configuration of docs/nginx.conf, on loopback, in front of a server."""

from __future__ import annotations

import ipaddress
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.ports import free_port
from tests.support.server import PATIENCE, ROOT, wait_for

NAME = "match.school.nl"
FILE = ROOT / "docs" / "nginx.conf"


class NoProxy(Exception):
    """nginx is not installed."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    port: int
    plain_port: int
    trust: ssl.SSLContext
    """Trusts its certificate, for 127.0.0.1 and for NAME."""

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "certificate.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


@contextmanager
def proxy(folder: Path, behind: int, changes: Mapping[str, str], *, status: int = 200) -> Iterator[Proxy]:
    """Nginx in front of a port, once it answers with `status`; `changes`: to its configuration. Raises NoProxy."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise NoProxy
    certificate, secret = _certificate(folder)
    port, plain_port = free_port(), free_port()
    text = FILE.read_text("utf-8")
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/alumnimatch.pem": str(certificate),
        "/etc/ssl/alumnimatch.key": str(secret),
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        **changes,
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "site.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} worker_processes 1; pid {folder}/nginx.pid;"
        f" events {{}} http {{ {temporary} include {folder}/site.conf; }}",
        "utf-8",
    )
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"],
            stdout=log,
            stderr=log,
        )
    trust = ssl.create_default_context(cafile=str(certificate))
    try:
        wait_for(f"https://127.0.0.1:{port}/health", process, trust, status)
        yield Proxy(port, plain_port, trust)
    finally:
        process.terminate()
        process.wait(PATIENCE)
