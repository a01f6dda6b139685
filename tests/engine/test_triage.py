"""Rows that did not go well, grouped by cause: what is one group, where the cause lies, and what to do next."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import triage as room
from ops.control import Control
from ops.drive import Patience
from ops.leat.codes import BLAMES, MEANINGS
from ops.notebook import Consent, run_plan
from ops.outcomes import outcomes
from ops.plan import Plan
from ops.planner import make_plan
from ops.remedies import Blame
from ops.report import Report, report_again, report_ended
from ops.run import Ended, continue_run
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.sheet import read_sheet
from ops.triage import OTHERS, Group, shape, triage
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv

HASTY = replace(QUICK, patience=Patience(first_pause=0.01, longest_pause=0.05))
YES = Consent(yes=True)


async def plan_for(sandbox: Sandbox, folder: Path, rows: list[tuple[str, str, str]], job: str) -> Plan:
    return await plan_of(sandbox, job, write_csv(folder / "in.csv", HEADER, rows))


async def run(sandbox: Sandbox, folder: Path, rows: list[tuple[str, str, str]], job: str = "contacts.upsert") -> Report:
    plan = await plan_for(sandbox, folder, rows, job)
    return await run_plan(plan, account_of(sandbox), YES, home=folder, options=HASTY)


def shaped(message: str) -> str:
    text: str = pl.select(shape(pl.lit(message, pl.String))).item()
    return text


def the_one(report: Report, blame: Blame) -> Group:
    [group] = [group for group in report.triage if group.blame is blame]
    return group


WITHOUT_LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)


@given(WITHOUT_LINES, WITHOUT_LINES)
def test_messages_that_differ_in_a_quoted_value_have_one_shape(one: str, other: str) -> None:
    """Whatever the value is, quotes and placeholders included."""
    assert shaped(f'"{one}" is not an e-mail address') == shaped(f'"{other}" is not an e-mail address')


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the same e-mail stands in rows 3 and 39", "the same e-mail stands in rows #"),
        ("the same e-mail stands in rows 3, 8, 9, 10, 11 and 12 more", "the same e-mail stands in rows #"),
        ("the same e-mail stands in rows 3, 8 (line 10) and 39 (line 41)", "the same e-mail stands in rows #"),
        (
            "the same uuid stands in rows 3 (line 5) and 4; row 4 is used",
            "the same uuid stands in rows #; row # is used",
        ),
        ("find_or_create: the server failed (500)", "find_or_create: the server failed (500)"),
        ("changed since the plan: city was None and is now 'Hoorn'", "changed since the plan: city was … and is now …"),
        ("update: not good (create was done before)", "update: not good"),
        ("anna@example.org has 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "… has …"),
        ("holds the control character U+001B (ESC)", "holds the control character U+001B (ESC)"),
        ("it isn't right, isn't it", "it isn't right, isn't it"),
    ],
)
def test_values_are_taken_out_and_words_stay(message: str, expected: str) -> None:
    """Codes and states in brackets stay as well: they are the same for all rows of a cause."""
    assert shaped(message) == expected


def test_every_known_code_has_its_class() -> None:
    """What has a meaning has a class, and the other way round."""
    assert set(BLAMES) == set(MEANINGS)
    assert {Blame(word) for word in BLAMES.values()} < set(Blame)


async def test_four_hundred_bad_addresses_are_one_group(sandbox: Sandbox, tmp_path: Path) -> None:
    """With their count, the first as an example, and what to do; the good rows are in none."""
    bad = [(f"nobody{n}(at)example.org", "X", "1") for n in range(400)]
    report = await run(sandbox, tmp_path, [*people(3), *bad])
    group = the_one(report, Blame.ROW)
    assert (group.count, group.row, group.field, group.code) == (400, 4, "email", None)
    assert group.cause == '"…" is not an e-mail address: it has no @'
    assert group.message == 'email: "nobody0(at)example.org" is not an e-mail address: it has no @'
    assert "Mend" in group.next
    assert len(report.triage) == 1


async def test_the_summary_has_the_groups_and_the_run_document_does_not(sandbox: Sandbox, tmp_path: Path) -> None:
    """`summary.json` alone: what `run --json` prints keeps its shape."""
    rows = [("a(at)b", "X", "1"), ("same@example.org", "X", "1"), ("same@example.org", "Y", "2")]
    report = await run(sandbox, tmp_path, rows)
    summary = json.loads(report.files.summary.read_text())
    assert "triage" not in report.document()
    assert summary["triage"] == [
        {
            "class": "row",
            "cause": "the same e-mail stands in rows #",
            "code": None,
            "field": None,
            "count": 2,
            "example": {"row": 2, "message": "the same e-mail stands in rows 2 and 3"},
            "next": "Keep one row of each, or plan with --set duplicates=first or duplicates=last.",
        },
        {
            "class": "row",
            "cause": '"…" is not an e-mail address: it has no @',
            "code": None,
            "field": "email",
            "count": 1,
            "example": {"row": 1, "message": 'email: "a(at)b" is not an e-mail address: it has no @'},
            "next": "Mend these rows and plan them again.",
        },
    ]


async def test_a_page_shows_the_groups_with_the_values_as_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """Markup of a cell stays text."""
    report = await run(sandbox, tmp_path, [("<b>x</b>", "X", "1")])
    page = report.files.report.read_text()
    assert "Causes, and what to do" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x" not in page


async def test_a_refusal_is_grouped_by_code_and_field(sandbox: Sandbox, tmp_path: Path) -> None:
    """1003 is the row's, with the input that the server names; 60005 is the account's."""
    plan = await plan_for(sandbox, tmp_path, people(6), "contacts.create")
    for taken in (1, 2):
        sandbox.store.create(f"nieuw{taken}@example.org")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    group = the_one(report, Blame.ACCOUNT)
    assert (group.code, group.count, group.row) == (60005, 2, 2)
    assert "retry.csv" in group.next


async def test_what_the_server_does_not_accept_is_the_rows(sandbox: Sandbox, tmp_path: Path) -> None:
    """By a value that the plan cannot know to be wrong."""
    sheet = read_sheet(Path(__file__).parents[2] / "samples" / "new-customers.csv")
    plan = await make_plan("contacts.upsert", sheet, account_of(sandbox), out=tmp_path / "p.parquet")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    [group] = [group for group in report.triage if group.code is not None]
    assert (group.blame, group.code, group.count) == (Blame.ROW, 1003, 1)
    assert group.field
    assert "retry.csv" in group.next


async def test_what_has_changed_since_the_plan_is_the_accounts(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whatever the values were and are now, one group an attribute."""
    contacts = [sandbox.store.create(f"nieuw{n}@example.org") for n in range(3)]
    plan = await plan_for(sandbox, tmp_path, people(3), "contacts.update")
    for n, contact in enumerate(contacts):
        sandbox.store.update(contact, {"firstname": f"Some'body {n}"})
    options = replace(HASTY, recheck="always")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=options)
    group = the_one(report, Blame.ACCOUNT)
    assert (group.count, group.field) == (3, "firstname")
    assert group.cause == "changed since the plan: firstname was … and is now …"


