"""A file's bytes, read once: their hash, what kind of file, and the text as UTF-8; not the table."""

from __future__ import annotations

import codecs
import hashlib
import io
import itertools
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.errors import SheetError

CHUNK = 1 << 22
SAMPLE = 1 << 16
MIXED = 1 << 20
"""Bytes on each side of the first that is not UTF-8 in which it is judged whether the file is UTF-8 all the same."""
SURE = 0.8
"""The detector's confidence from which it is believed."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = (
    (b"%PDF", "a PDF document; export the table as CSV or XLSX"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"II*\x00", "an image (TIFF)"),
    (b"MM\x00*", "an image (TIFF)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password; save it as .xlsx or CSV"),
    (b"SQLite format 3\x00", "a SQLite database; export the table as CSV"),
    (b"ARROW1", "an Arrow file; save it as Parquet or CSV"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document; export the table as CSV or XLSX"),
)
_CONTROLS = bytes(sorted({*range(32), 127} - {*b"\t\n\r"}))
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table)", re.IGNORECASE)
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\[\s*)?\{\s*["}]')


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a file and what is said about them."""

    path: Path
    file: str
    """The path as it was given, for messages."""
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text as UTF-8 without a byte order mark."""

    data: bytes
    encoding: str
    why: str


def open_source(path: str | os.PathLike[str]) -> Source:
    """Read the file's bytes, once.

    Raises:
        SheetError: There is no such file, it cannot be read, or it is empty.
    """
    file = os.fspath(path)
    try:
        data = Path(file).read_bytes()
    except FileNotFoundError as error:
        raise SheetError(f"There is no file {file}; check the name.", file=file) from error
    except IsADirectoryError as error:
        raise SheetError(f"{file} is a folder; name a file in it.", file=file) from error
    except PermissionError as error:
        raise SheetError(f"{file} may not be read; check its permissions.", file=file) from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SheetError(f"{file} cannot be read: {reason}.", file=file) from error
    if not data:
        raise SheetError(f"{file} is empty.", file=file)
    return Source(Path(file), file, data, hashlib.sha256(data).hexdigest())


def format_of(source: Source) -> str:
    """Tell ``csv``, ``xlsx``, ``parquet`` and ``jsonl`` apart by content first, then by name.

    Raises:
        SheetError: The file is something else, which the message names.
    """
    data = source.data
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(source)
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise SheetError(f"{source.file} is not a table: it is {what}.", file=source.file)
    if _MARKUP.match(data):
        raise SheetError(
            f"{source.file} is not a table: it is a web page or XML; download the CSV again.",
            file=source.file,
        )
    suffix = source.path.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return "jsonl"
    if suffix == ".json" or (_JSON.match(data) and suffix not in {".csv", ".tsv", ".tab", ".txt"}):
        return "jsonl"
    return "csv"


def _zip_format(source: Source) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise SheetError(
            f"{source.file} is a damaged workbook or archive; save or download it again.", file=source.file
        ) from error
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    raise SheetError(
        f"{source.file} is not a table: it is a ZIP archive but no Excel workbook; "
        "unpack it, or save it as .xlsx or CSV.",
        file=source.file,
    )


def decode(source: Source, given: str | None = None) -> Text:
    """Turn the bytes into UTF-8, strictly: no character is ever replaced.

    A given encoding wins; else a byte order mark, strict UTF-8, a detector that is sure, cp1252, Latin-1.
    """
    data = source.data
    if given is not None:
        return _decode_given(source, given)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return Text(_strictly(source, encoding), encoding, "it begins with a byte order mark")
    wide = _wide_without_bom(data)
    if wide:
        return Text(_strictly(source, wide), wide, "every other byte is zero, as in UTF-16 (no byte order mark)")
    _refuse_binary(source)
    try:
        return Text(_to_utf8(data, "utf-8"), "utf-8", "every byte is valid UTF-8")
    except UnicodeDecodeError as error:
        _refuse_mixed(source, error.start)
        return _legacy(data, error.start)


def _refuse_mixed(source: Source, first_odd: int) -> None:
    """Refuse UTF-8 with a few bytes of something else: by any other encoding all its letters would be wrong."""
    near = source.data[max(0, first_odd - MIXED) : first_odd + MIXED].decode("utf-8", "surrogateescape")
    odd = sum("\udc80" <= character <= "\udcff" for character in near)
    if sum(not character.isascii() for character in near) > 2 * odd:
        line = source.data.count(b"\n", 0, first_odd) + 1
        raise SheetError(
            f"{source.file} is UTF-8, but line {line} holds bytes that are not: save it again as UTF-8, "
            "or give the encoding it was saved in.",
            file=source.file,
            line=line,
        )


def _decode_given(source: Source, given: str) -> Text:
    try:
        encoding = codecs.lookup(given).name
        "a".encode(encoding)
    except (LookupError, ValueError, UnicodeError) as error:
        raise SheetError(
            f"There is no text encoding {given!r}; try utf-8, utf-16, cp1252 or latin-1.",
            file=source.file,
            option="encoding",
        ) from error
    return Text(_strictly(source, encoding), encoding, "given")


def _strictly(source: Source, encoding: str) -> bytes:
    try:
        return _to_utf8(source.data, encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = source.data.count(b"\n", 0, start) + 1
        raise SheetError(
            f"{source.file} is not valid {encoding}: line {line} does not decode; give the encoding it was saved in.",
            file=source.file,
            line=line,
        ) from error


def _legacy(data: bytes, first_odd: int) -> Text:
    import chardet  # noqa: PLC0415  (slow to import, and most files are UTF-8)

    found = chardet.detect(data[max(0, first_odd - 2048) : first_odd + 65536])
    encoding, confidence = str(found["encoding"] or ""), float(found["confidence"] or 0)
    western = encoding.lower() in {"", "ascii", "utf-8", "iso-8859-1", "windows-1252", "cp1252"}
    tries = [] if western or confidence < SURE else [(encoding, f"detected, {confidence:.0%} sure (not UTF-8)")]
    doubt = "" if western or tries else f"; it may be {encoding}: if names look wrong, give the encoding"
    tries.append(("cp1252", f"no byte order mark and not UTF-8, so Western European{doubt}"))
    for name, why in tries:
        try:
            return Text(_to_utf8(data, name), codecs.lookup(name).name, why)
        except (UnicodeError, LookupError):
            continue
    return Text(_to_utf8(data, "latin-1"), "iso8859-1", "no byte order mark, not UTF-8 and not cp1252")


def _wide_without_bom(data: bytes) -> str | None:
    """UTF-16 by its zeros: ASCII characters leave one in every pair, always on the same side."""
    sample = data[:SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) < max(4, len(sample) // 8) or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_binary(source: Source) -> None:
    sample = source.data[:SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls >= 8 and controls * 20 > len(sample):
        raise SheetError(
            f"{source.file} is not a text file: it is full of control characters; "
            "export the table as CSV, or give the encoding it was saved in.",
            file=source.file,
        )


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def _to_utf8(data: bytes, encoding: str) -> bytes:
    """Decode strictly, in pieces so that a big file is never held as wide characters; drop a BOM."""
    if encoding == "utf-8":
        if not data.isascii():
            decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
            for chunk in itertools.chain(_chunks(data), (b"",)):
                try:
                    decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as error:
                    # What the decoder kept of the chunk before stands in front of this one.
                    at -= len(error.object) - len(chunk)
                    raise UnicodeDecodeError("utf-8", data, at + error.start, at + error.end, error.reason) from error
                at += len(chunk)
        return data[3:] if data.startswith(codecs.BOM_UTF8) else data
    pieces = codecs.iterdecode(_chunks(data), encoding)
    text = b"".join(piece.encode("utf-8") for piece in pieces)
    return text[3:] if text.startswith(codecs.BOM_UTF8) else text
