from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from ops.sandbox import Fault, Sandbox
from ops.sandbox.faults import Kind
from tests.conftest import MakeSandbox
from tests.sandbox.support import Clock, client_of, code, data, wait_until

BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)
NEW = {"email": "new@example.com"}


def committed(sandbox: Sandbox) -> bool:
    """Whether the contact of `NEW` exists, by the store and by the ledger alike."""
    entry = sandbox.ledger.entries[-1]
    assert entry.committed == (sandbox.ledger.effects.created == 1)
    assert entry.committed == (sandbox.store.contact_by_email(NEW["email"]) is not None)
    return entry.committed


@pytest.mark.parametrize(("kind", "done"), [("lost_before", False), ("lost_after", True), ("half_answer", True)])
def test_a_broken_connection(api: httpx.Client, sandbox: Sandbox, kind: Kind, done: bool) -> None:  # noqa: FBT001
    """The client sees a broken connection either way; only the account knows what happened."""
    sandbox.set_faults(Fault(kind=kind, on="writes"))
    with pytest.raises(BROKEN):
        api.post("/contacts", json=NEW)
    assert committed(sandbox) == done
    entry = sandbox.ledger.entries[-1]
    assert (entry.fault, entry.endpoint, entry.keys) == (kind, "contacts.create", ("email",))
    assert entry.status == (200 if kind == "half_answer" else 0)
    assert data(api.get("/shops"))


def test_a_lost_answer_is_a_reset_not_an_orderly_end(api: httpx.Client, sandbox: Sandbox) -> None:
    """The connection ends with a reset."""
    sandbox.set_faults(Fault(kind="lost_after"))
    with pytest.raises(httpx.ReadError, match="reset"):
        api.get("/shops")


def test_half_an_answer_brings_status_and_a_beginning(api: httpx.Client, sandbox: Sandbox) -> None:
    """Status and headers arrive whole, the body in part."""
    sandbox.set_faults(Fault(kind="half_answer"))
    with api.stream("GET", "/shops") as response:
        assert response.status_code == 200
        chunks = response.iter_raw()
        received = next(chunks)
        with pytest.raises(BROKEN):
            list(chunks)
    assert 0 < len(received) < int(response.headers["Content-Length"])


def test_a_late_commit_happens_after_the_client_gave_up(make_sandbox: MakeSandbox) -> None:
    """The write is nowhere to be seen at first, and then it is."""
    clock = Clock()
    sandbox = make_sandbox(clock=clock)
    sandbox.set_faults(Fault(kind="late_commit", on="writes", delay=1.5, commit=True))
    with client_of(sandbox) as api:
        with pytest.raises(BROKEN):
            api.post("/contacts", json=NEW)
        assert not committed(sandbox)
        assert code(api.get("/contacts/find-one-by", params=NEW)) == 55031
        clock.now += 1.5
        assert data(api.get("/contacts/find-one-by", params=NEW))
    assert sandbox.ledger.entries[0].committed
    assert sandbox.ledger.effects.created == 1


def test_a_late_commit_of_a_forgotten_request_stays_forgotten(make_sandbox: MakeSandbox) -> None:
    """After a reset of the ledger it marks no other request as committed."""
    clock = Clock()
    sandbox = make_sandbox(clock=clock)
    sandbox.set_faults(Fault(kind="late_commit", on="writes"))
    with client_of(sandbox) as api:
        with pytest.raises(BROKEN):
            api.post("/contacts", json=NEW)
        sandbox.ledger.reset()
        api.get("/shops")
    clock.now += 1.0
    assert sandbox.store.contact_by_email(NEW["email"])
    assert not sandbox.ledger.entries[0].committed


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("500", 500, "application/json"),
        ("502", 502, "text/html; charset=UTF-8"),
        ("503", 503, "text/html; charset=UTF-8"),
        ("504", 504, "text/html; charset=UTF-8"),
        ("garbage", 200, "application/json"),
        ("html", 200, "text/html; charset=UTF-8"),
        ("wrong_type", 200, "application/json"),
        ("401", 401, "application/json"),
        ("429", 429, "application/json"),
    ],
)
def test_a_false_answer(
    api: httpx.Client,
    sandbox: Sandbox,
    kind: Kind,
    status: int,
    content_type: str,
    commit: bool,  # noqa: FBT001
) -> None:
    """The answer tells nothing of whether the write was done: that is the option `commit`."""
    sandbox.set_faults(Fault(kind=kind, commit=commit))
    response = api.post("/contacts", json=NEW)
    assert (response.status_code, response.headers["Content-Type"]) == (status, content_type)
    assert committed(sandbox) == commit
    assert sandbox.ledger.entries[-1].fault == kind


def test_garbage_is_no_json_and_a_wrong_type_is_no_object(api: httpx.Client, sandbox: Sandbox) -> None:
    """The one does not parse, the other parses to something else."""
    sandbox.set_faults(Fault(kind="garbage", times=1), Fault(kind="wrong_type"))
    with pytest.raises(ValueError, match="Unterminated"):
        api.get("/contacts/123").json()
    assert isinstance(api.get("/contacts/123").json()["data"], list)


def test_an_internal_error_may_use_the_error_shape(api: httpx.Client, sandbox: Sandbox) -> None:
    """With code 1000 the 500 has a code, without it has none."""
    sandbox.set_faults(Fault(kind="500", code=1000, times=1), Fault(kind="500"))
    assert api.get("/shops").json() == {"message": "Internal error.", "code": 1000, "status_code": 500}
    assert "code" not in api.get("/shops").json()


