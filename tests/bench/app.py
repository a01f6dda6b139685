"""How long the app's event loop is held up: while a run goes on, and by a file of a million rows on every stage.

`uv run python -m tests.bench.app [runs|big]`; the screens are drawn, but to no terminal.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final

import polars as pl
import psutil
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, Input

from app.cli.opening import settled
from app.screens.load import LoadScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.stages import Agreed, Desk, Mapped
from app.widgets.frame_table import FrameSource, FrameTable
from app.widgets.table_pane import TablePane
from ops.draft import PlanOptions
from ops.jobs import find_job
from ops.leat.profile import Account
from ops.mapping import MappedColumn, Mapping
from ops.planner import make_plan
from ops.sheet import Sheet, read_sheet
from tests.bench.ground import MIB, folder, sandbox, table
from tests.bench.million import KINDS, write_people

SIZE: Final = (160, 50)
ROWS: Final = 1_000_000
TICK: Final = 0.005
SECONDS: Final = 25.0
"""How long a run is watched."""
NO_LIMIT: Final = 100_000.0


class Lag:
    """A clock in the loop it measures: how much later than asked for it is woken, by what goes on."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = [("while", "seconds", "median lag, ms", "99 %", "worst")]

    @asynccontextmanager
    async def during(self, what: str) -> AsyncIterator[None]:
        """Measure while something is done."""
        late: list[float] = []
        clock = asyncio.create_task(_tick(late))
        begun = time.perf_counter()
        yield
        seconds = time.perf_counter() - begun
        clock.cancel()
        late = sorted(late) or [0.0]
        figures = (median(late), late[int(len(late) * 0.99)], late[-1])
        self.lines.append((what, f"{seconds:.2f}", *(f"{1000 * one:.1f}" for one in figures)))


async def _tick(late: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - begun - TICK)


class Bench(App[None]):
    """Screens over one another."""


class TableScreen(Screen[None]):
    """A table of a million rows, open below the run."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self._sheet = sheet

    def compose(self) -> Any:
        """The table alone."""
        yield TablePane(FrameSource(self._sheet.frame))


async def until(condition: Callable[[], object]) -> None:
    """Wait for something."""
    while not condition():  # noqa: ASYNC110 - anything can be waited for
        await asyncio.sleep(0.005)


def resident() -> float:
    """The memory of this process in MiB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / MIB


async def watch_run(lag: Lag, account: Account, place: Path, sheet: Sheet, rate: float | None, rows: int) -> None:
    """A run of new contacts at a pace, the big table open below it; keys are pressed meanwhile."""
    name = "unlimited" if rate is None else f"at {rate:g}/s"
    file = place / f"{name.replace('/', ' ')}.csv"
    number = pl.int_range(rows, eager=True).cast(pl.String)
    pl.DataFrame({"email": f"run{rows}-" + number + "@example.org"}).write_csv(file)
    options = PlanOptions(rate=None)
    plan = await make_plan("contacts.create", read_sheet(file), account, out=file.with_suffix(".plan"), options=options)
    app = Bench()
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(TableScreen(sheet))
        await pilot.pause()
        screen = RunScreen(Desk(account, place / name.replace("/", " "), rate=rate or NO_LIMIT), Agreed(plan))
        ended: list[object] = []
        app.push_screen(screen, ended.append)
        await until(lambda: screen._last is not None and screen._last.finished)
        begun = time.perf_counter()
        async with lag.during(f"a run {name}"):
            while not ended and time.perf_counter() - begun < SECONDS:
                await pilot.press("tab")
                await asyncio.sleep(0.2)
        done = screen._last.rows_per_second if screen._last is not None else 0
        print(f"a run {name}: {done:.0f} rows/s")
        screen.action_drain()
        async with lag.during(f"draining it and writing its {rows:,} rows out"):
            await until(lambda: ended)


async def big_file(lag: Lag, account: Account, place: Path) -> None:
    """A million rows through Load and Review."""
    path = place / "people.csv"
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        elsewhere.submit(write_people, path, ROWS, "email").result()
    base = resident()
    desk = Desk(account, place / "big", rate=NO_LIMIT)
    app = Bench()
    async with app.run_test(size=SIZE) as pilot:
        screen = LoadScreen(desk, path)
        async with lag.during("reading a million rows on Load, to their first picture"):
            app.push_screen(screen)
            await until(lambda: screen.is_mounted and screen.query("#go"))
            pane = screen.query_one("#preview", TablePane)
            await until(lambda: pane.table._rows)
        assert screen._sheet is not None
        sheet = screen._sheet
        loaded, frame = resident(), sheet.frame.estimated_size() / MIB
        async with lag.during("200 pages through it"):
            pane.table.focus()
            for _ in range(200):
                await pilot.press("pagedown")
        async with lag.during("searching all of it"):
            await pane.table.find("nowhere at all", wrap=True)
        print(f"the frame: {frame:.0f} MiB; after the read {loaded - base - frame:.0f} MiB are held beside it")
        print(f"200 pages and a search added {resident() - loaded:.0f} MiB")
        app.pop_screen()
        await pilot.pause()
        await big_plan(lag, app, pilot, desk, sheet)


async def big_plan(lag: Lag, app: Bench, pilot: Pilot[None], desk: Desk, sheet: Sheet) -> None:
    """Its plan, looked through, filtered and left."""
    mapping = Mapping(tuple(MappedColumn(name, name) for name in ("email", *KINDS) if name in wanted()))
    screen = ReviewScreen(desk, Mapped(sheet, find_job("contacts.upsert"), mapping, PlanOptions()))
    before = resident()
    async with lag.during("planning it on Review"):
        app.push_screen(screen)
        await until(lambda: screen.is_mounted and screen.query("#run"))
        await until(lambda: not screen.query_one("#run", Button).disabled and screen._browser is not None)
        table = screen.query_one(FrameTable)
        await until(lambda: table._rows)
    print(f"planning and the review added {resident() - before:.0f} MiB")
    async with lag.during("200 rows of the review, with their fields"):
        table.focus()
        for _ in range(200):
            await pilot.press("down")
        await pilot.press("G")
        await asyncio.sleep(0.5)
    async with lag.during("filtering it"):
        screen.query_one("#text", Input).value = "person999999"
        await until(lambda: table.row_count == 1)
    async with lag.during("leaving it"):
        await pilot.press("escape", "escape")
        await until(lambda: app.screen is not screen)
        await pilot.pause()


def wanted() -> set[str]:
    """The attributes that a fresh sandbox has, too."""
    return {"email", "firstname", "lastname", "address", "phonenumber", "birthdate", "city", "postalcode"}


async def main(which: str = "all") -> None:
    """Measure."""
    lag = Lag()
    settled()
    with folder() as place, sandbox() as account:
        if which in {"all", "big"}:
            await big_file(lag, account, place)
        if which in {"all", "runs"}:
            sheet = read_sheet(write_people(place / "table.csv", ROWS, "email"))
            await watch_run(lag, replace(account), place, sheet, 200.0, 8_000)
            await watch_run(lag, replace(account), place, sheet, None, 70_000)
    table("how late the app's loop is", lag.lines)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:2]))
