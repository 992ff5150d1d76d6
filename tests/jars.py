"""Jars that tests run: fetched by Maven once, from the list in a folder's pom.xml.

Rules: nothing is fetched while `target/lib` is newer than pom.xml; two processes that ask
at once fetch once; what is missing on the machine is named with its Debian package.
"""

import fcntl
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST_JAVA: Final = 17

INSTALL: Final = """{who} needs {what}.
On Debian or Ubuntu: apt-get install openjdk-17-jdk-headless maven"""


class JarsError(RuntimeError):
    """Java or the jars can't be had; the message says what to install or to look at."""


@dataclass(frozen=True, slots=True)
class Jars:
    """`here`: the folder of pom.xml; `who` needs them, for messages; `or_else`: a way around."""

    here: Path
    who: str
    or_else: str = ""

    def class_path(self) -> str:
        """Java's class path: the folder and its jars. Raises JarsError."""
        self._check_java()
        target = self.here / "target"
        target.mkdir(exist_ok=True)
        with (target / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._fresh():
                self._fetch()
        return f"{self.here}:{self._lib}/*"

    @property
    def _lib(self) -> Path:
        return self.here / "target" / "lib"

    @property
    def _stamp(self) -> Path:
        return self.here / "target" / "complete"

    def _fresh(self) -> bool:
        """True where the jars of today's pom.xml are there."""
        pom = self.here / "pom.xml"
        return self._stamp.exists() and self._stamp.read_text() == pom.read_text()

    def _fetch(self) -> None:
        if shutil.which("mvn") is None:
            raise JarsError(self._install("Maven (the command mvn)"))
        shutil.rmtree(self._lib, ignore_errors=True)
        run = subprocess.run(
            ["mvn", "-B", "-q", "package"],
            cwd=self.here, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            raise JarsError(f"Maven could not fetch {self.who}:\n{run.stdout[-2000:]}")
        self._stamp.write_text((self.here / "pom.xml").read_text())

    def _check_java(self) -> None:
        needed = f"Java {OLDEST_JAVA} or later"
        if shutil.which("java") is None:
            raise JarsError(self._install(needed))
        run = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
        found = re.search(r'version "(\d+)', run.stderr)
        if found is None or int(found[1]) < OLDEST_JAVA:
            raise JarsError(self._install(f"{needed} (found: {run.stderr.splitlines()[:1]})"))

    def _install(self, what: str) -> str:
        said = INSTALL.format(who=self.who, what=what)
        return f"{said}\n{self.or_else}" if self.or_else else said
