"""A small table of rows with the keys people know from lists; never more rows than fit in memory as cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey


class KeyedTable(DataTable[Text]):
    """A `DataTable` that also obeys j, k, g and G, and draws its lines anew once the columns have their widths."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Choose", id="list.choose", tooltip="Go on with this line"),
        Binding("j", "cursor_down", "Down", id="list.down", show=False, tooltip="The next line"),
        Binding("k", "cursor_up", "Up", id="list.up", show=False, tooltip="The line before"),
        Binding("g", "scroll_top", "Top", id="list.top", show=False, tooltip="The first line"),
        Binding("G", "scroll_bottom", "Bottom", id="list.bottom", show=False, tooltip="The last line"),
    ]

    def _update_dimensions(self, new_rows: Iterable[RowKey]) -> None:
        """Forget the lines that were drawn before: Textual keeps them, cut to the width of the headers."""
        super()._update_dimensions(new_rows)
        self._clear_caches()
        self.refresh()
