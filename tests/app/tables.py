"""What the tests of tables stand on: an app around one, sources that count, and cells that mean harm."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import polars as pl
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from app.widgets.frame_table import FrameSource, FrameTable

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://example.com\x07click\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31mred",
    "\x9d8;;x\x9clink",
    "a\u202eb\u2066c\u2069\u200e",
    "[/foo] [bold]x[/bold] [@click=app.quit]y[/]",
    "tab\there",
    "carriage\rreturn",
    "two\nlines",
    "dos\r\nlines",
    "\x00nul\x7fdel\x08back",
    "line\u2028paragraph\u2029",
    "zero\u200bwidth\ufeff\u00ad",
    "\u0301combining",
    "\t\n\r\x0b\x0c\x1c\x85\u2028",
    "👨\u200d👩\u200d👧 1\ufe0f\u20e3 ©\ufe0f",
    "漢字かな 한글",
    "a" + "\u0300" * 5_000,
    "long " * 100_000,
)
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def raw(text: str) -> list[str]:
    """The characters of a text that a terminal would obey or not show."""
    return [one for one in text if unicodedata.category(one) in UNSEEN]


def wide(rows: int = 1_000, columns: int = 12) -> pl.DataFrame:
    """A frame whose cells say where they are: `r7c3`."""
    number = pl.int_range(rows, eager=True).cast(pl.String)
    return pl.DataFrame({f"col{n}": "r" + number + f"c{n}" for n in range(columns)})


class CountingSource(FrameSource):
    """Remembers which rows were asked for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame)
        self.asked: list[range] = []

    def window(self, start: int, stop: int) -> Sequence[Sequence[str | None]]:
        """The rows, noted."""
        self.asked.append(range(start, stop))
        return super().window(start, stop)


class WidgetApp(App[None]):
    """One widget and what it said."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        """The widget alone."""
        yield self.widget

    def on_mount(self) -> None:
        """Begin in it."""
        self.screen.focus_next()

    def on_frame_table_row_highlighted(self, message: FrameTable.RowHighlighted) -> None:
        """Keep it."""
        self.heard.append(message)

    def on_frame_table_cell_selected(self, message: FrameTable.CellSelected) -> None:
        """Keep it."""
        self.heard.append(message)

    def on_frame_table_header_selected(self, message: FrameTable.HeaderSelected) -> None:
        """Keep it."""
        self.heard.append(message)


def screen_lines(app: App[None]) -> list[str]:
    """The text on the terminal, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
