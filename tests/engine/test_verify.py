"""Reading back what was written: what is verified, what is a mismatch, and what that leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.control import Control
from ops.drive import Patience
from ops.errors import OptionError
from ops.jobs import JOBS
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.remedies import Blame
from ops.report import Report, report_again, report_ended
from ops.run import Ended, RunOptions, continue_run
from ops.runs import RunFolder, Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.tally import Tally
from ops.verify import Verify
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv

ALL = replace(QUICK, patience=Patience(first_pause=0.01, growth=2.0, longest_pause=0.05), verify=Verify())
YES = Consent(yes=True)


async def plan_for(
    sandbox: Sandbox, folder: Path, count: int = 20, job: str = "contacts.upsert", mode: str = "full"
) -> Plan:
    return await plan_of(sandbox, job, write_csv(folder / "in.csv", HEADER, people(count)), mode=mode)


async def run(plan: Plan, sandbox: Sandbox, home: Path, options: RunOptions = ALL) -> Report:
    consent = Consent(confirm=plan.acting) if plan.needs_count else YES
    return await run_plan(plan, account_of(sandbox), consent, home=home, options=options)


async def resume(
    home: Path, sandbox: Sandbox, options: RunOptions = ALL, *, watch: Callable[[Tally, Control], None] | None = None
) -> Report:
    control = Control()
    async for moment in continue_run(last(home), account_of(sandbox), options, control):
        if isinstance(moment, Ended):
            return report_ended(moment)
        if watch is not None:
            watch(moment, control)
    raise AssertionError("no end")


def last(home: Path) -> RunFolder:
    return Runs(home).find("last")


def set_value(sandbox: Sandbox, email: str, **values: Any) -> None:
    [contact] = sandbox.store.contacts_by_email(email)
    sandbox.store.update(contact, values)


NOT_ASKED = replace(ALL, verify=None)


@pytest.mark.parametrize("job", ["contacts.create", "contacts.upsert"])
@pytest.mark.parametrize("mode", ["full", "fast"])
async def test_what_was_written_is_verified(sandbox: Sandbox, tmp_path: Path, job: str, mode: str) -> None:
    """Every row says so beside its steps, and the summary counts them; the seven counts stay as they are."""
    report = await run(await plan_for(sandbox, tmp_path, job=job, mode=mode), sandbox, tmp_path)
    assert (report.verified, report.mismatch, report.unread) == (20, 0, 0)
    assert report.counts["done"] == 20
    assert report.results["_steps"].str.ends_with(" read_back:verified").all()
    summary = json.loads(report.files.summary.read_text())
    assert (summary["verified"], summary["mismatch"]) == (20, 0)
    assert last(tmp_path).journal.states() == {"done": 20}
    assert last(tmp_path).journal.open_pasts() == {}


async def test_what_somebody_else_has_changed_is_a_mismatch(sandbox: Sandbox, tmp_path: Path) -> None:
    """With what differs; the row stays done, and is among those that need a look."""
    await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, NOT_ASKED)
    set_value(sandbox, "nieuw3@example.org", firstname="Eve")
    report = await resume(tmp_path, sandbox)
    assert (report.verified, report.mismatch, report.counts["done"]) == (19, 1, 20)
    row = report.results.filter(_row="4")
    assert row["_status"][0] == "done"
    assert row["_steps"][0].endswith("read_back:mismatch")
    assert row["_message"][0] == 'read back: firstname is "Eve", not "Zoë 3"'
    [group] = report.triage
    assert (group.blame, group.field, group.count) == (Blame.ACCOUNT, "firstname", 1)
    assert "row 4" in report.files.report.read_text()


async def test_values_compare_as_their_kinds_do(sandbox: Sandbox, tmp_path: Path) -> None:
    """A number that comes back as text is the same number."""
    await run(await plan_for(sandbox, tmp_path, 2), sandbox, tmp_path, NOT_ASKED)
    set_value(sandbox, "nieuw1@example.org", housenumber="2")
    assert (await resume(tmp_path, sandbox)).verified == 2


async def test_a_resume_reads_no_verified_row_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only what differed before; once it is mended it is verified."""
    await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, NOT_ASKED)
    set_value(sandbox, "nieuw3@example.org", firstname="Eve")
    assert (await resume(tmp_path, sandbox)).mismatch == 1
    set_value(sandbox, "nieuw3@example.org", firstname="Zoë 3")
    sandbox.ledger.reset()
    report = await resume(tmp_path, sandbox)
    assert (report.verified, report.mismatch) == (20, 0)
    assert sum("contacts/" in entry.path for entry in sandbox.ledger.entries) == 1
    assert report_again(last(tmp_path)).verified == 20


async def test_without_being_asked_nothing_is_read_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """A run, and a resume of one that was verified."""
    report = await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, NOT_ASKED)
    assert (report.verified, report.mismatch, report.unread) == (0, 0, 0)
    sandbox.ledger.reset()
    await resume(tmp_path, sandbox, NOT_ASKED)
    assert not any("contacts/" in entry.path for entry in sandbox.ledger.entries)


