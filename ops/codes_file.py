"""`codes.csv`: the codes of a run's new gift cards, read again from the account for whoever asked for them.

The only place that writes a card's hash; it is in no journal, no other file and no message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from ops.errors import RefusedError
from ops.events import Mark
from ops.files import replacing
from ops.journal import JournalReader
from ops.leat.reader import Reader, together
from ops.leat.records import CardCode
from ops.leat.requests import GetCardCode
from ops.plan import WINDOW, Plan
from ops.runs import RunFolder
from ops.sheet.guarded import guard

CODES: Final = "codes.csv"
CREATE_CARD: Final = "create_card"
"""The step that makes a card."""
BATCH: Final = 500
"""Cards asked for before any is written; the reader has only so many on the way at once."""
_SCHEMA: Final = dict.fromkeys(("_row", "_card", "hash", "url"), pl.String)


async def write_codes(folder: RunFolder, reader: Reader) -> Path:
    """Read the code of every card that the run has made, and write them down.

    A card that the account refuses to show has empty cells.

    Raises:
        RunError: The run cannot be read.
        AccountError: The account does not answer; the file is as it was.
    """
    path = folder.path / CODES
    cards = _cards(folder.plan, folder.journal)
    with replacing(path) as file:
        pl.DataFrame(schema=_SCHEMA).write_csv(file, line_terminator="\r\n")
        while (window := await asyncio.to_thread(next, cards, None)) is not None:
            for batch in window.iter_slices(BATCH):
                codes = await together([_code(reader, card) for card in batch["card"]])
                lines = pl.DataFrame(
                    {
                        "_row": batch["row"].cast(pl.String),
                        "_card": batch["card"],
                        "hash": [code.hash if code is not None else None for code in codes],
                        "url": [code.url if code is not None else None for code in codes],
                    },
                    schema=_SCHEMA,
                )
                guard(lines).write_csv(file, include_header=False, line_terminator="\r\n")
    return path


def _cards(plan: Plan, journal: JournalReader) -> Iterator[pl.DataFrame]:
    """The cards that were made, `row` and `card`, a window at a time."""
    made = (pl.col("name") == CREATE_CARD) & (pl.col("state") == Mark.DONE.value) & pl.col("card").is_not_null()
    for first in range(1, plan.meta.rows + 1, WINDOW):
        events = journal.frame(first, first + WINDOW - 1)
        yield events.filter(made).unique("row", keep="last").select("row", "card").sort("row")


async def _code(reader: Reader, card: str) -> CardCode | None:
    try:
        return await reader.ask(GetCardCode(card))
    except RefusedError:
        return None
