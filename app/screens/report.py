"""Report: what became of the rows of a run, the files that say so, and where to go from here.

The counts and the files are the engine's; nothing is sent from this screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Final

import polars as pl
from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, DataTable, Static

from app.cli.reporting import adds_columns
from app.cli.words import count, duration
from app.display import visible
from app.screens.cause import CauseScreen
from app.screens.stage import StageScreen
from app.stages import Desk, Next
from app.widgets.frame_table import FrameSource
from app.widgets.keyed_table import KeyedTable
from app.widgets.row_source import NumberedSource
from app.widgets.row_table import RowTable
from app.widgets.states import GLYPHS, CountsBar, counts_text, state_text
from app.widgets.table_pane import TablePane
from app.wording import in_app, told
from ops.errors import LeatopsError
from ops.outcomes import NEED_A_LOOK
from ops.report import Report, worst
from ops.runs import RunFolder
from ops.triage import Group
from ops.undo import can_undo

CARD: Final = "_card"
LABELS: Final[dict[Next, tuple[str, str]]] = {
    "resume": ("Resume", "Go on with the rows that have not ended"),
    "retry": ("Plan retry", "Read retry.csv, the refused rows as they came in, and plan it like any file"),
    "refused": ("Resend", "Send the refused steps again as they are"),
    "settle": ("Settle", "Read back the rows whose outcome nobody knows, and go on with what that settles"),
    "file": ("Another file", "Begin with another file"),
    "runs": ("Runs", "The runs of this home"),
    "undo": ("Undo", "Plan how to restore the values from before this run"),
    "quit": ("Quit", "Leave leatops"),
}
"""A button's label and tooltip; the first one that applies is the most sensible."""


