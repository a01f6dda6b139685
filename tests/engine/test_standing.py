"""How a run stands, told without touching it; which rows need a look; whether there is anything to try again."""

from __future__ import annotations

from pathlib import Path

from ops.notebook import Consent, run_plan
from ops.report import report_again, standing, worst
from ops.runs import RunFolder, Runs
from ops.sandbox import Sandbox
from tests.engine.files import QUICK, account_of, plan_of, write_csv


async def test_a_run_is_stopped_held_and_finished_in_turn(sandbox: Sandbox, tmp_path: Path) -> None:
    """And looking at it writes none of its files."""
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",)]))
    run = Runs(tmp_path).claim(plan, {"account": "sandbox"})
    stands = standing(run)
    assert (stands.state, stands.unended, stands.rows, stands.source) == ("stopped", 1, 1, "in.csv")
    assert sum(stands.counts.values()) == stands.rows
    with run.held():
        assert standing(run).state == "running"
    assert not (run.path / "results.csv").exists()
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True, again=True), home=tmp_path, options=QUICK)
    assert standing(RunFolder(report.folder)).state == "finished"
    assert not report.has_retry


def test_a_folder_that_is_no_run_is_damaged(tmp_path: Path) -> None:
    """With the reason, rather than an error that hides the other runs."""
    stands = standing(RunFolder(tmp_path))
    assert stands.state == "damaged"
    assert "No such plan" in stands.message


async def test_the_rows_that_need_a_look_come_first_and_no_more_than_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    """In the file's order, with their numbers and reasons; a refused one can be tried again."""
    rows = [(email,) for email in ("no@@x", "new@example.org", "taken@example.org", "also no")]
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), rows))
    sandbox.store.create("taken@example.org")
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    folder = RunFolder(report.folder)
    assert [(one["row"], one["status"]) for one in worst(folder)] == [
        ("1", "invalid"),
        ("3", "refused"),
        ("4", "invalid"),
    ]
    assert [one["row"] for one in worst(folder, 2)] == ["1", "3"]
    assert all(one["message"] for one in worst(folder))
    assert report_again(folder).has_retry
