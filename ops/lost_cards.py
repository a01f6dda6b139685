"""Which of a programme's gift cards are those whose answers a run has lost: blank, new, and nobody else's.

Reads alone; what is then noted of the rows that lack a card is `settle`'s business.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from ops.errors import RunError
from ops.leat.reader import Reader, together
from ops.leat.records import Card, CardCode, TransactionPage
from ops.leat.requests import CreateCard, Doubtful, GetCardCode, ListTransactions
from ops.runs import RunFolder, Runs
from ops.snapshot import Gate, list_cards

SHOWN_CARDS: Final = 10
_NOT_NOTED: Final = "the programme's cards were not noted before the run (adopt=false), so a lost one cannot be told"


async def lost_cards(
    folder: RunFolder, reader: Reader, program: str, rows: int, *, seconds: float, gate: Gate
) -> list[Card] | Doubtful:
    """The cards that rows may take, at most one each: one blank is as good as another.

    Blank ones that nobody else can have made are ours, while there are no more of them than rows that lack one.

    Args:
        folder: The run, which the caller holds.
        reader: A client that cannot write.
        program: The programme's uuid.
        rows: How many rows lack a card.
        seconds: How long to watch a card before it is taken: one that somebody else has just made is loaded soon.
        gate: Waited for before each few pages.

    Raises:
        AccountError: The account does not answer, or does not show its cards.
        RunError: The run's own journal cannot be read.
    """
    journal = folder.journal
    if journal.snapshot() != program:
        return Doubtful(_NOT_NOTED)
    there = await list_cards(reader, program, gate=gate)
    blank = {uuid: card for uuid, card in there.items() if card.amount_in_cents == 0}
    # Only after the list: what another run has made by then is in its journal, or on its way to it.
    home = await asyncio.to_thread(_home_cards, folder, program)
    if home.unreadable:
        return Doubtful(f"run {home.unreadable} cannot be read, and may have made the cards that look like nobody's")
    if home.busy:
        return Doubtful(f"run {home.busy} is at work and may be making cards just now: settle again when it has ended")
    strangers = await asyncio.to_thread(journal.in_snapshot, list(blank))
    new = set(blank) - strangers - home.known
    elsewhere = await asyncio.to_thread(_noted_elsewhere, home.doubtful, new)
    # What another run noted as there before its first card can be lost to us alone: it goes first, and leaves the
    # others to that run.
    candidates = sorted(new, key=lambda uuid: (uuid not in elsewhere, uuid))
    if len(candidates) > rows + home.parked:
        shown = ", ".join(candidates[:SHOWN_CARDS]) + (", …" if len(candidates) > SHOWN_CARDS else "")
        return Doubtful(f"{len(candidates)} blank cards are new and {rows} rows lack one; look at: {shown}")
    if candidates:
        await asyncio.sleep(seconds)
        await gate()
    return [blank[uuid] for uuid in await _unused(reader, candidates)][:rows]


async def _unused(reader: Reader, cards: list[str]) -> list[str]:
    """Those that never held anything: a card that was loaded and spent is blank again, and somebody's."""
    looks = await together([_is_unused(reader, card) for card in cards])
    return [card for card, unused in zip(cards, looks, strict=True) if unused]


async def _is_unused(reader: Reader, card: str) -> bool:
    code: CardCode = await reader.ask(GetCardCode(card))
    page: TransactionPage = await reader.ask(ListTransactions(1, hash=code.hash))
    return not page.transactions


@dataclass(frozen=True, slots=True)
class _HomeCards:
    """What the runs of a home know of gift cards."""

    known: frozenset[str]
    """Those that some run made."""
    parked: int
    """Rows of other runs that lack one."""
    unreadable: str = ""
    """A run that cannot be read."""
    busy: str = ""
    """Another run that some process works on, with cards of which it does not know yet."""
    doubtful: tuple[RunFolder, ...] = ()
    """The other runs that lack cards of the programme."""


def _home_cards(folder: RunFolder, program: str) -> _HomeCards:
    known: set[str] = set()
    doubtful: list[RunFolder] = []
    parked = 0
    for run in Runs(folder.path.parent.parent).all():
        try:
            if run.id != folder.id:
                held = run.is_held
                # Before its cards: a doubt that is gone by then has become a card that is known.
                in_doubt = run.journal.rows_in_doubt(CreateCard.name)
                if in_doubt and (held or run.is_held):
                    return _HomeCards(frozenset(known), parked, busy=run.id)
                if in_doubt and run.journal.snapshot() == program:
                    parked += in_doubt
                    doubtful.append(run)
            known |= run.journal.cards()
        except RunError:
            return _HomeCards(frozenset(known), parked, unreadable=run.id)
    return _HomeCards(frozenset(known), parked, doubtful=tuple(doubtful))


def _noted_elsewhere(runs: tuple[RunFolder, ...], cards: set[str]) -> set[str]:
    """Those of the cards that were there before other runs made their first."""
    found: set[str] = set()
    for run in runs:
        found |= run.journal.in_snapshot(cards)
    return found
