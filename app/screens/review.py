"""Review: what a plan would do with each row, field by field, and the person's word on it.

Plans in a worker; how a plan is made stands in the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

import polars as pl
from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, ProgressBar, Select, Static

from app.changes import change_lines
from app.cli.words import STYLES, count, duration
from app.display import visible
from app.screens.confirm import ConfirmScreen, first_notes
from app.screens.stage import StageScreen
from app.stages import Agreed, Desk, Mapped, Undo
from app.widgets.cell_screen import CellScreen
from app.widgets.frame_table import FrameSource, FrameTable
from app.widgets.plain_input import PlainInput
from app.wording import told
from ops.browse import Browser, RowDetail
from ops.draft import PlanOptions
from ops.errors import LeatopsError
from ops.plan import Plan
from ops.planner import default_out, make_plan
from ops.undo import make_undo

EVERY = "every row"
TYPING = 0.15
"""Seconds between two letters of somebody who has not finished typing."""
PASSING = 0.05
"""Seconds that the cursor stays on a row somebody wants to see."""
PROBLEMS_SHOWN = 30
MOST_NAME = 16
"""Cells that the names of fields are given, so that the values stand below each other."""


class ReviewScreen(StageScreen[Agreed]):
    """Takes what a plan is made from, a file or a run to be undone; returns the plan the person has said yes to."""

    stage = "Review"
    CSS_PATH = "review.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012 - as Textual annotates it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "Run it", id="review.run", tooltip="Do what the plan says, after a last question"),
        Binding("slash", "filter", "Filter", id="review.filter", key_display="/", tooltip="Rows that hold a text"),
        Binding("v", "verb", "Next verb", id="review.verb", show=False, tooltip="The rows of one verb after the other"),
        Binding(
            "w", "warnings", "Problems", id="review.problems", tooltip="What is wrong with rows, and what looks odd"
        ),
    ]

    class Planned(Message):
        """The plan is there."""

        def __init__(self, browser: Browser) -> None:
            super().__init__()
            self.browser = browser

    class Reading(Message):
        """So many of the account's reads are done."""

        def __init__(self, done: int, total: int) -> None:
            super().__init__()
            self.done = done
            self.total = total

    class Failed(Message):
        """There will be no plan."""

        def __init__(self, error: LeatopsError) -> None:
            super().__init__()
            self.error = error

    class Detailed(Message):
        """A row was looked up."""

        def __init__(self, detail: RowDetail) -> None:
            super().__init__()
            self.detail = detail

    class Found(Message):
        """A filter's rows are known."""

        def __init__(self, index: pl.Series | None) -> None:
            super().__init__()
            self.index = index

    def __init__(self, desk: Desk, what: Mapped | Undo) -> None:
        super().__init__(desk)
        self._what = what
        self._browser: Browser | None = None
        self._index: pl.Series | None = None
        self._problems_shown = False

    def body(self) -> Iterable[Widget]:
        """A bar while the account is read; then the counts, the rows and one row's fields."""
        yield Vertical(
            Static("Reading the account. Nothing is written.", id="reading-what", markup=False),
            ProgressBar(id="reading-bar", show_eta=False),
            id="reading",
        )
        yield Vertical(
            Static(id="sums", markup=False),
            Horizontal(
                Select[str]([(EVERY, EVERY)], value=EVERY, allow_blank=False, compact=True, id="verbs"),
                PlainInput(placeholder="rows that hold this text", compact=True, id="text"),
                Button("Run", variant="primary", compact=True, id="run", disabled=True),
                id="choice",
            ),
            Horizontal(
                FrameTable(id="rows"), VerticalScroll(Static(id="detail", markup=False), id="detail-pane"), id="plan"
            ),
            id="planned",
        )

    def on_mount(self) -> None:
        """Begin to plan."""
        self.query_one("#planned").display = False
        self._plan()

    @work(exclusive=True)
    async def _plan(self) -> None:
        try:
            plan = await self._made()
        except LeatopsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Planned(await asyncio.to_thread(Browser.open, plan)))

    async def _made(self) -> Plan:
        """The plan, saved in the home."""

        def progress(done: int, total: int) -> None:
            self.post_message(self.Reading(done, total))

        what, desk = self._what, self.desk
        given = PlanOptions() if isinstance(what, Undo) else what.options
        options = replace(given, rate=desk.rate, home=desk.home, progress=progress)
        if isinstance(what, Undo):
            return await make_undo(what.folder, desk.account, options=options)
        out = default_out(what.job, what.sheet, desk.home)
        return await make_plan(what.job, what.sheet, desk.account, out=out, mapping=what.mapping, options=options)

    @on(Reading)
    def _show_reading(self, message: Reading) -> None:
        bar = self.query_one("#reading-bar", ProgressBar)
        bar.update(total=message.total, progress=message.done)
        what = f"Reading the account: {message.done:,} of {count(message.total, 'read')}. Nothing is written."
        self.query_one("#reading-what", Static).update(what)

    @on(Failed)
    def _show_failure(self, message: Failed) -> None:
        self.query_one("#reading-bar").display = False
        behind = "report" if isinstance(self._what, Undo) else "mapping"
        self.query_one("#reading-what", Static).update(
            Text.assemble(
                ("No plan: ", "bold"),
                told(message.error),
                f"\n\nNothing was written. Esc goes back to the {behind}.",
            )
        )

    @on(Planned)
    def _show_plan(self, message: Planned) -> None:
        self._browser = message.browser
        plan = message.browser.plan
        self.query_one("#reading").display = False
        self.query_one("#planned").display = True
        self.query_one("#sums", Static).update(_sums(plan))
        verbs = [(f"{verb}: {rows:,}", verb) for verb, rows in plan.counts.items() if rows]
        self.query_one("#verbs", Select).set_options([(EVERY, EVERY), *verbs])
        button = self.query_one("#run", Button)
        button.label = f"Run {count(plan.acting, 'row')}" if plan.acting else "Nothing to do"
        button.disabled = plan.acting == 0
        table = self.query_one(FrameTable)
        table.border_title = count(plan.meta.rows, "row")
        table.set_source(_source(message.browser))
        self.refresh_bindings()
        (button if plan.acting else table).focus()

    @on(Select.Changed, "#verbs")
    @on(Input.Changed, "#text")
    def _choose(self) -> None:
        if self._browser is not None:
            verb = str(self.query_one("#verbs", Select).value)
            self._find(self._browser, None if verb == EVERY else verb, self.query_one("#text", Input).value)

    @work(exclusive=True, group="find")
    async def _find(self, browser: Browser, verb: str | None, text: str) -> None:
        await asyncio.sleep(TYPING)
        self.post_message(self.Found(await asyncio.to_thread(browser.find, verb, text)))

    @on(Found)
    def _show_found(self, message: Found) -> None:
        if self._browser is None:
            return
        self._index = message.index
        self.query_one(FrameTable).set_source(_source(self._browser, message.index))
        rows = self._browser.table.height if message.index is None else message.index.len()
        self.query_one("#rows").border_title = f"{rows:,} of {count(self._browser.table.height, 'row')}"
        if not rows:
            self.workers.cancel_group(self, "detail")
            self.query_one("#detail", Static).update("No row fits.")

    @on(FrameTable.RowHighlighted)
    def _follow(self, message: FrameTable.RowHighlighted) -> None:
        self._look_up(message.row_index)

    @work(exclusive=True, group="detail")
    async def _look_up(self, line: int) -> None:
        await asyncio.sleep(PASSING)
        browser, index = self._browser, self._index
        height = 0 if browser is None else browser.table.height if index is None else index.len()
        if browser is not None and line < height:
            position = line if index is None else int(index[line])
            self.post_message(self.Detailed(await asyncio.to_thread(browser.detail, position)))

    @on(FrameTable.CellSelected)
    def _open_cell(self, message: FrameTable.CellSelected) -> None:
        table = message.table
        if table.source is not None:
            column, row = table.source.columns[message.column], table.label(message.row)
            self.app.push_screen(CellScreen(message.text, column=column, row=row))

    @on(Detailed)
    def _show_detail(self, message: Detailed) -> None:
        self._problems_shown = False
        self.query_one("#detail-pane").border_title = "The row, before and after"
        self.query_one("#detail", Static).update(_detail(message.detail))

    def action_back(self) -> None:
        """Out of the problems or the filter first; then back to the mapping."""
        if self._problems_shown:
            self._problems_shown = False
            self._look_up(self.query_one(FrameTable).cursor.row)
            return
        text = self.query_one("#text", Input)
        if not text.value and self.focused is not text:
            super().action_back()
            return
        text.value = ""
        self.query_one(FrameTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is dim."""
        if action == "run":
            return True if self._browser is not None and self._browser.plan.acting else None
        if action in {"filter", "verb", "warnings"}:
            return None if self._browser is None else True
        return super().check_action(action, parameters)

    @on(Input.Submitted, "#text")
    def _to_rows(self) -> None:
        self.query_one(FrameTable).focus()

    def action_filter(self) -> None:
        """Type a text to look for."""
        self.query_one("#text", Input).focus()

    def action_verb(self) -> None:
        """The rows of the next verb."""
        if self._browser is not None:
            verbs = [EVERY, *(verb for verb, rows in self._browser.plan.counts.items() if rows)]
            select = self.query_one("#verbs", Select)
            select.value = verbs[(verbs.index(str(select.value)) + 1) % len(verbs)]

    def action_warnings(self) -> None:
        """Show what is wrong, and what looks odd, in place of a row's fields."""
        if self._browser is not None:
            self.workers.cancel_group(self, "detail")
            self._problems_shown = True
            self.query_one("#detail-pane").border_title = "Problems"
            self.query_one("#detail", Static).update(_problems(self._browser.plan))

    @on(Button.Pressed, "#run")
    def _press(self) -> None:
        self.action_run()

    @work
    async def action_run(self) -> None:
        """Ask for the person's word, and go on with it."""
        if self._browser is None or self._browser.plan.acting == 0 or not self.is_active:
            return
        agreed = await self.app.push_screen_wait(ConfirmScreen(self._browser.plan, local=self.desk.is_local))
        if agreed is not None:
            self.dismiss(agreed)


def _source(browser: Browser, index: pl.Series | None = None) -> FrameSource:
    """The rows as the table shows them; their numbers are the file's."""
    return FrameSource(browser.table.drop("row"), index)


def _sums(plan: Plan) -> Text:
    """Counts by verb, then the requests, the time, and how the account was read."""
    text = Text()
    for verb, rows in plan.counts.items():
        if rows:
            text.append(f"{rows:,} {verb}", style=STYLES.get(verb, ""))
            text.append("   ")
    warnings = sum(1 for problem in plan.meta.problems if problem.severity == "warning")
    if warnings:
        text.append(f"{count(warnings, 'warning')} (w)", style="yellow")
    for note in first_notes(plan):
        text.append(f"\n! {visible(note)}", style="bold red" if plan.needs_count else "bold")
    seconds = plan.estimate_seconds
    time = "" if seconds is None else f", about {duration(seconds)} at {plan.meta.rate:g} a second"
    text.append(f"\n{count(plan.meta.writes, 'write')}{time}. ")
    lookup = plan.meta.lookup
    text.append(f"Read with {count(lookup.requests, 'request')} ({lookup.how}: {lookup.why}).", style="dim")
    return text


def _detail(detail: RowDetail) -> Text:
    text = Text()
    text.append(f"row {detail.row}  ", style="bold")
    text.append(detail.verb, style=STYLES.get(detail.verb, ""))
    text.append(f"\n{visible(detail.key or detail.target or '')}\n")
    if detail.reason:
        text.append(f"\n{visible(detail.reason)}\n", style="yellow")
    lines = change_lines(((one.name, one.before, one.after) for one in detail.changes), verb=detail.verb)
    wide = min(MOST_NAME, max((len(visible(line.name)) for line in lines), default=0))
    text.append("\n" if lines else "")
    for line in lines:
        text.append(f"{visible(line.name):<{wide}}  ", style="bold")
        if line.before is not None:
            text.append(visible(line.before), style="red")
            text.append(" → ")
        text.append(f"{visible(line.after)}\n", style="dim" if line.stays else "green")
    text.append("\nIn the file\n", style="bold dim")
    for column, cell in detail.cells.items():
        text.append(f"{visible(column)}: ", style="dim")
        text.append(f"{'∅' if cell is None else visible(cell)}\n")
    return text


def _problems(plan: Plan) -> Text:
    text = Text()
    if len(first_notes(plan)) < len(plan.meta.notes):
        text.append("\n".join(visible(note) for note in plan.meta.notes) + "\n\n")
    kinds = ", ".join(f"{rows:,} {kind}" for kind, rows in plan.meta.problem_counts.items())
    text.append(f"Problems: {kinds or 'none'}\n", style="bold")
    for one in plan.meta.problems[:PROBLEMS_SHOWN]:
        column = f", {visible(one.column)}" if one.column else ""
        line = "" if one.odd_line is None else f" (line {one.odd_line})"
        text.append(f"\nrow {one.row}{line}{column}\n", style="red" if one.severity == "error" else "yellow")
        text.append(f"  {visible(one.message)}\n")
    return text