async def test_so_many_rows_are_spread_over_all(sandbox: Sandbox, tmp_path: Path) -> None:
    """Not the first ones alone; more than there are is all of them."""
    plan = await plan_for(sandbox, tmp_path, 20)
    report = await run(plan, sandbox, tmp_path, replace(ALL, verify=Verify(4)))
    looked = report.results.filter(report.results["_steps"].str.contains("read_back"))
    assert looked["_row"].to_list() == ["1", "6", "11", "16"]
    assert (await resume(tmp_path, sandbox, replace(ALL, verify=Verify(99)))).verified == 20


async def test_a_value_that_is_seen_late_is_no_mismatch(sandbox: Sandbox, tmp_path: Path) -> None:
    """It is looked at again before it is called one."""
    await run(await plan_for(sandbox, tmp_path, 3), sandbox, tmp_path, NOT_ASKED)
    set_value(sandbox, "nieuw1@example.org", firstname="not yet")
    looks: list[str] = []

    def mend(tally: Tally, control: Control) -> None:
        assert not control.is_draining()
        if tally.looked == 2 and not looks:
            looks.append("mended")
            set_value(sandbox, "nieuw1@example.org", firstname="Zoë 1")

    slow = replace(ALL, patience=Patience(first_pause=0.5, growth=1.0))
    report = await resume(tmp_path, sandbox, slow, watch=mend)
    assert looks
    assert (report.verified, report.mismatch) == (3, 0)


async def test_a_read_that_is_not_answered_is_neither(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """It is told as unread, and a resume reads it again."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    await run(await plan_for(sandbox, tmp_path, 3), sandbox, tmp_path, NOT_ASKED)
    sandbox.set_faults(Fault(kind="500", on="reads", path="contacts/[0-9a-f-]{36}$"))
    report = await resume(tmp_path, sandbox)
    assert (report.verified, report.mismatch, report.unread) == (0, 0, 3)
    [group] = report.triage
    assert (group.blame, group.cause) == (Blame.PASSING, "read back: get: the server failed (500)")
    assert "--verify all" in group.next
    sandbox.set_faults()
    assert (await resume(tmp_path, sandbox)).verified == 3


async def test_a_drain_leaves_the_rest_for_a_resume(sandbox: Sandbox, tmp_path: Path) -> None:
    """The run says that it was stopped; no row is lost by it."""
    await run(await plan_for(sandbox, tmp_path, 60), sandbox, tmp_path, NOT_ASKED)

    def drain(tally: Tally, control: Control) -> None:
        if tally.looked:
            control.drain("asked to")

    slow = replace(ALL, rate=20.0, workers=1)
    report = await resume(tmp_path, sandbox, slow, watch=drain)
    assert (report.state, report.why) == ("stopped", "asked to")
    assert 0 < report.verified < 60
    assert (await resume(tmp_path, sandbox)).verified == 60


async def test_a_token_that_expires_meanwhile_stops_it(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """In the account's words; what was verified stays so."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, NOT_ASKED)
    sandbox.set_faults(Fault(kind="401", on="reads", path="contacts/[0-9a-f-]{36}$", after=5))
    report = await resume(tmp_path, sandbox)
    assert report.state == "stopped"
    assert "token" in report.why
    assert 0 < report.verified < 20


async def test_a_stop_cuts_off_a_look_that_hangs(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Nobody waits for the server."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    await run(await plan_for(sandbox, tmp_path, 3), sandbox, tmp_path, NOT_ASKED)
    sandbox.set_faults(Fault(kind="hang", on="reads", path="contacts/[0-9a-f-]{36}$"))

    def stop(tally: Tally, control: Control) -> None:
        if tally.to_look:
            control.stop("enough")

    report = await resume(tmp_path, sandbox, watch=stop)
    assert (report.state, report.verified, report.unread) == ("stopped", 0, 0)


async def test_rows_that_were_not_done_are_not_read_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """Held, refused and invalid ones have written nothing to be found."""
    plan = await plan_for(sandbox, tmp_path, 4, job="contacts.create")
    sandbox.store.create("nieuw1@example.org")
    report = await run(plan, sandbox, tmp_path)
    assert (report.counts["refused"], report.verified, report.mismatch) == (1, 3, 0)


async def test_a_contact_that_has_gone_is_a_mismatch(sandbox: Sandbox, tmp_path: Path) -> None:
    """And is said to be gone."""
    await run(await plan_for(sandbox, tmp_path, 2), sandbox, tmp_path, NOT_ASKED)
    [contact] = sandbox.store.contacts_by_email("nieuw1@example.org")
    sandbox.store._remove(contact)
    report = await resume(tmp_path, sandbox)
    assert report.results["_message"].to_list() == [None, "read back: the contact is not there"]


@pytest.mark.parametrize("text", ["0", "-1", "some", "1.5", "", "²"])
def test_what_is_no_number_of_rows_is_refused(text: str) -> None:
    """In words."""
    with pytest.raises(OptionError, match="verify"):
        Verify.parse(text)


def test_all_or_a_number_is_understood() -> None:
    """And nothing is nothing."""
    assert (Verify.parse(None), Verify.parse("all"), Verify.parse("12")) == (None, Verify(), Verify(12))


def test_jobs_that_write_nothing_to_be_read_say_so() -> None:
    """Those that enrich, and mails, of which the account shows nothing."""
    assert {name for name, job in JOBS.items() if not job.verifies} == {
        "contacts.enrich", "giftcards.enrich", "giftcards.send"
    }  # fmt: skip
