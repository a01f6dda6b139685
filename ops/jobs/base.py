"""What a job is: its fields, its verbs, and the steps of an action as a generator.

No I/O of any kind: a step is yielded as a request and its reply comes back in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

import polars as pl

from ops.diff import NOW, WANT, Attribute, Drift, drift, json_object, unlike
from ops.errors import OptionError
from ops.fields import Field, email_key_of
from ops.jobs.options import DUPLICATES, JobOptions, Option, Premises
from ops.leat.records import Contact
from ops.leat.requests import FindContact, GetContact, Read, Request


class Verb(StrEnum):
    """What a plan means to do with a row."""

    CREATE = "create"
    UPDATE = "update"
    SAME = "same"
    DELETE = "delete"
    MERGE = "merge"
    CLAIM = "claim"
    ISSUE = "issue"
    SEND = "send"
    READ = "read"
    INVALID = "invalid"
    HELD = "held"


RESTING = frozenset({Verb.SAME, Verb.INVALID, Verb.HELD})
"""Verbs that send nothing."""


class State(StrEnum):
    """Where a row stands; every row of the input is in exactly one."""

    DONE = "done"
    SAME = "same"
    INVALID = "invalid"
    HELD = "held"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Action:
    """One row of a plan that acts."""

    row: int
    verb: Verb
    key: str
    target: str | None
    before: Mapping[str, Any]
    """The values the plan saw, of the fields it changes; empty where there was no contact."""
    after: Mapping[str, Any]
    """The values it wants."""
    run: str = ""
    """The run that acts."""

    @property
    def marker(self) -> str:
        """What names this row of this run on what it makes."""
        return f"{self.run}:{self.row}"


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a row whose steps have ended."""

    state: State
    uuid: str | None = None
    """The contact."""
    message: str = ""
    card: str | None = None
    """The gift card's uuid."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What the row found out, by `Job.columns`; JSON values."""
    code: int | None = None
    """The server's, where it has decided."""


@dataclass(frozen=True, slots=True)
class Until:
    """A step that waits for what the server does in its own time: a read, repeated until its reply is as expected.

    The row is parked meanwhile and holds no worker; only the end of the waiting is journaled. A row whose waiting
    passes the limit ends unknown, with `unconfirmed` as its message.
    """

    name: str
    """The step's name in the journal and the reports."""
    read: Read[Any]
    reached: Callable[[Any], bool]
    """Whether a reply is the one waited for; it is then the step's reply."""
    unconfirmed: str = "accepted, not confirmed"


Steps = Generator[Request[Any] | Until, Any, Finished]
"""Yields a request, receives its typed reply, returns what became of the row.

Deterministic in the action, the job's options and the replies, so that a journal can be replayed into it.
"""


Proof = Generator[Read[Any], Any, str | None]
"""Yields reads, receives their replies, returns what is not as it was written, or None."""
NOT_THERE: Final = "the contact is not there"


@dataclass(frozen=True, slots=True)
class Party:
    """A contact or a card that a row names, and by which of the job's fields; planning looks it up.

    What is found stands in the columns `target` (its uuid; null when there is none), `found`, `times` (how many there
    are), `conflict` (why two keys of the row do not agree) and `now.<value>`, each behind the prefix.
    """

    prefix: str = ""
    uuid: str | None = None
    email: str | None = None
    identifier: str | None = None
    either: str | None = None
    """A field that holds a uuid or an address."""
    hash: str | None = None
    card: bool = False
    """A gift card, not a contact."""
    looks: tuple[str, ...] = ()
    """The values read of it besides the attributes that are written."""


