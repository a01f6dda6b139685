"""What can be asked of the account: one class an endpoint, each with its effect and its reply.

Pure descriptions; sending them is `client`'s work. Paths are segments below
``/api/v3/oauth/clients``; facts are from Leat's public OAuth API v3 pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from ops.errors import HostError
from ops.leat.records import (
    Attribute,
    Contact,
    ContactPage,
    ContactRef,
    Envelope,
    Named,
    PageMeta,
    WireContact,
    decode,
)

T = TypeVar("T")

SAFE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
CONTACT_NOT_FOUND = 55031
CONTACT_EXISTS = 60005
PAGE_SIZE = 100
"""The most contacts one page can hold."""


class Effect(StrEnum):
    """What a second identical request would do."""

    READ = "read"
    """Nothing: repeat freely."""
    CONVERGES = "converges"
    """No harm, and its answer is understood."""
    ONCE = "once"
    """A duplicate: another card, another mail."""


@dataclass(frozen=True, slots=True)
class Adopted(Generic[T]):
    """The reply a step would have had, as its readback found it; it may be None."""

    value: T


class UnexpectedReplyError(ValueError):
    """A success whose body is not about what was asked."""


class Request(Generic[T]):
    """One call of the API.

    A request is a value: the same one sent twice is the same call twice.
    """

    name: ClassVar[str]
    """The step's name in the journal and the reports."""
    method: ClassVar[str]
    effect: ClassVar[Effect]
    record: ClassVar[Any]
    """The type of the reply, as the journal stores it."""
    absent: ClassVar[frozenset[int]] = frozenset()
    """Codes that answer the question with "there is none": the reply is None."""
    already: ClassVar[frozenset[int]] = frozenset()
    """Codes that may mean an earlier unknown attempt of this very step had worked; see `readback`."""

    def path(self) -> tuple[str, ...]:
        """The segments of the path, not yet percent-encoded."""
        raise NotImplementedError

    def check(self) -> None:
        """See that the path stays inside the API, whatever its ids are.

        Raises:
            HostError: A segment is not an id (`123` is one as well as a UUID) and might lead elsewhere.
        """
        for segment in self.path():
            if not SAFE_ID.fullmatch(segment):
                raise HostError(f"{segment[:64]!r} is not an id that can stand in a URL: letters, digits and dashes.")

    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return {}

    def body(self) -> Mapping[str, Any] | None:
        """The JSON body, or None."""
        return None

    def read(self, envelope: Envelope) -> T:
        """The reply of a success.

        Raises:
            msgspec.MsgspecError: The body has another shape.
            UnexpectedReplyError: The body is about something else.
        """
        raise NotImplementedError

    def later(self) -> frozenset[int]:
        """Codes that mean "not there yet": wait and repeat."""
        return frozenset()

    def readback(self) -> Read[Any] | None:
        """The read that shows whether an earlier unknown attempt had worked."""
        return None

    def adopt(self, found: Any) -> Adopted[T] | None:
        """The reply this step would have had, from what `readback` found; None when it has not worked, or not yet."""
        _ = found
        return None


class Read(Request[T]):
    """A call that changes nothing; the only kind that planning can send."""

    method = "GET"
    effect = Effect.READ


@dataclass(frozen=True, slots=True)
class ListContacts(Read[ContactPage]):
    """GET contacts: one page, oldest first, so that new contacts come last."""

    page: int
    fields: tuple[str, ...] = ()

    name = "list"
    record = ContactPage

    def path(self) -> tuple[str, ...]:
        """`contacts`."""
        return ("contacts",)

    def query(self) -> Mapping[str, str]:
        """`page`, `limit` and `sort`."""
        return {"page": str(self.page), "limit": str(PAGE_SIZE), "sort": "created_at"}

    def read(self, envelope: Envelope) -> ContactPage:
        """The page, each contact reduced to the named fields."""
        meta: PageMeta = decode(envelope.meta, PageMeta, strict=False)
        found: list[WireContact] = decode(envelope.data, list[WireContact])
        pages = max(meta.last_page, -(-meta.total // PAGE_SIZE))
        return ContactPage([wire.contact(self.fields) for wire in found], meta.total, pages)


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
        """The contact."""
        wire: WireContact = decode(envelope.data, WireContact)
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
class ListAttributes(Read[list[Attribute]]):
    """GET contact-attributes: the account's attributes and their types."""

    name = "attributes"
    record = list[Attribute]

    def path(self) -> tuple[str, ...]:
        """`contact-attributes`."""
        return ("contact-attributes",)

    def read(self, envelope: Envelope) -> list[Attribute]:
        """The attributes."""
        found: list[Attribute] = decode(envelope.data, list[Attribute])
        return found


@dataclass(frozen=True, slots=True)
class ListShops(Read[list[Named]]):
    """GET shops."""

    name = "shops"
    record = list[Named]

    def path(self) -> tuple[str, ...]:
        """`shops`."""
        return ("shops",)

    def read(self, envelope: Envelope) -> list[Named]:
        """The shops."""
        found: list[Named] = decode(envelope.data, list[Named])
        return found


@dataclass(frozen=True, slots=True)
class ListPrograms(Read[list[Named]]):
    """GET giftcard-programs."""

    name = "programs"
    record = list[Named]

    def path(self) -> tuple[str, ...]:
        """`giftcard-programs`."""
        return ("giftcard-programs",)

    def read(self, envelope: Envelope) -> list[Named]:
        """The programmes."""
        found: list[Named] = decode(envelope.data, list[Named])
        return found


@dataclass(frozen=True, slots=True)
class Ping(Read[None]):
    """GET on the base itself: is the token good?"""

    name = "ping"
    record = None

    def path(self) -> tuple[str, ...]:
        """The base."""
        return ()

    def read(self, envelope: Envelope) -> None:
        """Nothing: an answer is enough."""


def _written(envelope: Envelope) -> ContactRef:
    ref: ContactRef = decode(envelope.data, ContactRef)
    return ContactRef(_id(ref.uuid))


def _id(uuid: str) -> str:
    if not SAFE_ID.fullmatch(uuid):
        raise UnexpectedReplyError("the server answered without a uuid that can be asked for again")
    return uuid


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
        return _written(envelope)

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
        """The contact, found or made."""
        wire: WireContact = decode(envelope.data, WireContact)
        _id(wire.uuid)
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
        return _written(envelope)


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
        ref = _written(envelope)
        if ref.uuid != self.uuid:
            raise UnexpectedReplyError("the server answered with another contact")
        return ref
