"""Runs against a sandbox: what the account holds afterwards, under faults, drains and resumes."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import polars as pl
import pytest

from ops.control import Control, StopRule
from ops.drive import Patience
from ops.errors import AlreadyRunError, ConsentError, PlanError, RunHeldError, TokenError, WrongAccountError
from ops.files import META_KEY
from ops.jobs.base import State
from ops.leat.profile import Account, Secret
from ops.notebook import Consent, run_plan, watch_run
from ops.plan import Plan
from ops.report import Report, report_ended
from ops.run import Ended, RunOptions, continue_run
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.tally import Tally
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv
from tests.leat.wire import answering, http, noting, talking

Mischief = Literal[
    "lost_before", "lost_after", "half_answer", "late_commit", "500", "502", "garbage", "html", "wrong_type"
]
YES = Consent(yes=True)
HASTY = replace(QUICK, patience=Patience(first_pause=0.01, longest_pause=0.05))


async def planned(
    sandbox: Sandbox, folder: Path, count: int = 60, job: str = "contacts.upsert", mode: str = ""
) -> Plan:
    file = write_csv(folder / "in.csv", HEADER, people(count))
    return await (plan_of(sandbox, job, file, mode=mode) if mode else plan_of(sandbox, job, file))


async def run(plan: Plan, sandbox: Sandbox, home: Path, options: RunOptions = HASTY) -> Report:
    return await run_plan(plan, account_of(sandbox), YES, home=home, options=options)


async def resume(home: Path, sandbox: Sandbox, options: RunOptions = HASTY) -> Report:
    folder = Runs(home).find("last")
    async for moment in continue_run(folder, account_of(sandbox), options, Control()):
        if isinstance(moment, Ended):
            return report_ended(moment)
    raise AssertionError("no end")


def holds_everything(sandbox: Sandbox, count: int) -> bool:
    """Whether the account has each person once, with the values of the file."""
    for email, firstname, housenumber in people(count):
        found = sandbox.store.contacts_by_email(email)
        if len(found) != 1:
            return False
        values = sandbox.store.values(found[0])
        if (values["firstname"], values["housenumber"]) != (firstname, int(housenumber)):
            return False
    return True


@pytest.mark.parametrize("job", ["contacts.create", "contacts.upsert"])
@pytest.mark.parametrize("mode", ["full", "fast"])
async def test_after_a_run_the_account_holds_what_the_file_says(
    sandbox: Sandbox, tmp_path: Path, job: str, mode: str
) -> None:
    """Every row done, two writes each, and a second plan has nothing to do."""
    plan = await planned(sandbox, tmp_path, job=job, mode=mode)
    sandbox.ledger.reset()
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == 60
    assert holds_everything(sandbox, 60)
    assert sandbox.ledger.violations == []
    again = await planned(sandbox, tmp_path, job="contacts.upsert")
    assert again.counts["same"] == 60


async def test_results_hold_every_row_once_in_the_order_of_the_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """Done, invalid and duplicate rows alike."""
    rows = [*people(30), ("not an address", "X", "1"), *people(2), *people(20, first=30)]
    plan = await plan_of(sandbox, "contacts.upsert", write_csv(tmp_path / "in.csv", HEADER, rows))
    report = await run(plan, sandbox, tmp_path)
    with report.files.results.open(newline="", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert [(r["email"], r["firstname"], r["housenumber"]) for r in written] == rows
    assert [r["_row"] for r in written] == [str(n) for n in range(1, len(rows) + 1)]
    assert report.counts == {
        "done": 48, "same": 0, "invalid": 1, "held": 4, "refused": 0, "unknown": 0, "pending": 0
    }  # fmt: skip


async def test_a_plan_runs_once(sandbox: Sandbox, tmp_path: Path) -> None:
    """The second run is refused before anything is sent, unless it is asked for by name."""
    plan = await planned(sandbox, tmp_path, 5)
    await run(plan, sandbox, tmp_path)
    sandbox.ledger.reset()
    with pytest.raises(AlreadyRunError):
        await run(plan, sandbox, tmp_path)
    assert sandbox.ledger.requests == 0
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True, again=True), home=tmp_path, options=HASTY)
    assert report.run.endswith("-2")


async def test_a_plan_that_was_changed_does_not_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was reviewed is what runs."""
    plan = await planned(sandbox, tmp_path, 5)
    meta = pl.read_parquet_metadata(plan.path)[META_KEY]
    changed = pl.read_parquet(plan.path).with_columns(after=pl.col("after").str.replace("Zoë", "Eve"))
    changed.write_parquet(plan.path, metadata={META_KEY: meta})
    with pytest.raises(PlanError, match="changed"):
        await run(Plan.load(plan.path), sandbox, tmp_path)


