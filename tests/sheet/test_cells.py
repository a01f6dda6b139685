from __future__ import annotations

import pytest

from ops.errors import SheetError
from tests.sheet.conftest import Read


def test_text_stays_text(read: Read) -> None:
    """Leading zeros, plus signs, exponents and long ids arrive as they stood."""
    sheet = read("a,b,c,d\n007,+31612345678,1E5,12345678901234567890\n")
    assert sheet.frame.rows() == [("007", "+31612345678", "1E5", "12345678901234567890")]


def test_absent_is_not_empty(read: Read) -> None:
    """A cell with nothing in it is null, a quoted empty one is an empty text."""
    assert read('a,b\n1,\n"",2\n').frame.rows() == [("1", None), ("", "2")]


@pytest.mark.parametrize("word", ["NULL", "NA", "None", "nan", "#N/A", "-"])
def test_no_word_means_absent(read: Read, word: str) -> None:
    """No text is taken for an absent value by its name."""
    assert read(f"a,b\n{word},1\n").frame.rows() == [(word, "1")]


def test_space_is_kept(read: Read) -> None:
    """Space around a cell belongs to it, also before a quote."""
    assert read('a,b\n x ,\t\n x, "y"\n').frame.rows() == [(" x ", "\t"), (" x", ' "y"')]


def test_hash_is_no_comment(read: Read) -> None:
    """A line that begins with a hash is a row like any other."""
    sheet = read("#a,b\n#1,2\n")
    assert (sheet.columns, sheet.frame.rows()) == (("#a", "b"), [("#1", "2")])


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c", "\x00", "\x1b", "\ufeff"])
def test_odd_characters_stay_in_their_cell(read: Read, odd: str) -> None:
    """What some programs take for a line end, and control characters, end neither a cell nor a row."""
    assert read(f"a,b\n1{odd}2,x\n3,4\n").frame.rows() == [(f"1{odd}2", "x"), ("3", "4")]


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r", "\n\n", ",", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quoted_cells_hold_anything(read: Read, inside: str, end: str) -> None:
    """Line ends, delimiters and doubled quotes in quotes are part of the cell."""
    written = inside.replace('"', '""')
    sheet = read(f'a,b{end}1,"x{written}y"{end}2,z{end}')
    assert sheet.frame.rows() == [("1", f"x{inside}y"), ("2", "z")]


