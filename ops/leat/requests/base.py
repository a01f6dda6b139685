"""What every request is: its effect, its path, how its reply is read, and how a doubt about it is settled.

The endpoints themselves stand beside this module; sending is `client`'s work.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from ops.errors import HostError
from ops.fields import email_key_of
from ops.leat.records import ContactRef, Envelope, PageMeta, decode

T = TypeVar("T")

SAFE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
CONTACT_NOT_FOUND = 55031
CONTACT_EXISTS = 60005
IDENTIFIER_NOT_FOUND = 60003
IDENTIFIER_LINKED = 60014
NOT_ANONYMOUS = 60016
CARD_NOT_FOUND = 5001
PAGE_SIZE = 100
"""The most a page of a list can hold."""


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


@dataclass(frozen=True, slots=True)
class NotDone:
    """A step of which nobody knew has certainly not happened: it may be done now."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It may be happening: worth another look."""

    why: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It cannot be read back: a person must look."""

    why: str


Settled = Adopted[Any] | NotDone | NotYet | Doubtful
"""What a look back at a step says that must not be repeated while in doubt."""


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
    stops: ClassVar[frozenset[int]] = frozenset()
    """Codes about what all rows of a job have in common: no row would fare better."""
    takes_word: ClassVar[bool] = False
    """A person's word ends a doubt that `settling` leaves open: the reply is None, so that no later step needs it."""

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

    def settling(self) -> Generator[Read[Any], Any, Settled]:
        """The reads that show, once the server cannot be working on it any more, whether the step has happened."""
        yield from ()
        return Doubtful("this cannot be read back")


class Read(Request[T]):
    """A call that changes nothing; the only kind that planning can send."""

    method = "GET"
    effect = Effect.READ


def on_word() -> frozenset[str]:
    """The names of the steps of which a person can say whether they have happened."""
    return frozenset(kind.name for kind in Request.__subclasses__() if kind.takes_word)


def safe_id(uuid: str) -> str:
    """The id itself.

    Raises:
        UnexpectedReplyError: It could not stand in a URL.
    """
    if not SAFE_ID.fullmatch(uuid):
        raise UnexpectedReplyError("the server answered without a uuid that can be asked for again")
    return uuid


def same_address(answered: str | None, asked: str) -> None:
    """See that an answer is about the address that was asked for, however it is spelt.

    Raises:
        UnexpectedReplyError: It is about another.
    """
    if answered is not None and email_key_of(answered) != email_key_of(asked):
        raise UnexpectedReplyError("the server answered with a contact of another address")


def written(envelope: Envelope) -> ContactRef:
    """The contact that a write was about."""
    ref: ContactRef = decode(envelope.data, ContactRef)
    return ContactRef(safe_id(ref.uuid))


def extent(envelope: Envelope) -> tuple[int, int]:
    """How many things a list has in all, and its last page."""
    meta: PageMeta = decode(envelope.meta, PageMeta, strict=False)
    return meta.total, max(meta.last_page, -(-meta.total // PAGE_SIZE))
