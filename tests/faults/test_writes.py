"""Contacts written through every kind of broken answer: what the account holds afterwards is what is told."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from ops.control import Control
from ops.leat.client import Timeouts
from ops.report import Report, report_ended
from ops.run import Ended, Patience, RunOptions, settle_run
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox
from ops.sandbox.faults import Kind
from tests.engine.files import account_of, people
from tests.engine.test_run import planned, resume, run

ROWS = 30
BRISK = RunOptions(
    rate=None,
    workers=6,
    timeouts=Timeouts(total=0.4),
    patience=Patience(first_pause=0.01, growth=2.0, longest_pause=0.05),
    settle_seconds=0.1,
)


class Trouble(NamedTuple):
    """A broken answer, and whether the server did the work all the same."""

    kind: Kind
    commit: bool


TROUBLES = [
    Trouble("lost_before", commit=False),
    Trouble("lost_after", commit=True),
    *(Trouble(kind, commit) for kind in ("500", "502", "504", "garbage", "html", "hang") for commit in (False, True)),
]
JOBS = ("contacts.create", "contacts.upsert", "contacts.update")


def is_written(sandbox: Sandbox, email: str, firstname: str, housenumber: str) -> bool:
    """Whether the account holds the person once, with the values of the file."""
    [contact] = sandbox.store.contacts_by_email(email)
    values = sandbox.store.values(contact)
    return (values["firstname"], values["housenumber"]) == (firstname, int(housenumber))


def check(sandbox: Sandbox, report: Report) -> None:
    """By the account: nobody is there twice, and who is told as done is there as wanted."""
    status = dict(report.results.select("email", "_status").iter_rows())
    for email, firstname, housenumber in people(ROWS):
        assert len(sandbox.store.contacts_by_email(email)) <= 1
        if status[email] == "done":
            assert is_written(sandbox, email, firstname, housenumber), email
    assert sandbox.ledger.effects.created <= ROWS
    assert sum(report.counts.values()) == ROWS
    assert sandbox.ledger.violations == []


async def settle(home: Path, sandbox: Sandbox) -> Report:
    """Settle the last run."""
    moments = settle_run(Runs(home).find("last"), account_of(sandbox), BRISK, Control())
    [ended] = [moment async for moment in moments if isinstance(moment, Ended)]
    return report_ended(ended)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: f"{t.kind}{' done' if t.commit else ''}")
@pytest.mark.parametrize("job", JOBS)
async def test_no_false_done_and_no_contact_twice(sandbox: Sandbox, tmp_path: Path, job: str, trouble: Trouble) -> None:
    """A third of all writes, then all of them for a while: done is done, and after the trouble every row is."""
    if job == "contacts.update":
        for email, _, _ in people(ROWS):
            sandbox.store.create(email)
    plan = await planned(sandbox, tmp_path, ROWS, job=job)
    sandbox.ledger.reset()
    often = Fault(kind=trouble.kind, on="writes", rate=0.34, commit=trouble.commit)
    always = Fault(kind=trouble.kind, on="writes", after=40, times=40, commit=trouble.commit)
    sandbox.set_faults(always, often)
    report = await run(plan, sandbox, tmp_path, BRISK)
    check(sandbox, report)
    assert report.counts["refused"] == 0
    assert sandbox.ledger.count(fault=trouble.kind) >= ROWS / 3
    sandbox.set_faults()
    check(sandbox, await resume(tmp_path, sandbox, BRISK))
    report = await settle(tmp_path, sandbox)
    check(sandbox, report)
    assert report.counts["done"] == ROWS, report.counts
    assert all(is_written(sandbox, *person) for person in people(ROWS))
