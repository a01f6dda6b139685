from __future__ import annotations

import httpx

from ops.sandbox import Sandbox
from ops.sandbox.account import SUBSCRIPTION_TYPES
from tests.sandbox.support import code, data, errors


def test_the_base_answers_as_a_ping(api: httpx.Client) -> None:
    """A good token gets a 200 on the base itself."""
    assert api.get("").status_code == 200


def test_programmes_and_shops(api: httpx.Client, sandbox: Sandbox) -> None:
    """The lists are what the sandbox says of itself; programmes have limits, one is closed."""
    programs = data(api.get("/giftcard-programs"))
    assert [{"uuid": each["uuid"], "name": each["name"]} for each in programs] == sandbox.programs()
    assert sum(not each["active"] for each in programs) == 1
    assert programs[0]["max_amount_in_cents"] == 51_000
    assert programs[0]["card_count"] == len(sandbox.store.cards.by_program[programs[0]["uuid"]])
    shops = data(api.get("/shops"))
    assert [{"uuid": each["uuid"], "name": each["name"]} for each in shops] == sandbox.shops()


def test_attributes_describe_themselves(api: httpx.Client) -> None:
    """Each has its type, options and read-only marks."""
    attributes = {each["name"]: each for each in data(api.get("/contact-attributes"))}
    assert attributes["housenumber"]["type"] == "number"
    assert attributes["favorite_color"]["options"][0] == {"value": "RED", "label": "Rood"}
    assert attributes["email"]["is_hard_read_only"] is True
    assert attributes["segment"]["is_soft_read_only"] is True
    assert attributes["firstname"]["is_piggy_defined"] is True
    assert attributes["city"]["is_piggy_defined"] is False


def test_an_identifier_is_made_linked_and_unlinked(api: httpx.Client, sandbox: Sandbox) -> None:
    """Each step has its refusal: 60006, 60014, 60011, 60003, 60004."""
    contact = sandbox.store.order[1].uuid
    value = {"contact_identifier_value": "CARD-1"}
    both = {**value, "contact_uuid": contact}
    assert code(api.get("/contact-identifiers/find", params=value)) == 60003
    assert data(api.post("/contact-identifiers", json=value))["contact"] is None
    assert code(api.post("/contact-identifiers", json=value)) == 60006
    assert code(api.put("/contact-identifiers/unlink", json=value)) == 60011
    assert data(api.put("/contact-identifiers/link", json=both))["contact"]["uuid"] == contact
    assert code(api.put("/contact-identifiers/link", json=both)) == 60014
    assert data(api.put("/contact-identifiers/unlink", json=value))["contact"] is None
    assert data(api.get(f"/contacts/{contact}/contact-identifiers")) == []
    old = next(each.value for each in sandbox.store.identifiers.values() if not each.active)
    assert code(api.put("/contact-identifiers/link", json={**both, "contact_identifier_value": old})) == 60004
    linked = {"contact_identifier_value": "CARD-2", "contact_uuid": contact, "contact_identifier_name": "Pas"}
    assert data(api.post("/contact-identifiers", json=linked))["name"] == "Pas"
    assert sandbox.store.get(contact).identifiers == ("CARD-2",)


def test_subscribing(api: httpx.Client) -> None:
    """An opt-in type subscribes at once, a double opt-in one stays pending."""
    contact = data(api.post("/contacts", json={"email": "sub@example.com"}))["uuid"]
    path = f"/contact-subscriptions/{contact}"

    def statuses() -> list[str]:
        return [each["status"] for each in data(api.get(path))]

    assert statuses() == ["UNSUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED"]
    for place in (0, 2):
        wanted = {"subscription_type_uuid": SUBSCRIPTION_TYPES[place].uuid}
        data(api.put(f"{path}/subscribe", json=wanted))
    assert statuses() == ["PENDING", "UNSUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED"]
    shown = data(api.get(f"/contacts/{contact}"))
    assert shown["current_values"]["subscription_status_4"] == "SUBSCRIBED"
    assert shown["subscriptions"][0]["is_subscribed"] is False
    gone = {"subscription_type_uuid": SUBSCRIPTION_TYPES[3].uuid}
    assert data(api.put(f"{path}/unsubscribe", json=gone))[3]["status"] == "UNSUBSCRIBED"
    assert errors(api.put(f"{path}/subscribe", json={"subscription_type_uuid": "none"})) == {"subscription_type_uuid"}
