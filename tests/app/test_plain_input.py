"""What cannot be seen does not get into a field, and what can be seen does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult

from app.display import visible
from app.widgets.plain_input import JOINERS, PlainInput, plain


@given(st.text())
def test_nothing_is_left_that_would_have_to_be_written_out(text: str) -> None:
    """And nothing that can be seen is lost."""
    kept = plain(text)
    assert all(one in JOINERS or visible(one) == one for one in kept)
    assert [one for one in text if visible(one) == one] == [one for one in kept if one not in JOINERS]


class Host(App[None]):
    """One field."""

    def compose(self) -> ComposeResult:
        """The field."""
        yield PlainInput()


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]52;c;aGk=\x07", "]52;c;aGk="),
        ("a\u202eb\u2066c", "abc"),
        ("a\x00b\x9bc\x7f", "abc"),
        ("👨\u200d👩 naïve [/foo]", "👨\u200d👩 naïve [/foo]"),
    ],
)
async def test_what_is_pasted_is_cleaned_and_that_is_said(pasted: str, kept: str) -> None:
    """By the terminal's own paste."""
    app = Host()
    async with app.run_test() as pilot:
        field = app.query_one(PlainInput)
        field.focus()
        field.post_message(events.Paste(pasted))
        await pilot.pause()
        assert field.value == kept
        assert bool(app._notifications) == (pasted != kept)
