"""Servers that are slow, away, overrun or talk nonsense, seen through whole runs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest

from ops.leat import client
from ops.leat.client import Timeouts
from ops.leat.requests import CreateContact
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.report import Report
from ops.run import Patience, RunOptions
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.sandbox.faults import Kind
from tests import clock
from tests.clock import hurried, hurry
from tests.conftest import MakeSandbox
from tests.engine.files import account_of, people
from tests.engine.test_run import HASTY, YES, holds_everything, planned, run
from tests.faults.relay import Relay, Said, Seen, is_write, relaying
from tests.faults.test_account import cards_plan
from tests.leat.wire import answering, http, noting, talking

HOUR = 3600.0


def intents(home: Path) -> int:
    """How many intents the last run's journal has."""
    with sqlite3.connect(Runs(home).find("last").journal_path) as journal:
        [(count,)] = journal.execute("SELECT count(*) FROM events WHERE state = 'intent'").fetchall()
    journal.close()
    return int(count)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(5_000):
        while not condition():  # noqa: ASYNC110 - nobody tells when a server has seen something
            await asyncio.sleep(0.02)


async def through(relay: Relay, plan: Plan, home: Path, options: RunOptions = HASTY) -> Report:
    """Run a plan by way of a relay."""
    return await run_plan(plan, relay.account, YES, home=home, options=options)


