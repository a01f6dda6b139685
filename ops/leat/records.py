"""What the account answers, as typed allow-listed records; no raw body goes further than this room.

A contact's body carries live credentials (login links and codes, wallet links, opt-in links), so a record
holds the values a caller named and nothing else. No I/O lives here.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec

NULL = msgspec.Raw(b"null")
"""What is not said."""


class Envelope(msgspec.Struct, frozen=True):
    """The shape of every success: ``{"data": …, "meta": …}``; both still undecoded."""

    data: msgspec.Raw
    meta: msgspec.Raw = NULL
    message: msgspec.Raw = NULL
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
