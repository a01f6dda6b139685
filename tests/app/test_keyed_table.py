"""The small table of rows, where it has to do better than the one it is made from."""

from __future__ import annotations

from rich.text import Text
from textual.app import App, ComposeResult

from app.widgets.keyed_table import KeyedTable
from tests.app.hosts import drawn

LONG = "wider than its header"


class Host(App[None]):
    """Shows an empty table of one column."""

    def compose(self) -> ComposeResult:
        """The table."""
        yield KeyedTable(id="table")

    def on_mount(self) -> None:
        """Its column."""
        self.query_one(KeyedTable).add_column("A")


async def test_a_row_that_was_drawn_too_early_is_drawn_again() -> None:
    """A row may be painted before its column has got the width it needs; then it is cut for one moment only."""
    app = Host()
    async with app.run_test() as pilot:
        await pilot.pause()
        table = app.query_one(KeyedTable)
        table.add_row(Text(LONG))
        early = "".join(segment.text for segment in table.render_line(1))
        assert LONG not in early
        await pilot.pause()
        assert LONG in drawn(app)
