"""The rate over real HTTP, as the server counts it."""

from __future__ import annotations

from pathlib import Path

from ops.notebook import Consent, run_plan
from ops.run import RunOptions
from ops.sandbox import SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, account_of, people, plan_of, write_csv

YES = Consent(yes=True)


async def test_at_fifty_a_second_no_second_sees_more_and_little_is_lost(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """At most 56 in any second, and 47 a second over the run."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, latency_ms=20))
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", HEADER, people(150)))
    sandbox.ledger.reset()
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=RunOptions(rate=50))
    assert report.counts["done"] == 150
    assert sandbox.ledger.busiest() <= 56
    times = [entry.at for entry in sandbox.ledger.entries]
    assert len(times) / (times[-1] - times[0]) >= 47


async def test_against_a_server_that_allows_less_nothing_fails_and_few_are_refused(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """50 a second asked, 20 allowed."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, latency_ms=20))
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", HEADER, people(100)))
    limited = make_sandbox(SandboxConfig(contacts=50, latency_ms=20, limit=20))
    report = await run_plan(plan, account_of(limited), YES, home=tmp_path, options=RunOptions(rate=50))
    assert report.counts["done"] == 100
    refused = sum(1 for entry in limited.ledger.entries if entry.status == 429)
    assert refused <= 0.05 * limited.ledger.requests