async def test_an_unknown_row_leads_to_settle(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """By the run's own name."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    plan = await plan_for(sandbox, tmp_path, people(2), "contacts.upsert")
    sandbox.set_faults(Fault(kind="500", on="writes"))
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    group = the_one(report, Blame.UNKNOWN)
    assert (group.count, group.cause) == (2, "find_or_create: the server failed (500)")
    assert f"leatops settle {report.run}" in group.next


async def test_a_row_that_was_given_up_is_passing(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """A read that is not answered leaves its row pending, with the reason in `results.csv`; a resume ends that."""
    sandbox = make_sandbox(SandboxConfig(contacts=20))
    plan = await plan_for(sandbox, tmp_path, people(2), "contacts.upsert")
    sandbox.set_faults(Fault(kind="500", on="reads", path="find-one-by"))
    options = replace(HASTY, recheck="always")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=options)
    assert report.counts["pending"] == 2
    group = the_one(report, Blame.PASSING)
    assert (group.count, group.cause) == (2, "find: the server failed (500)")
    assert f"leatops resume {report.run}" in group.next
    assert report.results["_message"].to_list() == ["find: the server failed (500)"] * 2
    assert report_again(Runs(tmp_path).find("last")).triage == report.triage
    sandbox.set_faults()
    async for moment in continue_run(Runs(tmp_path).find("last"), account_of(sandbox), HASTY, Control()):
        if isinstance(moment, Ended):
            assert report_ended(moment).triage == ()


async def test_messages_of_endless_shapes_are_kept_to_so_many_groups(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rarest are one group, and every row is still counted."""
    monkeypatch.setattr(room, "MOST", 5)
    plan = await plan_for(sandbox, tmp_path, [("a(at)b", "X", "1")] * 40, "contacts.upsert")
    report = await run_plan(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)
    folder = Runs(tmp_path).find(report.run)
    words = pl.Series([f"cause {chr(97 + n // 2)}" for n in range(40)])
    windows = (window.with_columns(message=words) for window in outcomes(plan, folder.journal))
    groups = triage(windows, plan, report.run)
    assert sum(group.count for group in groups) == 40
    assert len(groups) == 5
    assert groups[0].cause == OTHERS
