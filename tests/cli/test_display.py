"""Text of any origin on a screen."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.display import HIDDEN, register_plain_glyphs, visible

CORPUS = {
    "\x1b[31mred": "␛[31mred",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\": "␛]8;;https://evil.example␛\\click␛]8;;␛\\",
    "\x1b]52;c;aGk=\x07": "␛]52;c;aGk=␇",
    "a\x9b2Jb": "a\\x9b2Jb",
    "one\r\ntwo\tthree": "one␍␊two␉three",
    "user\u202etxt.exe": "user\\u202etxt.exe",
    "\u2066isolate\u2069": "\\u2066isolate\\u2069",
    "zero\u200bwidth\ufeff": "zero\\u200bwidth\\ufeff",
    "line\u2028separator\u2029": "line\\u2028separator\\u2029",
    "tag\U000e0041": "tag\\U000e0041",
    "lone\udcff": "lone\\udcff",
    "nul\x00del\x7f": "nul␀del␡",
    "[bold]markup[/foo]": "[bold]markup[/foo]",
    "Šimić ß 東京 🎉": "Šimić ß 東京 🎉",
}


@pytest.mark.parametrize(("text", "shown"), CORPUS.items(), ids=range(len(CORPUS)))
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    """Controls become pictures, invisible steering becomes escapes, letters stay."""
    assert visible(text) == shown


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_visible_is_changed(text: str) -> None:
    """Of any text, every character left has a shape, and shaped text is itself."""
    shown = visible(text)
    assert not {unicodedata.category(one) for one in shown} & HIDDEN
    assert visible(shown) == shown


def test_a_terminal_without_our_glyphs_gets_plain_ones() -> None:
    """An ASCII terminal shows arrows and ellipses in ASCII and letters as escapes, and nothing fails."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, "ascii", errors=register_plain_glyphs()) as stream:
        stream.write("Ana → é …")
        stream.flush()
        assert raw.getvalue() == b"Ana -> \\xe9 ..."
