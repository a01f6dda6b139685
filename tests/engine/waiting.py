"""Jobs whose rows wait for the server, for the tests of the engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from ops.drive import Patience
from ops.jobs import JOBS
from ops.jobs.base import Action, Finished, Job, State, Steps, Until, Verb
from ops.jobs.contacts_update import UpdateContacts
from ops.leat.records import Contact
from ops.leat.requests import DeleteContact, GetContact
from ops.plan import Plan
from ops.sandbox import Sandbox
from tests.engine.files import HEADER, QUICK, people, plan_of, write_csv

EAGER = Patience(first_pause=0.01, longest_pause=0.05, first_poll=0.1, longest_poll=1.0)
WAITING = replace(QUICK, patience=EAGER, workers=4)


class Leave(UpdateContacts):
    """Delete contacts, and wait until they are gone."""

    name: ClassVar[str] = "contacts.leave"
    poll: ClassVar[str | None] = None
    """Whom to look at instead."""

    def verb(self) -> pl.Expr:
        return pl.lit(Verb.DELETE.value)

    def steps(self, action: Action) -> Steps:
        assert action.target is not None
        yield DeleteContact(action.target, "DEFAULT")
        yield Until("gone", GetContact(self.poll or action.target), lambda contact: contact is None)
        return Finished(State.DONE, action.target)


class LeavePrivately(Leave):
    """The same, for people who are to be forgotten."""

    name: ClassVar[str] = "contacts.leave_privately"
    private: ClassVar[bool] = True


class LeaveTwice(Leave):
    """Two waits, the second of which is over when it begins, and what the first row saw."""

    name: ClassVar[str] = "contacts.leave_twice"

    def steps(self, action: Action) -> Steps:
        assert action.target is not None
        contact: Contact = yield Until("there", GetContact(action.target, ("firstname",)), bool)
        finished: Finished = yield from super().steps(action)
        return replace(finished, columns=contact.values)


async def leaving(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int, job: type[Job] = Leave
) -> Plan:
    """A plan that deletes people who have been made first."""
    monkeypatch.setitem(JOBS, job.name, job)
    for email, _, _ in people(count):
        sandbox.store.create(email)
    plan = await plan_of(sandbox, job.name, write_csv(folder / "in.csv", HEADER, people(count)))
    assert plan.acting == count
    sandbox.ledger.reset()
    return plan


def left(sandbox: Sandbox, count: int) -> int:
    """How many of them the account still has."""
    return sum(bool(sandbox.store.contacts_by_email(email)) for email, _, _ in people(count))
