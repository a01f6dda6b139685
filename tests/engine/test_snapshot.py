"""The cards a programme has are noted before the first write: all of them, once, or nothing is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from ops.control import Control
from ops.errors import RefusedError, UnreachableError
from ops.jobs import JOBS
from ops.jobs.base import Action, Finished, State, Steps
from ops.jobs.contacts_update import UpdateContacts
from ops.journal import Journal, JournalReader
from ops.leat.client import Wiring
from ops.leat.pace import Pace
from ops.leat.reader import Reader
from ops.leat.records import Card
from ops.leat.requests import CreateCard
from ops.notebook import watch_run
from ops.plan import Plan
from ops.report import Report
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.sandbox.account import PROGRAMS
from ops.sandbox.faults import Kind
from ops.snapshot import note_cards
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, account_of, people, plan_of, write_csv
from tests.engine.test_run import HASTY, YES, resume, run

PROGRAM = PROGRAMS[0].uuid
CARDS = 450
ROWS = 5


class Give(UpdateContacts):
    """A card a row."""

    name: ClassVar[str] = "contacts.give"

    def steps(self, action: Action) -> Steps:
        card: Card = yield CreateCard(PROGRAM)
        return Finished(State.DONE, action.target, card=card.uuid)

    def snapshot(self) -> str | None:
        return PROGRAM


@pytest.fixture
def sandbox(make_sandbox: MakeSandbox) -> Sandbox:
    """One whose first programme has hundreds of cards."""
    made = make_sandbox(SandboxConfig(contacts=100))
    while len(cards(made)) < CARDS:
        made.store.cards.create(1, PROGRAM)
    return made


def cards(sandbox: Sandbox) -> set[str]:
    return {card.uuid for card in sandbox.store.cards.all if card.program.uuid == PROGRAM}


async def giving(sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setitem(JOBS, Give.name, Give)
    for email, _, _ in people(ROWS):
        sandbox.store.create(email)
    plan = await plan_of(sandbox, Give.name, write_csv(folder / "in.csv", HEADER, people(ROWS)))
    sandbox.ledger.reset()
    return plan


def journal_of(home: Path) -> JournalReader:
    return Runs(home).find("last").journal


async def test_all_cards_are_noted_before_the_first_is_made(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of those that were there is missing, none of ours is among them, and the reads are counted."""
    plan, there = await giving(sandbox, tmp_path, monkeypatch), cards(sandbox)
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == ROWS
    endpoints = [entry.endpoint for entry in sandbox.ledger.entries]
    assert endpoints.count("giftcards.list") == 5
    assert "giftcards.list" not in endpoints[endpoints.index("giftcards.create") :]
    assert report.requests == sandbox.ledger.requests
    journal = journal_of(tmp_path)
    assert journal.snapshot() == PROGRAM
    assert journal.in_snapshot(cards(sandbox)) == there
    assert journal.cards() == cards(sandbox) - there
    assert set(journal.frame(1, ROWS).filter(state="done")["card"]) == journal.cards()
    sandbox.ledger.reset()
    await resume(tmp_path, sandbox)
    assert sandbox.ledger.count("giftcards.list") == 0


@pytest.mark.parametrize("kind", ["401", "redirect"])
async def test_without_a_snapshot_nothing_is_sent_and_a_resume_takes_it_anew(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """The run says why it stopped."""
    plan, there = await giving(sandbox, tmp_path, monkeypatch), cards(sandbox)
    sandbox.set_faults(Fault(kind=kind, endpoint="giftcards.list", after=2))
    report = await run(plan, sandbox, tmp_path)
    assert (report.state, report.counts["pending"]) == ("stopped", ROWS)
    assert report.why
    assert sandbox.ledger.writes == 0
    assert journal_of(tmp_path).snapshot() is None
    sandbox.set_faults()
    assert (await resume(tmp_path, sandbox)).counts["done"] == ROWS
    assert journal_of(tmp_path).in_snapshot(cards(sandbox)) == there


async def test_a_drain_ends_the_noting_and_a_pause_holds_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sends anything more; a resume begins it anew."""
    plan = await giving(sandbox, tmp_path, monkeypatch)
    control = Control()
    control.pause()
    options = replace(HASTY, rate=20.0)
    tallies, report = 0, None
    async for moment in watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=options, control=control):
        tallies += 1
        if isinstance(moment, Report):
            report = moment
        elif tallies == 4:
            assert sandbox.ledger.count("giftcards.list") == 0
            control.drain("asked to")
    assert report is not None
    assert (report.state, report.why, report.counts["pending"]) == ("stopped", "asked to", ROWS)
    assert sandbox.ledger.writes == 0
    assert (await resume(tmp_path, sandbox)).counts["done"] == ROWS


def adding(sandbox: Sandbox, times: int) -> Callable[[], Awaitable[None]]:
    """Another card comes into the programme each time a few pages are about to be read, so many times."""
    left = [times]

    async def add() -> None:
        left[0] -= 1
        if left[0] >= 0:
            sandbox.store.cards.create(1, PROGRAM)

    return add


@pytest.mark.parametrize("slots", [1, 3])
async def test_a_list_that_moves_is_walked_again(sandbox: Sandbox, tmp_path: Path, slots: int) -> None:
    """A new card may push another one off the page that is read next; the walk that stood still has them all."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    async with Reader(Wiring(account_of(sandbox), Pace(None)), slots=slots) as reader:
        await note_cards(reader, journal, PROGRAM, gate=adding(sandbox, 4))
    noted = JournalReader(tmp_path / "journal.sqlite").in_snapshot(cards(sandbox))
    assert noted == cards(sandbox)
    journal.close()


async def test_a_list_that_never_stands_still_is_given_up(sandbox: Sandbox, tmp_path: Path) -> None:
    """In words, and with nothing noted."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    async with Reader(Wiring(account_of(sandbox), Pace(None)), slots=2) as reader:
        with pytest.raises(UnreachableError, match="kept changing"):
            await note_cards(reader, journal, PROGRAM, gate=adding(sandbox, 1_000))
    assert JournalReader(tmp_path / "journal.sqlite").snapshot() is None
    journal.close()


async def test_a_programme_without_cards_is_noted_as_such_and_an_unknown_one_is_not(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """One read each."""
    small = make_sandbox(SandboxConfig(contacts=10))
    empty = PROGRAMS[2].uuid
    assert all(card.program.uuid != empty for card in small.store.cards.all)
    journal, reading = Journal.create(tmp_path / "journal.sqlite", {}), JournalReader(tmp_path / "journal.sqlite")
    async with Reader(Wiring(account_of(small), Pace(None)), slots=2) as reader:
        with pytest.raises(RefusedError):
            await note_cards(reader, journal, "no-such-programme")
        assert reading.snapshot() is None
        await note_cards(reader, journal, empty)
        assert reader.sent == 2
    assert reading.snapshot() == empty
    journal.close()
