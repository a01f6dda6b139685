"""Which gift cards a programme has before the first write, so that one whose answer was lost can be told from them.

Reads alone; what the snapshot is compared with is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from ops.errors import UnreachableError
from ops.journal import Journal, JournalReader
from ops.leat.reader import Reader, together
from ops.leat.records import Card
from ops.leat.requests import ListCards

WALKS: Final = 3
"""How often a list that moves while it is read is walked again."""

Gate = Callable[[], Awaitable[None]]
"""Waits while nothing is to be sent."""


class KnownCards:
    """The gift cards that were there before the run, so far as they were noted, and those of its rows.

    Reads what the journal names at once, which takes seconds for a long run: not in the event loop.

    Args:
        journal: The run's.
    """

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal
        self._ours = journal.cards()

    def takes(self, card: Card) -> bool:
        """Whether a card that was just made is a new one; it is known from then on."""
        if card.uuid in self._ours or self._journal.in_snapshot([card.uuid]):
            return False
        self._ours.add(card.uuid)
        return True


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
    await journal.note_cards(program, await list_cards(reader, program, gate=gate))


async def list_cards(reader: Reader, program: str, *, gate: Gate = _open) -> dict[str, Card]:
    """Every gift card of a programme, by uuid.

    The order of the list is unstated and a card that is made meanwhile shifts its pages, so it is walked until as
    many cards have been seen as it says there are.

    Raises:
        UnreachableError: The list does not stand still, or the server does not answer.
        AccountError: The account does not show its cards.
    """
    found: dict[str, Card] = {}
    for _ in range(WALKS):
        total = await _walk(reader, program, found, gate)
        if len(found) >= total:
            return found
    raise UnreachableError(
        f"The list of the programme's gift cards kept changing during {WALKS} walks, so it is not known which cards "
        "are there. Nothing was sent. Go on when fewer cards are being made in this programme."
    )


async def _walk(reader: Reader, program: str, found: dict[str, Card], gate: Gate) -> int:
    """Add what one walk through the list shows; returns how many cards the list says there are."""
    await gate()
    first = await reader.ask(ListCards(1, program))
    found.update((card.uuid, card) for card in first.cards)
    total = first.total
    for begin in range(2, first.last_page + 1, reader.slots):
        await gate()
        numbers = range(begin, min(begin + reader.slots, first.last_page + 1))
        pages = await together([reader.ask(ListCards(number, program)) for number in numbers])
        found.update((card.uuid, card) for page in pages for card in page.cards)
        total = max(total, *(page.total for page in pages))
    return total