class ReportScreen(StageScreen[Next]):
    """Takes a report; returns where the person goes from there."""

    stage = "Report"
    HELP = (
        "The run has ended. Every row of the file is in exactly one of the counts on top.\n"
        "The table says why rows need a look, the most frequent cause first; v or Enter there shows all rows of one.\n"
        "w turns to the first rows of any cause, and back.\n"
        "The files of the run lie below; results.csv holds every row and what became of it."
    )
    CSS_PATH = "report.tcss"
    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012 - as Textual annotates it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "cause", "Its rows", id="report.cause", tooltip="All rows of the chosen cause"),
        Binding("w", "turn", "Why/rows", id="report.turn", tooltip="From the causes to the rows themselves, and back"),
        Binding("r", "go('resume')", "Resume", id="report.resume", tooltip=LABELS["resume"][1]),
        Binding("p", "go('retry')", "Retry file", id="report.retry", tooltip=LABELS["retry"][1]),
        Binding("s", "go('refused')", "Resend refused", id="report.refused", show=False, tooltip=LABELS["refused"][1]),
        Binding("t", "go('settle')", "Settle", id="report.settle", tooltip=LABELS["settle"][1]),
        Binding("u", "go('undo')", "Undo", id="report.undo", tooltip=LABELS["undo"][1]),
        Binding("escape", "back", "Another file", id="stage.back", tooltip="Begin with another file"),
        Binding("c", "copy", "Copy path", id="report.copy", tooltip="Copy the full path of the chosen file"),
        Binding("o", "open", "Open", id="report.open", tooltip="Open the chosen file with the program it belongs to"),
        Binding("R", "go('runs')", "Earlier runs", id="report.runs", show=False, tooltip=LABELS["runs"][1]),
        Binding("q", "go('quit')", "Quit", id="report.quit", show=False, tooltip=LABELS["quit"][1]),
    ]

    class Looked(Message):
        """The rows that need a look were read."""

        def __init__(self, rows: pl.DataFrame) -> None:
            super().__init__()
            self.rows = rows

    class Failed(Message):
        """The run cannot be read any more."""

        def __init__(self, error: LeatopsError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk, report: Report) -> None:
        super().__init__(desk)
        self._report = report
        self._files = _files(report)
        self._ways = _ways(report)
        self._by_cause = bool(report.triage)
        self._rows: pl.DataFrame | None = None
        """Those that need a look, once they have been read."""

    def body(self) -> Iterable[Widget]:
        """Counts, rows, files, and the ways on."""
        report = self._report
        yield Vertical(
            Static(_title(report), id="title", markup=False),
            CountsBar(id="bar"),
            Static(counts_text(report.counts), id="counts", markup=False),
            TablePane(table=RowTable(), id="causes"),
            TablePane(id="rows"),
            KeyedTable(cursor_type="row", show_header=False, id="files"),
            Static(id="path", markup=False),
            Horizontal(
                *(Button(LABELS[way][0], id=way, compact=True, tooltip=LABELS[way][1]) for way in self._ways),
                id="ways",
            ),
            id="outcome",
        )

    def on_mount(self) -> None:
        """Show what is known, and read the rows."""
        self.query_one(CountsBar).counts = self._report.counts
        files = self.query_one("#files", KeyedTable)
        files.border_title = "Files"
        files.add_columns("File", "What it holds")
        for path, words in self._files:
            files.add_row(Text(path.name, style="bold"), Text(words))
        self.query_one("#rows").border_title = "Rows that need a look"
        if self._by_cause:
            self._show_causes()
        self._show_side()
        first = self.query_one(f"#{self._ways[0]}", Button)
        first.variant = "primary"
        first.focus()
        if self._troubled:
            self._look()

    @work(thread=True, exclusive=True)
    def _look(self) -> None:
        try:
            found = worst(RunFolder(self._report.folder))
        except LeatopsError as error:
            self.post_message(self.Failed(error))
            return
        schema = {"row": pl.String, "status": pl.String, "message": pl.String}
        rows = pl.DataFrame(found, schema=schema).with_columns(
            pl.format("{} {}", pl.col("status").replace(GLYPHS), "status").alias("status")
        )
        self.post_message(self.Looked(_with_cards(self._report, rows)))

    @property
    def _troubled(self) -> int:
        """How many rows need a look."""
        report = self._report
        return sum(report.counts[state] for state in NEED_A_LOOK) + report.mismatch + report.unread

    @on(Looked)
    def _show_rows(self, message: Looked) -> None:
        self._rows, total = message.rows, self._troubled
        table = self.query_one("#rows", TablePane)
        table.set_source(NumberedSource(message.rows))
        more = "" if message.rows.height >= total else f"the first {message.rows.height:,} of "
        table.border_title = f"Rows that need a look: {more}{total:,}"
        self.refresh_bindings()

    def _show_causes(self) -> None:
        groups = self._report.triage
        table = self.query_one("#causes", TablePane)
        table.set_source(FrameSource(_causes(groups), label=lambda index: f"{groups[index].count:,}"))
        table.border_title = f"Why rows need a look: {count(self._troubled, 'row')}, {count(len(groups), 'cause')}"
        table.border_subtitle = "v shows all rows of a cause"

    def _show_side(self) -> None:
        """The causes or the rows, if there are any; the focus goes along."""
        causes, rows = (self.query_one(name, TablePane) for name in ("#causes", "#rows"))
        shown, other = (causes, rows) if self._by_cause else (rows, causes)
        had_focus = other.has_focus_within
        causes.display = self._by_cause
        rows.display = not self._by_cause and self._troubled > 0
        if had_focus:
            shown.table.focus()
        self.refresh_bindings()

    def action_turn(self) -> None:
        """From the causes to the rows, and back."""
        if self._rows is not None:
            self._by_cause = not self._by_cause
            self._show_side()

    @on(RowTable.RowSelected)
    def action_cause(self) -> None:
        """Into the chosen cause."""
        groups, chosen = self._report.triage, self.query_one("#causes", TablePane).table.cursor.row
        if self._by_cause and self.is_active:
            self.app.push_screen(CauseScreen(self.desk, self._report, groups[chosen]))

    @on(Failed)
    def _tell(self, message: Failed) -> None:
        self.query_one("#rows").border_title = "Rows that need a look: they cannot be read"
        self.notify(told(message.error), severity="error", markup=False)

    @property
    def _chosen(self) -> Path:
        """The file the cursor is on."""
        return self._files[self.query_one("#files", KeyedTable).cursor_row][0]

    @on(DataTable.RowHighlighted, "#files")
    def _show_path(self) -> None:
        self.query_one("#path", Static).update(Text(visible(str(self._chosen)), style="dim"))

    @on(DataTable.RowSelected, "#files")
    def action_open(self) -> None:
        """Open the chosen file with what the machine opens it with."""
        self.app.open_url(self._chosen.resolve().as_uri())

    def action_copy(self) -> None:
        """Copy the path of the chosen file."""
        path = str(self._chosen)
        self.app.copy_to_clipboard(path)
        self.notify(visible(path), title="Copied the path", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A way that leads nowhere is not offered."""
        if action == "cause":
            return bool(self._report.triage) and (self._by_cause or None)
        if action == "turn":
            return bool(self._report.triage) and self._rows is not None
        if action == "go":
            return parameters[0] in self._ways
        return super().check_action(action, parameters)

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        if event.button.id is not None:
            self.action_go(event.button.id)

    def action_go(self, way: str) -> None:
        """Go one of the ways."""
        for known in self._ways:
            if known == way:
                self.dismiss(known)

    def action_back(self) -> None:
        """On to another file."""
        self.dismiss("file")


def _causes(groups: Sequence[Group]) -> pl.DataFrame:
    """The causes as a table, one line a group."""
    lines = [
        {
            "where": group.blame.words,
            "why": group.told(),
            "next": in_app(group.advice),
            "such as": f"row {group.row}: {group.message}",
        }
        for group in groups
    ]
    return pl.DataFrame(lines, schema=dict.fromkeys(("where", "why", "next", "such as"), pl.String))


def _with_cards(report: Report, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the gift cards that some of them have."""
    results = pl.scan_csv(report.files.results, infer_schema=False, glob=False)
    try:
        if CARD not in results.collect_schema().names():
            return rows
        cards = results.select(pl.col("_row").alias("row"), pl.col(CARD).alias("card"))
        joined = rows.lazy().join(cards, on="row", how="left", maintain_order="left").collect()
        return joined if joined["card"].count() else rows
    except (OSError, pl.exceptions.PolarsError):
        return rows


def _title(report: Report) -> Text:
    work = f"{count(report.requests, 'request')}, {report.retries:,} tried again, {duration(report.seconds)}"
    text = Text.assemble((visible(report.run), "bold"), "  ", state_text(report.state))
    text.append(f"\n{count(report.rows, 'row')}, {work}", style="dim")
    if report.unwritten:
        told = f"\nThe files of this run could not be written: {visible(report.unwritten)}"
        text.append(told, style="bold red")
    if report.why and report.state == "stopped":
        text.append(f"\nStopped: {visible(report.why)}")
    if report.looks:
        unread = f", {report.unread:,} could not be read" if report.unread else ""
        text.append(f"\nRead back: {report.verified:,} as written, {report.mismatch:,} otherwise{unread}")
    return text


def _files(report: Report) -> list[tuple[Path, str]]:
    """The files worth a look, with what they hold."""
    files = report.files
    enriched = "your file with the columns that were added, and what became of every row"
    found = [
        (files.results, enriched if adds_columns(report.job) else "every row and what became of it"),
        (files.report, "the same on a page"),
        (files.summary, "the same for scripts"),
    ]
    if report.has_retry:
        found.append((files.retry, "the refused rows, to be mended and planned again"))
    if report.counts["unknown"]:
        found.append((files.unknown, "the rows whose outcome nobody knows"))
    if files.receipt is not None:
        found.append((files.receipt, "what can be shown of each erasure, without the person"))
    if files.codes.exists():
        found.append((files.codes, "the codes of the new cards: whoever has one has the money"))
    return found


def _ways(report: Report) -> list[Next]:
    """Where a person can go, the most sensible way first."""
    apply: dict[Next, bool] = {
        "resume": report.state == "stopped",
        "retry": report.has_retry,
        "refused": report.resends > 0,
        "settle": report.counts["unknown"] > 0,
        "undo": can_undo(report.job, report.counts),
    }
    return [way for way in LABELS if apply.get(way, True)]
