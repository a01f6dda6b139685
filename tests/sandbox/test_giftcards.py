from __future__ import annotations

from typing import Any

import httpx
import pytest

from ops.sandbox import Sandbox
from ops.sandbox.account import EMAILS, PROGRAMS, SHOPS
from tests.sandbox.support import code, data, errors

NORMAL, BIRTHDAY, CLOSED, _ = (each.uuid for each in PROGRAMS)
SHOP = SHOPS[0].uuid


@pytest.fixture
def card(api: httpx.Client) -> dict[str, Any]:
    """A new, empty card of the normal programme."""
    made: dict[str, Any] = data(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": NORMAL}))
    return made


def put(api: httpx.Client, card: str, cents: object, shop: str = SHOP, **more: object) -> httpx.Response:
    body = {"giftcard_uuid": card, "amount_in_cents": cents, "shop_uuid": shop, **more}
    return api.post("/giftcard-transactions", json=body)


def test_a_new_card_is_worth_nothing(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Create makes a card of 0 cents, and each call another one."""
    assert (card["type"], card["amount_in_cents"], card["display_amount"]) == ("DIGITAL", 0, "€0.00")
    assert card["giftcard_program"]["uuid"] == NORMAL
    again = data(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": NORMAL}))
    assert again["uuid"] != card["uuid"]
    assert sandbox.ledger.effects.cards == 2


def test_a_form_may_carry_digits(api: httpx.Client) -> None:
    """In a form the type is a digit; in JSON it must be a number."""
    form = {"type": "1", "giftcard_program_uuid": NORMAL}
    assert data(api.post("/giftcards", data=form))["uuid"]
    for kind in ("1", True, 1.0, None):
        assert errors(api.post("/giftcards", json={**form, "type": kind})) == {"type"}


def test_what_create_refuses(api: httpx.Client) -> None:
    """Physical cards, unknown programmes and closed ones each have their code."""
    assert code(api.post("/giftcards", json={"type": 0, "giftcard_program_uuid": NORMAL})) == 55021
    assert code(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": "none"})) == 1100
    assert code(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": CLOSED})) == 1100
    assert errors(api.post("/giftcards", json={"type": 1})) == {"giftcard_program_uuid"}


def test_a_card_is_read_by_uuid_and_by_hash(api: httpx.Client, card: dict[str, Any]) -> None:
    """Both answers are the same and name the programme without its uuid."""
    assert data(put(api, card["uuid"], 2_500))["amount_in_cents"] == 2_500
    by_uuid = data(api.get(f"/giftcards/{card['uuid']}"))
    assert by_uuid == data(api.get("/giftcards/find-one-by", params={"hash": card["hash"]}))
    assert (by_uuid["amount_in_cents"], by_uuid["display_amount"]) == (2_500, "€ 25,00")
    assert by_uuid["giftcard_program"] == {"name": "Cadeaukaart"}
    assert code(api.get("/giftcards/none")) == 5001
    assert code(api.get("/giftcards/find-one-by", params={"hash": "none"})) == 5001
    assert errors(api.get("/giftcards/find-one-by")) == {"hash"}


def test_cards_are_listed_by_programme(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Pages hold every card of a programme once; the meta says per_page as a number."""
    seen: list[str] = []
    total = len(sandbox.store.cards.by_program[NORMAL])
    for page in range(1, 10):
        params: dict[str, str | int] = {"giftcard_program_uuid": NORMAL, "limit": 4, "page": page}
        body = api.get("/giftcards", params=params).json()
        assert body["meta"] == {"page": page, "per_page": 4, "last_page": -(-total // 4), "total": total}
        assert all(each["giftcard_program"]["uuid"] == NORMAL for each in body["data"])
        seen += [each["uuid"] for each in body["data"]]
    assert len(set(seen)) == len(seen) == total
    assert seen[0] == card["uuid"]
    assert code(api.get("/giftcards", params={"giftcard_program_uuid": "none"})) == 1100
    assert errors(api.get("/giftcards", params={"limit": 101})) == {"limit"}


@pytest.mark.parametrize("amount", ["100", True, 1.5, None, 0])
def test_an_amount_is_a_whole_number(api: httpx.Client, card: dict[str, Any], amount: object) -> None:
    """Texts, booleans, fractions and zero are 1003."""
    assert errors(put(api, card["uuid"], amount)) == {"amount_in_cents"}


def test_limits_of_a_card(api: httpx.Client, card: dict[str, Any]) -> None:
    """Above the maximum 5008, below nothing 5003; what fits is booked."""
    uuid = card["uuid"]
    assert code(put(api, uuid, 51_001)) == 5008
    data(put(api, uuid, 51_000))
    assert code(put(api, uuid, 1)) == 5008
    assert code(put(api, uuid, -51_001)) == 5003
    data(put(api, uuid, -1_000))
    assert data(api.get(f"/giftcards/{uuid}"))["amount_in_cents"] == 50_000


def test_a_card_that_is_filled_once(api: httpx.Client) -> None:
    """The birthday programme has a minimum (1003) and takes value once (5006)."""
    uuid = data(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": BIRTHDAY}))["uuid"]
    assert errors(put(api, uuid, 499)) == {"amount_in_cents"}
    data(put(api, uuid, 500))
    assert code(put(api, uuid, 500)) == 5006


def test_unknown_ends_of_a_transaction(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Unknown card 5001, unknown shop 1008, expired card 5002; nothing is booked."""
    expired = next(
        each for each in sandbox.store.cards.all if each.expires is not None and each.expires < 1_700_000_000
    )
    assert code(put(api, "none", 100)) == 5001
    assert code(put(api, card["uuid"], 100, shop="none")) == 1008
    assert code(put(api, expired.uuid, 100)) == 5002
    assert sandbox.ledger.effects.transactions == 0


def test_transactions_are_found_by_hash_with_their_marker(api: httpx.Client, card: dict[str, Any]) -> None:
    """The newest comes first, and custom attributes come back as sent."""
    for cents in (100, 200, 300):
        data(put(api, card["uuid"], cents, custom_attributes={"marker": f"run:{cents}"}))
    params: dict[str, str | int] = {"giftcard_hash": card["hash"], "perPage": 2}
    body = api.get("/giftcard-transactions", params=params).json()
    assert [each["custom_attributes"]["marker"] for each in body["data"]] == ["run:300", "run:200"]
    assert body["meta"] == {"page": 1, "per_page": 2, "last_page": 2, "total": 3}
    assert body["data"][0]["card"]["uuid"] == card["uuid"]
    assert body["data"][0]["shop"] == {"id": 15, "uuid": SHOP, "name": "Koffiehuis Utrecht"}


def test_transactions_by_programme_and_shop(api: httpx.Client, sandbox: Sandbox) -> None:
    """Both filters work alone and together; without any it is 1003. Old ones have null uuids."""
    rows = sandbox.store.cards.transactions

    def total(**params: str) -> int:
        return int(api.get("/giftcard-transactions", params=params).json()["meta"]["total"])

    assert total(shop_uuid=SHOP) == sum(each.shop == SHOP for each in rows)
    assert 0 < total(giftcard_program_uuid=NORMAL, shop_uuid=SHOP) <= total(giftcard_program_uuid=NORMAL)
    assert errors(api.get("/giftcard-transactions")) == {"giftcard_hash"}
    assert code(api.get("/giftcard-transactions", params={"giftcard_hash": "none"})) == 5001
    assert code(api.get("/giftcard-transactions", params={"shop_uuid": "none"})) == 1008
    first = api.get("/giftcard-transactions", params={"shop_uuid": SHOP}).json()["data"][0]
    assert (first["uuid"], first["card"]["uuid"]) == (None, None)


def test_only_the_last_transaction_can_be_reversed(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Reversing books the opposite; an older one or a reversal itself is 55025."""
    first, second = (data(put(api, card["uuid"], cents))["uuid"] for cents in (100, 200))
    assert code(api.post(f"/giftcard-transactions/{first}/reverse")) == 55025
    reversal = data(api.post(f"/giftcard-transactions/{second}/reverse"))
    assert reversal["amount_in_cents"] == -200
    assert code(api.post(f"/giftcard-transactions/{reversal['uuid']}/reverse")) == 55025
    assert data(api.get(f"/giftcards/{card['uuid']}"))["amount_in_cents"] == 100
    effects = sandbox.ledger.effects
    assert (effects.transactions, effects.reversed) == (2, 1)


def test_a_mail_goes_to_a_subscribed_contact(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Each call is another mail, with its merge tags."""
    contact = data(api.post("/contacts", json={"email": "to@example.com"}))["uuid"]
    body = {
        "contact_uuid": contact,
        "email_uuid": EMAILS[0].uuid,
        "merge_tags": {"custom.message": "Gefeliciteerd!"},
    }
    for _ in range(2):
        response = api.post(f"/giftcards/{card['uuid']}/send-by-email", json=body)
        assert response.json() == {
            "data": {"message": "success", "data": "Email successfully sent"},
            "meta": {},
        }
    form = {"contact_uuid": contact, "merge_tags[custom.message]": "Hallo"}
    data(api.post(f"/giftcards/{card['uuid']}/send-by-email", data=form))
    assert sandbox.ledger.effects.mails == 3
    assert sandbox.store.cards.mails[0].merge_tags == {"custom.message": "Gefeliciteerd!"}
    assert sandbox.store.cards.mails[2].merge_tags == {"custom.message": "Hallo"}


def test_mails_that_cannot_go(api: httpx.Client, card: dict[str, Any], sandbox: Sandbox) -> None:
    """Unsubscribed, unknown contact, a mail of another sort, tags without custom.: no mail."""
    contact = data(api.post("/contacts", json={"email": "to@example.com"}))["uuid"]
    path = f"/giftcards/{card['uuid']}/send-by-email"
    assert code(api.post("/giftcards/none/send-by-email", json={"contact_uuid": contact})) == 5001
    assert errors(api.post(path, json={})) == {"contact_uuid"}
    assert errors(api.post(path, json={"contact_uuid": "none"})) == {"contact_uuid"}
    other = {"contact_uuid": contact, "email_uuid": EMAILS[1].uuid}
    assert errors(api.post(path, json=other)) == {"email_uuid"}
    tags = {"contact_uuid": contact, "merge_tags": {"message": "x"}}
    assert errors(api.post(path, json=tags)) == {"merge_tags"}
    leave = {"subscription_type_uuid": "0c7f7b52-7a1f-4a43-8a6f-2c0b5d7c9e05"}
    data(api.put(f"/contact-subscriptions/{contact}/unsubscribe", json=leave))
    assert errors(api.post(path, json={"contact_uuid": contact})) == {"contact_uuid"}
    assert sandbox.ledger.effects.mails == 0
