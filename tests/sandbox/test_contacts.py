from __future__ import annotations

import httpx
import pytest

from ops.sandbox import Sandbox, SandboxConfig
from tests.conftest import MakeSandbox
from tests.sandbox.support import Clock, client_of, code, data, errors


def test_create_makes_a_contact_that_can_be_found_and_read(api: httpx.Client, sandbox: Sandbox) -> None:
    """Create answers a uuid alone; find and get answer the whole contact."""
    made = data(api.post("/contacts", json={"email": "New.Person@Example.com", "referral_code": "R1"}))
    assert set(made) == {"uuid"}
    found = data(api.get("/contacts/find-one-by", params={"email": "new.person@example.COM"}))
    assert found == data(api.get(f"/contacts/{made['uuid']}"))
    assert found["email"] == "New.Person@Example.com"
    assert found["current_values"]["is_anonymous"] is False
    contact = sandbox.store.contact_by_email("new.person@example.com")
    assert contact is not None
    assert contact.referral_code == "R1"


def test_create_accepts_a_form(api: httpx.Client) -> None:
    """The same call works form-urlencoded."""
    assert data(api.post("/contacts", data={"email": "form@example.com"}))["uuid"]


@pytest.mark.parametrize("path", ["/contacts", "/contacts/async"])
def test_an_address_is_taken_whatever_its_case(api: httpx.Client, path: str) -> None:
    """A second create of one address is 60005, also while the first has not appeared."""
    assert data(api.post(path, json={"email": "twice@example.com"}))
    assert code(api.post(path, json={"email": "Twice@EXAMPLE.com"})) == 60005


@pytest.mark.parametrize("email", [None, "", "nobody", "a b@example.com", "a@b", "a@@example.com", "a@-x.com"])
def test_an_address_must_be_one(api: httpx.Client, email: str | None) -> None:
    """A missing or malformed address is 1003 and names the field."""
    assert errors(api.post("/contacts", json={"email": email})) == {"email"}
    assert errors(api.get("/contacts/find-or-create", params={"email": email or ""})) == {"email"}


def test_an_address_of_another_type_is_noted(api: httpx.Client, sandbox: Sandbox) -> None:
    """A number for a text is refused and stands among the violations."""
    assert errors(api.post("/contacts", json={"email": 12})) == {"email"}
    assert [each.kind for each in sandbox.ledger.violations] == ["wrong_type"]


def test_unknown_contacts_are_400_with_their_code(api: httpx.Client) -> None:
    """Not found is HTTP 400 and 55031 wherever a contact is asked for."""
    assert code(api.get("/contacts/find-one-by", params={"email": "no@example.com"})) == 55031
    for path in ("", "/contact-identifiers", "/credit-balance", "/prepaid-balance", "/tier"):
        assert code(api.get(f"/contacts/nobody{path}")) == 55031
    assert code(api.put("/contacts/nobody", json={"attributes": {"firstname": "x"}})) == 55031
    assert code(api.put("/contacts/nobody/claim", json={"email": "a@example.com"})) == 55031
    assert code(api.post("/contacts/nobody/delete", json={"type": "GDPR"})) == 55031


def test_find_or_create_writes_once(api: httpx.Client, sandbox: Sandbox) -> None:
    """The first call makes the contact, the second finds it; both count as writes."""
    first = data(api.get("/contacts/find-or-create", params={"email": "foc@example.com"}))
    second = data(api.get("/contacts/find-or-create", params={"email": "FOC@example.com"}))
    assert first == second
    assert sandbox.ledger.effects.created == 1
    assert sandbox.ledger.writes == 2


