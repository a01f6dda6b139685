"""Earlier runs: every run of the home, the latest first, and how each stands.

How a run stands is read by the engine, in a thread; nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import DataTable, Static
from textual.worker import get_current_worker

from app.cli.words import count
from app.display import visible
from app.screens.stage import StageScreen
from app.stages import Chosen, Desk
from app.widgets.keyed_table import KeyedTable
from app.widgets.states import counts_text, state_text
from ops.report import Standing, standing
from ops.undo import can_undo

MOST = 2_000
"""So many runs are listed."""
TELL_EVERY = 0.1
"""Seconds between two lots of runs."""
STATE_WORDS = {"running": "running elsewhere"}


class RunsScreen(StageScreen[Chosen]):
    """Returns the run that was picked."""

    stage = "Load"
    HELP = (
        "The runs of this home, the latest first. Enter shows a run's report, from which it can be gone on with.\n"
        "A run that another process works on is running elsewhere; it can be looked at, but not gone on with."
    )
    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u", "undo", "Undo", id="runs.undo", tooltip="Plan how to restore the values from before the chosen run"
        ),
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

    def body(self) -> Iterable[Widget]:
        """The list, and the chosen run in full below it."""
        yield Vertical(
            Static("Looking at the runs…", id="how-many", markup=False),
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
        self.query_one("#runs", KeyedTable).clear()
        self.query_one("#one", Static).update("")
        self._look()

    @work(thread=True, exclusive=True)
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
        table = self.query_one("#runs", KeyedTable)
        for run in message.runs:
            started = datetime.fromtimestamp(run.folder.started, UTC).astimezone()
            table.add_row(
                Text(f"{started:%Y-%m-%d %H:%M}"),
                state_text(run.state, STATE_WORDS.get(run.state)),
                Text(visible(run.folder.id)),
                counts_text(run.counts) if run.counts else Text(visible(run.message), style="red"),
                Text(visible(run.job)),
                Text(visible(run.source)),
            )
        self._runs.extend(message.runs)
        listed = len(self._runs)
        many = (
            count(message.total, "run") if listed == message.total else f"{listed:,} of {count(message.total, 'run')}"
        )
        nothing = f"No runs yet in {visible(str(self.desk.home))}."
        going = "" if message.last else ", looking…"
        self.query_one("#how-many", Static).update(f"{many}{going}" if message.total else nothing)

    @on(DataTable.RowHighlighted)
    def _tell(self, event: DataTable.RowHighlighted) -> None:
        if not 0 <= event.cursor_row < len(self._runs):
            return
        run = self._runs[event.cursor_row]
        about = Text(visible(run.folder.id), style="bold")
        if run.state == "running":
            self.notify("It is running in another process; its report is there when it ends.", markup=False)
        elif run.state == "damaged":
            about.append(f"\n{visible(run.message)}", style="red")
        else:
            about.append(f"  {visible(run.job)}, {count(run.rows, 'row')} of {visible(run.source)}\n", style="not bold")
            about.append_text(counts_text(run.counts))
        self.query_one("#one", Static).update(about)
        self.refresh_bindings()

    @property
    def _chosen(self) -> Standing | None:
        """The run the cursor is on."""
        row = self.query_one("#runs", KeyedTable).cursor_row
        return self._runs[row] if 0 <= row < len(self._runs) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has no undo, or is going on, offers none."""
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
        run = self._runs[event.cursor_row]
        if run.state == "running":
            self.notify("It is running in another process; its report is there when it ends.", markup=False)
        elif run.state == "damaged":
            self.notify(visible(run.message), title="This run cannot be read", severity="error", markup=False)
        else:
            self.dismiss(Chosen(run.folder))
