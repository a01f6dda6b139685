"""Cause: all rows of a run that did not go well for one reason.

Which rows these are is the engine's to say; they are read in a thread, a window of the run at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import polars as pl
from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from app.cli.words import count
from app.display import visible
from app.screens.stage import StageScreen
from app.stages import Desk
from app.widgets.row_source import NumberedSource
from app.widgets.states import GLYPHS
from app.widgets.table_pane import TablePane
from app.wording import in_app, told
from ops.errors import LeatopsError
from ops.jobs.base import State
from ops.report import Report, rows_of
from ops.triage import Group


class CauseScreen(StageScreen[None]):
    """Takes a report and one of its causes; returns nothing."""

    stage = "Report"
    HELP = (
        "All rows of one cause, each under its number in the file, with what is said of it.\n"
        "steps says what was done of a row, and what was not. Nothing is sent from here; Esc goes back to the report."
    )
    CSS_PATH = "cause.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Report", id="stage.back", tooltip="Back to the report"),
        Binding("slash", "search", "Search", id="cause.search", key_display="/", tooltip="Look for a text in any cell"),
    ]

    class Found(Message):
        """So many rows of the run were looked at; these are more of the cause."""

        def __init__(self, rows: pl.DataFrame, looked: int) -> None:
            super().__init__()
            self.rows = rows
            self.looked = looked

    class Failed(Message):
        """The run cannot be read any more."""

        def __init__(self, error: LeatopsError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk, report: Report, group: Group) -> None:
        super().__init__(desk)
        self._report = report
        self._group = group
        self._source: NumberedSource | None = None

    def body(self) -> Iterable[Widget]:
        """The cause, what to do about it, its rows."""
        group = self._group
        yield Vertical(
            Static(Text.assemble((visible(group.told()), "bold"), f"  {group.blame.words}"), id="why", markup=False),
            Static(Text(in_app(group.advice)), id="next", markup=False),
            TablePane(id="rows"),
            id="cause",
        )

    def on_mount(self) -> None:
        """Begin to read."""
        pane = self.query_one(TablePane)
        pane.border_title = f"{count(self._group.count, 'row')}, reading…"
        pane.table.focus()
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        worker = get_current_worker()
        try:
            for looked, rows in rows_of(self._report, self._group):
                if worker.is_cancelled:
                    return
                self.post_message(self.Found(self._drawn(rows), looked))
        except LeatopsError as error:
            self.post_message(self.Failed(error))

    def _drawn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as the table has them."""
        status = pl.format("{} {}", pl.col("status").replace(GLYPHS), "status").alias("status")
        left_out = () if self._group.status == State.UNKNOWN else ("since",)
        return rows.with_columns(status).drop(left_out)

    @on(Found)
    def _show(self, message: Found) -> None:
        pane = self.query_one(TablePane)
        if self._source is not None:
            self._source.add(message.rows)
            pane.table.reload()
        elif message.rows.height or message.looked >= self._report.rows:
            self._source = NumberedSource(message.rows)
            pane.set_source(self._source)
        found = 0 if self._source is None else self._source.height
        if message.looked < self._report.rows:
            so_far = f"{message.looked:,} of {count(self._report.rows, 'row')} looked at"
            pane.border_title = f"{found:,} of {count(self._group.count, 'row')}, {so_far}"
        else:
            pane.border_title = count(found, "row")

    @on(Failed)
    def _tell(self, message: Failed) -> None:
        self.query_one(TablePane).border_title = "The rows cannot be read"
        self.notify(told(message.error), severity="error", markup=False)

    def action_search(self) -> None:
        """Look for a text in the rows."""
        self.query_one(TablePane).action_search()
