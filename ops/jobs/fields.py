"""The fields and options that several jobs share, and the expressions over what was looked up."""

from __future__ import annotations

from typing import Final

import polars as pl

from ops.fields import Field, Kind
from ops.jobs.options import JobOptions, Option
from ops.leat.records import Contact

CONTACT_UUID: Final = Field("uuid", Kind.ID, "Contact UUID", "the contact's id in the account")
CONTACT: Final = Field("contact", Kind.ID, "Contact UUID", "the contact's id in the account")
EMAIL: Final = Field("email", Kind.EMAIL, "E-mail address", "finds the contact; the address itself is never changed")
IDENTIFIER: Final = Field("identifier", Kind.TEXT, "Contact identifier", "such as the number of a loyalty card")
CARD_UUID: Final = Field("uuid", Kind.ID, "Gift card UUID", "the card's id in the account")
HASH: Final = Field("hash", Kind.TEXT, "Gift card hash", "the code on the card; masked in the plan and every file")
CUSTOM: Final = Field("custom.*", Kind.TEXT, "Merge tag", "a text for the mail, by its name there, such as custom.name")

SWITCH: Final = ("true", "false")
EMAIL_UUID: Final = Option(
    "email_uuid",
    "the automated e-mail of the category 'Giftcard recipient' to send; the account's own when not given",
    of="id",
)

NOT_FOUND: Final = "not found: the account has no such contact"
NO_TARGET: Final = "not found: the plan has no contact for this row"
CARD_NOT_FOUND: Final = "not found: the account has no such gift card"


def switch(name: str, help: str, default: str = "false") -> Option:  # noqa: A002 - as `Option` calls it
    """An option that is on or off."""
    return Option(name, help, choices=SWITCH, default=default)


def is_on(options: JobOptions, name: str) -> bool:
    """Whether a switch is on."""
    return options.values.get(name) == "true"


def absent(prefix: str = "", what: str = NOT_FOUND) -> pl.Expr:
    """Why a row rests whose party the account does not know, or knows twice; null where there is one."""
    times = pl.col(prefix + "times")
    twice = pl.format("ambiguous: the account has {} contacts with this address", times)
    return pl.when(times > 1).then(twice).when(~pl.col(prefix + "found")).then(pl.lit(what))


def now(name: str, prefix: str = "") -> pl.Expr:
    """What a party holds, as JSON text; `null` where it holds nothing."""
    return pl.col(f"{prefix}now.{name}").fill_null("null")


def now_number(name: str, prefix: str = "") -> pl.Expr:
    """A whole number that a party holds, 0 where it holds none."""
    return pl.col(f"{prefix}now.{name}").cast(pl.Int64, strict=False).fill_null(0)


def euros(cents: int) -> str:
    """An amount for people."""
    return f"€ {cents // 100:,}.{cents % 100:02d}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 card`, `2 cards`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def is_gone(contact: Contact | None) -> bool:
    """Whether a look found nobody."""
    return contact is None
