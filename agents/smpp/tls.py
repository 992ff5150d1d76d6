"""TLS to an SMSC: whom we believe, and who we say we are.

Rules: the SMSC's certificate and its name are always verified; a file that can't be used is
an error that names its key, and no password is ever asked for on a terminal.
"""

import ssl
from pathlib import Path


def tls_context(
    ca_file: Path | None = None, cert_file: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """`ca_file`: PEM of those we believe, instead of the system's own; `cert_file`: ours, with
    its key inside or in `key_file`. Raises ValueError that names the key and the file.
    """
    if key_file is not None and cert_file is None:
        raise ValueError("key_file without cert_file: a key proves nothing alone")
    for key, path in (("ca_file", ca_file), ("cert_file", cert_file), ("key_file", key_file)):
        if path is not None and not path.is_file():
            raise ValueError(f"{key}: there is no file {path}")
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError):
        raise ValueError(f"ca_file: {ca_file} holds no certificates in PEM") from None
    if cert_file is not None:
        _load(context, cert_file, key_file)
    return context


def _load(context: ssl.SSLContext, cert_file: Path, key_file: Path | None) -> None:
    asked: list[bool] = []

    def no_password() -> bytes:
        asked.append(True)
        return b""

    try:
        context.load_cert_chain(cert_file, key_file, password=no_password)
    except (OSError, ValueError):
        if asked:
            key, path = ("cert_file", cert_file) if key_file is None else ("key_file", key_file)
            raise ValueError(f"{key}: {path} is encrypted; it takes a key in the clear") from None
        key_in = f"its key in {key_file}" if key_file else "its key in the same file"
        raise ValueError(f"cert_file: {cert_file} is no certificate in PEM with {key_in}") from None
