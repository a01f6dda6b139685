"""How far a journal has come, told by a second file, so that a lost or damaged end is noticed.

SQLite drops the end of a write-ahead log that is cut or changed, without a word: what is left looks like a shorter,
whole past, and going on from it would do the same work twice. Each commit is followed by its number and sum here.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path
from typing import Final, NamedTuple, Self

from ops.files import PRIVATE_FILE

_LINE: Final = re.compile(rb"(\d{20} \d{10}) (\d{10})\n")
_TRIES: Final = 3
"""How often a seal is read that may be written at this moment."""


def place_of(journal: Path) -> Path:
    """Where the seal of a journal lies."""
    return journal.with_suffix(".seal")


class Sealed(NamedTuple):
    """The last event that was committed: its number, and the sum of all up to it."""

    seq: int
    sum: int


class Seal:
    """The writing side, for one journal.

    Written over in place and not forced to the disk: it follows the commit, so that after a power loss it may lag
    behind the journal but is never ahead of it.

    Args:
        handle: Of the open file.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def create(cls, journal: Path) -> Self:
        """A new seal beside a new journal, on the disk.

        Raises:
            OSError: The disk does not take it.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        seal = cls(os.open(place_of(journal), flags, PRIVATE_FILE))
        seal.set(Sealed(0, 0))
        os.fsync(seal._handle)
        return seal

    @classmethod
    def open(cls, journal: Path) -> Self:
        """The seal of a journal, to go on with.

        Raises:
            OSError: It is missing or a link.
        """
        return cls(os.open(place_of(journal), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC))

    def set(self, sealed: Sealed) -> None:
        """Note what has been committed.

        Raises:
            OSError: The disk does not take it.
        """
        text = b"%020d %010d" % sealed
        os.pwrite(self._handle, b"%s %010d\n" % (text, zlib.crc32(text)), 0)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def read_seal(journal: Path) -> Sealed | None:
    """What the seal of a journal tells; None when it is missing or cannot be one."""
    for _ in range(_TRIES):
        try:
            content = place_of(journal).read_bytes()
        except OSError:
            return None
        found = _LINE.fullmatch(content)
        if found is not None and zlib.crc32(found[1]) == int(found[2]):
            seq, whole = found[1].split()
            return Sealed(int(seq), int(whole))
    return None
