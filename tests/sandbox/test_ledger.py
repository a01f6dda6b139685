from __future__ import annotations

import httpx

from ops.sandbox import Entry, Ledger, Sandbox
from ops.sandbox.account import PROGRAMS, SHOPS
from tests.sandbox.support import Clock, data


def entry(at: float, endpoint: str = "shops.list", *, write: bool = False, status: int = 200) -> Entry:
    return Entry(at, "GET", "/", endpoint, write, (), 0, status, None, "", committed=False)


def test_the_ledger_tells_each_request(api: httpx.Client, sandbox: Sandbox) -> None:
    """Endpoint, path, keys, size, status, code and whether it was committed."""
    data(api.post("/contacts", json={"email": "a@example.com", "referral_code": "R"}))
    api.post("/contacts", json={"email": "a@example.com"})
    api.get("/contacts/no%20one")
    made, refused, read = sandbox.ledger.entries
    assert (made.method, made.path, made.endpoint) == ("POST", "/contacts", "contacts.create")
    assert (made.keys, made.size > 20, made.status, made.code) == (("email", "referral_code"), True, 200, None)
    assert (made.write, made.committed) == (True, True)
    assert (refused.status, refused.code, refused.committed) == (400, 60005, False)
    assert (read.path, read.code, read.write) == ("/contacts/no one", 55031, False)
    assert sandbox.ledger.writes == 2
    assert sandbox.ledger.by_endpoint() == {"contacts.create": 2, "contacts.get": 1}
    assert sandbox.ledger.count("contacts.create", status=400) == 1


def test_a_careful_client_leaves_no_violations(api: httpx.Client, sandbox: Sandbox) -> None:
    """Ordinary use, refusals included, is no violation."""
    api.get("/contacts", params={"limit": 5, "sort": "-created_at"})
    api.get("/contacts/nobody")
    api.put("/contacts/123", json={"attributes": {"housenumber": "twelve"}})
    assert sandbox.ledger.violations == []


def test_windows_and_the_busiest_stretch() -> None:
    """Fixed windows start with the first request; the busiest stretch may lie across two."""
    ledger = Ledger(Clock())
    for at in (10.0, 10.8, 10.9, 11.1, 11.2, 13.0):
        ledger.add(entry(at))
    assert ledger.windows() == {0: 3, 1: 2, 3: 1}
    assert ledger.busiest() == 4
    assert Ledger(Clock()).busiest() == 0


def test_it_can_be_read_and_reset_from_outside(api: httpx.Client, sandbox: Sandbox) -> None:
    """The admin paths give the counts and the last entries, and forget on request; they count nowhere."""
    data(api.post("/contacts", json={"email": "a@example.com"}))
    data(api.get("/shops"))
    with httpx.Client(base_url=f"{sandbox.url}/sandbox", trust_env=False) as outside:
        shown = outside.get("/ledger", params={"last": 1}).json()
        assert (shown["requests"], shown["writes"], shown["committed"]) == (2, 1, 1)
        assert shown["effects"]["created"] == 1
        assert [each["endpoint"] for each in shown["entries"]] == ["shops.list"]
        assert outside.post("/reset-ledger").status_code == 204
        empty = outside.get("/ledger").json()
        assert (empty["requests"], empty["effects"]["created"]) == (0, 0)
        state = outside.get("/state").json()
        assert (state["contacts"], state["scheduled"], state["mails"]) == (201, 0, 0)
        assert outside.get("/nothing").status_code == 404


def test_cards_can_be_read_from_outside(api: httpx.Client, sandbox: Sandbox) -> None:
    """With what was put on each and to whom it was mailed."""
    card = data(api.post("/giftcards", json={"type": 1, "giftcard_program_uuid": PROGRAMS[0].uuid}))["uuid"]
    value = {"giftcard_uuid": card, "amount_in_cents": 500, "shop_uuid": SHOPS[0].uuid}
    data(api.post("/giftcard-transactions", json=value | {"custom_attributes": {"leatops": "run:1"}}))
    person = data(api.post("/contacts", json={"email": "a@example.com"}))["uuid"]
    data(api.post(f"/giftcards/{card}/send-by-email", json={"contact_uuid": person}))
    with httpx.Client(base_url=f"{sandbox.url}/sandbox", trust_env=False) as outside:
        assert outside.get("/cards").json()["cards"][-1] == {
            "uuid": card,
            "program": PROGRAMS[0].uuid,
            "amount_in_cents": 500,
            "transactions": [{"amount_in_cents": 500, "custom_attributes": {"leatops": "run:1"}}],
            "mailed_to": [person],
        }
        assert outside.get("/state").json()["requests"] == 4
