"""A table whose lines lead on: Enter, or a double click, goes into one; a cell is still shown whole by Space.

What stands behind a line is the business of whoever shows the table.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from app.widgets.frame_table import FrameTable


class RowTable(FrameTable):
    """A `FrameTable` that says which line was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Go into", show=False, id="table.choose", tooltip="What stands behind this line"),
    ]

    class RowSelected(FrameTable.Said):
        """A line was chosen, counted from 0 in the source."""

        def __init__(self, table: FrameTable, row_index: int) -> None:
            super().__init__(table)
            self.row_index = row_index

    def choose(self) -> None:
        """Say which line it is."""
        if self.row_count:
            self.post_message(self.RowSelected(self, self.cursor.row))

    def action_choose(self) -> None:
        """The same by key."""
        self.choose()
