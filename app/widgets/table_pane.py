"""A table that can be searched and whose cells open: `FrameTable`, `SearchBar` and `CellScreen` put together."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from app.widgets.cell_screen import CellScreen
from app.widgets.cells import fit, shown
from app.widgets.frame_table import FrameTable, Place, RowSource
from app.widgets.search_bar import SearchBar
from ops.errors import InputError

NAME_WIDTH = 24
"""Terminal cells of a column's name where a hit is told."""


class TablePane(Vertical):
    """A table with its search line; a chosen cell is shown whole."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="table.search", key_display="/", tooltip="Look for a text in any cell"),
        Binding("n", "seek(True)", "Next hit", show=False, id="table.next", tooltip="The next cell that holds it"),
        Binding("N", "seek(False)", "Hit before", show=False, id="table.before", tooltip="The one before"),
        Binding("escape", "close_search", "Close search", show=False, id="table.close-search", tooltip="And stop it"),
    ]

    def __init__(
        self,
        source: RowSource | None = None,
        *,
        table: FrameTable | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name of it
        classes: str | None = None,
    ) -> None:
        """Take the rows, or a table of another kind that has them."""
        super().__init__(id=id, classes=classes)
        self._table = table or FrameTable(source)

    @property
    def table(self) -> FrameTable:
        """The table."""
        return self._table

    @property
    def bar(self) -> SearchBar:
        """The search line."""
        return self.query_one(SearchBar)

    def compose(self) -> ComposeResult:
        """The table over the search line."""
        yield self._table
        yield SearchBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Esc is ours only while the search line is open."""
        return action != "close_search" or any(bar.is_open for bar in self.query(SearchBar))

    def set_source(self, source: RowSource) -> None:
        """Show other rows; a search in the old ones ends."""
        self.workers.cancel_group(self, "seek")
        self.bar.say("")
        self.table.set_source(source)

    def action_search(self) -> None:
        """Open the search line."""
        self.bar.open()

    def action_close_search(self) -> None:
        """Close the search line."""
        self.bar.action_close()

    def action_seek(self, forward: bool) -> None:  # noqa: FBT001 - arguments of an action go by position
        """Go to the next hit, or ask what to look for."""
        if self.bar.text:
            self.bar.show()
            self._seek(forward=forward)
        else:
            self.bar.open()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        if message.value:
            self._seek(forward=True)

    @on(SearchBar.Closed)
    def _end_search(self, message: SearchBar.Closed) -> None:
        message.stop()
        self.workers.cancel_group(self, "seek")
        self.bar.say("")
        self.table.focus()

    @on(FrameTable.CellSelected)
    def _open(self, message: FrameTable.CellSelected) -> None:
        message.stop()
        source = message.table.source
        if source is not None:
            label = message.table.label(message.row)
            self.app.push_screen(CellScreen(message.text, column=source.columns[message.column], row=label))

    @work(exclusive=True, group="seek")
    async def _seek(self, *, forward: bool) -> None:
        """Go to the next cell that holds the text; past the end the search goes on at the other one."""
        bar, table, start = self.bar, self.table, self.table.cursor
        bar.say("searching…")
        try:
            found = await table.find(bar.text, forward=forward, regex=bar.regex, wrap=True)
        except InputError as error:
            bar.say(error.message)
            return
        if found is None:
            bar.say("not found")
            return
        table.cursor = found
        bar.say(self._told(found, start, forward=forward))

    def _told(self, found: Place, start: Place, *, forward: bool) -> str:
        """Where a hit is, and whether the search had to begin anew for it."""
        source = self.table.source
        name = "" if source is None else source.columns[found.column]
        name = fit(shown(name, NAME_WIDTH), NAME_WIDTH).rstrip()
        if found == start:
            again = ", the only one"
        elif (found > start) is not forward:
            again = ", from the top" if forward else ", from the bottom"
        else:
            again = ""
        return f"row {self.table.label(found.row)}, column {name}{again}"