@pytest.mark.parametrize(("said", "instead"), [('"create":5', '"create":0'), ('"writes":10', '"writes":11')])
async def test_a_plan_whose_counts_were_changed_does_not_run(
    sandbox: Sandbox, tmp_path: Path, said: str, instead: str
) -> None:
    """Consent is given to what they say, so that one bit of them must not change without notice."""
    plan = await planned(sandbox, tmp_path, 5)
    meta = pl.read_parquet_metadata(plan.path)[META_KEY]
    assert said in meta
    pl.read_parquet(plan.path).write_parquet(plan.path, metadata={META_KEY: meta.replace(said, instead)})
    with pytest.raises(PlanError, match="changed"):
        await run(Plan.load(plan.path), sandbox, tmp_path)
    assert not any(entry.write for entry in sandbox.ledger.entries)


async def test_without_consent_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither silence nor a wrong number will do."""
    plan = await planned(sandbox, tmp_path, 5)
    sandbox.ledger.reset()
    for consent in (Consent(), Consent(confirm=4)):
        with pytest.raises(ConsentError):
            await run_plan(plan, account_of(sandbox), consent, home=tmp_path)
    assert sandbox.ledger.requests == 0


async def test_a_run_does_not_open_the_input_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """It may be gone by then."""
    plan = await planned(sandbox, tmp_path, 5)
    (tmp_path / "in.csv").unlink()
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == 5


@pytest.mark.parametrize("kind", get_args(Mischief))
@pytest.mark.parametrize("job", ["contacts.create", "contacts.upsert"])
async def test_under_a_fault_nothing_is_doubled_and_every_done_row_is_there(
    make_sandbox: MakeSandbox, tmp_path: Path, kind: Mischief, job: str
) -> None:
    """A fifth of all writes goes wrong: creates converge, and `done` is true of each row that says so."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, seed=7))
    plan = await planned(sandbox, tmp_path, 60, job=job)
    sandbox.set_faults(Fault(kind=kind, on="writes", rate=0.2, delay=0.05))
    report = await run(plan, sandbox, tmp_path)
    assert sum(report.counts.values()) == 60
    assert report.counts["done"] >= 50
    assert report.counts["refused"] == 0
    results = report.results
    for email, firstname, _ in people(60):
        found = sandbox.store.contacts_by_email(email)
        assert len(found) <= 1
        if results.filter(email=email)["_status"][0] == "done":
            assert sandbox.store.values(found[0])["firstname"] == firstname


async def test_a_strangers_contact_does_not_pass_for_ours(sandbox: Sandbox, tmp_path: Path) -> None:
    """60005 at the first attempt is a refusal, not a success."""
    plan = await planned(sandbox, tmp_path, 5, job="contacts.create")
    sandbox.store.create("nieuw3@example.org")
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["refused"] == 1
    assert report.results.filter(_row="4")["_code"][0] == "60005"
    assert report.files.retry.read_text().splitlines() == ["email,firstname,housenumber", "nieuw3@example.org,Zoë 3,4"]


async def test_refused_rows_can_be_tried_again_by_a_resume(sandbox: Sandbox, tmp_path: Path) -> None:
    """When the account has been mended, the same run goes on with them."""
    plan = await planned(sandbox, tmp_path, 5, job="contacts.create")
    stranger = sandbox.store.create("nieuw3@example.org")
    assert (await run(plan, sandbox, tmp_path)).counts["refused"] == 1
    sandbox.store.schedule_delete(stranger, "GDPR")
    sandbox.store._remove(stranger)
    assert (await resume(tmp_path, sandbox)).counts["refused"] == 1
    report = await resume(tmp_path, sandbox, replace(HASTY, retry_refused=True))
    assert report.counts["done"] == 5


