"""The sixteen contact endpoints.

Which method and path lead here stands in `routes.py`, the rules behind them in `store.py`.
"""

from __future__ import annotations

from datetime import datetime

from ops.sandbox.account import ATTRIBUTES
from ops.sandbox.attributes import RejectedError, accept, parse_date_time
from ops.sandbox.calls import Call
from ops.sandbox.pages import DEFAULT_PAGE, MOST, last_page, page_of
from ops.sandbox.records import Contact
from ops.sandbox.replies import ApiError, Data
from ops.sandbox.store import Store
from ops.sandbox.values import contact_body, tier_body, tier_of

_BOUNDS = ("created_at[gt]", "created_at[gte]", "created_at[lt]", "created_at[lte]")


def list_contacts(store: Store, call: Call) -> Data:
    """A page of contacts in the order of their creation."""
    size = call.asked_number("limit", DEFAULT_PAGE, MOST)
    page = call.asked_number("page", 1)
    sort = call.query.get("sort", "created_at")
    if sort not in {"created_at", "-created_at"}:
        raise ApiError(1003, {"sort": "The selected sort is invalid."})
    if "created_at" in call.query:
        raise ApiError(1003, {"created_at": "The created at must be an array."})
    found = store.between(*_bounds(call))
    shown = page_of(found, page, size, backwards=sort.startswith("-"))
    first = (page - 1) * size + 1
    meta = {
        "page": page,
        "limit": str(size),
        "viewing_from": first if shown else 0,
        "viewing_to": first + len(shown) - 1 if shown else 0,
        "last_page": last_page(len(found), size),
        "total": len(found),
    }
    return Data([_body(store, each) for each in shown], meta)


def _bounds(call: Call) -> tuple[int | None, int | None]:
    """The first and the last second asked for; contacts are created on whole seconds."""
    first: list[int] = []
    last: list[int] = []
    for name in _BOUNDS:
        if name not in call.query:
            continue
        moment = _moment(call.query[name])
        second = int(moment.timestamp() // 1)
        exact = moment.microsecond == 0
        if name.endswith("[gt]") or (name.endswith("[gte]") and not exact):
            first.append(second + 1)
        elif name.endswith("[gte]"):
            first.append(second)
        elif name.endswith("[lt]") and exact:
            last.append(second - 1)
        else:
            last.append(second)
    return max(first, default=None), min(last, default=None)


def _moment(value: str) -> datetime:
    try:
        return parse_date_time(value)
    except RejectedError as error:
        raise ApiError(1003, {"created_at": str(error)}) from None


def _body(store: Store, contact: Contact) -> dict[str, object]:
    return contact_body(contact, store.values(contact))


def create(store: Store, call: Call) -> Data:
    """Create Contact."""
    return _uuid(store.create(call.email(), referral_code=call.optional_text("referral_code")))


def create_async(store: Store, call: Call) -> Data:
    """Create Contact Async: it appears a little later."""
    contact = store.create(call.email(), referral_code=call.optional_text("referral_code"), late=True)
    return _uuid(contact)


def create_anonymous(store: Store, call: Call) -> Data:
    """Create Anonymous Contact, with an identifier or without."""
    return _uuid(store.create_anonymous(call.optional_text("contact_identifier_value") or None))


def _uuid(contact: Contact) -> Data:
    return Data({"uuid": contact.uuid})


def find(store: Store, call: Call) -> Data:
    """Find Contact by its address."""
    return Data(_body(store, store.find(call.asked_email())))


def find_or_create(store: Store, call: Call) -> Data:
    """Find or Create Contact."""
    return Data(_body(store, store.find_or_create(call.asked_email())))


def find_or_create_async(store: Store, call: Call) -> Data:
    """Find or Create Contact Async: a new one appears a little later."""
    return _uuid(store.find_or_create(call.asked_email(), late=True))


def get(store: Store, call: Call) -> Data:
    """Get Contact."""
    return Data(_body(store, store.get(call.id)))


def update(store: Store, call: Call) -> Data:
    """Update Contact: all attributes, or none when one is refused."""
    contact = store.get(call.id)
    if "attributes" not in call.body:
        raise ApiError(1003, {"attributes": "The attributes field is required."})
    accepted: dict[str, object] = {}
    refused: dict[str, str] = {}
    for name, value in call.mapping("attributes").items():
        attribute = ATTRIBUTES.get(name)
        if attribute is None:
            refused[name] = "The attribute does not exist."
        elif not attribute.writable:
            refused[name] = "The attribute is read-only."
        else:
            try:
                accepted[name] = accept(attribute, value, form=call.form)
            except RejectedError as error:
                refused[name] = str(error)
    if refused:
        raise ApiError(1003, refused)
    store.update(contact, accepted)
    return Data(_body(store, contact))


def delete(store: Store, call: Call) -> Data:
    """Delete Contact: scheduled."""
    contact = store.get(call.id)
    kind = call.text("type")
    if kind not in {"DEFAULT", "GDPR"}:
        raise ApiError(1003, {"type": "The selected type is invalid."})
    store.schedule_delete(contact, kind)
    return Data(None, {})


def claim(store: Store, call: Call) -> Data:
    """Claim Anonymous Contact; the answer shows its values from before."""
    contact = store.get(call.id)
    email = call.email()
    stale = _body(store, contact)
    store.claim(contact, email)
    return Data({**stale, "email": email})


def merge(store: Store, call: Call) -> Data:
    """Merge Contact: scheduled."""
    source_uuid, destination_uuid = call.text("source_contact_uuid"), call.text("destination_contact_uuid")
    if source_uuid == destination_uuid:
        different = "The source and destination contact must be different."
        raise ApiError(1003, {"destination_contact_uuid": different})
    store.schedule_merge(store.get(source_uuid), store.get(destination_uuid))
    return Data(None, {})


def identifiers(store: Store, call: Call) -> Data:
    """Get Contact Identifiers."""
    contact = store.get(call.id)
    shown = [
        {
            "name": store.identifiers[value].name,
            "value": value,
            "active": store.identifiers[value].active,
            "default": place == 0,
            "contact": {"uuid": contact.uuid},
        }
        for place, value in enumerate(contact.identifiers)
    ]
    return Data(shown)


def credit_balance(store: Store, call: Call) -> Data:
    """Get Credit Balance."""
    return Data({"balance": store.get(call.id).credits})


def prepaid_balance(store: Store, call: Call) -> Data:
    """Get Prepaid Balance."""
    cents = store.get(call.id).prepaid
    return Data({"balance_in_cents": cents, "balance": f"€{cents / 100:.2f}"})


def tier(store: Store, call: Call) -> Data:
    """Get Tier."""
    return Data(tier_body(tier_of(store.get(call.id))))