class Job(ABC):
    """A kind of batch work.

    Args:
        options: The checked options of the plan; see `check_options`.
        attributes: What the plan writes: how the values of each compare, and by which rule it is written.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    undo: ClassVar[str]
    """Why what was done stays, and what to do instead; empty where the values from before can be restored."""
    fields: ClassVar[tuple[Field, ...]]
    """What a column can be mapped to, besides attributes."""
    takes_attributes: ClassVar[bool] = True
    needs: ClassVar[tuple[tuple[str, ...], ...]]
    """Alternatives of fields; a row must fill one of them."""
    options: ClassVar[tuple[Option, ...]] = (DUPLICATES,)
    unrepeatable: ClassVar[frozenset[str]] = frozenset()
    """Steps that must never be planned a second time for a row once they are done."""
    guarded: ClassVar[frozenset[Verb]] = frozenset()
    """Verbs that destroy or spend: a plan with one of them is confirmed with the exact number of acting rows."""
    destroys: ClassVar[bool] = False
    """What it takes away does not come back: each target is read again before its first write."""
    private: ClassVar[bool] = False
    """Erases people: neither plan nor run keeps personal data, and uuids only until they are gone."""
    target_is: ClassVar[Literal["contact", "card"]] = "contact"
    """Whose uuid a plan's `target` is."""
    verifies: ClassVar[bool] = True
    """What it does can be read back; see `verify`."""
    makes_cards: ClassVar[bool] = False
    """Its rows come to have a gift card of their own."""

    parties: ClassVar[tuple[Party, ...]] = (Party(uuid="uuid", email="email"),)
    """The first is the target."""
    unique: ClassVar[tuple[str, ...]] = ("email", "uuid")
    """Fields whose values must not stand in two rows; nor may two rows have one target."""
    key: ClassVar[tuple[str, ...]] = ("email", "uuid")
    """Fields that name a row to a person, the first that is filled."""
    kept: ClassVar[tuple[str, ...]] = ()
    """Of a private job: the fields whose columns stay in the plan."""

    def __init__(self, options: JobOptions, attributes: Sequence[Attribute] = ()) -> None:
        self.set = options
        self.attributes = tuple(attributes)
        self.kinds = {attribute.name: attribute.kind for attribute in attributes}

    @classmethod
    def row_needs(cls, options: JobOptions) -> tuple[tuple[str, ...], ...]:
        """Alternatives of fields under these options; a row must fill one of them."""
        _ = options
        return cls.needs

    @classmethod
    def settle(cls, options: JobOptions, premises: Premises) -> JobOptions:
        """The options held against the account and the mapping: names become uuids.

        Raises:
            OptionError: An option names what the account does not have, or one is missing.
        """
        _ = premises
        return options

    @classmethod
    def blank_rows(cls, options: JobOptions) -> int:
        """How many rows there are without a file.

        Raises:
            OptionError: The job needs one.
        """
        _ = options
        raise OptionError(f"{cls.name} needs a file: there are no rows without one.", option="file")

    def looked_up(self) -> tuple[Party, ...]:
        """The parties that these options make necessary."""
        return self.parties

    def relate(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Columns that need all rows at once, added after the lookup."""
        return rows

    def wrong(self) -> pl.Expr:
        """Why a row cannot be right, seen from the account, or null."""
        return pl.lit(None, pl.String)

    def hold(self) -> pl.Expr:
        """Why a row is not safe to run, or null; from `found`, `times` (how many contacts have its key)."""
        return pl.when(pl.col("times") > 1).then(
            pl.format("ambiguous: the account has {} contacts with this address", pl.col("times"))
        )

    @abstractmethod
    def verb(self) -> pl.Expr:
        """The verb of a row that is neither invalid nor held, from `found` and `changes` (Booleans)."""

    @abstractmethod
    def writes(self) -> pl.Expr:
        """How many write requests a row will take, from `verb` and `changes`."""

    def reads(self) -> pl.Expr:
        """How many read requests a row will take, those that wait for the server apart."""
        return pl.lit(0, pl.UInt32)

    def before(self) -> pl.Expr:
        """What the row's fields hold now, as a JSON object; of rows whose target is there."""
        return json_object(self.attributes, NOW)

    def after(self) -> pl.Expr:
        """What they are to hold, as a JSON object."""
        return json_object(self.attributes, WANT)

    def warn(self) -> pl.Expr:
        """What is to be said of an acting row that may not go as wished, or null."""
        return pl.lit(None, pl.String)

    def totals(self) -> dict[str, pl.Expr]:
        """Whole numbers over the acting rows, such as the cents that will be spent."""
        return {}

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """What a person must know before agreeing, in sentences."""
        _ = totals
        return []

    @abstractmethod
    def steps(self, action: Action) -> Steps:
        """The requests of an action, in order."""

    def verify(self, action: Action, ended: Finished) -> Proof:
        """Read back what a row that is done has written; what differs, or None.

        Args:
            action: The row.
            ended: What became of it: the contact and the card.
        """
        wanted = {name: value for name, value in action.after.items() if name in self.kinds}
        contact: Contact | None = yield GetContact(ended.uuid or action.target or "", tuple(wanted))
        if contact is None:
            return NOT_THERE
        if action.verb is Verb.CREATE and email_key_of(contact.email or "") != email_key_of(action.key):
            return "the contact has another e-mail address"
        return unlike(self.to_hold(action, contact.values), contact.values, self.kinds)

    def to_hold(self, action: Action, now: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that a row that is done has written, where the contact holds these values now."""
        _ = now
        return {name: value for name, value in action.after.items() if name in self.kinds}

    def columns(self) -> tuple[str, ...]:
        """Columns that a run adds to the input's, filled from `Finished.columns`."""
        return ()

    def snapshot(self) -> str | None:
        """The gift card programme whose cards a run notes before its first write, so that a lost one can be told."""
        return None

    def lists_codes(self) -> bool:
        """Whether the cards are read again at the end of a run and their codes listed."""
        return False

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """Read the target once more and compare it with what the plan saw; None goes on.

        Comes before the first write of a row and is not journaled: each process that begins the row looks itself.
        """
        if action.target is None:
            found: Contact | None = yield FindContact(action.key)
            if found is None:
                return None
            return Finished(State.HELD, found.uuid, "exists: the address has come into the account since the plan")
        contact: Contact | None = yield GetContact(action.target, tuple(action.after))
        if contact is None:
            return Finished(State.HELD, None, "not found: the contact has gone since the plan")
        return self.compare(action, contact)

    def compare(self, action: Action, contact: Contact) -> Finished | None:
        """None when the contact is as the plan saw it."""
        seen = drift(action.before, action.after, contact.values, self.kinds)
        if seen == "as planned":
            return None
        if isinstance(seen, Drift):
            return Finished(
                State.HELD,
                contact.uuid,
                f"changed since the plan: {seen.field} was {seen.seen!r} and is now {seen.now!r}",
            )
        return Finished(State.SAME, contact.uuid, "already as wanted when its turn came")
