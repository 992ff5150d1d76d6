"""The jars of the test broker: fetched by Maven once, from the list in pom.xml.

Rules: nothing is fetched while `target/lib` is newer than pom.xml; two processes that ask
at once fetch once; what is missing on the machine is named with its Debian package.
"""

import fcntl
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIB = HERE / "target" / "lib"
STAMP = HERE / "target" / "complete"
OLDEST_JAVA = 17

INSTALL = """the test broker needs {what}.
On Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven
Or use a Kafka that is already there: CHAPPE_TEST_KAFKA=host:port"""


class BrokerError(RuntimeError):
    """The test broker can't be had; the message says what to install or to look at."""


def class_path() -> str:
    """Java's class path of the broker and its tools. Raises BrokerError."""
    check_java()
    LIB.parent.mkdir(exist_ok=True)
    with (LIB.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not fresh():
            fetch()
    return f"{HERE}:{LIB}/*"


def fresh() -> bool:
    """True where the jars of today's pom.xml are there."""
    return STAMP.exists() and STAMP.read_text() == (HERE / "pom.xml").read_text()


def fetch() -> None:
    """Runs Maven. Raises BrokerError with the end of what it said."""
    if shutil.which("mvn") is None:
        raise BrokerError(INSTALL.format(what="Maven (the command mvn)"))
    shutil.rmtree(LIB, ignore_errors=True)
    run = subprocess.run(
        ["mvn", "-B", "-q", "package"], cwd=HERE, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise BrokerError(f"Maven could not fetch the test broker:\n{run.stdout[-2000:]}")
    STAMP.write_text((HERE / "pom.xml").read_text())


def check_java() -> None:
    """Raises BrokerError where there is no Java, or too old a one."""
    needed = f"Java {OLDEST_JAVA} or later"
    if shutil.which("java") is None:
        raise BrokerError(INSTALL.format(what=needed))
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise BrokerError(INSTALL.format(what=f"{needed} (found: {said.splitlines()[:1]})"))
