"""What a person asks to be read, and how; the reading itself is the engine's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ops.errors import SheetError
from ops.sheet import Sheet, read_sheet


@dataclass(frozen=True, slots=True)
class Ask:
    """A file to read, and how; None where that is to be found out."""

    path: Path
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


def read_asked(ask: Ask) -> Sheet:
    """Read a file, but none without an end, as a pipe or a device can be.

    Raises:
        SheetError: It is not one table that can be read without guessing.
    """
    path = ask.path
    try:
        is_endless = path.exists() and not (path.is_file() or path.is_dir())
    except OSError:
        is_endless = False
    if is_endless:
        raise SheetError(f"{path} is a device or a pipe; name an ordinary file.", file=str(path))
    return read_sheet(path, encoding=ask.encoding, delimiter=ask.delimiter, sheet=ask.sheet)
