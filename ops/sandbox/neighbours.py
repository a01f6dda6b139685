"""The endpoints around contacts and cards: programmes, shops, attributes, identifiers, subscriptions, ping.

The account's fixed parts stand in `account.py`.
"""

from __future__ import annotations

from ops.sandbox.account import ATTRIBUTES, PROGRAMS, SHOPS
from ops.sandbox.calls import Call
from ops.sandbox.records import Identifier
from ops.sandbox.replies import Data
from ops.sandbox.store import Store, subscription_type
from ops.sandbox.values import subscriptions_body


def ping(_store: Store, _call: Call) -> Data:
    """The base itself: says that the token is good."""
    return Data({"message": "pong"})


def list_programs(store: Store, _call: Call) -> Data:
    """Every gift card programme."""
    shown = [
        {
            "id": each.id,
            "uuid": each.uuid,
            "name": each.name,
            "active": each.active,
            "card_count": len(store.cards.by_program[each.uuid]),
            "settles": 0,
            "expiration_days": each.expiration_days,
            "max_amount_in_cents": each.max_amount_in_cents,
            "min_amount_in_cents": each.min_amount_in_cents,
            "calculator_flow": "DEFAULT",
        }
        for each in PROGRAMS
    ]
    return Data(shown)


def list_shops(_store: Store, _call: Call) -> Data:
    """Every shop."""
    shown = [{"uuid": each.uuid, "name": each.name, "type": each.type, "reference": each.reference} for each in SHOPS]
    return Data(shown)


def list_attributes(_store: Store, _call: Call) -> Data:
    """Every contact attribute."""
    shown = [
        {
            "id": each.id,
            "name": each.name,
            "label": each.label,
            "type": each.type,
            "group_name": None,
            "is_piggy_defined": each.system,
            "is_soft_read_only": each.soft_read_only,
            "is_hard_read_only": each.hard_read_only,
            "has_unique_value": each.unique,
            "description": None,
            "options": [{"value": value, "label": label} for value, label in each.options],
            "position": position,
            "can_be_deleted": not each.system,
        }
        for position, each in enumerate(ATTRIBUTES.values(), 1)
    ]
    return Data(shown)


def find_identifier(store: Store, call: Call) -> Data:
    """Find Contact Identifier."""
    return Data(_identifier(store, store.identifier(call.asked("contact_identifier_value"))))


def create_identifier(store: Store, call: Call) -> Data:
    """Create Contact Identifier, linked to a contact when one is given."""
    value = call.text("contact_identifier_value")
    name = call.optional_text("contact_identifier_name")
    uuid = call.optional_text("contact_uuid")
    contact = store.get(uuid) if uuid else None
    made = store.add_identifier(value, name)
    if contact is not None:
        store.link(made, contact)
    return Data(_identifier(store, made))


def link_identifier(store: Store, call: Call) -> Data:
    """Link Contact Identifier."""
    contact = store.get(call.text("contact_uuid"))
    known = store.identifier(call.text("contact_identifier_value"))
    store.link(known, contact)
    return Data(_identifier(store, known))


def unlink_identifier(store: Store, call: Call) -> Data:
    """Unlink Contact Identifier."""
    known = store.identifier(call.text("contact_identifier_value"))
    store.unlink(known)
    return Data(_identifier(store, known))


def _identifier(store: Store, identifier: Identifier) -> dict[str, object]:
    contact = store.contacts.get(identifier.contact) if identifier.contact else None
    return {
        "name": identifier.name,
        "value": identifier.value,
        "active": identifier.active,
        "contact": {"uuid": contact.uuid, "email": contact.email} if contact else None,
    }


def subscriptions(store: Store, call: Call) -> Data:
    """A contact's subscriptions."""
    return Data(subscriptions_body(store.get(call.id)))


def subscribe(store: Store, call: Call) -> Data:
    """Subscribe a contact; a double opt-in type only mails and stays pending."""
    contact = store.get(call.id)
    store.subscribe(contact, subscription_type(call.text("subscription_type_uuid")))
    return Data(subscriptions_body(contact))


def unsubscribe(store: Store, call: Call) -> Data:
    """Unsubscribe a contact."""
    contact = store.get(call.id)
    store.unsubscribe(contact, subscription_type(call.text("subscription_type_uuid")))
    return Data(subscriptions_body(contact))
