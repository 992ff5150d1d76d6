"""A page's commands typed into terminals, and what it shows beside what came.

A block is ```sh, then words that a reader of the page does not see: `terminal=2` where it is
not the first; `stays` where the command goes on meanwhile; `exit=1` where it fails; `again`
where a person would type it again until it does what it must. ```text is what the block
before it shows, or what its `terminal` shows. In it `…` is anything in a line, and a line of
it any lines.

Rule: a block typed where a command still runs ends that first, with Ctrl-C.
"""

import codecs
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

PATIENCE_S = 60.0
ENDS_S = 20.0
AGAIN_S = 0.3
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_END = re.compile(r"\[(\d+):(\d+)\]\x07\n")


class Block(NamedTuple):
    """A fenced block; `words` are those after its language, with "" where one has no value."""

    language: str
    words: Mapping[str, str]
    content: str

    @property
    def terminal(self) -> str:
        return self.words.get("terminal", "1")


def blocks(page: str, here: Mapping[str, str]) -> list[Block]:
    """In order. `here`: what stands for what is on the page."""
    for theirs, ours in here.items():
        page = page.replace(theirs, ours)
    return [
        Block(language, dict(_word(one) for one in words.split()), content)
        for language, words, content in _FENCE.findall(page)
        if language in ("sh", "text", "java")
    ]


def _word(written: str) -> tuple[str, str]:
    name, _, value = written.partition("=")
    return name, value


def shape(shown: str) -> re.Pattern[str]:
    """What a ```text block allows."""
    lines = [_line(line) for line in shown.rstrip("\n").split("\n")]
    return re.compile(r"\A" + "".join(lines).removesuffix("\n"), re.MULTILINE)


def _line(line: str) -> str:
    if line == "…":
        return r"(?:.*\n)*?"
    return ".*".join(map(re.escape, line.split("…"))) + r"[ ]*\n"


class Typist:
    """Sits at terminals, each in the folder that the one before it was in."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._shells: dict[str, Shell] = {}
        self._last: Block | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for shell in self._shells.values():
            shell.close()

    def follow(self, block: Block) -> None:
        """Type it, or see that it is shown."""
        shell = self._shell(block.terminal)
        if block.language == "text":
            self._see(block, shell)
            return
        shell.type(block.content)
        self._last = block
        if "stays" not in block.words:
            self._end(block, shell)

    def _end(self, block: Block, shell: "Shell") -> None:
        wanted, deadline = int(block.words.get("exit", "0")), time.monotonic() + PATIENCE_S
        while (status := shell.ended()) != wanted:
            on = "again" in block.words and time.monotonic() < deadline
            assert on, f"{block.content}ended with {status}\n{shell}"
            time.sleep(AGAIN_S)
            shell.type(block.content)

    def _see(self, block: Block, shell: "Shell") -> None:
        wanted, deadline = shape(block.content), time.monotonic() + PATIENCE_S
        while not wanted.search(shell.shown):
            said = f"not shown:\n{block.content}\nbut:\n{shell}"
            assert time.monotonic() < deadline, said
            if shell.busy:
                shell.read()
                continue
            assert self._last is not None and "again" in self._last.words, said
            time.sleep(AGAIN_S)
            shell.type(self._last.content)
            self._end(self._last, shell)

    def _shell(self, name: str) -> "Shell":
        if name not in self._shells:
            self._shells[name] = Shell(self._folder, self._environment)
        if name == "1":  # where the reader has gone, further terminals are opened
            self._folder = self._shells[name].folder
        return self._shells[name]


class Shell:
    """A terminal with a shell in it. `shown`: by what was typed last."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.shown, self.busy, self._typed = "", False, 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ours, self._theirs = pty.openpty()
        # opened by the leader of a session it becomes its terminal: Ctrl-C is a signal
        shell = 'exec bash --norc --noprofile --noediting -i <"$0" >"$0" 2>&1'
        self._bash = subprocess.Popen(
            ["sh", "-c", shell, os.ttyname(self._theirs)], cwd=folder, start_new_session=True,
            env={**environment, "PS1": "", "PS2": "", "PROMPT_COMMAND": "", "HISTFILE": ""},
        )  # fmt: skip
        self.type("stty -echo")
        self.ended()

    def __str__(self) -> str:
        return self.shown

    @property
    def folder(self) -> Path:
        """Where it is."""
        return Path(f"/proc/{self._bash.pid}/cwd").resolve()

    def type(self, commands: str) -> None:
        """A command line, and Ctrl-C before it where one still runs."""
        if self.busy:
            self._interrupt()
        self.shown, self.busy = "", True
        self._typed += 1
        # Braces: all of it is read before any of it runs, and what runs can't take the rest.
        self._write("{ " + commands.rstrip("\n") + f"\n}}; {self._end}\n")

    @property
    def _end(self) -> str:
        """What prints the exit status. Numbered, so that none is taken for another's."""
        return f"echo \"[{self._typed}:$?]\"$'\\a'"

    def _interrupt(self) -> None:
        # bash goes on with its line where the command ended by itself, and else drops it.
        self._write(f"\x03{self._end}\n")
        self.ended()

    def ended(self) -> int:
        """Its exit status, once it has one."""
        deadline = time.monotonic() + PATIENCE_S
        while self.busy:
            assert time.monotonic() < deadline, f"it goes on:\n{self.shown}"
            self.read()
        return self._status

    def read(self) -> None:
        """What comes within a moment."""
        ready, _, _ = select.select([self._ours], [], [], 0.1)
        if ready:
            self.shown += self._decoder.decode(os.read(self._ours, 65536))
            self.shown = self.shown.replace("\r\n", "\n")
            self.shown = _END.sub(self._kept, self.shown)
        if end := _END.search(self.shown):
            self._status, self.busy = int(end[2]), False
            self.shown = self.shown[: end.start()]

    def _kept(self, end: re.Match[str]) -> str:
        """Nothing of an end that came twice."""
        return end[0] if int(end[1]) == self._typed else ""

    def close(self) -> None:
        """Ends what runs in it, and then itself."""
        if self.busy:
            self._interrupt()
        self._write("exit\n")
        try:
            self._bash.wait(ENDS_S)
        finally:
            self._bash.kill()
            os.close(self._ours)
            os.close(self._theirs)

    def _write(self, keys: str) -> None:
        os.write(self._ours, keys.encode())
