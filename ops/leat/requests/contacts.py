"""Reading contacts, their identifiers, balances and tiers.

Nothing here changes a contact; see `writes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ops.leat.bodies import WireContact
from ops.leat.records import (
    Contact,
    ContactPage,
    CreditBalance,
    Envelope,
    Identifier,
    PrepaidBalance,
    Tier,
    decode,
)
from ops.leat.requests.base import (
    CONTACT_NOT_FOUND,
    IDENTIFIER_NOT_FOUND,
    PAGE_SIZE,
    Read,
    UnexpectedReplyError,
    extent,
    same_address,
)


@dataclass(frozen=True, slots=True)
class ListContacts(Read[ContactPage]):
    """GET contacts: one page, oldest first, so that new contacts come last."""

    page: int
    fields: tuple[str, ...] = ()
    created: tuple[tuple[str, str], ...] = ()
    """Bounds of the time of creation: `gt`, `gte`, `lt` or `lte`, and a moment in ISO 8601."""

    name = "list"
    record = ContactPage

    def path(self) -> tuple[str, ...]:
        """`contacts`."""
        return ("contacts",)

    def query(self) -> Mapping[str, str]:
        """`page`, `limit`, `sort` and the bounds, as `created_at[gt]`."""
        bounds = {f"created_at[{name}]": moment for name, moment in self.created}
        return {"page": str(self.page), "limit": str(PAGE_SIZE), "sort": "created_at", **bounds}

    def read(self, envelope: Envelope) -> ContactPage:
        """The page, each contact reduced to the named fields."""
        found: list[WireContact] = decode(envelope.data, list[WireContact])
        return ContactPage([wire.contact(self.fields) for wire in found], *extent(envelope))


@dataclass(frozen=True, slots=True)
class FindContact(Read[Contact | None]):
    """GET contacts/find-one-by: the contact with an e-mail address, or None."""

    email: str
    fields: tuple[str, ...] = ()

    name = "find"
    record = Contact | None
    absent = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/find-one-by`."""
        return ("contacts", "find-one-by")

    def query(self) -> Mapping[str, str]:
        """`email`."""
        return {"email": self.email}

    def read(self, envelope: Envelope) -> Contact | None:
        """The contact; it must have the address that was asked for."""
        wire: WireContact = decode(envelope.data, WireContact)
        same_address(wire.email, self.email)
        return wire.contact(self.fields)


@dataclass(frozen=True, slots=True)
class GetContact(Read[Contact | None]):
    """GET contacts/{uuid}: the contact, or None."""

    uuid: str
    fields: tuple[str, ...] = ()

    name = "get"
    record = Contact | None
    absent = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}`."""
        return ("contacts", self.uuid)

    def read(self, envelope: Envelope) -> Contact | None:
        """The contact; it must be the one that was asked for."""
        wire: WireContact = decode(envelope.data, WireContact)
        if wire.uuid != self.uuid:
            raise UnexpectedReplyError("the server answered with another contact")
        return wire.contact(self.fields)


@dataclass(frozen=True, slots=True)
class GetIdentifiers(Read[list[Identifier] | None]):
    """GET contacts/{uuid}/contact-identifiers: all of a contact's identifiers, or None where there is no contact."""

    uuid: str

    name = "identifiers"
    record = list[Identifier] | None
    absent = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/contact-identifiers`."""
        return ("contacts", self.uuid, "contact-identifiers")

    def read(self, envelope: Envelope) -> list[Identifier]:
        """The identifiers; the page's example is no JSON, so an array, an object or nothing will do."""
        data: list[Any] | dict[str, Any] | None = decode(envelope.data, list[Any] | dict[str, Any] | None)
        if isinstance(data, dict):
            data = [data] if "value" in data else list(data.values())
        found = msgspec.convert(data or [], list[Identifier])
        if any(one.contact is not None and one.contact.uuid != self.uuid for one in found):
            raise UnexpectedReplyError("the server answered with another contact")
        return found


@dataclass(frozen=True, slots=True)
class GetCreditBalance(Read[CreditBalance | None]):
    """GET contacts/{uuid}/credit-balance; None where there is no contact."""

    uuid: str

    name = "credit_balance"
    record = CreditBalance | None
    absent = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/credit-balance`."""
        return ("contacts", self.uuid, "credit-balance")

    def read(self, envelope: Envelope) -> CreditBalance:
        """The balance."""
        found: CreditBalance = decode(envelope.data, CreditBalance)
        return found


@dataclass(frozen=True, slots=True)
class GetPrepaidBalance(Read[PrepaidBalance | None]):
    """GET contacts/{uuid}/prepaid-balance; None where there is no contact."""

    uuid: str

    name = "prepaid_balance"
    record = PrepaidBalance | None
    absent = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/prepaid-balance`."""
        return ("contacts", self.uuid, "prepaid-balance")

    def read(self, envelope: Envelope) -> PrepaidBalance:
        """The balance."""
        found: PrepaidBalance = decode(envelope.data, PrepaidBalance)
        return found


@dataclass(frozen=True, slots=True)
class GetTier(Read[Tier | None]):
    """GET contacts/{uuid}/tier: None where the contact has no tier; a contact that is not there is refused."""

    uuid: str

    name = "tier"
    record = Tier | None

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/tier`."""
        return ("contacts", self.uuid, "tier")

    def read(self, envelope: Envelope) -> Tier | None:
        """The tier; an empty array, as PHP writes an empty object, is none."""
        found: Tier | list[Any] | None = decode(envelope.data, Tier | list[Any] | None)
        if isinstance(found, list):
            if found:
                raise UnexpectedReplyError("the server answered with a list of tiers")
            return None
        return found


@dataclass(frozen=True, slots=True)
class FindIdentifier(Read[Identifier | None]):
    """GET contact-identifiers/find: the identifier with this value, linked or not, or None."""

    value: str

    name = "find_identifier"
    record = Identifier | None
    absent = frozenset({IDENTIFIER_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contact-identifiers/find`."""
        return ("contact-identifiers", "find")

    def query(self) -> Mapping[str, str]:
        """`contact_identifier_value`."""
        return {"contact_identifier_value": self.value}

    def read(self, envelope: Envelope) -> Identifier:
        """The identifier; apart from capitals it must be the one that was asked for."""
        found: Identifier = decode(envelope.data, Identifier)
        if found.value.strip().casefold() != self.value.strip().casefold():
            raise UnexpectedReplyError("the server answered with another identifier")
        return found
