"""How long a table of a million rows takes to appear and to answer, and how much memory it takes beyond the frame.

`uv run python -m tests.bench.table`
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable
from statistics import median

import polars as pl
import psutil
from textual.app import App, ComposeResult
from textual.events import Mount
from textual.widget import Widget
from textual.widgets import Static

from app.widgets.frame_table import FrameSource, FrameTable, Place

ROWS, COLUMNS = 1_000_000, 12
SIZE = (160, 50)
MIB = 1024 * 1024


class Bench(App[None]):
    """One widget; quits at once when asked to."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        """The widget alone."""
        yield self._widget

    def on_mount(self, event: Mount) -> None:
        """Begin in it."""
        event.stop()
        self.screen.focus_next()


def frame() -> pl.DataFrame:
    """Twelve columns of text."""
    number = pl.int_range(ROWS, eager=True).cast(pl.String)
    return pl.DataFrame({f"column {n}": number + f" value {n}" for n in range(COLUMNS)})


def resident() -> float:
    """The memory of this process in MiB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / MIB


async def timed(work: Awaitable[object]) -> float:
    """Seconds a piece of work takes."""
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def appear(widget: Widget) -> float:
    """Seconds from nothing to the first picture of an app with one widget."""
    begun = time.perf_counter()
    async with Bench(widget).run_test(size=SIZE) as pilot:
        await pilot.pause()
        return time.perf_counter() - begun


def paint(table: FrameTable) -> float:
    """Seconds one picture of the table takes, all of its lines new."""
    begun = time.perf_counter()
    table._rows = ()
    table._styles_cache.clear()
    table.render_lines(table.size.region)
    return time.perf_counter() - begun


async def answer(table: FrameTable) -> None:
    """Print what keys, memory and searches take."""
    before = resident()
    async with Bench(table).run_test(size=SIZE) as pilot:
        await pilot.pause()
        first = resident()
        paints = []
        for action, argument in (("row", -1), *[("page", -1)] * 300, ("column", -1), ("row", 0)):
            getattr(table, f"action_{action}")(argument)
            paints.append(paint(table))
        await pilot.pause()
        print(f"one picture after a key   {median(paints) * 1000:7.1f} ms (longest {max(paints) * 1000:.1f})")
        print(f"memory, first picture     {first - before:7.1f} MiB")
        print(f"memory, 300 pages later   {resident() - before:7.1f} MiB")
        start = Place(0, -1)
        print(f"find the last cell        {await timed(table.find(f'{ROWS - 1} value 11', start=start)):7.2f} s")
        print(f"find what is nowhere      {await timed(table.find('nowhere', start=start)):7.2f} s")
        regex = table.find(r"^\d+ nowhere$", regex=True, start=start)
        print(f"find by regex, nowhere    {await timed(regex):7.2f} s")
        print(f"memory, after searching   {resident() - before:7.1f} MiB")


async def main() -> None:
    """Measure on a frame that is already there, everything imported and an app run once."""
    data = frame()
    await appear(Static("warm"))
    await appear(FrameTable(FrameSource(data.head(10))))
    print(f"{ROWS:,} rows, {COLUMNS} columns, {SIZE[0]} by {SIZE[1]} cells")
    await answer(FrameTable(FrameSource(data)))
    empty = [await appear(Static("empty")) for _ in range(5)]
    full = [await appear(FrameTable(FrameSource(data))) for _ in range(5)]
    print(f"app without a table       {median(empty):7.3f} s")
    print(f"app with the table        {median(full):7.3f} s (longest {max(full):.3f})")


if __name__ == "__main__":
    asyncio.run(main())