async def test_an_expired_token_uses_up_no_row_and_a_new_one_goes_on(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """The rows stay pending; resume with the new token finishes them."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path)
    sandbox.set_faults(Fault(kind="401", on="writes", after=50))
    report = await run(plan, sandbox, tmp_path)
    assert report.state == "stopped"
    assert report.counts["refused"] == report.counts["unknown"] == 0
    assert 0 < report.counts["pending"] < 60
    sandbox.set_faults()
    assert (await resume(tmp_path, sandbox)).counts["done"] == 60
    assert holds_everything(sandbox, 60)


async def test_a_used_up_account_stops_the_job_and_not_every_row(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """At most the rows in hand are touched."""
    sandbox = make_sandbox(SandboxConfig(contacts=50, usage_limit=60))
    plan = await planned(sandbox, tmp_path)
    sandbox.ledger.reset()
    report = await run(plan, sandbox, tmp_path)
    assert report.state == "stopped"
    assert "60000" in report.why
    assert report.counts["refused"] == 0
    refusals = [entry for entry in sandbox.ledger.entries if entry.code == 60000]
    assert 1 <= len(refusals) <= 20


async def test_the_stop_rule_ends_a_run_that_goes_wrong(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Twenty refusals among the first hundred rows are enough."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path, 200, job="contacts.create")
    for n in range(200):
        sandbox.store.create(f"nieuw{n}@example.org")
    report = await run(plan, sandbox, tmp_path, replace(HASTY, workers=5))
    assert report.state == "stopped"
    assert 20 <= report.counts["refused"] <= 25
    assert "the limit is reached" in report.why


async def test_the_stop_rule_can_be_set(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """`--stop-after 3` means three."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path, 50, job="contacts.create")
    for n in range(50):
        sandbox.store.create(f"nieuw{n}@example.org")
    report = await run(plan, sandbox, tmp_path, replace(HASTY, workers=1, stop=StopRule.parse("3")))
    assert report.counts["refused"] == 3


async def test_another_account_is_refused_before_anything_is_sent(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """The shops and programmes the plan saw must be there."""
    plan = await planned(make_sandbox(), tmp_path, 5)
    heads: list[bytes] = []
    other = b'{"data":[{"uuid":"other","name":"Another shop"}],"meta":[]}'
    async with talking(noting(heads, answering(http(200, other, "Connection: close")))) as line:
        account = Account(f"http://127.0.0.1:{line.port}", Secret("t"))
        with pytest.raises(WrongAccountError):
            await run_plan(plan, account, YES, home=tmp_path, options=HASTY)
    assert {head.split()[0] for head in heads} == {b"GET"}


async def test_a_wrong_token_is_told_before_anything_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    """The plan can still be run with the right one."""
    plan = await planned(sandbox, tmp_path, 5)
    sandbox.ledger.reset()
    with pytest.raises(TokenError):
        await run_plan(plan, Account(sandbox.url, Secret("wrong")), YES, home=tmp_path, options=HASTY)
    assert sandbox.ledger.effects.created == 0
    assert (await run(plan, sandbox, tmp_path)).counts["done"] == 5


async def test_a_drain_finishes_the_rows_in_hand_and_resume_does_the_rest(sandbox: Sandbox, tmp_path: Path) -> None:
    """No row is in doubt after it."""
    plan = await planned(sandbox, tmp_path, 200)
    control = Control()
    report: Report | None = None
    async for moment in watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY, control=control):
        if isinstance(moment, Report):
            report = moment
        elif moment.finished >= 20:
            control.drain("asked to")
    assert report is not None
    assert report.state == "stopped"
    assert report.counts["unknown"] == 0
    assert 0 < report.counts["pending"] < 200
    assert (await resume(tmp_path, sandbox)).counts["done"] == 200
    assert sandbox.ledger.effects.created == 200


async def test_a_paused_run_sends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """Until it is let go."""
    plan = await planned(sandbox, tmp_path, 20)
    control = Control()
    control.pause()
    sandbox.ledger.reset()
    tallies: list[Tally] = []
    async for moment in watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY, control=control):
        if isinstance(moment, Tally):
            tallies.append(moment)
            if len(tallies) == 3:
                assert sandbox.ledger.writes == 0
                control.go()
    assert tallies[-1].counts[State.DONE] == 20


async def test_while_one_process_holds_a_run_a_second_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """One process a run; the message says who has it."""
    plan = await planned(sandbox, tmp_path, 5)
    await run(plan, sandbox, tmp_path)
    folder = Runs(tmp_path).find("last")
    with folder.held(), pytest.raises(RunHeldError, match="process"):
        await resume(tmp_path, sandbox)
    await resume(tmp_path, sandbox)


async def test_an_old_plan_is_checked_again_row_by_row(sandbox: Sandbox, tmp_path: Path) -> None:
    """What has changed since is held, with both values; the rest is written."""
    contact = sandbox.store.contact_by_email("nieuw1@example.org") or sandbox.store.create("nieuw1@example.org")
    other = sandbox.store.create("nieuw2@example.org")
    rows = [("nieuw1@example.org", "Anna", "5"), ("nieuw2@example.org", "Bert", "6")]
    plan = await plan_of(sandbox, "contacts.update", write_csv(tmp_path / "in.csv", HEADER, rows))
    sandbox.store.update(contact, {"firstname": "Somebody else"})
    report = await run(plan, sandbox, tmp_path, replace(HASTY, recheck="always"))
    assert report.counts["held"] == report.counts["done"] == 1
    assert "Somebody else" in report.results["_message"][0]
    assert sandbox.store.values(other)["firstname"] == "Bert"
    assert sandbox.store.values(contact)["firstname"] == "Somebody else"


async def test_a_server_away_for_a_while_costs_no_row(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """503 pauses everybody and is tried again."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path)
    sandbox.set_faults(Fault(kind="503", after=20, times=15))
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == 60


async def test_a_storm_of_429_fails_no_row(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Refused turns are taken again."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path)
    sandbox.set_faults(Fault(kind="429", after=20, times=15, retry_after=1))
    report = await run(plan, sandbox, tmp_path)
    assert report.counts["done"] == 60
    assert report.retries >= 15
