"""Looking up what has no list of its own: contact identifiers one by one, gift cards by hash or uuid.

Contacts are `lookup`'s business; what is found means nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from ops.diff import NOW
from ops.errors import RefusedError
from ops.leat.codes import meaning
from ops.leat.reader import Reader, together
from ops.leat.records import Card, Identifier, encode
from ops.leat.requests import FindCard, FindIdentifier, GetCard, Read
from ops.lookup import Current, Progress, Wanted


async def read_identifiers(
    reader: Reader, values: pl.Series, progress: Progress
) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """The identifiers that the account knows, as `Current.identifiers`, and those it refused to look up."""
    found, refused = await _ask(reader, {value: FindIdentifier(value) for value in values}, progress)
    known: Mapping[str, Identifier] = found
    table = {
        "value": list(known),
        "uuid": [one.contact.uuid if one.contact is not None else None for one in known.values()],
        "state": [_state(one) for one in known.values()],
    }
    return pl.DataFrame(table, schema=dict.fromkeys(table, pl.String)), refused


def _state(identifier: Identifier) -> str:
    if identifier.contact is not None:
        return "linked"
    return "inactive" if identifier.active is False else "free"


async def with_cards(reader: Reader, wanted: Wanted, current: Current, progress: Progress) -> Current:
    """Add the gift cards a file asks for, one read each."""
    by_uuid, refused = await _ask(reader, {uuid: GetCard(uuid) for uuid in wanted.cards}, progress)
    by_hash, refused_too = await _ask(reader, {text: FindCard(text) for text in wanted.hashes}, progress, secret=True)
    hashes = {"hash": list(by_hash), "uuid": [card.uuid for card in by_hash.values()]}
    cards: dict[str, Card] = {card.uuid: card for card in (*by_uuid.values(), *by_hash.values())}
    table: dict[str, list[str | None]] = {"uuid": list(cards)}
    for name in wanted.card_values:
        table[NOW + name] = [_text(getattr(card, name)) for card in cards.values()]
    return replace(
        current,
        refused={**current.refused, **refused, **refused_too},
        cards=pl.DataFrame(table, schema=dict.fromkeys(table, pl.String)),
        hashes=pl.DataFrame(hashes, schema=dict.fromkeys(hashes, pl.String)),
    )


def _text(value: Any) -> str | None:
    return None if value is None else encode(value).decode()


async def _ask(
    reader: Reader, asked: Mapping[str, Read[Any]], progress: Progress, *, secret: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """What is there by key, a few at once; keys the account does not know are left out.

    Of secret keys a refusal is told in our own words: the server's might repeat them.
    """
    found: dict[str, Any] = {}
    refused: dict[str, str] = {}

    async def look(key: str) -> None:
        try:
            reply = await reader.ask(asked[key])
        except RefusedError as error:
            refused[key] = meaning(error.code) if secret else error.message
        else:
            if reply is not None:
                found[key] = reply

    keys: Sequence[str] = list(asked)
    for start in range(0, len(keys), reader.slots):
        batch = keys[start : start + reader.slots]
        await together([look(key) for key in batch])
        progress(start + len(batch), len(keys))
    # Replies come in any order; the file's order is kept so that a plan does not depend on it.
    return {key: found[key] for key in keys if key in found}, refused
