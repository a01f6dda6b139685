"""Gift cards: reading them and their transactions, making, loading and mailing them.

A card's hash and link are cash: they are asked for by `GetCardCode` alone, and shown by nothing here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ops.leat.bodies import WireCard, WireCode, WireTransaction
from ops.leat.records import (
    MARKER,
    Card,
    CardCode,
    CardPage,
    Envelope,
    Transaction,
    TransactionPage,
    decode,
    loose,
)
from ops.leat.requests.base import (
    CARD_NOT_FOUND,
    PAGE_SIZE,
    Adopted,
    Doubtful,
    Effect,
    NotDone,
    Read,
    Request,
    Settled,
    UnexpectedReplyError,
    extent,
    safe_id,
)

DIGITAL = 1
"""The one type of card that can be made; a number, not text."""


@dataclass(frozen=True, slots=True)
class ListCards(Read[CardPage]):
    """GET giftcards: one page, of a programme or of all; in no stated order, and a new card may shift the pages."""

    page: int
    program: str | None = None

    name = "cards"
    record = CardPage

    def path(self) -> tuple[str, ...]:
        """`giftcards`."""
        return ("giftcards",)

    def query(self) -> Mapping[str, str]:
        """`page`, `limit` and, when given, `giftcard_program_uuid`."""
        return {"page": str(self.page), "limit": str(PAGE_SIZE), **_given(giftcard_program_uuid=self.program)}

    def read(self, envelope: Envelope) -> CardPage:
        """The page."""
        found: list[WireCard] = decode(envelope.data, list[WireCard])
        return CardPage([wire.card() for wire in found], *extent(envelope))


@dataclass(frozen=True, slots=True)
class GetCard(Read[Card | None]):
    """GET giftcards/{uuid}: the card, or None."""

    uuid: str

    name = "card"
    record = Card | None
    absent = frozenset({CARD_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`giftcards/{uuid}`."""
        return ("giftcards", self.uuid)

    def read(self, envelope: Envelope) -> Card:
        """The card; it must be the one that was asked for."""
        wire: WireCard = decode(envelope.data, WireCard)
        _same_card(wire.uuid, self.uuid)
        return wire.card()


