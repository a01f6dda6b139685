"""The columns of a file, each with the field it fills; draws lines it is given and says which one a person means.

What a key does to the mapping is decided by the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from app.choices import Line
from app.display import visible

RULE_WIDTH: Final = 9
HOW_WIDTH: Final = 12
LEAST: Final = 10
"""No column of data gets narrower."""


class MappingTable(DataTable[Text]):
    """One line a column: its name, a sample, → its field, the write rule, how they were matched."""

    DEFAULT_CSS = """
    MappingTable { height: 1fr; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "Field", id="map.pick", tooltip="Choose the field that this column fills"),
        Binding("w", "edit('rule')", "Rule", id="map.rule", tooltip="Next write rule: overwrite, if_empty, clear"),
        Binding("x", "edit('leave')", "Leave out", id="map.leave", tooltip="Map this column to nothing"),
        Binding("u", "edit('back')", "Suggested", id="map.suggested", tooltip="Back to what was suggested"),
        Binding("j", "cursor_down", "Down", id="map.down", show=False, tooltip="Next column"),
        Binding("k", "cursor_up", "Up", id="map.up", show=False, tooltip="Column before"),
        Binding("g", "scroll_top", "First", id="map.first", show=False, tooltip="First column"),
        Binding("G", "scroll_bottom", "Last", id="map.last", show=False, tooltip="Last column"),
    ]

    class Meant(Message):
        """A person means to do something with a column: `pick`, `rule`, `leave` or `back`."""

        def __init__(self, column: str, what: str) -> None:
            super().__init__()
            self.column = column
            self.what = what

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, cursor_type="row", zebra_stripes=False)
        self._lines: list[Line] = []
        self._samples: dict[str, str] = {}

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        return self._lines[self.cursor_row] if 0 <= self.cursor_row < len(self._lines) else None

    def show_samples(self, columns: Sequence[str], samples: Sequence[Sequence[str]]) -> None:
        """Beside each column, some of its values."""
        self._samples = {
            column: " · ".join(visible(value) for value in values)
            for column, values in zip(columns, samples, strict=True)
        }
        self._draw()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Other fields; only what changed is drawn again."""
        before, self._lines = self._lines, list(lines)
        if len(before) != len(self._lines) or not self.ordered_columns:
            self._draw()
            return
        for row, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                for position, cell in enumerate(self._cells(new)):
                    self.update_cell_at((row, position), cell)  # type: ignore[arg-type]

    def go_to(self, column: str) -> None:
        """The cursor to a column of the file."""
        for row, line in enumerate(self._lines):
            if line.column == column:
                self.move_cursor(row=row)

    @on(events.Resize)
    def fit(self) -> None:
        """Share the width out anew."""
        if self._widths() != [column.width for column in self.ordered_columns]:
            self._draw()

    def action_pick(self) -> None:
        """Choose a field for the column under the cursor."""
        self.action_edit("pick")

    def action_edit(self, what: str) -> None:
        """Do something with the column under the cursor."""
        if self.line is not None:
            self.post_message(self.Meant(self.line.column, what))

    @on(DataTable.RowSelected)
    def clicked(self, event: DataTable.RowSelected) -> None:
        """A click on the line under the cursor is like Enter."""
        event.stop()
        self.action_pick()

    def _widths(self) -> list[int]:
        fixed = RULE_WIDTH + HOW_WIDTH + 5 * 2 * self.cell_padding + 1
        room = max(3 * LEAST, self.size.width - fixed)
        name, field = room * 32 // 100, room * 32 // 100
        return [name, room - name - field, field, RULE_WIDTH, HOW_WIDTH]

    def _draw(self) -> None:
        row = self.cursor_row
        self.clear(columns=True)
        for label, width in zip(("column", "sample", "→ field", "rule", "how"), self._widths(), strict=True):
            self.add_column(label, width=width)
        for line in self._lines:
            self.add_row(*self._cells(line))
        self.move_cursor(row=row, animate=False)

    def _cells(self, line: Line) -> list[Text]:
        style = "" if line.field else "dim"
        how = "italic" if line.suggested else style
        return [
            _cell(visible(line.column[:200]), style),
            _cell(self._samples.get(line.column, ""), "dim"),
            _cell(f"→ {visible(line.field)}" if line.field else "", how if line.suggested else "bold"),
            _cell(line.rule, style),
            _cell(line.how, how),
        ]


def _cell(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
