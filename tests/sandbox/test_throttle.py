from __future__ import annotations

import pytest

from ops.errors import OptionError
from ops.sandbox import SandboxConfig
from ops.sandbox.throttle import Throttle
from tests.conftest import MakeSandbox
from tests.sandbox.support import Clock, client_of


def test_beyond_the_limit_is_429_until_the_next_window(make_sandbox: MakeSandbox) -> None:
    """The refusal says when to come back, and the next second is free again."""
    clock = Clock()
    sandbox = make_sandbox(SandboxConfig(contacts=5, limit=3), clock=clock, wall=lambda: 1_700_000_000.0)
    with client_of(sandbox) as api:
        left = [api.get("/shops").headers["X-RateLimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        refused = api.get("/shops")
        assert refused.status_code == 429
        assert refused.json() == {"message": "Too Many Attempts."}
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["X-RateLimit-Reset"] == "1700000001"
        assert refused.headers["X-RateLimit-Limit"] == "3"
        clock.now += 1.0
        assert api.get("/shops").status_code == 200
    assert sandbox.ledger.count(status=429) == 1
    assert sandbox.ledger.windows() == {0: 4, 1: 1}


def test_a_refused_write_does_nothing(make_sandbox: MakeSandbox) -> None:
    """A 429 comes before the endpoint."""
    sandbox = make_sandbox(SandboxConfig(contacts=5, limit=1), clock=Clock())
    with client_of(sandbox) as api:
        api.get("/shops")
        assert api.post("/contacts", json={"email": "a@example.com"}).status_code == 429
    assert sandbox.ledger.effects.created == 0


def test_without_a_limit_the_headers_say_5000(make_sandbox: MakeSandbox) -> None:
    """The recorded limit stands in every answer, refusals included."""
    with client_of(make_sandbox()) as api:
        for path in ("/shops", "/contacts/none", "/nothing"):
            assert api.get(path).headers["X-RateLimit-Limit"] == "5000"
            assert int(api.get(path).headers["X-RateLimit-Remaining"]) > 4_000


def test_a_limit_below_one_a_second_has_a_longer_window() -> None:
    """Half a request a second is one every two seconds."""
    clock = Clock(0.0)
    throttle = Throttle(0.5, clock, lambda: 0.0)
    allowed = []
    for _ in range(5):
        allowed.append(throttle.ask().allowed)
        clock.now += 1.0
    assert allowed == [True, False, True, False, True]


@pytest.mark.parametrize(
    "settings",
    [{"limit": 0}, {"limit": -1.0}, {"contacts": -1}, {"port": 70_000}, {"latency_ms": -1}, {"settle_delay": -1}],
)
def test_settings_that_make_no_sense(settings: dict[str, float]) -> None:
    """They are refused with the option's name."""
    with pytest.raises(OptionError) as caught:
        SandboxConfig(**settings)  # type: ignore[arg-type]
    assert caught.value.where["option"] in settings
