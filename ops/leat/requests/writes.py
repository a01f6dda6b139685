"""Creating, changing, claiming, merging and deleting contacts.

Each class says what a second identical call would do, and how a doubt about the first one is settled.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.leat.bodies import WireContact
from ops.leat.records import Contact, ContactRef, Envelope, Identifier, decode
from ops.leat.requests.base import (
    CONTACT_EXISTS,
    CONTACT_NOT_FOUND,
    IDENTIFIER_LINKED,
    NOT_ANONYMOUS,
    Adopted,
    Doubtful,
    Effect,
    NotYet,
    Read,
    Request,
    Settled,
    UnexpectedReplyError,
    safe_id,
    same_address,
    written,
)
from ops.leat.requests.contacts import FindContact, FindIdentifier, GetContact


@dataclass(frozen=True, slots=True)
class CreateContact(Request[ContactRef]):
    """POST contacts, or contacts/async when `fast`: a new contact; 60005 when the address exists.

    The fast form answers before the contact can be found, and leaves system values empty.
    """

    email: str
    referral_code: str | None = None
    fast: bool = False

    name = "create"
    method = "POST"
    effect = Effect.CONVERGES
    record = ContactRef
    already = frozenset({CONTACT_EXISTS})

    def path(self) -> tuple[str, ...]:
        """`contacts` or `contacts/async`."""
        return ("contacts", "async") if self.fast else ("contacts",)

    def body(self) -> Mapping[str, Any]:
        """`email` and, when given, `referral_code`."""
        code = {} if self.referral_code is None else {"referral_code": self.referral_code}
        return {"email": self.email, **code}

    def read(self, envelope: Envelope) -> ContactRef:
        """The new contact's uuid."""
        return written(envelope)

    def readback(self) -> FindContact:
        """Find the address."""
        return FindContact(self.email)

    def adopt(self, found: Contact | None) -> Adopted[ContactRef] | None:
        """The contact with the address."""
        return None if found is None else Adopted(ContactRef(found.uuid))


@dataclass(frozen=True, slots=True)
class FindOrCreateContact(Request[Contact]):
    """GET contacts/find-or-create: a GET that writes; never part of a preview."""

    email: str
    fields: tuple[str, ...] = ()

    name = "find_or_create"
    method = "GET"
    effect = Effect.CONVERGES
    record = Contact

    def path(self) -> tuple[str, ...]:
        """`contacts/find-or-create`."""
        return ("contacts", "find-or-create")

    def query(self) -> Mapping[str, str]:
        """`email`."""
        return {"email": self.email}

    def read(self, envelope: Envelope) -> Contact:
        """The contact, found or made; it must be of the address that was asked for."""
        wire: WireContact = decode(envelope.data, WireContact)
        safe_id(wire.uuid)
        same_address(wire.email, self.email)
        return wire.contact(self.fields)


@dataclass(frozen=True, slots=True)
class FindOrCreateContactFast(Request[ContactRef]):
    """GET contacts/find-or-create/async: as `FindOrCreateContact`, but answers with the uuid alone.

    The address goes in the query: the page says body, the SDK and the Postman collection send the query.
    """

    email: str

    name = "find_or_create"
    method = "GET"
    effect = Effect.CONVERGES
    record = ContactRef

    def path(self) -> tuple[str, ...]:
        """`contacts/find-or-create/async`."""
        return ("contacts", "find-or-create", "async")

    def query(self) -> Mapping[str, str]:
        """`email`."""
        return {"email": self.email}

    def read(self, envelope: Envelope) -> ContactRef:
        """The uuid, found or made."""
        return written(envelope)


