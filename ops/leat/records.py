"""What the account answers, as typed allow-listed records; no raw body goes further than this room.

A contact's body carries live credentials (login links and codes, wallet links, opt-in links), so a record
holds the values a caller named and nothing else. No I/O lives here.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec

_NULL = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, frozen=True):
    """The shape of every success: ``{"data": …, "meta": …}``; both still undecoded."""

    data: msgspec.Raw
    meta: msgspec.Raw = _NULL
    message: msgspec.Raw = _NULL
    """Beside `data` in some answers about mails."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The shape of every documented refusal; HTTP 400 for the whole code table."""

    message: str
    code: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)] | None = None
    status_code: int | None = None
    errors: Any = None
    """``{field: "…" or ["…"]}`` where the server says which input it means."""


class ContactRef(msgspec.Struct, frozen=True):
    """A contact of which only the uuid is known."""

    uuid: str


class Contact(msgspec.Struct, frozen=True):
    """A contact with the values that were asked for."""

    uuid: str
    email: str | None = None
    is_anonymous: bool = False
    values: dict[str, Any] = {}
    """`current_values` by name, as the server typed them; fractions are `Decimal`.

    `RESERVED` names, asked for like attributes, stand for what the body holds beside them.
    """


class ContactPage(msgspec.Struct, frozen=True):
    """One page of the account's contacts."""

    contacts: list[Contact]
    total: int
    last_page: int


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of the account's contacts (`contact-attributes`)."""

    name: str
    type: str | None = None
    label: str | None = None
    options: Any = None
    """``[{"value": …, "label": …}]`` for a select; an empty list, an empty object or null for the others."""
    is_piggy_defined: bool | None = None
    is_hard_read_only: bool | None = None

    def choices(self) -> list[tuple[str, str]]:
        """Value and label of each option."""
        options = self.options if isinstance(self.options, list) else []
        entries = [one if isinstance(one, dict) else {"value": one} for one in options]
        return [(str(one["value"]), str(one.get("label") or one["value"])) for one in entries if "value" in one]


class Named(msgspec.Struct, frozen=True):
    """A shop or a gift card programme: what tells one account from another."""

    uuid: str | None
    name: str | None = None


class Program(Named, frozen=True):
    """A gift card programme; None where the account does not say."""

    active: bool | None = None
    card_count: int | None = None
    min_amount_in_cents: int | None = None
    max_amount_in_cents: int | None = None


class Holder(msgspec.Struct, frozen=True):
    """The contact an identifier leads to."""

    uuid: str
    email: str | None = None


class Identifier(msgspec.Struct, frozen=True):
    """A contact identifier, such as the number of a loyalty card."""

    value: str
    name: str | None = None
    active: bool | None = None
    default: bool | None = None
    """Whether it is the contact's first one; only the list of a contact's identifiers says so."""
    contact: Holder | None = None


class CreditBalance(msgspec.Struct, frozen=True):
    """Loyalty credits."""

    balance: int


class PrepaidBalance(msgspec.Struct, frozen=True):
    """Prepaid money, in cents."""

    balance_in_cents: int


class Tier(msgspec.Struct, frozen=True):
    """A loyalty level."""

    name: str
    uuid: str | None = None
    position: int | None = None


class Card(msgspec.Struct, frozen=True):
    """A gift card, without its hash and its link: whoever has one of them has the money."""

    uuid: str
    amount_in_cents: int
    active: bool | None = None
    expiration_date: str | None = None
    """ISO 8601; None: it does not expire."""
    program: str | None = None
    """The programme's name."""
    program_uuid: str | None = None
    """Only where the answer names it: in lists and of a new card."""


class CardPage(msgspec.Struct, frozen=True):
    """One page of the account's gift cards."""

    cards: list[Card]
    total: int
    last_page: int


class CardCode:
    """What a gift card is spent with; no record: it can be encoded nowhere, and so not be journaled."""

    __slots__ = ("hash", "url", "uuid")

    def __init__(self, uuid: str, hash: str, url: str | None = None) -> None:  # noqa: A002 - the API's word
        self.uuid = uuid
        self.hash = hash
        self.url = url

    def __repr__(self) -> str:
        return f"CardCode({self.uuid!r}, •••)"


class Transaction(msgspec.Struct, frozen=True):
    """Value put on a gift card, or taken off it."""

    uuid: str | None
    """None in some lists, as is `card_uuid`."""
    amount_in_cents: int
    card_uuid: str | None = None
    card_id: int | None = None
    marker: str | None = None
    """What `PutValue` left there to find it by."""
    created_at: str | None = None


class TransactionPage(msgspec.Struct, frozen=True):
    """One page of gift card transactions."""

    transactions: list[Transaction]
    total: int
    last_page: int


RESERVED = frozenset(
    {"@credit_balance", "@prepaid_balance_in_cents", "@tier", "@subscriptions", "@is_anonymous", "@email"}
)
"""Names in `Contact.values` that are no attributes; each is None where the body holds nothing of the kind.

`@credit_balance` and `@prepaid_balance_in_cents` are ints, `@tier` is the tier's name, `@subscriptions` a list of
``{"name": …, "subscribed": bool}``, `@is_anonymous` a bool and `@email` text.
"""


MARKER = "leatops"
"""The custom attribute of a transaction that `PutValue` marks its own by."""


class _Kind(msgspec.Struct, frozen=True):
    name: str


class _Subscription(msgspec.Struct, frozen=True):
    is_subscribed: bool
    subscription_type: _Kind