async def test_the_server_sees_as_many_writes_as_there_are_intents(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing below the journal sends anything again, whatever goes wrong."""
    plan = await planned(sandbox, tmp_path, 150)
    kinds: tuple[Kind, ...] = ("lost_before", "lost_after", "half_answer", "500")
    limited = Fault(kind="429", on="writes", every=100)
    sandbox.set_faults(limited, *(Fault(kind=kind, on="writes", rate=0.04) for kind in kinds))
    sandbox.ledger.reset()
    report = await run(plan, sandbox, tmp_path)
    assert sandbox.ledger.writes == intents(tmp_path)
    assert report.retries >= 20
    assert sandbox.ledger.effects.created == 150


async def test_a_connection_that_has_idled_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is in use is; the limit is three seconds."""
    assert client.IDLE_LIMIT <= 3.0
    monkeypatch.setattr(client, "IDLE_LIMIT", 0.2)
    made = http(200, b'{"data":{"uuid":"123"},"meta":[]}')

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await noting([], answering(made, lambda *_: asyncio.sleep(0)))(reader, writer)

    async with talking(twice) as line:
        connection = line.wiring().connect()
        for _ in range(3):
            await connection.send(CreateContact("anna@example.org"))
        assert line.connections == 1
        idle_since = time.monotonic()
        await until(lambda: time.monotonic() - idle_since > 0.3)
        await connection.send(CreateContact("anna@example.org"))
        assert line.connections == 2
        await connection.aclose()


@pytest.mark.parametrize("form", ["seconds", "date", None])
async def test_a_limit_that_is_hit_quiets_every_worker_for_as_long_as_it_says(
    make_sandbox: MakeSandbox, tmp_path: Path, form: Literal["seconds", "date"] | None
) -> None:
    """Said in seconds, as a date or not at all: everybody pauses, and no row fails."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, latency_ms=5))
    plan = await planned(sandbox, tmp_path, 60)
    told = {"seconds": 2, "date": 3, None: None}[form]
    sandbox.set_faults(Fault(kind="429", after=30, times=1, retry_after=told, retry_as=form or "seconds"))
    sandbox.ledger.reset()
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == 60
    moments = [entry.at for entry in sandbox.ledger.entries]
    longest = max(later - earlier for earlier, later in pairwise(moments))
    assert longest >= (1.9 if form else 0.9)


@pytest.mark.slow
async def test_over_a_longer_run_few_requests_hit_the_limit(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Asked for 100 a second where 40 are allowed: of two thousand requests at most 2 % are turned away."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, latency_ms=10))
    plan = await planned(sandbox, tmp_path, 1_000)
    limited = make_sandbox(SandboxConfig(contacts=50, latency_ms=10, limit=40))
    report = await run(plan, limited, tmp_path, RunOptions(rate=100))
    refused = limited.ledger.count(status=429)
    assert report.counts["done"] == 1_000
    assert refused <= 0.02 * limited.ledger.requests, (refused, limited.ledger.requests)


def in_hurry(monkeypatch: pytest.MonkeyPatch, speed: int) -> None:
    """Let time go so many times as fast."""
    monkeypatch.setattr(clock, "SPEED", speed)


PATIENT = RunOptions(rate=5.0, clock=hurried, timeouts=Timeouts(total=2_000.0, connect=2_000.0), patience=Patience())
"""The usual patience, in a time that goes so fast that an answer takes minutes."""


def test_an_hour_of_maintenance_costs_no_row(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 to everything for an hour: everybody waits, tries now and then, and all rows are done."""
    in_hurry(monkeypatch, 600)
    sandbox = make_sandbox(SandboxConfig(contacts=50))

    async def journey() -> Report:
        plan = await planned(sandbox, tmp_path, 40)
        sandbox.ledger.reset()
        sandbox.set_faults(Fault(kind="503", after=30))
        running = asyncio.create_task(run(plan, sandbox, tmp_path, PATIENT))
        await asyncio.sleep(HOUR)
        sandbox.set_faults()
        return await running

    report = hurry(journey())
    assert report.counts["done"] == 40
    assert 20 <= sandbox.ledger.count(status=503) <= 60 * 10 + 100
    assert holds_everything(sandbox, 40)


def test_maintenance_puts_no_more_rows_in_doubt_than_were_in_flight(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is asked by reads until it is back; no card is made to find out."""
    in_hurry(monkeypatch, 600)
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    options = replace(PATIENT, workers=4)

    async def journey() -> Report:
        plan = await cards_plan(sandbox, tmp_path)
        sandbox.set_faults(Fault(kind="503", after=40))
        consent = Consent(confirm=plan.acting)
        running = asyncio.create_task(run_plan(plan, account_of(sandbox), consent, home=tmp_path, options=options))
        await asyncio.sleep(HOUR)
        sandbox.set_faults()
        return await running

    report = hurry(journey())
    assert sandbox.ledger.count(status=503) >= 20
    assert report.counts["unknown"] <= 4
    assert report.counts["done"] == 40 - report.counts["unknown"]
    assert sum(each.write and each.status == 503 for each in sandbox.ledger.entries) <= 4


def test_a_server_that_is_gone_for_minutes_costs_no_row(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens for ten minutes; when it is back all rows are done, and each once."""
    in_hurry(monkeypatch, 200)

    async def journey(relay: Relay) -> Report:
        plan = await planned(sandbox, tmp_path, 60)
        running = asyncio.create_task(through(relay, plan, tmp_path, PATIENT))
        await until(lambda: sandbox.ledger.effects.created >= 10)
        relay.go()
        await asyncio.sleep(600)
        relay.come()
        return await running

    with relaying(sandbox) as relay:
        report = hurry(journey(relay))
    assert report.counts["done"] == 60
    assert sandbox.ledger.effects.created == 60


@pytest.mark.parametrize("kind", ["502", "lost_before", "garbage"])
def test_a_server_that_answers_only_nonsense_for_minutes_is_tried_gently(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """A proxy in front of nobody, for ten minutes: few requests go to waste, and then all rows are done."""
    in_hurry(monkeypatch, 200)

    async def journey() -> Report:
        plan = await planned(sandbox, tmp_path, 200)
        sandbox.ledger.reset()
        running = asyncio.create_task(run(plan, sandbox, tmp_path, PATIENT))
        await until(lambda: sandbox.ledger.effects.created >= 10)
        sandbox.set_faults(Fault(kind=kind))
        await asyncio.sleep(600)
        sandbox.set_faults()
        return await running

    report = hurry(journey())
    assert report.counts["done"] == 200, (report.counts, report.why)
    assert sandbox.ledger.effects.created == 200
    assert sandbox.ledger.count(fault=kind) <= 200


@pytest.mark.parametrize("kind", ["hang", "drip", "big"])
async def test_an_answer_that_does_not_come_to_an_end_ends_by_the_clock(
    sandbox: Sandbox, tmp_path: Path, kind: Kind
) -> None:
    """Each request within its time limit and a second: the row is unknown or done as the server has it."""
    plan = await planned(sandbox, tmp_path, 3, job="contacts.create")
    sandbox.set_faults(Fault(kind=kind, on="writes", delay=None if kind == "hang" else 0.2, size=200_000_000))
    limit, repeats = 0.5, 4
    began = time.monotonic()
    report = await run(plan, sandbox, tmp_path, replace(HASTY, timeouts=Timeouts(total=limit), workers=3))
    took = time.monotonic() - began
    assert took <= 2 * repeats * (limit + 1)
    assert report.counts["unknown"] + report.counts["done"] == 3
    done = report.results.filter(_status="done")["email"].to_list()
    assert all(sandbox.store.contacts_by_email(email) for email in done)


NESTED = b'{"data":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"
BODIES = {
    "page": b"<html><body>Welcome</body></html>",
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "cut off": b'{"data":{"uuid":"5b3dab1c-bdd',
    "no uuid": b'{"data":{},"meta":[]}',
    "empty uuid": b'{"data":{"uuid":""},"meta":[]}',
    "number": b'{"data":{"uuid":12},"meta":[]}',
    "path as uuid": b'{"data":{"uuid":"../giftcards"},"meta":[]}',
    "list for data": b'{"data":[["uuid",12]],"meta":"none"}',
    "nested": NESTED,
    "not unicode": b'{"data":{"uuid":"\xff\xfe"},"meta":[]}',
    "lone surrogate": b'{"data":{"uuid":"\\ud800"},"meta":[]}',
    "huge number": b'{"data":{"uuid":1e999},"meta":[]}',
    "refusal in a success": b'{"message":"No.","code":60005,"status_code":400}',
    "20 MB": b'{"data":{"uuid":"' + b"x" * 20_000_000 + b'"},"meta":[]}',
}


@pytest.mark.parametrize("job", ["contacts.create", "contacts.upsert", "contacts.update"])
@pytest.mark.parametrize("body", BODIES)
async def test_a_success_that_makes_no_sense_is_no_success(
    sandbox: Sandbox, tmp_path: Path, job: str, body: str
) -> None:
    """A server that did nothing and says 200 with nonsense: no row is done, nothing crashes, nothing is doubled."""
    for email, _, _ in people(2) if job == "contacts.update" else ():
        sandbox.store.create(email)
    plan = await planned(sandbox, tmp_path, 2, job=job)

    def answer(seen: Seen) -> Said | None:
        return Said(200, BODIES[body], {"Content-Type": "application/json"}) if is_write(seen) else None

    sandbox.ledger.reset()
    with relaying(sandbox, answer) as relay:
        report = await through(relay, plan, tmp_path, replace(HASTY, patience=BRISK))
    assert report.counts["unknown"] == 2
    assert sandbox.ledger.writes == 0
    assert sum(report.counts.values()) == 2


BRISK = Patience(first_pause=0.001, growth=1.0, longest_pause=0.01)
