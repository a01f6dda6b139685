"""Numbers of a file from the workbook to the account and back, whatever the decimal mark of its texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from ops.draft import PlanOptions
from ops.export import ExportOptions, export_contacts
from ops.plan import Plan
from ops.planner import make_plan
from ops.sandbox import Sandbox
from ops.sheet import read_sheet
from tests.engine.files import account_of, write_csv
from tests.engine.jobs.trial import Trial, counts, lines_of

CARDS: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop"}
MARKS = (None, ".", ",")


def workbook(path: Path, *rows: tuple[str | float, ...]) -> Path:
    """A workbook of texts and numbers."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def mails(sandbox: Sandbox, count: int) -> list[str]:
    """The addresses of contacts that are there."""
    return [f"{contact.email}" for contact in sandbox.store.order[20 : 20 + count]]


async def plan_of(trial: Trial, job: str, file: Path, decimal: str | None, **options: str) -> Plan:
    """A plan of a file by a decimal mark."""
    how = PlanOptions(options=options, decimal=decimal, rate=None, home=trial.home)
    out = trial.folder / f"{file.stem}.plan.parquet"
    return await make_plan(job, read_sheet(file), account_of(trial.sandbox), out=out, options=how)


@pytest.mark.parametrize("decimal", MARKS)
async def test_an_amount_that_is_a_number_is_never_taken_for_another(trial: Trial, decimal: str | None) -> None:
    """A card of 25.5 is of € 25.50, one of 1.125 of half a cent and refused; the sum is right."""
    rows = [(f"nieuw{n}@example.org", amount) for n, amount in enumerate((1.125, 25.5, 500))]
    file = workbook(trial.folder / "cards.xlsx", ("email", "amount"), *rows)
    plan = await plan_of(trial, "giftcards.issue", file, decimal, **CARDS)
    assert [(line.verb, line.after.get("amount_in_cents")) for line in lines_of(plan)] == [
        ("invalid", None),
        ("issue", 2550),
        ("issue", 50000),
    ]
    assert lines_of(plan)[0].reason == 'amount: "1.125" has more than two decimals'
    assert plan.meta.totals["amount_in_cents"] == 52550


@pytest.mark.parametrize("decimal", MARKS)
@pytest.mark.parametrize("ending", [".xlsx", ".parquet", ".jsonl"])
async def test_a_number_arrives_as_it_stands_in_the_file(trial: Trial, ending: str, decimal: str | None) -> None:
    """From a workbook, Parquet and JSON lines."""
    people, ages = mails(trial.sandbox, 4), [1.125, 2.5, 1250.0, 1234.567]
    file, frame = trial.folder / f"ages{ending}", pl.DataFrame({"email": people, "age": ages})
    if ending == ".xlsx":
        workbook(file, ("email", "age"), *zip(people, ages, strict=True))
    elif ending == ".parquet":
        frame.write_parquet(file)
    else:
        frame.write_ndjson(file)
    plan = await plan_of(trial, "contacts.update", file, decimal)
    assert [line.after["age"] for line in lines_of(plan)] == ages
    assert plan.meta.problems == ()


async def test_the_refused_rows_of_a_workbook_are_read_by_the_same_mark(trial: Trial) -> None:
    """The files of a run are text: there a number has the mark that was chosen for texts."""
    people = [f"nieuw{n}@example.org" for n in range(3)]
    rows = ((people[0], 1.125), (people[1], "2,25"), (people[2], 7))
    file = workbook(trial.folder / "ages.xlsx", ("email", "age"), *rows)
    plan = await plan_of(trial, "contacts.create", file, ",")
    wanted = [line.after["age"] for line in lines_of(plan)]
    assert wanted == [1.125, 2.25, 7]
    for email in people:
        trial.sandbox.store.create(email)
    report = await trial.run(plan)
    assert counts(report) == {"refused": 3}
    for written in (report.files.retry, report.files.results):
        assert read_sheet(written).frame["age"].to_list() == ["1,125", "2,25", "7"]
        again = await plan_of(trial, "contacts.update", written, ",")
        assert [line.after["age"] for line in lines_of(again)] == wanted


@pytest.mark.parametrize("decimal", MARKS)
@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
async def test_an_untouched_export_changes_nothing_by_any_mark(trial: Trial, ending: str, decimal: str | None) -> None:
    """Its numbers are those of the account, though they stand in it as text."""
    sandbox = trial.sandbox
    for number, age in enumerate((1.125, 12.5, 1250, 0.5, -1234.567, "12.500")):
        sandbox.store.values(sandbox.store.order[number])["age"] = age
    made = await export_contacts(trial.folder / f"all{ending}", account_of(sandbox), options=ExportOptions(rate=None))
    plan = await plan_of(trial, "contacts.upsert", made.path, decimal)
    assert {verb: rows for verb, rows in plan.counts.items() if rows} == {"same": 198, "held": 2}


@pytest.mark.parametrize("decimal", MARKS)
async def test_a_column_that_was_added_to_an_export_is_read_like_any_other(trial: Trial, decimal: str | None) -> None:
    """An amount beside what leatops has written is the person's own: asked about, or read by the mark chosen."""
    [one] = mails(trial.sandbox, 1)
    contact = trial.sandbox.store.find(one)
    header = ("uuid", "email", "credit_balance", "prepaid_balance_in_cents", "tier", "amount")
    file = write_csv(trial.folder / "mine.csv", header, [(contact.uuid, one, "5", "0", "Goud", "1.250")])
    how = PlanOptions(options={"program": "Relatiegeschenk", "shop": "Webshop"}, decimal=decimal, rate=None)
    plan = await make_plan("giftcards.issue", read_sheet(file), account_of(trial.sandbox), options=how)
    [line] = lines_of(plan)
    wanted = {",": [("issue", {"amount_in_cents": 125_000})], ".": [("invalid", {})], None: [("invalid", {})]}
    assert [(line.verb, line.after)] == wanted[decimal]


async def test_refused_rows_of_a_workbook_are_read_alike_where_no_mark_was_chosen(trial: Trial) -> None:
    """A number that might be thousands in a text is written so that it is not."""
    people = [f"nieuw{n}@example.org" for n in range(3)]
    rows = ((people[0], 1.125), (people[1], 2.25), (people[2], 1250))
    plan = await plan_of(trial, "contacts.create", workbook(trial.folder / "ages.xlsx", ("email", "age"), *rows), None)
    for email in people:
        trial.sandbox.store.create(email)
    report = await trial.run(plan)
    assert counts(report) == {"refused": 3}
    assert read_sheet(report.files.retry).frame["age"].to_list() == ["1.1250", "2.25", "1250"]
    again = await plan_of(trial, "contacts.update", report.files.retry, None)
    assert [line.after["age"] for line in lines_of(again)] == [1.125, 2.25, 1250]
    by_comma = await plan_of(trial, "contacts.update", report.files.retry, ",")
    assert [line.verb for line in lines_of(by_comma)] == ["invalid", "invalid", "update"]
