"""Starts the SMSC that is not ours (Server.java, on jsmpp), tells it what to do, hears it.

Rules: it is compiled once, and again where its source is newer; what it said is kept until
`forget`; it keeps its two ports over `kill` and `start`, and ends with whoever started it.
"""

import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, Final

from tests.jars import Jars, JarsError

HERE: Final = Path(__file__).resolve().parent
SOURCE: Final = HERE / "Server.java"
CLASSES: Final = HERE / "target" / "classes"
JARS: Final = Jars(HERE, "the foreign SMSC")
JAVA: Final = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
PATIENCE_S: Final = 30.0

SYSTEM_ID: Final = "acme"
PASSWORD: Final = "secret"


def compiled() -> str:
    """Java's class path of the server. Raises JarsError with what the compiler said."""
    jars = JARS.class_path()
    made = CLASSES / "Server.class"
    if not made.exists() or made.stat().st_mtime < SOURCE.stat().st_mtime:
        run = subprocess.run(
            ["javac", "-cp", jars, "-d", str(CLASSES), str(SOURCE)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            raise JarsError(f"the foreign SMSC can't be compiled:\n{run.stderr[-2000:]}")
    return f"{CLASSES}:{jars}"


class ForeignSmsc:
    """`port` and `tls_port` are open between `start` and `kill`. `key_store`: PKCS12 for TLS."""

    def __init__(self, key_store: Path, key_password: str) -> None:
        self.port = self.tls_port = 0
        self._key = [
            f"-Djavax.net.ssl.keyStore={key_store}",
            f"-Djavax.net.ssl.keyStorePassword={key_password}",
        ]
        self._said: list[list[str]] = []
        self._news = threading.Condition()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as it lives
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "ForeignSmsc":
        """Returns when it listens. Raises JarsError with the end of what Java said."""
        ports = (str(self.port), str(self.tls_port))
        self._process = subprocess.Popen(
            [*JAVA, *self._key, "-cp", compiled(), "Server", *ports, SYSTEM_ID, PASSWORD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        self.forget()
        threading.Thread(target=self._hear, args=(self._process.stdout,), daemon=True).start()
        self._await("listening")
        self.port, self.tls_port = map(int, self.said("listening")[0])
        return self

    def kill(self) -> None:
        """SIGKILL: its links are gone, and nobody listens."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def tell(self, *words: object) -> None:
        """Returns when it was understood. Raises JarsError where it was not."""
        assert self._process is not None and self._process.stdin is not None
        known = len(self.said("ok"))
        self._process.stdin.write("\t".join(map(str, words)).encode() + b"\n")
        self._process.stdin.flush()
        self._await("ok", known + 1)

    def said(self, word: str) -> list[list[str]]:
        """What followed this word, oldest first."""
        with self._news:
            return [fields for first, *fields in self._said if first == word]

    def forget(self) -> None:
        """As if it had said nothing."""
        with self._news:
            self._said.clear()

    def _hear(self, lines: IO[bytes]) -> None:
        for line in lines:
            with self._news:
                self._said.append(line.decode().rstrip("\n").split("\t"))
                self._news.notify_all()

    def _await(self, word: str, count: int = 1) -> None:
        def there() -> bool:
            return sum(first == word for first, *_ in self._said) >= count or self._ended()

        with self._news:
            if self._news.wait_for(there, PATIENCE_S) and not self._ended():
                return
        self._log.seek(0)
        log = self._log.read()[-2000:].decode()
        raise JarsError(f"the foreign SMSC did not say {word}:\n{log}")

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None
