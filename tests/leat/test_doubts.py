"""Writes whose first answer is lost: done once, and read back where a second attempt says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from ops.control import Control
from ops.drive import Desk, Driver, LeftError, Patience, Traffic
from ops.events import RowPast
from ops.jobs.base import Action, Finished, Job, State, Steps, Verb
from ops.jobs.options import JobOptions
from ops.journal import Journal, JournalReader
from ops.leat.pace import Pace
from ops.leat.records import ContactRef
from ops.leat.requests import (
    ClaimContact,
    CreateAnonymous,
    CreateCard,
    DeleteContact,
    MergeContacts,
    PutValue,
    Request,
    SendCard,
)
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.conftest import MakeSandbox
from tests.leat.asking import wiring_of
from tests.leat.test_requests import PROGRAM, SHOP, card, nobody, person

AT_ONCE = SandboxConfig(contacts=200, settle_delay=0)
HASTY = Patience(first_pause=0.01, longest_pause=0.05)


class OneStep(Job):
    """Sends one request a row and keeps the reply."""

    name = "one.step"
    summary = "One request."
    fields = ()
    needs = ()

    def __init__(self, request: Request[Any]) -> None:
        super().__init__(JobOptions())
        self.request = request
        self.replies: list[Any] = []

    def verb(self) -> pl.Expr:
        return pl.lit(Verb.UPDATE.value)

    def writes(self) -> pl.Expr:
        return pl.lit(1, pl.UInt32)

    def steps(self, action: Action) -> Steps:
        self.replies.append((yield self.request))
        return Finished(State.DONE, action.target)


async def drive(sandbox: Sandbox, request: Request[Any], folder: Path) -> tuple[Finished, list[Any]]:
    """A row of this one request, as a run drives it; how it ended, and the replies."""
    job = OneStep(request)
    journal = Journal.create(folder / "journal.sqlite", {})
    line = wiring_of(sandbox).connect()
    desk = Desk(job, journal, Pace(None), Control(), Traffic(), time.monotonic, HASTY)
    try:
        ended = await Driver(desk, line).drive(Action(1, Verb.UPDATE, "", None, {}, {}), RowPast(), recheck=False)
    finally:
        await line.aclose()
        journal.close()
    assert isinstance(ended, Finished)
    return ended, job.replies


async def test_a_deletion_whose_answer_was_lost_is_done_when_the_contact_is_gone(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """55031 then means done; the reply is None all the same."""
    sandbox = make_sandbox(AT_ONCE)
    uuid = person(sandbox).uuid
    sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.delete", times=1))
    ended, replies = await drive(sandbox, DeleteContact(uuid, "DEFAULT"), tmp_path)
    assert (ended.state, replies) == (State.DONE, [None])
    assert sandbox.ledger.effects.deleted == 1
    assert sandbox.ledger.by_endpoint() == {"contacts.delete": 2, "contacts.get": 1}


async def test_a_deletion_of_nobody_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Without a doubt of our own 55031 is the row's refusal."""
    ended, _ = await drive(sandbox, DeleteContact("nobody", "DEFAULT"), tmp_path)
    assert ended.state is State.REFUSED
    assert sandbox.ledger.requests == 1


async def test_a_claim_whose_answer_was_lost_is_read_back_by_its_address(sandbox: Sandbox, tmp_path: Path) -> None:
    """60016 on the second attempt, and the contact has the address."""
    one = nobody(sandbox)
    sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.claim", times=1))
    ended, replies = await drive(sandbox, ClaimContact(one.uuid, "nieuw@example.org"), tmp_path)
    assert (ended.state, replies) == (State.DONE, [ContactRef(one.uuid)])
    assert sandbox.ledger.effects.claimed == 1


async def test_a_claim_that_became_a_merge_is_read_back_as_the_other_contact(sandbox: Sandbox, tmp_path: Path) -> None:
    """55031 on the second attempt: the anonymous contact is gone, and the one with the address is there."""
    one = person(sandbox)
    sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.claim", times=1))
    ended, replies = await drive(sandbox, ClaimContact(nobody(sandbox).uuid, one.email, one.uuid), tmp_path)
    assert (ended.state, replies) == (State.DONE, [ContactRef(one.uuid)])
    assert sandbox.ledger.effects.merged == 1


async def test_an_anonymous_contact_whose_answer_was_lost_is_read_back_by_its_identifier(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """60014 on the second attempt; one contact was made."""
    sandbox.set_faults(Fault(kind="lost_after", endpoint="contacts.create_anonymous", times=1))
    ended, replies = await drive(sandbox, CreateAnonymous("NIEUW-1"), tmp_path)
    assert (ended.state, replies) == (State.DONE, [ContactRef(str(sandbox.store.identifiers["NIEUW-1"].contact))])
    assert sandbox.ledger.effects.created == 1


ONCE: list[tuple[str, Callable[[Sandbox], Request[Any]]]] = [
    ("contacts.merge", lambda s: MergeContacts(nobody(s).uuid, person(s).uuid)),
    ("giftcards.create", lambda _: CreateCard(PROGRAM)),
    ("transactions.create", lambda s: PutValue(card(s).uuid, 2_500, SHOP, "job:7")),
    ("giftcards.send", lambda s: SendCard(card(s).uuid, person(s).uuid)),
]


@pytest.mark.parametrize("kind", ["lost_after", "garbage"])
@pytest.mark.parametrize(("endpoint", "make"), ONCE, ids=[endpoint for endpoint, _ in ONCE])
async def test_what_may_happen_once_is_never_sent_again(
    sandbox: Sandbox,
    tmp_path: Path,
    endpoint: str,
    make: Callable[[Sandbox], Request[Any]],
    kind: Literal["lost_after", "garbage"],
) -> None:
    """The row is unknown after one request."""
    sandbox.set_faults(Fault(kind=kind, endpoint=endpoint, commit=True))
    ended, _ = await drive(sandbox, make(sandbox), tmp_path)
    assert ended.state is State.UNKNOWN
    assert sandbox.ledger.by_endpoint() == {endpoint: 1}


async def test_nothing_is_sent_once_a_run_is_halted(sandbox: Sandbox, tmp_path: Path) -> None:
    """Not even for a row in hand: no intent is written, and the row is left for a resume."""
    job = OneStep(CreateCard(PROGRAM))
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    line, control = wiring_of(sandbox).connect(), Control()
    desk = Desk(job, journal, Pace(None), control, Traffic(), time.monotonic, HASTY)
    control.halt()
    with pytest.raises(LeftError):
        await Driver(desk, line).drive(Action(1, Verb.UPDATE, "", None, {}, {}), RowPast(), recheck=False)
    await line.aclose()
    journal.close()
    assert sandbox.ledger.requests == 0
    assert JournalReader(tmp_path / "journal.sqlite").pasts(1, 1) == {}
