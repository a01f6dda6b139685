"""Which gift cards a programme has before the first write, so that one whose answer was lost can be told from them.

Reads alone; what the snapshot is compared with is decided elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ops.errors import AccountError, UnreachableError
from ops.journal import Journal
from ops.leat.reader import Reader
from ops.leat.records import CardPage
from ops.leat.requests import ListCards

WALKS: Final = 3
"""How often a list that moves while it is read is walked again."""

Gate = Callable[[], Awaitable[None]]
"""Waits while nothing is to be sent."""


async def _open() -> None:
    """Nobody pauses."""


async def note_cards(reader: Reader, journal: Journal, program: str, *, gate: Gate = _open) -> None:
    """List a programme's cards and keep their uuids in the journal: all of them, or none.

    Args:
        reader: A client that cannot write.
        journal: Of the run that is about to make cards.
        program: The programme's uuid.
        gate: Waited for before each few pages.

    Raises:
        UnreachableError: The list does not stand still, or the server does not answer.
        AccountError: The account does not show its cards.
        JournalError: They cannot be written.
    """
    for _ in range(WALKS):
        cards = await _walk(reader, program, gate)
        if cards is not None:
            await journal.note_cards(program, cards)
            return
    raise UnreachableError(
        f"The list of the programme's gift cards kept changing during {WALKS} walks, so cards that are there already "
        "could not be noted. Nothing was sent. Resume when no other cards are being made in this programme."
    )


async def _walk(reader: Reader, program: str, gate: Gate) -> set[str] | None:
    """Every card of the list; None when it moved meanwhile, for its order is unstated and a new card shifts pages."""
    await gate()
    first = await reader.ask(ListCards(1, program))
    found = {card.uuid for card in first.cards}
    for begin in range(2, first.last_page + 1, reader.slots):
        await gate()
        numbers = range(begin, min(begin + reader.slots, first.last_page + 1))
        pages = await _pages(reader, program, numbers)
        found.update(card.uuid for page in pages for card in page.cards)
        if any(page.total != first.total for page in pages):
            return None
    return found if len(found) >= first.total else None


async def _pages(reader: Reader, program: str, numbers: range) -> list[CardPage]:
    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(reader.ask(ListCards(number, program))) for number in numbers]
    except* AccountError as errors:
        raise errors.exceptions[0] from None
    return [each.result() for each in asked]
