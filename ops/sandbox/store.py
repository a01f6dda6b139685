"""The account in memory: its contacts and identifiers and the rules for them.

Gift cards have their own rules in `cards.py`; HTTP, faults and the shape of answers are not known here.
"""

from __future__ import annotations

import bisect
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from ops.sandbox.account import DEFAULT_SUBSCRIPTIONS, EMAILS, SUBSCRIPTION_TYPES
from ops.sandbox.agenda import Agenda
from ops.sandbox.cards import Cards
from ops.sandbox.config import SandboxConfig
from ops.sandbox.ledger import Ledger
from ops.sandbox.records import Card, Contact, Email, Identifier, Mail, SubscriptionType
from ops.sandbox.replies import ApiError
from ops.sandbox.seed import FIRST_ID, seed_cards, seed_contacts, seed_identifiers, seed_values

_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Deletion:
    """A contact that is gone."""

    uuid: str
    type: str


def _place(contact: Contact) -> tuple[int, int]:
    return contact.created, contact.id


class Store:
    """Contacts by uuid, by address and in the order of their creation.

    One lock guards it all: the server holds it for each request, `Sandbox.store` while it catches up.
    """

    def __init__(self, config: SandboxConfig, ledger: Ledger, wall: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.agenda = Agenda(ledger.clock)
        self.contacts: dict[str, Contact] = {}
        self.order: list[Contact] = list(seed_contacts(config.contacts, config.seed))
        self.deletions: list[Deletion] = []
        self.cards = Cards(seed_cards(config.contacts, config.seed), ledger.effects, wall)
        self._config = config
        self._effects = ledger.effects
        self._wall = wall
        self._chance = random.Random(config.seed)  # noqa: S311  (jitter, not cryptography)
        self._by_email: dict[str, tuple[Contact, ...]] = {}
        self._next_id = FIRST_ID + config.contacts
        for contact in self.order:
            self._index(contact)
        self.identifiers: dict[str, Identifier] = {
            each.value: each for each in seed_identifiers(iter(self.order), config.seed)
        }

    # Looking things up

    def get(self, uuid: str) -> Contact:
        """The contact of this uuid, else 55031."""
        contact = self.contacts.get(uuid)
        if contact is None or contact.hidden:
            raise ApiError(55031)
        return contact

    def find(self, email: str) -> Contact:
        """The oldest contact with this address, whatever its case, else 55031."""
        contact = self.contact_by_email(email)
        if contact is None:
            raise ApiError(55031)
        return contact

    def contact_by_email(self, email: str) -> Contact | None:
        """The oldest contact with this address, or None."""
        return next((each for each in self.contacts_by_email(email) if not each.hidden), None)

    def contacts_by_email(self, email: str) -> tuple[Contact, ...]:
        """All contacts with this address, also those that do not appear yet."""
        return self._by_email.get(email.lower(), ())

    def values(self, contact: Contact) -> dict[str, object]:
        """What is set on a contact, in the form of `current_values`."""
        if contact.values is None:
            contact.values = seed_values(contact, self._config.seed)
        return contact.values

    def between(self, first: int | None, last: int | None) -> list[Contact]:
        """Contacts created from `first` up to and with `last`, oldest first."""
        low = 0 if first is None else bisect.bisect_left(self.order, (first, 0), key=_place)
        high = len(self.order) if last is None else bisect.bisect_left(self.order, (last + 1, 0), key=_place)
        return self.order if (low, high) == (0, len(self.order)) else self.order[low:high]

    # Creating

    def create(self, email: str, *, referral_code: str | None = None, late: bool = False) -> Contact:
        """Make a contact; 60005 when the address is taken, 60000 when the account is full."""
        if self.contacts_by_email(email):
            raise ApiError(60005)
        return self._add(email, referral_code=referral_code, late=late)

    def find_or_create(self, email: str, *, late: bool = False) -> Contact:
        """The contact with this address, made when there is none; 60000 when the account is full."""
        known = self.contacts_by_email(email)
        return known[0] if known else self._add(email, late=late)

    def create_anonymous(self, identifier: str | None) -> Contact:
        """Make a contact without a real address; 60014, 60004 for an identifier taken or inactive."""
        known = self.identifiers.get(identifier) if identifier is not None else None
        if known is not None:
            _must_be_free(known)
        contact = self._add(f"{uuid4().hex}@anonymous.example", anonymous=True)
        if identifier is not None:
            self.link(known or self.add_identifier(identifier), contact)
        return contact

    def _add(
        self, email: str, *, referral_code: str | None = None, late: bool = False, anonymous: bool = False
    ) -> Contact:
        limit = self._config.usage_limit
        if limit is not None and len(self.contacts) >= limit:
            raise ApiError(60000)
        now = int(self._wall())
        contact = Contact(
            id=self._next_id,
            uuid=str(uuid4()),
            email=email,
            created=now,
            updated=now,
            subscriptions=DEFAULT_SUBSCRIPTIONS,
            anonymous=anonymous,
            channel="OAUTH_API",
            referral_code=referral_code,
            values={},
            hidden=late,
        )
        self._next_id += 1
        self._index(contact)
        self._effects.created += 1
        if late:
            self.agenda.after(self._config.async_lag, lambda: self._appear(contact))
        else:
            bisect.insort(self.order, contact, key=_place)
        return contact

    def _appear(self, contact: Contact) -> None:
        contact.hidden = False
        bisect.insort(self.order, contact, key=_place)

    # Changing

    def update(self, contact: Contact, values: dict[str, object]) -> None:
        """Set values that have been accepted."""
        self.values(contact).update(values)
        self._touch(contact)
        self._effects.updated += 1

    def claim(self, contact: Contact, email: str) -> None:
        """Give an anonymous contact its real address, or merge it into the contact that has it; 60016."""
        if not contact.anonymous:
            raise ApiError(60016)
        known = self.contacts_by_email(email)
        self._effects.claimed += 1
        if known and known[0] is not contact:
            self._merge(contact.uuid, known[0].uuid)
            return
        self._unindex(contact)
        contact.email = email
        contact.anonymous = False
        self._touch(contact)
        self._index(contact)

    def schedule_delete(self, contact: Contact, kind: str) -> None:
        """Delete a contact in a while."""
        self.agenda.after(self._settling(), lambda: self._delete(contact.uuid, kind))

    def schedule_merge(self, source: Contact, destination: Contact) -> None:
        """Merge a contact into another one in a while; a second call while one is pending changes nothing."""
        self.agenda.after(self._settling(), lambda: self._merge(source.uuid, destination.uuid))

    def _settling(self) -> float:
        return self._config.settle_delay * (1 + _JITTER * self._chance.random())

    def _delete(self, uuid: str, kind: str) -> None:
        contact = self.contacts.get(uuid)
        if contact is None:
            return
        self._remove(contact)
        for value in contact.identifiers:
            self.identifiers[value].contact = None
        self.cards.hand_over(uuid, None)
        self.deletions.append(Deletion(uuid, kind))
        self._effects.deleted += 1

    def _merge(self, source_uuid: str, destination_uuid: str) -> None:
        source, destination = self.contacts.get(source_uuid), self.contacts.get(destination_uuid)
        if source is None or destination is None:
            return
        self._remove(source)
        destination.credits += source.credits
        destination.prepaid += source.prepaid
        destination.identifiers += source.identifiers
        for value in source.identifiers:
            self.identifiers[value].contact = destination.uuid
        self.cards.hand_over(source.uuid, destination.uuid)
        self._touch(destination)
        self._effects.merged += 1

    def _touch(self, contact: Contact) -> None:
        contact.updated = int(self._wall())

    def _index(self, contact: Contact) -> None:
        self.contacts[contact.uuid] = contact
        key = contact.email.lower()
        self._by_email[key] = (*self._by_email.get(key, ()), contact)

    def _unindex(self, contact: Contact) -> None:
        key = contact.email.lower()
        rest = tuple(each for each in self._by_email[key] if each is not contact)
        if rest:
            self._by_email[key] = rest
        else:
            del self._by_email[key]
        del self.contacts[contact.uuid]

    def _remove(self, contact: Contact) -> None:
        self._unindex(contact)
        if not contact.hidden:
            del self.order[bisect.bisect_left(self.order, _place(contact), key=_place)]

    # Identifiers

    def identifier(self, value: str) -> Identifier:
        """The identifier with this value, else 60003."""
        known = self.identifiers.get(value)
        if known is None:
            raise ApiError(60003)
        return known

    def add_identifier(self, value: str, name: str | None = None) -> Identifier:
        """Make an identifier that leads nowhere yet; 60006 when it exists."""
        if value in self.identifiers:
            raise ApiError(60006)
        made = self.identifiers[value] = Identifier(value, name or "Klantenkaart")
        return made

    def link(self, identifier: Identifier, contact: Contact) -> None:
        """Let an identifier lead to a contact; 60014, 60004 when it is taken or inactive."""
        _must_be_free(identifier)
        identifier.contact = contact.uuid
        contact.identifiers = (*contact.identifiers, identifier.value)
        self._effects.linked += 1

    def unlink(self, identifier: Identifier) -> None:
        """Let an identifier lead nowhere; 60011 when it does not lead anywhere."""
        contact = self.contacts.get(identifier.contact) if identifier.contact else None
        if contact is None:
            raise ApiError(60011)
        contact.identifiers = tuple(each for each in contact.identifiers if each != identifier.value)
        identifier.contact = None

    # Subscriptions and mail

    def subscribe(self, contact: Contact, kind: SubscriptionType) -> None:
        """Subscribe a contact; a double opt-in only mails and stays pending."""
        if kind.strategy == "DOUBLE_OPT_IN":
            contact.pending |= 1 << kind.id
        else:
            contact.subscriptions |= 1 << kind.id
            self._effects.subscribed += 1
        self._touch(contact)

    def unsubscribe(self, contact: Contact, kind: SubscriptionType) -> None:
        """Unsubscribe a contact."""
        contact.subscriptions &= ~(1 << kind.id)
        contact.pending &= ~(1 << kind.id)
        self._touch(contact)

    def send_card(self, card: Card, contact: Contact, email_uuid: str | None, merge_tags: dict[str, object]) -> None:
        """Mail a card; 1003 when the mail does not fit or the contact is not subscribed to its type."""
        email = _giftcard_email(email_uuid)
        if not contact.subscriptions >> email.subscription_type & 1:
            raise ApiError(1003, {"contact_uuid": "The contact is not subscribed."})
        self.cards.send(card, Mail(card.uuid, contact.uuid, email.uuid, merge_tags))


def subscription_type(uuid: str) -> SubscriptionType:
    """The subscription type of this uuid, else 1003."""
    for each in SUBSCRIPTION_TYPES:
        if each.uuid == uuid:
            return each
    raise ApiError(1003, {"subscription_type_uuid": "The selected subscription type is invalid."})


def _must_be_free(identifier: Identifier) -> None:
    if identifier.contact is not None:
        raise ApiError(60014)
    if not identifier.active:
        raise ApiError(60004)


def _giftcard_email(uuid: str | None) -> Email:
    for each in EMAILS:
        fits = each.category == "GIFTCARD_RECIPIENT" and each.has_hash_token
        if fits and uuid in (None, each.uuid):
            return each
    raise ApiError(1003, {"email_uuid": "The email is not a valid giftcard recipient email."})
