"""Earlier runs: every run of the home, the latest first, and how each stands.

How a run stands is read by the engine, in a thread; nothing is written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import DataTable, Input, Static
from textual.worker import get_current_worker

from app.cli.words import count
from app.display import visible
from app.screens.stage import StageScreen
from app.stages import Chosen, Desk
from app.widgets.keyed_table import KeyedTable
from app.widgets.plain_input import PlainInput
from app.widgets.states import counts_text, state_text
from app.wording import in_app
from ops.report import Standing, standing
from ops.undo import can_undo

MOST = 2_000
"""So many runs are listed."""
TELL_EVERY = 0.1
"""Seconds between two lots of runs."""
TYPING = 0.15
"""Seconds between two letters of somebody who has not finished typing."""
STATE_WORDS = {"running": "running elsewhere"}


class RunsScreen(StageScreen[Chosen]):
    """Returns the run that was picked."""

    stage = "Load"
    HELP = (
        "The runs of this home, the latest first. Enter shows a run's report, from which it can be gone on with.\n"
        "A run that another process works on is running elsewhere; it can be looked at, but not gone on with.\n"
        "Type / to see only the runs that hold a text in any column; Esc shows all of them again."
    )
    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u", "undo", "Undo", id="runs.undo", tooltip="Plan how to restore the values from before the chosen run"
        ),
        Binding("slash", "filter", "Filter", id="runs.filter", key_display="/", tooltip="Runs that hold a text"),
        Binding("f5", "look", "Look again", id="runs.look", tooltip="See again how every run stands"),
    ]

    class Found(Message):
        """How some more runs stand."""

        def __init__(self, runs: tuple[Standing, ...], total: int, *, last: bool) -> None:
            super().__init__()
            self.runs = runs
            self.total = total
            self.last = last

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._runs: list[Standing] = []
        self._shown: list[Standing] = []
        """Those that hold the text that is looked for, in the order of the list."""
        self._total: int | None = None
        """How many runs there are, once that is known."""
        self._looking = True

    def body(self) -> Iterable[Widget]:
        """The list, and the chosen run in full below it."""
        yield Vertical(
            Horizontal(
                Static("Looking at the runs…", id="how-many", markup=False),
                PlainInput(placeholder="/ runs that hold this text", compact=True, id="text"),
                id="head",
            ),
            KeyedTable(cursor_type="row", id="runs"),
            Static(id="one", markup=False),
            id="earlier",
        )

    def on_mount(self) -> None:
        """Begin to look."""
        table = self.query_one("#runs", KeyedTable)
        table.add_columns("Started", "State", "Run", "Counts", "Job", "File")
        table.focus()
        self.action_look()

    def action_look(self) -> None:
        """See how every run stands."""
        self._runs = []
        self._looking = True
        self._list()
        self._look()

    @work(thread=True, exclusive=True, group="look")
    def _look(self) -> None:
        worker = get_current_worker()
        folders = self.desk.runs.all()
        found: list[Standing] = []
        told = time.monotonic()
        for folder in folders[:MOST]:
            if worker.is_cancelled:
                return
            found.append(standing(folder))
            if time.monotonic() - told >= TELL_EVERY:
                self.post_message(self.Found(tuple(found), len(folders), last=False))
                found, told = [], time.monotonic()
        if not worker.is_cancelled:
            self.post_message(self.Found(tuple(found), len(folders), last=True))

    @on(Found)
    def _show(self, message: Found) -> None:
        self._runs.extend(message.runs)
        self._total, self._looking = message.total, not message.last
        self._add(message.runs)

    def _list(self) -> None:
        """Begin the list anew."""
        self._shown = []
        self.query_one("#runs", KeyedTable).clear()
        self.query_one("#one", Static).update("")
        self._add(self._runs)

    def _add(self, runs: Iterable[Standing]) -> None:
        """More of the list, as far as they hold the text that is looked for."""
        table, needle = self.query_one("#runs", KeyedTable), self._needle
        for run in runs:
            cells = _cells(run)
            if any(needle in cell.plain.casefold() for cell in cells):
                table.add_row(*cells)
                self._shown.append(run)
        self.query_one("#how-many", Static).update(self._how_many())
        self.query_one("#text").display = self._total != 0
        self.refresh_bindings()

    def _how_many(self) -> str:
        if self._total is None:
            return "Looking at the runs…"
        if not self._total:
            return f"No runs yet in {visible(str(self.desk.home))}."
        part = f"{len(self._shown):,} of " if len(self._shown) != self._total else ""
        return f"{part}{count(self._total, 'run')}{', looking…' if self._looking else ''}"

    @property
    def _needle(self) -> str:
        """What is looked for, in any case of letters."""
        return self.query_one("#text", PlainInput).value.casefold()

    @on(Input.Changed, "#text")
    @work(exclusive=True, group="filter")
    async def _filter(self) -> None:
        await asyncio.sleep(TYPING)
        self._list()

    @on(Input.Submitted, "#text")
    def _to_runs(self) -> None:
        self.query_one("#runs", KeyedTable).focus()

    def action_filter(self) -> None:
        """Type a text to look for."""
        self.query_one("#text", PlainInput).focus()

    def action_back(self) -> None:
        """Out of the filter first; then back to where one came from."""
        text = self.query_one("#text", PlainInput)
        if not text.value and self.focused is not text:
            super().action_back()
            return
        text.value = ""
        self._to_runs()

    @on(DataTable.RowHighlighted)
    def _tell(self, event: DataTable.RowHighlighted) -> None:
        if not 0 <= event.cursor_row < len(self._shown):
            return
        run = self._shown[event.cursor_row]
        about = Text(visible(run.folder.id), style="bold")
        if run.state == "running":
            self.notify("It is running in another process; its report is there when it ends.", markup=False)
        elif run.state == "damaged":
            about.append(f"\n{in_app(run.advice)}", style="red")
        else:
            about.append(f"  {visible(run.job)}, {count(run.rows, 'row')} of {visible(run.source)}\n", style="not bold")
            about.append_text(counts_text(run.counts))
        self.query_one("#one", Static).update(about)
        self.refresh_bindings()

    @property
    def _chosen(self) -> Standing | None:
        """The run the cursor is on."""
        row = self.query_one("#runs", KeyedTable).cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has no undo, or is going on, offers none; nor is there anything to filter where no run is."""
        if action == "filter":
            return None if self._total == 0 else True
        if action == "undo" and self.is_mounted:
            run = self._chosen
            whole = run is not None and run.state in {"stopped", "finished"} and can_undo(run.job, run.counts)
            return True if whole else None
        return super().check_action(action, parameters)

    def action_undo(self) -> None:
        """On to the plan that undoes the chosen run."""
        if (run := self._chosen) is not None:
            self.dismiss(Chosen(run.folder, undo=True))

    @on(DataTable.RowSelected)
    def _choose(self, event: DataTable.RowSelected) -> None:
        run = self._shown[event.cursor_row]
        if run.state == "running":
            self.notify("It is running in another process; its report is there when it ends.", markup=False)
        elif run.state == "damaged":
            self.notify(in_app(run.advice), title="This run cannot be read", severity="error", markup=False)
        else:
            self.dismiss(Chosen(run.folder))


def _cells(run: Standing) -> tuple[Text, ...]:
    """A run as a line of the list."""
    started = datetime.fromtimestamp(run.folder.started, UTC).astimezone()
    return (
        Text(f"{started:%Y-%m-%d %H:%M}"),
        state_text(run.state, STATE_WORDS.get(run.state)),
        Text(visible(run.folder.id)),
        counts_text(run.counts) if run.counts else Text(in_app(run.advice), style="red"),
        Text(visible(run.job)),
        Text(visible(run.source)),
    )
