"""`FrameTable`: a table of any number of rows that only ever looks at those on the screen.

What a cell looks like, where columns lie, how is searched and where rows come from have modules of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.display import visible
from app.widgets.cells import Shown, fit, fits, shown
from app.widgets.columns import Columns
from app.widgets.row_source import FrameSource, RowSource, SearchableSource, label_of
from app.widgets.search import Needle, Place, search
from app.widgets.table_line import Look, View, draw

__all__ = ["FrameSource", "FrameTable", "Place", "RowSource"]

SAMPLE: Final = 200
"""Rows that say how wide the columns are."""
HEADER: Final = 1
"""Lines of the header."""
STEP: Final = 2
"""How much wider a column gets at a time."""
TOOLTIP: Final = 400
"""Characters of a cell that a tooltip shows."""


class FrameTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A source's rows under a fixed header, their numbers in a column that stays, and a cursor on one cell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Show cell", id="table.open", tooltip="The cell under the cursor, whole"),
        Binding(
            "c", "copy", "Copy cell", show=False, id="table.copy", tooltip="Copy the cell as it stands in the file"
        ),
        Binding("up,k", "move(-1, 0)", "Up", show=False, id="table.up", tooltip="One row up"),
        Binding("down,j", "move(1, 0)", "Down", show=False, id="table.down", tooltip="One row down"),
        Binding("left,h", "move(0, -1)", "Left", show=False, id="table.left", tooltip="One column to the left"),
        Binding("right,l", "move(0, 1)", "Right", show=False, id="table.right", tooltip="One column to the right"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page-up", tooltip="One screenful up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page-down", tooltip="One screenful down"),
        Binding("home,g", "row(0)", "First row", show=False, id="table.top", tooltip="To the first row"),
        Binding("end,G", "row(-1)", "Last row", show=False, id="table.bottom", tooltip="To the last row"),
        Binding("0", "column(0)", "First column", show=False, id="table.first", tooltip="To the first column"),
        Binding("$", "column(-1)", "Last column", show=False, id="table.last", tooltip="To the last column"),
        Binding("<,-", f"widen({-STEP})", "Narrower", show=False, id="table.narrower", tooltip="A narrower column"),
        Binding(">,+", f"widen({STEP})", "Wider", show=False, id="table.wider", tooltip="A wider column"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "frame-table--header",
        "frame-table--header-cursor",
        "frame-table--label",
        "frame-table--row",
        "frame-table--cursor",
        "frame-table--sign",
    }
    DEFAULT_CSS = """
    FrameTable {
        height: 1fr;
        background: $surface;
        color: $foreground;

        & > .frame-table--header { text-style: bold; background: $panel; color: $foreground; }
        & > .frame-table--header-cursor { text-style: bold underline; background: $panel; color: $foreground; }
        &:ansi > .frame-table--header, &:ansi > .frame-table--header-cursor {
            background: ansi_bright_blue;
            color: ansi_default;
        }
        & > .frame-table--label { text-style: dim; }
        & > .frame-table--sign { text-style: dim italic; }
        & > .frame-table--row { background: $block-hover-background; color: $foreground; }
        & > .frame-table--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .frame-table--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """
    ALLOW_SELECT = False

    cursor: Reactive[Place] = Reactive(Place(0, 0), repaint=False, init=False)
    """The cell the cursor is on; what lies outside the table is brought back to its edge."""

    class Said(Message):
        """What all messages of a table have: the table."""

        def __init__(self, table: FrameTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> FrameTable:
            """The table."""
            return self.table

    class RowHighlighted(Said):
        """The cursor came to a row, counted from 0 in the source."""

        def __init__(self, table: FrameTable, row_index: int) -> None:
            super().__init__(table)
            self.row_index = row_index

    class CellSelected(Said):
        """A cell was chosen: by Enter, Space or a double click."""

        def __init__(self, table: FrameTable, place: Place, text: str | None) -> None:
            super().__init__(table)
            self.row, self.column = place
            self.text = text

    class HeaderSelected(Said):
        """A header was clicked; the table does nothing about it."""

        def __init__(self, table: FrameTable, column: int) -> None:
            super().__init__(table)
            self.column = column

    def __init__(
        self,
        source: RowSource | None = None,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name of it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._source = source
        self._columns = Columns([])
        self._label_width = 0
        self._rows: Sequence[Sequence[str | None]] = ()
        self._first = 0
        self._pointed: Place | None = None

    @property
    def source(self) -> RowSource | None:
        """Where the rows come from."""
        return self._source

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return 0 if self._source is None else self._source.height

    def set_source(self, source: RowSource) -> None:
        """Show other rows, from the first one on, the columns as wide as a sample of them asks for."""
        self._source = source
        if self.is_attached:
            self._begin(source)

    def on_mount(self) -> None:
        """Show the source that was there before."""
        if self._source is not None:
            self._begin(self._source)

    def _begin(self, source: RowSource) -> None:
        self._columns = Columns.measured(source.columns, source.window(0, min(SAMPLE, source.height)))
        self._label_width = 0
        self._pointed = None
        self.set_reactive(FrameTable.cursor, Place(0, 0))
        self.scroll_to(0, 0, animate=False)
        self.reload()
        if self.row_count:
            self.post_message(self.RowHighlighted(self, 0))

    def reload(self) -> None:
        """Read the same source again, which may have other rows now; cursor and widths stay."""
        self._rows = ()
        if self._source is not None and self.row_count:
            ends = (0, self.row_count - 1)
            self._label_width = max(self._label_width, *(len(label_of(self._source, end)) for end in ends))
        self.cursor = self.validate_cursor(self.cursor)
        self._lay_out()

    def cell(self, place: Place) -> str | None:
        """The text of a cell, whole."""
        if self._source is None:
            return None
        if self._first <= place.row < self._first + len(self._rows):
            return self._rows[place.row - self._first][place.column]
        return self._source.window(place.row, place.row + 1)[0][place.column]

    def label(self, row: int) -> str:
        """What stands before a row, fit for the screen."""
        return "" if self._source is None else visible(label_of(self._source, row))

    async def find(
        self, text: str, *, forward: bool = True, regex: bool = False, start: Place | None = None, wrap: bool = False
    ) -> Place | None:
        """The next cell that holds a text, in any case of letters; the app goes on meanwhile, the cursor stays.

        Args:
            text: What to look for; an empty one is nowhere.
            forward: Downwards, else upwards.
            regex: Whether the text is a regular expression.
            start: The cell to start after (or before), by default the cursor's; `Place(0, -1)` for all of them.
            wrap: Whether to go on from the other end.

        Raises:
            InputError: The text is not a regular expression.
        """
        source = self._source
        if not text or not isinstance(source, SearchableSource):
            return None
        needle = Needle(text, is_regex=regex)
        found = await search(source, needle, start or self.cursor, forward=forward, wrap=wrap)
        return found if source is self._source else None

    def validate_cursor(self, cursor: Place) -> Place:
        """Keep the cursor in the table."""
        row, column = cursor
        return Place(max(0, min(row, self.row_count - 1)), max(0, min(column, len(self._columns.widths) - 1)))

    def watch_cursor(self, old: Place, new: Place) -> None:
        """Draw the two rows again, or all where the header changes, too; and say so."""
        if old.column == new.column:
            self.refresh_line(HEADER + old.row)
            self.refresh_line(HEADER + new.row)
        else:
            self.refresh()
        self._reveal_cursor()
        if old.row != new.row:
            self.post_message(self.RowHighlighted(self, new.row))

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._reveal_cursor()

    def on_click(self, event: events.Click) -> None:
        """Bring the cursor to a cell; a double click opens it."""
        offset = event.get_content_offset(self)
        place = None if offset is None else self._place_at(offset)
        if place is None:
            return
        event.stop()
        if place.row < 0:
            self.post_message(self.HeaderSelected(self, place.column))
            return
        self.cursor = place
        if event.chain == 2:
            self.choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show a cell that does not fit in a tooltip."""
        offset = event.get_content_offset(self)
        place = None if offset is None else self._place_at(offset)
        if place == self._pointed:
            return
        self._pointed = place
        self.tooltip = None if place is None else self._tooltip_of(place)

    def choose(self) -> None:
        """What a double click does."""
        self.action_open()

    def action_open(self) -> None:
        """Say which cell was chosen."""
        if self.row_count and self._columns.widths:
            self.post_message(self.CellSelected(self, self.cursor, self.cell(self.cursor)))

    def action_copy(self) -> None:
        """Copy the cell under the cursor, and say how much that was."""
        text = self.cell(self.cursor) if self.row_count and self._columns.widths else None
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied one cell: {len(text):,} characters.", markup=False)
        else:
            self.notify("Nothing to copy: the cell is empty.", severity="warning", markup=False)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        self.cursor = Place(self.cursor.row + rows, self.cursor.column + columns)

    def action_page(self, pages: int) -> None:
        """Move view and cursor by a screenful."""
        rows = pages * max(1, self._view.height)
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        self.action_move(rows, 0)

    def action_row(self, row: int) -> None:
        """Move the cursor to a row, -1 being the last."""
        self.cursor = Place(row % max(1, self.row_count), self.cursor.column)

    def action_column(self, column: int) -> None:
        """Move the cursor to a column, -1 being the last."""
        self.cursor = Place(self.cursor.row, column % max(1, len(self._columns.widths)))

    def action_widen(self, by: int) -> None:
        """Make the cursor's column wider or narrower."""
        if self._columns.widths:
            self._columns.widen(self.cursor.column, by)
            self._lay_out()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Fetch the rows on the screen, and no others, before their lines are asked for."""
        start = self.scroll_offset.y
        stop = min(self.row_count, start + self.size.height - HEADER)
        if self._source is not None and not (self._first <= start and stop <= self._first + len(self._rows)):
            self._first, self._rows = start, self._source.window(start, stop)
            longest = max((len(self.label(row)) for row in range(start, stop)), default=0)
            if longest > self._label_width:
                self._label_width = longest
                self.call_later(self._lay_out)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header or a row."""
        row = self.scroll_offset.y + y - HEADER
        if self._source is None or row >= self.row_count:
            return Strip.blank(self.size.width, self.rich_style)
        if y < HEADER:
            return self._header_line(self._source.columns)
        return self._row_line(row)

    @property
    def _view(self) -> Size:
        """The part of the widget that scrolls."""
        width, height = self.scrollable_content_region.size
        return Size(max(0, width - self._frozen), max(0, height - HEADER))

    @property
    def _frozen(self) -> int:
        """The width of the row numbers with the blanks around them."""
        return self._label_width + 2

    def _lay_out(self) -> None:
        self.virtual_size = Size(self._frozen + self._columns.total, HEADER + self.row_count)
        self._reveal_cursor()
        self.refresh()

    def _reveal_cursor(self) -> None:
        width, height = self._view
        if not width or not height or not self._columns.widths:
            return
        x, y = self.scroll_offset
        y = min(self.cursor.row, max(y, self.cursor.row - height + 1))
        self.scroll_to(self._columns.reveal(self.cursor.column, x, width), y, animate=False)

    def _place_at(self, offset: Offset) -> Place | None:
        """The cell at a point of the widget; the header is row -1, the row numbers belong to the cursor's column."""
        x = offset.x - self._frozen
        column = self.cursor.column if x < 0 else self._columns.at(x + self.scroll_offset.x)
        row = -1 if offset.y < HEADER else self.scroll_offset.y + offset.y - HEADER
        if column is None or row >= self.row_count or (x < 0 and row < 0):
            return None
        return Place(row, column)

    def _tooltip_of(self, place: Place) -> Content | None:
        """The beginning of a cell of which not all is seen."""
        if self._source is None:
            return None
        text = self._source.columns[place.column] if place.row < 0 else self.cell(place)
        width = self._columns.seen(place.column, self.scroll_offset.x + self._view.width)
        if fits(shown(text, width), width):
            return None
        whole = shown(text, TOOLTIP)
        return Content(f"{whole.text}…" if whole.is_cut else whole.text)

    def _look(self, frozen: Style, cell: Style, cursor: Style) -> Look:
        return Look(frozen, cell, cursor, self.get_component_rich_style("frame-table--sign", partial=True))

    def _header_line(self, headers: Sequence[str]) -> Strip:
        header = self.get_component_rich_style("frame-table--header")
        look = self._look(header, header, self.get_component_rich_style("frame-table--header-cursor"))
        return self._draw(headers, " " * self._frozen, look)

    def _row_line(self, row: int) -> Strip:
        cells = self._rows[row - self._first]
        label = fit(Shown(f"{self.label(row):>{self._label_width}}"), self._label_width)
        if row == self.cursor.row:
            style = self.get_component_rich_style("frame-table--row")
            look = self._look(style, style, self.get_component_rich_style("frame-table--cursor"))
            return self._draw(cells, f"{label}› ", look)
        style = self.rich_style
        faint = style + self.get_component_rich_style("frame-table--label", partial=True)
        return self._draw(cells, f"{label}  ", self._look(faint, style, style))

    def _draw(self, cells: Sequence[str | None], frozen: str, look: Look) -> Strip:
        view = View(self.scroll_offset.x, self.scrollable_content_region.width)
        strip = draw(cells, frozen, self._columns, view, look, self.cursor.column)
        return strip.adjust_cell_length(self.size.width, look.cell)
