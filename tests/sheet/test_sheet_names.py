"""The names of a workbook's sheets, for somebody to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from ops.sheet import sheet_names


def test_the_sheets_are_named_in_order(tmp_path: Path) -> None:
    """Hidden and empty ones, too."""
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        book.add_worksheet("Zoë & co")
        book.add_worksheet("hidden").hide()
    assert sheet_names(tmp_path / "b.xlsx") == ("Zoë & co", "hidden")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 damaged", None])
def test_what_is_no_workbook_has_none(tmp_path: Path, content: bytes | None) -> None:
    """Nor has one that is damaged or not there: reading it says why."""
    path = tmp_path / "b.xlsx"
    if content is not None:
        path.write_bytes(content)
    assert sheet_names(path) == ()
