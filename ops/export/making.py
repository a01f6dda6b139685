"""From the account to a file: one list of it read whole, kept on disk meanwhile, and written.

Reads alone. What a row is stands in `columns`, how a list is read while it changes in `walk`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl
from xlsxwriter.exceptions import XlsxWriterException

from ops.errors import InputError, OptionError
from ops.export.columns import (
    CARD,
    CONTACT,
    Moment,
    card_row,
    contact_columns,
    contact_row,
    created_window,
)
from ops.export.spool import Row, Spool
from ops.export.walk import Page, Walk
from ops.export.writing import Format, format_of
from ops.files import replacing
from ops.leat.client import Timeouts, Wiring
from ops.leat.pace import DEFAULT_RATE, Pace
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.leat.requests import ListAttributes, ListCards, ListContacts, ListPrograms
from ops.named import choose_named


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How the account is read.

    Attributes:
        rate: Requests per second; None for no limit.
        timeouts: Of a request.
        progress: Told pages read and pages to read.
    """

    rate: float | None = DEFAULT_RATE
    timeouts: Timeouts = Timeouts()
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    what: str
    """`contacts` or `giftcards`."""
    format: str
    rows: int
    columns: tuple[str, ...]
    requests: int
    walks: int
    """How often the list was read: again when it changed in a way that may have hidden something."""

    def document(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "export": str(self.path),
            "what": self.what,
            "rows": self.rows,
            "requests": self.requests,
            "format": self.format,
            "walks": self.walks,
        }


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list of the account, as rows."""

    what: str
    columns: tuple[str, ...]
    page: Callable[[int], Awaitable[Page[Row]]]
    backwards: bool


async def export_contacts(
    path: Path | str,
    account: Account,
    *,
    created_after: Moment | None = None,
    created_before: Moment | None = None,
    options: ExportOptions | None = None,
) -> Export:
    """Write the account's contacts to a file, oldest first, with every attribute that is no credential.

    The file appears whole or not at all, for its owner alone, and takes the place of an older one.

    Args:
        path: Ends in .csv, .parquet or .xlsx.
        account: Where to read.
        created_after: Only contacts created at this moment or later.
        created_before: Only contacts created earlier than this.
        options: Pace and progress.

    Raises:
        InputError: The file cannot be written, or a date is none.
        AccountError: The account does not answer.
    """
    created = created_window(created_after, created_before)

    async def describe(reader: Reader) -> _Listing:
        attributes = await reader.ask(ListAttributes())
        columns = contact_columns(attributes)
        sources = tuple(columns.values())

        async def page(number: int) -> Page[Row]:
            found = await reader.ask(ListContacts(number, sources, created))
            rows = {contact.uuid: contact_row(contact, sources) for contact in found.contacts}
            return Page(rows, found.total, found.last_page)

        # Contacts go and come: one that goes moves those behind it forward, one that comes is the last.
        return _Listing("contacts", (*CONTACT, *columns), page, backwards=True)

    return await _export(Path(path), account, describe, options or ExportOptions())


async def export_giftcards(
    path: Path | str, account: Account, *, program: str | None = None, options: ExportOptions | None = None
) -> Export:
    """Write the account's gift cards to a file, in the account's order, without what they are spent with.

    Args:
        path: As for contacts.
        account: Where to read.
        program: Only cards of this programme, by uuid or name.
        options: Pace and progress.

    Raises:
        InputError: The file cannot be written, or there is no such programme.
        AccountError: The account does not answer.
    """

    async def describe(reader: Reader) -> _Listing:
        chosen = None
        if program is not None:
            programs = await reader.ask(ListPrograms())
            chosen = choose_named("program", program, {one.uuid: one.name for one in programs if one.uuid})

        async def page(number: int) -> Page[Row]:
            found = await reader.ask(ListCards(number, chosen))
            return Page({card.uuid: card_row(card) for card in found.cards}, found.total, found.last_page)

        # Cards only come, and where in the list is not stated.
        return _Listing("giftcards", CARD, page, backwards=False)

    return await _export(Path(path), account, describe, options or ExportOptions())


def _see_folder(path: Path) -> None:
    """A mistyped folder is told, not made.

    Raises:
        OptionError: It is not there.
    """
    if not path.resolve().parent.is_dir():
        raise OptionError(f"There is no folder {path.parent} to write {path.name} to.", option="file")


async def _export(
    path: Path, account: Account, describe: Callable[[Reader], Awaitable[_Listing]], options: ExportOptions
) -> Export:
    kind = format_of(path)
    _see_folder(path)
    wiring = Wiring(account, Pace(options.rate), options.timeouts)
    # The place is taken first: a file that cannot be written is found out before half an hour of reading.
    with replacing(path) as file:
        async with Reader(wiring) as reader:
            listing = await describe(reader)

            async def page(number: int) -> Page[Row]:
                found = await listing.page(number)
                kind.check(found.total)
                return found

            with _saying(path), Spool(path.parent, listing.columns) as spool:
                walk = Walk(
                    page, spool.add, backwards=listing.backwards, readers=reader.slots, progress=options.progress
                )
                await walk.run()
                await _write(kind, file, spool)
                return Export(path, listing.what, kind.name, spool.rows, listing.columns, reader.sent, walk.walks)


async def _write(kind: Format, file: IO[bytes], spool: Spool) -> None:
    """Write the file beside the loop; whoever cancels waits only for the part that is being written."""
    stopped = threading.Event()

    def frames() -> Iterator[pl.DataFrame]:
        for frame in spool.frames():
            if stopped.is_set():
                raise _StoppedError
            yield frame

    writing = asyncio.ensure_future(asyncio.to_thread(kind.write, file, spool.schema, frames()))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait([writing])
        writing.exception()
        raise


class _StoppedError(Exception):
    """Nobody waits for the file any more."""


@contextmanager
def _saying(path: Path) -> Iterator[None]:
    """A disk that is full is said in words."""
    try:
        yield
    except (OSError, XlsxWriterException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"Cannot write {path}: {why}.", file=str(path)) from error
