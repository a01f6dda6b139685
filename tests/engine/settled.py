"""Runs that are settled: quick options, a settle that returns its report, and what the account's cards came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ops.control import Control
from ops.leat.client import Timeouts
from ops.plan import Plan
from ops.report import Report, report_ended
from ops.run import Ended, RunOptions, Said, settle_run
from ops.runs import Runs
from ops.sandbox import Fault
from ops.sandbox.account import PROGRAMS, SHOPS
from ops.sandbox.cards import Booking
from ops.sandbox.faults import Kind
from ops.sandbox.records import Card
from tests.engine.files import account_of
from tests.engine.jobs.trial import EAGER, Trial
from tests.sandbox.support import wait_until

ISSUE = "giftcards.issue"
GIFT = PROGRAMS[0].uuid
CENTS = 2_500
SHORT = replace(EAGER, settle_seconds=0.2, timeouts=Timeouts(total=2.0, connect=2.0))
"""Gives the server a moment before it looks back."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A fault that befalls the first requests to an endpoint."""

    kind: Kind
    endpoint: str
    times: int = 1
    delay: float | None = None

    @property
    def fault(self) -> Fault:
        return Fault(kind=self.kind, endpoint=self.endpoint, times=self.times, delay=self.delay)


async def issue_plan(trial: Trial, rows: int, *, first: int = 0, **options: Any) -> Plan:
    """So many cards with value, each mailed to somebody new unless the options say otherwise."""
    usual = {"program": "Cadeaukaart", "shop": "Webshop", "amount": "25.00", "send": "true"}
    people = [(f"nieuw{n}@example.org",) for n in range(first, first + rows)]
    return await trial.plan(ISSUE, ("email",), people, **(usual | options))


async def issued(trial: Trial, rows: int, *lost: Lost, **options: Any) -> Report:
    """A run of such a plan with these faults in force, which are over when it ends."""
    plan = await issue_plan(trial, rows, **options)
    return await run_with(trial, plan, *lost)


async def run_with(trial: Trial, plan: Plan, *lost: Lost, **changes: Any) -> Report:
    """A run with these faults in force."""
    trial.sandbox.set_faults(*(one.fault for one in lost))
    report = await trial.run(plan, replace(SHORT, **changes))
    trial.sandbox.set_faults()
    return report


async def settle(
    trial: Trial, options: RunOptions = SHORT, *, run: str = "last", said: Said | None = None, **changes: Any
) -> Report:
    """Read back what a run does not know, with what a person says about it."""
    folder = Runs(trial.home).find(run)
    moments = settle_run(folder, account_of(trial.sandbox), replace(options, **changes), Control(), said=said)
    [ended] = [moment async for moment in moments if isinstance(moment, Ended)]
    return trial.checked(report_ended(ended))


def made(trial: Trial) -> list[Card]:
    """The cards that came into the account since it began, in order."""
    return trial.sandbox.store.cards.all[-n:] if (n := trial.sandbox.ledger.effects.cards) else []


def worth(trial: Trial) -> list[int]:
    """What is on them."""
    return sorted(card.amount for card in made(trial))


def loadings(trial: Trial) -> list[int]:
    """How often value was put on each."""
    return sorted(len(card.transactions) for card in made(trial))


def mails(trial: Trial) -> list[int]:
    """How many mails each contact got, of those who got one."""
    return sorted(Counter(mail.contact for mail in trial.sandbox.store.cards.mails).values())


def strangers_card(trial: Trial, *amounts: int) -> Card:
    """Somebody else makes a card, and loads or spends it."""
    card = trial.sandbox.store.cards.create(1, GIFT)
    for amount in amounts:
        put_on(trial, card.uuid, amount)
    return card


def put_on(trial: Trial, card: str, amount: int = 1_000) -> None:
    """Somebody else puts value on a card, or takes it off."""
    trial.sandbox.store.cards.put(Booking(card, SHOPS[0].uuid, amount))


def until_nothing_is_scheduled(trial: Trial) -> None:
    """Wait until the server has done all that it does in its own time."""
    assert wait_until(lambda: len(trial.sandbox.store.agenda) == 0)


def unknown_rows(report: Report) -> list[dict[str, str | None]]:
    """`unknown.csv`, each of whose rows says which step and since when."""
    rows: Sequence[dict[str, str | None]] = pl.read_csv(report.files.unknown, infer_schema=False).to_dicts()
    assert all(row["_step"] and row["_since"] for row in rows)
    assert len(rows) == report.counts["unknown"]
    return list(rows)
