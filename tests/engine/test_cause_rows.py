"""The rows behind a cause of a run: all of its rows and no others, with no more of a person than the run keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from ops import report as reports
from ops import triage as room
from ops.errors import LeatopsError
from ops.jobs.base import State
from ops.notebook import Consent, run_plan
from ops.outcomes import outcomes
from ops.plan import WINDOW, Plan
from ops.remedies import Blame
from ops.report import Report, report_again
from ops.runs import RunFolder, Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.triage import OTHERS, Group, Triage
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv
from tests.engine.jobs.trial import Trial

YES = Consent(yes=True)


async def run(sandbox: Sandbox, folder: Path, rows: list[tuple[str, str, str]], job: str = "contacts.upsert") -> Report:
    plan = await plan_of(sandbox, job, write_csv(folder / "in.csv", HEADER, rows))
    return await run_plan(plan, account_of(sandbox), YES, home=folder, options=QUICK)


def rows_of(report: Report, group: Group) -> pl.DataFrame:
    return pl.concat([rows for _, rows in reports.rows_of(report, group)])


async def test_every_row_that_needs_a_look_is_behind_one_cause(sandbox: Sandbox, tmp_path: Path) -> None:
    """As many as its group counts, the example among them, with number, state, key, message and steps."""
    bad = [(f"nobody{n}(at)example.org", "X", "1") for n in range(40)]
    twice = [("same@example.org", "X", "1"), ("same@example.org", "Y", "2")]
    plan = await plan_of(
        sandbox, "contacts.create", write_csv(tmp_path / "in.csv", HEADER, [*people(3), *bad, *twice, ("", "Z", "")])
    )
    sandbox.store.create("nieuw1@example.org")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=QUICK)
    assert len(report.triage) == 4
    found = {group.told(): rows_of(report, group) for group in report.triage}
    for group in report.triage:
        rows = found[group.told()]
        assert rows.height == group.count
        assert rows["message"][0] == group.message
        assert rows["row"][0] == str(group.row)
    numbers = pl.concat(found.values())["row"].cast(pl.Int64).sort()
    assert numbers.to_list() == [2, *range(4, 47)]
    [refused] = [group for group in report.triage if group.status == State.REFUSED]
    assert rows_of(report, refused).rows() == [
        ("2", "refused", "nieuw1@example.org", refused.message, "create:refused", None)
    ]


async def test_a_cause_of_many_rows_is_read_a_window_at_a_time(sandbox: Sandbox, tmp_path: Path) -> None:
    """No window is larger than the plan's; how far it is, is told."""
    rows = [(f"nobody{n}(at)example.org",) for n in range(WINDOW + 5)]
    plan = await plan_of(sandbox, "contacts.create", write_csv(tmp_path / "in.csv", ("email",), rows))
    report = report_again(Runs(tmp_path).claim(plan, {"account": "sandbox"}))
    [group] = report.triage
    read = [(looked, found.height) for looked, found in reports.rows_of(report, group)]
    assert read == [(WINDOW, WINDOW), (WINDOW + 5, 5)]


async def test_rows_of_rare_causes_are_behind_one_of_them(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row is behind exactly one group, also where there are more causes than are kept apart."""
    monkeypatch.setattr(room, "MOST", 5)
    report = await run(sandbox, tmp_path, [("a(at)b", "X", "1")] * 40)
    folder = RunFolder(report.folder)
    words = pl.Series([f"cause {chr(97 + n // 2)}" for n in range(40)])
    [window] = [one.with_columns(message=words) for one in outcomes(folder.plan, folder.journal)]
    sorting = Triage(folder.plan, report.run)
    sorting.add(window)
    groups = sorting.groups()
    assert groups[0].cause == OTHERS
    found = [sorting.rows_of(group, groups, window) for group in groups]
    assert [rows.height for rows in found] == [group.count for group in groups]
    assert pl.concat(found)["row"].sort().to_list() == list(range(1, 41))


async def test_rows_that_nobody_knows_say_since_when(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Those that a settle would look back at, with the step in doubt."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    sandbox.set_faults(Fault(kind="lost_after", endpoint="giftcards.create", times=1))
    file = write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",), ("b@example.org",)])
    plan = await plan_of(sandbox, "giftcards.issue", file, program="Cadeaukaart")
    report = await run_plan(plan, account_of(sandbox), Consent(confirm=2), home=tmp_path, options=QUICK)
    [group] = report.triage
    assert group.blame is Blame.UNKNOWN
    [row] = rows_of(report, group).to_dicts()
    assert (row["status"], row["steps"]) == ("unknown", "create_card:unknown")
    assert row["since"].endswith("Z")
    assert row["message"] == group.message


async def test_an_erasure_shows_no_more_of_a_person_than_its_files(trial: Trial) -> None:
    """The reference is the key; neither address nor uuid is in any cell."""
    one, other = trial.known(2)
    rows = [("R-1", one.uuid, ""), ("R-2", "", "nobody@example.org"), ("R-3", "", f"{other.email}@@")]
    plan: Plan = await trial.plan("contacts.delete", ("reference", "uuid", "email"), rows, type="GDPR")
    trial.sandbox.set_faults(Fault(kind="500", on="writes"))
    report = await trial.run(plan)
    shown = pl.concat([rows_of(report, group) for group in report.triage]).sort("row")
    assert shown["key"].to_list() == ["R-1", "R-2", "R-3"]
    told = str(shown.to_dicts())
    for word in (one.uuid, other.uuid, one.email, other.email, "nobody@example.org"):
        assert word not in told


async def test_a_run_that_is_gone_is_said_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    """Also in the middle of being looked at."""
    report = await run(sandbox, tmp_path, [("a(at)b", "X", "1")])
    moved = replace(report, folder=tmp_path / "elsewhere")
    with pytest.raises(LeatopsError, match="No such plan"):
        rows_of(moved, report.triage[0])
