"""A contact as the API shows it: `current_values`, `current_display_values` and the blocks around them.

Nothing here changes a contact or decides what may be written.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

from ops.sandbox.account import ATTRIBUTES, SHOPS, SUBSCRIPTION_TYPES, TIERS
from ops.sandbox.records import Attribute, Contact, Tier

_TIER_FROM = (500, 1_500, 4_000)
_LOCAL = timezone(timedelta(hours=1))
_EMPTY = {
    each.name: "" if each.system and each.type in {"text", "phone", "url"} and each.name != "locale" else None
    for each in ATTRIBUTES.values()
    if each.writable or not each.system
}
"""What a writable attribute shows before it is set: the service's own as "", the account's own as null."""


def iso(seconds: int) -> str:
    """A moment as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def euros(cents: int) -> int | float:
    """Cents as `current_values` shows them: euros, whole ones without a fraction."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def tier_of(contact: Contact) -> Tier | None:
    """The level a contact's credits give."""
    reached = sum(contact.credits >= limit for limit in _TIER_FROM)
    return TIERS[reached - 1] if reached else None


def tier_body(tier: Tier | None) -> dict[str, object] | None:
    """A tier as the API shows it."""
    if tier is None:
        return None
    return {
        "uuid": tier.uuid,
        "name": tier.name,
        "description": tier.description,
        "position": tier.position,
        "media": None,
    }


def subscription_status(contact: Contact, type_id: int) -> str:
    """SUBSCRIBED, PENDING or UNSUBSCRIBED."""
    bit = 1 << type_id
    if contact.subscriptions & bit:
        return "SUBSCRIBED"
    return "PENDING" if contact.pending & bit else "UNSUBSCRIBED"


def subscriptions_body(contact: Contact) -> list[dict[str, object]]:
    """Every subscription type with the contact's state."""
    return [
        {
            "is_subscribed": bool(contact.subscriptions >> each.id & 1),
            "status": subscription_status(contact, each.id),
            "subscription_type": {
                "id": each.id,
                "uuid": each.uuid,
                "name": each.name,
                "description": each.description,
                "active": each.active,
                "strategy": each.strategy,
            },
        }
        for each in SUBSCRIPTION_TYPES
    ]


def contact_body(contact: Contact, values: dict[str, object]) -> dict[str, object]:
    """The whole contact.

    Args:
        contact: Whose body it is.
        values: What is set, attribute by attribute.
    """
    current = current_values(contact, values)
    return {
        "id": contact.id,
        "uuid": contact.uuid,
        "email": contact.email,
        "attributes": [],
        "tier": tier_body(tier_of(contact)),
        "subscriptions": subscriptions_body(contact),
        "credit_balance": {"balance": contact.credits, "id": 2_600_000 + contact.id},
        "prepaid_balance": {"balance_in_cents": contact.prepaid},
        "current_values": current,
        "current_display_values": _display(contact, current),
    }


def current_values(contact: Contact, values: dict[str, object]) -> dict[str, object]:
    """Every attribute's value, secrets included, as oddly typed as the API has them."""
    tier = tier_of(contact)
    visits = contact.credits // 40
    secret = hashlib.blake2b(contact.uuid.encode(), digest_size=48).digest()
    shown: dict[str, object] = {
        **_EMPTY,
        **values,
        "uuid": contact.uuid,
        "email": contact.email,
        "status": "ACTIVE",
        "channel": contact.channel,
        "tier": str(tier.position) if tier else None,
        "created_at": iso(contact.created),
        "updated_at": iso(contact.updated),
        "is_anonymous": contact.anonymous,
        "loyalty_balance": contact.credits,
        "previous_loyalty_balance": contact.credits,
        "prepaid_balance": euros(contact.prepaid),
        "loyalty_number_of_transactions": visits,
        "loyalty_total_credits_received": contact.credits,
        "loyalty_first_transaction_date": iso(contact.created + 3_600) if visits else None,
        "loyalty_last_transaction_date": iso(contact.updated) if visits else None,
        "loyalty_associated_shops": ";".join(each.uuid for each in SHOPS[: min(visits, 2)]),
        "default_contact_identifier": contact.identifiers[0] if contact.identifiers else None,
        "add_to_wallet": f"https://leat.example/add-to-wallet/loyalty?uuid={contact.uuid}",
        "custom_app_login_url": f"https://leat.example/home?token=eyJpdiI6{b64encode(secret).decode()}",
        "custom_app_login_code": 100_000 + int.from_bytes(secret[:4], "big") % 900_000,
        "subscription_preferences_url": f"https://leat.example/subscription-preferences/{contact.uuid}",
    }
    for each in SUBSCRIPTION_TYPES:
        shown[f"subscription_status_{each.id}"] = subscription_status(contact, each.id)
        if each.strategy == "DOUBLE_OPT_IN":
            link = f"contact_uuid={contact.uuid}&subscription_type={each.id}"
            shown[f"double_opt_in_confirmation_url_{each.id}"] = (
                f"https://leat.example/double-opt-in-confirmation?{link}"
            )
    return shown


def _display(contact: Contact, current: dict[str, object]) -> dict[str, object]:
    shown: dict[str, object] = {name: _display_value(ATTRIBUTES.get(name), value) for name, value in current.items()}
    tier = tier_of(contact)
    shown["uuid"] = ""
    shown["tier"] = tier.name if tier else ""
    shown["status"] = "Active"
    shown["loyalty_associated_shops"] = " and ".join(each.name for each in SHOPS[: min(contact.credits // 40, 2)])
    return shown


def _display_value(attribute: Attribute | None, value: object) -> str:
    kind = attribute.type if attribute else "text"
    if kind == "boolean":
        return "True" if value in (True, "true") else "False"
    if value is None or value == "":
        return ""
    if attribute and attribute.options:
        labels = dict(attribute.options)
        return ", ".join(labels.get(each, each) for each in str(value).split(";"))
    if kind == "date_time":
        return datetime.fromisoformat(str(value)).astimezone(_LOCAL).strftime("%Y-%m-%d, %H:%M")
    if attribute is not None and attribute.name.startswith("subscription_status_"):
        return str(value).capitalize()
    return str(value)