@dataclass(frozen=True, slots=True)
class UpdateContact(Request[ContactRef]):
    """PUT contacts/{uuid}: set attributes; those not named keep their values."""

    uuid: str
    attributes: Mapping[str, Any] = field(hash=False)
    fresh: bool = False
    """The contact was made by an asynchronous create of ours, so 55031 means "not there yet"."""

    name = "update"
    method = "PUT"
    effect = Effect.CONVERGES
    record = ContactRef

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}`."""
        return ("contacts", self.uuid)

    def body(self) -> Mapping[str, Any]:
        """`attributes` as an object, whatever the page calls it."""
        return {"attributes": self.attributes}

    def later(self) -> frozenset[int]:
        """55031 on a contact that is still being made."""
        return frozenset({CONTACT_NOT_FOUND}) if self.fresh else frozenset()

    def read(self, envelope: Envelope) -> ContactRef:
        """The contact's uuid; it must be the one that was written."""
        ref = written(envelope)
        if ref.uuid != self.uuid:
            raise UnexpectedReplyError("the server answered with another contact")
        return ref


@dataclass(frozen=True, slots=True)
class CreateAnonymous(Request[ContactRef]):
    """POST contacts/anonymous: a contact known by an identifier alone; 60014 when that leads to one already.

    Without an identifier a second call would make a second contact, so there is always one.
    """

    identifier: str

    name = "create_anonymous"
    method = "POST"
    effect = Effect.CONVERGES
    record = ContactRef
    already = frozenset({IDENTIFIER_LINKED})

    def path(self) -> tuple[str, ...]:
        """`contacts/anonymous`."""
        return ("contacts", "anonymous")

    def body(self) -> Mapping[str, Any]:
        """`contact_identifier_value`."""
        return {"contact_identifier_value": self.identifier}

    def read(self, envelope: Envelope) -> ContactRef:
        """The new contact's uuid."""
        return written(envelope)

    def readback(self) -> FindIdentifier:
        """Find the identifier."""
        return FindIdentifier(self.identifier)

    def adopt(self, found: Identifier | None) -> Adopted[ContactRef] | None:
        """The contact the identifier leads to."""
        if found is None or found.contact is None:
            return None
        return Adopted(ContactRef(found.contact.uuid))


@dataclass(frozen=True, slots=True)
class ClaimContact(Request[ContactRef]):
    """PUT contacts/{uuid}/claim: give an anonymous contact its address; 60016 when it is not anonymous.

    An address that a contact has already makes this a merge into that contact, which cannot be undone.
    """

    uuid: str
    email: str
    into: str | None = None
    """The contact that has the address already, where the claim is to be a merge."""

    name = "claim"
    method = "PUT"
    effect = Effect.CONVERGES
    record = ContactRef
    already = frozenset({NOT_ANONYMOUS, CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/claim`."""
        return ("contacts", self.uuid, "claim")

    def body(self) -> Mapping[str, Any]:
        """`email`."""
        return {"email": self.email}

    def read(self, envelope: Envelope) -> ContactRef:
        """The uuid alone: the values shown are those from before. After a merge it may be the other contact's."""
        return written(envelope)

    def readback(self) -> FindContact:
        """Find the address, and see whether its contact is anonymous."""
        return FindContact(self.email, ("@is_anonymous",))

    def adopt(self, found: Contact | None) -> Adopted[ContactRef] | None:
        """The contact with the address, when it is a known person's, and one of those the claim is about."""
        if found is None or found.is_anonymous or found.uuid not in {self.uuid, self.into}:
            return None
        return Adopted(ContactRef(found.uuid))


@dataclass(frozen=True, slots=True)
class DeleteContact(Request[None]):
    """POST contacts/{uuid}/delete: scheduled, so accepted is not gone; 55031 when there is no such contact."""

    uuid: str
    kind: str
    """`DEFAULT`, which keeps a detailed log, or `GDPR`, which keeps no reference to personal data."""

    name = "delete"
    method = "POST"
    effect = Effect.CONVERGES
    record = None
    already = frozenset({CONTACT_NOT_FOUND})

    def path(self) -> tuple[str, ...]:
        """`contacts/{uuid}/delete`."""
        return ("contacts", self.uuid, "delete")

    def body(self) -> Mapping[str, Any]:
        """`type`."""
        return {"type": self.kind}

    def read(self, envelope: Envelope) -> None:
        """Nothing; `data` must be empty."""
        if decode(envelope.data, Any):
            raise UnexpectedReplyError("the server answered a deletion with data")

    def readback(self) -> GetContact:
        """Get the contact."""
        return GetContact(self.uuid)

    def adopt(self, found: Contact | None) -> Adopted[None] | None:
        """Done when the contact is gone."""
        return Adopted(None) if found is None else None


@dataclass(frozen=True, slots=True)
class MergeContacts(Request[None]):
    """POST contacts/merge: the source goes up in the destination; scheduled, and cannot be undone."""

    source: str
    destination: str

    name = "merge"
    method = "POST"
    effect = Effect.ONCE
    record = None
    takes_word = True

    def path(self) -> tuple[str, ...]:
        """`contacts/merge`."""
        return ("contacts", "merge")

    def body(self) -> Mapping[str, Any]:
        """`source_contact_uuid` and `destination_contact_uuid`."""
        return {"source_contact_uuid": self.source, "destination_contact_uuid": self.destination}

    def read(self, envelope: Envelope) -> None:
        """Nothing; no example of an answer is documented, so any success is one."""

    def settling(self) -> Generator[Read[Any], Any, Settled]:
        """Done when the source is gone and the destination is there."""
        source: Contact | None = yield GetContact(self.source)
        if source is not None:
            return NotYet("the source is still there: the merge was not accepted, or is not done yet")
        destination: Contact | None = yield GetContact(self.destination)
        if destination is None:
            return Doubtful("neither the source nor the destination is there")
        return Adopted(None)
