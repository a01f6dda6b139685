"""Rows on their way into a file: kept on disk, in a file without a name, until the last of them is there.

They come a page at a time and in any order, and leave in the list's order.
"""

from __future__ import annotations

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

Row = Sequence[str | None]
Order = tuple[int, int, int]

ROWS_A_PART: Final = 500


class Spool:
    """Text rows, compressed; memory holds a few hundred of each reader.

    Args:
        folder: Where the space is taken; nothing is left there, whatever happens.
        columns: Their names.
    """

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self.schema = dict.fromkeys(columns, pl.String)
        self.rows = 0
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the spool
        self._waiting: defaultdict[tuple[int, int], list[tuple[Order, Sequence[Row]]]] = defaultdict(list)
        self._parts: list[tuple[Order, int, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, place: Order, rows: Sequence[Row]) -> None:
        """Keep rows; those of one reader (the first two numbers of a place) come one after another, up or down."""
        self.rows += len(rows)
        waiting = self._waiting[place[:2]]
        waiting.append((place, rows))
        if sum(len(some) for _, some in waiting) >= ROWS_A_PART:
            self._write(waiting)

    def _write(self, waiting: list[tuple[Order, Sequence[Row]]]) -> None:
        waiting.sort(key=lambda one: one[0])
        frame = pl.DataFrame([row for _, rows in waiting for row in rows], schema=self.schema, orient="row")
        start = self._file.seek(0, io.SEEK_END)
        frame.write_ipc_stream(self._file, compression="zstd")
        self._parts.append((waiting[0][0], start, self._file.tell() - start))
        waiting.clear()

    def frames(self) -> Iterator[pl.DataFrame]:
        """All rows, in the order of their places."""
        for waiting in self._waiting.values():
            if waiting:
                self._write(waiting)
        for _, start, size in sorted(self._parts):
            self._file.seek(start)
            yield pl.read_ipc_stream(self._file.read(size))
