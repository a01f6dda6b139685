from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ops.errors import SheetError
from ops.sheet import Sheet, delimited, read_sheet

Rows = list[list[str]]
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])
NASTY = st.text(
    st.sampled_from(
        [*"\",;|\t\n\r 0+-=#'x1é€", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1f", "😀", "\ufeff", "\x00"]
    ),
    max_size=8,
)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WESTERN = st.text(st.sampled_from([*"\",;|\t\n\r 0x'éëÃ«€ß“™"]), max_size=8)
BRISK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tables(cells: st.SearchStrategy[str]) -> st.SearchStrategy[Rows]:
    return st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
    )


def written(rows: Rows, delimiter: str, quoting: int, end: str) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow([f"column {number}" for number in range(len(rows[0]))])
    writer.writerows(rows)
    return stream.getvalue()


def read(data: bytes, **options: str) -> Sheet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(data)
        return read_sheet(path, **options)


def cells(sheet: Sheet) -> Rows:
    return [[cell or "" for cell in row] for row in sheet.frame.rows()]


@BRISK
@given(
    rows=tables(NASTY | ANY),
    delimiter=DELIMITERS,
    form=st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_round_trip(rows: Rows, delimiter: str, form: tuple[int, str], encoding: str) -> None:
    """What the standard library writes is read back cell by cell, in any of the usual forms."""
    quoting, end = form
    text = written(rows, delimiter, quoting, end)
    sheet = read(text.encode(encoding), delimiter=delimiter, encoding=encoding)
    assert cells(sheet) == rows
    if quoting == csv.QUOTE_ALL:
        assert sheet.frame.null_count().sum_horizontal().item() == 0


@BRISK
@given(rows=tables(NASTY), delimiter=DELIMITERS)
def test_round_trip_undirected(rows: Rows, delimiter: str) -> None:
    """Without being told encoding and delimiter, a file is read back the same or the question is asked."""
    text = written(rows, delimiter, csv.QUOTE_ALL, "\n")
    with contextlib.suppress(SheetError):
        assert cells(read(text.encode("utf-8-sig"))) == rows


@BRISK
@given(rows=tables(WESTERN), delimiter=DELIMITERS)
def test_round_trip_western(rows: Rows, delimiter: str) -> None:
    """A cp1252 file is read back the same, given its encoding."""
    data = written(rows, delimiter, csv.QUOTE_MINIMAL, "\r\n").encode("cp1252")
    assert cells(read(data, delimiter=delimiter, encoding="cp1252")) == rows


@BRISK
@given(rows=tables(NASTY), lines=st.data())
def test_lines_are_where_rows_start(rows: Rows, lines: st.DataObject) -> None:
    """A row's line is the number of line ends before its first cell, plus one."""
    text = written(rows, ",", csv.QUOTE_ALL, "\n")
    row = lines.draw(st.integers(1, len(rows)))
    before = written(rows[: row - 1] or [[""] * len(rows[0])], ",", csv.QUOTE_ALL, "\n")
    if row == 1:
        before = before.split("\n", 1)[0] + "\n"
    count = before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert read(text.encode(), delimiter=",", encoding="utf-8").line_of(row) == count + 1


@BRISK
@given(
    rows=tables(
        st.text(
            st.sampled_from(
                [*'",\n\r ab;'],
            ),
            max_size=6,
        )
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    where=st.floats(0, 1),
)
def test_no_short_read(rows: Rows, quoting: int, where: float) -> None:
    """A file cut off anywhere is refused or reads as a strict reading does; rows never vanish."""
    text = written(rows, ",", quoting, "\n")
    check_against_strict(text[: round(where * len(text))])


@BRISK
@given(text=st.text(st.sampled_from([*'"",,\n\n\rab ;']), max_size=40))
@example('x",1\ny",2\n')
@example('a"",b\n","c\n')
@example('"1,2\n3,4",5\n')
@example('1,2\n  \n"3\n \n",4\n\t')
@example('1,2\n"  "\n')
def test_any_text(text: str) -> None:
    """Whatever the text, it is refused or reads as a strict reading does."""
    check_against_strict("p,q\n" + text)


@BRISK
@given(text=st.text(st.sampled_from([*'"",,\n\n\nab x^']), max_size=60), piece=st.integers(1, 12))
@example('1,"x\n"\n2,y\n"3","z\n\n"\n4,\n', 1)
def test_any_piece(text: str, piece: int) -> None:
    """It makes no difference in pieces of what size a big file is checked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "PIECE", piece)
        check_against_strict("p,q\n" + text)


def check_against_strict(text: str) -> None:
    try:
        sheet = read(text.encode(), delimiter=",", encoding="utf-8")
    except SheetError as error:
        assert "two CSV readers" not in error.message  # noqa: PT017  (also right when nothing is raised)
        return
    strict = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    if len(strict[0]) > 1:
        strict = [row for row in strict if len(row) > 1 or row[0].strip(" \t")]
    assert [list(sheet.columns), *cells(sheet)] == strict
