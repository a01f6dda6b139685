from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from ops.errors import SheetError
from ops.sheet import read_sheet
from tests.sheet.conftest import Read


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a,b\n1,2\nx,"yz\n1,2\n', 3, "opens on line 3 and never closes"),
        ('a,b\n1,"x\ny"\nx,"yz\n1,2\n', 4, "never closes"),
        ('"a,b\n1,2\n', 1, "never closes"),
        ('a,b\n"1,2\n3,4\n"x",y\n', 2, "runs on to line 4"),
        ('a,b\n1,2\nx,"y" z\n', 3, "text follows a closing quote"),
        ('a,b\n""x,1\n', 2, "text follows a closing quote"),
        ("a,b\n1,2\n1,2,3\n4\n", 3, "line 3 has 3 cells, the header has 2"),
        ("a,b\n1,2\n4\n1,2,3\n", 3, "line 3 has 1 cell, the header has 2"),
        ('a,b\n"x\ny",2\n4\n', 4, "has 1 cell"),
        ("a,b\n1,2\n3,\n4,5,\n", 4, "has 3 cells"),
        ('a,b\n"  "\n1,2\n', 2, "has 1 cell"),
        ("a,b\n  \n1\n", 3, "has 1 cell"),
        ('a,b\n  \n1,"2\n', 3, "never closes"),
        ("a\tb\tc\n1\t2\t3\n\t\n", 3, "has 2 cells"),
        ("a;b\n1;2;3\n", 2, "a semicolon or a line break"),
        ("email\na@example.com,Jan\nb@example.com,Piet\n", 2, "has 2 cells"),
        ("a,b\nx,1\ry\n1,2\n", 2, "lone carriage return"),
        ("a,b\n1,2\r\r\n3,4\n", 2, "lone carriage return"),
        ('a,b\n1,2\n5" pipe,x\n', 3, "quote in the middle of a cell"),
        ('a,b\nx",1\ny",2\n', 2, "quote in the middle of a cell"),
        ('a,b\n1,2"\n3,4"\n', 2, "quote in the middle of a cell"),
        ('a,b\n1,"' + "x" * 200_000 + '"\n', 2, "200,002 characters"),
    ],
)
def test_the_first_fault_is_named(read: Read, text: str, line: int, words: str) -> None:
    """What is wrong with the rows is said in words, with the line where it begins."""
    with pytest.raises(SheetError, match=words) as caught:
        read(text)
    assert caught.value.where["line"] == line
    assert "people.csv" in str(caught.value.where["file"])


def test_a_cell_is_never_shown(read: Read) -> None:
    """A message about a row holds none of its cells."""
    with pytest.raises(SheetError) as caught:
        read("a,b\nsecret@example.com,x,y\n")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a,b,a", "columns 1 and 3 have the same header"),
        ("a,b, a ", "columns 1 and 3 have the same header"),
        ("a,,c", "column 2 has no header"),
        ("a, ,c", "column 2 has no header"),
        ('a,"",c', "column 2 has no header"),
        ("a,b,", "column 3, the last one, has no header"),
    ],
)
def test_each_column_has_its_own_header(read: Read, header: str, words: str) -> None:
    """Blank and double headers are refused with their column numbers."""
    with pytest.raises(SheetError, match=words):
        read(f"{header}\n1,2,3\n")


def test_headers_that_differ_by_case(read: Read) -> None:
    """Headers that differ are kept as they stand, by case as well."""
    assert read("Name, name\n1,2\n").columns == ("Name", " name")


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a\n\n\n", "\n\na,b\r\n\r\n"])
def test_no_rows(read: Read, text: str) -> None:
    """A header alone is refused: there is nothing to do."""
    with pytest.raises(SheetError, match="no rows"):
        read(text)


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(read: Read, data: bytes) -> None:
    """A file without text is refused."""
    with pytest.raises(SheetError, match=r"is empty|no text"):
        read(data)


def _zip(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n1,2\n", "PDF"),
        (gzip.compress(b"a,b\n1,2\n"), "gzip"),
        (b"\x28\xb5\x2f\xfd\x00", "Zstandard"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old Excel workbook"),
        (_zip("notes.txt"), "ZIP archive but no Excel workbook"),
        (b"PK\x03\x04rubbish", "damaged workbook or archive"),
        (_zip("xl/workbook.xml"), "damaged workbook"),
        (b"PAR1 rubbish PAR1", "damaged Parquet"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"<!DOCTYPE html><p>Log in</p>", "web page"),
        (b"\n<?xml version='1.0'?>", "web page or XML"),
        (bytes(range(256)) * 4, "control characters"),
        (b"\x00\x01\x02" * 50, "control characters"),
    ],
    # Archives hold the time they were made: as names they would differ from process to process.
    ids=lambda one: one if isinstance(one, str) else "file",
)
def test_other_kinds_of_files(read: Read, data: bytes, words: str) -> None:
    """A file that is no table is named for what it is, whatever its name."""
    with pytest.raises(SheetError, match=words):
        read(data)


def test_paths(tmp_path: Path) -> None:
    """A missing file and a folder are told apart, with the path as it was given."""
    with pytest.raises(SheetError, match=r"There is no file nowhere/people\.csv"):
        read_sheet("nowhere/people.csv")
    with pytest.raises(SheetError, match="is a folder"):
        read_sheet(tmp_path)
    with pytest.raises(SheetError, match="cannot be read"):
        read_sheet("a\0b.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    """A file that may not be read is said to be so."""
    path = tmp_path / "people.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(SheetError, match="may not be read"):
        read_sheet(path)


def test_links_are_followed(tmp_path: Path) -> None:
    """A link to a file is as good as the file."""
    (tmp_path / "people.csv").write_text("a,b\n1,2\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "people.csv")
    sheet = read_sheet(tmp_path / "link.csv")
    assert (sheet.rows, sheet.path.name) == (1, "link.csv")


@pytest.mark.parametrize(("option", "value"), [("sheet", "Members"), ("encoding", "no-such"), ("encoding", "hex")])
def test_options_that_do_not_apply(read: Read, option: str, value: str) -> None:
    """An option that means nothing for this kind of file is refused, as is an encoding that does not exist."""
    with pytest.raises(SheetError) as caught:
        read("a,b\n1,2\n", **{option: value})
    assert caught.value.where["option"] == option
