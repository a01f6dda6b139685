"""What the account answers, as typed allow-listed records; no raw body goes further than this room.

A contact's body carries live credentials (login links and codes, wallet links, opt-in links), so a record
holds the values a caller named and nothing else. No I/O lives here.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import msgspec


class Envelope(msgspec.Struct, frozen=True):
    """The shape of every success: ``{"data": …, "meta": …}``; both still undecoded."""

    data: msgspec.Raw
    meta: msgspec.Raw = msgspec.Raw(b"null")


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
    """`current_values` by name, as the server typed them; fractions are `Decimal`."""


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


class WireContact(msgspec.Struct, frozen=True):
    """A contact's body, reduced to what a `Contact` may hold."""

    uuid: str
    email: str | None = None
    current_values: dict[str, Any] | list[Any] = {}
    """An object; PHP writes an empty one as a list."""

    def contact(self, fields: tuple[str, ...]) -> Contact:
        """The record with the named values; a name the account does not have is null."""
        values = self.current_values if isinstance(self.current_values, dict) else {}
        return Contact(
            uuid=self.uuid,
            email=self.email,
            is_anonymous=values.get("is_anonymous") is True,
            values={name: values.get(name) for name in fields},
        )


class PageMeta(msgspec.Struct, frozen=True):
    """The meta of a list of contacts; `limit` comes back as a string and is not read."""

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


@cache
def _decoder(kind: Any, strict: bool) -> msgspec.json.Decoder[Any]:  # noqa: FBT001 - `cache` wants it plain
    return msgspec.json.Decoder(kind, float_hook=Decimal, strict=strict)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """Encode as JSON, a `Decimal` as a number."""
    return _ENCODER.encode(value)
