"""All jobs against one account: every endpoint of the pages is used, and always as they say."""

from __future__ import annotations

from typing import Any

from ops.jobs import JOBS
from ops.sandbox.routes import ENDPOINTS
from tests.engine.jobs.trial import Trial, counts

PAGES = {each.name for each in ENDPOINTS if each.name.startswith(("contacts.", "giftcards."))}
"""The endpoints of the two pages: sixteen about contacts, five about gift cards."""


async def test_all_jobs_together_use_every_endpoint_and_break_no_rule(trial: Trial) -> None:
    """No unknown path, missing header, wrong type or bad body; and no write while anything is planned."""
    assert len(PAGES) == 21
    store = trial.sandbox.store
    people, guests, takers = trial.known(30, first=10), trial.anonymous(2), trial.takers(3)
    cards = store.cards.all
    issue: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop", "send": "true", "codes": "true"}
    fast: dict[str, Any] = {"mode": "fast"}
    ran: set[str] = set()

    async def go(job: str, header: str, *rows: tuple[str, ...], **options: Any) -> None:
        plan = await trial.plan(job, header.split(), rows, **options)
        assert plan.acting == len(rows)
        assert counts(await trial.run(plan)) == {"done": len(rows)}
        ran.add(job)

    await go("contacts.create", "email firstname vip housenumber", ("a@example.org", "Zoë", "ja", "12"))
    await go("contacts.create", "email firstname referral_code", ("b@example.org", "Bob", "VRIEND"), **fast)
    await go("contacts.upsert", "email firstname", ("c@example.org", "Cas"), (people[0].email, "Ander"))
    await go("contacts.upsert", "email firstname", ("d@example.org", "Dirk"), **fast)
    await go("contacts.update", "uuid birthdate phonenumber", (people[1].uuid, "1980-02-29", "+31612345678"))
    await go("contacts.anonymous", "identifier", ("00123",))
    await go(
        "contacts.claim",
        "uuid identifier email",
        (guests[0].uuid, "", "e@example.org"),
        ("", guests[1].identifiers[0], people[2].email),
        allow_merge="true",
    )
    await go("contacts.merge", "source destination", (people[3].uuid, people[4].email))
    await go("contacts.delete", "uuid reference", (people[5].uuid, "R-1"), type="GDPR")
    everything: dict[str, Any] = {"balances": "true", "tier": "true", "identifiers": "true", "attributes": "city"}
    await go("contacts.enrich", "email", (people[6].email,), **everything)
    await go(
        "giftcards.issue",
        "email amount custom.name",
        ("f@example.org", "12,50", "Fé"),
        (takers[0].email, "25", ""),
        **issue,
    )
    await go("giftcards.send", "hash contact", (cards[0].hash, takers[1].uuid), (cards[2].hash, takers[2].uuid))
    await go("giftcards.enrich", "uuid", (cards[0].uuid,))
    assert ran == set(JOBS)
    assert set(trial.sandbox.ledger.by_endpoint()) >= PAGES
    assert trial.sandbox.ledger.violations == []
    assert "" not in trial.sandbox.ledger.by_endpoint()
    refused = [entry for entry in trial.sandbox.ledger.entries if entry.code not in {None, 55031, 60003}]
    assert refused == []
