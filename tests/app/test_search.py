"""Looking for a text in a frame."""

from __future__ import annotations

import asyncio
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets import search as module
from app.widgets.frame_table import FrameSource, Place
from app.widgets.search import Needle, search
from ops.errors import InputError
from tests.app.tables import wide

CELLS = [("Alpha", None, "b.x"), ("", "BETA", "alphabet"), ("^c", "[/c]", "É"), ("a", "b", "alpha")]
BEFORE, AFTER = Place(0, -1), Place(4, 0)


def source(index: pl.Series | None = None) -> FrameSource:
    """A small frame, one of whose headers looks like a pattern of headers."""
    return FrameSource(pl.DataFrame(CELLS, schema=["^.*$", "b", "c"], orient="row"), index)


@pytest.mark.parametrize(
    ("text", "start", "forward", "place"),
    [
        ("ALPHA", BEFORE, True, (0, 0)),
        ("alpha", Place(0, 0), True, (1, 2)),
        ("alpha", Place(1, 2), True, (3, 2)),
        ("alpha", Place(3, 2), True, None),
        ("alpha", AFTER, False, (3, 2)),
        ("alpha", Place(1, 2), False, (0, 0)),
        ("alpha", Place(0, 0), False, None),
        ("b.x", BEFORE, True, (0, 2)),
        ("[/c]", BEFORE, True, (2, 1)),
        ("é", BEFORE, True, (2, 2)),
        ("nowhere", BEFORE, True, None),
    ],
)
async def test_a_text_is_found_as_it_stands(
    text: str,
    start: Place,
    forward: bool,  # noqa: FBT001 - pytest passes it by name
    place: tuple[int, int] | None,
) -> None:
    """In any case of letters, by rows, down or up, without the cell it starts from."""
    assert await search(source(), Needle(text), start, forward=forward) == place


async def test_a_regular_expression_is_one_only_when_asked() -> None:
    """And what is none is refused in words."""
    assert await search(source(), Needle("^b", is_regex=True), BEFORE) == (0, 2)
    assert await search(source(), Needle("^b"), BEFORE) is None
    assert await search(source(), Needle("^c"), BEFORE) == (2, 0)
    with pytest.raises(InputError, match="Not a regular expression: unclosed group"):
        await search(source(), Needle("(", is_regex=True), BEFORE)


async def test_a_filtered_view_is_searched_in_its_own_order() -> None:
    """Positions are those of the view."""
    view = source(pl.Series([3, 0], dtype=pl.UInt32))
    assert await search(view, Needle("alpha"), BEFORE) == (0, 2)
    assert await search(view, Needle("alpha"), Place(0, 2)) == (1, 0)
    assert await search(view, Needle("beta"), BEFORE) is None


@given(
    st.lists(st.tuples(*[st.sampled_from(["x", "yx", "", None, "z"])] * 3), min_size=1, max_size=12),
    st.integers(0, 11),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
)
def test_it_finds_what_a_loop_over_cells_finds(
    rows: list[tuple[str | None, ...]],
    row: int,
    column: int,
    forward: bool,  # noqa: FBT001 - hypothesis passes it by position
    wrap: bool,  # noqa: FBT001
) -> None:
    """Also over several blocks and past the end."""
    start = Place(row % len(rows), column)
    order = [Place(r, c) for r in range(len(rows)) for c in range(3)]
    at = order.index(start)
    ways = order[at + 1 :] if forward else order[:at][::-1]
    if wrap:
        ways += order[: at + 1] if forward else order[at:][::-1]
    wanted = next((one for one in ways if re.search("x", rows[one.row][one.column] or "")), None)
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FIRST_BLOCK", 2)
        patch.setattr(module, "LARGEST_BLOCK", 3)
        found = asyncio.run(search(FrameSource(frame), Needle("x"), start, forward=forward, wrap=wrap))
    assert found == wanted


async def test_the_app_lives_while_it_searches_and_the_search_can_be_given_up() -> None:
    """The loop goes on turning, and after a cancel no further block is read."""

    class Slow(FrameSource):
        blocks = 0

        def block(self, start: int, stop: int) -> pl.DataFrame:
            self.blocks += 1
            return super().block(start, stop)

    slow = Slow(wide(400_000, 3))
    task = asyncio.create_task(search(slow, Needle("nowhere"), BEFORE))
    turns = 0
    while slow.blocks < 2:
        turns += 1
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turns > 1
    assert slow.blocks <= 3
