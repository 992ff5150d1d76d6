"""Certificates made for one run: a key in a repository is a key lost."""

import shutil
import subprocess
from pathlib import Path


def openssl(*arguments: str) -> None:
    """Raises CalledProcessError."""
    command = shutil.which("openssl")
    assert command, "the TLS tests need the package openssl"
    subprocess.run([command, *arguments], check=True, capture_output=True)


def authority(folder: Path, name: str) -> Path:
    """A CA of our own: its certificate, with the key beside it."""
    path, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={name}",
            "-keyout", str(key), "-out", str(path))  # fmt: skip
    return path


def signed(ca: Path, name: str, alternative: str = "IP:127.0.0.1") -> Path:
    """A certificate for `alternative` that `ca` signed; its key in the same file."""
    path, key = ca.parent / f"{name}.pem", ca.parent / f"{name}.key"
    request, extension = ca.parent / f"{name}.csr", ca.parent / f"{name}.ext"
    extension.write_text(f"subjectAltName={alternative}\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", str(key), "-out", str(request))  # fmt: skip
    openssl("x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey",
            str(ca.with_suffix(".key")), "-CAcreateserial", "-days", "1",
            "-extfile", str(extension), "-out", str(path))  # fmt: skip
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path
