"""Settling what is done to contacts: merges are looked for and never sent again; the rest is tried once more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.plan import Plan
from ops.sandbox import Fault, SandboxConfig
from ops.sandbox.records import Contact
from tests.conftest import MakeSandbox
from tests.engine.jobs.trial import Trial, counts
from tests.engine.settled import SHORT, Lost, run_with, settle, unknown_rows

MERGE, DELETE, CLAIM = "contacts.merge", "contacts.delete", "contacts.claim"
LOSSES = ["lost_after", "lost_before", "500", "hang", "late_commit"]

Slow = Callable[[float], Trial]


@pytest.fixture
def slow(make_sandbox: MakeSandbox, tmp_path: Path) -> Slow:
    """A sandbox that takes so many seconds to merge and delete."""

    def make(delay: float) -> Trial:
        return Trial(make_sandbox(SandboxConfig(contacts=200, settle_delay=delay)), tmp_path)

    return make


async def merging(trial: Trial, count: int) -> tuple[Plan, list[tuple[Contact, Contact]]]:
    people = trial.known(2 * count)
    pairs = list(zip(people[:count], people[count:], strict=True))
    for source, destination in pairs:
        source.credits, destination.credits = 7, 35
    rows = [(source.uuid, destination.uuid) for source, destination in pairs]
    return await trial.plan(MERGE, ("source", "destination"), rows), pairs


def always(kind: str, endpoint: str) -> Fault:
    """Befalls every request to an endpoint."""
    return Fault(kind=kind, endpoint=endpoint, delay=0.05 if kind == "late_commit" else None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["lost_after", "half_answer", "late_commit"])
async def test_a_merge_that_was_accepted_is_done_once_it_is_seen(slow: Slow, kind: str) -> None:
    """However long after the settle time; the balance moves once, and no merge is sent a second time."""
    trial = slow(0.6)
    plan, pairs = await merging(trial, 3)
    report = await run_with(trial, plan, Lost(kind, MERGE, times=3, delay=0.1))  # type: ignore[arg-type]
    assert counts(report) == {"unknown": 3}
    report = await settle(trial)
    assert (report.state, counts(report)) == ("finished", {"done": 3})
    assert trial.sandbox.ledger.count(MERGE) == trial.sandbox.ledger.effects.merged == 3
    assert [destination.credits for _, destination in pairs] == [42] * 3
    assert all(trial.contact(source.uuid) is None for source, _ in pairs)


async def test_merges_that_are_not_seen_stay_unknown_in_words_and_wait_together(slow: Slow) -> None:
    """All are looked at before any is looked at again; rows in doubt before do not stop a settle."""
    trial = slow(0.0)
    plan, pairs = await merging(trial, 30)
    await run_with(trial, plan, Lost("lost_before", MERGE, times=30))
    trial.sandbox.ledger.reset()
    report = await settle(trial, patience=trial.patience(poll_limit=0.3))
    assert (report.state, counts(report)) == ("finished", {"unknown": 30})
    assert {row["_step"] for row in unknown_rows(report)} == {"merge"}
    assert all("the source is still there" in str(row["_message"]) for row in unknown_rows(report))
    looks = [entry.path for entry in trial.sandbox.ledger.entries if entry.endpoint == "contacts.get"]
    assert len(set(looks[:30])) == 30
    assert len(looks) > 30
    assert trial.sandbox.ledger.writes == 0
    assert all(trial.contact(source.uuid) is not None for source, _ in pairs)


async def test_a_merge_that_took_both_is_a_persons_matter(trial: Trial) -> None:
    """The source is gone and the destination, too: that is no merge of ours."""
    plan, [(source, destination)] = await merging(trial, 1)
    await run_with(trial, plan, Lost("lost_before", MERGE))
    trial.sandbox.store._remove(source)
    trial.sandbox.store._remove(destination)
    report = await settle(trial)
    assert counts(report) == {"unknown": 1}
    assert "neither" in str(unknown_rows(report)[0]["_message"])


async def test_waits_that_were_given_up_are_taken_up_again_and_stop_nothing(slow: Slow) -> None:
    """Thirty merges accepted and not confirmed in time: still so after a first settle, done after a second."""
    trial = slow(1.0)
    plan, _ = await merging(trial, 30)
    impatient = trial.patience(poll_limit=0.1)
    report = await run_with(trial, plan, patience=impatient)
    doubtful = report.counts["unknown"]
    assert doubtful >= 20
    while (left := report.counts["pending"]) > 0:
        report = await trial.resume(patience=impatient)
        assert report.counts["pending"] < left
    report = await settle(trial, patience=trial.patience(poll_limit=0.0))
    assert report.state == "finished"
    report = await settle(trial)
    assert (report.state, counts(report)) == ("finished", {"done": 30})
    assert trial.sandbox.ledger.count(MERGE) == 30


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_deletion_whose_answers_are_all_lost_is_tried_again_by_settling(trial: Trial, kind: str) -> None:
    """A repeat does no harm: those that had worked are confirmed gone, the others are deleted now; nobody else is."""
    people, before = trial.known(3), len(trial.sandbox.store.contacts)
    plan = await trial.plan(DELETE, ("uuid", "email"), [(one.uuid, one.email) for one in people], type="GDPR")
    trial.sandbox.set_faults(always(kind, DELETE))
    report = await trial.run(plan, timeouts=SHORT.timeouts)
    trial.sandbox.set_faults()
    assert counts(report) == {"unknown": 3}
    report = await settle(trial)
    assert (report.state, counts(report)) == ("finished", {"done": 3})
    assert all(trial.contact(one.uuid) is None for one in people)
    assert len(trial.sandbox.store.contacts) == before - 3
    assert trial.sandbox.ledger.effects.deleted == 3


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_claim_whose_answers_are_all_lost_is_tried_again_by_settling(trial: Trial, kind: str) -> None:
    """The address shows whether it had worked."""
    guests = trial.anonymous(3)
    rows = [(guest.uuid, f"nieuw{n}@example.org") for n, guest in enumerate(guests)]
    plan = await trial.plan(CLAIM, ("uuid", "email"), rows)
    trial.sandbox.set_faults(always(kind, CLAIM))
    report = await trial.run(plan, timeouts=SHORT.timeouts)
    trial.sandbox.set_faults()
    assert counts(report) == {"unknown": 3}
    report = await settle(trial)
    assert (report.state, counts(report)) == ("finished", {"done": 3})
    assert trial.sandbox.ledger.effects.claimed == 3
    assert [guest.email for guest in guests] == [email for _, email in rows]
