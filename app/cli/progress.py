"""Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere.

Knows tallies and reads; what they are of is said by whoever watches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from app.cli.output import Output
from app.cli.words import count, duration
from app.display import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ops.run import Tally

TELL_EVERY: Final = 5.0
"""Seconds between plain lines."""


class Watch:
    """One piece of work to watch, from entering to leaving.

    Args:
        out: Where to draw or say it.
        title: What is going on.
        clock: Monotonic seconds.
    """

    def __init__(self, out: Output, title: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._title = title
        self._clock = clock
        self._told = clock()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        if self._out.is_live:
            progress = _bar(self._out)
            progress.start()
            self._bar = (progress, progress.add_task(visible(self._title), total=None, news=""))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def reads(self, done: int, total: int) -> None:
        """So many reads of a known number were made."""
        self._show(done, total, f"{done:,} of {count(total, 'read')}")

    def tally(self, tally: Tally) -> None:
        """A run at one moment."""
        self._show(tally.rows - tally.left, tally.rows, in_words(tally))

    def _show(self, done: int, total: int, news: str) -> None:
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, total=total, news=visible(news), refresh=True)
        elif not self._out.is_live and self._clock() - self._told >= TELL_EVERY:
            self._told = self._clock()
            self._out.say(f"{self._title}: {news}")


def in_words(tally: Tally) -> str:
    """`118 done, 2 refused, 0 unknown, 180 left · 4.9 rows/s · 37 s left · slow: …`."""
    counts = {state.value: number for state, number in tally.counts.items()}
    parts = [
        f"{counts['done']:,} done, {counts['refused']:,} refused, {counts['unknown']:,} unknown, {tally.left:,} left"
    ]
    if tally.finished:
        parts.append(f"{tally.rows_per_second:.1f} rows/s")
    if tally.left and tally.seconds_left is not None:
        parts.append(f"{duration(tally.seconds_left)} left")
    if tally.pace.why:
        wait = f", paused for {duration(tally.pace.paused_for)}" if tally.pace.paused_for >= 1 else ""
        parts.append(f"slow: {tally.pace.why}{wait}")
    return " · ".join(parts)


def _bar(out: Output) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - only terminals need it
    from rich.table import Column  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[news]}", markup=False, table_column=Column(ratio=1)),
        console=out.console,
        auto_refresh=False,
        transient=True,
        expand=True,
    )
