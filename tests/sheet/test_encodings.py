from __future__ import annotations

import codecs
import hashlib

import pytest

from ops.errors import SheetError
from tests.sheet.conftest import Read

TEXT = "naam;plaats\nZoë;'s-Hertogenbosch\nFrançois;Liège\n"


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark(read: Read, bom: bytes, encoding: str) -> None:
    """A byte order mark decides, and is no part of the first header."""
    sheet = read(bom + (TEXT + "😀;\u2028\n").encode(encoding))
    assert (sheet.encoding, sheet.columns) == (encoding, ("naam", "plaats"))
    assert sheet.frame.rows()[0] == ("Zoë", "'s-Hertogenbosch")
    assert sheet.frame.rows()[2] == ("😀", "\u2028")
    assert "byte order mark" in sheet.encoding_why


def test_utf8(read: Read) -> None:
    """What is valid UTF-8 is UTF-8, and no note is needed."""
    sheet = read(TEXT)
    assert (sheet.encoding, sheet.notes, sheet.frame["naam"].to_list()) == ("utf-8", (), ["Zoë", "François"])


def test_mojibake_is_kept(read: Read) -> None:
    """Text that was damaged before is not mended here: it is kept as it stands."""
    assert read("a,b\nZoÃ«,1\n").frame.rows() == [("ZoÃ«", "1")]


def test_cp1252(read: Read) -> None:
    """What is not UTF-8 is Western European, and the note says so."""
    sheet = read((TEXT + "€;“x”\n").encode("cp1252"))
    assert (sheet.encoding, sheet.frame.rows()[2]) == ("cp1252", ("€", "“x”"))
    assert "cp1252" in sheet.notes[0]


def test_latin1(read: Read) -> None:
    """Bytes that cp1252 does not know are read as Latin-1, never replaced."""
    sheet = read(b"a,b\n\xe9\x81,1\n")
    assert (sheet.encoding, sheet.frame.rows()) == ("iso8859-1", [("é\x81", "1")])


def test_detector_in_doubt(read: Read) -> None:
    """A detector that is not sure is not believed, but what it thinks is said."""
    text = "имя;город\n" + "Иван Петрович любит читать книги;Санкт-Петербург\n" * 200
    sheet = read(text.encode("cp1251"))
    assert sheet.encoding == "cp1252"
    assert "may be Windows-1251" in sheet.notes[0]
    assert read(text.encode("cp1251"), encoding="cp1251").columns == ("имя", "город")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(read: Read, encoding: str) -> None:
    """UTF-16 without a byte order mark is known by its zeros."""
    sheet = read(TEXT.encode(encoding))
    assert (sheet.encoding, sheet.rows) == (encoding, 2)


@pytest.mark.parametrize("given", ["cp850", "UTF-8", "latin-1", "utf-16"])
def test_given_encoding_wins(read: Read, given: str) -> None:
    """An encoding that is given is used, whatever the bytes look like."""
    sheet = read("a,b\né,1\n".encode(given), encoding=given)
    assert sheet.frame.rows() == [("é", "1")]
    assert sheet.encoding_why == "given"


@pytest.mark.parametrize(("data", "encoding"), [(b"a\n1\n\xe9x\n", "utf-8"), (b"a\n1\n\xe9x\n", "ascii")])
def test_given_encoding_is_strict(read: Read, data: bytes, encoding: str) -> None:
    """An encoding that does not fit is refused with the line, not papered over."""
    with pytest.raises(SheetError, match="line 3 does not decode") as caught:
        read(data, encoding=encoding)
    assert caught.value.where["line"] == 3


def test_cut_off_utf8_with_mark(read: Read) -> None:
    """A marked file that ends in the middle of a character is refused."""
    with pytest.raises(SheetError, match="does not decode"):
        read(codecs.BOM_UTF8 + "a\né".encode()[:-1])


def test_multibyte_across_pieces(read: Read) -> None:
    """A character that lies across two pieces of a big file is one character."""
    for shift in range(3):
        text = "a,b\n" + "x" * shift + "€" * 60_000 + ",1\n" + "é€,2\n" * 700_000
        sheet = read(text)
        assert (sheet.rows, sheet.encoding) == (700_001, "utf-8")
        assert sheet.frame["a"].n_unique() == 2


def test_hash_is_of_the_file(read: Read) -> None:
    """The hash is of the bytes in the file, not of the text in them."""
    data = TEXT.encode("utf-16")
    assert read(data).sha256 == hashlib.sha256(data).hexdigest()


def test_utf8_with_a_byte_of_another_encoding_is_refused_with_its_line(read: Read) -> None:
    """By cp1252 every other name in the file would be wrong."""
    rows = "".join(f"Zoë {number};café\n" for number in range(20)).encode()
    with pytest.raises(SheetError, match=r"is UTF-8, but line 22 holds bytes that are not: save it again") as refused:
        read(b"naam;plaats\n" + rows + "Zoë;Malmö\n".encode("cp1252"))
    assert refused.value.where["line"] == 22
    with pytest.raises(SheetError, match="line 21 holds bytes"):
        read(b"naam;plaats\n" + rows[:-2])
    given = read(b"naam;plaats\n" + rows + "Zoë;Malmö\n".encode("cp1252"), encoding="cp1252")
    assert given.frame.rows()[-1] == ("Zoë", "Malmö")