def test_retry_after_in_its_three_forms(api: httpx.Client, sandbox: Sandbox) -> None:
    """Seconds, an HTTP date, or nothing."""
    sandbox.set_faults(
        Fault(kind="429", retry_after=7, times=1),
        Fault(kind="503", retry_after=60, retry_as="date", times=1),
        Fault(kind="429"),
    )
    assert api.get("/shops").headers["Retry-After"] == "7"
    moment = parsedate_to_datetime(api.get("/shops").headers["Retry-After"])
    assert 50 < (moment - datetime.now(UTC)).total_seconds() <= 60
    assert "Retry-After" not in api.get("/shops").headers


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_leads_elsewhere(api: httpx.Client, sandbox: Sandbox, status: int) -> None:
    """Where to is part of the fault."""
    fault = {"kind": "redirect", "status": status, "location": f"{sandbox.url}/trap"}
    httpx.post(f"{sandbox.url}/sandbox/faults", json=[fault], trust_env=False).raise_for_status()
    response = api.get("/shops")
    assert (response.status_code, response.headers["Location"]) == (status, f"{sandbox.url}/trap")


def test_a_full_account_on_command(api: httpx.Client, sandbox: Sandbox) -> None:
    """usage_limit answers 60000 in the error shape."""
    sandbox.set_faults(Fault(kind="usage_limit"))
    assert code(api.post("/contacts", json=NEW)) == 60000


def test_a_hung_request_ends_when_the_client_goes(sandbox: Sandbox) -> None:
    """The client's own timeout ends it; the server goes on serving."""
    sandbox.set_faults(Fault(kind="hang", times=1))
    with client_of(sandbox, timeout=0.05) as api, pytest.raises(httpx.ReadTimeout):
        api.get("/shops")
    with client_of(sandbox) as api:
        assert data(api.get("/shops"))


def test_a_hung_request_may_end_in_a_reset(api: httpx.Client, sandbox: Sandbox) -> None:
    """With a delay the server gives up itself."""
    sandbox.set_faults(Fault(kind="hang", delay=0.02, commit=True))
    with pytest.raises(BROKEN):
        api.post("/contacts", json=NEW)
    assert committed(sandbox)


def test_stopping_does_not_wait_for_a_hung_request(make_sandbox: MakeSandbox) -> None:
    """A sandbox stops at once whatever it is doing."""
    sandbox = make_sandbox()
    sandbox.set_faults(Fault(kind="hang"))
    with client_of(sandbox, timeout=0.05) as api, pytest.raises(httpx.ReadTimeout):
        api.get("/shops")
    started = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - started < 1.0


def test_a_big_body_is_cut_off_by_a_careful_client(api: httpx.Client, sandbox: Sandbox) -> None:
    """It says nothing of its length; a client that stops reading frees the server."""
    sandbox.set_faults(Fault(kind="big", size=200_000_000))
    with api.stream("GET", "/shops") as response:
        assert "Content-Length" not in response.headers
        chunks = response.iter_raw()
        assert sum(len(next(chunks)) for _ in range(3)) > 0
    sandbox.set_faults()
    assert data(api.get("/shops"))


def test_a_big_body_can_be_read_to_its_end(api: httpx.Client, sandbox: Sandbox) -> None:
    """It is a success whose data are a text."""
    sandbox.set_faults(Fault(kind="big", size=2_500_000))
    assert len(data(api.get("/shops"))) >= 2_500_000


def test_a_drip_is_the_true_answer_byte_by_byte(api: httpx.Client, sandbox: Sandbox) -> None:
    """It is committed and true; only slow."""
    sandbox.set_faults(Fault(kind="drip", delay=0.0))
    assert data(api.post("/contacts", json=NEW))["uuid"]
    assert committed(sandbox)


def test_a_drip_outlasts_a_timeout_for_each_read(sandbox: Sandbox) -> None:
    """Every read gets a byte in time, and still the whole takes its while."""
    sandbox.set_faults(Fault(kind="drip", delay=0.004))
    started = time.monotonic()
    with client_of(sandbox, timeout=0.5) as api:
        body = api.get("/contacts/123/credit-balance").content
    assert time.monotonic() - started >= 0.004 * (len(body) - 1)


def test_a_fault_may_be_set_from_outside(api: httpx.Client, sandbox: Sandbox) -> None:
    """The admin path takes a list, shows what it did, and refuses what it does not know."""
    admin = f"{sandbox.url}/sandbox/faults"
    with httpx.Client(trust_env=False) as outside:
        outside.post(admin, json=[{"kind": "503", "times": 2}]).raise_for_status()
        assert [api.get("/shops").status_code for _ in range(3)] == [503, 503, 200]
        shown = outside.get(admin).json()["faults"][0]
        assert (shown["kind"], shown["seen"], shown["done"]) == ("503", 3, 2)
        refused = outside.post(admin, json=[{"kind": "gremlins"}])
        assert refused.status_code == 422
        assert "gremlins" in refused.json()["error"]
        outside.post(admin, json=[]).raise_for_status()
    assert sandbox.ledger.requests == 3


def test_connections_are_let_go(sandbox: Sandbox) -> None:
    """After many resets no request is left behind."""
    sandbox.set_faults(Fault(kind="lost_before", every=2))
    for _ in range(20):
        with client_of(sandbox) as api:
            try:
                api.get("/shops")
            except BROKEN:
                continue
    server = sandbox._server
    assert server is not None
    assert wait_until(lambda: not server.server_state.tasks)