@pytest.mark.parametrize("text", ["a,b\n1,2", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\r1,2", "a,b\r\n1,2\n"])
def test_line_ends(read: Read, text: str) -> None:
    """LF, CRLF, lone CR, mixed LF and CRLF, and a last line without an end are all read."""
    assert read(text).frame.rows() == [("1", "2")]


def test_literal_quotes(read: Read) -> None:
    """Quotes in the middle of an unquoted cell stay as they are where that is the only reading."""
    assert read('a,b\n5" x 6" pipe,x\n').frame.rows() == [('5" x 6" pipe', "x")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(read: Read, delimiter: str) -> None:
    """Each usual delimiter is found by itself."""
    sheet = read(f"a{delimiter}b\n1{delimiter}2\n")
    assert (sheet.delimiter, sheet.frame.rows()) == (delimiter, [("1", "2")])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name;city, country\nJan;Hoorn, NL\nPiet;Edam\n", ";"),
        ("a,b;c,d\n1,2,3\n4,5,6\n", ","),
        ('"a;b",c\n1,2\n', ","),
        ("note|x\t, y\nq|w\n", "|"),
    ],
)
def test_delimiter_by_the_rows(read: Read, text: str, delimiter: str) -> None:
    """Where the header holds several candidates, the rows decide."""
    assert read(text).delimiter == delimiter


@pytest.mark.parametrize("rows", [2, 5_000])
def test_delimiter_in_doubt(read: Read, rows: int) -> None:
    """Where two delimiters fit equally well, the person is asked, and the answer is followed."""
    text = "name;city,country\n" + "Jan;Hoorn, NL\n" * rows
    with pytest.raises(SheetError, match="comma or semicolon"):
        read(text)
    assert read(text, delimiter=";").columns == ("name", "city,country")


def test_delimiter_of_ragged_rows(read: Read) -> None:
    """Where no delimiter gives rows of one width, the file is refused with a line or a question."""
    with pytest.raises(SheetError, match=r"cells, the header has|the delimiter may be"):
        read("a;b,c\n1;2,3\n4;5;6,7,8\n1;2,3\n")


def test_declared_delimiter(read: Read) -> None:
    """Excel's first line `sep=` names the delimiter and is no header."""
    sheet = read("sep=;\r\na,b;c\r\n1;2\r\n")
    assert (sheet.columns, sheet.delimiter, sheet.line_of(1)) == (("a,b", "c"), ";", 3)
    assert "semicolon" in sheet.notes[0]


def test_given_delimiter(read: Read) -> None:
    """Any one plain character can be given, and the tab can be spelled out."""
    assert read("a^b\n1^2\n", delimiter="^").frame.rows() == [("1", "2")]
    assert read("a\tb\n1\t2\n", delimiter="\\t").frame.rows() == [("1", "2")]
    for wrong in ("", "ab", '"', "é", "\n"):
        with pytest.raises(SheetError, match="one plain character"):
            read("a,b\n1,2\n", delimiter=wrong)


def test_single_column(read: Read) -> None:
    """A file without a delimiter is one column; a quoted empty cell is a row, a blank line is not."""
    sheet = read('email\na@example.com\n\n""\n"b, c@example.com"\n')
    assert sheet.frame.rows() == [("a@example.com",), ("",), ("b, c@example.com",)]
    assert sheet.line_of(2) == 4


def test_blank_lines(read: Read) -> None:
    """Lines without cells are left out and counted; a row of delimiters alone is a row."""
    sheet = read("\n\na,b\n\n1,2\n,\n\n3,4\n\n")
    assert sheet.frame.rows() == [("1", "2"), (None, None), ("3", "4")]
    assert sheet.notes == ("5 blank lines were left out",)
    assert [sheet.line_of(row) for row in (1, 2, 3)] == [5, 6, 8]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_spaces_and_tabs_are_blank(read: Read, end: str) -> None:
    """In a file of several columns they are left out and counted like empty ones, also the last and one above all."""
    sheet = read(end.join([" ", "a,b", "1,2", "   ", "", "\t ", '"x', "  ", '",4', " \t"]))
    assert sheet.frame.rows() == [("1", "2"), (f"x{end}  {end}", "4")]
    assert sheet.notes == ("5 blank lines were left out",)
    assert [sheet.line_of(row) for row in (1, 2)] == [3, 7]


def test_a_line_of_blanks_is_a_row_where_it_may_be_one(read: Read) -> None:
    """In a file of one column, or as the tabs between empty cells."""
    assert read("a\n1\n  \n2\n").frame.rows() == [("1",), ("  ",), ("2",)]
    sheet = read("a\tb\n1\t2\n\t\n \t \n  \n3\t4\n")
    assert sheet.frame.rows() == [("1", "2"), (None, None), (" ", " "), ("3", "4")]
    assert sheet.notes == ("1 blank line was left out",)


def test_lines(read: Read) -> None:
    """A row is known by the line it starts on, whatever line ends its predecessors hold."""
    sheet = read('"a\nx",b\r\n1,"p\r\nq\rr"\r\n2,z\r\n"3\n\n",z\r\n4,z\r\n')
    assert [sheet.line_of(row) for row in (1, 2, 3, 4)] == [3, 6, 7, 10]
    assert sheet.line_of(0) is None
    assert sheet.line_of(5) is None


def test_lines_are_kept_where_they_are_not_plain(read: Read) -> None:
    """Where the first row is on line 2 and each is one line, there is nothing to keep."""
    assert read("a,b\n1,2\n3,4\n").lines is None
    later, blank = read("\na,b\n1,2\n3,4\n").lines, read("a,b\n1,2\n\n3,4\n").lines
    assert (later is not None, blank is not None) == (True, True)
    assert [line.to_list() for line in (later, blank) if line is not None] == [[3, 4], [2, 4]]


def test_text_that_looks_compressed(read: Read) -> None:
    """A header that begins like a packed file is read as it is."""
    assert read("x^2,b\n1,2\n").frame.rows() == [("1", "2")]
    assert read("\nx\x01,b\n1,2\n").columns == ("x\x01", "b")


def test_many_columns(read: Read) -> None:
    """Thousands of columns are no trouble."""
    header = ",".join(f"c{number}" for number in range(12_000))
    sheet = read(f'{header}\n{"," * 11_998}"a,b",\n')
    assert len(sheet.columns) == 12_000


def test_quotes_in_a_header_are_read_as_in_a_cell(read: Read) -> None:
    """Doubled within quotes, as every spreadsheet writes them."""
    sheet = read('email,"a""b","=HYPERLINK(""x"")","""""",c\n1,"2""3",4,5,6\n')
    assert sheet.columns == ("email", 'a"b', '=HYPERLINK("x")', '""', "c")
    assert sheet.frame.row(0) == ("1", '2"3', "4", "5", "6")
