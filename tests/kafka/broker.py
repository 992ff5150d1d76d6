"""A real Apache Kafka on this machine: one node, KRaft, its own port and data folder.

Rules: it keeps its port and its data over `kill` and `restart`, so that tests can pull the
plug; `stop` removes the data. Run this file to get one until Ctrl-C.
"""

import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.kafka.jars import BrokerError, class_path

START_S = 60.0
STOP_S = 15.0

JAVA = ("java", "-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Xshare:auto")  # fmt: skip

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=4
auto.create.topics.enable=true
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
message.max.bytes=10485760
replica.fetch.max.bytes=10485760
log.segment.bytes=33554432
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=5000
num.network.threads=2
num.io.threads=4
background.threads=2
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
num.recovery.threads.per.data.dir=1
"""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """A test run that is killed leaves no broker behind (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Broker:
    """`bootstrap` is host:port, the same for the life of the object."""

    def __init__(self) -> None:
        self.port, controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._home = Path(tempfile.mkdtemp(prefix="chappe-kafka-"))
        self._properties = self._home / "server.properties"
        self._properties.write_text(
            PROPERTIES.format(port=self.port, controller=controller, data=self._home / "data")
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._formatted = False

    def start(self) -> "Broker":
        """Returns when clients can connect. Raises BrokerError with the end of its log."""
        if not self._formatted:
            self._format()
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*JAVA, "-cp", class_path(), "kafka.Kafka", str(self._properties)],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        self._wait()
        return self

    @property
    def running(self) -> bool:
        """False before `start`, after `kill` and `stop`, and where it died by itself."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: as a machine that lost its power. The data stay."""
        self._end(at_once=True)

    def restart(self, *, at_once: bool = False) -> None:
        """The same port and the same data; `at_once` kills instead of stopping."""
        self._end(at_once=at_once)
        self.start()

    def stop(self) -> None:
        """Ends it and removes its data."""
        self._end(at_once=True)
        shutil.rmtree(self._home, ignore_errors=True)

    def _format(self) -> None:
        arguments = ["format", "-t", "chappe-tests-0000000000", "-c", str(self._properties)]
        run = subprocess.run(
            [*JAVA, "-cp", class_path(), "kafka.tools.StorageTool", *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            raise BrokerError(f"Kafka could not format {self._home}:\n{run.stderr[-2000:]}")
        self._formatted = True

    def _wait(self) -> None:
        give_up = time.monotonic() + START_S
        while time.monotonic() < give_up:
            if not self.running:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise BrokerError(f"Kafka did not start:\n{(self._home / 'log').read_text()[-3000:]}")

    def _end(self, *, at_once: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if at_once:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Starts a broker, prints its address, keeps it until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    broker = Broker()
    try:
        sys.stdout.write(f"{broker.start().bootstrap}\n")
        sys.stdout.flush()
        while broker.running:
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
