"""Records on disk: as the changelog has them, in order of time, and never trusted blindly."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agents.kafka.disk import STALE_MS, Disk
from agents.kafka.errors import KafkaFailure
from agents.kafka.own_folder import own_folder

NOW = 1_795_428_000_000


def read(value: bytes) -> tuple[int, str]:
    """`due:label:…`."""
    due, label, _ = value.decode().split(":", 2)
    return int(due), label


def disk(folder: Path, identity: str = "a", now: int = NOW) -> Disk:
    return Disk(folder / "store", identity, read, now)


def test_each_partition_is_its_own(tmp_path: Path) -> None:
    one = disk(tmp_path)
    one.apply(1, [("k", b"5:x:a")], 10, NOW)
    one.apply(2, [("k", b"6:x:b"), ("l", b"7:y:c")], 3, NOW)
    assert (one.get(1, "k"), one.get(2, "k"), one.get(3, "k")) == (b"5:x:a", b"6:x:b", None)
    assert [one.offset(n, NOW) for n in (1, 2, 3)] == [10, 3, None]
    assert (one.counts(1), one.counts(2)) == ({"x": 1}, {"x": 1, "y": 1})
    one.drop(2)
    assert (one.get(1, "k"), one.get(2, "k"), one.offset(2, NOW)) == (b"5:x:a", None, None)
    assert list(one.due(2, NOW)) == []


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    one = disk(tmp_path)
    one.apply(1, [("k", b"5:x:a"), ("l", b"6:x:b")], 10, NOW)
    one.apply(1, [("k", None)], 11, NOW)
    one.close()
    again = disk(tmp_path)
    assert (again.offset(1, NOW), again.counts(1)) == (11, {"x": 1})
    assert (again.get(1, "k"), list(again.keys(1))) == (None, ["l"])
    assert list(again.due(1, 100)) == [(6, "l")]


@pytest.mark.parametrize(
    ("identity", "later", "kept", "why"),
    [
        ("a", STALE_MS, True, "Kafka still knows all that was deleted since"),
        ("a", STALE_MS + 1, False, "it may have forgotten what was deleted"),
        ("b", 0, False, "the topic was made anew, or is another cluster's"),
    ],
)
def test_what_is_trusted(tmp_path: Path, identity: str, later: int, kept: bool, why: str) -> None:
    one = disk(tmp_path)
    one.apply(1, [("k", b"5:x:a")], 10, NOW)
    one.close()
    again = disk(tmp_path, identity, NOW + later)
    assert (again.get(1, "k") is not None) == kept, why
    assert again.offset(1, NOW + later) == (10 if kept else None)


def test_who_still_owns_a_quiet_partition_keeps_it_fresh(tmp_path: Path) -> None:
    one = disk(tmp_path)
    one.apply(1, [("k", b"5:x:a")], 10, NOW)
    one.touch(1, NOW + STALE_MS)
    assert one.offset(1, NOW + 2 * STALE_MS) == 10
    one.touch(7, NOW)
    assert one.offset(7, NOW) is None, "nothing is known of it"


def test_a_broken_store_is_made_anew(tmp_path: Path) -> None:
    one = disk(tmp_path)
    one.apply(1, [("k", b"5:x:a")], 10, NOW)
    one.close()
    (tmp_path / "store" / "CURRENT").write_bytes(b"rubbish")
    again = disk(tmp_path)
    assert again.offset(1, NOW) is None
    again.apply(1, [("k", b"5:x:a")], 10, NOW)
    assert again.get(1, "k") == b"5:x:a"


def test_a_store_that_fails_says_where_and_what_to_do(tmp_path: Path) -> None:
    one = disk(tmp_path)
    one.close()
    words = r"store.*CHAPPE_DATA.*made anew from Kafka"
    with pytest.raises(KafkaFailure, match=words):
        one.get(1, "k")
    with pytest.raises(KafkaFailure, match=words):
        one.apply(1, [], 1, NOW)


def test_each_process_has_a_folder_of_its_own(tmp_path: Path) -> None:
    first, give_back = own_folder(tmp_path)
    other = subprocess.run(
        [sys.executable, "-c", "import sys; from pathlib import Path; "
         "from agents.kafka.own_folder import own_folder; "
         "print(own_folder(Path(sys.argv[1]))[0].name)", str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert (first.name, other.stdout.strip()) == ("0", "1")
    give_back()
    assert own_folder(tmp_path)[0] == first, "it finds its own again"


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"CHAPPE_DATA: .* can't be written to"):
        own_folder(tmp_path / "file")


class Walk(RuleBasedStateMachine):
    """Against a dictionary: values, counts and what is due, through closing and opening."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.disk, self.model, self.last = disk(self.folder), dict[str, bytes](), -1

    @rule(
        writes=st.lists(
            st.tuples(
                st.sampled_from("abcdef"),
                st.none() | st.integers(0, 20),
                st.sampled_from(["", "x", "y"]),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def write(self, writes: list[tuple[str, int | None, str]]) -> None:
        values = [
            (key, None if due is None else f"{due}:{label}:v".encode())
            for key, due, label in writes
        ]
        self.last += len(values)
        self.disk.apply(1, values, self.last, NOW)
        for key, value in values:
            if value is None:
                self.model.pop(key, None)
            else:
                self.model[key] = value

    @rule()
    def again(self) -> None:
        self.disk.close()
        self.disk = disk(self.folder)

    @rule(until=st.integers(0, 21))
    def due(self, until: int) -> None:
        wanted = sorted((read(v)[0], k) for k, v in self.model.items() if read(v)[0] <= until)
        assert list(self.disk.due(1, until)) == wanted

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "disk"):
            return
        assert {k: self.disk.get(1, k) for k in self.disk.keys(1)} == self.model
        labels = [read(v)[1] for v in self.model.values()]
        counts = {label: n for label, n in self.disk.counts(1).items() if n}
        assert counts == {label: labels.count(label) for label in set(labels) - {""}}
        assert self.disk.offset(1, NOW) == (self.last if self.last >= 0 else None)

    def teardown(self) -> None:
        if hasattr(self, "disk"):
            self.disk.close()
            shutil.rmtree(self.folder)


TestWalk = Walk.TestCase
# A real disk: how long one example takes says nothing.
TestWalk.settings = settings(max_examples=40)


@given(st.binary(max_size=4))
def test_odd_keys(tail: bytes) -> None:
    """A key is text of any length, also one that begins like another."""
    with tempfile.TemporaryDirectory() as folder:
        one = disk(Path(folder))
        keys = ["", "a", "a\0", "ab", "é", tail.hex()]
        one.apply(1, [(key, b"1::v") for key in keys], 1, NOW)
        assert sorted(one.keys(1)) == sorted(set(keys))
        assert sorted(key for _, key in one.due(1, 1)) == sorted(set(keys))
        one.close()
