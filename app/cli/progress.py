"""Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere.

Knows tallies and reads; what they are of is said by whoever watches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from app.cli.output import Output
from app.cli.words import count, duration
from app.display import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from ops.tally import Tally

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
        self._live: Live | None = None
        self._aside = False

    def __enter__(self) -> Self:
        if self._out.is_live:
            from rich.live import Live  # noqa: PLC0415 - only terminals need it

            self._live = Live(console=self._out.console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Say and draw nothing while somebody is asked."""
        self._aside = True
        if self._live is not None:
            self._live.stop()
        try:
            yield
        finally:
            self._aside = False
            if self._live is not None:
                self._live.start()

    def reads(self, done: int, total: int) -> None:
        """So many reads of a known number were made."""
        self._show(done, total, [f"{done:,} of {count(total, 'read')}"])

    def tally(self, tally: Tally) -> None:
        """A run at one moment."""
        if tally.to_look:
            self._show(tally.looked, tally.to_look, [f"{tally.looked:,} of {count(tally.to_look, 'row')} read back"])
            return
        self._show(tally.rows - tally.left, tally.rows, in_words(tally))

    def _show(self, done: int, total: int, news: list[str]) -> None:
        if self._aside:
            return
        if self._live is not None:
            self._live.update(_drawn(self._title, done, total, news), refresh=True)
        elif not self._out.is_live and self._clock() - self._told >= TELL_EVERY:
            self._told = self._clock()
            self._out.say(f"{self._title}: {' · '.join(news)}")


def in_words(tally: Tally) -> list[str]:
    """`118 done, 2 refused, 0 unknown, 180 left`, then the speed, the time left, and why it is slow."""
    counts = {state.value: number for state, number in tally.counts.items()}
    parts = [
        f"{counts['done']:,} done, {counts['refused']:,} refused, {counts['unknown']:,} unknown, {tally.left:,} left"
    ]
    if tally.waiting:
        parts.append(f"{tally.waiting:,} accepted, waiting for the server")
    if tally.finished:
        parts.append(f"{tally.rows_per_second:.1f} rows/s")
    if tally.left and tally.seconds_left is not None:
        parts.append(f"{duration(tally.seconds_left)} left")
    if tally.pace.why:
        wait = f", paused for {duration(tally.pace.paused_for)}" if tally.pace.paused_for >= 1 else ""
        parts.append(f"slow: {tally.pace.why}{wait}")
    return parts


def _drawn(title: str, done: int, total: int, news: list[str]) -> RenderableType:
    """A bar and, below it, the news; nothing as wide as the screen, or an echoed ^C would shift it."""
    from rich.console import Group  # noqa: PLC0415 - only terminals need it
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    line = Table.grid(padding=(0, 1))
    line.add_row(
        Text(visible(title)), ProgressBar(total=max(1, total), completed=done, width=24), Text(f"{done:,} of {total:,}")
    )
    return Group(line, Text("  " + visible(" · ".join(news))))
