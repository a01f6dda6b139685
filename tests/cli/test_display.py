"""Text of any origin on a screen."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from app.display import register_plain_glyphs, visible
from ops.visible import HIDDEN, PICTURE_PARTS

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
PICTURES = {
    "👨\u200d👩\u200d👧 Bos": "👨👩👧 Bos",
    "thanks ❤\ufe0f": "thanks ❤",
    "👍🏽 ok": "👍 ok",
    "👩🏽\u200d💻": "👩💻",
    "🏳\ufe0f\u200d🌈": "🏳🌈",
    "🇳🇱 and 🇧🇪": "⚑NL and ⚑BE",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "⚑GBENG",
    "1\ufe0f\u20e3": "1\u20e3",
    "call ☎\ufe0e": "call ☎",
}
HIDING = {
    "a\u200db": "a\\u200db",
    "👨\u200d\u200d👩": "👨\\u200d👩",
    "👨\u202e\u200d👩": "👨\\u202e\\u200d👩",
    "pay\ufe0fpal": "pay\\ufe0fpal",
    "😀" + "\ufe0f" * 3: "😀\\ufe0f",
    "a🏽": "a\\U0001f3fd",
    "🏴\U000e0067": "🏴\\U000e0067",
    "🎉\U000e0067\U000e0062\U000e007f": "🎉\\U000e0067\\U000e0062\\U000e007f",
}


@pytest.mark.parametrize(("text", "shown"), CORPUS.items(), ids=range(len(CORPUS)))
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    """Controls become pictures, invisible steering becomes escapes, letters stay."""
    assert visible(text) == shown


@pytest.mark.parametrize(("text", "shown"), PICTURES.items(), ids=range(len(PICTURES)))
def test_emoji_are_shown_as_what_can_be_read(text: str, shown: str) -> None:
    """Of every terminal it is known how wide they are: no two characters make one picture."""
    assert visible(text) == shown
    assert cell_len(shown) == sum(map(cell_len, shown))


@pytest.mark.parametrize(("text", "shown"), HIDING.items(), ids=range(len(HIDING)))
def test_parts_of_pictures_hide_nothing_elsewhere(text: str, shown: str) -> None:
    """Where they are no part of one they are written out, as whatever else is not seen."""
    assert visible(text) == shown


PARTS = st.sampled_from([*"\u200d\ufe0e\ufe0f\u202e\u20e3🏽👨👩🏴🇳🇱1a❤", "\U000e0067", "\U000e007f"])


@given(st.text() | st.lists(PARTS, max_size=12).map("".join))
def test_nothing_hidden_is_left_and_nothing_visible_is_changed(text: str) -> None:
    """Of any text, every character left has a shape, and shaped text is itself."""
    shown = visible(text)
    assert not {unicodedata.category(one) for one in shown} & HIDDEN
    assert not PICTURE_PARTS & set(shown)
    assert visible(shown) == shown


def test_a_terminal_without_our_glyphs_gets_plain_ones() -> None:
    """An ASCII terminal shows arrows and ellipses in ASCII and letters as escapes, and nothing fails."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, "ascii", errors=register_plain_glyphs()) as stream:
        stream.write("Ana → é …")
        stream.flush()
        assert raw.getvalue() == b"Ana -> \\xe9 ..."
