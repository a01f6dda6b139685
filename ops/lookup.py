"""The account as a planner needs it: its attributes, who it is, and the contacts behind a file's keys.

Reads alone, by whichever way needs fewer requests: every page of the list, or one find a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import polars as pl

from ops.advice import Advice, Way
from ops.diff import NOW
from ops.errors import RefusedError, UnreachableError, WrongAccountError
from ops.fields import Choice, Field, email_key, kind_of
from ops.leat.codes import meaning
from ops.leat.reader import Reader, together
from ops.leat.records import Attribute, Contact, ContactPage, Named, encode
from ops.leat.requests import (
    FindContact,
    GetContact,
    ListAttributes,
    ListContacts,
    ListPrograms,
    ListShops,
    Read,
)

T = TypeVar("T")

How = Literal["auto", "list", "find"]
Progress = Callable[[int, int], None]
"""Told requests done and requests to do."""
WALKS = 3
"""How often a list that moves while it is read is walked again."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one account from another: the server, and the shops and programmes it shows."""

    base_url: str
    shops: tuple[str, ...]
    programs: tuple[str, ...]

    def lacks(self, planned: Identity) -> bool:
        """Whether something the plan saw is missing here; what has come since does not matter."""
        return bool(set(planned.shops) - set(self.shops) or set(planned.programs) - set(self.programs))

    def refuse_other(self, planned: Identity, name: str) -> None:
        """See that this is the account a plan was made against.

        Args:
            planned: What the plan saw.
            name: The plan's account, for the message.

        Raises:
            WrongAccountError: It is not.
        """
        nothing_to_compare = not (planned.shops or planned.programs)
        if self.lacks(planned) or (nothing_to_compare and self.base_url != planned.base_url):
            raise WrongAccountError(
                f"This is not the account the plan was made against ({name or planned.base_url}): "
                "shops or programmes the plan saw are missing here. Nothing was sent."
            )


@dataclass(frozen=True, slots=True)
class Current:
    """The contacts of the account that matter to a file.

    Attributes:
        contacts: One line a contact, `uuid` unique: `uuid`, `email`, `email.key`, and a `now.<attribute>` column
            of JSON text for each attribute asked for (null where the account holds nothing).
        how: Whether they were listed or found one by one.
        why: The reason for that, in words.
    """

    contacts: pl.DataFrame
    how: Literal["list", "find"]
    why: str
    refused: Mapping[str, str] = field(default_factory=dict)
    """Keys that the account refused to look up, and its words."""
    identifiers: pl.DataFrame = field(default_factory=lambda: _table("value", "uuid", "state"))
    """Those the account knows: `value`, the contact's `uuid` or null, `state` (`linked`, `free` or `inactive`)."""
    cards: pl.DataFrame = field(default_factory=lambda: _table("uuid"))
    """Gift cards: `uuid`, and a `now.<value>` column of JSON text for each value asked for."""
    hashes: pl.DataFrame = field(default_factory=lambda: _table("hash", "uuid"))
    """Which card a hash leads to."""


