"""The five gift card endpoints and the transactions on cards.

The rules behind them stand in `cards.py`.
"""

from __future__ import annotations

from ops.sandbox.calls import Call
from ops.sandbox.cards import Booking, Filter, shop_of
from ops.sandbox.pages import DEFAULT_PAGE, MOST, last_page, page_of
from ops.sandbox.records import Card, Transaction
from ops.sandbox.replies import ApiError, Data
from ops.sandbox.store import Store
from ops.sandbox.values import iso


def list_cards(store: Store, call: Call) -> Data:
    """A page of cards, newest first, so that a new card shifts the pages."""
    size = call.asked_number("limit", DEFAULT_PAGE, MOST)
    page = call.asked_number("page", 1)
    found = store.cards.listed(call.query.get("giftcard_program_uuid") or None)
    meta = {"page": page, "per_page": size, "last_page": last_page(len(found), size), "total": len(found)}
    shown = [
        {**_card(each), "giftcard_program": {"uuid": each.program.uuid, "name": each.program.name}}
        for each in page_of(found, page, size, backwards=True)
    ]
    return Data(shown, meta)


def _card(card: Card) -> dict[str, object]:
    return {
        "uuid": card.uuid,
        "type": "DIGITAL",
        "hash": card.hash,
        "expiration_date": iso(card.expires) if card.expires is not None else None,
        "active": card.active,
        "upgradeable": card.program.upgradeable,
        "amount_in_cents": card.amount,
    }


def _whole_card(card: Card) -> dict[str, object]:
    amount = f"€ {card.amount // 100},{card.amount % 100:02d}"
    return {**_card(card), "display_amount": amount, "giftcard_program": {"name": card.program.name}}


def get(store: Store, call: Call) -> Data:
    """Get Giftcard."""
    return Data(_whole_card(store.cards.get(call.id)))


def find(store: Store, call: Call) -> Data:
    """Find Giftcard by Hash."""
    return Data(_whole_card(store.cards.find(call.asked("hash"))))


def create(store: Store, call: Call) -> Data:
    """Create Giftcard: an empty one."""
    kind = call.whole("type")
    card = store.cards.create(kind, call.text("giftcard_program_uuid"))
    program = card.program
    return Data(
        {
            "id": card.id,
            **_card(card),
            "amount": 0,
            "url": f"https://leat.example/giftcard-balance?hash={card.hash}",
            "display_amount": "€0.00",
            "formatted_expiration_date": iso(card.expires)[:10] if card.expires is not None else None,
            "giftcard_program": {
                "id": program.id,
                "name": program.name,
                "uuid": program.uuid,
                "max_amount_in_cents": program.max_amount_in_cents,
                "calculator_flow": "DEFAULT",
                "expiration_days": program.expiration_days,
            },
            "giftcard_recipients": [],
        }
    )


def send(store: Store, call: Call) -> Data:
    """Send Giftcard by Email."""
    card = store.cards.get(call.id)
    uuid = call.text("contact_uuid")
    tags = call.mapping("merge_tags")
    for name, value in tags.items():
        if not name.startswith("custom.") or not isinstance(value, str):
            raise ApiError(1003, {"merge_tags": "The merge tags must be texts whose names start with custom."})
    try:
        contact = store.get(uuid)
    except ApiError:
        raise ApiError(1003, {"contact_uuid": "The selected contact uuid is invalid."}) from None
    store.send_card(card, contact, call.optional_text("email_uuid") or None, tags)
    return Data({"message": "success", "data": "Email successfully sent"}, {})


def put_value(store: Store, call: Call) -> Data:
    """Create Giftcard Transaction: puts value on a card or takes it off."""
    booking = Booking(
        card=call.text("giftcard_uuid"),
        shop=call.text("shop_uuid"),
        amount=call.whole("amount_in_cents"),
        custom_attributes=call.mapping("custom_attributes"),
    )
    return Data(_transaction(store, store.cards.put(booking)))


def reverse(store: Store, call: Call) -> Data:
    """Reverse Giftcard Transaction: a card's last one only."""
    return Data(_transaction(store, store.cards.reverse(call.id)))


def list_transactions(store: Store, call: Call) -> Data:
    """A page of transactions, newest first, of a card, a programme or a shop."""
    size = call.asked_number("perPage", DEFAULT_PAGE, MOST)
    page = call.asked_number("page", 1)
    wanted = Filter(
        hash=call.query.get("giftcard_hash"),
        program=call.query.get("giftcard_program_uuid"),
        shop=call.query.get("shop_uuid"),
    )
    if wanted == Filter():
        raise ApiError(1003, {"giftcard_hash": "One of hash, programme or shop is required."})
    found = store.cards.search(wanted)
    meta = {"page": page, "per_page": size, "last_page": last_page(len(found), size), "total": len(found)}
    return Data([_listed(store, each) for each in page_of(found, page, size)], meta)


def _transaction(store: Store, transaction: Transaction) -> dict[str, object]:
    card = store.cards.by_uuid[transaction.card]
    shop = shop_of(transaction.shop)
    return {
        "id": transaction.id,
        "uuid": transaction.uuid,
        "amount_in_cents": transaction.amount,
        "type": transaction.type,
        "settled": False,
        "card": {"id": card.id, "uuid": card.uuid},
        "shop": {"id": shop.id, "uuid": shop.uuid, "name": shop.name},
        "settlements": [],
        "created_at": iso(transaction.created),
        "custom_attributes": transaction.custom_attributes,
    }


def _listed(store: Store, transaction: Transaction) -> dict[str, object]:
    body = _transaction(store, transaction)
    if transaction.seeded:
        body["uuid"] = None
        body["card"] = {"id": store.cards.by_uuid[transaction.card].id, "uuid": None}
    return body