class WireContact(msgspec.Struct, frozen=True):
    """A contact's body, reduced to what a `Contact` may hold."""

    uuid: str
    email: str | None = None
    current_values: dict[str, Any] | list[Any] = {}
    """An object; PHP writes an empty one as a list."""
    tier: msgspec.Raw = _NULL
    subscriptions: msgspec.Raw = _NULL
    credit_balance: msgspec.Raw = _NULL
    prepaid_balance: msgspec.Raw = _NULL

    def contact(self, fields: tuple[str, ...]) -> Contact:
        """The record with the named values; a name the account does not have is null."""
        values = self.current_values if isinstance(self.current_values, dict) else {}
        return Contact(
            uuid=self.uuid,
            email=self.email,
            is_anonymous=values.get("is_anonymous") is True,
            values={name: self._reserved(name, values) if name in RESERVED else values.get(name) for name in fields},
        )

    def _reserved(self, name: str, values: dict[str, Any]) -> Any:
        match name:
            case "@credit_balance":
                credit: CreditBalance | None = loose(self.credit_balance, CreditBalance)
                return None if credit is None else credit.balance
            case "@prepaid_balance_in_cents":
                prepaid: PrepaidBalance | None = loose(self.prepaid_balance, PrepaidBalance)
                return None if prepaid is None else prepaid.balance_in_cents
            case "@tier":
                tier: _Kind | None = loose(self.tier, _Kind)
                return None if tier is None else tier.name
            case "@subscriptions":
                return _subscriptions(self.subscriptions)
            case "@is_anonymous":
                return values.get("is_anonymous") is True
            case _:
                return self.email


def _subscriptions(raw: msgspec.Raw) -> list[dict[str, Any]] | None:
    found: list[_Subscription] | None = loose(raw, list[_Subscription])
    if found is None:
        return None
    return [{"name": one.subscription_type.name, "subscribed": one.is_subscribed} for one in found]


class WireProgram(msgspec.Struct, frozen=True):
    """A gift card programme's body; every plan reads them, so that an odd limit in one must not stop it."""

    uuid: str | None
    name: str | None = None
    active: msgspec.Raw = _NULL
    card_count: msgspec.Raw = _NULL
    min_amount_in_cents: msgspec.Raw = _NULL
    max_amount_in_cents: msgspec.Raw = _NULL

    def program(self) -> Program:
        """The record."""
        return Program(
            uuid=self.uuid,
            name=self.name,
            active=loose(self.active, bool),
            card_count=loose(self.card_count, int),
            min_amount_in_cents=loose(self.min_amount_in_cents, int),
            max_amount_in_cents=loose(self.max_amount_in_cents, int),
        )


class _Labelled(msgspec.Struct, frozen=True):
    uuid: str | None = None
    name: str | None = None


class WireCard(msgspec.Struct, frozen=True):
    """A gift card's body, reduced to what a `Card` may hold."""

    uuid: str
    amount_in_cents: int
    active: bool | None = None
    expiration_date: str | None = None
    giftcard_program: msgspec.Raw = _NULL

    def card(self) -> Card:
        """The record."""
        program: _Labelled | None = loose(self.giftcard_program, _Labelled)
        return Card(
            uuid=self.uuid,
            amount_in_cents=self.amount_in_cents,
            active=self.active,
            expiration_date=self.expiration_date,
            program=program.name if program else None,
            program_uuid=program.uuid if program else None,
        )


class WireCode(msgspec.Struct, frozen=True):
    """A gift card's body, reduced to its code."""

    uuid: str
    hash: str
    url: str | None = None


class _Numbered(msgspec.Struct, frozen=True):
    id: int | None = None
    uuid: str | None = None


class WireTransaction(msgspec.Struct, frozen=True):
    """A transaction's body, reduced to what a `Transaction` may hold."""

    amount_in_cents: int
    uuid: str | None = None
    card: _Numbered | None = None
    created_at: str | None = None
    custom_attributes: msgspec.Raw = _NULL

    def transaction(self) -> Transaction:
        """The record."""
        attributes: dict[str, Any] = loose(self.custom_attributes, dict[str, Any]) or {}
        marker = attributes.get(MARKER)
        return Transaction(
            uuid=self.uuid,
            amount_in_cents=self.amount_in_cents,
            card_uuid=self.card.uuid if self.card else None,
            card_id=self.card.id if self.card else None,
            marker=marker if isinstance(marker, str) else None,
            created_at=self.created_at,
        )


class PageMeta(msgspec.Struct, frozen=True):
    """The meta of a list; the size of its pages comes back under several names and is not read."""

    total: int
    last_page: int = 1


def decode(raw: msgspec.Raw | bytes, kind: Any, *, strict: bool = True) -> Any:
    """Decode with fractions as `Decimal`, so that no digit is lost.

    Args:
        raw: JSON.
        kind: The type it must have.
        strict: False lets a number stand as a string, as counts in a `meta` sometimes do.

    Raises:
        msgspec.MsgspecError: The JSON is broken or has another shape.
    """
    return _decoder(kind, strict).decode(raw)


def loose(raw: msgspec.Raw, kind: Any) -> Any:
    """Decode where a strange shape means nothing more than "not said": None then."""
    try:
        return decode(raw, kind, strict=False)
    except msgspec.ValidationError:
        return None


@cache
def _decoder(kind: Any, strict: bool) -> msgspec.json.Decoder[Any]:  # noqa: FBT001 - `cache` wants it plain
    return msgspec.json.Decoder(kind, float_hook=Decimal, strict=strict)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """Encode as JSON, a `Decimal` as a number."""
    return _ENCODER.encode(value)
