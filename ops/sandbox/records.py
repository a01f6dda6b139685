"""What an account is made of: contacts, cards, transactions, attributes, shops and the like.

No rules here: what may happen to these records stands in `store.py` and `cards.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a contact, as the account defines it."""

    id: int
    name: str
    label: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    """Pairs of value and label; select and multi_select only."""
    system: bool = False
    """Defined by the service, not by the account."""
    soft_read_only: bool = False
    hard_read_only: bool = False
    unique: bool = False

    @property
    def writable(self) -> bool:
        """Whether Update Contact takes it."""
        return not (self.soft_read_only or self.hard_read_only)


@dataclass(frozen=True, slots=True)
class Tier:
    """A loyalty level."""

    uuid: str
    name: str
    description: str
    position: int


@dataclass(frozen=True, slots=True)
class Shop:
    """A place where value is put on a card."""

    id: int
    uuid: str
    name: str
    type: str = "physical"
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """A kind of mail people subscribe to."""

    id: int
    uuid: str | None
    name: str
    description: str
    strategy: str
    """OPT_IN, OPT_OUT or DOUBLE_OPT_IN."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Email:
    """A mail set up in the account."""

    uuid: str
    name: str
    category: str
    subscription_type: int
    has_hash_token: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """A gift card programme."""

    id: int
    uuid: str
    name: str
    active: bool = True
    expiration_days: int | None = None
    max_amount_in_cents: int | None = None
    min_amount_in_cents: int | None = None
    upgradeable: bool = True
    """False: value goes on a card of this programme once only."""


@dataclass(slots=True)
class Identifier:
    """A loyalty card number or another value that leads to a contact."""

    value: str
    name: str = "Klantenkaart"
    active: bool = True
    contact: str | None = None
    """The contact's uuid while it is linked."""


@dataclass(slots=True, eq=False)
class Contact:
    """A person of the account; compact, because an account has many."""

    id: int
    uuid: str
    email: str
    created: int
    """Seconds since the epoch."""
    updated: int
    subscriptions: int = 0
    """A bit for each subscription type the person is subscribed to."""
    pending: int = 0
    """A bit for each subscription type whose double opt-in is not confirmed."""
    anonymous: bool = False
    hidden: bool = False
    """Made asynchronously and not there yet."""
    channel: str | None = None
    referral_code: str | None = None
    credits: int = 0
    prepaid: int = 0
    """In cents."""
    identifiers: tuple[str, ...] = ()
    """Values; the first is the default one."""
    values: dict[str, object] | None = None
    """What is set, as `current_values` shows it; None: as seeded, drawn when first needed."""


@dataclass(slots=True, eq=False)
class Transaction:
    """Value put on a card or taken from it."""

    id: int
    uuid: str
    card: str
    shop: str
    amount: int
    created: int
    type: str = "STANDARD"
    reversed: bool = False
    seeded: bool = False
    """Older than today's API: its uuids are null in lists."""
    custom_attributes: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Card:
    """A digital gift card."""

    id: int
    uuid: str
    hash: str
    program: Program
    created: int
    expires: int | None
    amount: int = 0
    active: bool = True
    contact: str | None = None
    """The uuid of the person it was last mailed to."""
    transactions: list[Transaction] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mail:
    """A gift card mail that went out."""

    card: str
    contact: str
    email: str
    merge_tags: dict[str, object]