@pytest.mark.parametrize(
    ("method", "path", "where"),
    [("POST", "/contacts/async", "json"), ("GET", "/contacts/find-or-create/async", "params")],
)
def test_asynchronous_contacts_appear_late(make_sandbox: MakeSandbox, method: str, path: str, where: str) -> None:
    """A contact made asynchronously is 55031 everywhere until its time has come."""
    clock = Clock()
    sandbox = make_sandbox(SandboxConfig(contacts=5, async_lag=0.2), clock=clock)
    fields = {"email": "late@example.com"}
    with client_of(sandbox) as api:
        sent = {"json": {"json": fields}, "params": {"params": fields}}[where]
        uuid = data(api.request(method, path, **sent))["uuid"]  # type: ignore[arg-type]
        assert code(api.get(f"/contacts/{uuid}")) == 55031
        assert code(api.get("/contacts/find-one-by", params=fields)) == 55031
        assert code(api.put(f"/contacts/{uuid}", json={"attributes": {"firstname": "x"}})) == 55031
        assert api.get("/contacts").json()["meta"]["total"] == 5
        assert data(api.get("/contacts/find-or-create/async", params=fields)) == {"uuid": uuid}
        clock.now += 0.2
        assert data(api.get(f"/contacts/{uuid}"))["uuid"] == uuid
        assert api.get("/contacts").json()["meta"]["total"] == 6


def test_an_anonymous_contact_may_have_an_identifier(api: httpx.Client) -> None:
    """The identifier leads to the contact; a second contact with it is 60014."""
    body = {"contact_identifier_value": "CARD-0007"}
    uuid = data(api.post("/contacts/anonymous", json=body))["uuid"]
    found = data(api.get("/contact-identifiers/find", params=body))
    assert found["contact"]["uuid"] == uuid
    listed = data(api.get(f"/contacts/{uuid}/contact-identifiers"))
    assert [(each["value"], each["default"]) for each in listed] == [("CARD-0007", True)]
    assert code(api.post("/contacts/anonymous", json=body)) == 60014


def test_an_anonymous_contact_without_identifier_is_made_twice(api: httpx.Client, sandbox: Sandbox) -> None:
    """Without an identifier each call makes another contact."""
    first, second = (data(api.post("/contacts/anonymous"))["uuid"] for _ in range(2))
    assert first != second
    assert sandbox.ledger.effects.created == 2
    assert data(api.get(f"/contacts/{first}"))["current_values"]["is_anonymous"] is True


def test_an_inactive_identifier_is_refused(api: httpx.Client, sandbox: Sandbox) -> None:
    """An inactive identifier is 60004 and no contact is made."""
    old = next(each.value for each in sandbox.store.identifiers.values() if not each.active)
    assert code(api.post("/contacts/anonymous", json={"contact_identifier_value": old})) == 60004
    assert sandbox.ledger.effects.created == 0


def test_balances_and_tier_agree_with_the_contact(api: httpx.Client, sandbox: Sandbox) -> None:
    """The small endpoints say what the whole contact says, each in its own form."""
    rich = next(each for each in sandbox.store.order if each.credits > 500 and each.prepaid % 100 == 50)
    whole = data(api.get(f"/contacts/{rich.uuid}"))
    assert data(api.get(f"/contacts/{rich.uuid}/credit-balance")) == {"balance": rich.credits}
    euros = f"€{rich.prepaid // 100}.{rich.prepaid % 100:02d}"
    prepaid = data(api.get(f"/contacts/{rich.uuid}/prepaid-balance"))
    assert prepaid == {"balance_in_cents": rich.prepaid, "balance": euros}
    tier = data(api.get(f"/contacts/{rich.uuid}/tier"))
    assert tier == whole["tier"]
    assert whole["current_values"]["tier"] == str(tier["position"])
    assert whole["current_values"]["prepaid_balance"] == rich.prepaid / 100
    poor = next(each for each in sandbox.store.order if each.credits == 0)
    assert data(api.get(f"/contacts/{poor.uuid}/tier")) is None


def test_the_account_can_be_full(make_sandbox: MakeSandbox) -> None:
    """Beyond the usage limit every kind of create is 60000; finding still works."""
    sandbox = make_sandbox(SandboxConfig(contacts=10, usage_limit=11))
    with client_of(sandbox) as api:
        assert data(api.post("/contacts", json={"email": "last@example.com"}))
        assert code(api.post("/contacts", json={"email": "more@example.com"})) == 60000
        assert code(api.post("/contacts/async", json={"email": "more@example.com"})) == 60000
        assert code(api.post("/contacts/anonymous")) == 60000
        assert code(api.get("/contacts/find-or-create", params={"email": "more@example.com"})) == 60000
        assert data(api.get("/contacts/find-or-create", params={"email": "last@example.com"}))
