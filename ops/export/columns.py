"""What the rows of an export are: the columns of contacts and cards, values as text, and the filters.

A login link, a card's code or any other credential comes into no row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from ops.errors import OptionError
from ops.leat.bodies import is_credential
from ops.leat.records import Attribute, Card, Contact, encode

Moment = str | date | datetime
"""ISO 8601, or a date, or a date and time; midnight and UTC where it does not say."""
CONTACT: Final = ("uuid", "email")
BALANCES: Final = {
    "credit_balance": "@credit_balance",
    "prepaid_balance_in_cents": "@prepaid_balance_in_cents",
    "tier": "@tier",
}
"""Columns of a contact, and under which names the records hold them."""
CARD: Final = ("uuid", "program", "program_uuid", "amount_in_cents", "active", "expiration_date")
_WRITTEN_OUT: Final = 30
"""An exponent up to which a number is written out."""


def contact_columns(attributes: Iterable[Attribute]) -> dict[str, str]:
    """The columns that follow `uuid` and `email`, each with the name of its value: attributes, balances and the tier.

    The tier is its name, in place of the number that the system's attribute of this name holds; an attribute that
    the account itself has given one of these names goes before, so that it comes back where it was.
    """
    columns: dict[str, str] = {}
    for attribute in attributes:
        named_so = attribute.name in BALANCES and attribute.is_piggy_defined is not False
        if not (named_so or attribute.name in CONTACT or is_credential(attribute.name)):
            columns[attribute.name] = attribute.name
    return columns | {name: source for name, source in BALANCES.items() if name not in columns}


def contact_row(contact: Contact, sources: Iterable[str]) -> list[str | None]:
    """A contact as text."""
    return [contact.uuid, contact.email, *(as_text(contact.values.get(source)) for source in sources)]


def card_row(card: Card) -> list[str | None]:
    """A gift card as text; it has no code to tell."""
    shown = (card.amount_in_cents, card.active, card.expiration_date)
    return [card.uuid, card.program, card.program_uuid, *map(as_text, shown)]


def as_text(value: Any) -> str | None:
    """A value as the account gave it: every digit of a number, a list's values joined by `;`."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            exponent = value.as_tuple().exponent
            written_out = isinstance(exponent, int) and abs(exponent) <= _WRITTEN_OUT
            return f"{value:f}" if written_out else str(value)
        case list():
            return ";".join(as_text(one) or "" for one in value)
        case dict():
            return encode(value).decode()
        case _:
            return str(value)


def created_window(after: Moment | None, before: Moment | None) -> tuple[tuple[str, str], ...]:
    """The bounds of `ListContacts`: not earlier than the one, earlier than the other, so that windows can follow on.

    Raises:
        OptionError: One is no date, or nothing lies between them.
    """
    low = None if after is None else moment(after, "created-after")
    high = None if before is None else moment(before, "created-before")
    if low is not None and high is not None and low >= high:
        raise OptionError("No contact can be created after the one date and before the other.", option="created-before")
    bounds = (("gte", low), ("lt", high))
    return tuple((name, bound.isoformat()) for name, bound in bounds if bound is not None)


def moment(given: Moment, option: str) -> datetime:
    """A moment in UTC.

    Raises:
        OptionError: The text is neither a date nor a date with a time.
    """
    try:
        found = datetime.fromisoformat(given.strip()) if isinstance(given, str) else given
        if not isinstance(found, datetime):
            found = datetime.combine(found, time())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise OptionError(
            f"{given} is not a date such as 2025-03-01 or 2025-03-01T14:30+01:00.", option=option
        ) from None
