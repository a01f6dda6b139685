"""A file that was run before: planned anew, it says so before anybody gets a second card."""

from __future__ import annotations

from typing import Any

from ops.canary import Canary
from ops.runs import Runs
from ops.sandbox import Fault
from tests.engine.jobs.trial import Trial, counts

ISSUE: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop", "send": "true"}
ROWS = [(f"nieuw{number}@example.org", "10") for number in range(3)]
HEADER = ("email", "amount")


async def test_a_second_plan_of_the_same_file_names_the_run_that_was(trial: Trial) -> None:
    """The latest first, with what became of its rows; another file, another job and a run without deeds are none."""
    first = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    assert not any("was run before" in note for note in first.meta.notes)
    assert counts(await trial.run(first)) == {"done": 3}
    [run] = Runs(trial.home).all()
    again = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    [said] = [note for note in again.meta.notes if "was run before" in note]
    assert said.startswith(f"This file was run before: {run.id} of 20")
    assert said.endswith("; 3 rows have had a card or a mail, or may have. This plan would do it again.")
    assert again.acting == 3
    for job, rows in (("giftcards.issue", ROWS[:2]), ("contacts.upsert", ROWS)):
        options = ISSUE if job == "giftcards.issue" else {}
        plan = await trial.plan(job, HEADER, rows, **options)
        assert not any("was run before" in note for note in plan.meta.notes)


async def test_a_run_that_was_cut_off_counts_by_what_it_has_sent(trial: Trial) -> None:
    """Cards were made in it, though no row has ended."""
    plan = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    trial.sandbox.set_faults(Fault(kind="401", endpoint="transactions.create"))
    assert counts(await trial.run(plan)) == {"pending": 3}
    trial.sandbox.set_faults()
    again = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    assert any("was run before" in note for note in again.meta.notes)


async def test_what_cannot_be_done_again_has_no_precedent(trial: Trial) -> None:
    """A merge that was done leaves nothing to merge."""
    one, two, three, four = trial.known(4)
    rows = [(one.email, two.email), (three.email, four.email)]
    plan = await trial.plan("contacts.merge", ("source", "destination"), rows)
    await trial.run(plan, canary=Canary(1, None))
    again = await trial.plan("contacts.merge", ("source", "destination"), rows)
    assert not any("was run before" in note for note in again.meta.notes)


async def test_a_run_that_was_erased_or_is_damaged_is_not_named(trial: Trial) -> None:
    """Planning does not fail over what lies about in the home."""
    plan = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    await trial.run(plan)
    [run] = Runs(trial.home).all()
    run.journal_path.write_bytes(b"damaged")
    again = await trial.plan("giftcards.issue", HEADER, ROWS, **ISSUE)
    assert not any("was run before" in note for note in again.meta.notes)