@dataclass(frozen=True, slots=True)
class FindCard(Read[Card | None]):
    """GET giftcards/find-one-by: the card with this hash or QR code, or None."""

    hash: str = field(repr=False)

    name = "find_card"
    record = Card | None
    absent = frozenset({CARD_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`giftcards/find-one-by`."""
        return ("giftcards", "find-one-by")

    def query(self) -> Mapping[str, str]:
        """`hash`."""
        return {"hash": self.hash}

    def read(self, envelope: Envelope) -> Card:
        """The card; its hash may be another than the code on it that was asked for."""
        wire: WireCard = decode(envelope.data, WireCard)
        safe_id(wire.uuid)
        return wire.card()


@dataclass(frozen=True, slots=True)
class GetCardCode(Read[CardCode]):
    """GET giftcards/{uuid}: what the card is spent with; 5001 is refused. Never a step of a row."""

    uuid: str

    name = "code"
    record = CardCode

    def path(self) -> tuple[str, ...]:
        """`giftcards/{uuid}`."""
        return ("giftcards", self.uuid)

    def read(self, envelope: Envelope) -> CardCode:
        """The code; it must be of the card that was asked for."""
        wire: WireCode = decode(envelope.data, WireCode)
        _same_card(wire.uuid, self.uuid)
        return CardCode(wire.uuid, wire.hash, wire.url)


@dataclass(frozen=True, slots=True)
class ListTransactions(Read[TransactionPage]):
    """GET giftcard-transactions: one page, of a programme, a card or a shop; one of them is needed."""

    page: int
    program: str | None = None
    hash: str | None = field(default=None, repr=False)
    shop: str | None = None

    name = "transactions"
    record = TransactionPage

    def path(self) -> tuple[str, ...]:
        """`giftcard-transactions`."""
        return ("giftcard-transactions",)

    def query(self) -> Mapping[str, str]:
        """`page`, `perPage` (not `limit`) and what is given of programme, hash and shop."""
        wanted = _given(giftcard_program_uuid=self.program, giftcard_hash=self.hash, shop_uuid=self.shop)
        return {"page": str(self.page), "perPage": str(PAGE_SIZE), **wanted}

    def read(self, envelope: Envelope) -> TransactionPage:
        """The page."""
        found: list[WireTransaction] = decode(envelope.data, list[WireTransaction])
        return TransactionPage([wire.transaction() for wire in found], *extent(envelope))


@dataclass(frozen=True, slots=True)
class CreateCard(Request[Card]):
    """POST giftcards: a new, empty, digital card; a second call makes a second one."""

    program: str

    name = "create_card"
    method = "POST"
    effect = Effect.ONCE
    record = Card
    stops = frozenset({1100, 55021, 7015, 1114})

    def path(self) -> tuple[str, ...]:
        """`giftcards`."""
        return ("giftcards",)

    def body(self) -> Mapping[str, Any]:
        """`type`, a number, and `giftcard_program_uuid`."""
        return {"type": DIGITAL, "giftcard_program_uuid": self.program}

    def read(self, envelope: Envelope) -> Card:
        """The new card, of the programme that was asked for."""
        wire: WireCard = decode(envelope.data, WireCard)
        safe_id(wire.uuid)
        card = wire.card()
        if card.program_uuid not in {None, self.program}:
            raise UnexpectedReplyError("the server made a card of another programme")
        return card


@dataclass(frozen=True, slots=True)
class PutValue(Request[Transaction]):
    """POST giftcard-transactions: put value on a card; a second call puts it there twice."""

    card: str
    cents: int
    """Below zero takes value off."""
    shop: str
    marker: str
    """Kept with the transaction, so that it can be found among others."""

    name = "put_value"
    method = "POST"
    effect = Effect.ONCE
    record = Transaction
    stops = frozenset({1008, 7015, 5007, 1114})

    def path(self) -> tuple[str, ...]:
        """`giftcard-transactions`."""
        return ("giftcard-transactions",)

    def body(self) -> Mapping[str, Any]:
        """`giftcard_uuid`, `amount_in_cents`, `shop_uuid` and the marker in `custom_attributes`."""
        return {
            "giftcard_uuid": self.card,
            "amount_in_cents": self.cents,
            "shop_uuid": self.shop,
            "custom_attributes": {MARKER: self.marker},
        }

    def read(self, envelope: Envelope) -> Transaction:
        """The transaction; it must be of the amount, and where it names a card of the card, that were sent."""
        wire: WireTransaction = decode(envelope.data, WireTransaction)
        made = wire.transaction()
        if made.amount_in_cents != self.cents:
            raise UnexpectedReplyError("the server put another amount on the card")
        if made.card_uuid is not None:
            _same_card(made.card_uuid, self.card)
        return made

    def settling(self) -> Generator[Read[Any], Any, Settled]:
        """The card is ours and new, so that any transaction on it is this one."""
        card: Card | None = yield GetCard(self.card)
        if card is None:
            return Doubtful("the card is not there any more")
        code: CardCode = yield GetCardCode(self.card)
        page: TransactionPage = yield ListTransactions(1, hash=code.hash)
        if page.transactions:
            found = page.transactions[0]
            if found.amount_in_cents != self.cents or len(page.transactions) > 1:
                return Doubtful("the card has other transactions than the one that is looked for")
            return Adopted(found)
        if card.amount_in_cents:
            return Doubtful("there is value on the card, and no transaction to be seen")
        return NotDone()


@dataclass(frozen=True, slots=True)
class SendCard(Request[None]):
    """POST giftcards/{uuid}/send-by-email: mail a card to a contact; a second call sends a second mail."""

    card: str
    contact: str
    email: str | None = None
    """Uuid of the mail; None lets the account choose one."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Merge tags; each name begins with ``custom.``."""

    name = "send"
    method = "POST"
    effect = Effect.ONCE
    record = None
    takes_word = True

    def path(self) -> tuple[str, ...]:
        """`giftcards/{uuid}/send-by-email`."""
        return ("giftcards", self.card, "send-by-email")

    def body(self) -> Mapping[str, Any]:
        """`contact_uuid` and what is given of `email_uuid` and `merge_tags`."""
        tags = {"merge_tags": self.tags} if self.tags else {}
        return {"contact_uuid": self.contact, **_given(email_uuid=self.email), **tags}

    def read(self, envelope: Envelope) -> None:
        """Nothing; the message, inside `data` or beside it, must be "success"."""
        inside: _Said | None = loose(envelope.data, _Said)
        beside: str | None = loose(envelope.message, str)
        if (inside.message if inside else beside) != "success":
            raise UnexpectedReplyError("the server does not say that the mail was sent")

    def settling(self) -> Generator[Read[Any], Any, Settled]:
        """Nothing shows whether a mail went out; it is never sent again unasked."""
        yield from ()
        return Doubtful("whether the mail went out cannot be read back: ask the recipient, or look in the dashboard")


class _Said(msgspec.Struct, frozen=True):
    message: str


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _same_card(answered: str, asked: str) -> None:
    if answered != asked:
        raise UnexpectedReplyError("the server answered with another card")