def _table(*columns: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def _no_keys() -> pl.Series:
    return pl.Series([], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file asks the account for; every key once."""

    emails: pl.Series = field(default_factory=_no_keys)
    """Addresses as written."""
    uuids: pl.Series = field(default_factory=_no_keys)
    """Contacts."""
    attributes: tuple[str, ...] = ()
    """What is read of each contact."""
    identifiers: pl.Series = field(default_factory=_no_keys)
    cards: pl.Series = field(default_factory=_no_keys)
    """Gift cards' uuids."""
    hashes: pl.Series = field(default_factory=_no_keys)
    card_values: tuple[str, ...] = ()
    """What is read of each card."""
    certain: float = 0
    """So many requests more are worth seeing that two contacts share an address, which only the list shows."""
    private: bool = False
    """What the server says of a key may be kept nowhere: it may name the person."""

    @property
    def keys(self) -> int:
        """How many finds it would take."""
        return self.emails.len() + self.uuids.len()


async def read_identity(reader: Reader, base_url: str) -> Identity:
    """The account's shops and programmes; a token that may not see them counts as seeing none."""
    shops, programs = read_named(reader, ListShops()), read_named(reader, ListPrograms())
    asked: list[Coroutine[Any, Any, Sequence[Named]]] = [shops, programs]
    seen = await together(asked)
    return identity_of(base_url, *seen)


async def read_named(reader: Reader, request: Read[list[T]]) -> list[T]:
    """One of the account's short lists; a token that may not see it counts as seeing nothing."""
    try:
        return await reader.ask(request)
    except RefusedError:
        return []


def identity_of(base_url: str, shops: Iterable[Named], programs: Iterable[Named]) -> Identity:
    """What tells the account from another."""
    return Identity(base_url, _uuids(shops), _uuids(programs))


def _uuids(found: Iterable[Named]) -> tuple[str, ...]:
    return tuple(sorted({one.uuid for one in found if one.uuid}))


async def read_attributes(reader: Reader) -> tuple[Field, ...]:
    """The account's attributes as fields a column can be mapped to."""
    return tuple(_field(attribute) for attribute in await reader.ask(ListAttributes()))


SYSTEM_HELD = re.compile(
    r"email|uuid|status|channel|tier|created_at|updated_at|is_anonymous|add_to_wallet|(previous_)?loyalty_.*"
    r"|prepaid_balance|credit_balance|custom_app_.*|subscription_.*|double_opt_in_.*|default_contact_identifier"
)
"""System values, which an update never changes, whatever the list says of them."""


def _field(attribute: Attribute) -> Field:
    system = attribute.is_piggy_defined is not False and SYSTEM_HELD.fullmatch(attribute.name) is not None
    return Field(
        attribute.name,
        kind_of(attribute.type or "text"),
        attribute.label or "",
        choices=tuple(Choice(value, label) for value, label in attribute.choices()),
        attribute=True,
        writable=not (attribute.is_hard_read_only or system),
    )


async def read_current(
    reader: Reader, wanted: Wanted, how: How = "auto", *, progress: Progress | None = None
) -> Current:
    """Read the contacts a file asks for, by the way that needs fewer requests.

    The first page of the list tells how many contacts there are; it counts as a request either way.

    Args:
        reader: A client that cannot write.
        wanted: The keys and the attributes.
        how: `list` or `find` to choose the way oneself.
        progress: Called with requests done and requests to do.
    """
    told = progress or _silent
    if wanted.keys == 0:
        return Current(_keyed(_frame([], wanted.attributes)), "find", "the file names no contact")
    if how == "find":
        only_one = "; of two contacts with one address a find shows one" if wanted.emails.len() else ""
        return await _find_all(reader, wanted, f"chosen by hand{only_one}", told)
    first = await reader.ask(ListContacts(1, wanted.attributes))
    pages = max(1, first.last_page)
    fewer = wanted.keys < pages - 1
    sees = wanted.emails.len() > 0 and pages - 1 - wanted.keys <= wanted.certain
    if how == "auto" and fewer and not sees:
        why = f"{wanted.keys:,} finds need fewer requests than {pages:,} pages of {first.total:,} contacts"
        return await _find_all(reader, wanted, f"{why}; of two contacts with one address a find shows one", told)
    contacts = await _walk(reader, wanted.attributes, first, told)
    why = f"{pages:,} pages of {first.total:,} contacts need fewer requests than {wanted.keys:,} finds"
    if fewer:
        why = f"{pages:,} pages of {first.total:,} contacts show whether an address is there twice"
    return Current(contacts, "list", "chosen by hand" if how == "list" else why)


def _silent(done: int, total: int) -> None:
    """Nobody is watching."""


async def _walk(reader: Reader, attributes: tuple[str, ...], first: ContactPage, progress: Progress) -> pl.DataFrame:
    """Every contact of the list; walked again when the total fell, since pages shift under a deletion."""
    for _ in range(WALKS):
        frames = [_frame(first.contacts, attributes)]
        shrunk, last, number = False, first, 2
        while number <= last.last_page:
            batch = range(number, min(number + reader.slots, last.last_page + 1))
            pages = await together([reader.ask(ListContacts(n, attributes)) for n in batch])
            frames += [_frame(page.contacts, attributes) for page in pages]
            # The answers of one batch may come in any order; only a later batch can show that the list shrank.
            latest = max(pages, key=lambda page: page.total)
            shrunk = shrunk or latest.total < last.total
            last = latest
            number = batch.stop
            progress(number - 1, last.last_page)
        found = pl.concat(frames).unique("uuid", keep="last", maintain_order=True)
        if not shrunk and found.height >= last.total:
            return _keyed(found)
        first = await reader.ask(ListContacts(1, attributes))
    raise UnreachableError(
        Advice(
            f"The account's list of contacts kept changing during {WALKS} walks. Try again when less is going on, or ",
            Way("find", "plan with --lookup find"),
            ".",
        )
    )


async def _find_all(reader: Reader, wanted: Wanted, why: str, progress: Progress) -> Current:
    asked: list[FindContact | GetContact] = [
        *(FindContact(email, wanted.attributes) for email in wanted.emails),
        *(GetContact(uuid, wanted.attributes) for uuid in wanted.uuids),
    ]
    frames = [_frame([], wanted.attributes)]
    refused: dict[str, str] = {}

    async def look(request: FindContact | GetContact) -> Contact | None:
        try:
            return await reader.ask(request)
        except RefusedError as error:
            key = request.email if isinstance(request, FindContact) else request.uuid
            refused[key] = meaning(error.code) if wanted.private else error.message
            return None

    for start in range(0, len(asked), reader.slots):
        batch = asked[start : start + reader.slots]
        found = [contact for contact in await together([look(request) for request in batch]) if contact is not None]
        frames.append(_frame(found, wanted.attributes))
        progress(start + len(batch), len(asked))
    contacts = pl.concat(frames).unique("uuid", keep="last", maintain_order=True)
    return Current(_keyed(contacts), "find", why, refused)


def _frame(contacts: Sequence[Contact], attributes: tuple[str, ...]) -> pl.DataFrame:
    """Contacts as columns; values as the JSON text the plan compares and keeps."""
    columns: dict[str, list[str | None]] = {
        "uuid": [contact.uuid for contact in contacts],
        "email": [contact.email for contact in contacts],
    }
    for name in attributes:
        columns[NOW + name] = [_text(contact.values.get(name)) for contact in contacts]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _keyed(contacts: pl.DataFrame) -> pl.DataFrame:
    return contacts.with_columns(email_key(pl.col("email")).alias("email.key"))


def _text(value: Any) -> str | None:
    return None if value is None else encode(value).decode()
