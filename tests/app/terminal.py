"""A program on a real terminal of 80 by 24: keys go in, and what it draws is read off a screen as a person would.

Knows the few sequences that Textual's driver writes; colours are left out.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.cells import cell_len

from tests.cli.support import COMMAND, PATIENCE, Place

WIDTH, HEIGHT = 80, 24
ENTER, ESCAPE, F4, CTRL_Q = "\r", "\x1b", "\x1bOS", "\x11"
_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]P_^X].*?(?:\x07|\x1b\\)|\x1b(?![\[\]P_^X])[ -/]*[0-~]"
    r"|(?P<text>[^\x00-\x1f\x7f\x1b]+)|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])",
    re.DOTALL,
)


class Picture:
    """What a terminal shows, and which of its modes are on."""

    def __init__(self) -> None:
        self.cells = [[" "] * WIDTH for _ in range(HEIGHT)]
        self.modes: dict[str, bool] = {}
        self.keyboards = 0
        """How many keyboard protocols were asked for and not given back."""
        self._x = self._y = 0
        self._rest = ""

    @property
    def text(self) -> str:
        """The lines."""
        return "\n".join("".join(line).rstrip() for line in self.cells)

    def feed(self, said: str) -> None:
        """Obey what a program has written."""
        said, at = self._rest + said, 0
        while at < len(said):
            found = _SEQUENCE.match(said, at)
            if found is None:
                break  # a sequence that is not whole yet
            self._obey(found)
            at = found.end()
        self._rest = said[at:]

    def _obey(self, found: re.Match[str]) -> None:
        if found["text"]:
            self._print(found["text"])
        elif found["control"] == "\r":
            self._x = 0
        elif found["control"] == "\n":
            self._y = min(HEIGHT - 1, self._y + 1)
        elif found["final"]:
            self._steer(found["private"], found["numbers"], found["final"])

    def _steer(self, private: str, numbers: str, final: str) -> None:
        match private, final:
            case "?", "h" | "l":
                self.modes |= dict.fromkeys(numbers.split(";"), final == "h")
            case ">", "u":
                self.keyboards += 1
            case "<", "u":
                self.keyboards -= 1
            case "", "H" | "f":
                row, column, *_ = [int(one or 1) for one in f"{numbers};".split(";")] + [1]
                self._y, self._x = min(HEIGHT, row) - 1, min(WIDTH, column) - 1
            case "", "J":
                self.cells = [[" "] * WIDTH for _ in range(HEIGHT)]

    def _print(self, text: str) -> None:
        for one in text:
            wide = cell_len(one)
            if wide and self._x + wide <= WIDTH:
                self.cells[self._y][self._x : self._x + wide] = [one, *[""] * (wide - 1)]
            self._x += wide


class Terminal:
    """One command at work on a terminal."""

    def __init__(self, place: Place, *arguments: str, **env: str) -> None:
        self.keys = 0
        self.raw = bytearray()
        self.picture = Picture()
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        self._before = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=place.folder,
            env={**place.env, "TERM": "xterm-256color", **env},
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
        )
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with contextlib.suppress(OSError):
            while said := os.read(self._master, 65_536):
                with self._lock:
                    self.raw += said
                    self.picture.feed(decoder.decode(said))

    @property
    def text(self) -> str:
        """What is on the screen now."""
        with self._lock:
            return self.picture.text

    def until(self, condition: Callable[[str], object]) -> str:
        """Wait until the screen is as it should be; fails with what is there instead."""
        deadline = time.monotonic() + PATIENCE
        while not condition(text := self.text):
            assert time.monotonic() < deadline, text
            assert self.process.poll() is None, text
            time.sleep(0.02)
        return text

    def shows(self, *words: str) -> str:
        """Wait for words on the screen."""
        return self.until(lambda text: all(word in text for word in words))

    def until_said(self, words: str) -> None:
        """Wait for words that were written, whatever is on the screen."""
        deadline = time.monotonic() + PATIENCE
        while words.encode() not in bytes(self.raw):
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.keys += 1
            os.write(self._master, key.encode())

    def ended(self) -> int:
        """Wait for the end of the command; returns its exit code."""
        return self.process.wait(PATIENCE)

    def attributes(self) -> tuple[list[Any], list[Any]]:
        """The terminal's own settings, before and now."""
        return self._before, termios.tcgetattr(self._slave)

    def close(self) -> None:
        """End what is left of the command, and give the terminal back."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
        os.close(self._slave)
        self._reader.join(PATIENCE)
        os.close(self._master)


@contextmanager
def on_terminal(place: Place, *arguments: str, **env: str) -> Iterator[Terminal]:
    """A command on a terminal, which does not outlive the test."""
    terminal = Terminal(place, *arguments, **env)
    try:
        yield terminal
    finally:
        terminal.close()
