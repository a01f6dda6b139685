"""Where a command speaks and writes: narration to stderr, data to stdout, JSON as one document.

Every line goes through `display.visible`, so that no text of a file or a server steers the terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from app.display import register_plain_glyphs, visible

if TYPE_CHECKING:
    from rich.console import Console

Part: TypeAlias = "str | tuple[str, str]"
"""Text, or text and a rich style."""


class Output:
    """The two streams of one call; colours only on a terminal that wants them."""

    def __init__(self) -> None:
        self.began = False
        """Rows have been worked on: from here on nobody can say that nothing was sent."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors=register_plain_glyphs())

    @property
    def is_live(self) -> bool:
        """Whether stderr is a terminal that a progress bar can be drawn on."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    @cached_property
    def console(self) -> Console:
        """The terminal behind stderr."""
        return _console(sys.stderr)

    @cached_property
    def _page(self) -> Console:
        return _console(sys.stdout)

    def say(self, *parts: Part, whole: bool = False) -> None:
        """A line of narration; a `whole` one is not broken at words, so that it can be copied as it stands."""
        sys.stdout.flush()
        if sys.stderr.isatty():
            _draw(self.console, parts, whole=whole)
        else:
            _write(sys.stderr, parts)
            sys.stderr.flush()

    def write(self, *parts: Part) -> None:
        """A line of data for people."""
        if sys.stdout.isatty():
            _draw(self._page, parts)
        else:
            _write(sys.stdout, parts)

    def table(self, rows: Iterable[tuple[Part, ...]], *, say: bool = False) -> None:
        """Lines in columns; the last column is as long as it likes."""
        kept = [tuple(_pair(cell) for cell in row) for row in rows]
        if not kept:
            return
        widths = [max(len(visible(row[n][0])) for row in kept) for n in range(len(kept[0]) - 1)]
        for row in kept:
            padded = [
                (text + " " * (width - len(visible(text)) + 2), style)
                for (text, style), width in zip(row, widths, strict=False)
            ]
            (self.say if say else self.write)(*padded, row[-1])

    def document(self, content: Mapping[str, Any]) -> None:
        """The JSON document of the command; a reader that has gone is no reason to lose the exit code."""
        try:
            self.line(content)
            sys.stdout.flush()
        except BrokenPipeError:
            silence(sys.stdout)

    def line(self, content: Mapping[str, Any]) -> None:
        """One JSON object on a line of its own, in ASCII."""
        sys.stdout.write(json.dumps(content) + "\n")


def silence(stream: IO[str]) -> None:
    """Let a stream whose reader has gone write to nowhere, also at the interpreter's end."""
    handle = os.open(os.devnull, os.O_WRONLY)
    os.dup2(handle, stream.fileno())
    os.close(handle)


def _console(stream: IO[str]) -> Console:
    from rich.console import Console  # noqa: PLC0415 - only terminals need it

    return Console(file=stream, markup=False, highlight=False, emoji=False)


def _pair(part: Part) -> tuple[str, str]:
    return part if isinstance(part, tuple) else (part, "")


def _write(stream: IO[str], parts: tuple[Part, ...]) -> None:
    stream.write("".join(visible(_pair(part)[0]) for part in parts).rstrip() + "\n")


def _draw(console: Console, parts: tuple[Part, ...], *, whole: bool = False) -> None:
    from rich.text import Text  # noqa: PLC0415 - only terminals need it

    pairs = (_pair(part) for part in parts)
    line = Text.assemble(*((visible(text), style) for text, style in pairs))
    too_long = any(len(word) > console.width for word in line.plain.split())
    console.print(line, soft_wrap=whole or too_long)
