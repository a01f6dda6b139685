"""The columns of results.csv that only some jobs have: gift cards, and what a run found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ops.events import Mark
from ops.jobs import JOBS
from ops.jobs.base import Job, State
from ops.jobs.contacts_create import CreateContacts
from ops.leat.records import encode
from ops.outcomes import cell_text
from ops.report import Report, report_again
from ops.sheet import read_sheet
from tests.engine.made import Line, Made, ended, made_plan, made_run, step


class Issue(CreateContacts):
    name = "test.issue"
    makes_cards = True
    unrepeatable = frozenset({"create_card"})


class Send(CreateContacts):
    name = "test.send"
    target_is = "card"


class Enrich(CreateContacts):
    name = "test.enrich"

    def columns(self) -> tuple[str, ...]:
        return ("balance", "tier", "=sum", "balance")


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: tuple[type[Job], ...] = (Issue, Send, Enrich)
    for job in jobs:
        monkeypatch.setitem(JOBS, job.name, job)


def lines_of(report: Report) -> list[dict[str, Any]]:
    return report.results.to_dicts()


def test_a_new_card_stands_beside_its_contact(tmp_path: Path) -> None:
    """From the row's end, else from its steps; a card that is there keeps the row out of the retry file."""
    made = Made("test.issue", [Line("issue", "a@x.nl", "contact-1")] * 3, {"email": ["a", "b", "c"]})
    run = made_run(
        tmp_path,
        made_plan(tmp_path / "plan", made),
        [step(1, 0, "create_card", card="card-1"), ended(1, card="card-1")],
        [step(2, 0, "create_card", card="card-2"), step(2, 1, "put_value", Mark.REFUSED), ended(2, State.REFUSED)],
    )
    report = report_again(run)
    assert report.results.columns[1:5] == ["_row", "_verb", "_status", "_uuid"]
    assert report.results.columns[5] == "_card"
    assert [(line["_uuid"], line["_card"]) for line in lines_of(report)] == [
        ("contact-1", "card-1"),
        ("contact-1", "card-2"),
        ("contact-1", None),
    ]
    assert not report.has_retry


def test_where_the_target_is_the_card_the_contact_is_the_journals(tmp_path: Path) -> None:
    """A card is never shown as a contact."""
    made = Made("test.send", [Line("send", "card-1", "card-1")] * 2, {"uuid": ["card-1", "card-1"]})
    events = [step(1, 0, "send", uuid="contact-1"), ended(1, uuid="contact-1")]
    report = report_again(made_run(tmp_path, made_plan(tmp_path / "plan", made), events))
    assert [(line["_uuid"], line["_card"]) for line in lines_of(report)] == [("contact-1", "card-1"), (None, "card-1")]


def test_other_jobs_have_no_card_column_and_both_kinds_are_known_again(tmp_path: Path) -> None:
    """Results are recognised with and without it, and their apostrophes are taken off."""
    for number, job in enumerate(("contacts.create", "test.issue")):
        made = Made(job, [Line("create", "a@x.nl")], {"phone": ["+31612345678"]})
        report = report_again(made_run(tmp_path, made_plan(tmp_path / f"plan{number}", made)))
        assert ("_card" in report.results.columns) == (job == "test.issue")
        assert report.results["phone"].to_list() == ["'+31612345678"]
        assert read_sheet(report.files.results).frame["phone"].to_list() == ["+31612345678"]


def test_what_a_run_found_out_stands_between_the_input_and_the_outcome(tmp_path: Path) -> None:
    """An input column of the same name says that it is the input's; nothing of it is a formula."""
    cells: dict[str, list[str | None]] = {"balance": ["old", "older", "oldest"], "name": ["Zoë", "Jan", "Ada"]}
    made = Made("test.enrich", [Line("read", f"{n}@x.nl", f"u{n}") for n in range(3)], cells)
    first = {"balance": 1250, "tier": "=Gold", "=sum": [1, "two", None]}
    run = made_run(
        tmp_path,
        made_plan(tmp_path / "plan", made),
        [ended(1, reply=encode(first)), ended(2, reply=encode({"balance": None, "tier": True})), ended(3)],
    )
    report = report_again(run)
    frame = report.results
    assert frame.columns[:6] == ["balance (input)", "name", "balance", "tier", "'=sum", "_row"]
    assert frame["balance"].to_list() == ["1250", None, None]
    assert frame["tier"].to_list() == ["'=Gold", "true", None]
    assert frame["'=sum"].to_list() == ["1;two;", None, None]
    assert frame["balance (input)"].to_list() == ["old", "older", "oldest"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (10.0, "10"),
        (1e-7, "0.0000001"),
        (1e20, "100000000000000000000"),
        (2**63, "9223372036854775808"),
        (False, "false"),
        (None, None),
        ("007", "007"),
        ([], ""),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_a_value_as_a_cell(value: Any, text: str | None) -> None:
    """Text as it stands, numbers without the noise of floats."""
    assert cell_text(value) == text


def test_a_run_without_input_columns_has_results(tmp_path: Path) -> None:
    """Blank cards come from no file."""
    report = report_again(made_run(tmp_path, made_plan(tmp_path / "plan", Made("test.issue", [Line("issue")] * 2))))
    assert report.results["_row"].to_list() == ["1", "2"]
    assert not report.has_retry
    assert isinstance(report.results, pl.DataFrame)
