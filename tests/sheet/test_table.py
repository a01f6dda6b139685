from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from tests.sheet.conftest import Read


def test_shape_id(read: Read) -> None:
    """Files with the same headers in the same order have one shape, others another."""
    same = {read(text).shape_id for text in ("a,b\n1,2\n", "a;b\n3;4\n5;6\n", '"a","b"\n1,2\n')}
    other = {read(text).shape_id for text in ("b,a\n1,2\n", "A,b\n1,2\n", "a,b,c\n1,2,3\n")}
    assert (len(same), len(other), same & other) == (1, 3, set())


def test_notebook(read: Read) -> None:
    """In a notebook a sheet shows its size and first rows, and a cell is never markup."""
    html = read("<b>,b\n" + "<script>,\n" * 7)._repr_html_()
    assert "7 rows" in html
    assert "2 columns" in html
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 5


def test_repr_is_short_and_private(read: Read) -> None:
    """The repr of a sheet holds none of its cells."""
    assert "secret" not in repr(read("a,b\nsecret,1\n"))


def test_frozen(read: Read) -> None:
    """A sheet cannot be changed once it is read."""
    with pytest.raises(FrozenInstanceError):
        read("a,b\n1,2\n").notes = ()  # type: ignore[misc]
